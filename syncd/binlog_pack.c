#include "config.h"

/* next_in is ours and stays as it is */
#define ZLIB_CONST

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "syncd/binlog_impl.h"

/* Deflate makes at most 1032 bytes of one (zlib, "Technical Details"): a length
 * above that is a lie, and no memory is taken for it. */
#define DEFLATE_MOST 1032

/* Fields of a payload's head. */
enum { FIELD_END = 0, FIELD_SIZE = 1, FIELD_KIND = 2, FIELD_MADE = 3 };
enum { KIND_ZSTD = 0, KIND_NONE = 255 };

void
binlog_pack_free(struct binlog *b)
{
	if (b->zlib != NULL)
		(void)inflateEnd(b->zlib);
	free(b->zlib);
	(void)ZSTD_freeDCtx(b->payload.zstd);
	free(b->payload.event);
}

static enum rc
need_zlib(struct binlog *b, struct error *e)
{
	z_stream *z = b->zlib;

	if (z != NULL) {
		(void)inflateReset(z);
		return RC_OK;
	}
	z = calloc(1, sizeof(*z));
	if (z == NULL || inflateInit(z) != Z_OK) {
		free(z);
		return binlog_refuse(b, &b->r, RC_NOMEM, e, "no memory");
	}
	b->zlib = z;
	return RC_OK;
}

/*
 * A byte: 0x80, the kind in the three bits below (0 is zlib), and how many bytes
 * the length has; the length, big-endian; what zlib made.
 */
enum rc
binlog_inflate(struct binlog *b, struct bytes *r, struct error *e)
{
	uint8_t head = bytes_u8(r);
	const uint8_t *p = bytes_take(r, head & 7);
	uint64_t n = p == NULL ? 0 : bytes_be(p, head & 7);
	z_stream *z;
	enum rc rc;

	if (r->bad || (head & 0xf8) != 0x80 || (head & 7) > 4 ||
	    n / DEFLATE_MOST > bytes_left(r))
		return binlog_refuse(
		    b, r, RC_INVALID, e, "compressed, but not by zlib");
	rc = need_zlib(b, e);
	if (rc == RC_OK)
		rc = binlog_room(b, &b->unpacked, &b->unpacked_cap, n, e);
	if (rc != RC_OK)
		return rc;
	z = b->zlib;
	z->next_in = r->p;
	z->avail_in = (uInt)bytes_left(r);
	z->next_out = b->unpacked;
	z->avail_out = (uInt)n;
	if (inflate(z, Z_FINISH) != Z_STREAM_END || z->avail_out != 0)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "the compressed bytes do not unpack");
	*r = bytes_of(b->unpacked, (size_t)n);
	return RC_OK;
}

/* The head: packed field numbers, each with a packed length and value. */
static bool
read_head(struct bytes *r, uint64_t *size, uint64_t *kind, uint64_t *made)
{
	while (!r->bad) {
		uint64_t field = bytes_packed(r);
		struct bytes v;
		uint64_t n, u;

		if (r->bad || field == FIELD_END)
			break;
		n = bytes_packed(r);
		v.start = bytes_take(r, n);
		if (r->bad)
			break;
		v = bytes_of(v.start, (size_t)n);
		u = bytes_packed(&v);
		if (field > FIELD_MADE)
			continue;
		r->bad = v.bad;
		if (field == FIELD_SIZE)
			*size = u;
		else if (field == FIELD_KIND)
			*kind = u;
		else
			*made = u;
	}
	return !r->bad;
}

enum rc
binlog_payload_begin(struct binlog *b, struct error *e)
{
	struct binlog_payload *p = &b->payload;
	uint64_t size = UINT64_MAX, kind = UINT64_MAX, made = UINT64_MAX;

	if (!read_head(&b->r, &size, &kind, &made) || size != bytes_left(&b->r))
		return binlog_cut(b, &b->r, e);
	if (kind != KIND_ZSTD && kind != KIND_NONE)
		return binlog_refuse(
		    b, &b->r, RC_INVALID, e, "compressed, but not by zstd");
	p->plain = kind == KIND_NONE;
	if (made == UINT64_MAX && p->plain)
		made = size;
	if (made > LIMIT_BINLOG_PAYLOAD)
		return binlog_refuse(b, &b->r, RC_TOOBIG, e,
		    "the transaction is too large when unpacked");
	if (p->zstd == NULL && !p->plain) {
		p->zstd = ZSTD_createDCtx();
		if (p->zstd == NULL)
			return binlog_refuse(
			    b, &b->r, RC_NOMEM, e, "no memory");
	}
	if (!p->plain)
		(void)ZSTD_DCtx_reset(p->zstd, ZSTD_reset_session_only);
	p->active = true;
	p->declared = made;
	p->made = 0;
	p->have = 0;
	p->r = b->r;
	return RC_OK;
}

void
binlog_payload_end(struct binlog *b)
{
	b->payload.active = false;
}

static enum rc
refuse(struct binlog *b, enum rc rc, struct error *e, const char *what)
{
	b->code = EV_PAYLOAD;
	return binlog_refuse(b, &b->payload.r, rc, e, what);
}

/* As many as can be of the n bytes more that p->event has room for; 0 at the
 * payload's end. */
static enum rc
pull(struct binlog *b, size_t n, size_t *got, struct error *e)
{
	struct binlog_payload *p = &b->payload;
	ZSTD_inBuffer in = { p->r.p, bytes_left(&p->r), 0 };
	ZSTD_outBuffer out = { p->event + p->have, n, 0 };
	size_t rc = 1;

	if (p->plain) {
		out.pos = in.size < n ? in.size : n;
		memcpy(out.dst, p->r.p, out.pos);
		in.pos = out.pos;
	}
	/* rc 0: a frame ended, and another may follow */
	while (!p->plain && out.pos < out.size) {
		size_t before = in.pos + out.pos;

		rc = ZSTD_decompressStream(p->zstd, &out, &in);
		if (ZSTD_isError(rc))
			return refuse(b, RC_INVALID, e,
			    "the compressed bytes do not unpack");
		if (in.pos + out.pos == before)
			break;
	}
	p->r.p += in.pos;
	p->have += out.pos;
	p->made += out.pos;
	*got = out.pos;
	return RC_OK;
}

static enum rc
fill(struct binlog *b, size_t want, struct error *e)
{
	struct binlog_payload *p = &b->payload;
	size_t got = 0;
	enum rc rc;

	if (want > p->declared - p->made + p->have)
		return refuse(b, RC_INVALID, e, "an event inside is cut");
	rc = binlog_room(b, &p->event, &p->cap, want, e);
	while (rc == RC_OK && p->have < want) {
		rc = pull(b, want - p->have, &got, e);
		if (rc == RC_OK && got == 0)
			rc = refuse(b, RC_INVALID, e, "an event inside is cut");
	}
	return rc;
}

/* All that was declared came out; no more may come. */
static enum rc
finish(struct binlog *b, struct error *e)
{
	struct binlog_payload *p = &b->payload;
	size_t got = 0;
	enum rc rc;

	p->have = 0;
	rc = binlog_room(b, &p->event, &p->cap, 1, e);
	if (rc == RC_OK)
		rc = pull(b, 1, &got, e);
	if (rc == RC_OK && (got > 0 || bytes_left(&p->r) > 0))
		rc = refuse(
		    b, RC_INVALID, e, "there is more inside than it says");
	p->active = false;
	return rc == RC_OK ? RC_NOTFOUND : rc;
}

enum rc
binlog_payload_next(struct binlog *b, struct error *e)
{
	struct binlog_payload *p = &b->payload;
	enum rc rc;
	size_t n;

	if (p->made == p->declared)
		return finish(b, e);
	p->have = 0;
	rc = fill(b, BINLOG_HEADER, e);
	if (rc != RC_OK)
		return rc;
	n = (size_t)bytes_le(p->event + 9, 4);
	if (n < BINLOG_HEADER)
		return refuse(b, RC_INVALID, e,
		    "an event inside is shorter than its header");
	rc = fill(b, n, e);
	if (rc != RC_OK)
		return rc;
	b->r = bytes_of(p->event, n);
	b->code = p->event[4];
	if (b->code == EV_PAYLOAD)
		return refuse(b, RC_INVALID, e, "a payload inside of another");
	return RC_OK;
}
