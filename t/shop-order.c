/* Orders: a basket is frozen once, holds its goods or is none; payments and
 * what comes in change once. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/inbox.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/payment.h"
#include "t/shop.h"

#define NOW 1000000

static char country[] = "GB", name[] = "Łódź O'Brien 帽子", line1[] = "1 Row",
	    empty[] = "", town[] = "Leeds", postcode[] = "LS1 4AP";
static const struct address home = { .country = country,
	.name = name,
	.line1 = line1,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = postcode,
	.phone = empty };

static struct order_wish
wish(int64_t customer, int64_t basket, const char *checkout, int64_t total)
{
	return (struct order_wish){ .checkout = checkout,
		.customer = customer,
		.basket = basket,
		.currency = "GBP",
		.tax_rate = 2000,
		.delivery = 395,
		.delivery_option = "standard",
		.terms = "abc",
		.shown_total = total,
		.to = &home,
		.email = "a@example.com",
		.hold_seconds = 1800 };
}

static void
add_customers(const struct settings *s, int n)
{
	char sql[400];

	for (int i = 1; i <= n; i++) {
		(void)snprintf(sql, sizeof(sql),
		    "INSERT INTO customer (id, uid, made_at, seen_at)"
		    " VALUES (%d, 'c%d', 1, 1)",
		    i, i);
		sales_sql(s, sql);
	}
}

static int64_t
filled(struct shop *sh, int64_t item, int64_t qty)
{
	char token[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t basket = 0, now;

	ok(basket_new(sh->db, token, &basket, &e) == RC_OK &&
		basket_add(sh->db, basket, item, qty, &outcome, &now, &e) ==
		    RC_OK,
	    "a basket: %s", e.text);
	return basket;
}

static struct order_placed
place(struct shop *sh, const struct order_wish *w)
{
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct error e = ERROR_NONE;
	enum rc rc = order_place(sh->db, w, NOW, &out, &e);

	if (rc != RC_OK)
		ok(0, "placed: %s %s", rc_name(rc), e.text);
	return out;
}

static void
tax_is_rounded_half_up_out_of_the_gross(void)
{
	is_int(order_tax(1999, 2000), 333, "19.99 at 20 %");
	is_int(order_tax(3, 2000), 1, "a half goes up");
	is_int(order_tax(100, 0), 0, "none");
	is_int(order_tax(LIMIT_MONEY * 50 * 999, 2700),
	    LIMIT_MONEY * 50 * 999 / 12700 * 2700 +
		(LIMIT_MONEY * 50 * 999 % 12700 * 2700 + 6350) / 12700,
	    "the largest there is");
}

static void
a_basket_is_frozen_once_and_holds_its_goods(const struct settings *s)
{
	struct order_placed first, again, other;
	struct error e = ERROR_NONE;
	struct order_wish w;
	int64_t basket, now;
	enum basket_outcome outcome;
	char text[200];
	struct order o;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 2);
	shop_hat(&sh, "A", "Fez", .price = 1999, .level = 5);
	shop_hat(&sh, "B", "Top hat", .price = 250, .level = 9);
	basket = filled(&sh, 1, 2);
	ok(basket_add(sh.db, basket, 2, 3, &outcome, &now, &e) == RC_OK, "b");
	w = wish(1, basket, "x1", 1);
	is_int(place(&sh, &w).outcome, ORDER_CHANGED, "another total");
	w.shown_total = 2 * 1999 + 3 * 250 + 395;
	first = place(&sh, &w);
	is_int(first.outcome, ORDER_PLACED, "placed");
	is_str(sales_text(s, "SELECT CAST(held AS CHAR) FROM item ORDER BY id",
		   text, sizeof(text)),
	    "2\n3", "held");
	shop_hat(&sh, "A", "Fez!", .price = 1, .level = 5);
	again = place(&sh, &w);
	ok(again.outcome == ORDER_PLACED && again.order == first.order,
	    "a second submit is the same order");
	w.checkout = "x2";
	other = place(&sh, &w);
	ok(other.outcome == ORDER_OTHER && other.order == first.order,
	    "another checkout finds the live order");
	is_str(sales_text(s, "SELECT CAST(held AS CHAR) FROM item ORDER BY id",
		   text, sizeof(text)),
	    "2\n3", "held as before");
	if (order_load(sh.db, first.order, &o, &e) != RC_OK) {
		ok(0, "load: %s", e.text);
		shop_close(&sh);
		return;
	}
	is_int(o.total, 5143, "total");
	is_int(o.tax, 666 + 125 + 66, "tax: by line and of the delivery");
	is_int((int64_t)o.n, 2, "lines");
	is_str(o.lines[0].name, "Fez", "the name of that time");
	is_int(o.lines[0].price, 1999, "and the price");
	is_str(o.to.name, name, "any script");
	ok(o.live && o.state == ORDER_PENDING, "live");
	is_int(o.hold_until, NOW + 1800, "held until");
	order_release(&o);
	w = wish(2, basket, "x1", 1);
	ok(order_place(sh.db, &w, NOW, &other, &e) == RC_DENIED,
	    "another's checkout");
	shop_close(&sh);
}

static void
what_there_is_too_little_of_is_named_R19(const struct settings *s)
{
	struct order_placed out;
	struct order_wish w;
	char text[200];
	struct shop sh;
	int64_t basket;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 1);
	shop_hat(&sh, "A", "Fez", .level = 5);
	basket = filled(&sh, 1, 4);
	shop_hat(&sh, "A", "Fez", .level = 3);
	w = wish(1, basket, "x", 4395);
	out = place(&sh, &w);
	ok(out.outcome == ORDER_SHORT && out.item == 1 && out.left == 3,
	    "three left");
	shop_withdraw(&sh, "A");
	out = place(&sh, &w);
	ok(out.outcome == ORDER_SHORT && out.left == 0, "withdrawn");
	w.basket = 4711;
	is_int(place(&sh, &w).outcome, ORDER_EMPTY, "an empty one");
	is_str(sales_text(s, "SELECT CAST(COUNT(*) AS CHAR) FROM orders", text,
		   sizeof(text)),
	    "0", "no order was made");
	shop_close(&sh);
}

/* A buyer in a process of its own; its exit status is the outcome. */
static pid_t
buyer(const struct settings *s, int64_t customer, int64_t basket,
    const char *checkout)
{
	struct order_wish w = wish(customer, basket, checkout, 1395);
	struct order_placed out;
	struct error e = ERROR_NONE;
	struct db *db;
	pid_t pid = fork();
	enum rc rc;

	if (pid != 0)
		return pid;
	rc = db_open(s, DB_WRITE, &db, &e);
	if (rc == RC_OK) {
		/* who loses too often begins anew, as a program does */
		do {
			error_clear(&e);
			rc = order_place(db, &w, NOW, &out, &e);
		} while (rc == RC_CONFLICT);
		db_close(db);
	}
	if (rc != RC_OK)
		printf("# %s: %s\n", rc_name(rc), e.text);
	(void)fflush(stdout);
	_exit(rc == RC_OK ? (int)out.outcome : 100 + (int)rc);
}

#define BUYERS 20

static int
outcomes(const pid_t pids[BUYERS], int outcome)
{
	int n = 0, status;

	for (int i = 0; i < BUYERS; i++) {
		waitpid(pids[i], &status, 0);
		n += WIFEXITED(status) && WEXITSTATUS(status) == outcome;
		if (!WIFEXITED(status) || WEXITSTATUS(status) >= 100)
			ok(0, "a buyer's end: %x", (unsigned)status);
	}
	return n;
}

static void
of_many_buyers_one_gets_the_last_R20(const struct settings *s)
{
	pid_t pids[BUYERS];
	int64_t baskets[BUYERS];
	char checkout[20], text[100];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, BUYERS);
	shop_hat(&sh, "A", "Fez", .level = 1);
	for (int i = 0; i < BUYERS; i++)
		baskets[i] = filled(&sh, 1, 1);
	for (int i = 0; i < BUYERS; i++) {
		(void)snprintf(checkout, sizeof(checkout), "x%d", i);
		pids[i] = buyer(s, i + 1, baskets[i], checkout);
	}
	is_int(outcomes(pids, ORDER_PLACED), 1, "one order");
	is_str(sales_text(s, "SELECT CAST(held AS CHAR) FROM item", text,
		   sizeof(text)),
	    "1", "one is held");
	is_str(sales_text(s, "SELECT CAST(COUNT(*) AS CHAR) FROM hold", text,
		   sizeof(text)),
	    "1", "by one hold");
	shop_close(&sh);
}

static void
a_customer_with_twenty_tabs_has_one_order_R49(const struct settings *s)
{
	pid_t pids[BUYERS];
	char checkout[20], text[100];
	struct shop sh;
	int64_t basket;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 1);
	shop_hat(&sh, "A", "Fez", .level = 99);
	basket = filled(&sh, 1, 1);
	for (int i = 0; i < BUYERS; i++) {
		(void)snprintf(checkout, sizeof(checkout), "x%d", i / 10);
		pids[i] = buyer(s, 1, basket, checkout);
	}
	is_int(outcomes(pids, ORDER_PLACED), 10, "the ten of one checkout");
	is_str(sales_text(s, "SELECT CAST(COUNT(*) AS CHAR) FROM orders", text,
		   sizeof(text)),
	    "1", "one order");
	is_str(sales_text(s, "SELECT CAST(held AS CHAR) FROM item", text,
		   sizeof(text)),
	    "1", "held once");
	shop_close(&sh);
}

/*** Payments ***/

struct step {
	int64_t order;
	struct payment p;
	bool did;
	enum payment_state from, to;
};

static enum rc
begin(struct db *db, void *ctx, struct error *e)
{
	struct step *st = ctx;

	return payment_begin(db, st->order, "stripe", 5000, "GBP", NOW,
	    NOW + 3600, &st->did, &st->p, e);
}

static enum rc
move(struct db *db, void *ctx, struct error *e)
{
	struct step *st = ctx;

	if (st->to == PAYMENT_CAPTURED)
		return payment_captured(
		    db, st->p.id, st->from, 5000, NOW, &st->did, e);
	return payment_move(
	    db, st->p.id, st->from, st->to, "", NOW, &st->did, e);
}

static bool
moves(struct shop *sh, struct step *st, enum payment_state from,
    enum payment_state to)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	st->from = from;
	st->to = to;
	rc = db_unit(sh->db, move, st, &e);
	if (rc != RC_OK)
		ok(0, "move: %s", e.text);
	return st->did;
}

static void
an_attempt_changes_once_and_late_news_do_not_R52(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct step st = { .order = 1 };
	struct payment p;
	char text[100];
	struct shop sh;
	struct order_wish w;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 1);
	shop_hat(&sh, "A", "Fez", .price = 4605, .level = 5);
	w = wish(1, filled(&sh, 1, 1), "x", 5000);
	st.order = place(&sh, &w).order;
	ok(db_unit(sh.db, begin, &st, &e) == RC_OK && st.did, "%s", e.text);
	p = st.p;
	ok(db_unit(sh.db, begin, &st, &e) == RC_OK && !st.did &&
		st.p.id == p.id,
	    "one live attempt");
	ok(moves(&sh, &st, PAYMENT_CREATED, PAYMENT_PENDING), "pending");
	ok(!moves(&sh, &st, PAYMENT_CREATED, PAYMENT_PENDING), "once");
	ok(moves(&sh, &st, PAYMENT_PENDING, PAYMENT_AUTHORISED), "authorised");
	ok(!moves(&sh, &st, PAYMENT_PENDING, PAYMENT_EXPIRED), "too late");
	ok(moves(&sh, &st, PAYMENT_AUTHORISED, PAYMENT_CAPTURING), "capturing");
	ok(moves(&sh, &st, PAYMENT_CAPTURING, PAYMENT_CAPTURED), "captured");
	ok(!moves(&sh, &st, PAYMENT_CAPTURING, PAYMENT_CAPTURED), "once");
	is_str(sales_text(s, "SELECT CAST(captured AS CHAR) FROM orders", text,
		   sizeof(text)),
	    "5000", "counted once at the order");
	ok(payment_live(sh.db, st.order, &p, &e) == RC_NOTFOUND, "over");
	error_clear(&e);
	ok(payment_find(sh.db, "stripe", st.p.uid, &p, &e) == RC_OK &&
		p.captured == 5000,
	    "found by its uid");
	ok(payment_find(sh.db, "stripe", "", &p, &e) == RC_NOTFOUND,
	    "no name is nobody's");
	error_clear(&e);
	ok(db_unit(sh.db, begin, &st, &e) == RC_OK && st.did, "a new one");
	shop_close(&sh);
}

struct storing {
	int64_t payment;
	const char *request;
	bool made;
	struct payment_call c;
	enum call_state state;
};

static enum rc
store(struct db *db, void *ctx, struct error *e)
{
	struct storing *st = ctx;

	return payment_call_put(db, st->payment, "create", "/v1/x", st->request,
	    strlen(st->request), NOW, &st->made, &st->c, e);
}

static enum rc
done(struct db *db, void *ctx, struct error *e)
{
	struct storing *st = ctx;

	return payment_call_done(db, &st->c, st->state, 200, "{}", 2, NOW, e);
}

static void
a_call_is_stored_before_it_leaves_and_repeated_byte_for_byte(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct storing st = { .request = "amount=1" };
	struct step first = { .order = 1 };
	struct order_wish w;
	char key[UID_SIZE];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 1);
	shop_hat(&sh, "A", "Fez", .price = 4605);
	w = wish(1, filled(&sh, 1, 1), "x", 5000);
	first.order = place(&sh, &w).order;
	ok(db_unit(sh.db, begin, &first, &e) == RC_OK, "%s", e.text);
	st.payment = first.p.id;
	ok(db_unit(sh.db, store, &st, &e) == RC_OK && st.made, "%s", e.text);
	memcpy(key, st.c.key, sizeof(key));
	payment_call_release(&st.c);
	st.request = "amount=2";
	ok(db_unit(sh.db, store, &st, &e) == RC_OK && !st.made &&
		strcmp(st.c.key, key) == 0 &&
		strcmp(buf_str(&st.c.request), "amount=1") == 0,
	    "without an answer: the stored bytes with the stored key");
	st.state = CALL_REFUSED;
	ok(db_unit(sh.db, done, &st, &e) == RC_OK, "%s", e.text);
	payment_call_release(&st.c);
	ok(db_unit(sh.db, store, &st, &e) == RC_OK && st.made &&
		st.c.generation == 2 && strcmp(st.c.key, key) != 0,
	    "an answer ends the key: the next generation has its own");
	payment_call_release(&st.c);
	shop_close(&sh);
}

/*** What comes in, what is told ***/

static enum rc
count(void *ctx, const struct inbox_event *in, struct error *e)
{
	int *n = ctx;

	(void)e;
	*n += in->n == 3 && memcmp(in->body, "a\0b", 3) == 0 ? 1 : 100;
	return RC_OK;
}

static void
an_event_is_stored_once(const struct settings *s)
{
	const struct inbox_event in = { .source = "stripe",
		.event = "evt_1",
		.headers = "t=1",
		.body = "a\0b",
		.n = 3 };
	struct error e = ERROR_NONE;
	struct shop sh;
	bool fresh;
	int n = 0;

	if (!shop_open(&sh, s))
		return;
	ok(inbox_put(sh.db, &in, NOW, &fresh, &e) == RC_OK && fresh, "%s",
	    e.text);
	ok(inbox_put(sh.db, &in, NOW, &fresh, &e) == RC_OK && !fresh, "twice");
	ok(inbox_due(sh.db, NOW, 10, count, &n, &e) == RC_OK && n == 1,
	    "its bytes as they came");
	ok(inbox_get(sh.db, 99, count, &n, &e) == RC_NOTFOUND, "no such");
	shop_close(&sh);
}

struct telling {
	int64_t order;
	int rows;
};

static enum rc
tell(struct db *db, void *ctx, struct error *e)
{
	struct telling *t = ctx;
	enum rc rc;

	rc = journal_add(db, t->order, "paid", "stripe", "", "u1 paid", NOW, e);
	if (rc == RC_OK)
		rc =
		    journal_add(db, t->order, "seen", "shop", "", NULL, NOW, e);
	return rc;
}

static enum rc
count_row(void *ctx, const struct journal_row *row, struct error *e)
{
	struct telling *t = ctx;

	(void)row;
	(void)e;
	t->rows++;
	return RC_OK;
}

static void
the_journal_tells_a_thing_once(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct telling t = { 0 };
	struct order_wish w;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	add_customers(s, 1);
	shop_hat(&sh, "A", "Fez");
	w = wish(1, filled(&sh, 1, 1), "x", 1395);
	t.order = place(&sh, &w).order;
	ok(db_unit(sh.db, tell, &t, &e) == RC_OK &&
		db_unit(sh.db, tell, &t, &e) == RC_OK,
	    "%s", e.text);
	ok(journal_list(sh.db, t.order, count_row, &t, &e) == RC_OK, "%s",
	    e.text);
	is_int(t.rows, 4, "placed, paid once, seen twice");
	shop_close(&sh);
}

/*** Who must look ***/

struct calling {
	const char *text; /* NULL: a person has seen it */
	int64_t deadline;
	bool over, was;
};

static enum rc
call(struct db *db, void *ctx, struct error *e)
{
	struct calling *c = ctx;

	if (c->text == NULL)
		return order_seen(
		    db, 1, "staff eve", "paid by hand", &c->was, e);
	if (c->over)
		return order_attended(db, 1, c->text, e);
	return order_urgent(db, 1, c->text, c->deadline, e);
}

static bool
called(struct shop *sh, struct calling c)
{
	struct error e = ERROR_NONE;

	ok(db_unit(sh->db, call, &c, &e) == RC_OK, "unit: %s", e.text);
	return c.was;
}

#define CALL(...) (void)called(&sh, (struct calling){ __VA_ARGS__ })

static void
reasons_are(
    struct shop *sh, const char *text, int64_t deadline, const char *what)
{
	struct error e = ERROR_NONE;
	struct order o;

	if (order_load(sh->db, 1, &o, &e) != RC_OK) {
		ok(0, "load: %s", e.text);
		return;
	}
	is_str(o.attention, text, what);
	is_int(o.deadline, deadline, what);
	ok((o.attention_at > 0) == (text[0] != '\0'), "%s", what);
	order_release(&o);
}

static bool
an_order(struct shop *sh, const struct settings *s)
{
	struct order_wish w;

	if (!shop_open(sh, s))
		return false;
	add_customers(s, 1);
	shop_hat(sh, "A", "Fez", .level = 5);
	w = wish(1, filled(sh, 1, 1), "x1", 1395);
	return ok(place(sh, &w).order == 1, "an order");
}

static void
a_person_is_called_for_each_reason_R53(const struct settings *s)
{
	struct shop sh;
	char text[600];

	if (!an_order(&sh, s))
		return;
	CALL("the parcel is lost");
	CALL("a letter; it came\nback");
	CALL("the parcel is lost");
	reasons_are(&sh, "the parcel is lost; a letter, it came back", 0,
	    "R53: the oldest first, each once");
	CALL("dispute du_1: answer it", 2000);
	reasons_are(&sh,
	    "dispute du_1: answer it; the parcel is lost; a letter, it came "
	    "back",
	    2000, "R53: what has a deadline stands first");
	CALL("warning iss_2", 3000);
	CALL("du_1", .over = true);
	reasons_are(&sh,
	    "the parcel is lost; a letter, it came back; warning iss_2", 0,
	    "R53: one that is over leaves the others");
	CALL("a letter; it came\nback", .over = true);
	CALL("nothing of this", .over = true);
	reasons_are(
	    &sh, "the parcel is lost; warning iss_2", 0, "by its words");
	ok(called(&sh, (struct calling){ NULL }), "a person has looked");
	reasons_are(&sh, "", 0, "nothing is left");
	is_str(sales_text(s,
		   "SELECT witness || ': ' || detail FROM journal"
		   " WHERE kind = 'seen'",
		   text, sizeof(text)),
	    "staff eve: paid by hand: the parcel is lost; warning iss_2",
	    "and the journal keeps what was seen");
	ok(!called(&sh, (struct calling){ NULL }), "there is nothing to see");
	shop_close(&sh);
}

static void
reasons_without_room_are_in_the_journal(const struct settings *s)
{
	char first[451], second[101], whole[600], text[600];
	struct shop sh;

	if (!an_order(&sh, s))
		return;
	memset(first, 'a', sizeof(first) - 1);
	memset(second, 'b', sizeof(second) - 1);
	first[sizeof(first) - 1] = second[sizeof(second) - 1] = '\0';
	CALL(first);
	CALL(second);
	CALL(second);
	(void)snprintf(
	    whole, sizeof(whole), "%s; and more: see the journal", first);
	reasons_are(&sh, whole, 0, "the oldest stay whole");
	is_str(sales_text(s, "SELECT detail FROM journal WHERE kind = 'look'",
		   text, sizeof(text)),
	    second, "the other is in the journal, once");
	CALL(second, 2000);
	(void)snprintf(
	    whole, sizeof(whole), "%s; and more: see the journal", second);
	reasons_are(
	    &sh, whole, 2000, "what has a deadline pushes others there");
	CALL("bbb", .over = true);
	reasons_are(&sh, "and more: see the journal", 0, "that stays said");
	ok(called(&sh, (struct calling){ NULL }), "until a person has looked");
	reasons_are(&sh, "", 0, "nothing is left");
	shop_close(&sh);
}

int
main(void)
{
	RUN(tax_is_rounded_half_up_out_of_the_gross);
	RUN_EACH(a_basket_is_frozen_once_and_holds_its_goods);
	RUN_EACH(what_there_is_too_little_of_is_named_R19);
	RUN_EACH(of_many_buyers_one_gets_the_last_R20);
	RUN_EACH(a_customer_with_twenty_tabs_has_one_order_R49);
	RUN_EACH(an_attempt_changes_once_and_late_news_do_not_R52);
	RUN_EACH(a_call_is_stored_before_it_leaves_and_repeated_byte_for_byte);
	RUN_EACH(an_event_is_stored_once);
	RUN_EACH(the_journal_tells_a_thing_once);
	RUN_EACH(a_person_is_called_for_each_reason_R53);
	RUN_EACH(reasons_without_room_are_in_the_journal);
	return tap_done();
}
