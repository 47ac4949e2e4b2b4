#include "config.h"

#include <string.h>

#include "base/hours.h"
#include "base/num.h"

#define DAY 86400

static const char days[7][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
	"Sun" };

/*** Reading ***/

static bool
day_name(const char **s, int *day)
{
	for (int i = 0; i < 7; i++) {
		if (strncmp(*s, days[i], 3) != 0)
			continue;
		*day = i;
		*s += 3;
		return true;
	}
	return false;
}

static bool
digits(const char **s, size_t n, int64_t max, int64_t *out)
{
	for (size_t i = 0; i < n; i++)
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
	if (num_parse_n(*s, n, 0, max, out) != RC_OK)
		return false;
	*s += n;
	return true;
}

static bool
is(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

static bool
clock_time(const char **s, int64_t *out)
{
	int64_t h, m;

	if (!digits(s, 2, 24, &h) || !is(s, ':') || !digits(s, 2, 59, &m))
		return false;
	*out = h * 3600 + m * 60;
	return *out <= DAY;
}

static void
blanks(const char **s)
{
	while (**s == ' ')
		++*s;
}

/* "Mon-Fri 09:00-16:00" */
static bool
span(const char **s, struct hours *h)
{
	int first, last;
	int64_t open, close;

	if (!day_name(s, &first))
		return false;
	last = first;
	if (is(s, '-') && !day_name(s, &last))
		return false;
	blanks(s);
	if (!clock_time(s, &open) || !is(s, '-') || !clock_time(s, &close) ||
	    open >= close || last < first)
		return false;
	for (int i = first; i <= last; i++)
		h->week[i] = (struct hours_day){ open, close };
	blanks(s);
	return true;
}

static bool
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* "2026-12-25" */
static bool
date(const char **s, int64_t *day)
{
	static const int in[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int64_t y, m, d, n = 0;

	if (!digits(s, 4, 9999, &y) || !is(s, '-') || !digits(s, 2, 12, &m) ||
	    !is(s, '-') || !digits(s, 2, 31, &d) || y < 1970 || m < 1 || d < 1)
		return false;
	if (d > in[m - 1] + (m == 2 && leap(y)))
		return false;
	for (int64_t i = 1970; i < y; i++)
		n += leap(i) ? 366 : 365;
	for (int64_t i = 1; i < m; i++)
		n += in[i - 1] + (i == 2 && leap(y));
	*day = n + d - 1;
	return true;
}

enum rc
hours_parse(
    const char *week, const char *holidays, struct hours *out, struct error *e)
{
	const char *s = week;

	memset(out, 0, sizeof(*out));
	do {
		blanks(&s);
		if (!span(&s, out))
			return error_set(e, RC_INVALID,
			    "hours are not understood at \"%.40s\"", s);
	} while (is(&s, ','));
	if (*s != '\0')
		return error_set(
		    e, RC_INVALID, "hours are not understood at \"%.40s\"", s);
	s = holidays;
	blanks(&s);
	while (*s != '\0') {
		if (out->n == HOURS_HOLIDAYS)
			return error_set(e, RC_INVALID,
			    "there are more than %d holidays", HOURS_HOLIDAYS);
		if (!date(&s, &out->holidays[out->n++]) ||
		    (*s != ' ' && *s != '\0'))
			return error_set(e, RC_INVALID,
			    "a holiday is not understood at \"%.40s\"", s);
		blanks(&s);
	}
	return RC_OK;
}

/*** Asking ***/

static bool
holiday(const struct hours *h, int64_t day)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->holidays[i] == day)
			return true;
	return false;
}

/* Of the two times that a clock that is set back shows twice, either; of those
 * that it leaves out, one beside. */
static int64_t
utc_of(const struct zone *z, int64_t local)
{
	int64_t t = local - zone_at(z, local - z->half[0].offset)->offset;

	return local - zone_at(z, t)->offset;
}

bool
hours_next(const struct hours *h, const struct zone *z, int64_t from,
    int64_t least, int64_t *open, int64_t *close)
{
	int64_t first = (from + zone_at(z, from)->offset) / DAY;

	for (int64_t day = first; day < first + HOURS_AHEAD; day++) {
		/* 1970-01-01 was a Thursday */
		const struct hours_day *d = &h->week[(day + 3) % 7];

		if (d->open == d->close || holiday(h, day))
			continue;
		*open = utc_of(z, day * DAY + d->open);
		*close = utc_of(z, day * DAY + d->close);
		if (*open < from)
			*open = from;
		if (*close - *open >= least)
			return true;
	}
	return false;
}
