#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "syncd/store.h"

static bool
plain_name(const char *name)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789-./";
	const char *slash = strchr(name, '/');

	return slash != NULL && slash != name && slash[1] != '\0' &&
	       slash[1] != '.' && *name != '.' &&
	       strchr(slash + 1, '/') == NULL &&
	       strspn(name, set) == strlen(name) && strlen(name) < STORE_NAME;
}

enum rc
store_put(struct store *st, const char *name, const void *bytes, size_t n,
    struct error *e)
{
	struct store_object object = { name, bytes, n };

	return store_put_all(st, &object, 1, e);
}

enum rc
store_put_all(struct store *st, const struct store_object *objects, size_t n,
    struct error *e)
{
	assert(n <= STORE_BATCH);
	for (size_t i = 0; i < n; i++)
		assert(plain_name(objects[i].name));
	return st->ops->put(st, objects, n, e);
}

enum rc
store_head(struct store *st, const char *name, void *out, size_t size,
    size_t *got, struct error *e)
{
	assert(plain_name(name));
	return st->ops->head(st, name, out, size, got, e);
}

struct plain {
	store_visit *visit;
	void *ctx;
};

static enum rc
visit_plain(
    void *ctx, const char *name, int64_t size, int64_t put_at, struct error *e)
{
	struct plain *p = ctx;

	if (!plain_name(name))
		return RC_OK;
	return p->visit(p->ctx, name, size, put_at, e);
}

enum rc
store_list(struct store *st, store_visit *visit, void *ctx, struct error *e)
{
	struct plain p = { visit, ctx };

	return st->ops->list(st, visit_plain, &p, e);
}

enum rc
store_remove(
    struct store *st, const char *const *names, size_t n, struct error *e)
{
	assert(n <= STORE_BATCH);
	for (size_t i = 0; i < n; i++)
		assert(plain_name(names[i]));
	return st->ops->remove(st, names, n, e);
}

void
store_close(struct store *st)
{
	if (st != NULL)
		st->ops->close(st);
}

enum rc
store_open(const struct settings *s, struct store **out, struct error *e)
{
	if (s->pictures_store == STORE_S3)
		return store_s3_open(s, out, e);
	return store_folder_open(s->pictures_folder, out, e);
}
