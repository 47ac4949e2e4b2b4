#include "config.h"

#include <string.h>

#include "syncd/binlog_impl.h"

/* Sizes of the fixed parts that this decoder knows; every server that logs
 * rows has had them for 15 years.  0 stands for types that it never writes. */
static const struct {
	uint8_t code, size;
} fixed_parts[] = {
	{ EV_QUERY, 13 },
	{ EV_ROTATE, 8 },
	{ EV_TABLE_MAP, 8 },
	{ EV_WRITE_V1, 8 },
	{ EV_UPDATE_V1, 8 },
	{ EV_DELETE_V1, 8 },
	{ EV_WRITE_V2, 10 },
	{ EV_UPDATE_V2, 10 },
	{ EV_DELETE_V2, 10 },
};

enum rc
binlog_read_format(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	uint16_t version = bytes_u16(r);
	const uint8_t *server = bytes_take(r, sizeof(ev->format.server) - 1);
	const uint8_t *parts;
	uint8_t header;
	size_t n;

	(void)bytes_u32(r); /* when the server began the file */
	header = bytes_u8(r);
	if (r->bad || bytes_left(r) < 1)
		return binlog_cut(b, r, e);
	if (version != 4 || header != BINLOG_HEADER)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "not version 4 of the format");
	ev->kind = BINLOG_FORMAT;
	memcpy(ev->format.server, server, sizeof(ev->format.server) - 1);
	b->mariadb = strstr(ev->format.server, "MariaDB") != NULL;
	ev->format.mariadb = b->mariadb;
	ev->format.checksums = b->sum == SUM_CRC32;
	n = bytes_left(r) - 1; /* the last one is the checksum's kind */
	parts = bytes_take(r, n);
	if (bytes_u8(r) > 1)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "a checksum that is not CRC32");
	for (size_t i = 0; i < sizeof(fixed_parts) / sizeof(fixed_parts[0]);
	     i++)
		if (fixed_parts[i].code <= n &&
		    parts[fixed_parts[i].code - 1] != 0 &&
		    parts[fixed_parts[i].code - 1] != fixed_parts[i].size)
			return binlog_refuse(b, r, RC_INVALID, e,
			    "a fixed part has another size");
	return RC_OK;
}

/* A name without path or control characters. */
static bool
valid_name(const uint8_t *p, size_t n)
{
	if (n == 0 || n >= LIMIT_BINLOG_FILE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] < 0x20 || p[i] == 0x7f || p[i] == '/')
			return false;
	return true;
}

enum rc
binlog_read_rotate(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	size_t n;
	const uint8_t *name;

	ev->kind = BINLOG_ROTATE;
	ev->rotate.pos = bytes_u64(r);
	n = bytes_left(r);
	name = bytes_take(r, n);
	if (r->bad)
		return binlog_cut(b, r, e);
	if (!valid_name(name, n))
		return binlog_refuse(b, r, RC_INVALID, e, "no file name");
	memcpy(b->file, name, n);
	b->file[n] = '\0';
	ev->rotate.file = b->file;
	return RC_OK;
}

/*
 * Only the second version has 64 bits for the position: fields of a packed
 * type (1: name, 2: position; 0: end), a packed length, and so many bytes.  The
 * name is that of the file being read, which ROTATE said already.
 */
enum rc
binlog_read_heartbeat(
    struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;

	ev->kind = BINLOG_HEARTBEAT;
	ev->rotate.file = b->file;
	ev->rotate.pos = ev->next_pos;
	while (b->code == EV_HEARTBEAT_V2 && !r->bad && bytes_left(r) > 0) {
		uint64_t field = bytes_packed(r);
		struct bytes value;
		uint64_t n;

		if (field == 0)
			break;
		n = bytes_packed(r);
		value.start = bytes_take(r, n);
		if (r->bad)
			break;
		value = bytes_of(value.start, (size_t)n);
		if (field == 2)
			ev->rotate.pos = bytes_packed(&value);
		r->bad = value.bad;
	}
	return r->bad ? binlog_cut(b, r, e) : RC_OK;
}

enum rc
binlog_read_query(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	struct binlog_query *q = &ev->query;
	size_t db_n, vars_n;
	const uint8_t *db;
	enum rc rc;

	ev->kind = BINLOG_QUERY;
	(void)bytes_u64(r); /* thread, seconds it took */
	db_n = bytes_u8(r);
	q->error = bytes_u16(r);
	vars_n = bytes_u16(r);
	if (b->code == EV_EXECUTE_LOAD)
		(void)bytes_take(r, 13); /* the file and where it is named */
	(void)bytes_take(r, vars_n);
	db = bytes_take(r, db_n + 1);
	if (r->bad)
		return binlog_cut(b, r, e);
	if (db[db_n] != 0)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "the database's name does not end");
	if (b->code == EV_M_QUERY_PACKED) {
		rc = binlog_inflate(b, r, e);
		if (rc != RC_OK)
			return rc;
	}
	q->db = (const char *)db;
	q->text = (const char *)r->p;
	q->n = bytes_left(r);
	q->statement = b->code == EV_EXECUTE_LOAD
			   ? BINLOG_DML
			   : binlog_statement(q->text, q->n);
	return RC_OK;
}

enum rc
binlog_read_gtid(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	const uint8_t *uuid;
	uint64_t gno;

	ev->kind = BINLOG_GTID;
	(void)bytes_u8(r); /* flags: only for replicas that apply in parallel */
	uuid = bytes_take(r, GTID_UUID);
	gno = bytes_u64(r);
	if (r->bad)
		return binlog_cut(b, r, e);
	ev->gtid.anonymous = b->code == EV_ANONYMOUS_GTID;
	if (ev->gtid.anonymous)
		return RC_OK;
	if (gno < 1 || gno > GTID_MAX)
		return binlog_refuse(b, r, RC_INVALID, e, "no GTID number");
	memcpy(ev->gtid.id.uuid, uuid, GTID_UUID);
	ev->gtid.id.gno = (int64_t)gno;
	return RC_OK;
}

/*
 * MySQL's mysql::serialization: the count of 1 bits at the low end of the first
 * byte is the count of bytes that follow (8 ones: eight more), and a 0 bit ends
 * them; the number, little-endian, is above those bits.
 */
static uint64_t
varlen(struct bytes *r)
{
	uint8_t first = bytes_u8(r);
	size_t more = 0;
	uint64_t u;

	while (more < 8 && (first >> more & 1) != 0)
		more++;
	u = bytes_uint(r, more);
	if (more >= 7)
		return u; /* the bits of the first are used up */
	return u << (7 - more) | (uint64_t)(first >> (more + 1));
}

/* The sign is the lowest bit; a negative number is inverted. */
static int64_t
varlen_signed(struct bytes *r)
{
	uint64_t u = varlen(r);

	return (int64_t)((u >> 1) ^ (0 - (u & 1)));
}

/*
 * A version, the size, the last field that may not be ignored, then fields:
 * a number (0 flags, 1 UUID byte by byte, 2 number, 3 tag, and what only
 * replicas need) and the value.  Fields come in order.
 */
enum rc
binlog_read_gtid_tagged(
    struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	struct gtid *id = &ev->gtid.id;
	uint64_t version = varlen(r);
	const uint8_t *tag;
	uint64_t n;

	ev->kind = BINLOG_GTID;
	(void)varlen(r);
	(void)varlen(r);
	if (varlen(r) == 0) {
		(void)varlen(r);
		n = varlen(r);
	} else {
		n = 0;
	}
	if (r->bad || version != 1 || n != 1)
		return binlog_refuse(b, r, RC_INVALID, e, "no UUID");
	for (int i = 0; i < GTID_UUID; i++)
		id->uuid[i] = (uint8_t)varlen(r);
	n = varlen(r);
	id->gno = varlen_signed(r);
	if (r->bad || n != 2 || id->gno < 1 || id->gno > GTID_MAX)
		return binlog_refuse(b, r, RC_INVALID, e, "no GTID number");
	if (varlen(r) != 3)
		return binlog_refuse(b, r, RC_INVALID, e, "no tag");
	n = varlen(r);
	tag = bytes_take(r, n);
	if (r->bad || n > GTID_TAG || !gtid_tag(id->tag, tag, (size_t)n))
		return binlog_refuse(b, r, RC_INVALID, e, "no tag");
	return RC_OK;
}

enum rc
binlog_read_gtid_maria(
    struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	uint8_t flags;

	ev->kind = BINLOG_GTID;
	ev->gtid.mariadb = true;
	ev->gtid.pos.seq = bytes_u64(r);
	ev->gtid.pos.domain = bytes_u32(r);
	ev->gtid.pos.server = ev->server_id;
	flags = bytes_u8(r);
	if (r->bad)
		return binlog_cut(b, r, e);
	ev->gtid.standalone = (flags & 0x01) != 0;
	ev->gtid.ddl = (flags & 0x20) != 0;
	ev->gtid.xa_prepared = (flags & 0x40) != 0;
	ev->gtid.xa_completed = (flags & 0x80) != 0;
	return RC_OK;
}

enum rc
binlog_read_prepare(struct binlog *b, struct binlog_event *ev, struct error *e)
{
	struct bytes *r = &b->r;
	struct binlog_xa *xa = &ev->xa;
	uint32_t gtrid_n, bqual_n;

	ev->kind = BINLOG_PREPARE;
	xa->one_phase = bytes_u8(r) != 0;
	xa->format = (int32_t)bytes_u32(r);
	gtrid_n = bytes_u32(r);
	bqual_n = bytes_u32(r);
	xa->gtrid = bytes_take(r, gtrid_n);
	xa->bqual = bytes_take(r, bqual_n);
	if (r->bad)
		return binlog_cut(b, r, e);
	if (gtrid_n > 64 || bqual_n > 64)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "an XA name is longer than 64 bytes");
	xa->gtrid_n = (uint8_t)gtrid_n;
	xa->bqual_n = (uint8_t)bqual_n;
	return RC_OK;
}
