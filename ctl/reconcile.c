#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/out.h"
#include "ctl/shopctl.h"
#include "flow/reconcile.h"
#include "flow/wiring.h"

/* How far back, in seconds: as far as the shortest list of a gateway. */
#define USUAL (30 * INT64_C(86400))

/* The verb's exit statuses: 1 is not "failed" here. */
enum { AGREES = 0, DIFFERS = 1, FAILED = 2 };

struct task {
	bool json;
	int64_t since, settle;
	json_t *list;
	int64_t n;
	bool failed;
};

static enum rc
put(void *ctx, const struct difference *d, struct error *e)
{
	struct task *t = ctx;
	json_t *row;

	(void)e;
	t->n++;
	if (t->list == NULL) {
		(void)printf("%s\t%" JSON_INTEGER_FORMAT "\t%s\t%s\t%s\t%s\n",
		    d->kind, (json_int_t)d->order, d->name, d->ours, d->theirs,
		    d->repair);
		return RC_OK;
	}
	row = out_row(t->list);
	out_text(row, "kind", d->kind);
	out_number(row, "order", d->order);
	out_text(row, "name", d->name);
	out_text(row, "ours", d->ours);
	out_text(row, "theirs", d->theirs);
	out_text(row, "repair", d->repair);
	return RC_OK;
}

static void
note(void *ctx, const char *text)
{
	(void)ctx;
	(void)fprintf(stderr, "shopctl: note: %s\n", text);
}

/* What cannot be asked does not keep the rest from being compared. */
static void
compare(const struct reconcile *r, struct task *t)
{
	static enum rc (*const each[])(
	    const struct reconcile *r, struct error *e) = {
		reconcile_ours,
		reconcile_claims,
		reconcile_gateways,
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct error e = ERROR_NONE;

		if (each[i](r, &e) != RC_OK) {
			(void)ctl_fail(&e);
			t->failed = true;
		}
	}
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct task *t = ctx;
	struct reconcile r = { .settings = s,
		.db = db,
		.now = clock_now(),
		.since = t->since,
		.settle = t->settle,
		.put = put,
		.note = note,
		.ctx = t };
	struct wiring *w;
	enum rc rc;

	rc = wiring_open(s, db, &w, e);
	if (rc != RC_OK)
		return rc;
	r.flow = wiring_flow(w);
	if (t->json)
		t->list = json_array();
	compare(&r, t);
	wiring_close(w);
	if (t->json)
		return out_print(t->list, true, "", e);
	(void)fprintf(stderr, "%" JSON_INTEGER_FORMAT " %s\n", (json_int_t)t->n,
	    t->n == 1 ? "difference" : "differences");
	return RC_OK;
}

static bool
read_command(int argc, char **argv, struct task *t)
{
	static const struct option longer[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "settle", required_argument, NULL, 't' },
		{ "since", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longer, NULL)) != -1) {
		if (opt == 'j')
			t->json = true;
		else if (opt == 't' && ctl_number(optarg, 0, 86400, &t->settle))
			continue;
		else if (opt != 's' || !ctl_time(optarg, &t->since))
			return false;
	}
	return optind == argc;
}

int
ctl_reconcile(const struct ctl *c, int argc, char **argv)
{
	struct task t = { .since = clock_now() - USUAL,
		.settle = RECONCILE_SETTLE };

	if (!read_command(argc, argv, &t))
		return ctl_usage("reconcile");
	if (ctl_do(c, DB_WRITE, work, &t) != RC_OK || t.failed)
		return FAILED;
	return t.n > 0 ? DIFFERS : AGREES;
}
