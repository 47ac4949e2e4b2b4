/* The page where a customer agrees, or does not. */
#include "config.h"

#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/money.h"
#include "base/num.h"
#include "sandbox/wallet.h"

#define PAGE "/sandbox/paypal/checkoutnow"

enum { F_TOKEN, F_MOOD, F_ANSWER, F_COUNT };
static const struct field fields[F_COUNT] = {
	[F_TOKEN] = { "token", FIELD_TEXT, 1, WALLET_ID - 1, FIELD_NEEDED },
	[F_MOOD] = { "mood", FIELD_TEXT, 0, 20, 0 },
	[F_ANSWER] = { "answer", FIELD_TEXT, 1, 10, 0 },
};

static const char sheet[] =
    ":root{color-scheme:light dark;--ink:#14213d;--paper:#fff;--wall:#eef3fa;"
    "--line:#c6d0e0;--go:#ffc439;--soft:#52607a;--link:#0b4fb3}"
    "@media(prefers-color-scheme:dark){:root{--ink:#eaf0fb;--paper:#182033;"
    "--wall:#0f1524;--line:#3a4763;--soft:#a9b6d0;--link:#8fb8ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--wall);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}"
    ".sandbox{margin:0;padding:.6rem 1rem;background:#ffd24d;color:#221a00;"
    "text-align:center;font-weight:600}"
    "main{max-width:30rem;margin:2rem auto 4rem;padding:1.5rem;"
    "background:var(--paper);border:1px solid var(--line);"
    "border-radius:.75rem}"
    "@media(max-width:32rem){main{margin:0;border:0;border-radius:0}}"
    "h1{font-size:1.25rem;margin:0 0 .25rem}"
    "h2{font-size:1rem;margin:1.5rem 0 .25rem}"
    ".total{font-size:2rem;font-weight:700;margin:0 0 1rem}"
    "table{width:100%;border-collapse:collapse}"
    "td{padding:.35rem 0;vertical-align:top;overflow-wrap:anywhere}"
    "td+td{text-align:right;white-space:nowrap;padding-left:1rem}"
    "p{margin:0 0 .75rem}.soft{color:var(--soft)}"
    "label{display:block;margin:1rem 0;font-weight:500}"
    "select{display:block;width:100%;margin-top:.25rem;padding:.65rem;"
    "font:inherit;color:inherit;background:var(--wall);"
    "border:1px solid var(--line);border-radius:.5rem}"
    "button{width:100%;min-height:3rem;font:inherit;font-weight:600;"
    "color:#14213d;background:var(--go);border:0;border-radius:1.5rem;"
    "cursor:pointer}"
    "button.second{margin-top:.75rem;background:none;color:var(--link);"
    "border:1px solid currentColor}"
    ":focus-visible{outline:3px solid var(--link);outline-offset:2px}";

enum rc
wallet_sheet(struct box *b, struct error *e)
{
	(void)e;
	b->r.type = "text/css; charset=utf-8";
	b->r.cache = CACHE_HOUR;
	buf_puts(&b->r.body, sheet);
	return RC_OK;
}

/*** The page ***/

void
wallet_page_begin(struct box *b, int status, const char *title)
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
	url_init(&u, "/sandbox/paypal/style.css");
	html_open(&b->h, EL_LINK, AT(AT_REL, "stylesheet"), HREF(&u));
	url_release(&u);
	html_close(&b->h, EL_HEAD);
	html_open(&b->h, EL_BODY);
	html_el(&b->h, EL_P,
	    "SANDBOX: a stand-in for PayPal on this machine. No money moves.",
	    CLASS("sandbox"));
	html_open(&b->h, EL_MAIN);
	html_el(&b->h, EL_H1, title);
}

static enum rc
said(struct box *b, int status, const char *title, const char *words,
    struct error *e)
{
	wallet_page_begin(b, status, title);
	html_el(&b->h, EL_P, words, ID("error"));
	return box_page_end(b, e);
}

static void
put_money(struct box *b, enum html_el el, const json_t *amount, int64_t times,
    const char *class)
{
	struct money m = { .minor = wallet_minor(amount) * times };
	struct buf text;

	memcpy(m.currency, wallet_text(amount, "currency_code"), 4);
	buf_init(&text, 60);
	money_put(&text, m);
	html_el(&b->h, el, buf_str(&text), CLASS(class));
	buf_release(&text);
}

static void
put_row(struct box *b, const char *what, const json_t *amount, int64_t times)
{
	html_open(&b->h, EL_TR);
	html_open(&b->h, EL_TD);
	if (times > 1)
		html_textf(&b->h, "%s × %lld", what, (long long)times);
	else
		html_text(&b->h, what);
	html_close(&b->h, EL_TD);
	put_money(b, EL_TD, amount, times, NULL);
	html_close(&b->h, EL_TR);
}

static void
put_order(struct box *b, const json_t *u)
{
	const json_t *broken =
	    json_object_get(json_object_get(u, "amount"), "breakdown");
	const json_t *items = json_object_get(u, "items"), *one;
	int64_t qty = 1;

	html_open(&b->h, EL_TABLE);
	html_open(&b->h, EL_TBODY);
	for (size_t i = 0; i < json_array_size(items); i++) {
		one = json_array_get(items, i);
		if (num_parse(wallet_text(one, "quantity"), 1, 1000000, &qty) !=
		    RC_OK)
			qty = 1;
		put_row(b, wallet_text(one, "name"),
		    json_object_get(one, "unit_amount"), qty);
	}
	if (json_object_get(broken, "shipping") != NULL)
		put_row(b, "Delivery", json_object_get(broken, "shipping"), 1);
	html_close(&b->h, EL_TBODY);
	html_close(&b->h, EL_TABLE);
}

static void
put_address(struct box *b, const json_t *u)
{
	static const char *const parts[] = { "address_line_1", "address_line_2",
		"admin_area_2", "admin_area_1", "postal_code", "country_code" };
	const json_t *to = json_object_get(u, "shipping");
	const json_t *a = json_object_get(to, "address");

	html_el(&b->h, EL_H2, "Goes to");
	html_open(&b->h, EL_P, CLASS("soft"));
	html_text(&b->h, wallet_text(json_object_get(to, "name"), "full_name"));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (wallet_text(a, parts[i])[0] == '\0')
			continue;
		html_text(&b->h, ", ");
		html_text(&b->h, wallet_text(a, parts[i]));
	}
	html_close(&b->h, EL_P);
}

static const char *
context(const json_t *order, const char *name)
{
	return wallet_text(
	    json_object_get(wallet_inside(order), "context"), name);
}

/* Forms may lead back to the shop. */
static void
allow_return(struct box *b, const json_t *order)
{
	const char *url = context(order, "return_url");
	const char *host = strstr(url, "://");
	size_t n = host == NULL
		       ? 0
		       : (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");

	buf_reset(&b->shops);
	buf_put(&b->shops, url, n);
	b->r.form_origins = buf_str(&b->shops);
}

static enum rc
form_page(struct box *b, const json_t *order, struct error *e)
{
	const json_t *u = wallet_unit(order);
	struct url to;

	allow_return(b, order);
	wallet_page_begin(b, 200, "Pay with PayPal (sandbox)");
	html_open(&b->h, EL_P, CLASS("soft"));
	html_text(&b->h, context(order, "brand_name"));
	html_close(&b->h, EL_P);
	put_money(b, EL_P, json_object_get(u, "amount"), 1, "total");
	put_order(b, u);
	put_address(b, u);
	url_init(&to, PAGE);
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&to));
	url_release(&to);
	html_open(&b->h, EL_INPUT, TYPE("hidden"), NAME("token"),
	    VALUE(wallet_text(order, "id")));
	box_choices(b, "mood", "Pay with", wallet_moods, wallet_mood_count);
	html_el(&b->h, EL_BUTTON, "Pay now", TYPE("submit"), NAME("answer"),
	    VALUE("approve"));
	html_el(&b->h, EL_BUTTON, "Cancel and return to the shop",
	    TYPE("submit"), NAME("answer"), VALUE("cancel"), CLASS("second"));
	html_close(&b->h, EL_FORM);
	return box_page_end(b, e);
}

/*** Handlers ***/

/* The order whose page this is, or a page that says why there is none. */
static enum rc
order_of(struct wallet *w, const char *id, json_t **order, struct error *e)
{
	const char *status;
	json_int_t until;

	*order = wallet_load(w, id);
	status = wallet_text(*order, "status");
	until =
	    json_integer_value(json_object_get(wallet_inside(*order), "until"));
	if (*order != NULL && until > w->b->now &&
	    (strcmp(status, "PAYER_ACTION_REQUIRED") == 0 ||
		strcmp(status, "APPROVED") == 0))
		return RC_OK;
	json_decref(*order);
	*order = NULL;
	return said(w->b, 410, "This page is over",
	    "There is nothing to pay here any more. Go back to the shop.", e);
}

enum rc
wallet_page(struct box *b, struct error *e)
{
	json_t *order = NULL;
	struct wallet w;
	struct form f;
	enum rc rc = wallet_open(&w, b, e), read;

	read = form_read(
	    &f, fields, F_COUNT, buf_str(&b->q.query), b->q.query.len, NULL);
	if (rc == RC_OK)
		rc = order_of(&w,
		    read == RC_OK ? form_text_or(&f, F_TOKEN, "") : "", &order,
		    e);
	if (rc == RC_OK && order != NULL)
		rc = form_page(b, order, e);
	json_decref(order);
	form_release(&f);
	wallet_close(&w);
	return rc;
}

static void
approve(struct wallet *w, json_t *order, const char *mood)
{
	wallet_set(wallet_inside(order), "mood", mood);
	wallet_set(order, "status", "APPROVED");
	(void)json_object_set_new(order, "payer",
	    json_pack("{s:{s:s,s:s},s:s,s:s}", "name", "given_name", "Pat",
		"surname", "Payer", "email_address", "pat@sandbox.example",
		"payer_id", "HATPAYER12345"));
	wallet_keep(w, order, 0);
	wallet_event(w, "CHECKOUT.ORDER.APPROVED", "checkout-order", order);
}

static void
go_back(struct box *b, const json_t *order, bool yes)
{
	struct buf to;

	buf_init(&to, LIMIT_HEADERS);
	buf_puts(&to, context(order, yes ? "return_url" : "cancel_url"));
	box_arg(&to, "token", wallet_text(order, "id"));
	if (yes)
		box_arg(&to, "PayerID", "HATPAYER12345");
	box_redirect(b, &to);
	buf_release(&to);
}

enum rc
wallet_page_pay(struct box *b, struct error *e)
{
	json_t *order = NULL;
	const char *answer;
	struct wallet w;
	struct form f;
	bool yes;
	enum rc rc = wallet_open(&w, b, e), read;

	read = form_read(
	    &f, fields, F_COUNT, buf_str(&b->q.body), b->q.body.len, NULL);
	answer = read == RC_OK ? form_text_or(&f, F_ANSWER, "") : "";
	yes = strcmp(answer, "approve") == 0;
	if (rc == RC_OK)
		rc = store_begin(&w.st, e);
	if (rc == RC_OK)
		rc = order_of(&w,
		    read == RC_OK ? form_text_or(&f, F_TOKEN, "") : "", &order,
		    e);
	if (rc == RC_OK && order != NULL) {
		if (yes)
			approve(&w, order, form_text_or(&f, F_MOOD, ""));
		rc = store_commit(&w.st, e);
	}
	if (rc == RC_OK && order != NULL)
		go_back(b, order, yes);
	json_decref(order);
	form_release(&f);
	wallet_close(&w);
	return rc;
}
