/*
 * R77-R83: an order whose parcels are delivered is invoiced and closed in one
 * unit, once, whoever dies where and however many do it at the same time.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/close.h"
#include "shop/invoice.h"
#include "t/random.h"
#include "t/shop.h"

#define NOW 1795624400 /* 25 November 2026 */
#define RUNNERS 4

/*** Deaths, before and after a unit ***/

static int deaths; /* in 2,000 */
static int die_at; /* the how-manieth place; 0: nowhere */
static struct random chance;

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

static void
maybe_die(void)
{
	if ((die_at > 0 && --die_at == 0) ||
	    (deaths > 0 && (int)random_below(&chance, 2000) < deaths))
		(void)raise(SIGKILL);
}

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	enum rc rc;

	maybe_die();
	rc = __real_db_unit(db, fn, ctx, e);
	maybe_die();
	return rc;
}

/*** The world ***/

static struct settings
company(const struct settings *s)
{
	static char none[] = "", shop[] = "The Hat Shop", inv[] = "INV",
		    cn[] = "CN", url[] = "https://hats.example",
		    zone[] = "GMT0BST,M3.5.0/1,M10.5.0",
		    address[] = "1 Brim Street | Leeds";
	struct settings own = *s;

	own.shop_name = shop;
	own.shop_url = url;
	own.shop_zone = zone;
	own.company_name = own.company_vat_number = own.company_registered =
	    none;
	own.company_address = address;
	own.invoice_series = inv;
	own.invoice_credit_series = cn;
	own.mail_from = own.mail_name = own.mail_reply_to = none;
	return own;
}

static void
sql(const struct settings *s, const char *fmt, int n)
{
	char text[1000];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), fmt, n, n, n);
#pragma GCC diagnostic pop
	sales_sql(s, text);
}

/* Order n, paid: two hats of 19.95 and 3.95 of delivery, all at 20 %. */
static void
an_order(const struct settings *s, int n)
{
	sql(s,
	    "INSERT INTO orders (id, uid, checkout, customer_id, state,"
	    " made_at, hold_until, next_at, paid_at, currency, goods, delivery,"
	    " tax, total, captured, delivery_option, terms, email, country,"
	    " name, line1, town) VALUES (%d, 'o%d', 'k%d', 1, 3, 1795338000,"
	    " 1, 1, 1795338100, 'GBP', 3990, 395, 731, 4385, 4385,"
	    " 'Standard delivery', 't', 'zoe@example.com', 'GB', 'Zoe', '1',"
	    " 'Leeds')",
	    n);
	sql(s,
	    "INSERT INTO order_line (order_id, n, item_id, qty, price,"
	    " tax_rate, tax, source_key, item_name) VALUES"
	    " (%d, 1, 1, 2, 1995, 2000, 665, 'A1', 'Crimson Fez')",
	    n);
	sql(s,
	    "INSERT INTO payment (id, uid, order_id, gateway, state, amount,"
	    " captured, made_at, changed_at, currency, method) VALUES (%d,"
	    " 'p%d', %d, 'stripe', 6, 4385, 4385, 1, 1, 'GBP',"
	    " 'card ending 4242')",
	    n);
}

/* Its parcel k, of which the courier says so. */
static void
a_parcel(const struct settings *s, int n, int k, int state, int carrier)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
	    "INSERT INTO parcel (uid, order_id, n, generation, state, carrier,"
	    " made_at, changed_at, next_at, carrier_at, request) VALUES"
	    " ('q%d-%d', %d, %d, 1, %d, %d, 1, 1, 1, 1795538000, x'')",
	    n, k, n, k, state, carrier);
	sales_sql(s, text);
}

static void
a_shop(struct shop *sh, const struct settings *s)
{
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	shop_hat(sh, "A1", "Crimson Fez");
}

static void
a_refund(const struct settings *s, int n, int amount, int state)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
	    "INSERT INTO refund (order_id, payment_id, state, amount, made_at,"
	    " changed_at, reference, witness) VALUES (%d, %d, %d, %d, 1,"
	    " 1795530000, 'r%d', 'staff')",
	    n, n, state, amount, amount);
	sales_sql(s, text);
}

static const char *
asked(const struct settings *s, const char *query)
{
	static char text[300];

	return sales_text(s, query, text, sizeof(text));
}

static enum close_outcome
closed(struct shop *sh, const struct settings *s, int64_t order, enum rc want)
{
	struct settings own = company(s);
	struct error e = ERROR_NONE;
	enum close_outcome out;

	is_int(order_close(&own, sh->db, order, NOW, &out, &e), want, e.text);
	return out;
}

#define STATE "SELECT CAST(state AS CHAR) FROM orders WHERE id = 1"
#define COUNT(table) "SELECT CAST(COUNT(*) AS CHAR) FROM " table

/*** Tests ***/

static void
delivered_is_invoiced_and_closed_R77_R78(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct invoice i;
	struct shop sh;
	struct buf b;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	an_order(s, 1);
	a_parcel(s, 1, 1, 4, 5);
	sales_sql(s, "UPDATE orders SET attention ="
		     " 'stripe: dispute du_1: 43.85 is gone by a lost dispute,"
		     " send nothing; parcel 1 is wet'");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_CLOSED, "closed");
	is_str(asked(s, STATE), "4", "the state says so");
	is_str(asked(s, "SELECT attention FROM orders"), "parcel 1 is wet",
	    "nothing is left to stop for a lost dispute");
	is_int(invoice_find(sh.db, "INV-2026-00001", &i, &e), RC_OK, e.text);
	is_int(i.total, 4385, "of its total");
	is_int(i.tax, 731, "and its tax");
	buf_init(&b, 1 << 20);
	is_int(invoice_bytes(sh.db, i.id, &b, &e), RC_OK, e.text);
	ok(b.len > 1000 && memcmp(b.s, "%PDF", 4) == 0, "a PDF");
	buf_release(&b);
	is_str(asked(s, COUNT("outbox")), "1", "one letter");
	is_str(asked(s, "SELECT kind FROM letter"), "invoice", "which has it");
	is_str(asked(s, "SELECT recipient FROM outbox"), "zoe@example.com",
	    "to the customer");
	is_str(asked(s, "SELECT CAST(order_id AS CHAR) FROM letter"), "1",
	    "which is of the order, should it come back");
	is_str(asked(s, COUNT("journal WHERE kind IN ('invoice', 'closed')")),
	    "2", "the journal tells both");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, "once");
	is_str(asked(s, COUNT("invoice")), "1", "one invoice");
	shop_close(&sh);
}

static void
nothing_but_delivered_closes_R73_R74_R80(const struct settings *s)
{
	static const int carriers[] = { 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12,
		14 };
	char text[100];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	an_order(s, 1);
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, "no parcel");
	a_parcel(s, 1, 1, 4, 5);
	a_parcel(s, 1, 2, 4, 3);
	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
		(void)snprintf(text, sizeof(text),
		    "UPDATE parcel SET carrier = %d WHERE n = 2", carriers[i]);
		sales_sql(s, text);
		is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, text);
	}
	sales_sql(s, "UPDATE parcel SET state = 5, carrier = 0 WHERE n = 2");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_CLOSED,
	    "the other one was cancelled");
	shop_close(&sh);
}

static void
what_is_to_be_cancelled_is_not_invoiced(const struct settings *s)
{
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	an_order(s, 1);
	a_parcel(s, 1, 1, 4, 5);
	sales_sql(s, "UPDATE orders SET ending = 'as you wished'");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, "it shall end");
	sales_sql(s, "UPDATE orders SET ending = '', state = 5");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, "it has ended");
	is_str(asked(s, COUNT("invoice")), "0", "no invoice");
	shop_close(&sh);
}

static void
refunds_have_credit_notes_R82(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct invoice i;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	an_order(s, 1);
	a_parcel(s, 1, 1, 4, 5);
	a_refund(s, 1, 1000, 3);
	a_refund(s, 1, 500, 2);
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_CLOSED, "closed");
	is_str(asked(s, COUNT("invoice")), "2", "with one credit note");
	is_int(invoice_find(sh.db, "CN-2026-00001", &i, &e), RC_OK, e.text);
	is_int(i.total, 1000, "of what was refunded");
	is_int(i.tax, 167, "and its tax");
	sales_sql(s, "UPDATE refund SET state = 3 WHERE amount = 500");
	a_refund(s, 1, 2885, 3);
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_CREDITED, "later ones too");
	is_int(closed(&sh, s, 1, RC_OK), CLOSE_NOTHING, "once");
	is_str(asked(s, "SELECT CAST(SUM(total) AS CHAR) FROM invoice"
			" WHERE refund_id <> 0"),
	    "4385", "all of it is credited");
	is_str(asked(s, "SELECT CAST(SUM(tax) AS CHAR) FROM invoice"
			" WHERE refund_id <> 0"),
	    "731", "with all its tax");
	is_str(asked(s, COUNT("outbox")), "4", "a letter each");
	shop_close(&sh);
}

static void
without_an_address_nothing_is_closed_R81(const struct settings *s)
{
	struct settings own = company(s);
	struct error e = ERROR_NONE;
	enum close_outcome out;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	own.company_address = own.company_name;
	a_shop(&sh, s);
	an_order(s, 1);
	a_parcel(s, 1, 1, 4, 5);
	is_int(
	    order_close(&own, sh.db, 1, NOW, &out, &e), RC_INVALID, "refused");
	is_str(e.text, "no invoice can be made: company.address is not set",
	    "says why");
	is_str(asked(s, STATE), "3", "it stays paid");
	error_clear(&e);
	is_int(closed(&sh, s, 77, RC_INVALID), CLOSE_NOTHING, "no such order");
	shop_close(&sh);
}

/*** At once, and with deaths ***/

static enum rc
note(void *ctx, int64_t order, struct error *e)
{
	int64_t *list = ctx;

	(void)e;
	if (list[0] < 300)
		list[++list[0]] = order;
	return RC_OK;
}

static void
only_what_can_be_closed_is_due(const struct settings *s)
{
	static const struct {
		int state, carrier, due;
	} last[] = { { 1, 5, 0 }, { 6, 5, 0 }, { 6, 0, 0 }, { 2, 1, 0 },
		{ 5, 0, 0 }, { 4, 3, 0 }, { 4, 5, 1 } };
	struct error e = ERROR_NONE;
	int64_t list[301];
	char text[200];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	an_order(s, 1);
	a_parcel(s, 1, 1, 6, 5); /* delivered all the same */
	sales_sql(s,
	    "INSERT INTO parcel (uid, order_id, n, generation, made_at,"
	    " changed_at, next_at, carrier_at, request)"
	    " VALUES ('again', 1, 1, 2, 1, 1, 1, 1, x'')");
	for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++) {
		(void)snprintf(text, sizeof(text),
		    "UPDATE parcel SET state = %d, carrier = %d"
		    " WHERE generation = 2",
		    last[i].state, last[i].carrier);
		sales_sql(s, text);
		list[0] = 0;
		is_int(close_due(sh.db, 300, note, list, &e), RC_OK, e.text);
		is_int(list[0], last[i].due, text);
		is_int(closed(&sh, s, 1, RC_OK),
		    last[i].due ? CLOSE_CLOSED : CLOSE_NOTHING, "as it says");
	}
	shop_close(&sh);
}

/* All that is due, as long as there is some; 0 when that went well. */
static int
runner(const struct settings *s)
{
	struct settings own = company(s);
	struct error e = ERROR_NONE;
	enum close_outcome out;
	int64_t list[301];
	struct db *db;
	enum rc rc = db_open(s, DB_WRITE, &db, &e);

	while (rc == RC_OK) {
		list[0] = 0;
		rc = close_due(db, 300, note, list, &e);
		if (list[0] == 0)
			break;
		for (int64_t i = 1; i <= list[0] && rc == RC_OK; i++) {
			rc = order_close(&own, db, list[i], NOW, &out, &e);
			if (rc == RC_CONFLICT) {
				rc = RC_OK;
				error_clear(&e);
			}
		}
	}
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	db_close(db);
	return rc == RC_OK ? 0 : 1;
}

static pid_t
start(const struct settings *s, unsigned seed, int at, int often)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	chance = (struct random){ seed * 7919 + 1 };
	die_at = at;
	deaths = often;
	_exit(runner(s));
}

static void
a_death_at_any_step_loses_nothing_R79(const struct settings *s)
{
	int status = 0, place = 0;
	char text[100];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	shop_close(&sh);
	do {
		place++;
		an_order(s, place);
		a_parcel(s, place, 1, 4, 5);
		a_refund(s, place, 1000, 3);
		(void)waitpid(start(s, 1, place, 0), &status, 0);
		if (WIFSIGNALED(status))
			(void)waitpid(start(s, 1, 0, 0), &(int){ 0 }, 0);
	} while (WIFSIGNALED(status) && place < 50);
	ok(place == 3, "died at each of %d places", place - 1);
	(void)snprintf(text, sizeof(text), "%d", place);
	is_str(asked(s, COUNT("orders WHERE state = 4")), text, "all closed");
	is_str(asked(s, COUNT("invoice WHERE refund_id = 0")), text,
	    "an invoice each");
	is_str(asked(s, COUNT("outbox") " WHERE letter_id IN (SELECT id FROM"
					" letter WHERE kind = 'invoice')"),
	    text, "a letter each");
}

static void
many_at_once_leave_no_gap_R82(const struct settings *s)
{
	int n = getenv("HATSHOP_LONG") != NULL ? 200 : 24, killed = 0,
	    failed = 0;
	char text[100];
	struct shop sh;
	pid_t pid;

	if (!shop_open(&sh, s))
		return;
	a_shop(&sh, s);
	shop_close(&sh);
	for (int i = 1; i <= n; i++) {
		an_order(s, i);
		a_parcel(s, i, 1, 4, 5);
	}
	for (unsigned i = 0; i < RUNNERS; i++)
		(void)start(s, i, 0, 150);
	for (unsigned more = RUNNERS; (pid = waitpid(-1, &failed, 0)) > 0;) {
		if (!WIFSIGNALED(failed) && failed == 0)
			continue;
		if (!WIFSIGNALED(failed))
			break;
		killed++;
		(void)start(s, ++more, 0, 150);
	}
	is_int(failed, 0, "each ends well or is killed and replaced");
	printf("# %d orders, %d killed\n", n, killed);
	ok(killed > 0, "some were killed");
	(void)snprintf(text, sizeof(text), "%d", n);
	is_str(asked(s, COUNT("orders WHERE state = 4")), text, "all closed");
	is_str(asked(s, COUNT("invoice")), text, "an invoice each");
	is_str(asked(s, COUNT("outbox")), text, "a letter each");
	(void)snprintf(text, sizeof(text), "INV-2026-%05d", n);
	is_str(asked(s, "SELECT MAX(number) FROM invoice"), text,
	    "numbers without a gap");
}

int
main(void)
{
	RUN_EACH(delivered_is_invoiced_and_closed_R77_R78);
	RUN_EACH(nothing_but_delivered_closes_R73_R74_R80);
	RUN_EACH(what_is_to_be_cancelled_is_not_invoiced);
	RUN_EACH(only_what_can_be_closed_is_due);
	RUN_EACH(refunds_have_credit_notes_R82);
	RUN_EACH(without_an_address_nothing_is_closed_R81);
	RUN_EACH(a_death_at_any_step_loses_nothing_R79);
	RUN_EACH(many_at_once_leave_no_gap_R82);
	return tap_done();
}
