/*
 * POST /checkout/place: what the review showed becomes an order, or the page
 * comes again and says what is different now.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/checkout.h"

enum {
	F_PROOF,
	F_CHECKOUT,
	F_ADDRESS,
	F_DELIVERY,
	F_TOTAL,
	F_SEEN,
	F_TERMS,
	F_GATEWAY,
	F_COUNT
};
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_CHECKOUT] = { "checkout", FIELD_TEXT, UID_SIZE - 1, UID_SIZE - 1,
	    FIELD_NEEDED },
	[F_ADDRESS] = { "address", FIELD_INT, 1, INT64_MAX, FIELD_NEEDED },
	[F_DELIVERY] = { "delivery", FIELD_TEXT, 1, TARIFF_KEY_SIZE,
	    FIELD_NEEDED },
	[F_TOTAL] = { "total", FIELD_INT, 0, LIMIT_MONEY, FIELD_NEEDED },
	[F_SEEN] = { "seen", FIELD_TEXT, HASH_SIZE - 1, HASH_SIZE - 1,
	    FIELD_NEEDED },
	[F_TERMS] = { "terms", FIELD_TEXT, 1, 16, 0 },
	[F_GATEWAY] = { "gateway", FIELD_TEXT, 1, 16, 0 },
};

#define CHANGED                                                                \
	"Something has changed since this page was made: a price, the basket " \
	"or the delivery. Nothing was ordered. Please look at it once more."

struct placing {
	struct checkout *c;
	const struct form *f;
	struct customer who; /* owned */
	char terms[HASH_SIZE];
	const char *gateway;
};

static enum rc
again(struct placing *p, int status, const char *sentence, struct error *e)
{
	struct review r = { .status = status,
		.class = "notice bad",
		.sentence = sentence,
		.gateway = p->gateway };

	return review_page(p->c, &r, e);
}

/* What is different shows the page again, which says so. */
static enum rc
changed(struct placing *p, struct error *e)
{
	const struct visit *v = p->c->v;
	int64_t was = form_int(p->f, F_TOTAL), is = checkout_total(p->c);
	struct buf b;
	enum rc rc;

	if (was == is)
		return again(p, 409, CHANGED, e);
	buf_init(&b, LIMIT_LINE);
	buf_puts(&b, CHANGED " The total was ");
	money_put(&b, page_price(v, was));
	buf_puts(&b, " and is ");
	money_put(&b, page_price(v, is));
	buf_puts(&b, " now.");
	rc = again(p, 409, buf_str(&b), e);
	buf_release(&b);
	return rc;
}

/* By the word of the page's box, and no other. */
static bool
accepted(const struct form *f)
{
	return form_error(f, F_TERMS) == FIELD_OK &&
	       strcmp(form_text(f, F_TERMS), "yes") == 0;
}

/* What the page showed is what there is.  *page: it is not, and the page that
 * says so is written. */
static enum rc
compare(struct placing *p, bool *page, struct error *e)
{
	struct review unticked = { .status = 422,
		.terms_wrong = "Please accept the terms of sale to order.",
		.gateway = p->gateway };
	struct checkout *c = p->c;
	char seen[HASH_SIZE];
	enum rc rc;

	rc = checkout_terms(c->v, p->terms, e);
	if (rc == RC_OK)
		rc = review_seen(c, &p->who, p->terms, seen, e);
	if (rc != RC_OK)
		return rc;
	*page = true;
	if (!c->fresh)
		return again(p, 409,
		    "Checking availability: nothing was ordered. Please try "
		    "again in a minute.",
		    e);
	if (strcmp(form_text(p->f, F_SEEN), seen) != 0 ||
	    form_int(p->f, F_TOTAL) != checkout_total(c))
		return changed(p, e);
	if (p->who.email[0] == '\0')
		return again(p, 409, "There is no e-mail address.", e);
	if (p->gateway == NULL)
		return again(p, 422, "Please choose how to pay.", e);
	if (!accepted(p->f))
		return review_page(c, &unticked, e);
	*page = false;
	return RC_OK;
}

/* Held by somebody between our look at the basket and the order. */
static enum rc
short_of(struct placing *p, const struct order_placed *placed, struct error *e)
{
	const struct item *it = NULL;
	char sentence[LIMIT_NAME + 200];

	for (size_t i = 0; i < p->c->cart.hats.n; i++)
		if (p->c->cart.hats.items[i].id == placed->item)
			it = &p->c->cart.hats.items[i];
	(void)snprintf(sentence, sizeof(sentence),
	    "Somebody was faster: of “%s” %lld %s left. Nothing was ordered.",
	    it == NULL ? "a hat" : it->name, (long long)placed->left,
	    placed->left == 1 ? "is" : "are");
	return again(p, 409, sentence, e);
}

static enum rc
go_to_order(struct visit *v, int64_t order, struct error *e)
{
	struct order o = { 0 };
	enum rc rc;

	rc = order_load(v->db, order, &o, e);
	if (rc == RC_OK)
		checkout_go_order(v, o.uid);
	order_release(&o);
	return rc;
}

static enum rc
order(struct placing *p, struct error *e)
{
	struct checkout *c = p->c;
	struct visit *v = c->v;
	struct order_placed placed;
	struct order_wish w = { .checkout = form_text(p->f, F_CHECKOUT),
		.customer = v->who.session.customer,
		.basket = c->basket,
		.currency = v->settings->shop_currency,
		.tax_rate = c->rate,
		.delivery = c->option->price,
		.terms = p->terms,
		.shown_total = form_int(p->f, F_TOTAL),
		.to = &c->to,
		.email = p->who.email,
		.hold_seconds = v->settings->checkout_hold_minutes * 60 };
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_LINE);
	checkout_option_text(c, &text);
	rc = buf_rc(&text);
	w.delivery_option = buf_str(&text);
	if (rc == RC_OK)
		rc = order_place(v->db, &w, v->now, &placed, e);
	buf_release(&text);
	if (rc == RC_DENIED) /* another customer's checkout */
		return RC_NOTFOUND;
	if (rc != RC_OK)
		return rc;
	switch (placed.outcome) {
	case ORDER_PLACED:
		return checkout_pay(v, placed.order, p->gateway, e);
	case ORDER_OTHER:
		return go_to_order(v, placed.order, e);
	case ORDER_CHANGED:
		return changed(p, e);
	case ORDER_SHORT:
		return short_of(p, &placed, e);
	case ORDER_EMPTY:
		checkout_go(c);
		return RC_OK;
	}
	return RC_OK;
}

static enum rc
place(struct placing *p, struct error *e)
{
	struct visit *v = p->c->v;
	bool page;
	enum rc rc;

	if (!who_proof(v, form_typed(p->f, F_PROOF)))
		return again(p, 403, CHECKOUT_LATE, e);
	rc = customer_by_id(v->db, v->who.session.customer, &p->who, e);
	if (rc == RC_OK)
		rc = compare(p, &page, e);
	if (rc == RC_OK && !page)
		rc = order(p, e);
	customer_release(&p->who);
	return rc;
}

/* The same form a second time is the same order, whatever the basket is by
 * now. */
static enum rc
placed_before(
    struct visit *v, const struct form *f, bool *page, struct error *e)
{
	int64_t order;
	enum rc rc;

	rc = order_by_checkout(v->db, form_text(f, F_CHECKOUT),
	    v->who.session.customer, &order, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	*page = true;
	if (rc == RC_OK && !who_proof(v, form_typed(f, F_PROOF)))
		return go_to_order(v, order, e);
	return rc == RC_OK
		   ? checkout_pay(v, order, form_text_or(f, F_GATEWAY, ""), e)
		   : rc;
}

static enum rc
place_read(struct visit *v, const struct form *f, struct error *e)
{
	const char *gateway = form_text_or(f, F_GATEWAY, NULL);
	struct checkout_choice chosen = { form_int(f, F_ADDRESS),
		form_text(f, F_DELIVERY) };
	struct checkout c = { 0 };
	struct placing p = { .c = &c, .f = f };
	bool page;
	enum rc rc;

	rc = checkout_need(v, NULL, &page, e);
	if (rc == RC_OK && !page)
		rc = placed_before(v, f, &page, e);
	if (rc == RC_OK && !page)
		rc = checkout_begin(v, &c, &chosen, &page, e);
	if (gateway != NULL && checkout_way_known(v->settings, gateway))
		p.gateway = gateway;
	if (rc == RC_OK && !page) {
		if (c.to.id == 0 || c.option == NULL)
			checkout_go(&c);
		else
			rc = place(&p, e);
	}
	checkout_end(&c);
	return rc;
}

enum rc
place_post(struct visit *v, struct error *e)
{
	struct form f;
	bool page;
	enum rc rc;

	rc = checkout_read(v, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page)
		rc = form_ok(&f) ? place_read(v, &f, e) : page_error(v, 400, e);
	form_release(&f);
	return rc;
}
