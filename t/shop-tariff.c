/* What delivery costs and when it arrives: the file's errors name the line, and
 * promises keep to working days. */
#include "config.h"

#include <string.h>

#include "shop/address.h"
#include "shop/tariff.h"
#include "t/tap.h"

static const char plain[] =
    "# a comment\n"
    "delivery.standard = Standard | GB IE | 3.95 | 2-4\n"
    "delivery.express = Express | GB | 7 | 1\n"
    "\n"
    "tax.GB = 20\n"
    "  tax.IE=25.5  \n"
    "cutoff = 14:00\n"
    "holiday.2026-12-25 = Christmas Day\n"
    "holiday.2026-12-28 = Boxing Day";

static struct tariff
made(const char *text)
{
	struct error e = ERROR_NONE;
	struct tariff t;
	enum rc rc = tariff_parse("t", text, strlen(text), "GBP", &t, &e);

	ok(rc == RC_OK, "it is taken: %s", e.text);
	return t;
}

static void
options_are_those_of_the_country_in_the_files_order(void)
{
	struct tariff t = made(plain);
	const struct tariff_option *o = tariff_next(&t, "GB", NULL);
	int64_t rate = 0;

	is_str(o->key, "standard", "the first");
	is_str(o->name, "Standard", "its name");
	is_int(o->price, 395, "its price");
	is_int(o->days_min * 100 + o->days_max, 204, "its days");
	o = tariff_next(&t, "GB", o);
	is_str(o->key, "express", "the second");
	is_int(o->price, 700, "whole pounds");
	is_int(o->days_min * 100 + o->days_max, 101, "one day");
	ok(tariff_next(&t, "GB", o) == NULL, "and no more");
	ok(tariff_find(&t, "IE", "express") == NULL, "not to another country");
	ok(tariff_find(&t, "IE", "standard") != NULL,
	    "the one that goes there");
	ok(tariff_next(&t, "FR", NULL) == NULL, "nothing goes to France");
	ok(tariff_next(&t, "", NULL) == NULL &&
		tariff_next(&t, " G", NULL) == NULL,
	    "nor to what is no country");
	ok(tariff_tax(&t, "IE", &rate) && rate == 2550, "a rate with a part");
	ok(!tariff_tax(&t, "FR", &rate), "no rate is no rate");
	tariff_release(&t);
}

static void
a_promise_keeps_to_working_days(void)
{
	static const int64_t sunday = INT64_C(1795305600); /* 2026-11-22 */
	static const struct {
		const char *what;
		int64_t days, hour, minute;
		const char *key;
		int64_t first, last;
	} cases[] = {
		{ "Sunday leaves on Monday", 0, 10, 0, "express", 2, 2 },
		{ "Monday before the cut-off leaves at once", 1, 13, 59,
		    "express", 2, 2 },
		{ "at the cut-off it is too late", 1, 14, 0, "express", 3, 3 },
		{ "over a weekend", 5, 9, 0, "standard", 9, 11 },
		{ "Friday afternoon leaves on Monday", 5, 15, 0, "express", 9,
		    9 },
		{ "Saturday leaves on Monday", 6, 9, 0, "express", 9, 9 },
		{ "Christmas Eve arrives after both holidays", 32, 9, 0,
		    "express", 37, 37 },
		{ "Christmas Day leaves on the 29th", 33, 9, 0, "express", 38,
		    38 },
		{ "2-4 days over Christmas", 32, 9, 0, "standard", 38, 40 },
	};
	struct tariff t = made(plain);
	int64_t first, last;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tariff_promise(&t, tariff_find(&t, "GB", cases[i].key),
		    sunday + cases[i].days * 86400 + cases[i].hour * 3600 +
			cases[i].minute * 60,
		    &first, &last);
		is_int(first - sunday / 86400, cases[i].first, cases[i].what);
		is_int(last - sunday / 86400, cases[i].last, cases[i].what);
	}
	tariff_release(&t);
}

static void
mistakes_name_their_line(void)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "delivery.a = A | GB | 1 | 1\nnonsense",
		    "t:2: there is no \"=\"" },
		{ "colour = red", "t:1: a key is \"colour\", not cutoff, "
				  "delivery.…, tax.… or "
				  "holiday.…" },
		{ "delivery. = A | GB | 1 | 1", "t:1: a key is \"delivery.\", "
						"not cutoff, delivery.…, tax.… "
						"or holiday.…" },
		{ "delivery.A = A | GB | 1 | 1",
		    "t:1: an option's key is \"A\", not 1 to 16 lower-case "
		    "letters, digits and hyphens" },
		{ "delivery.a = A | GB | 1 | 1\ndelivery.a = B | GB | 1 | 1",
		    "t:2: this option has been set before" },
		{ "delivery.a =  | GB | 1 | 1",
		    "t:1: an option's name is \"\", not 1 to 80 bytes" },
		{ "delivery.a = A | GB UK | 1 | 1",
		    "t:1: a country is \"UK\", not a code of one that the shop "
		    "knows, like GB" },
		{ "delivery.a = A |  | 1 | 1",
		    "t:1: an option names no country" },
		{ "delivery.a = A | GB | £1 | 1",
		    "t:1: a price is \"£1\", not an amount like 3.95" },
		{ "delivery.a = A | GB | -1 | 1",
		    "t:1: a price is \"-1\", not an amount like 3.95" },
		{ "delivery.a = A | GB | 1.999 | 1",
		    "t:1: a price is \"1.999\", not an amount like 3.95" },
		{ "delivery.a = A | GB | 1 | 4-2",
		    "t:1: the days is \"4-2\", not working days like 1 or 2-4, "
		    "60 at most" },
		{ "delivery.a = A | GB | 1 | 4-",
		    "t:1: the days is \"4-\", not working days like 1 or 2-4, "
		    "60 at most" },
		{ "delivery.a = A | GB | 1",
		    "t:1: the days is \"\", not working days like 1 or 2-4, 60 "
		    "at most" },
		{ "delivery.a = A | GB | 1 | 1 | x",
		    "t:1: an option has four parts: name | countries | price | "
		    "days" },
		{ "tax.XX = 1", "t:1: a country is \"XX\", not a code of one "
				"that the shop knows, like GB" },
		{ "tax.GB = 20 %", "t:1: a tax is \"20 %\", not a rate in per "
				   "cent like 20 or 25.5" },
		{ "tax.GB = 101", "t:1: a tax is \"101\", not a rate in per "
				  "cent like 20 or 25.5" },
		{ "tax.GB = 20\ntax.GB = 5",
		    "t:2: this country's tax has been set before" },
		{ "cutoff = 24:00",
		    "t:1: cutoff is \"24:00\", not a time like 14:00" },
		{ "cutoff = 12:00\ncutoff = 12:00",
		    "t:2: cutoff has been set before" },
		{ "holiday.2026-02-29 = No such day",
		    "t:1: a holiday is \"2026-02-29\", not a day like "
		    "2026-12-25" },
		{ "holiday.25.12.2026 = Christmas",
		    "t:1: a holiday is \"25.12.2026\", not a day like "
		    "2026-12-25" },
		{ "delivery.a = A | GB | 1 | 1",
		    "t: United Kingdom is delivered to, but there is no "
		    "tax.GB" },
		{ "tax.GB = 20\ncutoff = 12:00\xff",
		    "t:2: this is no text in UTF-8" },
		{ "tax.GB = 20", "t: there is no way of delivery at all" },
		{ "", "t: there is no way of delivery at all" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = ERROR_NONE;
		struct tariff t;
		enum rc rc;

		rc = tariff_parse(
		    "t", cases[i].text, strlen(cases[i].text), "GBP", &t, &e);

		is_int(rc, RC_INVALID, "refused");
		is_str(e.text, cases[i].why, "and says why");
		tariff_release(&t);
	}
}

static void
a_leap_day_may_be_a_holiday(void)
{
	struct tariff t = made("delivery.a = A | GB | 0 | 0\ntax.GB = 20\n"
			       "holiday.2028-02-29 = Leap day\n");

	is_int(t.holidays[0], 21243, "29 February 2028");
	is_int(t.options[0].price, 0, "and delivery may be free");
	tariff_release(&t);
}

static void
the_file_as_shipped_is_taken(void)
{
	const struct address_country *all;
	struct error e = ERROR_NONE;
	struct tariff t;
	int64_t rate = 0;
	size_t n;

	ok(tariff_load(T_SRCDIR "/etc/tariff.conf", "GBP", &t, &e) == RC_OK,
	    "it is: %s", e.text);
	ok(tariff_next(&t, "GB", NULL) != NULL, "Britain is delivered to");
	ok(tariff_tax(&t, "GB", &rate) && rate == 2000, "with 20 per cent");
	all = address_countries(&n);
	while (n-- > 0)
		ok(tariff_tax(&t, all[n].code, &rate), "a rate of %s",
		    all[n].name);
	tariff_release(&t);
	error_clear(&e);
	is_int(tariff_load("/nowhere", "GBP", &t, &e), RC_NOTFOUND,
	    "a file that is not there");
}

int
main(void)
{
	RUN(options_are_those_of_the_country_in_the_files_order);
	RUN(a_promise_keeps_to_working_days);
	RUN(mistakes_name_their_line);
	RUN(a_leap_day_may_be_a_holiday);
	RUN(the_file_as_shipped_is_taken);
	return tap_done();
}
