#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/page.h"
#include "cgi-bin/where.h"
#include "shop/basket.h"
#include "shop/category.h"
#include "shop/mirror.h"

struct money
page_price(const struct visit *v, int64_t minor)
{
	struct money m = { .minor = minor };

	(void)snprintf(
	    m.currency, sizeof(m.currency), "%s", v->settings->shop_currency);
	return m;
}

static void
put_money(struct page *p, struct money m)
{
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	money_put(&b, m);
	if (buf_rc(&b) == RC_OK)
		html_text(&p->h, buf_str(&b));
	else
		buf_fail(p->h.b, buf_rc(&b));
	buf_release(&b);
}

void
page_money(struct page *p, int64_t minor)
{
	put_money(p, page_price(p->v, minor));
}

void
page_money_in(struct page *p, const char *currency, int64_t minor)
{
	struct money m = { .minor = minor };

	(void)snprintf(m.currency, sizeof(m.currency), "%s", currency);
	put_money(p, m);
}

void
page_drawing_literal(struct page *p, const char *file, const char *alt,
    int64_t width, int64_t height)
{
	struct url u;

	url_init_origin(&u, p->v->settings->shop_static, file);
	html_open(&p->h, EL_IMG, SRC(&u), AT(AT_ALT, alt), ATD(AT_WIDTH, width),
	    ATD(AT_HEIGHT, height));
	url_release(&u);
}

void
page_link_literal(
    struct page *p, const char *path, const char *class, const char *text)
{
	struct url u;

	url_init_literal(&u, path);
	html_el(&p->h, EL_A, text, HREF(&u), CLASS(class));
	url_release(&u);
}

void
page_p(struct page *p, const char *class, const char *text)
{
	html_el(&p->h, EL_P, text, CLASS(class));
}

void
page_div(struct page *p, const char *class)
{
	html_open(&p->h, EL_DIV, CLASS(class));
}

enum rc
page_basket(struct visit *v, int64_t *basket, struct error *e)
{
	const struct who *w = &v->who;
	enum rc rc;

	rc = who_read(v, e);
	if (rc == RC_OK && w->session.customer != 0) {
		rc =
		    basket_look_customer(v->db, w->session.customer, basket, e);
		return rc == RC_OK && *basket == 0 ? RC_NOTFOUND : rc;
	}
	if (rc == RC_OK)
		rc = w->browser[0] == '\0'
			 ? RC_NOTFOUND
			 : basket_find(v->db, w->browser, basket, e);
	return rc;
}

void
page_proof(struct page *p)
{
	if (p->v->who.proof[0] != '\0')
		html_open(&p->h, EL_INPUT, TYPE("hidden"), NAME(PROOF_FIELD),
		    VALUE(p->v->who.proof));
}

/* What the frame has to know from the database. */
static enum rc
look_up(struct page *p, bool form, struct error *e)
{
	struct visit *v = p->v;
	enum rc rc;

	if (v->db == NULL)
		return RC_OK;
	rc = mirror_fresh(
	    v->db, v->settings->stock_stale_after, v->now, &p->fresh, e);
	if (rc == RC_OK)
		rc = who_read(v, e);
	if (rc == RC_OK && (form || v->who.session.customer != 0))
		rc = who_name_browser(v, e);
	if (rc != RC_OK)
		return rc;
	rc = page_basket(v, &p->basket, e);
	if (rc == RC_NOTFOUND) {
		p->basket = 0;
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = basket_pieces(v->db, p->basket, &p->pieces, e);
	return rc;
}

static void
stylesheet(struct page *p)
{
	struct url u;

	url_init_at(&u, p->v->settings->shop_static, "/shop.css");
	html_open(&p->h, EL_LINK, AT(AT_REL, "stylesheet"), HREF(&u));
	url_release(&u);
	url_init_at(&u, p->v->settings->shop_static, "/favicon.svg");
	html_open(&p->h, EL_LINK, AT(AT_REL, "icon"), HREF(&u),
	    TYPE("image/svg+xml"));
	url_release(&u);
}

static void
head_link(struct page *p, const char *rel, const struct url *u)
{
	if (u != NULL)
		html_open(&p->h, EL_LINK, AT(AT_REL, rel), HREF(u));
}

static void
head_element(struct page *p, const struct page_head *head)
{
	const char *name = p->v->settings->shop_name;
	struct html *h = &p->h;

	html_open(h, EL_HEAD);
	html_open(h, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(h, EL_TITLE);
	if (head->title != NULL)
		html_textf(h, "%s – ", head->title);
	html_text(h, name);
	html_close(h, EL_TITLE);
	html_open(h, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width, initial-scale=1"));
	if (head->describe != NULL)
		html_open(h, EL_META, NAME("description"),
		    AT(AT_CONTENT, head->describe));
	if (head->canonical == NULL)
		html_open(
		    h, EL_META, NAME("robots"), AT(AT_CONTENT, "noindex"));
	head_link(p, "canonical", head->canonical);
	head_link(p, "prev", head->prev);
	head_link(p, "next", head->next);
	stylesheet(p);
	html_close(h, EL_HEAD);
}

static void
search_box(struct page *p, const char *query)
{
	struct html *h = &p->h;
	struct url u;

	url_init(&u, "/search");
	html_open(h, EL_FORM, CLASS("find"), AT(AT_ROLE, "search"), ACTION(&u));
	html_el(
	    h, EL_LABEL, "Search the hats", CLASS("aside"), AT(AT_FOR, "q"));
	html_open(h, EL_INPUT, ID("q"), NAME("q"), TYPE("search"), VALUE(query),
	    ATD(AT_MAXLENGTH, LIMIT_SEARCH),
	    AT(AT_PLACEHOLDER, "A fez? A duck?"), AT(AT_AUTOCOMPLETE, "off"));
	html_open(h, EL_BUTTON, TYPE("submit"));
	page_drawing(p, "/search.svg", "Search", 24, 24);
	html_close(h, EL_BUTTON);
	html_close(h, EL_FORM);
	url_release(&u);
}

static void
basket_link(struct page *p)
{
	struct html *h = &p->h;
	struct url u;

	url_init(&u, "/basket");
	html_open(h, EL_A, CLASS("box"), HREF(&u));
	page_drawing(p, "/basket.svg", "", 48, 48);
	html_el(h, EL_SPAN, "Basket", CLASS("word"));
	if (p->v->db != NULL) {
		html_open(h, EL_SPAN, CLASS("count"));
		html_textf(h, "%lld", (long long)p->pieces);
		html_el(h, EL_SPAN, p->pieces == 1 ? " hat" : " hats",
		    CLASS("aside"));
		html_close(h, EL_SPAN);
	}
	html_close(h, EL_A);
	url_release(&u);
}

/* The way in, which leads back to here, or whose account it is. */
static void
account_link(struct page *p)
{
	const struct visit *v = p->v;
	struct where to = where_of(buf_str(&v->q->path));
	struct html *h = &p->h;
	struct url u, back;

	if (v->db == NULL)
		return;
	if (v->who.session.customer != 0) {
		url_init(&u, "/account");
		html_open(h, EL_A, CLASS("me"), HREF(&u));
		html_el(h, EL_SPAN, "Your account: ", CLASS("aside"));
		html_text(h, v->who.session.name[0] != '\0'
				 ? v->who.session.name
				 : "Account");
		html_close(h, EL_A);
		url_release(&u);
		return;
	}
	url_init(&u, "/login");
	if (to.place != WHERE_NOWHERE) {
		url_arg(&u, "to", where_text(&to, &back));
		url_release(&back);
	}
	html_el(
	    h, EL_A, "Log in", CLASS("me"), HREF(&u), AT(AT_REL, "nofollow"));
	url_release(&u);
}

struct kinds {
	struct page *p;
	const char *current;
};

static void
kind_link(struct kinds *k, const struct url *u, const char *name, bool here)
{
	struct html *h = &k->p->h;

	html_open(h, EL_LI);
	html_el(
	    h, EL_A, name, HREF(u), AT(AT_ARIA_CURRENT, here ? "page" : NULL));
	html_close(h, EL_LI);
}

static enum rc
put_kind(void *ctx, const struct category *c, struct error *e)
{
	struct kinds *k = ctx;
	struct url u;

	(void)e;
	url_init(&u, "/category/");
	url_path(&u, c->slug);
	kind_link(k, &u, c->name,
	    k->current != NULL && strcmp(k->current, c->slug) == 0);
	url_release(&u);
	return RC_OK;
}

static enum rc
kinds_of_hat(struct page *p, const struct page_head *head, struct error *e)
{
	struct kinds k = { .p = p, .current = head->category };
	struct html *h = &p->h;
	struct url u;
	enum rc rc;

	if (p->v->db == NULL)
		return RC_OK;
	html_open(h, EL_NAV, CLASS("kinds"), AT(AT_ARIA_LABEL, "Kinds of hat"));
	html_open(h, EL_UL);
	url_init(&u, "/hats");
	kind_link(&k, &u, "All hats", false);
	url_release(&u);
	rc = category_list(p->v->db, put_kind, &k, e);
	html_close(h, EL_UL);
	html_close(h, EL_NAV);
	return rc;
}

static void
trial(struct page *p)
{
	html_open(&p->h, EL_P, CLASS("trial"));
	html_el(&p->h, EL_STRONG, "TEST. ");
	html_text(
	    &p->h, "This shop is being tried out. Nothing is really sold.");
	html_close(&p->h, EL_P);
}

static enum rc
front(struct page *p, const struct page_head *head, struct error *e)
{
	struct html *h = &p->h;
	struct url u;
	enum rc rc;

	html_open(h, EL_HEADER, CLASS("front"));
	if (p->v->settings->shop_test)
		trial(p);
	page_div(p, "wide");
	url_init(&u, "/");
	html_open(h, EL_A, CLASS("sign"), HREF(&u),
	    AT(AT_ARIA_CURRENT, head->home ? "page" : NULL));
	page_drawing(p, "/favicon.svg", "", 64, 64);
	html_el(h, EL_SPAN, p->v->settings->shop_name);
	html_close(h, EL_A);
	url_release(&u);
	search_box(p, head->query);
	account_link(p);
	basket_link(p);
	rc = kinds_of_hat(p, head, e);
	html_close(h, EL_DIV);
	html_close(h, EL_HEADER);
	return rc;
}

/* For those who go by keyboard; its target is <main>. */
static void
skip_link(struct page *p)
{
	struct url u;

	url_init(&u, "");
	url_fragment(&u, "main");
	html_el(&p->h, EL_A, "Skip to the hats", CLASS("skip"), HREF(&u));
	url_release(&u);
}

/* Said once above every page while no hat can be bought. */
static void
notices(struct page *p)
{
	struct html *h = &p->h;

	if (p->v->db != NULL && !p->fresh) {
		page_div(p, "wide");
		html_open(h, EL_DIV, CLASS("notice"), AT(AT_ROLE, "status"));
		html_el(h, EL_STRONG, "Checking availability. ");
		html_text(h,
		    "We have lost sight of the stockroom for a moment. Do look "
		    "round; "
		    "hats can be bought again as soon as we can see them.");
		html_close(h, EL_DIV);
		html_close(h, EL_DIV);
	}
}

enum rc
page_open(struct page *p, struct visit *v, const struct page_head *head,
    struct error *e)
{
	enum rc rc;

	memset(p, 0, sizeof(*p));
	p->v = v;
	rc = look_up(p, head->form, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = v->q->cookie.len == 0 ? CACHE_PUBLIC : CACHE_NONE;
	html_init(&p->h, &v->r->body);
	html_doctype(&p->h);
	html_open(&p->h, EL_HTML, AT(AT_LANG, "en-GB"));
	head_element(p, head);
	html_open(&p->h, EL_BODY);
	skip_link(p);
	rc = front(p, head, e);
	if (rc != RC_OK)
		return rc;
	html_open(&p->h, EL_MAIN, ID("main"), AT(AT_TABINDEX, "-1"));
	notices(p);
	return RC_OK;
}

static void
small_print(struct page *p)
{
	static const struct {
		const char *page, *text;
	} pages[] = {
		{ "delivery", "Delivery and returns" },
		{ "terms", "Terms of sale" },
		{ "privacy", "Privacy" },
		{ "contact", "Contact" },
		{ "imprint", "Who we are" },
	};
	struct html *h = &p->h;
	struct url u;
	size_t i;

	html_open(h, EL_NAV, AT(AT_ARIA_LABEL, "Small print"));
	html_open(h, EL_UL);
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		html_open(h, EL_LI);
		url_init(&u, "/page/");
		url_path(&u, pages[i].page);
		html_el(h, EL_A, pages[i].text, HREF(&u));
		url_release(&u);
		html_close(h, EL_LI);
	}
	html_close(h, EL_UL);
	html_close(h, EL_NAV);
}

enum rc
page_close(struct page *p, struct error *e)
{
	struct html *h = &p->h;
	enum rc rc;

	html_close(h, EL_MAIN);
	html_open(h, EL_FOOTER, CLASS("floor"));
	page_div(p, "wide");
	html_open(h, EL_DIV);
	page_p(p, "name", p->v->settings->shop_name);
	page_p(p, NULL,
	    "Every price includes VAT. Every hat has been worn by somebody "
	    "sensible, briefly, to make sure.");
	html_close(h, EL_DIV);
	small_print(p);
	html_close(h, EL_DIV);
	html_close(h, EL_FOOTER);
	html_close(h, EL_BODY);
	html_close(h, EL_HTML);
	rc = html_rc(h);
	if (rc != RC_OK)
		return error_set(e, rc, "could not write the page");
	return RC_OK;
}

/* What an error page says.  A status that is not here gets the first when it
 * is the visitor's side's (4xx), the last when it is ours. */
static const struct mishap {
	int status;
	const char *title, *text, *more;
} mishaps[] = {
	{ 400, "We did not catch that",
	    "The request your browser sent makes no sense to us.",
	    "Nothing was changed. Starting again from the shop's front door "
	    "usually helps." },
	{ 403, "That did not come from our pages",
	    "We only change things when one of our own pages asks us to.",
	    "Nothing was changed. Please go back to the shop and try there." },
	{ 404, "That page has blown off", "There is nothing at this address.",
	    "The hat may have been withdrawn, or the wind changed. Try the "
	    "search "
	    "above, or look along the shelves." },
	{ 405, "Not like that", "This page cannot be asked in that way.",
	    "Nothing was changed." },
	{ 413, "Too much at once", "That is more than we can take in one go.",
	    "Nothing was changed." },
	{ 414, "Too long for the hatband", "That address is too long to read.",
	    "Nothing was changed." },
	{ 431, "Too many crumbs",
	    "Your browser sent more cookies than we can take.",
	    "Nothing was changed. Deleting the cookies of this address in the "
	    "browser's settings helps." },
	{ 503, "Having forty winks", "The shop cannot answer just now.",
	    "Nothing is lost. Please try again in a minute." },
	{ 500, "The hen is not amused, and nor are we",
	    "Something went wrong on our side while making this page.",
	    "Please try again in a moment." },
};

static const struct mishap *
mishap_of(int status)
{
	const struct mishap *m = mishaps;

	while (m->status != status && m->status != 500)
		m++;
	return m->status != status && status < 500 ? mishaps : m;
}

static void
mishap_drawing(struct page *p, int status)
{
	if (status == 503)
		page_drawing(p, "/nap.svg", "", 300, 380);
	else if (status >= 500)
		page_drawing(p, "/hen.svg", "", 300, 400);
	else
		page_drawing(p, "/bald.svg", "", 300, 520);
}

enum rc
page_error(struct visit *v, int status, struct error *e)
{
	struct visit bare = *v;
	const struct mishap *m = mishap_of(status);
	struct page_head head = { 0 };
	struct page p;
	enum rc rc;

	/* What broke may be the database. */
	if (status >= 500)
		bare.db = NULL;
	reply_status(v->r, status);
	head.title = m->title;
	rc = page_open(&p, &bare, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide turn");
	mishap_drawing(&p, status);
	html_open(&p.h, EL_DIV);
	html_el(&p.h, EL_H1, m->title);
	page_p(&p, "lead", m->text);
	page_p(&p, NULL, m->more);
	html_open(&p.h, EL_P, CLASS("doors"));
	page_link(&p, "/hats", "button", "See every hat");
	html_text(&p.h, " ");
	page_link(&p, "/page/contact", NULL, "Tell us about it");
	html_close(&p.h, EL_P);
	if (status >= 500) { /* which the log has */
		html_open(&p.h, EL_P, CLASS("small"));
		html_textf(&p.h, "If you do, please mention %s.", v->q->id);
		html_close(&p.h, EL_P);
	}
	html_close(&p.h, EL_DIV);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}
