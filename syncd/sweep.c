#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/token.h"
#include "shop/gallery.h"
#include "shop/mirror.h"
#include "syncd/picture.h"
#include "syncd/sweep.h"

#define WAIT_MS (2 * GALLERY_LEASE_SECONDS * 1000)
#define PAUSE_MS 200
#define MAX_NAMES 10000000 /* 640 MB; 100,000 hats have 300,000 */

/* Pictures, each by its hash; and for objects which size. */
struct entry {
	char hash[HASH_SIZE];
	unsigned char size;
};

struct list {
	struct entry *entries; /* owned */
	size_t n, cap;
};

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->hash, y->hash);

	return order != 0 ? order : (int)x->size - (int)y->size;
}

static enum rc
add(struct list *l, const char *hash, unsigned char size, struct error *e)
{
	struct entry *more;
	size_t cap = l->cap == 0 ? 256 : l->cap * 2;

	if (l->n == MAX_NAMES)
		return error_set(e, RC_TOOBIG, "above %d pictures", MAX_NAMES);
	if (l->n == l->cap) {
		more = realloc(l->entries, cap * sizeof(*more));
		if (more == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for the list of pictures");
		l->entries = more;
		l->cap = cap;
	}
	memcpy(l->entries[l->n].hash, hash, HASH_SIZE);
	l->entries[l->n++].size = size;
	return RC_OK;
}

static void
sort(struct list *l)
{
	if (l->n > 1)
		qsort(l->entries, l->n, sizeof(*l->entries), compare);
}

static bool
has(const struct list *l, const char *hash, unsigned char size)
{
	struct entry want = { .size = size };

	memcpy(want.hash, hash, HASH_SIZE);
	return l->n > 0 &&
	       bsearch(&want, l->entries, l->n, sizeof(want), compare) != NULL;
}

/*** What there is ***/

struct look {
	struct sweep *s;
	struct list *shown, *list;
	int64_t before; /* an orphan is older */
};

static enum rc
take_shown(void *ctx, const char *hash, struct error *e)
{
	struct look *l = ctx;

	if (strlen(hash) != HASH_SIZE - 1)
		return RC_OK;
	return add(l->shown, hash, 0, e);
}

static enum rc
read_shown(struct look *l, enum gallery_which which, struct error *e)
{
	enum rc rc = gallery_each(l->s->db, which, take_shown, l, e);

	/* the database's order need not be strcmp's */
	sort(l->shown);
	return rc;
}

/* AB/HASH-card.webp */
static bool
is_picture(const char *name, char hash[HASH_SIZE], unsigned char *size)
{
	const char *slash = strchr(name, '/');
	char made[STORE_NAME];

	if (slash == NULL ||
	    strspn(slash + 1, "0123456789abcdef") != HASH_SIZE - 1)
		return false;
	memcpy(hash, slash + 1, HASH_SIZE - 1);
	hash[HASH_SIZE - 1] = '\0';
	for (*size = 0; *size < PICTURE_SIZES; (*size)++) {
		picture_name(hash, (enum picture_size) * size, made);
		if (strcmp(made, name) == 0)
			return true;
	}
	return false;
}

static enum rc
take_object(
    void *ctx, const char *name, int64_t size, int64_t put_at, struct error *e)
{
	struct look *l = ctx;
	char hash[HASH_SIZE];
	unsigned char which;

	if (!is_picture(name, hash, &which))
		return RC_OK;
	l->s->objects++;
	if (l->before != 0 && (put_at > l->before || has(l->shown, hash, 0)))
		return RC_OK;
	if (l->before != 0)
		l->s->bytes += size;
	return add(l->list, hash, which, e);
}

/*** Changing something ***/

struct keep {
	struct sweep *s;
	struct lease lease;
	const struct entry *entries; /* of one batch */
	size_t n;
	bool drop[STORE_BATCH];
};

static enum rc
name_us(struct lease *l, struct error *e)
{
	char random[UID_SIZE];
	enum rc rc = uid_random(random, e);

	memset(l, 0, sizeof(*l));
	l->name = GALLERY_LEASE;
	if (rc == RC_OK)
		(void)snprintf(l->holder, sizeof(l->holder), "sweep:%d:%.8s",
		    (int)getpid(), random);
	return rc;
}

/* syncd has it for a picture at a time. */
static enum rc
hold(struct keep *k, struct error *e)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	struct error why = ERROR_NONE;
	bool told = false;
	enum rc rc;

	while ((rc = lease_take(k->s->db, &k->lease, GALLERY_LEASE_SECONDS,
		    &why)) == RC_CONFLICT &&
	       clock_mono_ms() < until) {
		if (!told && k->s->wait != NULL)
			k->s->wait(k->s->ctx, why.text);
		told = true;
		error_clear(&why);
		clock_sleep_ms(PAUSE_MS);
	}
	return rc == RC_OK ? rc : error_set(e, rc, "%s", why.text);
}

static void
let_go(struct keep *k)
{
	struct error ignored = ERROR_NONE;

	/* what is not given back ends by itself */
	(void)!lease_drop(k->s->db, &k->lease, &ignored);
}

/* After this unit nobody takes them for made; a picture that an item shows by
 * now stays. */
static enum rc
forget(struct db *db, void *ctx, struct error *e)
{
	struct keep *k = ctx;
	enum rc rc = lease_check(db, &k->lease, e);

	for (size_t i = 0; rc == RC_OK && i < k->n; i++)
		rc = gallery_drop(db, k->entries[i].hash, &k->drop[i], e);
	return rc;
}

static enum rc
delete_batch(struct keep *k, struct error *e)
{
	char names[STORE_BATCH][STORE_NAME];
	const char *list[STORE_BATCH];
	size_t n = 0;
	enum rc rc;

	rc = hold(k, e);
	if (rc == RC_OK)
		rc = db_unit(k->s->db, forget, k, e);
	for (size_t i = 0; rc == RC_OK && i < k->n; i++) {
		if (!k->drop[i])
			continue;
		picture_name(k->entries[i].hash,
		    (enum picture_size)k->entries[i].size, names[n]);
		list[n] = names[n];
		n++;
	}
	if (rc == RC_OK && n > 0)
		rc = store_remove(k->s->store, list, n, e);
	if (rc == RC_OK)
		k->s->done += (int64_t)n;
	return rc;
}

/* Those that were shown by then count as done. */
static void
tell_progress(const struct sweep *s, size_t done)
{
	if (s->progress != NULL)
		s->progress(s->ctx, (int64_t)done, s->found);
}

static void
tell(const struct sweep *s, const struct entry *entry)
{
	char name[STORE_NAME];

	if (s->tell == NULL)
		return;
	picture_name(entry->hash, (enum picture_size)entry->size, name);
	s->tell(s->ctx, name);
}

enum rc
sweep_orphans(struct sweep *s, struct error *e)
{
	struct list shown = { 0 }, list = { 0 };
	/* clocks differ by a second: 0 means all of them */
	struct look look = { s, &shown, &list,
		s->older_than == 0 ? INT64_MAX : clock_now() - s->older_than };
	struct keep k = { .s = s };
	size_t i;
	enum rc rc;

	s->objects = s->found = s->bytes = s->done = 0;
	rc = read_shown(&look, GALLERY_SHOWN, e);
	if (rc == RC_OK)
		rc = store_list(s->store, take_object, &look, e);
	sort(&list);
	s->found = (int64_t)list.n;
	for (i = 0; rc == RC_OK && i < list.n; i++)
		tell(s, &list.entries[i]);
	if (rc == RC_OK)
		rc = name_us(&k.lease, e);
	for (i = 0; rc == RC_OK && !s->dry && i < list.n; i += k.n) {
		k.entries = &list.entries[i];
		k.n = list.n - i < STORE_BATCH ? list.n - i : STORE_BATCH;
		rc = delete_batch(&k, e);
		tell_progress(s, i + k.n);
	}
	if (!s->dry && list.n > 0)
		let_go(&k);
	free(shown.entries);
	free(list.entries);
	return rc;
}

/*** What is missing ***/

static enum rc
again(struct db *db, void *ctx, struct error *e)
{
	struct keep *k = ctx;
	enum rc rc = lease_check(db, &k->lease, e);

	for (size_t i = 0; rc == RC_OK && i < k->n; i++)
		rc = gallery_again(db, k->entries[i].hash, e);
	return rc;
}

/* The zoom size says that all are there, so it must not be; then nobody takes
 * them for made. */
static enum rc
again_batch(struct keep *k, struct error *e)
{
	char names[STORE_BATCH][STORE_NAME];
	const char *list[STORE_BATCH];
	enum rc rc;

	for (size_t i = 0; i < k->n; i++) {
		picture_name(k->entries[i].hash, PICTURE_ZOOM, names[i]);
		list[i] = names[i];
	}
	rc = hold(k, e);
	if (rc == RC_OK)
		rc = store_remove(k->s->store, list, k->n, e);
	if (rc == RC_OK)
		rc = db_unit(k->s->db, again, k, e);
	if (rc == RC_OK)
		k->s->done += (int64_t)k->n;
	return rc;
}

/* Leave in shown what is not in list in all sizes. */
static void
keep_missing(struct list *shown, const struct list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < shown->n; i++)
		for (unsigned char size = 0; size < PICTURE_SIZES; size++)
			if (!has(list, shown->entries[i].hash, size)) {
				shown->entries[n] = shown->entries[i];
				shown->entries[n++].size = size;
				break;
			}
	shown->n = n;
}

enum rc
sweep_missing(struct sweep *s, struct error *e)
{
	struct list shown = { 0 }, list = { 0 };
	struct look look = { s, &shown, &list, 0 };
	struct keep k = { .s = s };
	size_t i;
	enum rc rc;

	s->objects = s->found = s->bytes = s->done = 0;
	rc = read_shown(&look, GALLERY_MADE, e);
	if (rc == RC_OK)
		rc = store_list(s->store, take_object, &look, e);
	sort(&list);
	keep_missing(&shown, &list);
	s->found = (int64_t)shown.n;
	for (i = 0; rc == RC_OK && i < shown.n; i++)
		tell(s, &shown.entries[i]);
	if (rc == RC_OK)
		rc = name_us(&k.lease, e);
	for (i = 0; rc == RC_OK && !s->dry && i < shown.n; i += k.n) {
		k.entries = &shown.entries[i];
		k.n = shown.n - i < STORE_BATCH ? shown.n - i : STORE_BATCH;
		rc = again_batch(&k, e);
		tell_progress(s, i + k.n);
	}
	if (!s->dry && shown.n > 0)
		let_go(&k);
	free(shown.entries);
	free(list.entries);
	return rc;
}
