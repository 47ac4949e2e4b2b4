#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/num.h"
#include "base/text.h"
#include "shop/address.h"
#include "shop/tariff.h"

#define DAY 86400
#define RATE_MAX 10000 /* 100 % */

/* A piece of the file; not NUL-terminated. */
struct piece {
	const char *s;
	size_t n;
};

struct reader {
	const char *name, *currency;
	int line;
	struct tariff *t;
	struct error *e;
};

static enum rc
wrong(struct reader *r, const char *what, struct piece p, const char *rule)
{
	return error_set(r->e, RC_INVALID, "%s:%d: %s is \"%.*s\", not %s",
	    r->name, r->line, what, (int)text_clip(p.s, p.n, 60), p.s, rule);
}

static enum rc
sorry(struct reader *r, const char *what)
{
	return error_set(r->e, RC_INVALID, "%s:%d: %s", r->name, r->line, what);
}

static enum rc
no_memory(struct reader *r)
{
	return error_set(r->e, RC_NOMEM, "no memory for the tariff");
}

static bool
starts(struct piece p, const char *with)
{
	size_t n = strlen(with);

	return p.n > n && memcmp(p.s, with, n) == 0;
}

/* What stands before the next `end` in *from, which moves behind it. */
static struct piece
cut(struct piece *from, char end)
{
	const char *at = memchr(from->s, end, from->n);
	struct piece p = { from->s,
		at == NULL ? from->n : (size_t)(at - from->s) };
	size_t gone = at == NULL ? p.n : p.n + 1;

	from->s += gone;
	from->n -= gone;
	p.s = text_trim(p.s, &p.n);
	return p;
}

/*** The values ***/

/* Major units of a currency, not below 0. */
static bool
amount(struct piece p, const char *currency, int64_t *out)
{
	char text[32];
	struct money m;

	if (p.n == 0 || p.n >= sizeof(text))
		return false;
	memcpy(text, p.s, p.n);
	text[p.n] = '\0';
	if (money_parse(text, currency, &m) != RC_OK || m.minor < 0)
		return false;
	*out = m.minor;
	return true;
}

static bool
days(struct piece p, struct tariff_option *o)
{
	struct piece first = cut(&p, '-');

	if (num_parse_n(first.s, first.n, 0, TARIFF_DAYS_MAX, &o->days_min) !=
	    RC_OK)
		return false;
	o->days_max = o->days_min;
	if (p.n == 0)
		return p.s[-1] != '-';
	p.s = text_trim(p.s, &p.n);
	return num_parse_n(p.s, p.n, o->days_min, TARIFF_DAYS_MAX,
		   &o->days_max) == RC_OK;
}

static bool
country(struct piece p, char out[3])
{
	if (p.n != 2)
		return false;
	memcpy(out, p.s, 2);
	out[2] = '\0';
	return address_country(out) != NULL;
}

/* Days since 1970 of a day in the Gregorian calendar. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	/* months are counted from March, so that the leap day is the last */
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       1 - INT64_C(719468);
}

static bool
date(struct piece p, int64_t *out)
{
	static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int64_t year, month, day;

	if (p.n != 10 || p.s[4] != '-' || p.s[7] != '-' ||
	    num_parse_n(p.s, 4, 1970, 9999, &year) != RC_OK ||
	    num_parse_n(p.s + 5, 2, 1, 12, &month) != RC_OK ||
	    num_parse_n(p.s + 8, 2, 1, lengths[month - 1], &day) != RC_OK)
		return false;
	*out = days_of(year, month, day);
	/* 29 February of another year */
	return month != 2 || day < 29 || *out < days_of(year, 3, 1);
}

/*** The lines ***/

static enum rc
read_places(struct reader *r, struct piece p, struct tariff_option *o)
{
	char code[3];
	struct piece one;
	struct buf b;

	buf_init(&b, TARIFF_PLACES_MAX);
	buf_putc(&b, ' ');
	while (p.n > 0) {
		one = cut(&p, ' ');
		if (one.n == 0)
			continue;
		if (!country(one, code)) {
			buf_release(&b);
			return wrong(r, "a country", one,
			    "a code of one that the shop knows, like GB");
		}
		buf_puts(&b, code);
		buf_putc(&b, ' ');
	}
	if (b.len <= 1 && buf_rc(&b) == RC_OK) {
		buf_release(&b);
		return sorry(r, "an option names no country");
	}
	if (buf_rc(&b) == RC_OK)
		o->places = strdup(buf_str(&b));
	buf_release(&b);
	return o->places == NULL ? no_memory(r) : RC_OK;
}

static bool
is_key(struct piece p)
{
	size_t i;

	for (i = 0; i < p.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", p.s[i]) ==
		    NULL)
			return false;
	return p.n > 0 && p.n < TARIFF_KEY_SIZE;
}

static bool
is_there(const struct tariff *t, struct piece key)
{
	for (size_t i = 0; i < t->noptions; i++)
		if (strlen(t->options[i].key) == key.n &&
		    memcmp(t->options[i].key, key.s, key.n) == 0)
			return true;
	return false;
}

static enum rc
read_name(struct reader *r, struct piece key, struct piece name)
{
	struct tariff *t = r->t;
	struct tariff_option *o = &t->options[t->noptions];

	if (!is_key(key))
		return wrong(r, "an option's key", key,
		    "1 to 16 lower-case letters, digits and hyphens");
	if (is_there(t, key))
		return sorry(r, "this option has been set before");
	if (t->noptions == TARIFF_OPTIONS)
		return sorry(r, "there are too many options");
	if (name.n == 0 || name.n > TARIFF_NAME_MAX ||
	    !text_line(name.s, name.n))
		return wrong(r, "an option's name", name, "1 to 80 bytes");
	memset(o, 0, sizeof(*o));
	memcpy(o->key, key.s, key.n);
	t->noptions++; /* for tariff_release */
	o->name = strndup(name.s, name.n);
	return o->name == NULL ? no_memory(r) : RC_OK;
}

static enum rc
read_option(struct reader *r, struct piece key, struct piece value)
{
	struct tariff *t = r->t;
	struct tariff_option *o = &t->options[t->noptions];
	struct piece name = cut(&value, '|'), places = cut(&value, '|'),
		     price = cut(&value, '|'), d = cut(&value, '|');
	enum rc rc;

	rc = read_name(r, key, name);
	if (rc == RC_OK)
		rc = read_places(r, places, o);
	if (rc == RC_OK && !amount(price, r->currency, &o->price))
		rc = wrong(r, "a price", price, "an amount like 3.95");
	if (rc == RC_OK && (d.n == 0 || !days(d, o)))
		rc = wrong(
		    r, "the days", d, "working days like 1 or 2-4, 60 at most");
	if (rc == RC_OK && value.n != 0)
		rc = sorry(r, "an option has four parts: "
			      "name | countries | price | days");
	return rc;
}

static enum rc
read_tax(struct reader *r, struct piece key, struct piece value)
{
	struct tariff *t = r->t;
	struct tariff_tax *x = &t->taxes[t->ntaxes];
	int64_t had;

	if (t->ntaxes == TARIFF_TAXES)
		return sorry(r, "there are too many countries");
	if (!country(key, x->country))
		return wrong(r, "a country", key,
		    "a code of one that the shop knows, like GB");
	if (tariff_tax(t, x->country, &had))
		return sorry(r, "this country's tax has been set before");
	/* two places, as pounds have */
	if (!amount(value, "GBP", &x->rate) || x->rate > RATE_MAX)
		return wrong(
		    r, "a tax", value, "a rate in per cent like 20 or 25.5");
	t->ntaxes++;
	return RC_OK;
}

static enum rc
read_holiday(struct reader *r, struct piece key)
{
	struct tariff *t = r->t;

	if (t->nholidays == TARIFF_HOLIDAYS)
		return sorry(r, "there are too many holidays");
	if (!date(key, &t->holidays[t->nholidays]))
		return wrong(r, "a holiday", key, "a day like 2026-12-25");
	t->nholidays++;
	return RC_OK;
}

static enum rc
read_cutoff(struct reader *r, struct piece value)
{
	int64_t hour, minute;

	if (r->t->has_cutoff)
		return sorry(r, "cutoff has been set before");
	if (value.n != 5 || value.s[2] != ':' ||
	    num_parse_n(value.s, 2, 0, 23, &hour) != RC_OK ||
	    num_parse_n(value.s + 3, 2, 0, 59, &minute) != RC_OK)
		return wrong(r, "cutoff", value, "a time like 14:00");
	r->t->cutoff = hour * 3600 + minute * 60;
	r->t->has_cutoff = true;
	return RC_OK;
}

static enum rc
read_line(struct reader *r, struct piece line)
{
	static const char delivery[] = "delivery.", tax[] = "tax.",
			  holiday[] = "holiday.";
	struct piece key, value;

	value = line;
	value.s = text_trim(value.s, &value.n);
	if (value.n == 0 || value.s[0] == '#')
		return RC_OK;
	if (!text_utf8(value.s, value.n))
		return sorry(r, "this is no text in UTF-8");
	if (memchr(value.s, '=', value.n) == NULL)
		return sorry(r, "there is no \"=\"");
	key = cut(&value, '=');
	value.s = text_trim(value.s, &value.n);
	if (key.n == 6 && memcmp(key.s, "cutoff", 6) == 0)
		return read_cutoff(r, value);
	if (starts(key, delivery))
		return read_option(r,
		    (struct piece){ key.s + sizeof(delivery) - 1,
			key.n - sizeof(delivery) + 1 },
		    value);
	if (starts(key, tax))
		return read_tax(r,
		    (struct piece){
			key.s + sizeof(tax) - 1, key.n - sizeof(tax) + 1 },
		    value);
	if (starts(key, holiday))
		return read_holiday(
		    r, (struct piece){ key.s + sizeof(holiday) - 1,
			   key.n - sizeof(holiday) + 1 });
	return wrong(r, "a key", key, "cutoff, delivery.…, tax.… or holiday.…");
}

/* What no single line can get wrong. */
static enum rc
check(struct reader *r)
{
	const struct address_country *all;
	size_t n;
	int64_t rate;

	all = address_countries(&n);
	for (size_t i = 0; i < n; i++) {
		if (tariff_next(r->t, all[i].code, NULL) == NULL ||
		    tariff_tax(r->t, all[i].code, &rate))
			continue;
		return error_set(r->e, RC_INVALID,
		    "%s: %s is delivered to, but there is no tax.%s", r->name,
		    all[i].name, all[i].code);
	}
	if (r->t->noptions == 0)
		return error_set(r->e, RC_INVALID,
		    "%s: there is no way of delivery at all", r->name);
	return RC_OK;
}

enum rc
tariff_parse(const char *name, const char *bytes, size_t n,
    const char *currency, struct tariff *out, struct error *e)
{
	struct reader r = { name, currency, 0, out, e };
	struct piece rest = { bytes, n };
	enum rc rc = RC_OK;

	memset(out, 0, sizeof(*out));
	out->cutoff = 12 * 3600;
	while (rest.n > 0 && rc == RC_OK) {
		r.line++;
		rc = read_line(&r, cut(&rest, '\n'));
	}
	if (rc == RC_OK)
		rc = check(&r);
	if (rc != RC_OK)
		tariff_release(out);
	return rc;
}

enum rc
tariff_load(
    const char *path, const char *currency, struct tariff *out, struct error *e)
{
	struct buf b;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&b, LIMIT_CONF);
	rc = file_read(path, &b, e);
	if (rc == RC_OK)
		rc = tariff_parse(path, buf_str(&b), b.len, currency, out, e);
	buf_release(&b);
	return rc;
}

void
tariff_release(struct tariff *t)
{
	for (size_t i = 0; i < t->noptions; i++) {
		free(t->options[i].name);
		free(t->options[i].places);
	}
	memset(t, 0, sizeof(*t));
}

/*** What is asked ***/

static bool
goes_to(const struct tariff_option *o, const char *country)
{
	char word[5] = { ' ', 0, 0, ' ', 0 };

	if (country[0] == '\0' || country[1] == '\0' || country[2] != '\0')
		return false;
	memcpy(word + 1, country, 2);
	return strstr(o->places, word) != NULL;
}

const struct tariff_option *
tariff_next(const struct tariff *t, const char *country,
    const struct tariff_option *after)
{
	size_t i = after == NULL ? 0 : (size_t)(after - t->options) + 1;

	for (; i < t->noptions; i++)
		if (goes_to(&t->options[i], country))
			return &t->options[i];
	return NULL;
}

const struct tariff_option *
tariff_find(const struct tariff *t, const char *country, const char *key)
{
	const struct tariff_option *o = NULL;

	while ((o = tariff_next(t, country, o)) != NULL)
		if (strcmp(o->key, key) == 0)
			break;
	return o;
}

bool
tariff_tax(const struct tariff *t, const char *country, int64_t *rate)
{
	for (size_t i = 0; i < t->ntaxes; i++) {
		if (strcmp(t->taxes[i].country, country) != 0)
			continue;
		*rate = t->taxes[i].rate;
		return true;
	}
	return false;
}

static bool
works(const struct tariff *t, int64_t day)
{
	int64_t weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday; 0 is
					    Sunday */

	if (weekday == 0 || weekday == 6)
		return false;
	for (size_t i = 0; i < t->nholidays; i++)
		if (t->holidays[i] == day)
			return false;
	return true;
}

static int64_t
working_days_after(const struct tariff *t, int64_t day, int64_t n)
{
	while (n > 0) {
		day++;
		n -= works(t, day);
	}
	return day;
}

void
tariff_promise(const struct tariff *t, const struct tariff_option *o,
    int64_t local, int64_t *first, int64_t *last)
{
	int64_t leaves = local / DAY;

	if (!works(t, leaves) || local % DAY >= t->cutoff)
		leaves = working_days_after(t, leaves, 1);
	*first = working_days_after(t, leaves, o->days_min);
	*last = working_days_after(t, leaves, o->days_max);
}
