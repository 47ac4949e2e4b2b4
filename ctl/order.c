#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "ctl/order.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "flow/wiring_courier.h"
#include "shop/journal.h"
#include "shop/payment.h"
#include "shop/refund.h"

#define USUAL 50    /* orders of a list */
#define WHY_MAX 200 /* bytes of a reason; the customer reads it */

/*** advance and cancel ***/

struct tail {
	int64_t skip, n; /* rows that were there before */
	bool print;
};

static enum rc
see_row(void *ctx, const struct journal_row *j, struct error *e)
{
	struct tail *t = ctx;
	char at[CLOCK_ISO_SIZE];

	(void)e;
	if (t->n++ < t->skip || !t->print)
		return RC_OK;
	clock_iso(j->at, at);
	(void)printf("%s  %s, says %s%s%s\n", at, j->kind, j->witness,
	    j->detail[0] != '\0' ? ": " : "", j->detail);
	return RC_OK;
}

static enum rc
see_attempt(void *ctx, const struct payment *p, struct error *e)
{
	(void)ctx;
	(void)e;
	if (!payment_over(p->state))
		(void)printf("payment %s with %s is %s%s%s\n", p->uid,
		    p->gateway, payment_state_name(p->state),
		    p->why[0] != '\0' ? ": " : "", p->why);
	return RC_OK;
}

/* What has been told since, and what is true now. */
static enum rc
report(struct order_task *t, struct tail *told, struct error *e)
{
	int64_t id = t->o.id;
	char at[CLOCK_ISO_SIZE];
	enum rc rc;

	order_release(&t->o);
	rc = order_load(t->db, id, &t->o, e);
	*told = (struct tail){ told->n, 0, true };
	if (rc == RC_OK)
		rc = journal_list(t->db, id, see_row, told, e);
	if (rc != RC_OK)
		return rc;
	(void)printf(
	    "order %" PRId64 " is %s", id, order_state_name(t->o.state));
	if (t->o.attention[0] != '\0')
		(void)printf("; a person must look: %s", t->o.attention);
	(void)putchar('\n');
	rc = payment_list(t->db, id, see_attempt, NULL, e);
	if (rc == RC_OK && t->o.next_at < INT64_MAX) {
		clock_iso(t->o.next_at, at);
		(void)printf("it is looked at again at %s\n", at);
	}
	return rc;
}

/* The real world, letters too: what is over is over when the line returns. */
static enum rc
open_world(struct order_task *t, struct wiring **out, struct error *e)
{
	enum rc rc = wiring_open(t->s, t->db, out, e);

	if (rc == RC_OK)
		wiring_flow(*out)->letters = &flow_letters;
	return rc;
}

/* As far as it goes now, its parcels too. */
static enum rc
bring_on(struct order_task *t, struct wiring *w, struct error *e)
{
	struct wired_courier courier = { .pool = NULL };
	struct flow *f = wiring_flow(w);
	struct error away = ERROR_NONE;
	enum rc rc = order_look_refunds(f, t->o.id, &away);

	/* a gateway that is away hinders no other step */
	rc = rc == RC_OK || rc == RC_IO ? order_advance(f, t->o.id, e)
					: error_set(e, rc, "%s", away.text);
	if (rc == RC_OK)
		rc = wiring_courier(t->s, &courier, e);
	f->courier = wired_courier(&courier);
	if (rc == RC_OK && f->courier != NULL)
		rc = order_parcels(f, t->o.id, e);
	if (rc == RC_OK && f->courier != NULL)
		rc = order_advance(f, t->o.id, e);
	f->courier = NULL;
	wiring_courier_close(&courier);
	return rc;
}

static enum rc
go_on(struct order_task *t, struct error *e)
{
	struct wiring *w;
	enum rc rc;

	rc = open_world(t, &w, e);
	if (rc == RC_OK)
		rc = bring_on(t, w, e);
	wiring_close(w);
	return rc;
}

static enum rc
advance(struct order_task *t, struct error *e)
{
	struct tail told = { 0, 0, false };
	enum rc rc;

	rc = journal_list(t->db, t->o.id, see_row, &told, e);
	if (rc == RC_OK)
		rc = go_on(t, e);
	return rc == RC_OK ? report(t, &told, e) : rc;
}

void
order_staff(char *out, size_t size)
{
	const char *who = getenv("SUDO_USER");
	size_t n;

	if (who == NULL)
		who = getenv("LOGNAME");
	if (who == NULL)
		who = "";
	n = strspn(who, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789._-");
	if (n == 0 || n > 32 || who[n] != '\0')
		who = "shopctl";
	(void)snprintf(out, size, "staff %s", who);
}

static enum rc
ask_end(struct order_task *t, struct flow *f, struct error *e)
{
	char witness[40];

	if (t->o.state == ORDER_CANCELLED)
		return RC_OK;
	order_staff(witness, sizeof(witness));
	return order_cancel(f, t->o.id, t->why, witness, e);
}

enum rc
order_ask(struct order_task *t, order_asks *ask, struct error *e)
{
	struct tail told = { 0, 0, false };
	struct error why = ERROR_NONE;
	struct wiring *w;
	enum rc rc;

	rc = open_world(t, &w, e);
	if (rc != RC_OK)
		return rc;
	rc = journal_list(t->db, t->o.id, see_row, &told, e);
	if (rc == RC_OK)
		rc = ask(t, wiring_flow(w), e);
	/* it is asked for, whatever the outside says now */
	if (rc == RC_OK && bring_on(t, w, &why) != RC_OK)
		(void)fprintf(stderr, "shopctl: %s\n", why.text);
	wiring_close(w);
	return rc == RC_OK ? report(t, &told, e) : rc;
}

static enum rc
cancel(struct order_task *t, struct error *e)
{
	enum rc rc;

	if (t->o.state == ORDER_PAID && !t->yes)
		return error_set(e, RC_INVALID,
		    "order %" PRId64 " is paid: with --yes its money goes "
		    "back, then its hats",
		    t->o.id);
	rc = order_ask(t, ask_end, e);
	t->pending = t->o.state != ORDER_CANCELLED;
	if (rc == RC_OK && t->pending)
		(void)puts("lifecycle goes on with it");
	return rc;
}

static enum rc
ask_conclusion(struct order_task *t, struct flow *f, struct error *e)
{
	char witness[40];

	order_staff(witness, sizeof(witness));
	return order_conclude(f, t->o.id, t->why, witness, e);
}

static enum rc
conclude(struct order_task *t, struct error *e)
{
	enum rc rc;

	if (!t->yes)
		return error_set(e, RC_INVALID,
		    "with --yes order %" PRId64
		    " ends as unpaid, if its gateway does not know the payment",
		    t->o.id);
	rc = order_ask(t, ask_conclusion, e);
	t->pending = t->o.state != ORDER_CANCELLED;
	if (rc == RC_OK && t->pending)
		(void)puts("lifecycle goes on with it");
	return rc;
}

/*** The command ***/

enum rc
order_find(struct db *db, const char *who, struct order *o, struct error *e)
{
	struct error why = ERROR_NONE;
	int64_t id;
	enum rc rc;

	if (strlen(who) == UID_SIZE - 1)
		rc = order_load_uid(db, who, 0, o, &why);
	else if (num_parse(who, 1, INT64_MAX, &id) == RC_OK)
		rc = order_load(db, id, o, &why);
	else
		rc = RC_NOTFOUND;
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no order \"%s\"", who);
	return rc == RC_OK ? rc
			   : error_set(e, rc, "could not read order \"%s\": %s",
				 who, why.text);
}

static const struct action {
	const char *name;
	enum rc (*fn)(struct order_task *t, struct error *e);
	const char *options;            /* of those below, by their letters */
	enum { NONE, ONE, SOME } names; /* orders */
} actions[] = {
	{ "list", order_show_list, "sajn", NONE },
	{ "seen", order_looked_at, "w", ONE },
	{ "show", order_show_all, "jc", ONE },
	{ "advance", advance, "", ONE },
	{ "cancel", cancel, "wy", ONE },
	{ "conclude", conclude, "wy", ONE },
	{ "ready", order_ready, "", SOME },
	{ "refund", order_refund_verb, "mry", ONE },
	{ "waiting", order_waiting, "jn", NONE },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool
is_state(const char *s)
{
	for (int i = ORDER_PENDING; i <= ORDER_CANCELLED; i++)
		if (strcmp(s, order_state_name((enum order_state)i)) == 0)
			return true;
	(void)fprintf(stderr, "shopctl: \"%s\" is no state of an order\n", s);
	return false;
}

static bool
read_option(struct order_task *t, int opt)
{
	switch (opt) {
	case 's':
		t->state = optarg;
		return is_state(optarg);
	case 'a':
		t->attention = true;
		return true;
	case 'j':
		t->json = true;
		return true;
	case 'c':
		t->claims = true;
		return true;
	case 'm':
		t->amount = optarg;
		return true;
	case 'r':
		t->reference = optarg;
		return ctl_line("the reference of a refund", optarg,
		    REFUND_REFERENCE_SIZE - 1);
	case 'y':
		t->yes = true;
		return true;
	case 'n':
		return ctl_number(optarg, 1, INT64_MAX, &t->most);
	case 'w':
		t->why = optarg;
		return ctl_line("the reason", optarg, WHY_MAX);
	default:
		return false;
	}
}

static bool
read_command(int argc, char **argv, struct order_task *t)
{
	static const struct option longer[] = {
		{ "state", required_argument, NULL, 's' },
		{ "amount", required_argument, NULL, 'm' },
		{ "attention", no_argument, NULL, 'a' },
		{ "claims", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "reference", required_argument, NULL, 'r' },
		{ "why", required_argument, NULL, 'w' },
		{ "yes", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	t->action = NULL;
	for (size_t i = 0; i < ACTIONS && argc > 1; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			t->action = &actions[i];
	if (t->action == NULL)
		return false;
	argc--;
	argv++;
	while ((opt = getopt_long(argc, argv, "n:", longer, NULL)) != -1)
		if (opt == '?' || strchr(t->action->options, opt) == NULL ||
		    !read_option(t, opt))
			return false;
	if ((t->action->fn == cancel || t->action->fn == conclude) &&
	    t->why == NULL)
		return false;
	t->who = argv[optind];
	t->whos = argv + optind;
	t->nwhos = argc - optind;
	return t->action->names == SOME ? t->nwhos > 0
					: t->nwhos == (int)t->action->names;
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct order_task *t = ctx;
	enum rc rc = RC_OK;

	t->s = s;
	t->db = db;
	if (t->action->names == ONE)
		rc = order_find(db, t->who, &t->o, e);
	if (rc == RC_OK)
		rc = t->action->fn(t, e);
	order_release(&t->o);
	return rc;
}

int
ctl_order(const struct ctl *c, int argc, char **argv)
{
	struct order_task t = { .most = USUAL };

	if (!read_command(argc, argv, &t))
		return ctl_usage("order");
	if (ctl_do(c, DB_WRITE, work, &t) != RC_OK)
		return CTL_FAILED;
	return t.pending ? CTL_PENDING : CTL_OK;
}
