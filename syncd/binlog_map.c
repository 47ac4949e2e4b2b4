#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "syncd/binlog_impl.h"

/* Ids count up, so their low bits spread well. */
static size_t
bucket_of(uint64_t id)
{
	return (size_t)(id % BINLOG_BUCKETS);
}

static void
map_free(struct binlog *b, struct binlog_map *m)
{
	b->map_bytes -= m->cost;
	free(m->table.column);
	free(m->body);
	free(m);
}

void
binlog_map_forget(struct binlog *b)
{
	for (size_t i = 0; i < BINLOG_BUCKETS; i++)
		while (b->bucket[i] != NULL) {
			struct binlog_map *m = b->bucket[i];

			b->bucket[i] = m->next;
			map_free(b, m);
		}
}

struct binlog_map *
binlog_map_find(struct binlog *b, uint64_t id)
{
	struct binlog_map *m = b->bucket[bucket_of(id)];

	while (m != NULL && m->table.id != id)
		m = m->next;
	return m;
}

static void
drop(struct binlog *b, uint64_t id)
{
	struct binlog_map **at = &b->bucket[bucket_of(id)];

	while (*at != NULL && (*at)->table.id != id)
		at = &(*at)->next;
	if (*at != NULL) {
		struct binlog_map *m = *at;

		*at = m->next;
		map_free(b, m);
	}
}

/* Every statement announces its tables again, so those of older statements are
 * only kept to save work. */
static void
drop_old(struct binlog *b)
{
	for (size_t i = 0; i < BINLOG_BUCKETS; i++) {
		struct binlog_map **at = &b->bucket[i];

		while (*at != NULL) {
			struct binlog_map *m = *at;

			if (m->statement == b->statement) {
				at = &m->next;
				continue;
			}
			*at = m->next;
			map_free(b, m);
		}
	}
}

static const char *
name(struct bytes *r)
{
	size_t n = bytes_u8(r);
	const uint8_t *p = bytes_take(r, n + 1);

	if (p != NULL && (p[n] != 0 || memchr(p, 0, n) != NULL))
		r->bad = true;
	return (const char *)p;
}

/* Fill the map from its own copy of the event. */
static enum rc
fill(struct binlog *b, struct binlog_map *m, struct error *e)
{
	struct bytes r = bytes_of(m->body, m->body_n);
	struct binlog_table *t = &m->table;
	uint64_t columns;
	enum rc rc;

	(void)bytes_take(&r, BINLOG_HEADER);
	t->id = bytes_u48(&r);
	(void)bytes_u16(&r);
	t->db = name(&r);
	t->name = name(&r);
	columns = bytes_packed(&r);
	if (r.bad)
		return binlog_cut(b, &r, e);
	if (columns < 1 || columns > LIMIT_BINLOG_COLUMNS)
		return binlog_refuse(
		    b, &r, RC_INVALID, e, "a count of columns that cannot be");
	t->columns = (size_t)columns;
	m->cost += t->columns * sizeof(*t->column);
	t->column = malloc(t->columns * sizeof(*t->column));
	if (t->column == NULL)
		return binlog_refuse(b, &r, RC_NOMEM, e, "no memory");
	rc = binlog_read_columns(b, t, &r, e);
	if (!t->known) {
		free(t->column);
		t->column = NULL;
	}
	return rc;
}

static enum rc
map_new(struct binlog *b, uint64_t id, struct binlog_map **out, struct error *e)
{
	struct binlog_map *m = calloc(1, sizeof(*m));
	enum rc rc;

	if (m == NULL)
		return binlog_refuse(b, &b->r, RC_NOMEM, e, "no memory");
	m->body_n = (size_t)(b->r.end - b->r.start);
	m->cost = sizeof(*m) + m->body_n;
	m->statement = b->statement;
	m->body = malloc(m->body_n);
	if (m->body == NULL) {
		free(m);
		return binlog_refuse(b, &b->r, RC_NOMEM, e, "no memory");
	}
	memcpy(m->body, b->r.start, m->body_n);
	rc = fill(b, m, e);
	b->map_bytes += m->cost;
	if (rc == RC_OK && b->map_bytes > LIMIT_BINLOG_MAPS)
		drop_old(b);
	if (rc == RC_OK && b->map_bytes > LIMIT_BINLOG_MAPS)
		rc = binlog_refuse(
		    b, &b->r, RC_TOOBIG, e, "too many tables in one statement");
	if (rc != RC_OK) {
		map_free(b, m);
		return rc;
	}
	m->table.serial = ++b->serial;
	m->next = b->bucket[bucket_of(id)];
	b->bucket[bucket_of(id)] = m;
	*out = m;
	return RC_OK;
}

/* Most maps say what the last one of their id said. */
static bool
same(const struct binlog_map *m, const struct bytes *r)
{
	size_t n = (size_t)(r->end - r->start);

	return m->body_n == n &&
	       memcmp(m->body + BINLOG_HEADER, r->start + BINLOG_HEADER,
		   n - BINLOG_HEADER) == 0;
}

enum rc
binlog_read_map(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes peek = b->r;
	uint64_t id = bytes_u48(&peek);
	struct binlog_map *m;
	enum rc rc;

	if (peek.bad)
		return binlog_cut(b, &b->r, e);
	ev->kind = BINLOG_TABLE;
	m = binlog_map_find(b, id);
	if (m == NULL || !same(m, &b->r)) {
		drop(b, id);
		rc = map_new(b, id, &m, e);
		if (rc != RC_OK)
			return rc;
	}
	m->statement = b->statement;
	ev->table = &m->table;
	return RC_OK;
}
