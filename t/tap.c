#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "t/tap.h"

static struct {
	int tests, bad_tests;   /* RUNs so far */
	int checks, bad_checks; /* of the running one */
	bool inside;
	char skipped[200]; /* the running one's reason, or "" */
} tap;

/* Fontconfig keeps what it has read of fonts until the process ends. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

/* A sentence of the identifier. */
static void
print_sentence(const char *name)
{
	for (; *name != '\0'; name++)
		putchar(*name == '_' ? ' ' : *name);
}

void
tap_run(const char *name, void (*test)(void))
{
	bool good;

	tap.checks = 0;
	tap.bad_checks = 0;
	tap.skipped[0] = '\0';
	tap.inside = true;
	test();
	tap.inside = false;
	if (tap.checks > 0)
		printf("    1..%d\n", tap.checks);
	good =
	    tap.bad_checks == 0 && (tap.checks > 0 || tap.skipped[0] != '\0');
	tap.tests++;
	if (!good)
		tap.bad_tests++;
	printf("%sok %d - ", good ? "" : "not ", tap.tests);
	print_sentence(name);
	if (good && tap.skipped[0] != '\0')
		printf(" # SKIP %s", tap.skipped);
	putchar('\n');
	fflush(stdout);
}

int
tap_ok(int good, const char *file, int line, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* One line and no '#', which would begin a directive. */
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '#')
			*p = ' ';
	if (!tap.inside) {
		fprintf(stderr, "# a check outside of RUN: %s\n", text);
		tap.bad_tests++;
		return good;
	}
	tap.checks++;
	printf("    %sok %d - %s\n", good ? "" : "not ", tap.checks, text);
	if (good)
		return 1;
	tap.bad_checks++;
	fflush(stdout);
	fprintf(stderr, "# failed at %s:%d: %s\n", file, line, text);
	return 0;
}

int
tap_is_str(const char *got, const char *want, const char *what,
    const char *file, int line)
{
	if (got != NULL && want != NULL && strcmp(got, want) == 0)
		return tap_ok(1, file, line, "%s", what);
	if (got == NULL && want == NULL)
		return tap_ok(1, file, line, "%s", what);
	return tap_ok(0, file, line, "%s: got \"%s\", expected \"%s\"", what,
	    got == NULL ? "(null)" : got, want == NULL ? "(null)" : want);
}

int
tap_is_int(
    long long got, long long want, const char *what, const char *file, int line)
{
	if (got == want)
		return tap_ok(1, file, line, "%s", what);
	return tap_ok(
	    0, file, line, "%s: got %lld, expected %lld", what, got, want);
}

void
tap_skip(const char *why)
{
	(void)snprintf(tap.skipped, sizeof(tap.skipped), "%s", why);
}

int
tap_done(void)
{
	printf("1..%d\n", tap.tests);
	return tap.bad_tests == 0 && tap.tests > 0 ? 0 : 1;
}
