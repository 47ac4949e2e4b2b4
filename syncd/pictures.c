#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "shop/gallery.h"
#include "syncd/picture.h"
#include "syncd/pictures.h"
#include "syncd/waiting.h"

#define SOURCE_SIZE (LIMIT_URL + 128)
#define DAY 86400
#define TEN_MINUTES 600
#define LATER_MS 10000

/* One item whose picture is not what the mirror shows. */
struct look {
	char *key;              /* owned */
	char *value;            /* owned; NULL: a BLOB, or none */
	char digest[HASH_SIZE]; /* of a BLOB; "" for none */
	int64_t length;
	char *source; /* owned; what to remember when it is good, "" for none */
};

struct chunk {
	struct look looks[MAP_PICTURE_CHUNK];
	size_t n;
	size_t items;    /* seen in the stock system */
	struct buf last; /* key of the last item */
};

static void
chunk_release(struct chunk *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->looks[i].key);
		free(c->looks[i].value);
		free(c->looks[i].source);
	}
	buf_release(&c->last);
}

/* -- what a picture is known by ------------------------------------------ */

/* "MTIME:SIZE" of the file, "-" when there is none: only to notice a change,
 * reading it is picture_fetch's matter. */
static void
put_file_state(struct buf *b, const char *base, const char *name)
{
	char path[4096];
	struct buf p;
	struct stat st;

	buf_init(&p, sizeof(path) - 1);
	buf_printf(&p, "%s/%s", base, name);
	if (buf_rc(&p) == RC_OK && stat(buf_str(&p), &st) == 0)
		buf_printf(b, "%lld.%ld:%lld", (long long)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec, (long long)st.st_size);
	else
		buf_putc(b, '-');
	buf_release(&p);
}

/* Spread over the day, so that not all are asked for at midnight. */
static int64_t
day_of(const char *value, int64_t now)
{
	return (now + (int64_t)(known_picture(value) % DAY)) / DAY;
}

static bool
is_folder(const char *base)
{
	return base[0] == '/';
}

static void
put_source(struct buf *b, const struct work *w, const struct look *l)
{
	const struct settings *s = w->s;

	if (l->value == NULL) {
		if (l->digest[0] != '\0')
			buf_printf(b, "sha256:%s", l->digest);
	} else if (l->value[0] == '\0') {
		return;
	} else if (s->picture_kind == PICTURE_PATH &&
		   is_folder(s->picture_base)) {
		buf_printf(b, "path:%s:", l->value);
		put_file_state(b, s->picture_base, l->value);
	} else {
		buf_printf(b, "url:%s:%" PRId64, l->value,
		    day_of(l->value, clock_now()));
	}
}

/* The source of one that could not be had: tried again ten minutes later. */
static void
put_failed(struct buf *b, const char *source)
{
	buf_printf(b, "%s!%" PRId64, source, clock_now() / TEN_MINUTES);
}

/* Whether the mirror shows just this, or knows that it cannot be had. */
static enum rc
is_shown(const struct look *l, const struct known_entry *entry, bool *shown,
    struct error *e)
{
	struct buf b;
	enum rc rc;

	*shown = entry->picture == known_picture(l->source);
	if (*shown || l->value == NULL || l->source[0] == '\0')
		return RC_OK;
	buf_init(&b, SOURCE_SIZE);
	put_failed(&b, l->source);
	*shown = entry->picture == known_picture(buf_str(&b));
	rc = buf_rc(&b);
	buf_release(&b);
	return rc == RC_OK ? rc : error_set(e, rc, "no memory for a picture");
}

/* -- asking the stock system --------------------------------------------- */

static enum rc
fill(struct look *l, const struct link_query *q, struct error *e)
{
	const char *key = link_text(q, MAP_PICTURE_KEY, NULL);
	const char *value = link_text(q, MAP_PICTURE_VALUE, NULL);
	const char *length = link_text(q, MAP_PICTURE_LENGTH, NULL);
	const char *digest = link_text(q, MAP_PICTURE_DIGEST, NULL);

	memset(l, 0, sizeof(*l));
	l->key = strdup(key);
	if (l->key == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture");
	if (length != NULL &&
	    num_parse(length, 0, INT64_MAX, &l->length) != RC_OK)
		l->length = INT64_MAX;
	if (digest != NULL && strlen(digest) == HASH_SIZE - 1 && l->length > 0)
		memcpy(l->digest, digest, HASH_SIZE);
	if (value == NULL)
		return RC_OK;
	/* what cannot be an address is cut and then refused */
	l->value = strndup(value, LIMIT_URL);
	if (l->value == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture");
	return RC_OK;
}

/* Keep the item of this row if its picture differs. */
static enum rc
take_row(struct work *w, struct chunk *c, const struct link_query *q,
    struct error *e)
{
	const char *key = link_text(q, MAP_PICTURE_KEY, NULL);
	struct known_entry *entry;
	struct look *l = &c->looks[c->n];
	struct buf b;
	bool shown = false;
	enum rc rc;

	/* of several rows the first counts */
	if (key == NULL || strcmp(key, buf_str(&c->last)) == 0)
		return RC_OK;
	buf_reset(&c->last);
	buf_puts(&c->last, key);
	c->items++;
	entry = known_find(&w->known, key);
	if (entry == NULL || !entry->visible)
		return RC_OK;
	rc = fill(l, q, e);
	if (rc != RC_OK) {
		free(l->key);
		return rc;
	}
	c->n++;
	buf_init(&b, SOURCE_SIZE);
	put_source(&b, w, l);
	l->source = strdup(buf_str(&b));
	rc = l->source == NULL ? RC_NOMEM : buf_rc(&b);
	buf_release(&b);
	if (rc == RC_OK)
		rc = is_shown(l, entry, &shown, e);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a picture");
	entry->looked = true;
	entry->waits = !shown;
	if (shown) {
		free(l->key);
		free(l->value);
		free(l->source);
		c->n--;
	}
	return RC_OK;
}

static enum rc
read_chunk(struct work *w, struct chunk *c, struct error *e)
{
	bool first = w->picture_after == NULL;
	struct link_query **q = first ? &w->picture_first : &w->picture_more;
	const char *args[] = { w->picture_after };
	enum rc rc;

	rc = work_prepare(
	    w, first ? MAP_PICTURES_FIRST : MAP_PICTURES_AFTER, q, e);
	if (rc == RC_OK)
		rc = link_run(*q, args, first ? 0 : 1, e);
	while (rc == RC_OK && (rc = link_next(*q, e)) == RC_OK)
		rc = take_row(w, c, *q, e);
	if (*q != NULL)
		link_reset(*q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* -- one picture --------------------------------------------------------- */

/* RC_NOTFOUND: the picture has gone in the meantime. */
static enum rc
read_blob(struct work *w, const struct look *l, struct link_query **q,
    const char **bytes, size_t *n, struct error *e)
{
	const char *args[] = { l->key };
	enum rc rc;

	rc = work_prepare(w, MAP_PICTURE_BYTES, q, e);
	if (rc == RC_OK)
		rc = link_run(*q, args, 1, e);
	if (rc == RC_OK)
		rc = link_next(*q, e);
	if (rc != RC_OK)
		return rc;
	*bytes = link_text(*q, MAP_PICTURE_VALUE, n);
	return *bytes == NULL || *n == 0 ? RC_NOTFOUND : RC_OK;
}

struct made {
	struct gallery_picture p;
	bool is_new; /* not in the gallery yet */
	struct buf source;
};

static void
broken(struct made *m, const char *hash, const char *reason)
{
	struct buf b;

	memset(&m->p, 0, sizeof(m->p));
	memcpy(m->p.hash, hash, HASH_SIZE);
	m->p.broken = m->is_new = true;
	buf_init(&b, sizeof(m->p.reason) - 1);
	buf_printf(&b, "%.*s", (int)sizeof(m->p.reason) - 1, reason);
	memcpy(m->p.reason, buf_str(&b), strlen(buf_str(&b)) + 1);
	buf_release(&b);
}

/* RC_IO: the store failed. */
static enum rc
make(struct work *w, const void *bytes, size_t n, struct made *m,
    struct error *e)
{
	struct picture_info info;
	char hash[HASH_SIZE];
	enum rc rc;

	hash_hex(bytes, n, hash);
	rc = gallery_find(w->db, hash, &m->p, e);
	if (rc != RC_NOTFOUND)
		return rc;
	rc = picture_make(w->store, bytes, n, &info, e);
	if (rc != RC_OK)
		return rc;
	m->is_new = true;
	memcpy(m->p.hash, info.hash, sizeof(info.hash));
	m->p.broken = info.state != PICTURE_OK;
	m->p.width = info.width;
	m->p.height = info.height;
	m->p.bytes = (int64_t)n;
	memcpy(m->p.reason, info.reason, sizeof(m->p.reason));
	return RC_OK;
}

static enum rc
make_blob(struct work *w, const struct look *l, struct made *m, struct error *e)
{
	struct link_query *q = NULL;
	const char *bytes;
	size_t n;
	enum rc rc;

	buf_puts(&m->source, l->source);
	rc = gallery_find(w->db, l->digest, &m->p, e);
	if (rc != RC_NOTFOUND)
		return rc;
	if (l->length > LIMIT_PICTURE_BYTES) {
		broken(m, l->digest, "larger than 20 MB");
		return RC_OK;
	}
	rc = read_blob(w, l, &q, &bytes, &n, e);
	if (rc == RC_OK)
		rc = make(w, bytes, n, m, e);
	/* it may have changed since the digest was asked for */
	if (rc == RC_OK) {
		buf_reset(&m->source);
		buf_printf(&m->source, "sha256:%s", m->p.hash);
	}
	link_free(q);
	return rc;
}

static enum rc
make_named(
    struct work *w, const struct look *l, struct made *m, struct error *e)
{
	struct error why = ERROR_NONE;
	char hash[HASH_SIZE];
	struct buf bytes;
	enum rc rc;

	buf_init(&bytes, LIMIT_PICTURE_BYTES);
	rc = picture_fetch((enum settings_picture)w->s->picture_kind,
	    w->s->picture_base, l->value, &bytes, &why);
	if (rc == RC_OK) {
		buf_puts(&m->source, l->source);
		rc = make(w, bytes.s != NULL ? bytes.s : "", bytes.len, m, e);
	} else if (rc != RC_NOMEM) {
		put_failed(&m->source, l->source);
		hash_hex(buf_str(&m->source), m->source.len, hash);
		broken(m, hash, why.text);
		rc = RC_OK;
	}
	buf_release(&bytes);
	return rc;
}

struct show {
	struct work *w;
	const struct look *look;
	const struct made *made;
};

static enum rc
write_show(struct db *db, void *ctx, struct error *e)
{
	const struct show *s = ctx;
	enum rc rc = lease_check(db, &s->w->gallery, e);

	if (rc == RC_OK && s->made->is_new)
		rc = gallery_put(db, &s->made->p, clock_now(), e);
	if (rc == RC_OK)
		rc = gallery_show(db, s->look->key, &s->made->p,
		    buf_str(&s->made->source), e);
	return rc;
}

static enum rc
show(struct work *w, const struct look *l, struct made *m, struct error *e)
{
	struct show s = { w, l, m };
	struct known_entry *entry;
	enum rc rc;

	rc = buf_rc(&m->source);
	if (rc == RC_OK)
		rc = work_unit(w, write_show, &s, e);
	if (rc != RC_OK)
		return rc;
	w->counts_old = true;
	if (m->p.broken)
		log_event(LOG_WARN, "picture of item \"%s\" is broken: %s",
		    l->key, m->p.reason);
	entry = known_find(&w->known, l->key);
	if (entry != NULL) {
		entry->picture = known_picture(buf_str(&m->source));
		entry->waits = false;
	}
	return RC_OK;
}

static enum rc
take(struct work *w, const struct look *l, struct error *e)
{
	struct made m = { 0 };
	struct error why = ERROR_NONE;
	enum rc rc = RC_OK;

	buf_init(&m.source, SOURCE_SIZE);
	if (l->value != NULL && l->value[0] != '\0')
		rc = make_named(w, l, &m, &why);
	else if (l->digest[0] != '\0')
		rc = make_blob(w, l, &m, &why);
	if (rc == RC_OK)
		rc = show(w, l, &m, &why);
	buf_release(&m.source);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_IO && link_fault(w->link) != FAULT_AWAY) {
		waiting_store_fails(w, l->key, why.text);
		return RC_OK;
	}
	if (rc != RC_OK)
		return error_set(e, rc, "%s", why.text);
	if (m.is_new && !m.p.broken)
		waiting_store_works(w);
	return RC_OK;
}

/* -- the round ----------------------------------------------------------- */

static void
end_round(struct work *w)
{
	free(w->picture_after);
	w->picture_after = NULL;
	w->picture_next_ms =
	    clock_mono_ms() + w->s->stock_picture_seconds * 1000;
	w->waiting.told_ms = 0;
}

static enum rc
go_on_after(struct work *w, const char *key, struct error *e)
{
	char *after = strdup(key);

	if (after == NULL)
		return error_set(e, RC_NOMEM, "no memory for a key");
	free(w->picture_after);
	w->picture_after = after;
	return RC_OK;
}

/* With the lease of the store, which the caller drops; *swept: somebody else has
 * it, the next round looks again. */
static enum rc
take_leased(struct work *w, const struct look *l, bool *swept, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc =
	    lease_take(w->db, &w->gallery, GALLERY_LEASE_SECONDS, &why);

	*swept = rc == RC_CONFLICT;
	if (*swept)
		return RC_OK;
	return rc == RC_OK ? take(w, l, e) : error_set(e, rc, "%s", why.text);
}

/* What is not given back ends by itself. */
static void
drop_gallery(struct work *w)
{
	struct error ignored = ERROR_NONE;

	(void)!lease_drop(w->db, &w->gallery, &ignored);
}

/* From the i-th on, as the time allows. */
static enum rc
take_some(struct work *w, const struct chunk *c, int64_t until_ms, size_t *i,
    bool *swept, struct error *e)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && *i < c->n &&
	       (*i == 0 || clock_mono_ms() < until_ms);
	     (*i)++) {
		rc = take_leased(w, &c->looks[*i], swept, e);
		if (*swept)
			break;
		if (rc == RC_OK)
			rc = work_go_on(w, e);
	}
	if (c->n > 0 && !*swept)
		drop_gallery(w);
	return rc;
}

/* One chunk; what the time does not allow is looked at again next time. */
static enum rc
step(struct work *w, int64_t until_ms, bool *done, struct error *e)
{
	struct chunk c = { .n = 0 };
	bool swept = false;
	size_t i = 0;
	enum rc rc;

	buf_init(&c.last, LIMIT_LINE);
	rc = read_chunk(w, &c, e);
	if (rc == RC_OK)
		rc = take_some(w, &c, until_ms, &i, &swept, e);
	*done =
	    rc == RC_OK && (swept || (i == c.n && c.items < MAP_PICTURE_CHUNK));
	if (rc == RC_OK && *done)
		end_round(w);
	else if (rc == RC_OK)
		rc = go_on_after(
		    w, i == c.n ? buf_str(&c.last) : c.looks[i - 1].key, e);
	if (rc == RC_OK && *done && !swept)
		waiting_round(w);
	chunk_release(&c);
	return rc;
}

enum rc
pictures_step(struct work *w, int64_t until_ms, bool *done, struct error *e)
{
	enum rc rc = RC_OK;

	*done =
	    !map_has_pictures(w->map) ||
	    (w->picture_after == NULL && clock_mono_ms() < w->picture_next_ms);
	w->fault = FAULT_NONE;
	if (*done || !w->known_valid)
		return RC_OK;
	do {
		rc = step(w, until_ms, done, e);
	} while (rc == RC_OK && !*done && clock_mono_ms() < until_ms);
	waiting_tell(w);
	if (rc != RC_OK)
		w->fault = link_fault(w->link);
	return rc;
}

static enum rc
look_for(
    struct work *w, const char *key, struct link_query **q, struct error *e)
{
	struct chunk c = { .n = 0 };
	const char *args[] = { key };
	bool swept = false;
	enum rc rc;

	buf_init(&c.last, LIMIT_LINE);
	rc = work_prepare(w, MAP_PICTURE_OF, q, e);
	if (rc == RC_OK)
		rc = link_run(*q, args, 1, e);
	while (rc == RC_OK && (rc = link_next(*q, e)) == RC_OK)
		rc = take_row(w, &c, *q, e);
	if (rc == RC_NOTFOUND)
		rc = c.n > 0 ? take_leased(w, &c.looks[0], &swept, e) : RC_OK;
	if (c.n > 0 && !swept)
		drop_gallery(w);
	chunk_release(&c);
	return rc;
}

enum rc
pictures_fresh(struct work *w, struct error *e)
{
	struct link_query *q = NULL;
	enum rc rc = RC_OK;

	w->fault = FAULT_NONE;
	if (w->fresh_more)
		w->picture_next_ms = 0;
	else if (map_has_pictures(w->map))
		for (size_t i = 0; i < w->nfresh && rc == RC_OK; i++) {
			rc = look_for(w, w->fresh[i], &q, e);
			if (rc == RC_OK)
				rc = work_go_on(w, e);
		}
	link_free(q);
	work_fresh_done(w);
	if (rc != RC_OK)
		w->fault = link_fault(w->link);
	return rc;
}

void
pictures_later(struct work *w)
{
	end_round(w);
	if (w->s->stock_picture_seconds * 1000 < LATER_MS)
		w->picture_next_ms = clock_mono_ms() + LATER_MS;
}
