#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/zone.h"

#define HOUR 3600
#define DAY 86400

/*** The rule ***/

static bool
number(const char **s, int64_t max, int64_t *out)
{
	size_t n = strspn(*s, "0123456789");

	if (num_parse_n(*s, n, 0, max, out) != RC_OK)
		return false;
	*s += n;
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool
hours(const char **s, int64_t max, int64_t *out)
{
	int64_t sign = **s == '-' ? -1 : 1, n, sum;

	*s += **s == '-' || **s == '+';
	if (!number(s, max, &n))
		return false;
	sum = n * HOUR;
	for (int64_t unit = 60; unit > 0 && **s == ':'; unit /= 60) {
		++*s;
		if (!number(s, 59, &n))
			return false;
		sum += n * unit;
	}
	*out = sign * sum;
	return true;
}

/* Letters, or what stands between < and >. */
static bool
name(const char **s, char out[ZONE_NAME_SIZE])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ+-0123456789";
	bool quoted = **s == '<';
	size_t n;

	*s += quoted;
	n = strspn(*s, letters);
	if (!quoted)
		n = strcspn(*s, "+-0123456789,") < n
			? strcspn(*s, "+-0123456789,")
			: n;
	if (n < 3 || n >= ZONE_NAME_SIZE || (quoted && (*s)[n] != '>'))
		return false;
	memcpy(out, *s, n);
	out[n] = '\0';
	*s += n + quoted;
	return true;
}

static bool
turn(const char **s, struct zone_turn *out)
{
	int64_t month, week, day;

	if (strncmp(*s, ",M", 2) != 0)
		return false;
	*s += 2;
	if (!number(s, 12, &month) || *(*s)++ != '.' || !number(s, 5, &week) ||
	    *(*s)++ != '.' || !number(s, 6, &day) || month == 0 || week == 0)
		return false;
	*out = (struct zone_turn){ (int)month, (int)week, (int)day, 2 * HOUR };
	if (**s != '/')
		return true;
	++*s;
	return hours(s, 167, &out->at);
}

static bool
parse(const char *s, struct zone *z)
{
	if (!name(&s, z->half[0].name) || !hours(&s, 24, &z->half[0].offset))
		return false;
	z->half[0].offset = -z->half[0].offset; /* POSIX counts west */
	if (*s == '\0')
		return true;
	z->summer = true;
	z->half[1].offset = z->half[0].offset + HOUR;
	if (!name(&s, z->half[1].name))
		return false;
	if (*s != ',') {
		if (!hours(&s, 24, &z->half[1].offset))
			return false;
		z->half[1].offset = -z->half[1].offset;
	}
	return turn(&s, &z->turn[0]) && turn(&s, &z->turn[1]) && *s == '\0';
}

enum rc
zone_parse(const char *rule, struct zone *out)
{
	memset(out, 0, sizeof(*out));
	if (parse(rule, out))
		return RC_OK;
	memset(out, 0, sizeof(*out));
	memcpy(out->half[0].name, "UTC", 4);
	return RC_INVALID;
}

/*** The calendar ***/

/* Days since 1970-01-01 of a day in the Gregorian calendar. */
static int64_t
days_of(int64_t year, int month, int day)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334 };
	int64_t y = month > 2 ? year : year - 1; /* leap days that are past */

	return (year - 1970) * 365 + before[month - 1] + day - 1 + y / 4 -
	       y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* Local seconds since 1970 at which the turn is in a year. */
static int64_t
turn_in(const struct zone_turn *t, int64_t year)
{
	int64_t first = days_of(year, t->month, 1), day, next;

	next = t->month == 12 ? days_of(year + 1, 1, 1)
			      : days_of(year, t->month + 1, 1);
	/* 1970-01-01 was a Thursday, 4 */
	day = first + (t->day - (first + 4) % 7 + 14) % 7 + (t->week - 1) * 7;
	while (day >= next)
		day -= 7;
	return day * DAY + t->at;
}

static int64_t
year_of(int64_t t)
{
	char iso[CLOCK_ISO_SIZE];
	int64_t year = 1970;

	clock_iso(t, iso);
	return num_parse_n(iso, 4, 1, 9999, &year) == RC_OK ? year : 1970;
}

const struct zone_half *
zone_at(const struct zone *z, int64_t t)
{
	int64_t year, begin, end;
	bool inside;

	if (!z->summer || t < 0 || t > INT64_C(253402300799))
		return &z->half[0];
	year = year_of(t + z->half[0].offset);
	begin = turn_in(&z->turn[0], year) - z->half[0].offset;
	end = turn_in(&z->turn[1], year) - z->half[1].offset;
	/* south of the equator summer goes over the new year */
	if (begin < end)
		inside = t >= begin && t < end;
	else
		inside = t >= begin || t < end;
	return &z->half[inside];
}

void
zone_put(const struct zone *z, struct buf *b, int64_t t)
{
	const struct zone_half *h = zone_at(z, t);
	char iso[CLOCK_ISO_SIZE];

	clock_iso(t + h->offset, iso);
	clock_put_date(b, t + h->offset);
	buf_printf(b, ", %.5s %s", iso + 11, h->name);
}
