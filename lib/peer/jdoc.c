#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "peer/jdoc.h"

#define PATH_SIZE 64

/* jansson's own limit is 2048 levels, each one a call inside a call. */
static bool
too_deep(const char *s, size_t n)
{
	size_t i, depth = 0;
	bool quoted = false;

	for (i = 0; i < n; i++) {
		if (quoted) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				quoted = false;
		} else if (s[i] == '"') {
			quoted = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > LIMIT_JSON_DEPTH)
				return true;
		} else if ((s[i] == '}' || s[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

enum rc
jdoc_read(struct jdoc *d, const void *bytes, size_t n, struct error *e)
{
	json_error_t why;

	d->root = NULL;
	if (n > LIMIT_JSON)
		return error_set(e, RC_TOOBIG, "%zu bytes of JSON", n);
	if (too_deep(bytes, n))
		return error_set(
		    e, RC_INVALID, "JSON above %d levels", LIMIT_JSON_DEPTH);
	d->root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why);
	if (d->root == NULL &&
	    json_error_code(&why) == json_error_out_of_memory)
		return error_set(e, RC_NOMEM, "no memory for JSON");
	if (d->root == NULL)
		return error_set(e, RC_INVALID, "not JSON at byte %d: %s",
		    why.position,
		    json_error_code(&why) == json_error_duplicate_key
			? "a member twice"
			: "malformed");
	if (json_is_object(d->root))
		return RC_OK;
	jdoc_release(d);
	return error_set(e, RC_INVALID, "JSON that is no object");
}

void
jdoc_release(struct jdoc *d)
{
	json_decref(d->root);
	d->root = NULL;
}

static const json_t *
find(const struct jdoc *d, const char *path)
{
	const json_t *at = d->root;
	char name[PATH_SIZE];
	size_t n;

	for (;;) {
		n = strcspn(path, ".");
		assert(n > 0 && n < sizeof(name));
		memcpy(name, path, n);
		name[n] = '\0';
		at = json_object_get(at, name);
		if (at == NULL || path[n] == '\0')
			return at;
		path += n + 1;
	}
}

const char *
jdoc_text(const struct jdoc *d, const char *path)
{
	return json_string_value(find(d, path));
}

bool
jdoc_whole(const struct jdoc *d, const char *path, int64_t *out)
{
	const json_t *at = find(d, path);

	if (!json_is_integer(at))
		return false;
	*out = json_integer_value(at);
	return true;
}

bool
jdoc_yes(const struct jdoc *d, const char *path)
{
	return json_is_true(find(d, path));
}

bool
jdoc_has(const struct jdoc *d, const char *path)
{
	return find(d, path) != NULL;
}

void
jdoc_put(struct buf *b, const struct jdoc *d)
{
	char *text = json_dumps(d->root, JSON_COMPACT);

	if (text == NULL)
		buf_fail(b, RC_NOMEM);
	else
		buf_puts(b, text);
	free(text);
}

size_t
jdoc_count(const struct jdoc *d, const char *path)
{
	return json_array_size(find(d, path));
}

const char *
jdoc_text_at(const struct jdoc *d, const char *path, size_t i)
{
	return json_string_value(json_array_get(find(d, path), i));
}

bool
jdoc_at(const struct jdoc *d, const char *path, size_t i, struct jdoc *out)
{
	out->root = json_array_get(find(d, path), i);
	return json_is_object(out->root);
}
