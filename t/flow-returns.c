/*
 * What customers send back: whose turn it is, how long, the money once and the
 * goods once, wherever the shop dies (R73).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "t/flow-till.h"

/* Of day 14 after the delivery, where it is three hours later. */
#define END 1701291600

static char shelved[4][UID_SIZE]; /* the keys of give-backs */
static size_t nshelved;

/* One key raises the level once, by what it is of. */
static enum rc
shelve(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)e;
	is_int((int64_t)n, 1, "of one line");
	for (size_t i = 0; i < nshelved; i++)
		if (strcmp(shelved[i], back) == 0)
			return RC_OK;
	text_copy(shelved[nshelved++], UID_SIZE, back);
	the_world->level += lines[0].qty;
	return RC_OK;
}

struct sending_back {
	struct return_wish w;
	int64_t id;
	enum return_outcome outcome;
	enum return_said said;
	int what; /* 0 ask, 1 accept, 2 received, 3 refuse */
};

static enum rc
send_back(struct db *db, void *ctx, struct error *e)
{
	struct sending_back *b = ctx;
	int64_t now = the_world->now;

	switch (b->what) {
	case 0:
		return return_ask(db, &b->w, now, &b->outcome, e);
	case 1:
		return return_accept(db, b->id, "staff a", now, &b->said, e);
	case 2:
		return return_received(db, b->id, "staff a", now, &b->said, e);
	default:
		return return_refuse(
		    db, b->id, "staff a", "worn", now, &b->said, e);
	}
}

static int
asked(struct scene *c, const char *uid, int64_t qty)
{
	struct sending_back b = { .w = { c->order, 14, "XST-3", uid, &qty } };
	struct error e = ERROR_NONE;

	is_int(db_unit(c->sh.db, send_back, &b, &e), RC_OK, e.text);
	return (int)b.outcome;
}

static int
said(struct scene *c, int64_t id, int what)
{
	struct sending_back b = { .id = id, .what = what };
	struct error e = ERROR_NONE;

	is_int(db_unit(c->sh.db, send_back, &b, &e), RC_OK, e.text);
	return (int)b.said;
}

static void
is_delivered(const struct settings *s)
{
	char text[100];

	(void)snprintf(text, sizeof(text),
	    "UPDATE parcel SET state = 4, carrier = 5, carrier_at = %d",
	    (int)the_world->now);
	sales_sql(s, text);
	sales_sql(s, "UPDATE orders SET state = 4");
}

static void
what_is_sent_back_is_paid_and_shelved_once_R73(const struct settings *s)
{
	struct flow_stock stock;
	struct scene c;

	if (!open_shop(&c, s))
		return;
	stock = world_stock;
	stock.give_back = shelve;
	nshelved = 0;
	c.f.stock = &stock;
	buy(&c);
	is_int(asked(&c, "r0", 1), RETURN_CANCEL, "as long as it is with us");
	sales_sql(s, "UPDATE orders SET state = 5");
	is_int(asked(&c, "r0", 1), RETURN_NOT_NOW, "not what is cancelled");
	is_delivered(s);
	is_int(asked(&c, "r1", 0), RETURN_NOTHING, "none is none");
	is_int(asked(&c, "r1", 3), RETURN_TOO_MANY, "more than was bought");
	is_int(asked(&c, "r1", 1), RETURN_MADE, "one of two");
	is_int(asked(&c, "r1", 1), RETURN_SAME, "the form sent twice");
	is_int(asked(&c, "r2", 2), RETURN_TOO_MANY, "more than is left");
	is_int(said(&c, 1, 2), RETURN_NOT, "not received before it is taken");
	is_int(said(&c, 1, 1), RETURN_DONE, "accepted");
	is_int(said(&c, 1, 1), RETURN_BEFORE, "accepted twice");
	is_int(said(&c, 1, 3), RETURN_NOT, "not refused any more");
	a_day(&c);
	is_int(given(), PRICE, "the price of one went back");
	is_int(the_world->level, START_LEVEL - 2, "no hat is back yet");
	is_int(said(&c, 1, 2), RETURN_DONE, "received");
	is_int(said(&c, 1, 2), RETURN_BEFORE, "received twice");
	a_day(&c);
	is_int(the_world->level, START_LEVEL - 1, "one hat is on the shelf");
	is_int(asked(&c, "r3", 1), RETURN_MADE, "the other one");
	is_int(said(&c, 2, 3), RETURN_DONE, "refused");
	the_world->now = END - 1;
	is_int(asked(&c, "r4", 1), RETURN_MADE, "again, in the last second");
	the_world->now = END;
	is_int(asked(&c, "r5", 1), RETURN_OVER, "in the first one after it");
	is_int(asked(&c, "r4", 1), RETURN_SAME, "what was said stays said");
	a_day(&c);
	is_int(given(), PRICE, "nothing more went back");
	is_int((int64_t)nshelved, 1, "no more is on the shelf");
	close_scene(&c);
}

static enum rc
write_return(const struct settings *s, const struct order *o, const char *uid,
    const struct goods_return *g, struct buf *out, struct error *e)
{
	(void)s;
	(void)o;
	(void)uid;
	(void)e;
	buf_printf(out, "%s\n", g->uid);
	return buf_rc(out);
}

static int64_t
newest(const struct settings *s)
{
	char text[40];
	int64_t id = 0;

	is_int(num_parse(sales_text(s, "SELECT '' || MAX(id) FROM goods_return",
			     text, sizeof(text)),
		   1, INT64_MAX, &id),
	    RC_OK, "there is one");
	return id;
}

/* Staff say accept and received while the shop dies behind any of its units;
 * then they say so again. */
static void
what_is_sent_back_is_done_once_wherever_it_dies_R73(const struct settings *s)
{
	struct flow_stock stock;
	struct flow_letters letters;
	bool died = true;
	struct scene c;
	int64_t id;
	int at;

	for (at = 0; died && at < 40; at++) {
		if (!open_shop(&c, s))
			return;
		nshelved = 0;
		stock = world_stock;
		stock.give_back = shelve;
		c.f.stock = &stock;
		letters = *c.f.letters;
		letters.goods_return = write_return;
		c.f.letters = &letters;
		buy(&c);
		is_delivered(s);
		is_int(asked(&c, "r1", 1), RETURN_MADE, "one of two");
		id = newest(s);
		is_int(said(&c, id, 1), RETURN_DONE, "accepted");
		is_int(said(&c, id, 2), RETURN_DONE, "received");
		units_left = at;
		for (int i = 0; i < 8; i++) {
			advance(&c);
			the_world->now += 60;
		}
		died = units_left == 0;
		units_left = -1;
		is_int(said(&c, id, 1), RETURN_BEFORE, "said again");
		is_int(said(&c, id, 2), RETURN_BEFORE, "said again");
		a_day(&c);
		ok(given() == PRICE, "dead at %d: the price, once", at);
		is_int(the_world->level, START_LEVEL - 1, "one hat, once");
		are_letters(s, "return", 1, "one receipt");
		close_scene(&c);
		wipe(s);
	}
	ok(at > 4 && !died, "it died at each of %d places", at - 1);
}

int
main(void)
{
	RUN_EACH(what_is_sent_back_is_paid_and_shelved_once_R73);
	RUN_EACH(what_is_sent_back_is_done_once_wherever_it_dies_R73);
	return tap_done();
}
