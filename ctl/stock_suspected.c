#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/stock.h"
#include "shop/suspect.h"

static enum rc
print(void *ctx, const struct suspect_row *r, struct error *e)
{
	int64_t *n = ctx;
	char taken[CLOCK_ISO_SIZE], at[CLOCK_ISO_SIZE];

	(void)e;
	++*n;
	clock_iso(r->taken_at, taken);
	clock_iso(r->at, at);
	(void)printf(
	    "%s  %s\n"
	    "    %s  the shop took goods; before the level was %" PRId64 "\n"
	    "    %s  raised by %" PRId64 "; it is %" PRId64 " now\n"
	    "    count the hats: if there are %" PRId64
	    " fewer, lower the level by %" PRId64 "\n",
	    r->key, r->name, taken, r->taken_from, at, r->qty, r->level, r->qty,
	    r->qty);
	return RC_OK;
}

static enum rc
list(const struct settings *s, struct error *e)
{
	struct db *db = NULL;
	int64_t n = 0;
	enum rc rc;

	rc = db_open(s, DB_READ, &db, e);
	if (rc == RC_OK)
		rc = suspect_list(db, print, &n, e);
	if (rc == RC_OK && n == 0)
		(void)puts("no level is suspected to have been overwritten");
	db_close(db);
	return rc;
}

struct seen {
	const char *key;
	bool dropped;
};

static enum rc
drop(struct db *db, void *ctx, struct error *e)
{
	struct seen *s = ctx;

	return suspect_drop(db, s->key, &s->dropped, e);
}

static enum rc
drop_all(const struct settings *s, int n, char **keys, struct error *e)
{
	struct db *db = NULL;
	enum rc rc;

	rc = db_open(s, DB_WRITE, &db, e);
	for (int i = 0; i < n && rc == RC_OK; i++) {
		struct seen seen = { keys[i], false };

		rc = db_unit(db, drop, &seen, e);
		if (rc == RC_OK && !seen.dropped)
			rc = error_set(e, RC_NOTFOUND,
			    "item \"%s\" is not suspected", keys[i]);
	}
	db_close(db);
	return rc;
}

int
stock_suspected(const struct ctl *c, int argc, char **argv)
{
	static const struct option longer[] = {
		{ "done", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct error e = ERROR_NONE;
	struct settings s;
	bool done = false;
	enum rc rc;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longer, NULL)) != -1) {
		if (opt != 'd')
			return ctl_usage("stock");
		done = true;
	}
	if (done != (optind < argc))
		return ctl_usage("stock");
	rc = settings_load(&s, c->file, &e);
	if (rc != RC_OK)
		return ctl_fail(&e);
	if (done)
		rc = drop_all(&s, argc - optind, argv + optind, &e);
	else
		rc = list(&s, &e);
	if (fflush(stdout) != 0 && rc == RC_OK)
		rc = error_errno(&e, RC_IO, "could not print");
	settings_release(&s);
	return rc == RC_OK ? CTL_OK : ctl_fail(&e);
}
