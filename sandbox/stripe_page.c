/* The page that a card is typed on, and the bank's. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/money.h"
#include "sandbox/stripe.h"

enum { F_CARD, F_EXPIRY, F_CVC, F_COUNT };
static const struct field fields[F_COUNT] = {
	[F_CARD] = { "card", FIELD_TEXT, 1, 40, FIELD_NEEDED },
	[F_EXPIRY] = { "expiry", FIELD_TEXT, 1, 10, 0 },
	[F_CVC] = { "cvc", FIELD_TEXT, 1, 4, 0 },
};

static const char sheet[] =
    ":root{color-scheme:light dark;--ink:#1b1d29;--paper:#fff;--wall:#eef0f6;"
    "--line:#c9cddb;--go:#4338ca;--soft:#5a6072;--bad:#b42318}"
    "@media(prefers-color-scheme:dark){:root{--ink:#eceef6;--paper:#1c1f2b;"
    "--wall:#12141c;--line:#3d4356;--go:#8b83ff;--soft:#aab0c4;--bad:#ff8a7a}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--wall);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}"
    ".sandbox{margin:0;padding:.6rem 1rem;background:#ffd24d;color:#221a00;"
    "text-align:center;font-weight:600}"
    "main{display:grid;gap:2rem;max-width:60rem;margin:0 auto;"
    "padding:2rem 1rem 4rem}"
    "@media(min-width:50rem){main{grid-template-columns:1fr 1fr;"
    "padding-top:4rem}}"
    "main.one{grid-template-columns:minmax(0,32rem);justify-content:center}"
    "h1{font-size:1rem;font-weight:500;color:var(--soft);margin:0}"
    "h2,.pay h1{font-size:1.15rem;font-weight:700;color:inherit;"
    "margin:0 0 1rem}"
    ".total{font-size:2.25rem;font-weight:700;margin:.25rem 0 1.5rem}"
    "table{width:100%;border-collapse:collapse}"
    "td{padding:.5rem 0;vertical-align:top;overflow-wrap:anywhere}"
    "td+td{text-align:right;white-space:nowrap;padding-left:1rem}"
    "section.pay{background:var(--paper);border:1px solid var(--line);"
    "border-radius:.75rem;padding:1.5rem}"
    "label{display:block;margin:0 0 1rem;font-weight:500}"
    "input{display:block;width:100%;margin-top:.25rem;padding:.7rem .8rem;"
    "font:inherit;color:inherit;background:var(--wall);"
    "border:1px solid var(--line);border-radius:.5rem}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}"
    "button{width:100%;padding:.85rem;font:inherit;font-weight:600;"
    "color:#fff;background:#4338ca;border:0;border-radius:.5rem;"
    "cursor:pointer}"
    "button.card{background:none;color:inherit;text-align:left;"
    "font-weight:400;border:1px solid var(--line);padding:.5rem .8rem;"
    "margin-bottom:.4rem;display:flex;justify-content:space-between;"
    "flex-wrap:wrap;gap:0 1rem}"
    "button.card span:first-child{font-family:ui-monospace,monospace}"
    "button.second{background:none;color:var(--bad);"
    "border:1px solid currentColor;margin-top:.75rem}"
    ":focus-visible{outline:3px solid var(--go);outline-offset:2px}"
    ".error{color:var(--bad);font-weight:600;margin:0 0 1rem}"
    "a{color:var(--go)}"
    "details{margin-top:1.5rem}summary{cursor:pointer;padding:.5rem 0}";

enum rc
stripe_sheet(struct box *b, struct error *e)
{
	(void)e;
	b->r.type = "text/css; charset=utf-8";
	b->r.cache = CACHE_HOUR;
	buf_puts(&b->r.body, sheet);
	return RC_OK;
}

/*** Frame ***/

void
stripe_page_begin(
    struct box *b, int status, const char *title, const char *class)
{
	struct url u;

	reply_status(&b->r, status);
	html_init(&b->h, &b->r.body);
	html_doctype(&b->h);
	html_open(&b->h, EL_HTML, AT(AT_LANG, "en-GB"));
	html_open(&b->h, EL_HEAD);
	html_open(&b->h, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(&b->h, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width, initial-scale=1"));
	html_el(&b->h, EL_TITLE, title);
	url_init(&u, "/sandbox/stripe/style.css");
	html_open(&b->h, EL_LINK, AT(AT_REL, "stylesheet"), HREF(&u));
	url_release(&u);
	html_close(&b->h, EL_HEAD);
	html_open(&b->h, EL_BODY);
	html_el(&b->h, EL_P,
	    "SANDBOX: a stand-in for Stripe on this machine. No money moves; "
	    "type no card of your own.",
	    CLASS("sandbox"));
	html_open(&b->h, EL_MAIN, CLASS(class));
}

static enum rc
said(struct box *b, int status, const char *title, const char *words,
    const json_t *session, const char *member, const char *link,
    struct error *e)
{
	const char *to = session == NULL ? "" : stripe_text(session, member);
	struct url u;

	stripe_page_begin(b, status, title, "one");
	html_open(&b->h, EL_SECTION, CLASS("pay"));
	html_el(&b->h, EL_H1, title);
	html_el(&b->h, EL_P, words, ID("error"));
	if (to[0] != '\0') {
		url_init_origin(&u, to, "");
		html_open(&b->h, EL_P);
		html_el(&b->h, EL_A, link, HREF(&u), ID("back"));
		html_close(&b->h, EL_P);
		url_release(&u);
	}
	html_close(&b->h, EL_SECTION);
	return box_page_end(b, e);
}

/* The browser may be sent on to where the shop wants it, and there only. */
static void
allow_return(struct box *b, const json_t *session)
{
	const char *url = stripe_text(session, "success_url");
	const char *host = strstr(url, "://");
	size_t n = host == NULL
		       ? 0
		       : (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");

	buf_reset(&b->shops);
	buf_put(&b->shops, url, n);
	b->r.form_origins = buf_str(&b->shops);
}

/*** What is paid for ***/

static void
put_money(struct box *b, enum html_el el, const json_t *session, int64_t minor,
    const char *class)
{
	struct money m = { minor, "" };
	const char *from = stripe_text(session, "currency");
	struct buf text;

	for (size_t i = 0; i < 3 && from[i] != '\0'; i++)
		m.currency[i] = (char)(from[i] - 'a' + 'A');
	buf_init(&text, 100);
	money_put(&text, m);
	html_el(&b->h, el, buf_str(&text), CLASS(class));
	buf_release(&text);
}

static void
put_order(struct box *b, const json_t *session)
{
	const json_t *lines = json_object_get(stripe_inside(session), "lines");
	const char *back = stripe_text(session, "cancel_url");
	json_t *line;
	struct url u;
	size_t i;

	html_open(&b->h, EL_SECTION);
	html_el(&b->h, EL_H1, "Pay The Funny Hat Online Shop");
	put_money(
	    b, EL_P, session, stripe_whole(session, "amount_total"), "total");
	html_open(&b->h, EL_TABLE);
	html_open(&b->h, EL_TBODY);
	json_array_foreach(lines, i, line)
	{
		html_open(&b->h, EL_TR);
		html_open(&b->h, EL_TD);
		html_textf(&b->h, "%s × %lld", stripe_text(line, "description"),
		    (long long)stripe_whole(line, "quantity"));
		html_close(&b->h, EL_TD);
		put_money(b, EL_TD, session, stripe_whole(line, "amount_total"),
		    NULL);
		html_close(&b->h, EL_TR);
	}
	html_close(&b->h, EL_TBODY);
	html_close(&b->h, EL_TABLE);
	if (back[0] != '\0') {
		url_init_origin(&u, back, "");
		html_open(&b->h, EL_P);
		html_el(
		    &b->h, EL_A, "← Back to the shop", HREF(&u), ID("back"));
		html_close(&b->h, EL_P);
		url_release(&u);
	}
	html_close(&b->h, EL_SECTION);
}

/*** The form ***/

static void
put_field(struct box *b, const char *name, const char *label, const char *hint,
    bool needed)
{
	html_open(&b->h, EL_LABEL);
	html_text(&b->h, label);
	html_open(&b->h, EL_INPUT, TYPE("text"), NAME(name),
	    AT(AT_PLACEHOLDER, hint), AT(AT_AUTOCOMPLETE, "off"),
	    AT(AT_INPUTMODE, "numeric"), FLAG_IF(AT_REQUIRED, needed));
	html_close(&b->h, EL_LABEL);
}

/* In groups, as on a card. */
static void
put_number(struct box *b, const char *number)
{
	size_t n = strlen(number), at, len;

	html_open(&b->h, EL_SPAN);
	for (at = 0; at < n; at += len) {
		len = n != 15 ? 4 : at == 0 ? 4 : at == 4 ? 6 : 5;
		html_textf(
		    &b->h, "%s%.*s", at == 0 ? "" : " ", (int)len, number + at);
	}
	html_close(&b->h, EL_SPAN);
}

static void
put_test_cards(struct box *b)
{
	html_open(&b->h, EL_DETAILS, FLAG(AT_OPEN));
	html_el(&b->h, EL_SUMMARY, "Or take a test card");
	for (size_t i = 0; i < stripe_card_count; i++) {
		html_open(&b->h, EL_BUTTON, TYPE("submit"), NAME("card"),
		    VALUE(stripe_cards[i].number), CLASS("card"));
		put_number(b, stripe_cards[i].number);
		html_el(&b->h, EL_SPAN, stripe_cards[i].what);
		html_close(&b->h, EL_BUTTON);
	}
	html_close(&b->h, EL_DETAILS);
}

static enum rc
form_page(struct box *b, int status, const json_t *session, const char *error,
    struct error *e)
{
	const char *id = stripe_text(session, "id");
	struct url u;

	allow_return(b, session);
	stripe_page_begin(b, status, "Pay (sandbox)", "two");
	put_order(b, session);
	html_open(&b->h, EL_SECTION, CLASS("pay"));
	html_el(&b->h, EL_H2, "Pay with card");
	if (error != NULL)
		html_el(&b->h, EL_P, error, CLASS("error"), ID("error"),
		    AT(AT_ROLE, "alert"));
	url_init(&u, "/sandbox/stripe/c/pay/");
	url_path(&u, id);
	html_open(
	    &b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u), ID("typed"));
	put_field(b, "card", "Card number", "4242 4242 4242 4242", true);
	html_open(&b->h, EL_DIV, CLASS("pair"));
	put_field(b, "expiry", "Expiry", "12 / 34", false);
	put_field(b, "cvc", "CVC", "123", false);
	html_close(&b->h, EL_DIV);
	html_el(&b->h, EL_BUTTON, "Pay", TYPE("submit"));
	html_close(&b->h, EL_FORM);
	html_open(
	    &b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u), ID("listed"));
	put_test_cards(b);
	html_close(&b->h, EL_FORM);
	url_release(&u);
	html_close(&b->h, EL_SECTION);
	return box_page_end(b, e);
}

/*** Which session ***/

/* One that is not open has a page of its own, written here: *session is then
 * NULL. */
static enum rc
session_of(struct stripe_call *c, json_t **session, struct error *e)
{
	json_t *s = stripe_get(c, c->b->star[0]);
	const char *status = stripe_text(s, "status");
	enum rc rc = RC_OK;

	*session = NULL;
	if (strcmp(stripe_text(s, "object"), "checkout.session") != 0)
		rc = said(c->b, 404, "There is no such page",
		    "The link is wrong, or of another sandbox.", NULL, NULL,
		    NULL, e);
	else if (strcmp(status, "complete") == 0)
		rc = said(c->b, 200, "You are all done here",
		    "Your payment has already been processed.", s, "cancel_url",
		    "Back to the shop", e);
	else if (strcmp(status, "expired") == 0)
		rc = said(c->b, 410, "This page has expired",
		    "Your session has timed out. Nothing was charged.", s,
		    "cancel_url", "Back to the shop", e);
	else
		*session = s;
	if (*session == NULL)
		json_decref(s);
	return rc;
}

/* A unit in which the session is looked at after what time has done. */
static enum rc
begin(struct stripe_call *c, struct box *b, json_t **session, struct error *e)
{
	enum rc rc;

	*session = NULL;
	rc = stripe_open(c, b, e);
	if (rc == RC_OK)
		rc = store_begin(&c->st, e);
	if (rc == RC_OK) {
		stripe_settle(c);
		rc = session_of(c, session, e);
	}
	return rc;
}

static enum rc
end(struct stripe_call *c, enum rc rc, json_t *session, struct error *e)
{
	int64_t sent, failed;

	if (rc == RC_OK) {
		stripe_events_end(c);
		rc = store_commit(&c->st, e);
	}
	if (rc == RC_OK && c->early)
		stripe_hooks_send(c, false, &sent, &failed);
	json_decref(session);
	stripe_close(c);
	return rc;
}

enum rc
stripe_page(struct box *b, struct error *e)
{
	struct stripe_call c;
	json_t *session;
	enum rc rc;

	rc = begin(&c, b, &session, e);
	if (rc == RC_OK && session != NULL)
		rc = form_page(b, 200, session, NULL, e);
	return end(&c, rc, session, e);
}

/*** What was typed ***/

static void
go_to_shop(struct box *b, const json_t *session)
{
	static const char place[] = "{CHECKOUT_SESSION_ID}";
	const char *url = stripe_text(session, "success_url");
	const char *at = strstr(url, place);
	struct buf to;

	buf_init(&to, LIMIT_HEADERS);
	if (at != NULL) {
		buf_put(&to, url, (size_t)(at - url));
		buf_puts(&to, stripe_text(session, "id"));
		url = at + sizeof(place) - 1;
	}
	buf_puts(&to, url);
	box_redirect(b, &to);
	buf_release(&to);
}

static enum rc
go_to_proof(struct box *b, const json_t *session)
{
	struct url u;

	url_init(&u, "/sandbox/stripe/c/proof/");
	url_path(&u, stripe_text(session, "id"));
	reply_redirect(&b->r, &u);
	url_release(&u);
	return RC_OK;
}

static enum rc
pay(struct stripe_call *c, json_t *session, const struct stripe_card *card,
    bool proven, struct error *e)
{
	switch (stripe_pay(c, session, card, proven)) {
	case PAID_DONE:
		go_to_shop(c->b, session);
		return RC_OK;
	case PAID_ASKS:
		return go_to_proof(c->b, session);
	case PAID_DECLINED:
		break;
	}
	return form_page(c->b, 402, session, card->words, e);
}

enum rc
stripe_page_pay(struct box *b, struct error *e)
{
	const struct stripe_card *card;
	struct stripe_call c;
	json_t *session;
	struct form f;
	enum rc rc, read;

	read = form_read(
	    &f, fields, F_COUNT, buf_str(&b->q.body), b->q.body.len, NULL);
	card =
	    read == RC_OK ? stripe_card_of(form_text_or(&f, F_CARD, "")) : NULL;
	form_release(&f);
	rc = begin(&c, b, &session, e);
	if (rc == RC_OK && session != NULL && card == NULL)
		rc = form_page(b, 422, session,
		    "This sandbox takes Stripe's published test cards only, "
		    "such as 4242 4242 4242 4242. Never type the number of a "
		    "card of your own.",
		    e);
	else if (rc == RC_OK && session != NULL)
		rc = pay(&c, session, card, false, e);
	return end(&c, rc, session, e);
}

/*** The bank's page ***/

static const struct stripe_card *
asked_card(struct stripe_call *c, const json_t *session)
{
	json_t *intent = stripe_get(c, stripe_text(session, "payment_intent"));
	int64_t i = stripe_whole(stripe_inside(intent), "card");
	bool asks =
	    strcmp(stripe_text(intent, "status"), "requires_action") == 0;

	json_decref(intent);
	return asks && i >= 0 && i < (int64_t)stripe_card_count
		   ? &stripe_cards[i]
		   : NULL;
}

static enum rc
proof_form(struct box *b, const json_t *session, struct error *e)
{
	struct url u;

	allow_return(b, session);
	stripe_page_begin(b, 200, "Your bank asks (sandbox)", "one");
	html_open(&b->h, EL_SECTION, CLASS("pay"));
	html_el(&b->h, EL_H1, "Your bank asks: is it you?");
	html_el(&b->h, EL_P,
	    "3-D Secure. To leave without an answer, close this tab or go "
	    "back.");
	put_money(
	    b, EL_P, session, stripe_whole(session, "amount_total"), "total");
	url_init(&u, "/sandbox/stripe/c/proof/");
	url_path(&u, stripe_text(session, "id"));
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	html_el(&b->h, EL_BUTTON, "Yes, I pay this", TYPE("submit"),
	    NAME("answer"), VALUE("yes"));
	html_el(&b->h, EL_BUTTON, "Fail the check", TYPE("submit"),
	    NAME("answer"), VALUE("no"), CLASS("second"));
	html_close(&b->h, EL_FORM);
	url_release(&u);
	url_init(&u, "/sandbox/stripe/c/pay/");
	url_path(&u, stripe_text(session, "id"));
	html_open(&b->h, EL_P);
	html_el(&b->h, EL_A, "← Another card", HREF(&u), ID("back"));
	html_close(&b->h, EL_P);
	url_release(&u);
	html_close(&b->h, EL_SECTION);
	return box_page_end(b, e);
}

static enum rc
go_to_page(struct box *b, const json_t *session)
{
	struct url u;

	url_init(&u, "/sandbox/stripe/c/pay/");
	url_path(&u, stripe_text(session, "id"));
	reply_redirect(&b->r, &u);
	url_release(&u);
	return RC_OK;
}

enum rc
stripe_proof_page(struct box *b, struct error *e)
{
	struct stripe_call c;
	json_t *session;
	enum rc rc;

	rc = begin(&c, b, &session, e);
	if (rc == RC_OK && session != NULL)
		rc = asked_card(&c, session) == NULL
			 ? go_to_page(b, session)
			 : proof_form(b, session, e);
	return end(&c, rc, session, e);
}

enum rc
stripe_proof(struct box *b, struct error *e)
{
	static const struct field one[] = {
		{ "answer", FIELD_TEXT, 1, 10, FIELD_NEEDED },
	};
	const struct stripe_card *card;
	struct stripe_call c;
	json_t *session;
	struct form f;
	bool yes;
	enum rc rc;

	yes = form_read(&f, one, 1, buf_str(&b->q.body), b->q.body.len, NULL) ==
		  RC_OK &&
	      strcmp(form_text_or(&f, 0, ""), "yes") == 0;
	form_release(&f);
	rc = begin(&c, b, &session, e);
	card = rc == RC_OK && session != NULL ? asked_card(&c, session) : NULL;
	if (card != NULL && yes) {
		rc = pay(&c, session, card, true, e);
	} else if (card != NULL) {
		stripe_unproven(&c, session);
		rc = form_page(b, 402, session,
		    "We are unable to authenticate your payment method. Please "
		    "choose a different payment method and try again.",
		    e);
	} else if (session != NULL) {
		rc = go_to_page(b, session);
	}
	return end(&c, rc, session, e);
}
