#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/stock.h"
#include "syncd/compare.h"

#define USUAL_SECONDS 30
#define WIDTH 60 /* of a value, in bytes */

/* As diff(1) has it. */
enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

struct how {
	bool repair;
	int64_t seconds;
};

/* On one line, no longer than is useful. */
static void
put_value(const char *s)
{
	size_t n = strlen(s), end = n;

	if (n > WIDTH) {
		end = WIDTH;
		while (end > 0 && ((unsigned char)s[end] & 0xc0) == 0x80)
			end--;
	}
	for (size_t i = 0; i < end; i++)
		(void)putchar((unsigned char)s[i] < 0x20 ? ' ' : s[i]);
	if (end < n)
		(void)fputs("...", stdout);
}

static void
say(void *ctx, const char *key, const char *field, const char *ours,
    const char *theirs)
{
	(void)ctx;
	(void)printf("%s\t%s\t", key, field);
	put_value(ours);
	(void)putchar('\t');
	put_value(theirs);
	(void)putchar('\n');
}

/* On a terminal only. */
static void
progress(void *ctx, int64_t done)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%" PRId64 " items", done);
}

static void
sum_up(const struct compare *c)
{
	(void)fprintf(stderr,
	    "%s%" PRId64 " items compared, %" PRId64 " differences in %" PRId64
	    "%s\n",
	    isatty(STDERR_FILENO) ? "\r" : "", c->items, c->differences,
	    c->differing,
	    c->followed || c->differences == 0
		? ""
		: "; no syncd follows the stock system");
	if (c->unsettled > 0)
		(void)fprintf(stderr,
		    "%" PRId64
		    " items still change, or the mirror was not confirmed in "
		    "time: not counted\n",
		    c->unsettled);
}

static enum rc
once(struct compare *c, struct error *e)
{
	enum rc rc;

	rc = compare_run(c, e);
	if (rc == RC_OK && fflush(stdout) != 0)
		rc = error_errno(e, RC_IO, "could not print");
	if (rc == RC_OK)
		sum_up(c);
	return rc;
}

static enum rc
work(const struct settings *s, const struct how *how, struct compare *c,
    struct error *e)
{
	enum rc rc;

	c->s = s;
	c->wait_ms = how->seconds * 1000;
	c->tell = say;
	c->progress = progress;
	rc = compare_open(c, e);
	if (rc == RC_OK)
		rc = once(c, e);
	if (rc == RC_OK && how->repair && c->differences > 0) {
		rc = compare_repair(c, e);
		if (rc == RC_OK)
			(void)fputs(
			    "syncd has compared all; once more:\n", stderr);
		if (rc == RC_OK)
			rc = once(c, e);
	}
	compare_close(c);
	return rc;
}

static bool
read_options(int argc, char **argv, struct how *how)
{
	static const struct option longer[] = {
		{ "repair", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "rt:", longer, NULL)) != -1) {
		if (opt == 'r')
			how->repair = true;
		else if (opt != 't' ||
			 !ctl_number(optarg, 1, 3600, &how->seconds))
			return false;
	}
	return optind == argc;
}

/* Those that have a file of their own. */
static const struct {
	const char *name;
	int (*fn)(const struct ctl *c, int argc, char **argv);
} actions[] = {
	{ "show", stock_show },
	{ "suspected", stock_suspected },
	{ "booked-out", stock_booked_out },
	{ "give-back", stock_give_back },
	{ "put-back", stock_put_back },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

int
ctl_stock(const struct ctl *c, int argc, char **argv)
{
	struct how how = { .seconds = USUAL_SECONDS };
	struct compare compare = { 0 };
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	for (size_t i = 0; i < ACTIONS && argc > 1; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].fn(c, argc - 1, argv + 1);
	if (argc < 2 || strcmp(argv[1], "compare") != 0 ||
	    !read_options(argc - 1, argv + 1, &how))
		return ctl_usage("stock");
	rc = settings_load(&s, c->file, &e);
	if (rc == RC_OK) {
		rc = work(&s, &how, &compare, &e);
		settings_release(&s);
	}
	if (rc != RC_OK) {
		(void)ctl_fail(&e);
		return TROUBLE;
	}
	return compare.differences > 0 ? DIFFERENT : SAME;
}
