/*
 * One order from its placing to its payment: waits, thanks, or says what can be
 * done.  All of it is read from the order and its attempts; no step lives here.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/checkout.h"
#include "shop/journal.h"

#define LOOKS 15 /* that a page takes by itself; together over a minute */

/* Which page was asked for. */
enum asked { ASKED_ORDER, ASKED_RETURN, ASKED_CANCEL };

struct state {
	struct visit *v;
	enum asked asked;
	int64_t looks;             /* the page has taken by itself so far */
	struct order o;            /* owned */
	struct payment live, last; /* id 0: none */
	bool refused;              /* somebody was faster */
};

/*** What is ***/

static enum rc
keep_last(void *ctx, const struct payment *p, struct error *e)
{
	struct state *s = ctx;

	(void)e;
	if (s->last.state != PAYMENT_CAPTURED)
		s->last = *p;
	if (!payment_over(p->state))
		s->live = *p;
	return RC_OK;
}

static enum rc
see_refusal(void *ctx, const struct journal_row *j, struct error *e)
{
	struct state *s = ctx;

	(void)e;
	s->refused |= strcmp(j->kind, "refused") == 0;
	return RC_OK;
}

static enum rc
read_state(struct state *s, struct error *e)
{
	struct visit *v = s->v;
	enum rc rc;

	order_release(&s->o);
	memset(&s->live, 0, sizeof(s->live));
	memset(&s->last, 0, sizeof(s->last));
	s->refused = false;
	rc = order_load_uid(v->db, v->tail, v->who.session.customer, &s->o, e);
	if (rc == RC_OK)
		rc = payment_list(v->db, s->o.id, keep_last, s, e);
	/* a key that was let go without a wish for the goods says no, too */
	if (rc == RC_OK && s->o.state == ORDER_CANCELLED)
		rc = journal_list(v->db, s->o.id, see_refusal, s, e);
	return rc;
}

static bool
concluded(const struct state *s)
{
	return s->o.state == ORDER_PAID || s->o.state == ORDER_CLOSED ||
	       s->o.state == ORDER_CANCELLED;
}

/* Something is under way that ends by itself. */
static bool
under_way(const struct state *s)
{
	if (concluded(s))
		return false;
	if (s->o.ending[0] != '\0')
		return true;
	if (s->live.id == 0)
		return false;
	/* at the gateway's page, or back from it: the first looks wait */
	if (s->live.state == PAYMENT_PENDING)
		return s->asked == ASKED_RETURN && s->looks < 3;
	return s->live.state != PAYMENT_CREATED;
}

/*** Parts ***/

static void
order_number(struct page *p, const struct order *o)
{
	html_open(&p->h, EL_P, CLASS("number"));
	html_text(&p->h, "Order number ");
	html_open(&p->h, EL_STRONG);
	html_textf(&p->h, "%" PRId64, o->id);
	html_close(&p->h, EL_STRONG);
	html_close(&p->h, EL_P);
}

static void
order_link(
    struct page *p, const struct order *o, const char *class, const char *text)
{
	struct url u;

	url_init(&u, "/order/");
	url_path(&u, o->uid);
	html_el(&p->h, EL_A, text, HREF(&u), CLASS(class));
	url_release(&u);
}

static void
put_sum(struct page *p, const struct order *o)
{
	struct html *h = &p->h;
	size_t i;

	html_open(h, EL_SECTION, CLASS("receipt"),
	    AT(AT_ARIA_LABEL, "What is ordered"));
	html_el(h, EL_H2, "The order");
	html_open(h, EL_DL);
	for (i = 0; i < o->n; i++) {
		html_open(h, EL_DT);
		html_textf(
		    h, "%" PRId64 " × %s", o->lines[i].qty, o->lines[i].name);
		html_close(h, EL_DT);
		html_open(h, EL_DD);
		page_money(p, o->lines[i].qty * o->lines[i].price);
		html_close(h, EL_DD);
	}
	checkout_sum(p, NULL, o->delivery_option, o->delivery);
	checkout_sum(p, "total", "Total", o->total);
	checkout_sum(p, "small", "of which VAT", o->tax);
	html_close(h, EL_DL);
	html_open(h, EL_P, CLASS("small"));
	html_textf(h, "To %s, %s, %s %s", o->to.name, o->to.line1, o->to.town,
	    o->to.postcode);
	html_close(h, EL_P);
	html_close(h, EL_SECTION);
}

/* A button with the order's uid, and one more field. */
static void
put_button(struct page *p, const struct url *action, const struct order *o,
    const char *field, const char *value, const char *text, const char *class)
{
	struct html *h = &p->h;

	html_open(
	    h, EL_FORM, CLASS("one"), ACTION(action), AT(AT_METHOD, "post"));
	page_proof(p);
	entry_hidden(p, "order", o->uid);
	if (field != NULL)
		entry_hidden(p, field, value);
	html_el(h, EL_BUTTON, text, CLASS(class), TYPE("submit"));
	html_close(h, EL_FORM);
}

static void
put_end(struct page *p, const struct order *o)
{
	struct url u;

	url_init(&u, "/checkout/end");
	page_div(p, "doors");
	put_button(p, &u, o, "then", "checkout", "End it and check out anew",
	    "button plain");
	put_button(p, &u, o, NULL, NULL, "Cancel this order", "button plain");
	html_close(&p->h, EL_DIV);
	url_release(&u);
}

/*** Paid ***/

static enum rc
put_thanks(struct state *s, struct error *e)
{
	const struct order *o = &s->o;
	struct html *h;
	struct page p;
	enum rc rc;

	rc = checkout_open(
	    s->v, &p, 200, STEP_COUNT, NULL, "Thank you. It is yours.", e);
	if (rc != RC_OK)
		return rc;
	h = &p.h;
	order_number(&p, o);
	page_div(&p, "till");
	page_div(&p, "way");
	html_open(h, EL_P, CLASS("lead"));
	page_money(&p, o->captured);
	if (s->last.method[0] != '\0')
		html_textf(h, " was paid with your %s.", s->last.method);
	else
		html_text(h, " was paid.");
	html_close(h, EL_P);
	html_el(h, EL_H2, "What happens next");
	html_open(h, EL_OL, CLASS("next"));
	html_open(h, EL_LI);
	html_text(h, "We send a confirmation to ");
	html_el(h, EL_STRONG, o->email);
	html_text(h, ".");
	html_close(h, EL_LI);
	html_el(h, EL_LI,
	    "Our hatters take the hats from the shelf and find "
	    "a box for each.");
	html_open(h, EL_LI);
	html_textf(
	    h, "Funny Deliveries fetch the parcel: %s.", o->delivery_option);
	html_close(h, EL_LI);
	html_close(h, EL_OL);
	page_div(&p, "doors");
	order_link(&p, o, "button", "Follow your order");
	page_link(&p, "/hats", NULL, "See every hat");
	html_close(h, EL_DIV);
	html_close(h, EL_DIV);
	put_sum(&p, o);
	html_close(h, EL_DIV);
	return checkout_close(&p, e);
}

/*** Ended ***/

/* Why, in words for the shopper; what the stockroom said names hat and
 * number. */
static void
put_reason(struct page *p, const struct state *s)
{
	const char *why = s->o.ending;

	html_open(&p->h, EL_P, CLASS("lead"));
	if (why[0] == '\0')
		html_text(&p->h, "It was not paid in time, so we have put the "
				 "hats back on the shelf.");
	else if (strcmp(why, ORDER_AS_WISHED) == 0)
		html_text(&p->h, "You have cancelled it.");
	else
		html_textf(&p->h, "%s: %s.",
		    s->refused ? "Somebody was faster" : "It was cancelled",
		    why);
	html_close(&p->h, EL_P);
}

static enum rc
put_ended(struct state *s, struct error *e)
{
	const struct order *o = &s->o;
	bool charged = o->captured > 0;
	struct page p;
	enum rc rc;

	rc = checkout_open(
	    s->v, &p, 200, STEP_COUNT, NULL, "This order has ended", e);
	if (rc != RC_OK)
		return rc;
	order_number(&p, o);
	put_reason(&p, s);
	if (charged)
		page_p(&p, NULL,
		    "Your payment had gone through by then. We are giving it "
		    "back; your order's page tells when.");
	else
		page_p(&p, NULL,
		    "Nothing was charged. If your bank shows an amount as "
		    "reserved, it lets go of it by itself.");
	page_p(&p, NULL, "Your basket is as you left it.");
	page_div(&p, "doors");
	page_link(&p, "/checkout", "button", "Check out again");
	page_link(&p, "/basket", NULL, "See the basket");
	order_link(&p, o, NULL, "What happened to this order");
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}

/*** Under way ***/

/* The page looks again by itself: soon, then less often. */
static void
look_again(struct state *s, const char *path)
{
	int64_t seconds = s->looks < 4 ? 2 : 5;
	struct buf b;

	if (s->looks >= LOOKS)
		return;
	buf_init(&b, LIMIT_LINE);
	buf_printf(&b, "%" PRId64 "; url=/checkout/%s/%s?looks=%" PRId64,
	    seconds, path, s->o.uid, s->looks + 1);
	reply_header(s->v->r, "Refresh", buf_str(&b));
	buf_release(&b);
}

static const char *
waiting_for(const struct state *s)
{
	if (s->o.ending[0] != '\0')
		return "Your order is being ended. If anything was reserved on "
		       "your card, it is given back first.";
	switch (s->live.state) {
	case PAYMENT_AUTHORISED:
		return "Your money is reserved, but not taken: we are asking "
		       "the stockroom to hand out your hats.";
	case PAYMENT_CAPTURING:
		return "Your hats are taken from the shelf, and the payment is "
		       "being completed.";
	case PAYMENT_VOIDING:
		return "What was reserved on your card is being given back.";
	case PAYMENT_CREATED:
	case PAYMENT_PENDING:
	case PAYMENT_AUTHORISING:
	case PAYMENT_CAPTURED:
	case PAYMENT_VOIDED:
	case PAYMENT_FAILED:
	case PAYMENT_EXPIRED:
		break;
	}
	return "We are asking the payment provider how your payment went.";
}

static enum rc
put_waiting(struct state *s, struct error *e)
{
	bool long_time = s->looks >= LOOKS;
	struct page p;
	struct url u;
	enum rc rc;

	look_again(s, s->asked == ASKED_RETURN ? "return" : "order");
	rc = checkout_open(
	    s->v, &p, 200, STEP_PAY, NULL, "One moment, please", e);
	if (rc != RC_OK)
		return rc;
	order_number(&p, &s->o);
	html_el(
	    &p.h, EL_P, waiting_for(s), CLASS("lead"), AT(AT_ROLE, "status"));
	page_p(&p, NULL,
	    long_time ? "This takes longer than it should. You need "
			"not wait: the order finishes by itself, you "
			"are charged once or not at all, and you find "
			"it in your account."
		      : "This page looks again by itself. Closing it "
			"does no harm.");
	page_div(&p, "doors");
	url_init(&u, "/checkout/return/");
	url_path(&u, s->o.uid);
	html_el(&p.h, EL_A, "Look again", HREF(&u), CLASS("button plain"));
	url_release(&u);
	if (long_time && s->o.ending[0] == '\0') {
		url_init(&u, "/checkout/end");
		put_button(&p, &u, &s->o, NULL, NULL, "Cancel this order",
		    "button plain");
		url_release(&u);
	}
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}

/*** To be paid ***/

static void
put_until(struct page *p, const struct order *o)
{
	const struct settings *s = p->v->settings;
	struct zone zone;
	struct buf b;
	enum rc rc;

	rc = zone_parse(s->shop_zone, &zone);
	buf_init(&b, LIMIT_LINE);
	if (rc == RC_OK)
		zone_put(&zone, &b, o->hold_until);
	if (b.len > 0) {
		html_open(&p->h, EL_P);
		html_textf(
		    &p->h, "The hats are held for you until %s.", buf_str(&b));
		html_close(&p->h, EL_P);
	}
	buf_release(&b);
}

/* What is known of the attempt that has brought us here. */
static const char *
told(const struct state *s)
{
	if (s->asked == ASKED_CANCEL)
		return "You have left the payment page. Nothing was charged, "
		       "and your basket is as you left it.";
	if (s->live.id != 0 && s->live.state == PAYMENT_CREATED)
		return "We could not reach the payment provider just now. "
		       "Nothing was charged; please try once more in a "
		       "moment.";
	if (s->live.id == 0 && s->last.id != 0)
		return "The last payment did not go through. Nothing was "
		       "charged.";
	return "This order is waiting to be paid. Nothing was charged so "
	       "far.";
}

static void
put_choice(struct page *p, const struct state *s)
{
	struct html *h = &p->h;
	struct url u;
	bool any;

	url_init(&u, "/checkout/pay");
	entry_open(p, &u);
	url_release(&u);
	entry_hidden(p, "order", s->o.uid);
	any = checkout_ways(p, s->last.id == 0 ? NULL : s->last.gateway);
	if (any) {
		html_open(h, EL_BUTTON, CLASS("button pay"), TYPE("submit"));
		html_text(h, "Pay ");
		page_money(p, s->o.total);
		html_close(h, EL_BUTTON);
	}
	html_close(h, EL_FORM);
}

static enum rc
put_unpaid(struct state *s, struct error *e)
{
	const struct order *o = &s->o;
	struct page p;
	enum rc rc;

	checkout_allow(s->v);
	rc = checkout_open(s->v, &p, 200, STEP_PAY, NULL,
	    s->asked == ASKED_CANCEL ? "Nothing was charged"
				     : "An order is waiting",
	    e);
	if (rc != RC_OK)
		return rc;
	order_number(&p, o);
	page_div(&p, "till");
	page_div(&p, "way");
	page_p(&p, "lead", told(s));
	put_until(&p, o);
	put_choice(&p, s);
	html_el(&p.h, EL_H2, "Or something else");
	put_end(&p, o);
	html_close(&p.h, EL_DIV);
	put_sum(&p, o);
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}

/*** The pages ***/

/* The order's own page tells what has become of it since. */
static enum rc
to_order(struct state *s)
{
	struct url u;

	url_init(&u, "/order/");
	url_path(&u, s->o.uid);
	reply_redirect(s->v->r, &u);
	url_release(&u);
	return RC_OK;
}

static enum rc
put_page(struct state *s, struct error *e)
{
	bool paid = s->o.state == ORDER_PAID || s->o.state == ORDER_CLOSED;

	if (paid && (s->o.ending[0] != '\0' || s->o.refunded > 0))
		return to_order(s);
	if (paid)
		return put_thanks(s, e);
	if (s->o.state == ORDER_CANCELLED)
		return put_ended(s, e);
	if (under_way(s))
		return put_waiting(s, e);
	return put_unpaid(s, e);
}

static enum rc
looks_so_far(struct state *s, struct error *e)
{
	enum { Q_LOOKS, Q_COUNT };
	static const struct field asked[Q_COUNT] = {
		[Q_LOOKS] = { "looks", FIELD_INT, 0, LOOKS, 0 },
	};
	const struct request *q = s->v->q;
	struct form f;
	enum rc rc;

	rc = form_read(&f, asked, Q_COUNT, buf_str(&q->query), q->query.len, e);
	if (rc == RC_OK)
		s->looks = form_int_or(&f, Q_LOOKS, 0);
	form_release(&f);
	/* the gateway may have added what we do not ask for */
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		rc = RC_OK;
	}
	return rc;
}

static enum rc
show(struct visit *v, enum asked asked, struct error *e)
{
	struct state s = { .v = v, .asked = asked };
	bool page;
	enum rc rc;

	rc = checkout_need(v, v->tail, &page, e);
	if (rc != RC_OK || page)
		return rc;
	rc = looks_so_far(&s, e);
	if (rc == RC_OK)
		rc = read_state(&s, e);
	/* what we say of the money is to be true at this moment */
	if (rc == RC_OK && !concluded(&s) &&
	    (asked != ASKED_ORDER || s.live.id != 0 || under_way(&s))) {
		rc = checkout_advance(v, s.o.id, e);
		if (rc == RC_OK)
			rc = read_state(&s, e);
	}
	if (rc == RC_OK)
		rc = put_page(&s, e);
	order_release(&s.o);
	return rc;
}

enum rc
order_show(struct visit *v, struct error *e)
{
	return show(v, ASKED_ORDER, e);
}

enum rc
order_return(struct visit *v, struct error *e)
{
	return show(v, ASKED_RETURN, e);
}

enum rc
order_cancelled(struct visit *v, struct error *e)
{
	return show(v, ASKED_CANCEL, e);
}
