#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "syncd/binlog.h"
#include "syncd/binlog_time.h"
#include "syncd/bytes.h"

struct when {
	unsigned int year, month, day, hour, minute, second;
	uint32_t micro;
	bool minus; /* of TIME */
};

uint8_t
binlog_time_fraction(uint8_t scale)
{
	return (uint8_t)((scale + 1) / 2);
}

/* Two digits: printf is what costs most in decoding, so not that. */
static char *
two(char *s, unsigned int n)
{
	*s++ = (char)('0' + n / 10 % 10);
	*s++ = (char)('0' + n % 10);
	return s;
}

static char *
date(char *s, const struct when *w)
{
	s = two(s, w->year / 100);
	s = two(s, w->year % 100);
	*s++ = '-';
	s = two(s, w->month);
	*s++ = '-';
	return two(s, w->day);
}

static char *
clock_time(char *s, const struct when *w, uint8_t scale)
{
	uint32_t part = 100000;

	if (w->hour >= 100)
		*s++ = (char)('0' + w->hour / 100);
	s = two(s, w->hour % 100);
	*s++ = ':';
	s = two(s, w->minute);
	*s++ = ':';
	s = two(s, w->second);
	if (scale > 0)
		*s++ = '.';
	for (; scale > 0; scale--, part /= 10)
		*s++ = (char)('0' + w->micro / part % 10);
	return s;
}

static bool
valid_date(const struct when *w)
{
	return w->year <= 9999 && w->month <= 12 && w->day <= 31;
}

static bool
valid_clock(const struct when *w, unsigned int hours)
{
	return w->hour <= hours && w->minute <= 59 && w->second <= 59 &&
	       w->micro <= 999999;
}

static enum rc
finish(struct binlog_value *v, const char *end)
{
	v->kind = BINLOG_TEXT;
	v->s = v->text;
	v->n = (size_t)(end - v->text);
	return RC_OK;
}

static enum rc
put_date(const struct when *w, struct binlog_value *v)
{
	if (!valid_date(w))
		return RC_INVALID;
	return finish(v, date(v->text, w));
}

static enum rc
put_datetime(const struct when *w, uint8_t scale, struct binlog_value *v)
{
	char *s;

	if (!valid_date(w) || !valid_clock(w, 23))
		return RC_INVALID;
	s = date(v->text, w);
	*s++ = ' ';
	return finish(v, clock_time(s, w, scale));
}

static enum rc
put_time(const struct when *w, uint8_t scale, struct binlog_value *v)
{
	char *s = v->text;

	if (!valid_clock(w, 838))
		return RC_INVALID;
	if (w->minus)
		*s++ = '-';
	return finish(v, clock_time(s, w, scale));
}

/* 0 is the zero date; both servers count days by UTC without leap seconds. */
static enum rc
put_timestamp(
    int64_t seconds, uint32_t micro, uint8_t scale, struct binlog_value *v)
{
	struct when w = { .micro = micro };
	time_t t = (time_t)seconds;
	struct tm tm;

	v->i = seconds;
	v->u = (uint64_t)seconds;
	if (seconds == 0 && micro == 0)
		return put_datetime(&w, scale, v);
	if (gmtime_r(&t, &tm) == NULL)
		return RC_INVALID;
	w.year = (unsigned int)(tm.tm_year + 1900);
	w.month = (unsigned int)(tm.tm_mon + 1);
	w.day = (unsigned int)tm.tm_mday;
	w.hour = (unsigned int)tm.tm_hour;
	w.minute = (unsigned int)tm.tm_min;
	w.second = (unsigned int)tm.tm_sec;
	return put_datetime(&w, scale, v);
}

/* A fraction of n bytes counts in units of 10^-2n. */
static uint32_t
micros(uint64_t fraction, size_t n)
{
	static const uint32_t unit[] = { 0, 10000, 100, 1 };

	assert(n <= 3);
	return (uint32_t)(fraction * unit[n]);
}

/* 40 bits big-endian: 1 (not negative), 17 of year * 13 + month, 5 day, 5 hour,
 * 6 minute, 6 second; then the fraction. */
static enum rc
datetime2(
    const struct binlog_column *c, const uint8_t *p, struct binlog_value *v)
{
	uint64_t u = bytes_be(p, 5);
	size_t n = binlog_time_fraction(c->scale);
	struct when w;

	if ((u >> 39) != 1)
		return RC_INVALID;
	w = (struct when){
		.year = (unsigned int)(u >> 22 & 0x1ffff) / 13,
		.month = (unsigned int)(u >> 22 & 0x1ffff) % 13,
		.day = u >> 17 & 31,
		.hour = u >> 12 & 31,
		.minute = u >> 6 & 63,
		.second = u & 63,
		.micro = micros(bytes_be(p + 5, n), n),
	};
	return put_datetime(&w, c->scale, v);
}

/* 24 bits and the fraction as one big-endian number, offset so that negative
 * ones sort first: 1 bit unused, 10 hour, 6 minute, 6 second. */
static enum rc
time2(const struct binlog_column *c, const uint8_t *p, struct binlog_value *v)
{
	size_t n = binlog_time_fraction(c->scale);
	int64_t s =
	    (int64_t)bytes_be(p, 3 + n) - ((int64_t)0x800000 << (8 * n));
	uint64_t u = (uint64_t)(s < 0 ? -s : s);
	uint64_t whole = u >> (8 * n);
	struct when w = {
		.minus = s < 0,
		.hour = whole >> 12 & 0x3ff,
		.minute = whole >> 6 & 63,
		.second = whole & 63,
		.micro = micros(u & ((UINT64_C(1) << (8 * n)) - 1), n),
	};

	return whole >> 22 != 0 ? RC_INVALID : put_time(&w, c->scale, v);
}

static enum rc
timestamp2(
    const struct binlog_column *c, const uint8_t *p, struct binlog_value *v)
{
	size_t n = binlog_time_fraction(c->scale);
	uint32_t micro = micros(bytes_be(p + 4, n), n);

	return put_timestamp((int64_t)bytes_be(p, 4), micro, c->scale, v);
}

/* Decimal digits YYYYMMDDhhmmss in 8 bytes. */
static enum rc
datetime1(const uint8_t *p, struct binlog_value *v)
{
	uint64_t u = bytes_le(p, 8);
	uint64_t d = u / 1000000, t = u % 1000000;
	struct when w = {
		.year = d / 10000 > 9999 ? 10000 : (unsigned int)(d / 10000),
		.month = (unsigned int)(d / 100 % 100),
		.day = (unsigned int)(d % 100),
		.hour = (unsigned int)(t / 10000),
		.minute = (unsigned int)(t / 100 % 100),
		.second = (unsigned int)(t % 100),
	};

	return put_datetime(&w, 0, v);
}

/* Decimal digits hhhmmss in 3 bytes with a sign. */
static enum rc
time1(const uint8_t *p, struct binlog_value *v)
{
	int32_t s = (int32_t)((uint32_t)bytes_le(p, 3) << 8) >> 8;
	unsigned int u = (unsigned int)(s < 0 ? -s : s);
	struct when w = {
		.minus = s < 0,
		.hour = u / 10000,
		.minute = u / 100 % 100,
		.second = u % 100,
	};

	return put_time(&w, 0, v);
}

/* 15 bits year, 4 month, 5 day. */
static enum rc
date1(const uint8_t *p, struct binlog_value *v)
{
	uint32_t u = (uint32_t)bytes_le(p, 3);
	struct when w = { .year = u >> 9, .month = u >> 5 & 15, .day = u & 31 };

	return put_date(&w, v);
}

enum rc
binlog_time(const struct binlog_column *column, const uint8_t *p,
    struct binlog_value *v)
{
	if (column->type == BINLOG_T_DATETIME2)
		return datetime2(column, p, v);
	if (column->type == BINLOG_T_TIMESTAMP2)
		return timestamp2(column, p, v);
	if (column->type == BINLOG_T_TIME2)
		return time2(column, p, v);
	if (column->type == BINLOG_T_DATE || column->type == BINLOG_T_NEWDATE)
		return date1(p, v);
	if (column->type == BINLOG_T_DATETIME)
		return datetime1(p, v);
	if (column->type == BINLOG_T_TIME)
		return time1(p, v);
	assert(column->type == BINLOG_T_TIMESTAMP);
	return put_timestamp((int64_t)bytes_le(p, 4), 0, 0, v);
}
