#include "config.h"

#include "cgi-bin/card.h"
#include "cgi-bin/hats.h"

/* Others of its kind below it: one row of four. */
#define NEIGHBOURS 4

#define SCHEMA "https://schema.org"

static void
crumb(struct page *p, const struct url *u, const char *text)
{
	html_open(&p->h, EL_LI);
	html_el(&p->h, EL_A, text, HREF(u));
	html_close(&p->h, EL_LI);
}

static void
category_url(const struct item *it, struct url *u)
{
	url_init(u, "/category/");
	url_path(u, it->category_slug);
}

static void
crumbs(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_NAV, AT(AT_ARIA_LABEL, "Where you are"));
	html_open(h, EL_UL, CLASS("crumbs"));
	url_init(&u, "/hats");
	crumb(p, &u, "All hats");
	url_release(&u);
	if (it->category_slug != NULL) {
		category_url(it, &u);
		crumb(p, &u, it->category_name);
		url_release(&u);
	}
	html_close(h, EL_UL);
	html_close(h, EL_NAV);
}

/* What machines read about the offer: from the same item as the button. */
static void
offer_facts(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	struct money m = page_price(p->v, it->price);
	struct buf b;
	struct url u;

	buf_init(&b, LIMIT_LINE);
	money_put_decimal(&b, m);
	if (buf_rc(&b) != RC_OK)
		buf_fail(h->b, buf_rc(&b));
	html_open(
	    h, EL_META, AT(AT_ITEMPROP, "price"), AT(AT_CONTENT, buf_str(&b)));
	buf_release(&b);
	html_open(h, EL_META, AT(AT_ITEMPROP, "priceCurrency"),
	    AT(AT_CONTENT, m.currency));
	url_init_at(&u, SCHEMA, "/");
	switch (card_stock(p, it)) {
	case STOCK_IN:
		url_path(&u, "InStock");
		break;
	case STOCK_LOW:
		url_path(&u, "LimitedAvailability");
		break;
	case STOCK_OUT:
	case STOCK_WAIT: /* not offered, so not said to be there */
		url_path(&u, it->gone ? "Discontinued" : "OutOfStock");
		break;
	}
	html_open(h, EL_LINK, AT(AT_ITEMPROP, "availability"), HREF(&u));
	url_release(&u);
	url_init_at(&u, p->v->settings->shop_url, "/hat/");
	url_path(&u, it->slug);
	html_open(h, EL_LINK, AT(AT_ITEMPROP, "url"), HREF(&u));
	url_release(&u);
}

static void
buy_form(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	int64_t most = item_available(it);
	struct url u;

	url_init(&u, "/basket/add");
	html_open(h, EL_FORM, ACTION(&u), AT(AT_METHOD, "post"));
	url_release(&u);
	page_proof(p);
	html_open(
	    h, EL_INPUT, TYPE("hidden"), NAME("item"), ATD(AT_VALUE, it->id));
	html_open(h, EL_DIV);
	html_el(h, EL_LABEL, "How many?", AT(AT_FOR, "qty"));
	html_open(h, EL_INPUT, ID("qty"), NAME("qty"), TYPE("number"),
	    CLASS("qty"), ATD(AT_VALUE, 1), ATD(AT_MIN, 1),
	    ATD(AT_MAX, most < LIMIT_QTY ? most : LIMIT_QTY),
	    FLAG(AT_REQUIRED));
	html_close(h, EL_DIV);
	html_el(h, EL_BUTTON, "Put it in the basket", CLASS("button"),
	    TYPE("submit"));
	html_close(h, EL_FORM);
}

static void
ticket(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	bool open = card_for_sale(p, it);

	html_open(h, EL_DIV, CLASS(open ? "ticket" : "ticket shut"),
	    AT(AT_ITEMPROP, "offers"), FLAG(AT_ITEMSCOPE),
	    AT(AT_ITEMTYPE, SCHEMA "/Offer"));
	html_el(h, EL_P, open ? "Admit one head" : "Hold your hat",
	    CLASS("stub"), AT(AT_ARIA_HIDDEN, "true"));
	page_div(p, "body");
	offer_facts(p, it);
	card_put_price(p, it->price);
	card_put_stock(p, it);
	if (open)
		buy_form(p, it);
	else if (it->gone)
		page_p(p, "note",
		    "We have taken it out of the window for good. The shelf "
		    "below "
		    "has others of its kind.");
	else if (card_stock(p, it) == STOCK_WAIT)
		page_p(p, "note",
		    "We are asking the stockroom, and do not sell what we "
		    "cannot "
		    "see. Please look again in a minute.");
	else
		page_p(p, "note",
		    "The last one has gone to a good head. It will be back in "
		    "the "
		    "window the moment more arrive.");
	html_close(h, EL_DIV);
	html_close(h, EL_DIV);
}

static void
picture(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_FIGURE, CLASS("lit"));
	page_div(p, "niche");
	card_picture(p, it, SIZE_PAGE, &u);
	html_open(h, EL_IMG, SRC(&u), AT(AT_ALT, it->name), ATD(AT_WIDTH, 640),
	    ATD(AT_HEIGHT, 640), AT(AT_ITEMPROP, "image"));
	url_release(&u);
	html_close(h, EL_DIV);
	html_open(h, EL_FIGCAPTION);
	if (it->picture[0] != '\0') {
		card_picture(p, it, SIZE_ZOOM, &u);
		html_el(h, EL_A, "See it big", HREF(&u));
		url_release(&u);
	} else {
		html_text(h, "Not photographed yet");
	}
	html_close(h, EL_FIGCAPTION);
	html_close(h, EL_FIGURE);
}

static void
fact(struct page *p, const char *term)
{
	html_el(&p->h, EL_DT, term);
	html_open(&p->h, EL_DD);
}

static void
facts(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_DL, CLASS("facts"));
	fact(p, "Item number");
	html_el(h, EL_SPAN, it->key, AT(AT_ITEMPROP, "sku"));
	html_close(h, EL_DD);
	if (it->category_slug != NULL) {
		fact(p, "Kind of hat");
		category_url(it, &u);
		html_el(h, EL_A, it->category_name, HREF(&u));
		url_release(&u);
		html_close(h, EL_DD);
	}
	fact(p, "Getting it to you");
	page_link(p, "/page/delivery", NULL, "Delivery and returns");
	html_close(h, EL_DD);
	html_close(h, EL_DL);
}

static void
story(struct page *p, const struct item *it)
{
	struct html *h = &p->h;

	html_open(h, EL_ARTICLE, CLASS("stage"), FLAG(AT_ITEMSCOPE),
	    AT(AT_ITEMTYPE, SCHEMA "/Product"));
	picture(p, it);
	html_open(h, EL_DIV);
	html_el(h, EL_H1, it->name, AT(AT_ITEMPROP, "name"));
	html_el(
	    h, EL_P, it->text, CLASS("story"), AT(AT_ITEMPROP, "description"));
	ticket(p, it);
	facts(p, it);
	html_close(h, EL_DIV);
	html_close(h, EL_ARTICLE);
}

static enum rc
write_page(struct visit *v, const struct item *it, const struct shelf *hats,
    struct error *e)
{
	struct page_head head = { .title = it->name, .describe = it->text };
	struct page p;
	struct url u;
	enum rc rc;

	url_init_at(&u, v->settings->shop_url, "/hat/");
	url_path(&u, it->slug);
	head.category = it->category_slug;
	head.canonical = it->gone ? NULL : &u;
	if (it->gone)
		reply_status(v->r, 410);
	rc = page_open(&p, v, &head, e);
	if (rc == RC_OK) {
		page_div(&p, "wide");
		crumbs(&p, it);
		story(&p, it);
		if (hats->n > 0) {
			html_open(&p.h, EL_SECTION, CLASS("act row"));
			html_el(&p.h, EL_H2, "On the same shelf");
			shelf_put(&p, hats);
			html_close(&p.h, EL_SECTION);
		}
		html_close(&p.h, EL_DIV);
		rc = page_close(&p, e);
	}
	url_release(&u);
	return rc;
}

enum rc
hat_page(struct visit *v, struct error *e)
{
	struct shelf hats = { 0 };
	struct item it;
	enum rc rc;

	rc = item_by_slug(v->db, v->tail, &it, e);
	if (rc != RC_OK)
		return rc;
	rc = shelf_init(&hats, NEIGHBOURS, e);
	if (rc == RC_OK)
		rc = item_near(v->db, &it, NEIGHBOURS, shelf_keep, &hats, e);
	if (rc == RC_OK)
		rc = write_page(v, &it, &hats, e);
	shelf_release(&hats);
	item_release(&it);
	return rc;
}
