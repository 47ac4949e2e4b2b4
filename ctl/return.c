/* "shopctl return": what customers send back. */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "shop/returns.h"

struct task {
	const struct action *action;
	const struct settings *s;
	struct db *db;
	int64_t id, most;
	const char *why;
	bool all, json;
	char witness[40];
};

struct listing {
	struct db *db;
	json_t *all;      /* NULL: for people */
	char currency[4]; /* of the last one */
};

/* For people: an accepted one whose goods are here says so. */
static const char *
state_word(const struct goods_return *r)
{
	return r->received_at != 0 ? "received" : return_state_name(r->state);
}

static enum rc
put(void *ctx, const struct goods_return *r, struct error *e)
{
	struct listing *l = ctx;
	struct order o = { 0 };
	char made[CLOCK_ISO_SIZE];
	struct buf words;
	json_t *row;
	enum rc rc = order_load(l->db, r->order, &o, e);

	buf_init(&words, LIMIT_TEXT);
	if (rc == RC_OK)
		return_words(r, &o, &words);
	clock_iso(r->made_at, made);
	text_copy(l->currency, sizeof(l->currency), o.currency);
	if (rc == RC_OK && l->all == NULL) {
		(void)printf("%" PRId64 "\t%" PRId64 "\t%s\t%s\t%s\n", r->id,
		    r->order, made, state_word(r), buf_str(&words));
	} else if (rc == RC_OK) {
		row = out_row(l->all);
		out_number(row, "return", r->id);
		out_number(row, "order", r->order);
		out_text(row, "uid", r->uid);
		out_text(row, "state", return_state_name(r->state));
		out_text(row, "what", buf_str(&words));
		out_time(row, "made", r->made_at);
		out_time(row, "decided", r->decided_at);
		out_text(row, "by", r->witness);
		out_text(row, "why", r->why);
		out_number(row, "amount", r->amount);
		out_time(row, "received", r->received_at);
		out_time(row, "on the shelf", r->back_at);
	}
	buf_release(&words);
	order_release(&o);
	return rc;
}

static enum rc
list(struct task *t, struct error *e)
{
	struct listing l = { t->db, t->json ? json_array() : NULL, "" };
	enum rc rc =
	    (t->all ? return_all : return_open)(t->db, t->most, put, &l, e);

	if (rc == RC_OK && t->json)
		return out_print(l.all, true, "", e);
	json_decref(l.all);
	return rc;
}

static enum rc
show(struct task *t, struct error *e)
{
	struct listing l = { t->db, json_array(), "" };
	struct goods_return r;
	enum rc rc = return_load(t->db, t->id, &r, e);

	if (rc == RC_OK)
		rc = put(&l, &r, e);
	if (rc == RC_OK)
		rc = out_print(json_incref(json_array_get(l.all, 0)), t->json,
		    l.currency, e);
	json_decref(l.all);
	return rc;
}

/*** Deciding ***/

struct saying {
	struct task *t;
	enum rc (*fn)(struct db *db, const struct saying *s,
	    enum return_said *said, struct error *e);
	enum return_said said;
};

static enum rc
do_accept(struct db *db, const struct saying *s, enum return_said *said,
    struct error *e)
{
	return return_accept(db, s->t->id, s->t->witness, clock_now(), said, e);
}

static enum rc
do_refuse(struct db *db, const struct saying *s, enum return_said *said,
    struct error *e)
{
	return return_refuse(
	    db, s->t->id, s->t->witness, s->t->why, clock_now(), said, e);
}

static enum rc
do_received(struct db *db, const struct saying *s, enum return_said *said,
    struct error *e)
{
	return return_received(
	    db, s->t->id, s->t->witness, clock_now(), said, e);
}

static enum rc
say(struct db *db, void *ctx, struct error *e)
{
	struct saying *s = ctx;

	return s->fn(db, s, &s->said, e);
}

/* As far as it goes now; lifecycle goes on with what the outside does not
 * answer. */
static enum rc
bring_on(struct task *t, int64_t order, struct error *e)
{
	struct wiring *w;
	enum rc rc = wiring_open(t->s, t->db, &w, e);

	if (rc == RC_OK) {
		wiring_flow(w)->letters = &flow_letters;
		rc = order_advance(wiring_flow(w), order, e);
	}
	wiring_close(w);
	return rc;
}

static enum rc
decide(struct task *t, struct saying *s, struct error *e)
{
	struct listing l = { t->db, NULL, "" };
	struct error why = ERROR_NONE;
	struct goods_return r;
	enum rc rc;

	s->t = t;
	order_staff(t->witness, sizeof(t->witness));
	rc = db_unit(t->db, say, s, e);
	if (rc == RC_OK)
		rc = return_load(t->db, t->id, &r, e);
	if (rc == RC_OK && s->said == RETURN_NOT)
		rc = error_set(e, RC_INVALID,
		    "return %" PRId64 " is %s: that cannot be said of it",
		    t->id, return_state_name(r.state));
	if (rc != RC_OK)
		return rc;
	if (s->said == RETURN_BEFORE)
		(void)puts("that was said before");
	if (bring_on(t, r.order, &why) != RC_OK)
		(void)fprintf(stderr, "shopctl: %s\n", why.text);
	rc = return_load(t->db, t->id, &r, e);
	return rc == RC_OK ? put(&l, &r, e) : rc;
}

static enum rc
accept_it(struct task *t, struct error *e)
{
	struct saying s = { .fn = do_accept };

	return decide(t, &s, e);
}

static enum rc
refuse_it(struct task *t, struct error *e)
{
	struct saying s = { .fn = do_refuse };

	return decide(t, &s, e);
}

static enum rc
received(struct task *t, struct error *e)
{
	struct saying s = { .fn = do_received };

	return decide(t, &s, e);
}

/*** The command ***/

static const struct action {
	const char *name;
	enum rc (*fn)(struct task *t, struct error *e);
	const char *options;
	bool named;
} actions[] = {
	{ "list", list, "ajn", false },
	{ "show", show, "j", true },
	{ "accept", accept_it, "", true },
	{ "refuse", refuse_it, "w", true },
	{ "received", received, "", true },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool
read_option(struct task *t, int opt)
{
	switch (opt) {
	case 'a':
		t->all = true;
		return true;
	case 'j':
		t->json = true;
		return true;
	case 'n':
		return ctl_number(optarg, 1, INT64_MAX, &t->most);
	case 'w':
		t->why = optarg;
		return ctl_line("the reason", optarg, 200);
	default:
		return false;
	}
}

static bool
read_command(int argc, char **argv, struct task *t)
{
	static const struct option longer[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "why", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	const struct action *a = NULL;
	int opt;

	for (size_t i = 0; i < ACTIONS && argc > 1; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	t->action = a;
	if (a == NULL)
		return false;
	argc--;
	argv++;
	while ((opt = getopt_long(argc, argv, "n:", longer, NULL)) != -1)
		if (opt == '?' || strchr(a->options, opt) == NULL ||
		    !read_option(t, opt))
			return false;
	if (argc - optind != (a->named ? 1 : 0) ||
	    (a->fn == refuse_it && t->why == NULL))
		return false;
	if (a->named && !ctl_number(argv[optind], 1, INT64_MAX, &t->id))
		return false;
	return true;
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct task *t = ctx;

	t->s = s;
	t->db = db;
	return t->action->fn(t, e);
}

int
ctl_return(const struct ctl *c, int argc, char **argv)
{
	struct task t = { .most = 100 };

	if (!read_command(argc, argv, &t))
		return ctl_usage("return");
	return ctl_status(ctl_do(c, DB_WRITE, work, &t));
}
