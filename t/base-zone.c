/* Zones by POSIX's rule, compared with the C library's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/zone.h"
#include "t/random.h"
#include "t/tap.h"

static const char *const rules[] = {
	"GMT0BST,M3.5.0/1,M10.5.0",             /* London */
	"CET-1CEST,M3.5.0,M10.5.0/3",           /* Paris */
	"EST5EDT,M3.2.0,M11.1.0",               /* New York */
	"AEST-10AEDT,M10.1.0,M4.1.0/3",         /* Sydney */
	"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", /* Lord Howe */
	"IST-1GMT0,M10.5.0,M3.5.0/1", /* Dublin: winter is the odd one */
	"IST-5:30",                   /* Kolkata */
	"<-0330>3:30", "UTC0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", /* Nuuk */
};

static bool
same(const struct zone *z, time_t t)
{
	char theirs[80];
	struct tm tm;
	struct buf b;
	bool equal;

	(void)(localtime_r)(&t, &tm);
	(void)strftime(theirs, sizeof(theirs), "%e %B %Y, %H:%M %Z", &tm);
	buf_init(&b, 100);
	zone_put(z, &b, t);
	equal = strcmp(buf_str(&b), theirs + (theirs[0] == ' ')) == 0;
	if (!equal)
		printf(
		    "# %lld: %s, not %s\n", (long long)t, buf_str(&b), theirs);
	buf_release(&b);
	return equal;
}

static void
any_time_is_that_of_the_c_library(void)
{
	struct random r = random_seeded();
	struct zone z;
	int wrong;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		ok(zone_parse(rules[i], &z) == RC_OK, "%s", rules[i]);
		(void)setenv("TZ", rules[i], 1);
		tzset();
		wrong = 0;
		for (int n = 0; n < 4000 && wrong < 5; n++) {
			time_t t = (time_t)random_below(&r, 4000000000U);

			/* whole half hours meet the turns */
			wrong += !same(&z, n % 2 == 0 ? t : t - t % 1800);
		}
		for (time_t t = 1700000000 / 1800 * 1800;
		     t < 1800000000 && wrong < 5; t += 1800)
			wrong += !same(&z, t);
		is_int(wrong, 0, "no time differs");
	}
}

static void
what_is_no_rule_is_refused(void)
{
	static const char *const bad[] = { "", "Europe/London", "GMT", "G0",
		"GMT0BST", "GMT0BST,M3.5.0", "GMT0BST,J60,J300", "GMT25",
		"GMT0BST,M13.5.0,M10.5.0", "GMT0BST,M3.6.0,M10.5.0",
		"GMT0BST,M3.5.7,M10.5.0", "GMT0BST,M3.5.0,M10.5.0x",
		"GMT0BST,M0.5.0,M10.5.0", "<GMT0", "GMT0BST,M3", "GMT0:99",
		"ABCDEFGHIJ0", "GMT99999999999999999999" };
	struct zone z;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(zone_parse(bad[i], &z) == RC_INVALID, "refused: \"%s\"",
		    bad[i]);
		is_str(zone_at(&z, 1700000000)->name, "UTC", "it is UTC then");
	}
}

int
main(void)
{
	RUN(any_time_is_that_of_the_c_library);
	RUN(what_is_no_rule_is_refused);
	return tap_done();
}
