#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "shop/journal.h"

#define USUAL 1000 /* rows, the newest */
#define MOST 1000000

struct journal_task {
	struct journal_ask ask;
	const char *who; /* order by number or uid; NULL: all */
	bool json;
	json_t *rows; /* --json: where they go; borrowed */
};

static enum rc
put(void *ctx, const struct journal_entry *j, struct error *e)
{
	struct journal_task *t = ctx;
	char at[CLOCK_ISO_SIZE];
	json_t *row;

	(void)e;
	if (!t->json) {
		clock_iso(j->row.at, at);
		(void)printf("%s\t%" PRId64 "\t%s\t%s\t%s\n", at, j->order,
		    j->row.kind, j->row.witness, j->row.detail);
		return RC_OK;
	}
	row = out_row(t->rows);
	out_number(row, "number", j->id);
	out_time(row, "at", j->row.at);
	out_number(row, "order", j->order);
	out_text(row, "uid", j->uid);
	out_text(row, "kind", j->row.kind);
	out_text(row, "witness", j->row.witness);
	out_text(row, "detail", j->row.detail);
	return RC_OK;
}

static enum rc
tell(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct journal_task *t = ctx;
	json_t *all = NULL;
	struct order o;
	enum rc rc;

	(void)s;
	if (t->who != NULL) {
		rc = order_find(db, t->who, &o, e);
		if (rc != RC_OK)
			return rc;
		t->ask.order = o.id;
		order_release(&o);
	}
	if (t->json) {
		all = json_object();
		t->rows = out_list(all, "journal");
	}
	rc = journal_all(db, &t->ask, put, t, e);
	if (rc == RC_OK && t->json)
		return out_print(all, true, "", e);
	json_decref(all);
	return rc;
}

static bool
read_option(struct journal_task *t, int opt)
{
	switch (opt) {
	case 'j':
		t->json = true;
		return true;
	case 'k':
		t->ask.kind = optarg;
		return optarg[0] != '\0';
	case 'n':
		return ctl_number(optarg, 1, MOST, &t->ask.most);
	case 's':
		return ctl_time(optarg, &t->ask.since);
	case 'w':
		t->ask.witness = optarg;
		return optarg[0] != '\0';
	default:
		return false;
	}
}

static bool
read_command(int argc, char **argv, struct journal_task *t)
{
	static const struct option longer[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "kind", required_argument, NULL, 'k' },
		{ "since", required_argument, NULL, 's' },
		{ "witness", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "n:", longer, NULL)) != -1)
		if (!read_option(t, opt))
			return false;
	t->who = argv[optind];
	return optind + (t->who != NULL) == argc;
}

int
ctl_journal(const struct ctl *c, int argc, char **argv)
{
	struct journal_task t = {
		.ask = { .kind = "", .witness = "", .most = USUAL }
	};

	if (!read_command(argc, argv, &t))
		return ctl_usage("journal");
	return ctl_status(ctl_do(c, DB_READ, tell, &t));
}
