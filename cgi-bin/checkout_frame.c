#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/checkout.h"

/*** Progress ***/

/* A step that is behind us leads back to it, with what was chosen. */
static bool
back_to(enum checkout_step step, const struct checkout *c, struct url *u)
{
	switch (step) {
	case STEP_ADDRESS:
		url_init(u, "/checkout");
		if (c->to.id != 0)
			url_argd(u, "address", c->to.id);
		return true;
	case STEP_DELIVERY:
		if (c->to.id == 0)
			return false;
		url_init(u, "/checkout/delivery");
		url_argd(u, "address", c->to.id);
		if (c->option != NULL)
			url_arg(u, "delivery", c->option->key);
		return true;
	case STEP_YOU:
	case STEP_REVIEW:
	case STEP_PAY:
	case STEP_COUNT:
		break;
	}
	return false;
}

static void
progress(struct page *p, enum checkout_step here, const struct checkout *c)
{
	static const char *const names[STEP_COUNT] = {
		[STEP_YOU] = "You",
		[STEP_ADDRESS] = "Address",
		[STEP_DELIVERY] = "Delivery",
		[STEP_REVIEW] = "Review",
		[STEP_PAY] = "Pay",
	};
	struct html *h = &p->h;
	struct url u;
	int i;

	html_open(h, EL_NAV, AT(AT_ARIA_LABEL, "Steps of the checkout"));
	html_open(h, EL_OL, CLASS("steps"));
	for (i = 0; i < STEP_COUNT; i++) {
		html_open(h, EL_LI, CLASS(i < (int)here ? "done" : NULL),
		    AT(AT_ARIA_CURRENT, i == (int)here ? "step" : NULL));
		if (i < (int)here && c != NULL &&
		    back_to((enum checkout_step)i, c, &u)) {
			html_el(h, EL_A, names[i], HREF(&u));
			url_release(&u);
		} else {
			html_el(h, EL_SPAN, names[i]);
		}
		if (i < (int)here)
			html_el(h, EL_SPAN, " (done)", CLASS("aside"));
		html_close(h, EL_LI);
	}
	html_close(h, EL_OL);
	html_close(h, EL_NAV);
}

enum rc
checkout_open(struct visit *v, struct page *p, int status,
    enum checkout_step step, const struct checkout *c, const char *title,
    struct error *e)
{
	struct page_head head = { .title = title, .form = true };
	enum rc rc;

	reply_status(v->r, status);
	rc = page_open(p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(p, "wide checkout");
	if (step < STEP_COUNT)
		progress(p, step, c);
	html_el(&p->h, EL_H1, title);
	return RC_OK;
}

enum rc
checkout_close(struct page *p, struct error *e)
{
	html_close(&p->h, EL_DIV);
	return page_close(p, e);
}

/*** What is bought ***/

void
checkout_sum(struct page *p, const char *class, const char *term, int64_t minor)
{
	html_el(&p->h, EL_DT, term, CLASS(class));
	html_open(&p->h, EL_DD, CLASS(class));
	page_money(p, minor);
	html_close(&p->h, EL_DD);
}

void
checkout_lines(struct page *p, const struct checkout *c)
{
	const struct cart *cart = &c->cart;
	struct html *h = &p->h;
	struct url u;
	size_t i;

	html_open(h, EL_UL, CLASS("bought"));
	for (i = 0; i < cart->hats.n; i++) {
		const struct item *it = &cart->hats.items[i];

		if (cart->lines[i].state != LINE_OK)
			continue;
		html_open(h, EL_LI);
		card_put_niche(p, it, 96, false);
		html_open(h, EL_P);
		card_url(it, &u);
		html_el(h, EL_A, it->name, HREF(&u), CLASS("name"));
		url_release(&u);
		html_open(h, EL_SPAN, CLASS("small"));
		html_textf(h, "%lld × ", (long long)cart->lines[i].qty);
		page_money(p, it->price);
		html_close(h, EL_SPAN);
		html_close(h, EL_P);
		html_open(h, EL_P, CLASS("sum"));
		page_money(p, cart->lines[i].total);
		html_close(h, EL_P);
		html_close(h, EL_LI);
	}
	html_close(h, EL_UL);
}

static void
tax_line(struct page *p, const struct checkout *c)
{
	struct html *h = &p->h;

	html_open(h, EL_DT, CLASS("small"));
	html_textf(h, "of which VAT, %lld", (long long)(c->rate / 100));
	if (c->rate % 100 != 0)
		html_textf(h, ".%02lld", (long long)(c->rate % 100));
	html_text(h, " %");
	html_close(h, EL_DT);
	html_open(h, EL_DD, CLASS("small"));
	page_money(p, checkout_tax(c));
	html_close(h, EL_DD);
}

void
checkout_sums(struct page *p, const struct checkout *c)
{
	struct html *h = &p->h;

	html_open(h, EL_DL);
	checkout_sum(p, NULL, "Hats", c->cart.sum.total);
	if (c->option != NULL) {
		html_el(h, EL_DT, c->option->name);
		html_open(h, EL_DD);
		if (c->option->price == 0)
			html_text(h, "free");
		else
			page_money(p, c->option->price);
		html_close(h, EL_DD);
	} else {
		html_el(h, EL_DT, "Delivery");
		html_el(h, EL_DD, "is chosen next");
	}
	checkout_sum(p, "total", c->option == NULL ? "So far" : "Total",
	    checkout_total(c));
	if (c->option != NULL)
		tax_line(p, c);
	html_close(h, EL_DL);
	if (c->option == NULL)
		page_p(p, "small", "Prices include VAT.");
}

void
checkout_side(struct page *p, const struct checkout *c)
{
	struct html *h = &p->h;

	html_open(h, EL_SECTION, CLASS("receipt"),
	    AT(AT_ARIA_LABEL, "What you are buying"));
	html_el(h, EL_H2, "In the basket");
	checkout_lines(p, c);
	checkout_sums(p, c);
	html_open(h, EL_P);
	page_link(p, "/basket", NULL, "Change the basket");
	html_close(h, EL_P);
	html_close(h, EL_SECTION);
}

/*** One of several ***/

void
checkout_radio(struct page *p, const struct checkout_radio *r)
{
	struct html *h = &p->h;
	char id[80];

	(void)snprintf(id, sizeof(id), "%s-%s", r->name, r->value);
	html_open(h, EL_LI, CLASS("choice"));
	html_open(h, EL_INPUT, TYPE("radio"), ID(id), NAME(r->name),
	    VALUE(r->value), FLAG(AT_REQUIRED),
	    FLAG_IF(AT_CHECKED, r->checked && !r->disabled),
	    FLAG_IF(AT_DISABLED, r->disabled));
	html_open(h, EL_LABEL, AT(AT_FOR, id));
	html_el(h, EL_STRONG, r->title);
}

void
checkout_radio_end(struct page *p)
{
	html_close(&p->h, EL_LABEL);
	html_close(&p->h, EL_LI);
}
