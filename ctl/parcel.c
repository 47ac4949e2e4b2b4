/* "shopctl parcel": what is booked at the courier, and by hand. */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "ctl/shopctl.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "flow/wiring_courier.h"
#include "shop/journal.h"
#include "shop/parcel.h"

struct task {
	const struct action *action;
	const struct settings *s;
	struct db *db;
	const char *name; /* of an order or parcel; NULL: none */
	const char *state, *why;
	int64_t parcels, most;
	bool json, yes, pending, strange;
};

/*** list ***/

static const char *
state_words(const struct parcel *p)
{
	return parcel_state_name(p->state);
}

static enum rc
list_row(void *ctx, const struct parcel *p, struct error *e)
{
	json_t *all = ctx, *row;

	(void)e;
	row = out_row(all);
	out_number(row, "parcel", p->id);
	out_number(row, "order", p->order);
	out_number(row, "n", p->n);
	out_text(row, "state", state_words(p));
	out_text(row, "carrier", parcel_carrier_name(p->carrier));
	out_text(row, "tracking", p->tracking);
	out_time(row, "heard", p->heard_at);
	out_text(row, "alarm", p->alarm);
	return RC_OK;
}

static enum rc
print_row(void *ctx, const struct parcel *p, struct error *e)
{
	char heard[CLOCK_ISO_SIZE] = "-";

	(void)e;
	++*(int64_t *)ctx;
	if (p->heard_at != 0)
		clock_iso(p->heard_at, heard);
	(void)printf(
	    "%" PRId64 "\t%" PRId64 "-%" PRId64 "\t%s\t%s\t%s\t%s\t%s\n", p->id,
	    p->order, p->n, state_words(p), parcel_carrier_name(p->carrier),
	    p->tracking[0] != '\0' ? p->tracking : "-", heard,
	    p->alarm[0] != '\0' ? p->alarm : p->why);
	return RC_OK;
}

/* An event of no parcel of ours. */
static enum rc
strange_row(
    void *ctx, const struct parcel_event *ev, int64_t heard_at, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_number(row, "event", ev->event);
	out_time(row, "at", ev->at);
	out_text(row, "tracking", ev->tracking);
	out_text(row, "reference", ev->reference);
	out_text(row, "word", ev->word);
	out_text(row, "code", ev->code);
	out_time(row, "heard", heard_at);
	return RC_OK;
}

static enum rc
print_strange(
    void *ctx, const struct parcel_event *ev, int64_t heard_at, struct error *e)
{
	char at[CLOCK_ISO_SIZE], heard[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(ev->at, at);
	clock_iso(heard_at, heard);
	(void)printf("%" PRId64 "\t%s\t%s\t%s\t%s\t%s\n", ev->event, at,
	    ev->tracking[0] != '\0' ? ev->tracking : "-",
	    ev->reference[0] != '\0' ? ev->reference : "-", ev->word, heard);
	return RC_OK;
}

static enum rc
list_strange(struct task *t, struct error *e)
{
	json_t *all = t->json ? json_array() : NULL;
	enum rc rc = parcel_events(
	    t->db, 0, t->json ? strange_row : print_strange, all, e);

	if (rc == RC_OK && t->json)
		return out_print(all, true, "", e);
	json_decref(all);
	return rc;
}

static enum rc
list(struct task *t, struct error *e)
{
	enum parcel_state state = (enum parcel_state)0;
	json_t *all = t->json ? json_array() : NULL;
	int64_t shown = 0;
	enum rc rc;

	if (t->strange) {
		json_decref(all);
		return list_strange(t, e);
	}
	for (int i = PARCEL_WANTED; t->state != NULL && i <= PARCEL_REFUSED;
	     i++)
		if (strcmp(t->state, parcel_state_name((enum parcel_state)i)) ==
		    0)
			state = (enum parcel_state)i;
	if (t->state != NULL && state == 0)
		return error_set(
		    e, RC_INVALID, "there is no state \"%s\"", t->state);
	rc = parcel_list_all(t->db, state, 0, t->most,
	    t->json ? list_row : print_row, t->json ? (void *)all : &shown, e);
	if (rc == RC_OK && t->json)
		return out_print(all, true, "", e);
	json_decref(all);
	return rc;
}

/*** show ***/

static enum rc
show_event(
    void *ctx, const struct parcel_event *ev, int64_t heard_at, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_time(row, "at", ev->at);
	out_text(row, "word", ev->word);
	out_text(row, "code", ev->code);
	out_text(row, "detail", ev->detail);
	out_text(row, "place", ev->place);
	out_number(row, "event", ev->event);
	out_time(row, "heard", heard_at);
	return RC_OK;
}

/* By its number, key or tracking number. */
static enum rc
named(const struct task *t, struct parcel *out, struct error *e)
{
	int64_t id;

	if (num_parse(t->name, 1, INT64_MAX, &id) == RC_OK)
		return parcel_load(t->db, id, out, e);
	if (strlen(t->name) == UID_SIZE - 1)
		return parcel_find(t->db, t->name, "", out, e);
	return parcel_find(t->db, "", t->name, out, e);
}

static enum rc
show(struct task *t, struct error *e)
{
	json_t *all;
	struct parcel p;
	enum rc rc = named(t, &p, e);

	if (rc != RC_OK)
		return rc;
	all = json_object();
	out_number(all, "parcel", p.id);
	out_number(all, "order", p.order);
	out_number(all, "n", p.n);
	out_number(all, "generation", p.generation);
	out_text(all, "key", p.uid);
	out_text(all, "state", state_words(&p));
	out_text(all, "carrier", parcel_carrier_name(p.carrier));
	out_text(all, "word", p.word);
	out_time(all, "carrier at", p.carrier_at);
	out_text(all, "tracking", p.tracking);
	out_text(all, "url", p.url);
	out_time(all, "made", p.made_at);
	out_time(all, "asked", p.asked_at);
	out_number(all, "tries", p.tries);
	out_time(all, "pick-up from", p.ready_from);
	out_time(all, "pick-up until", p.close_at);
	out_number(all, "price", p.price);
	out_text(all, "currency", p.currency);
	out_time(all, "heard", p.heard_at);
	out_text(all, "why", p.why);
	out_text(all, "alarm", p.alarm);
	out_text(all, "to be cancelled", p.stop);
	rc = parcel_events(t->db, p.id, show_event, out_list(all, "events"), e);
	if (rc != RC_OK) {
		json_decref(all);
		return rc;
	}
	return out_print(all, t->json, p.currency, e);
}

/*** book and cancel ***/

/* The courier is asked now, and lifecycle goes on with what it does not answer. */
static enum rc
see_to(struct task *t, int64_t order, struct error *e)
{
	struct wired_courier courier = { .pool = NULL };
	struct wiring *w;
	enum rc rc = wiring_open(t->s, t->db, &w, e);

	if (rc == RC_OK)
		rc = wiring_courier(t->s, &courier, e);
	if (rc == RC_OK) {
		wiring_flow(w)->letters = &flow_letters;
		wiring_flow(w)->courier = wired_courier(&courier);
		rc = order_parcels(wiring_flow(w), order, e);
	}
	wiring_courier_close(&courier);
	wiring_close(w);
	return rc;
}

struct wish {
	struct task *t;
	const struct order *o;
	struct parcel p;
	int64_t made;
	bool asked;
	char witness[40];
};

static enum rc
want(struct db *db, void *ctx, struct error *e)
{
	struct wish *w = ctx;
	struct parcels all;
	int64_t now = clock_now(), n = w->t->parcels;
	char detail[60];
	enum rc rc = parcels_of(db, w->o->id, &all, e);

	if (rc == RC_OK && n == 0)
		n = all.n > 0 ? (int64_t)all.n : 1;
	if (rc == RC_OK)
		rc = parcel_want_many(db, w->o->id, n, now, &w->made, e);
	if (rc != RC_OK || w->made == 0)
		return rc;
	(void)snprintf(detail, sizeof(detail), "%" PRId64 " more", w->made);
	return journal_add(
	    db, w->o->id, "parcel wanted", w->witness, detail, NULL, now, e);
}

static enum rc
put_parcels(struct task *t, int64_t order, struct error *e)
{
	int64_t shown = 0;

	return parcel_list(t->db, order, print_row, &shown, e);
}

static enum rc
book(struct task *t, struct error *e)
{
	struct wish w = { .t = t };
	struct order o;
	enum rc rc = order_find(t->db, t->name, &o, e);

	if (rc != RC_OK)
		return rc;
	w.o = &o;
	order_staff(w.witness, sizeof(w.witness));
	if (o.state != ORDER_PAID || o.ending[0] != '\0')
		rc = error_set(e, RC_INVALID,
		    "order %" PRId64 " is %s%s: nothing of it is sent", o.id,
		    order_state_name(o.state),
		    o.ending[0] != '\0' ? " and shall end" : "");
	else if (!t->yes && o.captured > 0 && o.refunded + o.lost >= o.captured)
		rc = error_set(e, RC_INVALID,
		    "all that was paid for order %" PRId64 " is %s: with --yes "
		    "it is sent all the same",
		    o.id,
		    o.lost > 0 ? "refunded or lost to a dispute" : "refunded");
	if (rc == RC_OK)
		rc = db_unit(t->db, want, &w, e);
	if (rc == RC_OK && w.made == 0)
		(void)puts("there are as many already");
	if (rc == RC_OK)
		rc = see_to(t, o.id, e);
	if (rc == RC_OK)
		rc = put_parcels(t, o.id, e);
	order_release(&o);
	return rc;
}

static enum rc
stop(struct db *db, void *ctx, struct error *e)
{
	struct wish *w = ctx;
	int64_t now = clock_now();
	char detail[300];
	enum rc rc = parcel_stop(db, w->p.id, w->t->why, now, &w->asked, e);

	if (rc != RC_OK || !w->asked)
		return rc;
	(void)snprintf(detail, sizeof(detail), "parcel %" PRId64 ": %.200s",
	    w->p.n, w->t->why);
	return journal_add(db, w->p.order, "parcel unwanted", w->witness,
	    detail, NULL, now, e);
}

static enum rc
cancel(struct task *t, struct error *e)
{
	struct wish w = { .t = t };
	enum rc rc = named(t, &w.p, e);
	const int64_t id = w.p.id;

	order_staff(w.witness, sizeof(w.witness));
	if (rc == RC_OK && w.p.state == PARCEL_HANDED_OVER)
		return error_set(e, RC_INVALID,
		    "parcel %" PRId64 " has been collected: it cannot be "
		    "cancelled any more",
		    id);
	if (rc == RC_OK)
		rc = db_unit(t->db, stop, &w, e);
	if (rc == RC_OK)
		rc = see_to(t, w.p.order, e);
	if (rc == RC_OK)
		rc = parcel_load(t->db, id, &w.p, e);
	if (rc != RC_OK)
		return rc;
	t->pending = w.p.state != PARCEL_CANCELLED &&
		     w.p.state != PARCEL_REFUSED &&
		     w.p.state != PARCEL_HANDED_OVER;
	rc = put_parcels(t, w.p.order, e);
	if (rc == RC_OK && w.p.state == PARCEL_HANDED_OVER)
		return error_set(e, RC_INVALID,
		    "parcel %" PRId64 " has been collected: it cannot be "
		    "cancelled any more",
		    id);
	if (rc == RC_OK && t->pending)
		(void)puts("lifecycle goes on with it");
	return rc;
}

/*** The command ***/

static const struct action {
	const char *name;
	enum rc (*fn)(struct task *t, struct error *e);
	const char *options;
	bool named;
} actions[] = {
	{ "list", list, "sjnx", false },
	{ "show", show, "j", true },
	{ "book", book, "py", true },
	{ "cancel", cancel, "w", true },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool
read_option(struct task *t, int opt)
{
	switch (opt) {
	case 's':
		t->state = optarg;
		return true;
	case 'x':
		t->strange = true;
		return true;
	case 'j':
		t->json = true;
		return true;
	case 'n':
		return ctl_number(optarg, 1, INT64_MAX, &t->most);
	case 'p':
		return ctl_number(optarg, 1, PARCELS_MAX, &t->parcels);
	case 'y':
		t->yes = true;
		return true;
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
		{ "state", required_argument, NULL, 's' },
		{ "strange", no_argument, NULL, 'x' },
		{ "json", no_argument, NULL, 'j' },
		{ "parcels", required_argument, NULL, 'p' },
		{ "why", required_argument, NULL, 'w' },
		{ "yes", no_argument, NULL, 'y' },
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
	t->name = a->named && optind < argc ? argv[optind] : NULL;
	if (argc - optind != (a->named ? 1 : 0))
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
ctl_parcel(const struct ctl *c, int argc, char **argv)
{
	struct task t = { .most = 100, .why = "our staff called it off" };

	if (!read_command(argc, argv, &t))
		return ctl_usage("parcel");
	if (ctl_do(c, DB_WRITE, work, &t) != RC_OK)
		return CTL_FAILED;
	return t.pending ? CTL_PENDING : CTL_OK;
}
