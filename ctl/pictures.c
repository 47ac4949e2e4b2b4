#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/shopctl.h"
#include "syncd/sweep.h"

#define DAY 86400
#define USUAL_DAYS 7

struct how {
	bool dry, check;
	int64_t days;
};

static void
say_name(void *ctx, const char *name)
{
	(void)ctx;
	(void)puts(name);
}

static void
say_wait(void *ctx, const char *why)
{
	(void)ctx;
	(void)fprintf(stderr, "waiting: %s\n", why);
}

/* On a terminal only. */
static void
say_progress(void *ctx, int64_t done, int64_t found)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 "%s", done,
		    found, done == found ? "\n" : "");
}

static enum rc
work(const struct settings *s, const struct how *how, struct sweep *sweep,
    struct error *e)
{
	enum rc rc;

	sweep->older_than = how->days * DAY;
	sweep->dry = how->dry;
	sweep->tell = say_name;
	sweep->wait = say_wait;
	sweep->progress = say_progress;
	rc = db_open(s, DB_KEEP, &sweep->db, e);
	if (rc == RC_OK)
		rc = store_open(s, &sweep->store, e);
	if (rc == RC_OK)
		rc = how->check ? sweep_missing(sweep, e)
				: sweep_orphans(sweep, e);
	store_close(sweep->store);
	db_close(sweep->db);
	return rc;
}

/* Names go to standard output, what was done about them to standard error. */
static void
sum_up(const struct how *how, const struct sweep *s)
{
	if (how->check)
		(void)fprintf(stderr,
		    "%" PRId64 " objects; %" PRId64
		    " pictures are not there, %" PRId64 " will be made again"
		    "%s\n",
		    s->objects, s->found, s->done,
		    s->done > 0 ? " when syncd starts or reloads" : "");
	else
		(void)fprintf(stderr,
		    "%" PRId64 " objects; %" PRId64
		    " that no item shows, older than %" PRId64
		    " days, with %" PRId64 " bytes; %" PRId64 " deleted\n",
		    s->objects, s->found, how->days, s->bytes, s->done);
}

static bool
read_options(int argc, char **argv, struct how *how)
{
	int opt;

	while ((opt = getopt(argc, argv, how->check ? "n" : "nd:")) != -1) {
		if (opt == 'n')
			how->dry = true;
		else if (opt != 'd' ||
			 !ctl_number(optarg, 0, 36500, &how->days))
			return false;
	}
	return optind == argc;
}

int
ctl_pictures(const struct ctl *c, int argc, char **argv)
{
	struct how how = { .days = USUAL_DAYS };
	struct sweep sweep = { 0 };
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	how.check = argc > 1 && strcmp(argv[1], "check") == 0;
	if (argc < 2 || (!how.check && strcmp(argv[1], "sweep") != 0) ||
	    !read_options(argc - 1, argv + 1, &how))
		return ctl_usage("pictures");
	rc = settings_load(&s, c->file, &e);
	if (rc != RC_OK)
		return ctl_fail(&e);
	rc = work(&s, &how, &sweep, &e);
	settings_release(&s);
	if (fflush(stdout) != 0 && rc == RC_OK)
		rc = error_errno(&e, RC_IO, "could not print the names");
	if (rc != RC_OK)
		return ctl_fail(&e);
	sum_up(&how, &sweep);
	return how.dry && sweep.found > 0 ? CTL_PENDING : CTL_OK;
}
