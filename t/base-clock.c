#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "t/random.h"
#include "t/tap.h"

static void
known_times_are_written_in_three_ways(void)
{
	static const struct {
		int64_t t;
		const char *iso, *http, *date;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT",
		    "1 January 1970" },
		{ 784111777, "1994-11-06T08:49:37Z",
		    "Sun, 06 Nov 1994 08:49:37 GMT", "6 November 1994" },
		{ 951827696, "2000-02-29T12:34:56Z",
		    "Tue, 29 Feb 2000 12:34:56 GMT", "29 February 2000" },
		{ -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT",
		    "31 December 1969" },
		{ INT64_MAX, "9999-12-31T23:59:59Z",
		    "Fri, 31 Dec 9999 23:59:59 GMT", "31 December 9999" },
		{ INT64_MIN, "0001-01-01T00:00:00Z",
		    "Mon, 01 Jan 0001 00:00:00 GMT", "1 January 1" },
	};
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		clock_put_iso(&b, cases[i].t);
		is_str(buf_str(&b), cases[i].iso, "iso");
		buf_reset(&b);
		clock_put_http(&b, cases[i].t);
		is_str(buf_str(&b), cases[i].http, "http");
		buf_reset(&b);
		clock_put_date(&b, cases[i].t);
		is_str(buf_str(&b), cases[i].date, "date");
	}
	buf_release(&b);
}

static void
it_agrees_with_the_c_library(void)
{
	struct random r = random_seeded();
	char want[64], got[CLOCK_ISO_SIZE];
	struct buf b;
	struct tm tm;
	time_t t;
	int i, bad = 0;

	buf_init(&b, 100);
	for (i = 0; i < RANDOM_CASES; i++) {
		t = (time_t)(random_bits(&r) % UINT64_C(200000000000));
		(void)gmtime_r(&t, &tm);
		(void)strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
		clock_iso(t, got);
		bad += strcmp(want, got) != 0;
		(void)strftime(
		    want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		buf_reset(&b);
		clock_put_http(&b, t);
		bad += strcmp(want, buf_str(&b)) != 0;
	}
	is_int(bad, 0, "different texts");
	buf_release(&b);
}

static void
the_zone_of_the_machine_changes_nothing(void)
{
	char s[CLOCK_ISO_SIZE];

	(void)setenv("TZ", "Asia/Kathmandu", 1);
	tzset();
	clock_iso(0, s);
	is_str(s, "1970-01-01T00:00:00Z", "iso");
	(void)unsetenv("TZ");
	tzset();
}

static void
clocks_run_forwards(void)
{
	int64_t began = clock_mono_ms(), spent;

	clock_sleep_ms(0);
	clock_sleep_ms(-5);
	clock_sleep_ms(20);
	spent = clock_mono_ms() - began;
	ok(spent >= 19, "slept %lld ms", (long long)spent);
	ok(clock_now() > 1700000000, "after 2023");
	ok(clock_now_ms() / 1000 - clock_now() <= 1, "seconds and ms agree");
}

int
main(void)
{
	RUN(known_times_are_written_in_three_ways);
	RUN(it_agrees_with_the_c_library);
	RUN(the_zone_of_the_machine_changes_nothing);
	RUN(clocks_run_forwards);
	return tap_done();
}
