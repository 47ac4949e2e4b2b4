#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cgi-bin/card.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/order_words.h"
#include "shop/refund.h"

/* What the page tells of, as it was at one moment. */
struct telling {
	const char *uid;
	int64_t customer;
	struct order o;
	bool paying; /* there is an attempt */
	struct payment payment;
	int64_t back, returning; /* of the refunds: done, on their way */
	int64_t back_at;         /* the latest */
	enum order_may_end may;
	int64_t letter; /* the confirmation's envelope; 0: there is none */
};

static enum rc
keep_payment(void *ctx, const struct payment *p, struct error *e)
{
	struct telling *t = ctx;

	(void)e;
	/* the one that was paid, else the latest */
	if (!t->paying || t->payment.state != PAYMENT_CAPTURED)
		t->payment = *p;
	t->paying = true;
	return RC_OK;
}

static enum rc
add_refund(void *ctx, const struct refund *f, struct error *e)
{
	struct telling *t = ctx;

	(void)e;
	if (f->state == REFUND_DONE) {
		t->back += f->amount;
		t->back_at = f->changed_at;
	} else if (f->state != REFUND_FAILED) {
		t->returning += f->amount;
	}
	return RC_OK;
}

static enum rc
read_all(struct db *db, void *ctx, struct error *e)
{
	struct telling *t = ctx;
	enum rc rc;

	order_release(&t->o);
	t->paying = false;
	rc = order_load_uid(db, t->uid, t->customer, &t->o, e);
	if (rc == RC_OK)
		rc = payment_list(db, t->o.id, keep_payment, t, e);
	t->back = t->returning = 0;
	if (rc == RC_OK && t->o.captured > 0)
		rc = refund_list(db, t->o.id, add_refund, t, e);
	if (rc == RC_OK)
		rc = order_cancellable(db, &t->o, &t->may, e);
	if (rc == RC_OK)
		rc = order_letter(db, &t->o, &t->letter, e);
	return rc;
}

/*** Above the order ***/

/* "card ending 4242", or what the way to pay is called. */
static const char *
way_of(const struct telling *t)
{
	return t->payment.method[0] != '\0'
		   ? t->payment.method
		   : order_words_gateway(t->payment.gateway);
}

/* What has gone back and what is on its way, the way it came. */
static void
put_back(struct page *p, const struct telling *t)
{
	const struct order *o = &t->o;
	struct html *h = &p->h;

	page_div(p, "notice");
	html_open(h, EL_P);
	if (o->ending[0] != '\0' && o->state == ORDER_PAID)
		html_text(h, "This order is being cancelled. Your money goes "
			     "back first, then the hats; it takes a minute, "
			     "and you need not wait for it. ");
	if (t->back > 0) {
		page_money_in(p, o->currency, t->back);
		html_textf(h, " went back by %s on ", way_of(t));
		orders_time(p, t->back_at);
		html_text(h, ". ");
	}
	if (t->returning > 0) {
		page_money_in(p, o->currency, t->returning);
		html_textf(h, " is on its way back by %s. ", way_of(t));
	} else if (t->back == 0) {
		page_money_in(
		    p, o->currency, o->captured - o->refunded - o->lost);
		html_textf(h, " goes back by %s. ", way_of(t));
	}
	html_text(h, "Until your bank shows it, five to ten days may pass.");
	if (t->returning > 0 || t->back == 0)
		html_text(h, " We write to you when it has left us.");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

static void
waits_for_payment(struct page *p, const struct order *o)
{
	struct html *h = &p->h;
	struct url u;

	page_div(p, "notice");
	html_open(h, EL_P);
	if (o->hold_until <= p->v->now) {
		html_text(h, "The time to pay for this order is over. It will "
			     "be closed in a moment; you are not charged.");
		html_close(h, EL_P);
		html_close(h, EL_DIV);
		return;
	}
	html_text(h, "This order is not paid yet. We keep the hats for you "
		     "until ");
	orders_time(p, o->hold_until);
	html_text(h, ".");
	html_close(h, EL_P);
	html_open(h, EL_P);
	url_init(&u, "/checkout/order/");
	url_path(&u, o->uid);
	html_el(h, EL_A, "Continue paying", HREF(&u), CLASS("button"));
	url_release(&u);
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

static void
put_notices(struct page *p, const struct telling *t)
{
	const struct order *o = &t->o;
	bool ends = o->state == ORDER_PAID && o->ending[0] != '\0',
	     back = t->back + t->returning > 0 ||
		    (ends && o->refunded + o->lost < o->captured);

	if (o->attention[0] != '\0')
		entry_say(p, "notice",
		    "Somebody of ours is looking at this order. You need not "
		    "do anything; we write to you when there is something to "
		    "tell.");
	if (back)
		put_back(p, t);
	else if (ends || (o->state <= ORDER_AUTHORISED && o->ending[0] != '\0'))
		entry_say(p, "notice",
		    "This order is being cancelled. We make sure of the money "
		    "first, so it may take a minute; you need not wait for "
		    "it.");
	else if (o->state == ORDER_PENDING)
		waits_for_payment(p, o);
	else if (o->state == ORDER_AUTHORISED)
		entry_say(p, "notice good",
		    "Thank you. Your payment is reserved, and we are taking "
		    "the hats off the shelf. You are charged when we have "
		    "them.");
}

/*** What was ordered ***/

static void
put_name(struct page *p, const struct order_line *l, const struct item *it)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_H2);
	if (it->gone) {
		html_text(h, l->name);
	} else {
		card_url(it, &u);
		html_el(h, EL_A, l->name, HREF(&u));
		url_release(&u);
	}
	html_close(h, EL_H2);
}

static enum rc
put_line(struct page *p, const struct order *o, const struct order_line *l,
    struct error *e)
{
	struct html *h = &p->h;
	struct item it;
	enum rc rc;

	rc = item_by_id(p->v->db, l->item, &it, e);
	if (rc != RC_OK)
		return rc;
	html_open(h, EL_LI, CLASS("line"));
	card_put_niche(p, &it, 160, false);
	html_open(h, EL_DIV);
	put_name(p, l, &it);
	html_open(h, EL_P, CLASS("each small"));
	html_textf(h, "%" PRId64 " × ", l->qty);
	page_money_in(p, o->currency, l->price);
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	page_div(p, "does");
	html_open(h, EL_P, CLASS("sum"));
	page_money_in(p, o->currency, l->qty * l->price);
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	html_close(h, EL_LI);
	item_release(&it);
	return RC_OK;
}

static void
put_sum(struct page *p, const struct order *o, const char *term, int64_t minor,
    const char *class)
{
	html_el(&p->h, EL_DT, term, CLASS(class));
	html_open(&p->h, EL_DD, CLASS(class));
	page_money_in(p, o->currency, minor);
	html_close(&p->h, EL_DD);
}

static void
put_receipt(struct page *p, const struct order *o)
{
	struct html *h = &p->h;
	int64_t hats = 0;
	struct buf b;

	for (size_t i = 0; i < o->n; i++)
		hats += o->lines[i].qty;
	buf_init(&b, LIMIT_LINE);
	buf_printf(&b, "%" PRId64 " %s", hats, hats == 1 ? "hat" : "hats");
	html_open(h, EL_SECTION, CLASS("receipt"));
	html_el(h, EL_H2, "The sum of it");
	html_open(h, EL_DL);
	put_sum(p, o, buf_str(&b), o->goods, NULL);
	put_sum(p, o, "Delivery", o->delivery, NULL);
	put_sum(p, o, "Total", o->total, "total");
	put_sum(p, o, "of which VAT", o->tax, NULL);
	if (o->captured > 0)
		put_sum(p, o, "Paid", o->captured, NULL);
	if (o->refunded > 0)
		put_sum(p, o, "Refunded", o->refunded, NULL);
	if (o->lost > 0)
		put_sum(p, o, "Back by a dispute", o->lost, NULL);
	html_close(h, EL_DL);
	html_close(h, EL_SECTION);
	buf_release(&b);
}

static enum rc
put_goods(struct page *p, const struct order *o, struct error *e)
{
	enum rc rc = RC_OK;

	page_div(p, "till");
	html_open(&p->h, EL_UL, CLASS("lines"));
	for (size_t i = 0; i < o->n && rc == RC_OK; i++)
		rc = put_line(p, o, &o->lines[i], e);
	html_close(&p->h, EL_UL);
	put_receipt(p, o);
	html_close(&p->h, EL_DIV);
	return rc;
}

/*** Where it goes, how it was paid ***/

static void
put_address_line(struct page *p, const char *text)
{
	if (text[0] == '\0')
		return;
	html_text(&p->h, text);
	html_open(&p->h, EL_BR);
}

static void
put_address(struct page *p, const struct address *a)
{
	const struct address_country *c = address_country(a->country);
	struct html *h = &p->h;

	html_open(h, EL_ADDRESS);
	put_address_line(p, a->name);
	put_address_line(p, a->line1);
	put_address_line(p, a->line2);
	put_address_line(p, a->town);
	put_address_line(p, a->region);
	put_address_line(p, a->postcode);
	html_text(h, c != NULL ? c->name : a->country);
	if (a->phone[0] != '\0') {
		html_open(h, EL_BR);
		html_text(h, a->phone);
	}
	html_close(h, EL_ADDRESS);
}

static void
put_payment(struct page *p, const struct telling *t)
{
	struct html *h = &p->h;

	if (!t->paying) {
		html_text(h, "none yet");
		return;
	}
	html_textf(
	    h, "%s: %s", way_of(t), order_words_payment(t->payment.state));
	if (t->o.captured > 0 && t->o.refunded >= t->o.captured)
		html_text(h, ", then refunded");
	else if (t->o.lost > 0)
		html_text(h, ", then disputed");
}

static void
put_facts(struct page *p, const struct telling *t)
{
	const struct order *o = &t->o;
	struct html *h = &p->h;

	html_el(h, EL_H2,
	    o->state == ORDER_CANCELLED ? "Where it was to go"
					: "Where it goes, and how");
	html_open(h, EL_DL, CLASS("facts"));
	html_el(h, EL_DT, "Ordered");
	html_open(h, EL_DD);
	orders_time(p, o->made_at);
	html_close(h, EL_DD);
	html_el(h, EL_DT, o->state == ORDER_CANCELLED ? "To" : "Goes to");
	html_open(h, EL_DD);
	put_address(p, &o->to);
	html_close(h, EL_DD);
	if (o->state != ORDER_CANCELLED) { /* it names a day */
		html_el(h, EL_DT, "Delivery");
		html_el(h, EL_DD, o->delivery_option);
	}
	html_el(h, EL_DT, "Payment");
	html_open(h, EL_DD);
	put_payment(p, t);
	html_close(h, EL_DD);
	html_el(h, EL_DT, "Letters go to");
	html_el(h, EL_DD, o->email);
	html_close(h, EL_DL);
}

/*** Cancelling ***/

const char *
order_may_not(enum order_may_end may)
{
	switch (may) {
	case ORDER_HAS_LEFT:
		return "This order cannot be cancelled any more: its parcel "
		       "has left us. You can send back what you do not "
		       "want: say so below. If it comes back to us, we "
		       "write to you.";
	case ORDER_IS_DISPUTED:
		return "This order cannot be cancelled now: the payment is "
		       "disputed, and what becomes of your money is decided "
		       "there.";
	case ORDER_MAY_END:
	case ORDER_ENDS_ALREADY:
		break;
	}
	return NULL;
}

static void
put_cancel(struct page *p, const struct telling *t)
{
	const struct order *o = &t->o;
	struct url u;

	if (t->may != ORDER_MAY_END)
		return;
	html_el(&p->h, EL_H2, "Changed your mind?");
	url_init(&u, "/order/cancel/");
	url_path(&u, o->uid);
	if (o->state == ORDER_PAID) {
		html_open(&p->h, EL_P);
		html_text(&p->h, "As long as the parcel is with us, this order "
				 "can be cancelled. ");
		html_text(&p->h, o->refunded + o->lost >= o->captured
				     ? "You have your money back already."
				     : "What you paid goes back to you.");
		html_close(&p->h, EL_P);
		html_open(&p->h, EL_P);
		html_el(&p->h, EL_A, "Cancel this order", HREF(&u),
		    CLASS("button plain"));
		html_close(&p->h, EL_P);
	} else {
		page_p(p, NULL,
		    "As long as you have not been charged, this order can be "
		    "cancelled. Money that is reserved for it is released.");
		entry_button(
		    p, &u, NULL, NULL, "Cancel this order", "button plain");
	}
	url_release(&u);
}

/* What can be done about hats that are here stands above the long list. */
static enum rc
put_story(struct page *p, const struct order *o, bool mine, struct error *e)
{
	enum rc rc = order_parcels_put(p, o->id, e);

	if (rc == RC_OK)
		rc = order_invoices_put(p, o->id, e);
	if (rc == RC_OK && mine)
		rc = order_put_returns(p, o, e);
	return rc == RC_OK ? order_journal_put(p, o->id, e) : rc;
}

static enum rc
put_page(struct page *p, const struct telling *t, const char *sentence,
    struct error *e)
{
	const struct order *o = &t->o;
	bool mine = o->customer == p->v->who.session.customer;
	const char *words = order_words_state(
	    o->state, o->ending[0] != '\0', o->captured, o->refunded);
	struct html *h = &p->h;
	enum rc rc = RC_OK;

	page_div(p, "wide slip order");
	html_open(h, EL_H1);
	html_textf(h, "Order No. %" PRId64, o->id);
	html_close(h, EL_H1);
	entry_say(p, "notice bad", sentence);
	if (o->ending[0] == '\0' && o->refunded < o->captured)
		rc = order_where(p->v->db, o->id, o->state, &words, e);
	if (rc != RC_OK)
		return rc;
	page_p(p, "lead", words);
	if (p->v->who.session.staff)
		rc = desk_order(p, o, e);
	if (mine)
		put_notices(p, t);
	if (rc == RC_OK)
		rc = put_goods(p, o, e);
	if (rc != RC_OK)
		return rc;
	put_facts(p, t);
	rc = put_story(p, o, mine, e);
	if (rc != RC_OK)
		return rc;
	if (mine && t->letter != 0)
		order_put_again(p, o);
	if (mine)
		put_cancel(p, t);
	html_open(h, EL_P, CLASS("back"));
	page_link(p, "/orders", NULL, "All your orders");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	return page_close(p, e);
}

enum rc
order_page(struct visit *v, const char *uid, int status, const char *sentence,
    struct error *e)
{
	struct page_head head = { .form = true };
	struct telling t = { .uid = uid,
		.customer =
		    v->who.session.staff ? 0 : v->who.session.customer };
	char title[40];
	struct page p;
	enum rc rc;

	rc = db_view(v->db, read_all, &t, e);
	if (rc == RC_OK) {
		reply_status(v->r, status);
		(void)snprintf(
		    title, sizeof(title), "Order No. %" PRId64, t.o.id);
		head.title = title;
		rc = page_open(&p, v, &head, e);
	}
	if (rc == RC_OK) {
		v->r->cache = CACHE_NONE;
		rc = put_page(&p, &t, sentence, e);
	}
	order_release(&t.o);
	return rc;
}

static enum rc
put_question(struct visit *v, const struct telling *t, struct error *e)
{
	struct page_head head = { .title = "Cancel this order?", .form = true };
	const struct order *o = &t->o;
	int64_t left = o->captured - o->refunded - o->lost;
	struct html *h;
	struct page p;
	struct url u;
	enum rc rc = page_open(&p, v, &head, e);

	if (rc != RC_OK)
		return rc;
	h = &p.h;
	v->r->cache = CACHE_NONE;
	page_div(&p, "slip order");
	html_open(h, EL_H1);
	html_textf(h, "Cancel order No. %" PRId64 "?", o->id);
	html_close(h, EL_H1);
	html_open(h, EL_P, CLASS("lead"));
	html_text(h, "All of it ends: nothing is sent, and ");
	if (left > 0) {
		page_money_in(&p, o->currency, left);
		html_textf(h, " goes back to you by %s.", way_of(t));
	} else {
		html_text(h, "you have your money back already.");
	}
	html_close(h, EL_P);
	if (left > 0)
		page_p(&p, NULL,
		    "The money leaves us at once. Until your bank shows it, "
		    "five to ten days may pass.");
	page_p(&p, NULL, "The hats go back on sale: this cannot be undone.");
	url_init(&u, "/order/cancel/");
	url_path(&u, o->uid);
	entry_button(&p, &u, "paid", "yes", "Yes, cancel this order", "button");
	url_release(&u);
	url_init(&u, "/order/");
	url_path(&u, o->uid);
	html_open(h, EL_P, CLASS("back"));
	html_el(h, EL_A, "No, keep it", HREF(&u));
	html_close(h, EL_P);
	url_release(&u);
	html_close(h, EL_DIV);
	return page_close(&p, e);
}

enum rc
order_question(struct visit *v, const char *uid, struct error *e)
{
	struct telling t = { .uid = uid, .customer = v->who.session.customer };
	enum rc rc = db_view(v->db, read_all, &t, e);
	struct url u;

	if (rc == RC_OK && order_may_not(t.may) != NULL) {
		rc = order_page(v, uid, 409, order_may_not(t.may), e);
	} else if (rc == RC_OK &&
		   (t.may != ORDER_MAY_END || t.o.state != ORDER_PAID)) {
		url_init(&u, "/order/");
		url_path(&u, uid);
		reply_redirect(v->r, &u);
		url_release(&u);
	} else if (rc == RC_OK) {
		rc = put_question(v, &t, e);
	}
	order_release(&t.o);
	return rc;
}
