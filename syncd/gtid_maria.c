#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "syncd/bytes.h"
#include "syncd/gtid.h"

void
gtid_pos_release(struct gtid_pos *pos)
{
	free(pos->at);
	*pos = (struct gtid_pos)GTID_POS_EMPTY;
}

/* The index of the domain, or where it would have to be. */
static size_t
find(const struct gtid_pos *pos, uint32_t domain)
{
	size_t lo = 0, hi = pos->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (pos->at[mid].domain < domain)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
is_at(const struct gtid_pos *pos, size_t i, uint32_t domain)
{
	return i < pos->n && pos->at[i].domain == domain;
}

enum rc
gtid_pos_set(struct gtid_pos *pos, const struct gtid_maria *id, struct error *e)
{
	size_t i = find(pos, id->domain);
	struct gtid_maria *more;
	size_t cap;

	if (is_at(pos, i, id->domain)) {
		pos->at[i] = *id;
		return RC_OK;
	}
	if (pos->n >= LIMIT_GTID_SOURCES)
		return error_set(e, RC_TOOBIG, "GTID position has %d domains",
		    LIMIT_GTID_SOURCES);
	if (pos->n == pos->cap) {
		cap = pos->cap == 0 ? 4 : pos->cap * 2;
		more = realloc(pos->at, cap * sizeof(*more));
		if (more == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for a GTID position");
		pos->at = more;
		pos->cap = cap;
	}
	memmove(&pos->at[i + 1], &pos->at[i], (pos->n - i) * sizeof(*pos->at));
	pos->at[i] = *id;
	pos->n++;
	return RC_OK;
}

enum rc
gtid_pos_merge(
    struct gtid_pos *pos, const struct gtid_pos *other, struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < other->n && rc == RC_OK; i++)
		rc = gtid_pos_set(pos, &other->at[i], e);
	return rc;
}

bool
gtid_pos_contains(const struct gtid_pos *pos, const struct gtid_pos *other)
{
	for (size_t i = 0; i < other->n; i++) {
		size_t at = find(pos, other->at[i].domain);

		if (!is_at(pos, at, other->at[i].domain) ||
		    pos->at[at].seq < other->at[i].seq)
			return false;
	}
	return true;
}

void
gtid_maria_print(const struct gtid_maria *id, struct buf *b)
{
	buf_printf(b, "%" PRIu32 "-%" PRIu32 "-%" PRIu64, id->domain,
	    id->server, id->seq);
}

void
gtid_pos_print(const struct gtid_pos *pos, struct buf *b)
{
	for (size_t i = 0; i < pos->n; i++) {
		if (i > 0)
			buf_putc(b, ',');
		gtid_maria_print(&pos->at[i], b);
	}
}

enum rc
gtid_pos_decode(struct gtid_pos *pos, const void *p, size_t n, struct error *e)
{
	struct bytes r = bytes_of(p, n);
	/* the four highest bits are flags */
	uint32_t count = bytes_u32(&r) & 0x0fffffff;
	struct gtid_maria id;
	enum rc rc = RC_OK;

	gtid_pos_release(pos);
	if (r.bad || count > bytes_left(&r) / 16)
		return error_set(e, RC_INVALID, "GTID list is cut");
	for (; count > 0 && rc == RC_OK; count--) {
		id.domain = bytes_u32(&r);
		id.server = bytes_u32(&r);
		id.seq = bytes_u64(&r);
		rc = gtid_pos_set(pos, &id, e);
	}
	if (rc != RC_OK)
		gtid_pos_release(pos);
	return rc;
}

/* A number that ends at mark or at the end; moves past both. */
static bool
number(const char **s, const char *end, char mark, int64_t max, int64_t *out)
{
	const char *at = memchr(*s, mark, (size_t)(end - *s));
	const char *stop = at == NULL ? end : at;

	if (num_parse_n(*s, (size_t)(stop - *s), 0, max, out) != RC_OK)
		return false;
	*s = at == NULL ? end : at + 1;
	return at != NULL || mark == ',';
}

/* Sequences end at 2^64 - 1; a source that counts by one does not reach 2^63. */
static enum rc
parse_one(struct gtid_pos *pos, const char *s, const char *end, struct error *e)
{
	int64_t domain, server, seq;
	struct gtid_maria id;

	if (!number(&s, end, '-', UINT32_MAX, &domain) ||
	    !number(&s, end, '-', UINT32_MAX, &server) ||
	    !number(&s, end, ',', INT64_MAX, &seq))
		return RC_INVALID;
	id = (struct gtid_maria){ (uint32_t)domain, (uint32_t)server,
		(uint64_t)seq };
	if (is_at(pos, find(pos, id.domain), id.domain))
		return RC_INVALID;
	return gtid_pos_set(pos, &id, e);
}

enum rc
gtid_pos_parse(
    struct gtid_pos *pos, const char *text, size_t n, struct error *e)
{
	const char *s = text, *end = text + n, *stop;
	enum rc rc = RC_OK;

	gtid_pos_release(pos);
	while (s < end && rc == RC_OK) {
		stop = memchr(s, ',', (size_t)(end - s));
		if (stop == NULL)
			stop = end;
		rc = stop + 1 == end ? RC_INVALID : parse_one(pos, s, stop, e);
		s = stop == end ? end : stop + 1;
	}
	if (rc == RC_INVALID)
		rc = error_set(e, rc, "no GTID position: \"%.*s\"",
		    (int)(n > 100 ? 100 : n), text);
	if (rc != RC_OK)
		gtid_pos_release(pos);
	return rc;
}
