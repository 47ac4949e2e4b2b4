/*
 * All of it on one page, and the button that orders.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "cgi-bin/addressform.h"
#include "cgi-bin/checkout.h"

/*** What is shown, as one hash ***/

enum rc
review_seen(const struct checkout *c, const struct customer *who,
    const char *terms, char seen[HASH_SIZE], struct error *e)
{
	const struct address *a = &c->to;
	struct buf b;
	enum rc rc;
	size_t i;

	buf_init(&b, LIMIT_PAGE);
	for (i = 0; i < c->cart.hats.n; i++)
		buf_printf(&b, "%" PRId64 " %" PRId64 " %" PRId64 "\n",
		    c->cart.hats.items[i].id, c->cart.lines[i].qty,
		    c->cart.lines[i].total);
	buf_printf(&b, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", a->country, a->name,
	    a->line1, a->line2, a->town, a->region, a->postcode, a->phone);
	buf_printf(&b, "%s %" PRId64 " %" PRId64 "\n%s\n%s\n", c->option->key,
	    c->option->price, c->rate, who->email, terms);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		hash_hex(buf_str(&b), b.len, seen);
	buf_release(&b);
	return rc == RC_OK ? rc : error_set(e, rc, "no memory for a review");
}

/*** The page ***/

/* A heading and a link to the step that changes what is below it. */
static void
heading(struct page *p, const char *title, const struct url *change)
{
	struct html *h = &p->h;

	page_div(p, "bill");
	html_el(h, EL_H2, title);
	html_open(h, EL_A, HREF(change));
	html_text(h, "Change");
	html_open(h, EL_SPAN, CLASS("aside"));
	html_textf(h, ": %s", title);
	html_close(h, EL_SPAN);
	html_close(h, EL_A);
	html_close(h, EL_DIV);
}

static void
put_address(struct page *p, const struct checkout *c)
{
	struct url u;

	html_open(&p->h, EL_SECTION);
	url_init(&u, "/checkout");
	url_argd(&u, "address", c->to.id);
	heading(p, "Where it goes", &u);
	url_release(&u);
	addressform_write(p, &c->to);
	html_close(&p->h, EL_SECTION);
}

static void
put_delivery(struct page *p, const struct checkout *c)
{
	struct html *h = &p->h;
	struct buf text;
	struct url u;

	html_open(h, EL_SECTION);
	url_init(&u, "/checkout/delivery");
	url_argd(&u, "address", c->to.id);
	url_arg(&u, "delivery", c->option->key);
	heading(p, "When it arrives", &u);
	url_release(&u);
	buf_init(&text, LIMIT_LINE);
	checkout_option_text(c, &text);
	html_open(h, EL_P);
	html_text(h, buf_str(&text));
	html_close(h, EL_P);
	if (buf_rc(&text) != RC_OK)
		buf_fail(h->b, buf_rc(&text));
	buf_release(&text);
	html_close(h, EL_SECTION);
}

static void
put_email(struct page *p, const struct customer *who)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_SECTION);
	url_init(&u, "/login/email");
	url_arg(&u, "to", "/checkout");
	heading(p, "E-mail for the confirmation", &u);
	url_release(&u);
	if (who->email[0] == '\0')
		page_p(p, "fault",
		    "Your account has no e-mail address yet. Please give it "
		    "one first.");
	else
		html_el(h, EL_P, who->email);
	if (who->email[0] != '\0' && !who->proven)
		page_p(p, "small",
		    "You have not confirmed this address yet. Please make "
		    "sure that it is spelled right.");
	html_close(h, EL_SECTION);
}

static void
put_terms(struct page *p, const char *wrong)
{
	struct html *h = &p->h;

	html_open(h, EL_DIV,
	    CLASS(wrong == NULL ? "tick agree" : "tick agree wrong"));
	html_open(h, EL_INPUT, TYPE("checkbox"), ID("terms"), NAME("terms"),
	    VALUE("yes"), FLAG(AT_REQUIRED),
	    AT(AT_ARIA_INVALID, wrong == NULL ? NULL : "true"),
	    AT(AT_ARIA_DESCRIBEDBY, wrong == NULL ? NULL : "terms-wrong"));
	html_open(h, EL_LABEL, AT(AT_FOR, "terms"));
	html_text(h, "I have read and accept the ");
	page_link(p, "/page/terms", NULL, "terms of sale");
	html_text(h, ", and know that I may send hats back within 14 days.");
	html_close(h, EL_LABEL);
	html_close(h, EL_DIV);
	if (wrong != NULL)
		html_el(h, EL_P, wrong, CLASS("fault"), ID("terms-wrong"));
}

static void
put_button(struct page *p, const struct checkout *c)
{
	struct html *h = &p->h;

	html_open(h, EL_BUTTON, CLASS("button pay"), TYPE("submit"));
	html_text(h, "Order and pay ");
	page_money(p, checkout_total(c));
	html_close(h, EL_BUTTON);
	page_p(p, "small",
	    "With this button you place an order that obliges you to pay. "
	    "You pay on a page of our payment provider; your card's number "
	    "never comes to us.");
}

static enum rc
put_hidden(struct page *p, const struct checkout *c, const struct customer *who,
    struct error *e)
{
	char terms[HASH_SIZE], seen[HASH_SIZE], uid[UID_SIZE];
	struct html *h = &p->h;
	enum rc rc;

	rc = checkout_terms(c->v, terms, e);
	if (rc == RC_OK)
		rc = review_seen(c, who, terms, seen, e);
	if (rc == RC_OK)
		rc = uid_random(uid, e);
	if (rc != RC_OK)
		return rc;
	page_proof(p);
	entry_hidden(p, "checkout", uid);
	html_open(h, EL_INPUT, TYPE("hidden"), NAME("address"),
	    ATD(AT_VALUE, c->to.id));
	entry_hidden(p, "delivery", c->option->key);
	html_open(h, EL_INPUT, TYPE("hidden"), NAME("total"),
	    ATD(AT_VALUE, checkout_total(c)));
	entry_hidden(p, "seen", seen);
	return RC_OK;
}

static void
put_sums(struct page *p, const struct checkout *c, const struct review *r,
    bool may_order)
{
	struct html *h = &p->h;

	html_open(h, EL_SECTION, CLASS("receipt"),
	    AT(AT_ARIA_LABEL, "What you are ordering"));
	html_open(h, EL_DIV, CLASS("bill"));
	html_el(h, EL_H2, "All of it");
	page_link(p, "/basket", NULL, "Change");
	html_close(h, EL_DIV);
	checkout_lines(p, c);
	checkout_sums(p, c);
	if (!c->fresh)
		page_p(p, "flag",
		    "Checking availability: we cannot see the stockroom at "
		    "this moment, and sell nothing until we do. Please try "
		    "again in a minute.");
	if (may_order) {
		put_terms(p, r->terms_wrong);
		put_button(p, c);
	}
	html_close(h, EL_SECTION);
}

static void
summary(struct page *p, const struct review *r)
{
	struct entry terms = { .name = "terms",
		.label = "Terms of sale",
		.wrong = r->terms_wrong };

	entry_say(p, r->class, r->sentence);
	entry_summary(p, &terms, 1);
}

static enum rc
put_page(struct checkout *c, const struct review *r, const struct customer *who,
    struct error *e)
{
	bool may_order;
	struct page p;
	struct url u;
	enum rc rc;

	checkout_allow(c->v);
	rc = checkout_open(
	    c->v, &p, r->status, STEP_REVIEW, c, "Is this right?", e);
	if (rc != RC_OK)
		return rc;
	summary(&p, r);
	url_init(&u, "/checkout/place");
	html_open(&p.h, EL_FORM, CLASS("till review"), ACTION(&u),
	    AT(AT_METHOD, "post"), FLAG(AT_NOVALIDATE));
	url_release(&u);
	rc = put_hidden(&p, c, who, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "way");
	put_address(&p, c);
	put_delivery(&p, c);
	put_email(&p, who);
	html_open(&p.h, EL_SECTION);
	html_el(&p.h, EL_H2, "How you pay");
	may_order = checkout_ways(&p, r->gateway);
	html_close(&p.h, EL_SECTION);
	html_close(&p.h, EL_DIV);
	put_sums(&p, c, r, may_order && c->fresh && who->email[0] != '\0');
	html_close(&p.h, EL_FORM);
	return checkout_close(&p, e);
}

enum rc
review_page(struct checkout *c, const struct review *r, struct error *e)
{
	struct customer who = { 0 };
	enum rc rc;

	rc = customer_by_id(c->v->db, c->v->who.session.customer, &who, e);
	if (rc == RC_OK)
		rc = put_page(c, r, &who, e);
	customer_release(&who);
	return rc;
}

enum rc
review_show(struct visit *v, struct error *e)
{
	static const struct review plain = { .status = 200 };
	struct checkout c;
	bool page;
	enum rc rc;

	rc = checkout_begin_asked(v, &c, &page, e);
	if (rc == RC_OK && !page) {
		if (c.to.id == 0 || c.option == NULL)
			checkout_go(&c);
		else
			rc = review_page(&c, &plain, e);
	}
	checkout_end(&c);
	return rc;
}
