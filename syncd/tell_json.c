#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "syncd/tell.h"

/* An object under way; bad once a part of it could not be had. */
struct object {
	json_t *o; /* owned */
	bool bad;
};

/* Takes value; NULL is a failure. */
static void
put(struct object *to, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(to->o, name, value) != 0)
		to->bad = true;
}

static void
put_int(struct object *to, const char *name, int64_t n)
{
	put(to, name, json_integer(n));
}

/* A time, or null for never. */
static void
put_time(struct object *to, const char *name, int64_t t)
{
	put(to, name, t != 0 ? json_integer(t) : json_null());
}

static json_t *
text(const char *s)
{
	struct buf clean;
	json_t *j = NULL;

	buf_init(&clean, LIMIT_TELL);
	tell_line(&clean, s);
	if (buf_rc(&clean) == RC_OK)
		j = json_string(buf_str(&clean));
	buf_release(&clean);
	return j;
}

/* A text, or null for "". */
static void
put_text(struct object *to, const char *name, const char *s)
{
	put(to, name, s[0] != '\0' ? text(s) : json_null());
}

static json_t *
finish(struct object *o)
{
	if (!o->bad)
		return o->o;
	json_decref(o->o);
	return NULL;
}

static json_t *
row(const struct tell_row *r)
{
	struct object o = { json_object(), false };

	put_text(&o, "key", r->key);
	put_text(&o, "reason", r->why);
	return finish(&o);
}

static json_t *
rows(const struct tell_row *r, size_t n)
{
	json_t *list = json_array();
	bool bad = list == NULL;

	for (size_t i = 0; i < n && !bad; i++) {
		json_t *j = row(&r[i]);

		bad = j == NULL || json_array_append_new(list, j) != 0;
	}
	if (!bad)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
advice(const struct tell *t)
{
	const char *words[TELL_ADVICE];
	size_t n = tell_advice(t, words);
	json_t *list = json_array();
	bool bad = list == NULL;

	for (size_t i = 0; i < n && !bad; i++) {
		json_t *j = json_string(words[i]);

		bad = j == NULL || json_array_append_new(list, j) != 0;
	}
	if (!bad)
		return list;
	json_decref(list);
	return NULL;
}

static void
put_log(struct object *o, const struct mirror *m)
{
	bool follows = strcmp(m->mode, "binlog") == 0;

	put_text(o, "position", follows ? m->position : "");
	put_time(o, "event_at", follows ? m->event_at : 0);
	if (follows && m->event_at != 0) {
		put_int(o, "read_lag_ms", m->read_lag_ms);
		put_int(o, "apply_lag_ms", m->apply_lag_ms);
	} else {
		put(o, "read_lag_ms", json_null());
		put(o, "apply_lag_ms", json_null());
	}
}

static void
put_counts(struct object *o, const struct mirror *m)
{
	put_int(o, "items", m->items);
	put_int(o, "shown", m->visible);
	put_int(o, "flawed", m->flawed);
	put_int(o, "pictures", m->pictures);
	put_int(o, "pictures_broken", m->broken);
	put_int(o, "pictures_waiting", m->waiting);
	put_text(o, "store_problem", m->store_problem);
}

static json_t *
status(const struct tell *t)
{
	const struct mirror *m = &t->m;
	struct object o = { json_object(), false };

	put_int(&o, "now", t->now);
	put(&o, "healthy", json_boolean(t->healthy));
	put_text(&o, "state",
	    t->state == TELL_NEVER ? "never" : tell_state_name(t->state));
	put(&o, "running", json_boolean(t->runs));
	put_text(&o, "holder", t->runs ? t->holder.name : "");
	put_text(&o, "mode", m->mode);
	put_text(&o, "reason", m->reason);
	put_text(&o, "source", m->source);
	put_time(&o, "confirmed_at", m->confirmed_at);
	put_int(&o, "stale_after", t->s->stock_stale_after);
	put_time(&o, "published_at", m->published_at);
	put_log(&o, m);
	put_time(&o, "compared_at", m->compared_at);
	put_int(&o, "differences", m->differences);
	put_counts(&o, m);
	put_int(&o, "suspected", t->suspected);
	put_int(&o, "to_take_again", m->vanished);
	put_text(&o, "problem", m->problem);
	put_time(&o, "problem_at", m->problem_at);
	put(&o, "flawed_items", rows(t->flawed, t->nflawed));
	put(&o, "broken_pictures", rows(t->broken, t->nbroken));
	put(&o, "to_do", advice(t));
	return finish(&o);
}

void
tell_json(const struct tell *t, struct buf *b)
{
	json_t *j = status(t);
	char *s = j != NULL ? json_dumps(j, JSON_INDENT(2)) : NULL;

	if (s == NULL)
		buf_fail(b, RC_NOMEM);
	else
		buf_printf(b, "%s\n", s);
	free(s);
	json_decref(j);
}
