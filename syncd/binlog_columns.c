#include "config.h"

#include <string.h>

#include "syncd/binlog_impl.h"
#include "syncd/binlog_time.h"

/* Optional metadata (enum Optional_metadata_field_type). */
enum {
	META_SIGNS = 1,
	META_DEFAULT_CHARSET = 2,
	META_CHARSETS = 3,
	META_NAMES = 4,
	META_KEY = 8,
	META_KEY_PREFIXES = 9,
};

#define DECIMAL_DIGITS 65 /* both servers' ceiling */
#define DECIMAL_SCALE 38  /* MariaDB's; MySQL's is 30 */

static bool
of_length(struct binlog_column *c, struct bytes *r)
{
	c->length = bytes_u16(r);
	c->prefix = c->length > 255 ? 2 : 1;
	return true;
}

static bool
of_prefix(struct binlog_column *c, struct bytes *r)
{
	c->prefix = bytes_u8(r);
	return c->prefix >= 1 && c->prefix <= 4;
}

static bool
of_width(struct binlog_column *c, uint8_t width)
{
	c->width = width;
	return true;
}

static bool
of_time(struct binlog_column *c, struct bytes *r, uint8_t width)
{
	c->scale = bytes_u8(r);
	c->width = (uint8_t)(width + binlog_time_fraction(c->scale));
	return c->scale <= 6;
}

static bool
bit(struct binlog_column *c, struct bytes *r)
{
	unsigned int odd = bytes_u8(r);
	unsigned int bits = odd + 8U * bytes_u8(r);

	if (odd > 7 || bits < 1 || bits > 64)
		return false;
	c->bits = (uint8_t)bits;
	return of_width(c, (uint8_t)((bits + 7) / 8));
}

static uint8_t
decimal_bytes(unsigned int digits)
{
	static const uint8_t rest[9] = { 0, 1, 1, 2, 2, 3, 3, 4, 4 };

	return (uint8_t)(digits / 9 * 4 + rest[digits % 9]);
}

static bool
decimal(struct binlog_column *c, struct bytes *r)
{
	c->precision = bytes_u8(r);
	c->scale = bytes_u8(r);
	if (c->precision < 1 || c->precision > DECIMAL_DIGITS ||
	    c->scale > DECIMAL_SCALE || c->scale > c->precision)
		return false;
	return of_width(
	    c, (uint8_t)(decimal_bytes((unsigned int)c->precision - c->scale) +
			 decimal_bytes(c->scale)));
}

/*
 * CHAR stands for ENUM and SET too: the first byte is the real type, the second
 * the length.  Of CHARs above 255 bytes two bits of the length are in the first,
 * inverted, where every real type has ones.
 */
static bool
string(struct binlog_column *c, struct bytes *r)
{
	unsigned int first = bytes_u8(r);
	unsigned int second = bytes_u8(r);

	if ((first & 0x30) != 0x30) {
		second |= ((first & 0x30) ^ 0x30) << 4;
		first |= 0x30;
	}
	c->type = (uint8_t)first;
	if (first == BINLOG_T_ENUM || first == BINLOG_T_SET) {
		c->width = (uint8_t)second;
		return second >= 1 &&
		       second <= (first == BINLOG_T_ENUM ? 2 : 8);
	}
	c->length = second;
	c->prefix = second > 255 ? 2 : 1;
	return first == BINLOG_T_STRING || first == BINLOG_T_VAR_STRING;
}

/* Numbers and times whose width is in their name. */
static bool
simple(struct binlog_column *c, struct bytes *r, bool *known)
{
	switch (c->type) {
	case BINLOG_T_TINY:
	case BINLOG_T_YEAR:
		return of_width(c, 1);
	case BINLOG_T_SHORT:
		return of_width(c, 2);
	case BINLOG_T_INT24:
	case BINLOG_T_DATE:
	case BINLOG_T_NEWDATE:
	case BINLOG_T_TIME:
		return of_width(c, 3);
	case BINLOG_T_LONG:
	case BINLOG_T_TIMESTAMP:
		return of_width(c, 4);
	case BINLOG_T_LONGLONG:
	case BINLOG_T_DATETIME:
		return of_width(c, 8);
	case BINLOG_T_FLOAT:
		return of_width(c, 4) && bytes_u8(r) == 4;
	case BINLOG_T_DOUBLE:
		return of_width(c, 8) && bytes_u8(r) == 8;
	default:
		*known = false;
		return true;
	}
}

static bool
column(struct binlog_column *c, struct bytes *r, bool *known)
{
	switch (c->type) {
	case BINLOG_T_VARCHAR:
	case BINLOG_T_VARCHAR_PACKED:
		return of_length(c, r);
	case BINLOG_T_BIT:
		return bit(c, r);
	case BINLOG_T_NEWDECIMAL:
		return decimal(c, r);
	case BINLOG_T_TINY_BLOB:
	case BINLOG_T_MEDIUM_BLOB:
	case BINLOG_T_LONG_BLOB:
	case BINLOG_T_BLOB:
	case BINLOG_T_BLOB_PACKED:
	case BINLOG_T_VECTOR:
	case BINLOG_T_JSON:
	case BINLOG_T_GEOMETRY:
		return of_prefix(c, r);
	case BINLOG_T_ENUM:
	case BINLOG_T_SET:
	case BINLOG_T_VAR_STRING:
	case BINLOG_T_STRING:
		return string(c, r);
	case BINLOG_T_TIME2:
		return of_time(c, r, 3);
	case BINLOG_T_TIMESTAMP2:
		return of_time(c, r, 4);
	case BINLOG_T_DATETIME2:
		return of_time(c, r, 5);
	default:
		return simple(c, r, known);
	}
}

static bool
is_number(const struct binlog_column *c)
{
	switch (c->type) {
	case BINLOG_T_TINY:
	case BINLOG_T_SHORT:
	case BINLOG_T_INT24:
	case BINLOG_T_LONG:
	case BINLOG_T_LONGLONG:
	case BINLOG_T_NEWDECIMAL:
	case BINLOG_T_FLOAT:
	case BINLOG_T_DOUBLE:
	case BINLOG_T_YEAR:
		return true;
	default:
		return false;
	}
}

static bool
is_text(const struct binlog_column *c)
{
	switch (c->type) {
	case BINLOG_T_VARCHAR:
	case BINLOG_T_VAR_STRING:
	case BINLOG_T_STRING:
	case BINLOG_T_TINY_BLOB:
	case BINLOG_T_MEDIUM_BLOB:
	case BINLOG_T_LONG_BLOB:
	case BINLOG_T_BLOB:
	case BINLOG_T_VARCHAR_PACKED:
	case BINLOG_T_BLOB_PACKED:
	case BINLOG_T_GEOMETRY: /* a blob to both servers here */
		return true;
	default:
		return false;
	}
}

/* One bit per number, the highest of a byte first; 1 is unsigned. */
static void
signs(struct binlog_table *t, struct bytes *m)
{
	uint8_t byte = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->columns; i++) {
		if (!is_number(&t->column[i]))
			continue;
		if (n % 8 == 0)
			byte = bytes_u8(m);
		t->column[i].sign = (byte << n % 8 & 0x80) != 0
					? BINLOG_UNSIGNED
					: BINLOG_SIGNED;
		n++;
	}
}

static void
forget_charsets(struct binlog_table *t)
{
	for (size_t i = 0; i < t->columns; i++)
		t->column[i].collation = 0;
}

/*
 * One collation per column of text; or one for all, then pairs: which column of
 * text, and its own.  Servers differ in what else they count as text, so a list
 * of another length tells nothing, and is no error.
 */
static void
charsets(struct binlog_table *t, struct bytes *m, bool one_for_all)
{
	uint64_t all = one_for_all ? bytes_packed(m) : 0;
	uint64_t next = UINT64_MAX, texts = 0;

	if (one_for_all && bytes_left(m) > 0)
		next = bytes_packed(m);
	for (size_t i = 0; i < t->columns; i++) {
		if (!is_text(&t->column[i]))
			continue;
		t->column[i].collation =
		    (uint32_t)(one_for_all && texts != next ? all
							    : bytes_packed(m));
		if (texts == next && bytes_left(m) > 0)
			next = bytes_packed(m);
		texts++;
	}
	if (m->bad || bytes_left(m) > 0) {
		forget_charsets(t);
		m->bad = false;
	}
}

static void
names(struct binlog_table *t, struct bytes *m)
{
	for (size_t i = 0; i < t->columns && !m->bad; i++) {
		uint64_t n = bytes_packed(m);
		const uint8_t *p = bytes_take(m, n);

		t->column[i].name = (const char *)p;
		t->column[i].name_n = (size_t)n;
	}
}

static void
keys(struct binlog_table *t, struct bytes *m, bool prefixes)
{
	while (bytes_left(m) > 0 && !m->bad) {
		uint64_t i = bytes_packed(m);

		if (prefixes)
			(void)bytes_packed(m);
		if (i < t->columns)
			t->column[i].key = true;
		else
			m->bad = true;
	}
}

static bool
optional(struct binlog_table *t, struct bytes *r)
{
	while (bytes_left(r) > 0) {
		uint8_t kind = bytes_u8(r);
		uint64_t n = bytes_packed(r);
		const uint8_t *p = bytes_take(r, n);
		struct bytes m;

		if (r->bad)
			return false;
		m = bytes_of(p, (size_t)n);
		if (kind == META_SIGNS)
			signs(t, &m);
		else if (kind == META_DEFAULT_CHARSET || kind == META_CHARSETS)
			charsets(t, &m, kind == META_DEFAULT_CHARSET);
		else if (kind == META_NAMES)
			names(t, &m);
		else if (kind == META_KEY || kind == META_KEY_PREFIXES)
			keys(t, &m, kind == META_KEY_PREFIXES);
		if (m.bad)
			return false;
	}
	return true;
}

enum rc
binlog_read_columns(
    struct binlog *b, struct binlog_table *t, struct bytes *r, struct error *e)
{
	const uint8_t *types = bytes_take(r, t->columns);
	uint64_t meta_n = bytes_packed(r);
	struct bytes meta = { .p = bytes_take(r, meta_n) };
	const uint8_t *nullable = bytes_take(r, (t->columns + 7) / 8);

	if (r->bad)
		return binlog_cut(b, r, e);
	meta = bytes_of(meta.p, (size_t)meta_n);
	t->known = true;
	for (size_t i = 0; i < t->columns; i++) {
		struct binlog_column *c = &t->column[i];

		*c = (struct binlog_column){ .type = types[i] };
		c->nullable = (nullable[i / 8] >> i % 8 & 1) != 0;
		if (!column(c, &meta, &t->known) || meta.bad)
			return binlog_refuse(b, r, RC_INVALID, e,
			    "a column has another size than its type");
		if (!t->known)
			return RC_OK;
	}
	if (bytes_left(&meta) > 0)
		return binlog_refuse(
		    b, r, RC_INVALID, e, "more metadata than columns");
	if (!optional(t, r))
		return binlog_refuse(
		    b, r, RC_INVALID, e, "the optional metadata is cut");
	return RC_OK;
}
