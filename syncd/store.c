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
	assert(plain_name(name));
	return st->ops->put(st, name, bytes, n, e);
}

enum rc
store_head(struct store *st, const char *name, void *out, size_t size,
    size_t *got, struct error *e)
{
	assert(plain_name(name));
	return st->ops->head(st, name, out, size, got, e);
}

void
store_close(struct store *st)
{
	if (st != NULL)
		st->ops->close(st);
}
