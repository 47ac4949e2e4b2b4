#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "syncd/binlog_impl.h"

/* A buffer above this is not kept for the next event. */
#define KEEP (4 * 1024 * 1024)

static const char *const names[] = {
	[EV_QUERY] = "QUERY",
	[EV_STOP] = "STOP",
	[EV_ROTATE] = "ROTATE",
	[EV_FORMAT] = "FORMAT_DESCRIPTION",
	[EV_XID] = "XID",
	[EV_EXECUTE_LOAD] = "EXECUTE_LOAD_QUERY",
	[EV_TABLE_MAP] = "TABLE_MAP",
	[EV_WRITE_V1] = "WRITE_ROWS_V1",
	[EV_UPDATE_V1] = "UPDATE_ROWS_V1",
	[EV_DELETE_V1] = "DELETE_ROWS_V1",
	[EV_HEARTBEAT] = "HEARTBEAT",
	[EV_WRITE_V2] = "WRITE_ROWS",
	[EV_UPDATE_V2] = "UPDATE_ROWS",
	[EV_DELETE_V2] = "DELETE_ROWS",
	[EV_GTID] = "GTID",
	[EV_ANONYMOUS_GTID] = "ANONYMOUS_GTID",
	[EV_PREVIOUS_GTIDS] = "PREVIOUS_GTIDS",
	[EV_XA_PREPARE] = "XA_PREPARE",
	[EV_PARTIAL_UPDATE] = "PARTIAL_UPDATE_ROWS",
	[EV_PAYLOAD] = "TRANSACTION_PAYLOAD",
	[EV_HEARTBEAT_V2] = "HEARTBEAT_V2",
	[EV_GTID_TAGGED] = "GTID_TAGGED",
	[EV_M_GTID] = "MariaDB GTID",
	[EV_M_GTID_LIST] = "MariaDB GTID_LIST",
	[EV_M_QUERY_PACKED] = "QUERY_COMPRESSED",
	[EV_M_WRITE_PACKED_V1] = "WRITE_ROWS_COMPRESSED_V1",
	[EV_M_UPDATE_PACKED_V1] = "UPDATE_ROWS_COMPRESSED_V1",
	[EV_M_DELETE_PACKED_V1] = "DELETE_ROWS_COMPRESSED_V1",
	[EV_M_WRITE_PACKED_V2] = "WRITE_ROWS_COMPRESSED",
	[EV_M_UPDATE_PACKED_V2] = "UPDATE_ROWS_COMPRESSED",
	[EV_M_DELETE_PACKED_V2] = "DELETE_ROWS_COMPRESSED",
};

const char *
binlog_code_name(uint8_t code)
{
	if (code >= sizeof(names) / sizeof(names[0]) || names[code] == NULL)
		return "event";
	return names[code];
}

enum rc
binlog_refuse(const struct binlog *b, const struct bytes *r, enum rc rc,
    struct error *e, const char *what)
{
	return error_set(e, rc, "%s (%d), offset %zu: %s",
	    binlog_code_name(b->code), b->code, bytes_at(r), what);
}

enum rc
binlog_cut(const struct binlog *b, const struct bytes *r, struct error *e)
{
	return binlog_refuse(b, r, RC_INVALID, e, "the event is cut");
}

enum rc
binlog_room(
    const struct binlog *b, uint8_t **p, size_t *cap, size_t n, struct error *e)
{
	size_t want = *cap < 256 ? 256 : *cap;
	uint8_t *more;

	if (n <= *cap)
		return RC_OK;
	if (n > LIMIT_BINLOG_UNPACKED)
		return binlog_refuse(
		    b, &b->r, RC_TOOBIG, e, "too large when unpacked");
	while (want < n)
		want *= 2;
	more = realloc(*p, want);
	if (more == NULL)
		return binlog_refuse(b, &b->r, RC_NOMEM, e, "no memory");
	*p = more;
	*cap = want;
	return RC_OK;
}

enum rc
binlog_new(bool verify, struct binlog **out, struct error *e)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return error_set(e, RC_NOMEM, "no memory for a decoder");
	(*out)->verify = verify;
	return RC_OK;
}

void
binlog_free(struct binlog *b)
{
	if (b == NULL)
		return;
	binlog_map_forget(b);
	binlog_pack_free(b);
	free(b->cells);
	free(b->held);
	free(b->unpacked);
	free(b);
}

const char *
binlog_file(const struct binlog *b)
{
	return b->file;
}

/* CRC32 over all of the event before it. */
static bool
sum_matches(const struct bytes *r)
{
	size_t n = bytes_left(r) - BINLOG_SUM;

	return crc32_z(0, r->p, n) == bytes_le(r->p + n, BINLOG_SUM);
}

/*
 * Whether the event ends with a checksum.  FORMAT_DESCRIPTION says so for its
 * file, in the byte before its own place for one, which is there either way.
 * A ROTATE made for the connection comes before that, or between two files,
 * and has one or not as the server likes: it has one when it matches.
 */
static bool
has_sum(struct binlog *b, bool artificial)
{
	size_t n = bytes_left(&b->r);

	if (b->code == EV_FORMAT) {
		if (n > BINLOG_HEADER + BINLOG_SUM)
			b->sum = b->r.end[-BINLOG_SUM - 1] == 1 ? SUM_CRC32
								: SUM_NONE;
		return b->sum == SUM_CRC32;
	}
	if (b->sum == SUM_UNKNOWN || (b->code == EV_ROTATE && artificial))
		return n >= BINLOG_HEADER + BINLOG_SUM && sum_matches(&b->r);
	return b->sum == SUM_CRC32;
}

static enum rc
check_sum(struct binlog *b, struct error *e)
{
	uint8_t flags = b->r.p[17];
	bool artificial =
	    (flags & EV_FLAG_ARTIFICIAL) != 0 || bytes_le(b->r.p + 13, 4) == 0;
	bool has = has_sum(b, artificial);

	if (!has && b->code != EV_FORMAT)
		return RC_OK;
	if (bytes_left(&b->r) < BINLOG_HEADER + BINLOG_SUM)
		return binlog_cut(b, &b->r, e);
	if (has && b->verify && !sum_matches(&b->r))
		return binlog_refuse(
		    b, &b->r, RC_INVALID, e, "the checksum does not match");
	b->r.end -= BINLOG_SUM;
	return RC_OK;
}

/* Large buffers of a rare event are given back. */
static void
trim(uint8_t **p, size_t *cap)
{
	if (*cap <= KEEP)
		return;
	free(*p);
	*p = NULL;
	*cap = 0;
}

enum rc
binlog_feed(struct binlog *b, const void *bytes, size_t n, struct error *e)
{
	enum rc rc;

	b->fed = false;
	b->rows.table = NULL;
	binlog_payload_end(b);
	trim(&b->unpacked, &b->unpacked_cap);
	trim(&b->payload.event, &b->payload.cap);
	b->r = bytes_of(bytes, n);
	b->code = 0;
	if (n < BINLOG_HEADER)
		return binlog_cut(b, &b->r, e);
	b->code = b->r.p[4];
	if (n > LIMIT_BINLOG_EVENT)
		return binlog_refuse(b, &b->r, RC_TOOBIG, e, "too large");
	if (bytes_le(b->r.p + 9, 4) != n)
		return binlog_refuse(b, &b->r, RC_INVALID, e,
		    "its length is not that of the packet");
	rc = check_sum(b, e);
	b->fed = rc == RC_OK;
	return rc;
}

/* Set up b->r and the common part of ev from the header. */
static void
read_header(struct binlog *b, struct binlog_event *ev)
{
	struct bytes *r = &b->r;

	*ev = (struct binlog_event){ .kind = BINLOG_SKIP };
	ev->when = bytes_u32(r);
	b->code = ev->code = bytes_u8(r);
	ev->server_id = bytes_u32(r);
	(void)bytes_u32(r);
	ev->next_pos = bytes_u32(r);
	ev->flags = bytes_u16(r);
	ev->inside = b->payload.active;
	if (ev->inside)
		ev->next_pos = b->payload.next_pos;
	ev->artificial = (ev->flags & EV_FLAG_ARTIFICIAL) != 0 ||
			 (ev->next_pos == 0 &&
			     (b->code == EV_ROTATE || b->code == EV_FORMAT));
}

static void
ends(struct binlog *b, struct binlog_event *ev)
{
	b->open = TX_NONE;
	b->statement++;
	ev->ends = true;
}

/* What a statement does to the transaction that it is seen in. */
static void
follow_query(struct binlog *b, struct binlog_event *ev)
{
	switch (ev->query.statement) {
	case BINLOG_BEGIN:
	case BINLOG_XA_START:
	case BINLOG_DDL_ROWS:
		b->open = TX_OPEN;
		break;
	case BINLOG_END_COMMIT:
	case BINLOG_END_ROLLBACK:
	case BINLOG_XA_COMMIT:
	case BINLOG_XA_ROLLBACK:
		ends(b, ev);
		break;
	case BINLOG_SAVEPOINT:
	case BINLOG_ROLLBACK_TO:
	case BINLOG_XA_END:
		break;
	case BINLOG_DDL:
	case BINLOG_ADMIN:
	case BINLOG_DML:
		/* in a group of its own, or in no group at all */
		if (b->open != TX_OPEN)
			ends(b, ev);
		break;
	}
}

static void
follow_gtid(struct binlog *b, const struct binlog_event *ev)
{
	if (!ev->gtid.mariadb)
		b->open = TX_BEGUN;
	else
		b->open = ev->gtid.standalone ? TX_STANDALONE : TX_OPEN;
	b->statement++;
}

/* Types that need no look at their body. */
static enum binlog_kind
plain_kind(uint8_t code, uint16_t flags)
{
	switch (code) {
	case EV_STOP:
	case EV_INTVAR:
	case EV_RAND:
	case EV_USER_VAR:
	case EV_BEGIN_LOAD:
	case EV_IGNORABLE:
	case EV_ROWS_QUERY:
	case EV_TRANSACTION_CONTEXT:
	case EV_VIEW_CHANGE:
	case EV_M_ANNOTATE:
	case EV_M_CHECKPOINT:
	case EV_M_START_ENCRYPTION:
		return BINLOG_SKIP;
	case EV_PREVIOUS_GTIDS:
	case EV_M_GTID_LIST:
		return BINLOG_GTIDS;
	case EV_XID:
		return BINLOG_COMMIT;
	default:
		break;
	}
	return (flags & EV_FLAG_IGNORABLE) != 0 && code != EV_INCIDENT
		   ? BINLOG_SKIP
		   : BINLOG_UNKNOWN;
}

static enum rc
read_plain(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	ev->kind = plain_kind(b->code, ev->flags);
	if (ev->kind == BINLOG_GTIDS) {
		ev->raw.n = bytes_left(&b->r);
		ev->raw.p = bytes_take(&b->r, ev->raw.n);
	}
	if (ev->kind == BINLOG_COMMIT) {
		if (bytes_left(&b->r) != 8)
			return binlog_cut(b, &b->r, e);
		ends(b, ev);
	}
	return RC_OK;
}

/* The log of one file does not go on in the next: what was open there never
 * ended, and table numbers begin anew after a restart. */
static void
forget_file(struct binlog *b)
{
	binlog_map_forget(b);
	b->open = TX_NONE;
}

static enum rc
read_control(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	enum rc rc = RC_OK;

	if (b->payload.active)
		return binlog_refuse(b, &b->r, RC_INVALID, e,
		    "does not belong inside of a payload");
	if (b->code == EV_FORMAT) {
		forget_file(b);
		rc = binlog_read_format(b, ev, e);
	} else if (b->code == EV_ROTATE) {
		forget_file(b);
		rc = binlog_read_rotate(b, ev, e);
	} else {
		rc = binlog_read_heartbeat(b, ev, e);
	}
	return rc;
}

static enum rc
read_event(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	enum rc rc;

	switch (b->code) {
	case EV_FORMAT:
	case EV_ROTATE:
	case EV_HEARTBEAT:
	case EV_HEARTBEAT_V2:
		return read_control(b, ev, e);
	case EV_QUERY:
	case EV_EXECUTE_LOAD:
	case EV_M_QUERY_PACKED:
		rc = binlog_read_query(b, ev, e);
		if (rc == RC_OK)
			follow_query(b, ev);
		return rc;
	case EV_GTID:
	case EV_ANONYMOUS_GTID:
		rc = binlog_read_gtid(b, ev, e);
		break;
	case EV_GTID_TAGGED:
		rc = binlog_read_gtid_tagged(b, ev, e);
		break;
	case EV_M_GTID:
		rc = binlog_read_gtid_maria(b, ev, e);
		break;
	case EV_XA_PREPARE:
		rc = binlog_read_prepare(b, ev, e);
		if (rc == RC_OK)
			ends(b, ev);
		return rc;
	case EV_TABLE_MAP:
		return binlog_read_map(b, ev, e);
	default:
		return ev->kind == BINLOG_ROWS ? binlog_read_rows(b, ev, e)
					       : read_plain(b, ev, e);
	}
	if (rc == RC_OK)
		follow_gtid(b, ev);
	return rc;
}

static bool
is_rows(uint8_t code)
{
	return (code >= EV_WRITE_V1 && code <= EV_DELETE_V1) ||
	       (code >= EV_WRITE_V2 && code <= EV_DELETE_V2) ||
	       code == EV_PARTIAL_UPDATE ||
	       (code >= EV_M_WRITE_PACKED_V1 && code <= EV_M_DELETE_PACKED_V2);
}

enum rc
binlog_next(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	enum rc rc;

	b->rows.table = NULL;
	if (b->fed && b->code == EV_PAYLOAD) {
		b->fed = false;
		read_header(b, ev);
		b->payload.next_pos = ev->next_pos;
		rc = binlog_payload_begin(b, e);
		if (rc != RC_OK)
			return rc;
	}
	if (b->payload.active) {
		rc = binlog_payload_next(b, e);
		if (rc != RC_OK)
			return rc;
	} else if (!b->fed) {
		return RC_NOTFOUND;
	}
	b->fed = false;
	read_header(b, ev);
	if (is_rows(b->code))
		ev->kind = BINLOG_ROWS;
	return read_event(b, ev, e);
}
