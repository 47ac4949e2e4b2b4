#include "config.h"

#include <string.h>
#include <strings.h>

#include "syncd/stream_impl.h"

static bool
is_part(const struct stream_part *p, const struct binlog_table *t)
{
	/* a server may keep names in lower case; two tables that differ in case
	 * only are taken for one, which costs a look too many */
	return p->mapped && strcasecmp(p->table.name, t->name) == 0 &&
	       strcasecmp(p->table.schema, t->db) == 0;
}

static bool
same_cell(const struct binlog_cell *a, const struct binlog_cell *b)
{
	/* what an image of a change does not hold was not changed */
	if (b->state == BINLOG_CELL_ABSENT)
		return true;
	if (a->state != b->state || a->state == BINLOG_CELL_DIFF)
		return false;
	return a->state == BINLOG_CELL_NULL ||
	       (a->n == b->n && memcmp(a->p, b->p, a->n) == 0);
}

static bool
unchanged(const struct map_table *m, const struct binlog_row *row)
{
	if (row->before == NULL || row->after == NULL)
		return false;
	for (size_t i = 0; i < m->nused; i++)
		if (!same_cell(
			&row->before[m->used[i]], &row->after[m->used[i]]))
			return false;
	return true;
}

enum found { KEY_NONE, KEY_FOUND, KEY_STRANGE };

static bool
put_text(struct stream *st, const struct stream_part *p,
    const struct binlog_value *v)
{
	struct error ignored = ERROR_NONE;
	struct buf raw;
	bool ok;

	if (v->kind == BINLOG_BYTES) {
		charset_put(&st->text, p->charset, v->s, v->n);
		return true;
	}
	if (v->kind != BINLOG_PACKED)
		return false;
	buf_init(&raw, LIMIT_LINE);
	ok = binlog_unpack(v, &raw, &ignored) == RC_OK;
	if (ok)
		charset_put(&st->text, p->charset, buf_str(&raw), raw.len);
	buf_release(&raw);
	return ok;
}

/* The key as a SELECT would give it, in st->text. */
static enum found
key_of(struct stream *st, const struct stream_part *p,
    const struct binlog_table *t, const struct binlog_cell *image)
{
	struct error ignored = ERROR_NONE;
	struct binlog_value v;
	bool ok = false;

	buf_reset(&st->text);
	if (binlog_value(t, image, p->table.key, &v, &ignored) != RC_OK)
		return KEY_STRANGE;
	if (v.kind == BINLOG_ABSENT || v.kind == BINLOG_NULL)
		return KEY_NONE;
	switch (p->table.key_kind) {
	case MAP_KEY_SIGNED:
		ok = v.kind == BINLOG_INT;
		buf_putd(&st->text, v.i);
		break;
	case MAP_KEY_UNSIGNED:
		ok = v.kind == BINLOG_INT;
		buf_printf(&st->text, "%llu", (unsigned long long)v.u);
		break;
	case MAP_KEY_OTHER_NUMBER:
		ok = v.kind == BINLOG_TEXT;
		if (ok)
			buf_put(&st->text, v.s, v.n);
		break;
	case MAP_KEY_TEXT:
		ok = put_text(st, p, &v);
		break;
	}
	return ok && buf_rc(&st->text) == RC_OK ? KEY_FOUND : KEY_STRANGE;
}

/* NULL is a key too: of nothing that is ours.  An image after a change lacks the
 * key when it is as before. */
static bool
holds_key(const struct stream_part *p, const struct binlog_row *row)
{
	const struct binlog_cell *image =
	    row->before != NULL ? row->before : row->after;

	return image[p->table.key].state != BINLOG_CELL_ABSENT;
}

/* What makes a change one that a key does not tell; NULL when a key will do. */
static const char *
beyond_keys(const struct stream_part *p, enum map_part part,
    const struct binlog_table *t, const struct binlog_row *row, bool *nothing)
{
	*nothing = false;
	if (t->columns != p->table.columns)
		return "a table is not as it was";
	*nothing = unchanged(&p->table, row);
	if (!*nothing && part == MAP_PART_CATEGORY)
		return "a category was changed";
	return NULL;
}

static void
take_row(struct stream *st, enum map_part part, const struct binlog_table *t,
    const struct binlog_row *row, struct touched *to)
{
	static const enum touched_kind kinds[MAP_PARTS] = {
		[MAP_PART_ITEM] = TOUCHED_ITEM,
		[MAP_PART_LEVEL] = TOUCHED_LEVEL,
		[MAP_PART_PICTURE] = TOUCHED_PICTURE,
	};
	const struct stream_part *p = &st->part[part];
	const struct binlog_cell *image[] = { row->before, row->after };
	bool told = false;
	const char *why;

	why = beyond_keys(p, part, t, row, &told);
	for (int i = 0; i < 2 && why == NULL && !told; i++) {
		enum found found;

		if (image[i] == NULL)
			continue;
		found = key_of(st, p, t, image[i]);
		if (found == KEY_STRANGE)
			why = "a key cannot be read";
		if (found == KEY_FOUND)
			touched_add(
			    to, kinds[part], buf_str(&st->text), st->text.len);
	}
	if (why == NULL && !told && !holds_key(p, row))
		why = "the log does not hold a key";
	if (why != NULL)
		touched_all(to, why);
}

static void
look_for_probe(struct stream *st, const struct binlog_table *t,
    const struct binlog_row *row)
{
	struct error ignored = ERROR_NONE;
	struct binlog_value v;

	if (row->after == NULL || t->columns < 2 ||
	    binlog_value(t, row->after, 1, &v, &ignored) != RC_OK)
		return;
	if (v.kind == BINLOG_BYTES && v.n == strlen(st->probe) &&
	    memcmp(v.s, st->probe, v.n) == 0)
		st->probe[0] = '\0';
}

/* A claim that was made: its item's level has changed, and a hold may end.  What
 * is given back says so by the level alone. */
static void
take_claim(const struct binlog_table *t, const struct binlog_row *row,
    struct touched *to)
{
	struct error ignored = ERROR_NONE;
	struct binlog_value v;

	if (row->before != NULL || row->after == NULL)
		return;
	if (t->columns < 2 ||
	    binlog_value(t, row->after, 1, &v, &ignored) != RC_OK ||
	    v.kind != BINLOG_BYTES)
		touched_all(to, "a claim cannot be read");
	else
		touched_add(to, TOUCHED_ITEM, v.s, v.n);
}

static bool
is_own(const struct stream *st, const struct binlog_table *t, const char *name)
{
	return strcasecmp(t->db, st->w->s->stock_own_schema) == 0 &&
	       strcasecmp(t->name, name) == 0;
}

enum rc
stream_rows(struct stream *st, const struct binlog_event *ev, struct touched *t,
    struct error *e)
{
	bool is[MAP_PARTS], any, probe, claim;
	struct binlog_row row;
	enum rc rc;

	any = claim = st->w->s->stock_access == ACCESS_WRITE &&
		      is_own(st, ev->table, "claim");
	for (int i = 0; i < MAP_PARTS; i++) {
		is[i] = is_part(&st->part[i], ev->table);
		any = any || is[i];
	}
	probe = st->probe[0] != '\0' && is_own(st, ev->table, "probe");
	if (!any && !probe)
		return RC_OK;
	if (any)
		st->touching = true;
	if (!ev->table->known) {
		touched_all(t, "a column of a type that is not known");
		return RC_OK;
	}
	while ((rc = binlog_row(st->decoder, &row, e)) == RC_OK) {
		for (int i = 0; i < MAP_PARTS; i++)
			if (is[i])
				take_row(
				    st, (enum map_part)i, ev->table, &row, t);
		if (claim)
			take_claim(ev->table, &row, t);
		if (probe)
			look_for_probe(st, ev->table, &row);
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static bool
mentions(const struct binlog_query *q, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= q->n; i++)
		if (strncasecmp(q->text + i, name, n) == 0)
			return true;
	return false;
}

bool
stream_ddl_concerns(const struct stream *st, const struct binlog_query *q)
{
	for (int i = 0; i < MAP_PARTS; i++) {
		const struct stream_part *p = &st->part[i];

		if (p->mapped && (!p->plain || mentions(q, p->table.name) ||
				     mentions(q, p->table.schema)))
			return true;
	}
	return false;
}
