/*
 * A bucket: AB/HASH-card.webp below the prefix.  An object is looked for before
 * it is put, so that what is there is neither sent again nor changed.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "peer/s3.h"
#include "syncd/store.h"

/* After a failure nothing is asked for so long, twice as long after each
 * further one: a bucket that hangs must not hold up the levels. */
#define REST_MS INT64_C(30000)
#define REST_DOUBLED 4

_Static_assert(
    STORE_BATCH <= S3_BATCH, "one call of the one is one of the other");

struct bucket {
	struct store store; /* first */
	struct s3 *s3;      /* owned */
	struct aws_credentials keys;
	struct error failed; /* the last failure */
	int64_t rest_until;  /* monotonic; 0: it did not fail */
	int failures;        /* one after the other */
	bool late_told;
};

/* Where callers have a struct store, it is the first member of ours. */
static struct bucket *
bucket_of(struct store *st)
{
	return (struct bucket *)(void *)st;
}

/* Whether it may be asked. */
static enum rc
begin(struct bucket *b, struct error *e)
{
	if (b->rest_until == 0 || clock_mono_ms() >= b->rest_until)
		return RC_OK;
	return error_set(e, RC_IO, "%s", b->failed.text);
}

/* To whoever uses a store there is one word for a failure. */
static enum rc
end(struct bucket *b, enum rc rc, const struct error *why, struct error *e)
{
	const char *late = s3_keys_late(b->s3);

	if (late[0] != '\0' && !b->late_told)
		log_event(LOG_WARN, "could not renew the keys of S3: %s", late);
	b->late_told = late[0] != '\0';
	if (rc == RC_OK || rc == RC_NOTFOUND) {
		b->rest_until = 0;
		b->failures = 0;
		return rc;
	}
	b->failed = *why;
	b->rest_until = clock_mono_ms() + (REST_MS << b->failures);
	if (b->failures < REST_DOUBLED)
		b->failures++;
	return error_set(e, rc == RC_NOMEM ? rc : RC_IO, "%s", why->text);
}

static enum rc
put(struct store *st, const struct store_object *objects, size_t n,
    struct error *e)
{
	struct bucket *b = bucket_of(st);
	const char *names[STORE_BATCH];
	struct s3_put puts[STORE_BATCH];
	bool there[STORE_BATCH] = { false };
	struct error why = ERROR_NONE;
	size_t i, missing = 0;
	enum rc rc;

	rc = begin(b, e);
	if (rc != RC_OK)
		return rc;
	for (i = 0; i < n; i++)
		names[i] = objects[i].name;
	rc = s3_head(b->s3, names, n, there, &why);
	for (i = 0; i < n; i++)
		if (!there[i])
			puts[missing++] = (struct s3_put){ objects[i].name,
				"image/webp", objects[i].bytes, objects[i].n };
	if (rc == RC_OK && missing > 0)
		rc = s3_put(b->s3, puts, missing, &why);
	return end(b, rc, &why, e);
}

static enum rc
head(struct store *st, const char *name, void *out, size_t size, size_t *got,
    struct error *e)
{
	struct bucket *b = bucket_of(st);
	struct error why = ERROR_NONE;
	struct buf bytes;
	enum rc rc;

	rc = begin(b, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&bytes, size);
	rc = s3_get(b->s3, name, &bytes, &why);
	if (rc == RC_OK) {
		*got = bytes.len;
		memcpy(out, buf_str(&bytes), bytes.len);
	}
	buf_release(&bytes);
	return end(b, rc, &why, e);
}

struct all {
	store_visit *visit;
	void *ctx;
	bool theirs; /* it is the caller who failed */
};

static enum rc
visit_object(void *ctx, const struct s3_object *o, struct error *e)
{
	struct all *a = ctx;
	enum rc rc;

	rc = a->visit(a->ctx, o->key, o->size, o->modified_at, e);
	a->theirs = rc != RC_OK;
	return rc;
}

static enum rc
list(struct store *st, store_visit *visit, void *ctx, struct error *e)
{
	struct bucket *b = bucket_of(st);
	struct all all = { .visit = visit, .ctx = ctx };
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = begin(b, e);
	if (rc != RC_OK)
		return rc;
	rc = s3_list(b->s3, visit_object, &all, &why);
	if (all.theirs)
		return error_set(e, rc, "%s", why.text);
	return end(b, rc, &why, e);
}

static enum rc
remove_all(
    struct store *st, const char *const *names, size_t n, struct error *e)
{
	struct bucket *b = bucket_of(st);
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = begin(b, e);
	if (rc == RC_OK)
		rc = end(b, s3_delete(b->s3, names, n, &why), &why, e);
	return rc;
}

static void
close_bucket(struct store *st)
{
	struct bucket *b = bucket_of(st);

	s3_free(b->s3);
	aws_credentials_release(&b->keys);
	free(b);
}

enum rc
store_s3_open(const struct settings *s, struct store **out, struct error *e)
{
	static const struct store_ops ops = { put, head, list, remove_all,
		close_bucket };
	struct s3_config config = {
		.endpoint = s->s3_endpoint,
		.region = s->s3_region,
		.bucket = s->s3_bucket,
		.prefix = s->s3_prefix,
		.ca_file = s->s3_ca,
		.path_style = s->s3_style == STYLE_PATH,
	};
	struct bucket *b = calloc(1, sizeof(*b));
	enum rc rc;

	*out = NULL;
	if (b == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture store");
	b->store.ops = &ops;
	aws_credentials_init(&b->keys, s->s3_access_key, s->s3_secret_key);
	rc = s3_new(&config, &b->keys, &b->s3, e);
	if (rc != RC_OK) {
		close_bucket(&b->store);
		return rc;
	}
	*out = &b->store;
	return RC_OK;
}
