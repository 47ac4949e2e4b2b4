#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "letter/order.h"

/* "2 \303\227 Crimson Fez (\302\24319.95 each)" */
static void
put_line(struct buf *b, const struct letter_order_line *l, const char *currency)
{
	struct money each = { .minor = l->price };

	(void)snprintf(each.currency, sizeof(each.currency), "%s", currency);
	buf_printf(b, "%" PRId64 " \303\227 ", l->qty);
	letter_put_name(b, l->name);
	if (l->qty > 1) {
		buf_puts(b, " (");
		money_put(b, each);
		buf_puts(b, " each)");
	}
}

static enum rc
put_lines(struct letter *l, const struct letter_order *o, struct error *e)
{
	struct letter_row rows[LIMIT_BASKET_LINES + 2];
	struct buf what[LIMIT_BASKET_LINES];
	enum rc rc = RC_OK;
	size_t i, n = o->n;

	if (n > LIMIT_BASKET_LINES)
		return error_set(e, RC_TOOBIG,
		    "a letter of an order has at most %d lines",
		    LIMIT_BASKET_LINES);
	for (i = 0; i < n; i++) {
		buf_init(&what[i], LIMIT_TEXT);
		put_line(&what[i], &o->lines[i], o->currency);
		if (rc == RC_OK)
			rc = buf_rc(&what[i]);
		rows[i] = (struct letter_row){ buf_str(&what[i]),
			o->lines[i].qty * o->lines[i].price, false,
			o->lines[i].picture, o->lines[i].name,
			o->lines[i].width, o->lines[i].height };
	}
	rows[n] = (struct letter_row){ .what = o->delivery_name,
		.amount = o->delivery };
	rows[n + 1] = (struct letter_row){
		.what = "Total, paid", .amount = o->total, .sum = true
	};
	letter_rows(l, o->currency, rows, n + 2);
	for (i = 0; i < n; i++)
		buf_release(&what[i]);
	return rc == RC_OK ? RC_OK
			   : error_set(e, rc, "a line of an order is too long");
}

static void
put_sums(struct letter *l, const struct letter_order *o)
{
	struct money tax = { .minor = o->tax };
	struct buf b;

	(void)snprintf(tax.currency, sizeof(tax.currency), "%s", o->currency);
	buf_init(&b, LIMIT_LINE);
	money_put(&b, tax);
	if (buf_rc(&b) != RC_OK)
		buf_fail(&l->text, buf_rc(&b));
	if (o->method[0] != '\0')
		letter_say(l, "The total has %s of tax in it. Paid by %s.",
		    buf_str(&b), o->method);
	else
		letter_say(l, "The total has %s of tax in it.", buf_str(&b));
	buf_release(&b);
}

enum rc
letter_order(const struct letter_to *to, const struct letter_order *o,
    struct buf *out, struct error *e)
{
	char subject[200];
	struct letter l;
	enum rc rc, ended;

	(void)snprintf(subject, sizeof(subject), "Your order %" PRId64 " at %s",
	    o->number, to->settings->shop_name);
	letter_begin(&l, to, subject);
	letter_say(&l,
	    "Thank you for your order. It has the number %" PRId64
	    ", is paid and will be packed.",
	    o->number);
	rc = put_lines(&l, o, e);
	put_sums(&l, o);
	letter_lines(&l, "It goes to", o->address, o->naddress);
	letter_link(&l, "See your order", o->page);
	letter_say(&l, "There you see how it goes on.");
	ended = letter_end(&l, out, rc == RC_OK ? e : NULL);
	return rc == RC_OK ? ended : rc;
}

/*** Its end ***/

static const char *
put_amount(
    struct letter *l, struct buf *b, int64_t amount, const char *currency)
{
	struct money m = { .minor = amount };

	(void)snprintf(m.currency, sizeof(m.currency), "%s", currency);
	money_put(b, m);
	if (buf_rc(b) != RC_OK)
		buf_fail(&l->text, buf_rc(b));
	return buf_str(b);
}

/* How it comes back. */
static void
say_way(struct letter *l, const char *method)
{
	if (method[0] != '\0')
		letter_say(l,
		    "It comes back the way it went: %s. Until your bank shows "
		    "it, some days may pass.",
		    method);
	else
		letter_say(l, "It comes back the way it went. Until your bank "
			      "shows it, some days may pass.");
}

static void
say_why(struct letter *l, const struct letter_ended *n)
{
	if (n->wished)
		letter_say(l,
		    "Your order %" PRId64 " is cancelled, as you wished.",
		    n->number);
	else if (n->why[0] != '\0')
		letter_say(l, "Your order %" PRId64 " is cancelled: %s.",
		    n->number, n->why);
	else
		letter_say(l,
		    "Your order %" PRId64
		    " was not paid in time, so we have cancelled it.",
		    n->number);
}

static void
say_money_back(struct letter *l, const struct letter_ended *n)
{
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	if (n->back > 0) {
		letter_say(l, "What you paid goes back to you: %s.",
		    put_amount(l, &b, n->back, n->currency));
		say_way(l, n->method);
	} else {
		letter_say(l, "What you paid has gone back to you before.");
	}
	buf_release(&b);
	letter_link(l, "See your order", n->page);
}

static void
say_nothing_charged(struct letter *l, const struct letter_ended *n)
{
	letter_say(l, "Nothing was charged.%s",
	    n->reserved ? " The money that was reserved is released; some "
			  "banks show it for a few days yet."
			: "");
	if (!n->wished)
		letter_say(l, "Your basket is as you left it. If you still "
			      "want what is in it, go on from there:");
	letter_link(l, n->wished ? "See your order" : "Back to your basket",
	    n->wished ? n->page : n->basket);
}

enum rc
letter_ended(const struct letter_to *to, const struct letter_ended *n,
    struct buf *out, struct error *e)
{
	bool unpaid = n->why[0] == '\0' && !n->paid;
	const char *shop = to->settings->shop_name;
	char subject[200];
	struct letter l;

	(void)snprintf(subject, sizeof(subject),
	    "Your order %" PRId64 " at %s %s", n->number, shop,
	    unpaid ? "was not paid" : "is cancelled");
	letter_begin(&l, to, subject);
	say_why(&l, n);
	if (n->paid)
		say_money_back(&l, n);
	else
		say_nothing_charged(&l, n);
	return letter_end(&l, out, e);
}

enum rc
letter_refund(const struct letter_to *to, const struct letter_refund *f,
    struct buf *out, struct error *e)
{
	char subject[200];
	struct letter l;
	struct buf b;
	const char *amount;
	enum rc rc;

	(void)snprintf(subject, sizeof(subject),
	    "Refund for your order %" PRId64 " at %s", f->number,
	    to->settings->shop_name);
	letter_begin(&l, to, subject);
	buf_init(&b, LIMIT_LINE);
	amount = put_amount(&l, &b, f->amount, f->currency);
	letter_say(&l,
	    "%s of your order %" PRId64 " is on its way back to you.", amount,
	    f->number);
	say_way(&l, f->method);
	letter_link(&l, "See your order", f->page);
	rc = letter_end(&l, out, e);
	buf_release(&b);
	return rc;
}

enum rc
letter_return(const struct letter_to *to, const struct letter_return *g,
    struct buf *out, struct error *e)
{
	const char *shop = to->settings->shop_name;
	char subject[200];
	struct letter l;

	(void)snprintf(subject, sizeof(subject),
	    g->refused ? "Your return of order %" PRId64 " at %s"
		       : "Receipt of your withdrawal from order %" PRId64
			 " at %s",
	    g->number, shop);
	letter_begin(&l, to, subject);
	if (g->refused) {
		letter_say(&l,
		    "We cannot take back what you wanted to return of your "
		    "order %" PRId64 ": %s.",
		    g->number, g->what);
		letter_say(&l, "The reason: %s", g->why);
	} else {
		letter_say(&l,
		    "We have received your withdrawal from the contract. This "
		    "letter is the receipt of it; please keep it.");
		letter_say(&l, "Received: %s", g->at);
		letter_say(&l, "Order: %" PRId64, g->number);
		letter_say(&l, "Ordered by: %s, %s", g->name, to->address);
		letter_say(&l, "What is returned: %s", g->what);
		letter_say(&l,
		    "Please send it back within 14 days to: %s. We see to "
		    "your refund and write to you when the money has left us.",
		    g->back_to);
		if (g->on_way)
			letter_say(&l,
			    "If the parcel is still on its way and all that "
			    "is in it is returned, you need not take it in: "
			    "it comes back to us then.");
	}
	letter_link(&l, "See your order", g->page);
	return letter_end(&l, out, e);
}
