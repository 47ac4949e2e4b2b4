/*
 * What is in the basket and cannot be had (any more): told hat by hat, and
 * mended with one button (R19).
 */
#include "config.h"

#include "cgi-bin/checkout.h"

enum { F_PROOF, F_ADDRESS, F_DELIVERY, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_ADDRESS] = { "address", FIELD_INT, 1, INT64_MAX, 0 },
	[F_DELIVERY] = { "delivery", FIELD_TEXT, 1, TARIFF_KEY_SIZE, 0 },
};

static void
put_flaw(struct page *p, const struct item *it, enum line_state state,
    int64_t qty, int64_t left)
{
	struct html *h = &p->h;

	html_open(h, EL_LI);
	card_put_niche(p, it, 96, false);
	html_open(h, EL_P);
	html_el(h, EL_STRONG, it->name, CLASS("name"));
	html_open(h, EL_SPAN);
	switch (state) {
	case LINE_OK:
		break;
	case LINE_SHORT:
		html_textf(h, "Only %lld left; you have asked for %lld.",
		    (long long)left, (long long)qty);
		break;
	case LINE_OUT:
		html_text(h, "Sold out: 0 left.");
		break;
	case LINE_GONE:
		html_text(h, "No longer sold.");
		break;
	}
	html_close(h, EL_SPAN);
	html_close(h, EL_P);
	html_close(h, EL_LI);
}

static void
put_button(struct page *p, const struct checkout *c)
{
	struct url u;

	url_init(&u, "/checkout/mend");
	html_open(
	    &p->h, EL_FORM, CLASS("one"), ACTION(&u), AT(AT_METHOD, "post"));
	url_release(&u);
	page_proof(p);
	if (c->to.id != 0)
		html_open(&p->h, EL_INPUT, TYPE("hidden"), NAME("address"),
		    ATD(AT_VALUE, c->to.id));
	if (c->option != NULL)
		entry_hidden(p, "delivery", c->option->key);
	html_el(&p->h, EL_BUTTON, "Go on with what there is", CLASS("button"),
	    TYPE("submit"));
	html_close(&p->h, EL_FORM);
}

enum rc
mend_page(struct checkout *c, struct error *e)
{
	const struct cart *cart = &c->cart;
	struct page p;
	size_t i;
	enum rc rc;

	rc = checkout_open(
	    c->v, &p, 409, STEP_COUNT, c, "Somebody was faster", e);
	if (rc != RC_OK)
		return rc;
	page_p(&p, "lead",
	    "Not everything in your basket can be had any more. Nothing was "
	    "ordered, and the rest is still yours to buy.");
	html_open(&p.h, EL_UL, CLASS("bought flaws"));
	for (i = 0; i < cart->hats.n; i++)
		if (cart->lines[i].state != LINE_OK)
			put_flaw(&p, &cart->hats.items[i], cart->lines[i].state,
			    cart->lines[i].qty, cart->lines[i].available);
	html_close(&p.h, EL_UL);
	page_div(&p, "doors");
	put_button(&p, c);
	page_link(&p, "/basket", NULL, "Change the basket yourself");
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}

static enum rc
mend(struct checkout *c, struct error *e)
{
	const struct cart *cart = &c->cart;
	enum basket_outcome outcome;
	enum rc rc = RC_OK;
	int64_t now_qty;
	size_t i;

	for (i = 0; i < cart->hats.n && rc == RC_OK; i++) {
		if (cart->lines[i].state == LINE_OK)
			continue;
		rc = basket_set(c->v->db, c->basket, cart->hats.items[i].id,
		    cart->lines[i].state == LINE_SHORT
			? cart->lines[i].available
			: 0,
		    &outcome, &now_qty, e);
	}
	return rc;
}

enum rc
mend_post(struct visit *v, struct error *e)
{
	struct checkout_choice chosen = { 0 };
	struct checkout c = { 0 };
	struct form f;
	bool page;
	enum rc rc;

	rc = checkout_read(v, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page) {
		chosen.address = form_int_or(&f, F_ADDRESS, 0);
		chosen.delivery = form_text_or(&f, F_DELIVERY, NULL);
		rc = checkout_begin(v, &c, &chosen, &page, e);
	}
	/* it begins with the page that tells; without the proof that stays */
	if (rc == RC_OK && page && c.cart.sum.flagged > 0 &&
	    who_proof(v, form_typed(&f, F_PROOF))) {
		reply_reset(v->r);
		page = false;
		rc = mend(&c, e);
	}
	if (rc == RC_OK && !page)
		checkout_go(&c);
	checkout_end(&c);
	form_release(&f);
	return rc;
}
