#include "config.h"

/* next_in is ours and stays as it is */
#define ZLIB_CONST

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"
#include "syncd/binlog.h"
#include "syncd/binlog_time.h"
#include "syncd/bytes.h"

/* Decimal digits are stored nine to four bytes, and the rest in as few bytes
 * as hold them. */
#define GROUP 9
static const uint8_t group_bytes[GROUP + 1] = { 0, 1, 1, 2, 2, 3, 3, 4, 4, 4 };
#define DECIMAL_BYTES 40 /* 65 digits take at most 31 */

size_t
binlog_cell_find(const struct binlog_column *c, const uint8_t *p, size_t left,
    struct binlog_cell *cell)
{
	uint64_t n = c->width;

	if (c->prefix > 0) {
		if (left < c->prefix)
			return 0;
		n = bytes_le(p, c->prefix);
	}
	if (n > left - c->prefix)
		return 0;
	cell->p = p + c->prefix;
	cell->n = (uint32_t)n;
	cell->state = BINLOG_CELL_HERE;
	return (size_t)n + c->prefix;
}

static enum rc
integer(const struct binlog_column *c, const struct binlog_cell *cell,
    struct binlog_value *v)
{
	unsigned int unused = 64 - 8U * c->width;

	v->kind = BINLOG_INT;
	v->u = bytes_le(cell->p, c->width);
	if (c->sign == BINLOG_UNSIGNED)
		v->i = (int64_t)v->u;
	else
		v->i = (int64_t)(v->u << unused) >> unused;
	return RC_OK;
}

/* Neither the width nor the sign of these is in doubt. */
static enum rc
natural(uint64_t u, struct binlog_value *v)
{
	v->kind = BINLOG_INT;
	v->u = u;
	v->i = (int64_t)u;
	return RC_OK;
}

static enum rc
text(struct binlog_value *v, size_t n)
{
	v->kind = BINLOG_TEXT;
	v->s = v->text;
	v->n = n;
	return RC_OK;
}

/* One group of digits; false when its bytes say more than its digits can. */
static bool
digits(const uint8_t **p, size_t n, char *out)
{
	uint64_t u = bytes_be(*p, group_bytes[n]);

	*p += group_bytes[n];
	for (size_t i = n; i > 0; i--, u /= 10)
		out[i - 1] = (char)('0' + u % 10);
	return u == 0;
}

/*
 * Digits before the point are grouped from the point to the left, those behind
 * it to the right.  The highest bit is the sign, inverted, so that bytes sort as
 * numbers; a negative number has all others inverted as well.
 */
static bool
decimal_digits(const struct binlog_column *c, const uint8_t *p, char *whole,
    char *fraction)
{
	size_t n = (size_t)c->precision - c->scale;
	bool good = true;

	if (n % GROUP > 0)
		good &= digits(&p, n % GROUP, whole);
	for (size_t i = n % GROUP; i < n; i += GROUP)
		good &= digits(&p, GROUP, whole + i);
	n = c->scale;
	for (size_t i = 0; i + GROUP <= n; i += GROUP)
		good &= digits(&p, GROUP, fraction + i);
	if (n % GROUP > 0)
		good &= digits(&p, n % GROUP, fraction + n - n % GROUP);
	return good;
}

static enum rc
decimal(const struct binlog_column *c, const struct binlog_cell *cell,
    struct binlog_value *v)
{
	uint8_t bytes[DECIMAL_BYTES];
	char whole[BINLOG_TEXT_SIZE], fraction[BINLOG_TEXT_SIZE];
	size_t n = (size_t)c->precision - c->scale;
	size_t skip = 0, out = 0;
	bool minus;

	assert(cell->n > 0 && cell->n <= sizeof(bytes));
	memcpy(bytes, cell->p, cell->n);
	minus = (bytes[0] & 0x80) == 0;
	bytes[0] ^= 0x80;
	if (minus)
		for (size_t i = 0; i < cell->n; i++)
			bytes[i] ^= 0xff;
	if (!decimal_digits(c, bytes, whole, fraction))
		return RC_INVALID;
	while (skip < n && whole[skip] == '0')
		skip++;
	if (minus)
		v->text[out++] = '-';
	if (skip == n)
		v->text[out++] = '0';
	memcpy(v->text + out, whole + skip, n - skip);
	out += n - skip;
	if (c->scale > 0) {
		v->text[out++] = '.';
		memcpy(v->text + out, fraction, c->scale);
		out += c->scale;
	}
	return text(v, out);
}

/* Digits, without those that say nothing, and the power of ten behind the
 * first of them: 3.14 is "314" and 0. */
struct real {
	char digits[32];
	int n;
	int power;
	bool minus;
};

static void
split_real(const char *printed, struct real *r)
{
	const char *s = printed;

	*r = (struct real){ .minus = *s == '-' };
	s += r->minus;
	for (; *s != 'e' && *s != '\0'; s++)
		if (*s != '.')
			r->digits[r->n++] = *s;
	while (r->n > 1 && r->digits[r->n - 1] == '0')
		r->n--;
	if (*s == 'e')
		for (s += 2; *s != '\0'; s++)
			r->power = r->power * 10 + (*s - '0');
	if (strchr(printed, 'e') != NULL && strchr(printed, 'e')[1] == '-')
		r->power = -r->power;
}

static void
put(struct binlog_value *v, size_t *n, const char *s, int len)
{
	memcpy(v->text + *n, s, (size_t)len);
	*n += (size_t)len;
}

/* Without an exponent when the point is at most 15 digits away. */
static size_t
real_plain(const struct real *r, struct binlog_value *v)
{
	static const char zeros[] = "0000000000000000";
	size_t n = 0;
	int whole = r->power + 1;

	if (r->minus)
		v->text[n++] = '-';
	if (whole <= 0) {
		put(v, &n, "0.", 2);
		put(v, &n, zeros, -whole);
		put(v, &n, r->digits, r->n);
	} else if (whole >= r->n) {
		put(v, &n, r->digits, r->n);
		put(v, &n, zeros, whole - r->n);
	} else {
		put(v, &n, r->digits, whole);
		put(v, &n, ".", 1);
		put(v, &n, r->digits + whole, r->n - whole);
	}
	return n;
}

static size_t
real_exponent(const struct real *r, struct binlog_value *v)
{
	int n;

	n = snprintf(v->text, sizeof(v->text), "%s%c%s%.*se%d",
	    r->minus ? "-" : "", r->digits[0], r->n > 1 ? "." : "", r->n - 1,
	    r->digits + 1, r->power);
	assert(n > 0 && (size_t)n < sizeof(v->text));
	return (size_t)n;
}

static bool
same_bits(double a, double b)
{
	uint64_t x, y;

	memcpy(&x, &a, sizeof(x));
	memcpy(&y, &b, sizeof(y));
	return x == y;
}

/*
 * As both servers print them (my_gcvt): the fewest digits that give the same
 * number again, of a FLOAT at most 6; an exponent when the point would be more
 * than 15 digits to the right or 14 to the left.
 */
static enum rc
real(double d, int most, struct binlog_value *v)
{
	char printed[48];
	struct real r;
	int n = most == 6 ? 6 : 15;
	bool plain;

	v->real = d;
	/* no SQL value is NaN or infinite */
	if (!__builtin_isfinite(d))
		return RC_INVALID;
	for (;; n++) {
		(void)snprintf(printed, sizeof(printed), "%.*e", n - 1, d);
		if (n >= most || same_bits(strtod(printed, NULL), d))
			break;
	}
	split_real(printed, &r);
	if (r.n == 1 && r.digits[0] == '0')
		plain = true;
	else
		plain = r.power + 1 >= -14 && r.power + 1 <= 15;
	return text(v, plain ? real_plain(&r, v) : real_exponent(&r, v));
}

static enum rc
float4(const struct binlog_cell *cell, struct binlog_value *v)
{
	uint32_t u = (uint32_t)bytes_le(cell->p, 4);
	float f;

	memcpy(&f, &u, sizeof(f));
	return real((double)f, 6, v);
}

static enum rc
float8(const struct binlog_cell *cell, struct binlog_value *v)
{
	uint64_t u = bytes_le(cell->p, 8);
	double d;

	memcpy(&d, &u, sizeof(d));
	return real(d, 17, v);
}

static enum rc
as_is(enum binlog_value_kind kind, const struct binlog_cell *cell,
    struct binlog_value *v)
{
	v->kind = kind;
	v->s = (const char *)cell->p;
	v->n = cell->n;
	return RC_OK;
}

static enum rc
decode(const struct binlog_column *c, const struct binlog_cell *cell,
    struct binlog_value *v)
{
	switch ((enum binlog_type)c->type) {
	case BINLOG_T_TINY:
	case BINLOG_T_SHORT:
	case BINLOG_T_INT24:
	case BINLOG_T_LONG:
	case BINLOG_T_LONGLONG:
		return integer(c, cell, v);
	case BINLOG_T_ENUM:
	case BINLOG_T_SET:
		return natural(bytes_le(cell->p, cell->n), v);
	case BINLOG_T_BIT:
		return natural(bytes_be(cell->p, cell->n), v);
	case BINLOG_T_YEAR:
		return natural(cell->p[0] == 0 ? 0 : 1900U + cell->p[0], v);
	case BINLOG_T_FLOAT:
		return float4(cell, v);
	case BINLOG_T_DOUBLE:
		return float8(cell, v);
	case BINLOG_T_NEWDECIMAL:
		return decimal(c, cell, v);
	case BINLOG_T_TIMESTAMP:
	case BINLOG_T_DATE:
	case BINLOG_T_TIME:
	case BINLOG_T_DATETIME:
	case BINLOG_T_NEWDATE:
	case BINLOG_T_TIMESTAMP2:
	case BINLOG_T_DATETIME2:
	case BINLOG_T_TIME2:
		return binlog_time(c, cell->p, v);
	case BINLOG_T_VARCHAR:
	case BINLOG_T_VAR_STRING:
	case BINLOG_T_STRING:
	case BINLOG_T_TINY_BLOB:
	case BINLOG_T_MEDIUM_BLOB:
	case BINLOG_T_LONG_BLOB:
	case BINLOG_T_BLOB:
	case BINLOG_T_VECTOR:
	case BINLOG_T_GEOMETRY:
		return as_is(BINLOG_BYTES, cell, v);
	case BINLOG_T_BLOB_PACKED:
	case BINLOG_T_VARCHAR_PACKED:
		return as_is(BINLOG_PACKED, cell, v);
	case BINLOG_T_JSON:
		return as_is(BINLOG_JSON, cell, v);
	case BINLOG_T_DECIMAL:
	case BINLOG_T_NULL:
		break;
	}
	return RC_INVALID;
}

enum rc
binlog_value(const struct binlog_table *table, const struct binlog_cell *image,
    size_t column, struct binlog_value *v, struct error *e)
{
	const struct binlog_cell *cell;
	enum rc rc = RC_OK;

	assert(column < table->columns);
	cell = &image[column];
	v->i = 0;
	v->u = 0;
	v->s = NULL;
	v->n = 0;
	switch ((enum binlog_cell_state)cell->state) {
	case BINLOG_CELL_ABSENT:
		v->kind = BINLOG_ABSENT;
		break;
	case BINLOG_CELL_NULL:
		v->kind = BINLOG_NULL;
		break;
	case BINLOG_CELL_DIFF:
		rc = as_is(BINLOG_JSON_DIFF, cell, v);
		break;
	case BINLOG_CELL_HERE:
		rc = decode(&table->column[column], cell, v);
		break;
	}
	if (rc != RC_OK)
		return error_set(e, rc,
		    "column %zu of \"%s\".\"%s\": no value of type %d", column,
		    table->db, table->name, table->column[column].type);
	return RC_OK;
}

/*
 * MariaDB's column compression: a byte that is 0 before bytes as they are, or
 * 0x80 + flags + the length's bytes, the length (big-endian), deflated bytes.
 * Flag 8 says that the deflated bytes have no zlib header.
 */
static enum rc
inflate_value(struct bytes *r, uint8_t head, struct buf *out, size_t room)
{
	const uint8_t *p = bytes_take(r, head & 7);
	uint64_t n = p == NULL ? 0 : bytes_be(p, head & 7);
	z_stream z = { .next_in = NULL };
	uint8_t *made;
	int got;

	if ((head & 0xf0) != 0x80 || r->bad || bytes_left(r) > UINT_MAX)
		return RC_INVALID;
	if (n > room)
		return RC_TOOBIG;
	/* deflate makes at most 1032 bytes of one */
	if (n / 1032 > bytes_left(r))
		return RC_INVALID;
	made = malloc(n + 1);
	if (made == NULL ||
	    inflateInit2(&z, (head & 8) != 0 ? -MAX_WBITS : MAX_WBITS) !=
		Z_OK) {
		free(made);
		return RC_NOMEM;
	}
	z.next_in = r->p;
	z.avail_in = (uInt)bytes_left(r);
	z.next_out = made;
	z.avail_out = (uInt)n;
	got = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z);
	if (got == Z_STREAM_END && z.avail_out == 0)
		buf_put(out, made, n);
	free(made);
	return got == Z_STREAM_END && z.avail_out == 0 ? buf_rc(out)
						       : RC_INVALID;
}

enum rc
binlog_unpack(const struct binlog_value *v, struct buf *out, struct error *e)
{
	struct bytes r = bytes_of(v->s, v->n);
	uint8_t head;
	enum rc rc;

	assert(v->kind == BINLOG_PACKED);
	if (v->n == 0)
		return RC_OK;
	head = bytes_u8(&r);
	if (head == 0) {
		buf_put(out, r.p, bytes_left(&r));
		rc = buf_rc(out);
	} else {
		rc = inflate_value(&r, head, out, out->max - out->len);
	}
	if (rc != RC_OK)
		return error_set(e, rc,
		    "compressed column of %zu bytes could not be unpacked",
		    v->n);
	return RC_OK;
}
