#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "syncd/binlog_impl.h"

#define FLAG_STATEMENT_ENDS 1
/* Numbers that no table has: only the flag of such an event counts. */
#define NO_TABLE_24 UINT64_C(0xffffff)
#define NO_TABLE_48 UINT64_C(0xffffffffffff)
#define NO_TABLE_32 UINT64_C(0xffffffff)
#define PARTIAL_JSON 1 /* value option of PARTIAL_UPDATE_ROWS */

static bool
is_set(const uint8_t *bitmap, size_t i)
{
	return (bitmap[i / 8] >> i % 8 & 1) != 0;
}

/* Bits set among the first n.  Those behind belong to no column; MySQL leaves
 * them set. */
static size_t
count_bits(const uint8_t *bitmap, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n / 8; i++)
		count += (size_t)__builtin_popcount(bitmap[i]);
	for (size_t i = n - n % 8; i < n; i++)
		count += is_set(bitmap, i);
	return count;
}

static bool
packed(uint8_t code)
{
	return code >= EV_M_WRITE_PACKED_V1 && code <= EV_M_DELETE_PACKED_V2;
}

/* The second version has data of its own before the columns. */
static bool
second_version(uint8_t code)
{
	return (code >= EV_WRITE_V2 && code <= EV_DELETE_V2) ||
	       code == EV_PARTIAL_UPDATE ||
	       (code >= EV_M_WRITE_PACKED_V2 && code <= EV_M_DELETE_PACKED_V2);
}

/* Each of the four runs of codes is in the order WRITE, UPDATE, DELETE. */
static enum binlog_change
change_of(uint8_t code)
{
	if (code == EV_PARTIAL_UPDATE)
		return BINLOG_UPDATE;
	if (packed(code))
		return (enum binlog_change)((code - EV_M_WRITE_PACKED_V1) % 3);
	return (enum binlog_change)(
	    (code - (code >= EV_WRITE_V2 ? EV_WRITE_V2 : EV_WRITE_V1)) % 3);
}

static enum rc
skip_extra(struct binlog *b, struct error *e)
{
	uint16_t n = bytes_u16(&b->r);

	/* the length counts itself */
	if (!b->r.bad && n < 2)
		return binlog_refuse(b, &b->r, RC_INVALID, e,
		    "extra data is shorter than its own length");
	(void)bytes_take(&b->r, n - 2U);
	return RC_OK;
}

static enum rc
read_bitmaps(struct binlog *b, struct error *e)
{
	struct binlog_rows *rows = &b->rows;
	struct bytes *r = &b->r;
	size_t columns = rows->table->columns;
	size_t n = (columns + 7) / 8;

	if (bytes_packed(r) != columns)
		return binlog_refuse(b, r, RC_INVALID, e,
		    "another count of columns than its TABLE_MAP");
	rows->before_has = rows->after_has = bytes_take(r, n);
	if (rows->change == BINLOG_UPDATE)
		rows->after_has = bytes_take(r, n);
	if (r->bad)
		return binlog_cut(b, r, e);
	rows->before_n = count_bits(rows->before_has, columns);
	rows->after_n = count_bits(rows->after_has, columns);
	return RC_OK;
}

/* MINIMAL images can have no column at all (INSERT … VALUES () without a key);
 * how many rows those were, nobody can tell. */
static bool
is_empty(const struct binlog_rows *rows)
{
	return (rows->change == BINLOG_INSERT || rows->before_n == 0) &&
	       (rows->change == BINLOG_DELETE || rows->after_n == 0);
}

enum rc
binlog_read_rows(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct binlog_rows *rows = &b->rows;
	struct bytes *r = &b->r;
	uint64_t id = bytes_u48(r);
	uint16_t flags = bytes_u16(r);
	struct binlog_map *m;
	enum rc rc = RC_OK;

	if (second_version(b->code))
		rc = skip_extra(b, e);
	if (rc != RC_OK)
		return rc;
	if (r->bad)
		return binlog_cut(b, r, e);
	m = binlog_map_find(b, id);
	if (m == NULL &&
	    (id == NO_TABLE_24 || id == NO_TABLE_32 || id == NO_TABLE_48)) {
		ev->kind = BINLOG_SKIP;
		b->statement++;
		return RC_OK;
	}
	if (m == NULL)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "rows of a table without TABLE_MAP");
	*rows = (struct binlog_rows){
		.table = &m->table,
		.change = change_of(b->code),
		.packed = packed(b->code),
		.partial = b->code == EV_PARTIAL_UPDATE,
	};
	m->statement = b->statement;
	rc = read_bitmaps(b, e);
	if (rc != RC_OK) {
		rows->table = NULL;
		return rc;
	}
	rows->r = *r;
	ev->table = rows->table;
	ev->change = rows->change;
	if (is_empty(rows)) {
		ev->kind = BINLOG_UNKNOWN;
		rows->table = NULL;
	}
	if ((flags & FLAG_STATEMENT_ENDS) != 0)
		b->statement++;
	return RC_OK;
}

/* Which JSON columns of a partial update's after-image are differences: one bit
 * for each JSON column of the table, in the image or not.  NULL: none. */
static bool
read_partial(struct bytes *r, size_t json_n, const uint8_t **bits)
{
	uint64_t options = bytes_packed(r);

	*bits = NULL;
	if (r->bad || options > PARTIAL_JSON)
		return false;
	if (options == 0)
		return true;
	*bits = bytes_take(r, (json_n + 7) / 8);
	return !r->bad;
}

/* Cells of columns that the image does not hold were made absent before. */
static bool
read_image(struct bytes *r, const struct binlog_table *t,
    const struct binlog_held *held, size_t held_n, const uint8_t *diffs,
    struct binlog_cell *cells)
{
	const uint8_t *nulls = bytes_take(r, (held_n + 7) / 8);

	if (nulls == NULL)
		return false;
	for (size_t i = 0; i < held_n; i++) {
		const struct binlog_column *c = &t->column[held[i].column];
		struct binlog_cell *cell = &cells[held[i].column];
		size_t n;

		if (is_set(nulls, i)) {
			cell->state = BINLOG_CELL_NULL;
			continue;
		}
		n = binlog_cell_find(c, r->p, bytes_left(r), cell);
		if (n == 0)
			return false;
		r->p += n;
		if (diffs != NULL && c->type == BINLOG_T_JSON &&
		    is_set(diffs, held[i].json))
			cell->state = BINLOG_CELL_DIFF;
	}
	return true;
}

/* Returns how many JSON columns the table has. */
static size_t
list_held(
    const struct binlog_table *t, const uint8_t *has, struct binlog_held *held)
{
	uint16_t json = 0;

	for (size_t i = 0; i < t->columns; i++) {
		if (is_set(has, i))
			*held++ = (struct binlog_held){ (uint16_t)i, json };
		json = (uint16_t)(json + (t->column[i].type == BINLOG_T_JSON));
	}
	return json;
}

static enum rc
need_cells(struct binlog *b, size_t n, struct error *e)
{
	struct binlog_cell *cells;
	struct binlog_held *held;

	if (n <= b->cells_cap)
		return RC_OK;
	cells = realloc(b->cells, n * sizeof(*cells));
	if (cells != NULL)
		b->cells = cells;
	held = realloc(b->held, n * sizeof(*held));
	if (held != NULL)
		b->held = held;
	if (cells == NULL || held == NULL)
		return binlog_refuse(b, &b->rows.r, RC_NOMEM, e, "no memory");
	b->cells_cap = n;
	return RC_OK;
}

/* What only a caller that wants the rows has to pay for. */
static enum rc
begin(struct binlog *b, struct error *e)
{
	struct binlog_rows *rows = &b->rows;
	const struct binlog_table *t = rows->table;
	enum rc rc;

	if (!t->known)
		return binlog_refuse(b, &rows->r, RC_INVALID, e,
		    "a column of a type that is not known");
	rc = need_cells(b, t->columns * 2, e);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < t->columns * 2; i++)
		b->cells[i].state = BINLOG_CELL_ABSENT;
	rows->json_n = list_held(t, rows->before_has, b->held);
	(void)list_held(t, rows->after_has, b->held + t->columns);
	rows->begun = true;
	return rows->packed ? binlog_inflate(b, &rows->r, e) : RC_OK;
}

static bool
read_row(struct binlog *b, struct binlog_row *row)
{
	struct binlog_rows *rows = &b->rows;
	const struct binlog_table *t = rows->table;
	const uint8_t *diffs = NULL;
	struct bytes *r = &rows->r;

	*row = (struct binlog_row){ NULL, NULL };
	if (rows->change != BINLOG_INSERT) {
		row->before = b->cells;
		if (!read_image(r, t, b->held, rows->before_n, NULL, b->cells))
			return false;
	}
	if (rows->change == BINLOG_DELETE)
		return true;
	if (rows->partial && !read_partial(r, rows->json_n, &diffs))
		return false;
	row->after = b->cells + t->columns;
	return read_image(r, t, b->held + t->columns, rows->after_n, diffs,
	    b->cells + t->columns);
}

enum rc
binlog_row(struct binlog *b, struct binlog_row *row, struct error *e)
{
	struct binlog_rows *rows = &b->rows;
	enum rc rc = RC_OK;

	if (rows->table == NULL)
		return RC_NOTFOUND;
	if (!rows->begun)
		rc = begin(b, e);
	if (rc == RC_OK && bytes_left(&rows->r) == 0)
		rc = RC_NOTFOUND;
	if (rc == RC_OK && !read_row(b, row))
		rc = binlog_refuse(b, &rows->r, RC_INVALID, e, "a row is cut");
	if (rc != RC_OK)
		rows->table = NULL;
	return rc;
}
