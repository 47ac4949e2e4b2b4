#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/token.h"
#include "sandbox/stripe.h"
#include "sandbox/stripe_shapes.h"

#define DEEPEST 4 /* members that expand[] may name, as at Stripe */

void
stripe_name(char out[STRIPE_ID], const char *prefix, size_t n)
{
	char token[TOKEN_SIZE];
	size_t len = strlen(prefix), i;

	memcpy(out, prefix, len);
	while (n > 0 && token_random(token, NULL) == RC_OK)
		for (i = 0; token[i] != '\0' && n > 0; i++)
			if (token[i] != '-' && token[i] != '_') {
				out[len++] = token[i];
				n--;
			}
	out[len] = '\0';
}

const char *
stripe_text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s == NULL ? "" : s;
}

int64_t
stripe_whole(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void
stripe_set(json_t *object, const char *name, const char *value)
{
	(void)json_object_set_new(
	    object, name, value == NULL ? json_null() : json_string(value));
}

void
stripe_set_int(json_t *object, const char *name, int64_t value)
{
	(void)json_object_set_new(object, name, json_integer(value));
}

json_t *
stripe_inside(const json_t *object)
{
	return json_object_get(object, "_box");
}

/*** Made, stored, found ***/

static json_t *
from_shape(const struct stripe_shape *shape)
{
	char *text = strdup(shape->text), *s;
	json_t *object;

	if (text == NULL)
		return NULL;
	for (s = text; *s != '\0'; s++)
		if (*s == '\'')
			*s = '"';
	object = json_loads(text, 0, NULL);
	free(text);
	return object;
}

json_t *
stripe_new(struct stripe_call *c, const char *kind)
{
	json_t *object = NULL;
	char id[STRIPE_ID];
	size_t i;

	for (i = 0; i < stripe_shape_count; i++) {
		if (strcmp(stripe_shapes[i].kind, kind) != 0)
			continue;
		object = from_shape(&stripe_shapes[i]);
		stripe_name(
		    id, stripe_shapes[i].prefix, stripe_shapes[i].letters);
		stripe_set(object, "id", id);
		if (json_object_get(object, "created") != NULL)
			stripe_set_int(object, "created", c->now);
	}
	if (object == NULL)
		(void)error_set(&c->st.e, RC_NOMEM, "no memory for a %s", kind);
	return object;
}

json_t *
stripe_get(struct stripe_call *c, const char *id)
{
	json_t *object = NULL;
	struct store_rows q;

	store_ask(&c->st, &q, "SELECT body FROM object WHERE id = ?", "s", id);
	if (store_next(&q))
		object = json_loads(store_text(&q, 0), 0, NULL);
	store_done(&q);
	return object;
}

void
stripe_put(struct stripe_call *c, const json_t *object, const char *parent,
    int64_t due)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text == NULL) {
		(void)error_set(&c->st.e, RC_NOMEM, "no memory for an object");
		return;
	}
	store_run(&c->st,
	    "INSERT INTO object (id, kind, created, parent, due, body) VALUES "
	    "(?1, ?2, ?3, ?4, nullif(?5, 0), ?6) ON CONFLICT (id) DO UPDATE "
	    "SET parent = coalesce(?4, parent), due = CASE WHEN ?5 < 0 THEN "
	    "due "
	    "ELSE nullif(?5, 0) END, body = ?6",
	    "ssisis", stripe_text(object, "id"), stripe_text(object, "object"),
	    stripe_whole(object, "created"), parent, due, text);
	free(text);
}

/*** Shown ***/

json_t *
stripe_bare(const json_t *object)
{
	json_t *copy = json_deep_copy(object);

	(void)json_object_del(copy, "_box");
	return copy;
}

/* The lines of a session, kept inside of it. */
static json_t *
lines_of(struct stripe_call *c, const json_t *session)
{
	const char *id = stripe_text(session, "id");
	json_t *inside, *stored = stripe_get(c, id);

	inside = json_object_get(stripe_inside(stored), "lines");
	inside = json_deep_copy(inside);
	json_decref(stored);
	return json_pack("{s:s, s:o, s:b, s:o}", "object", "list", "data",
	    inside, "has_more", 0, "url",
	    json_sprintf("/v1/checkout/sessions/%s/line_items", id));
}

/* Replace the member that the first n bytes of path name by what it names, and
 * go on below. */
static bool
expand_one(struct stripe_call *c, json_t *object, const char *path, int depth)
{
	size_t n = strcspn(path, ".");
	char name[PARAM_NAME_SIZE];
	json_t *member, *found;

	if (depth > DEEPEST || n == 0 || n >= sizeof(name))
		return false;
	memcpy(name, path, n);
	name[n] = '\0';
	if (strcmp(name, "line_items") == 0 &&
	    strcmp(stripe_text(object, "object"), "checkout.session") == 0) {
		(void)json_object_set_new(object, name, lines_of(c, object));
		return path[n] == '\0';
	}
	member = json_object_get(object, name);
	if (json_is_null(member))
		return true;
	if (json_is_string(member)) {
		found = stripe_get(c, json_string_value(member));
		if (found == NULL)
			return false;
		(void)json_object_del(found, "_box");
		(void)json_object_set_new(object, name, found);
		member = found;
	}
	if (!json_is_object(member))
		return false;
	return path[n] == '\0' ||
	       expand_one(c, member, path + n + 1, depth + 1);
}

static bool
expand_each(struct stripe_call *c, json_t *list, const char *path)
{
	json_t *data = json_object_get(list, "data"), *each;
	size_t i;

	if (strncmp(path, "data.", 5) != 0)
		return false;
	json_array_foreach(
	    data, i, each) if (!expand_one(c, each, path + 5, 1)) return false;
	return true;
}

bool
stripe_expand(struct stripe_call *c, json_t *object, bool list)
{
	char key[PARAM_NAME_SIZE];
	const char *path;
	size_t i;

	for (i = 0; i < c->p.n; i++) {
		if (!params_key(c->p.each[i].name, "expand", key))
			continue;
		path = c->p.each[i].value;
		if (list ? expand_each(c, object, path)
			 : expand_one(c, object, path, 1))
			continue;
		stripe_fail(c, 400, "invalid_request_error", NULL, NULL,
		    "This property cannot be expanded (%s).", path);
		return false;
	}
	return true;
}

void
stripe_show(struct stripe_call *c, const json_t *object)
{
	json_t *copy = stripe_bare(object);

	if (!stripe_expand(c, copy, false)) {
		json_decref(copy);
		return;
	}
	json_decref(c->out);
	c->out = copy;
	c->status = 200;
}

void
stripe_metadata(struct stripe_call *c, json_t *object, const char *prefix)
{
	json_t *metadata = json_object_get(object, "metadata");
	char key[PARAM_NAME_SIZE];
	size_t i;

	for (i = 0; i < c->p.n; i++) {
		if (!params_key(c->p.each[i].name, prefix, key))
			continue;
		if (c->p.each[i].value[0] == '\0') /* takes it away */
			(void)json_object_del(metadata, key);
		else
			stripe_set(metadata, key, c->p.each[i].value);
	}
}
