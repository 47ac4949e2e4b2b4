#include "config.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what the formats can say. */
#define FIRST INT64_C(-62135596800)
#define LAST INT64_C(253402300799)

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	/* Fails only for a clock that the kernel does not have. */
	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return read_ms(CLOCK_REALTIME) / 1000;
}

int64_t
clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t
clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

static struct tm
split(int64_t t)
{
	time_t clipped = (time_t)(t < FIRST ? FIRST : t > LAST ? LAST : t);
	struct tm tm = { 0 };

	(void)gmtime_r(&clipped, &tm);
	return tm;
}

/* n as digits, width of them, without the NUL. */
static void
digits(char *p, int width, int n)
{
	while (width > 0) {
		p[--width] = (char)('0' + n % 10);
		n /= 10;
	}
}

static void
clock_digits(char out[8], const struct tm *tm)
{
	memcpy(out, "00:00:00", 8);
	digits(out, 2, tm->tm_hour);
	digits(out + 3, 2, tm->tm_min);
	digits(out + 6, 2, tm->tm_sec);
}

void
clock_iso(int64_t t, char out[CLOCK_ISO_SIZE])
{
	struct tm tm = split(t);

	memcpy(out, "0000-00-00T00:00:00Z", CLOCK_ISO_SIZE);
	digits(out, 4, tm.tm_year + 1900);
	digits(out + 5, 2, tm.tm_mon + 1);
	digits(out + 8, 2, tm.tm_mday);
	clock_digits(out + 11, &tm);
}

void
clock_put_iso(struct buf *b, int64_t t)
{
	char s[CLOCK_ISO_SIZE];

	clock_iso(t, s);
	buf_puts(b, s);
}

void
clock_put_http(struct buf *b, int64_t t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char s[] = "Ddd, 00 Mmm 0000 00:00:00 GMT";
	struct tm tm = split(t);

	memcpy(s, days + 3 * tm.tm_wday, 3);
	digits(s + 5, 2, tm.tm_mday);
	memcpy(s + 8, months + 3 * tm.tm_mon, 3);
	digits(s + 12, 4, tm.tm_year + 1900);
	clock_digits(s + 17, &tm);
	buf_puts(b, s);
}

void
clock_put_date(struct buf *b, int64_t t)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	struct tm tm = split(t);

	buf_putd(b, tm.tm_mday);
	buf_putc(b, ' ');
	buf_puts(b, months[tm.tm_mon]);
	buf_putc(b, ' ');
	buf_putd(b, tm.tm_year + 1900);
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec ts;

	if (ms <= 0)
		return;
	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)(ms % 1000 * 1000000);
	(void)nanosleep(&ts, NULL);
}
