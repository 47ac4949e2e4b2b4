/* Checkout sessions: made, shown, ended. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/num.h"
#include "sandbox/stripe.h"

#define LINES 100
#define SOONEST 1800
#define LATEST 86400
#define LEAST 30 /* pence, cents: about what Stripe takes */
#define MOST 99999999

#define LOCALES                                                                \
	"auto|bg|cs|da|de|el|en|en-GB|es|es-419|et|fi|fil|fr|fr-CA|hi-IN|hr|"  \
	"hu|id|it|ja|ko|lt|lv|ms|mt|nb|nl|pl|pt|pt-BR|ro|ru|sk|sl|sv|th|tr|"   \
	"vi|zh|zh-HK|zh-TW"
#define CURRENCIES "gbp|eur|usd|aud|cad|chf|czk|dkk|isk|jpy|kwd|nok|nzd|pln|sek"

/* What the shop may need; all else counts as unknown. */
const struct param stripe_session_params[] = {
	{ "allowed_payment_method_types[#]", PARAM_WORD, 0, 0, "card" },
	{ "cancel_url", PARAM_TEXT, 1, 5000, NULL },
	{ "client_reference_id", PARAM_TEXT, 1, 200, NULL },
	{ "customer_email", PARAM_TEXT, 1, 800, NULL },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
	{ "expires_at", PARAM_INT, 0, INT64_C(99999999999), NULL },
	{ "line_items[#][quantity]", PARAM_INT, 1, 999999, NULL },
	{ "line_items[#][price_data][currency]", PARAM_WORD, 0, 0, CURRENCIES },
	{ "line_items[#][price_data][unit_amount]", PARAM_INT, 0, MOST, NULL },
	{ "line_items[#][price_data][tax_behavior]", PARAM_WORD, 0, 0,
	    "exclusive|inclusive|unspecified" },
	{ "line_items[#][price_data][product_data][name]", PARAM_TEXT, 1, 1500,
	    NULL },
	{ "line_items[#][price_data][product_data][description]", PARAM_TEXT, 1,
	    40000, NULL },
	{ "line_items[#][price_data][product_data][images][#]", PARAM_TEXT, 1,
	    2048, NULL },
	{ "locale", PARAM_WORD, 0, 0, LOCALES },
	{ "metadata[*]", PARAM_TEXT, 0, 500, NULL },
	{ "mode", PARAM_WORD, 0, 0, "payment" },
	{ "payment_intent_data[capture_method]", PARAM_WORD, 0, 0,
	    "automatic|automatic_async|manual" },
	{ "payment_intent_data[description]", PARAM_TEXT, 1, 1000, NULL },
	{ "payment_intent_data[metadata][*]", PARAM_TEXT, 0, 500, NULL },
	{ "payment_intent_data[statement_descriptor_suffix]", PARAM_TEXT, 1, 22,
	    NULL },
	{ "submit_type", PARAM_WORD, 0, 0, "auto|book|donate|pay|subscribe" },
	{ "success_url", PARAM_TEXT, 1, 5000, NULL },
	{ "ui_mode", PARAM_WORD, 0, 0, "hosted_page" },
};
const size_t stripe_session_param_count =
    sizeof(stripe_session_params) / sizeof(stripe_session_params[0]);

/*** What the types do not say ***/

static bool
missing(struct stripe_call *c, const char *value, const char *name)
{
	if (value == NULL)
		stripe_fail(c, 400, STRIPE_INVALID, "parameter_missing", name,
		    "Missing required param: %s.", name);
	return value == NULL;
}

static bool
is_address(const char *url)
{
	size_t n = strncmp(url, "https://", 8) == 0  ? 8
		   : strncmp(url, "http://", 7) == 0 ? 7
						     : 0;

	return n > 0 && url[n] != '\0' && url[n] != '/' &&
	       strpbrk(url, " \t\r\n\"<>") == NULL;
}

static bool
bad_address(struct stripe_call *c, const char *name)
{
	const char *url = params_get(&c->p, "%s", name);

	if (url == NULL || is_address(url))
		return false;
	stripe_fail(
	    c, 400, STRIPE_INVALID, "url_invalid", name, "Not a valid URL");
	return true;
}

static bool
bad_email(struct stripe_call *c)
{
	const char *email = params_get(&c->p, "customer_email");
	const char *at = email == NULL ? NULL : strchr(email, '@');

	if (email == NULL ||
	    (at != NULL && at > email && strchr(at + 1, '@') == NULL &&
		strchr(at + 1, '.') != NULL && strpbrk(email, " <>,") == NULL))
		return false;
	stripe_fail(c, 400, STRIPE_INVALID, "email_invalid", "customer_email",
	    "Invalid email address: %s", email);
	return true;
}

static bool
bad_expiry(struct stripe_call *c)
{
	int64_t at = params_int(&c->p, c->now + LATEST, "expires_at");

	/* some seconds of grace, as clocks differ and calls take time */
	if (at >= c->now + SOONEST - 10 && at <= c->now + LATEST + 10)
		return false;
	stripe_fail(c, 400, STRIPE_INVALID, NULL, "expires_at",
	    at < c->now + SOONEST
		? "The `expires_at` timestamp must be at least 30 minutes from "
		  "Checkout Session creation."
		: "The `expires_at` timestamp must be less than 24 hours from "
		  "Checkout Session creation.");
	return true;
}

static bool
bad_metadata(struct stripe_call *c, const char *prefix)
{
	char key[PARAM_NAME_SIZE];
	size_t i, n = 0;

	for (i = 0; i < c->p.n; i++) {
		if (!params_key(c->p.each[i].name, prefix, key))
			continue;
		if (strlen(key) > 40) {
			stripe_fail(c, 400, STRIPE_INVALID, NULL, prefix,
			    "Metadata keys can have up to 40 characters, and "
			    "yours is too long: %s",
			    key);
			return true;
		}
		n++;
	}
	if (n > 50)
		stripe_fail(c, 400, STRIPE_INVALID, NULL, prefix,
		    "Metadata can only have up to 50 keys.");
	return n > 50;
}

/*** Lines ***/

static bool
bad_line(struct stripe_call *c, int i, const char *currency)
{
	static const char *const needed[] = { "quantity",
		"price_data][currency", "price_data][product_data][name",
		"price_data][unit_amount" };
	char name[PARAM_NAME_SIZE];
	size_t k;

	for (k = 0; k < sizeof(needed) / sizeof(needed[0]); k++) {
		(void)snprintf(
		    name, sizeof(name), "line_items[%d][%s]", i, needed[k]);
		if (missing(c, params_get(&c->p, "%s", name), name))
			return true;
	}
	if (strcmp(params_get(&c->p, "line_items[%d][price_data][currency]", i),
		currency) == 0)
		return false;
	stripe_fail(c, 400, STRIPE_INVALID, NULL, "line_items",
	    "You can only create Checkout Sessions where all prices are in the "
	    "same currency.");
	return true;
}

/* How many there are, from 0 on without a gap; -1: something is wrong. */
static int
lines_checked(struct stripe_call *c)
{
	const char *currency =
	    params_get(&c->p, "line_items[0][price_data][currency]");
	char prefix[40];
	int n, count = 0;

	for (n = 0; n <= LINES; n++) {
		(void)snprintf(prefix, sizeof(prefix), "line_items[%d][", n);
		if (!params_has(&c->p, prefix))
			break;
		if (bad_line(c, n, currency == NULL ? "" : currency))
			return -1;
	}
	for (size_t i = 0; i < c->p.n; i++)
		count += strncmp(c->p.each[i].name, "line_items[", 11) == 0 &&
			 strstr(c->p.each[i].name, "][quantity]") != NULL;
	if (n == 0) {
		(void)missing(c, NULL, "line_items");
		return -1;
	}
	if (n > LINES || count != n) {
		stripe_fail(c, 400, STRIPE_INVALID, NULL, "line_items",
		    n > LINES ? "The maximum of 100 line items was exceeded."
			      : "The indices of line_items have a gap.");
		return -1;
	}
	return n;
}

static json_t *
line_new(struct stripe_call *c, int i, int64_t *sum)
{
	json_t *line = stripe_new(c, "item");
	json_t *price = json_object_get(line, "price");
	const char *currency =
	    params_get(&c->p, "line_items[%d][price_data][currency]", i);
	const char *tax =
	    params_get(&c->p, "line_items[%d][price_data][tax_behavior]", i);
	int64_t qty = params_int(&c->p, 1, "line_items[%d][quantity]", i);
	int64_t each =
	    params_int(&c->p, 0, "line_items[%d][price_data][unit_amount]", i);
	char id[STRIPE_ID];

	*sum = qty * each; /* both are bounded */
	stripe_set_int(line, "amount_subtotal", *sum);
	stripe_set_int(line, "amount_total", *sum);
	stripe_set(line, "currency", currency);
	stripe_set(line, "description",
	    params_get(
		&c->p, "line_items[%d][price_data][product_data][name]", i));
	stripe_set_int(line, "quantity", qty);
	stripe_name(id, "price_1", 23);
	stripe_set(price, "id", id);
	stripe_name(id, "prod_", 14);
	stripe_set(price, "product", id);
	stripe_set_int(price, "created", c->now);
	stripe_set(price, "currency", currency);
	stripe_set_int(price, "unit_amount", each);
	(void)json_object_set_new(price, "unit_amount_decimal",
	    json_sprintf("%lld", (long long)each));
	if (tax != NULL)
		stripe_set(price, "tax_behavior", tax);
	return line;
}

/* The lines, inside of the session, and what they come to. */
static bool
put_lines(struct stripe_call *c, json_t *session, int n)
{
	json_t *lines = json_array();
	int64_t total = 0, sum;

	for (int i = 0; i < n; i++) {
		(void)json_array_append_new(lines, line_new(c, i, &sum));
		total += sum;
	}
	(void)json_object_set_new(stripe_inside(session), "lines", lines);
	stripe_set_int(session, "amount_subtotal", total);
	stripe_set_int(session, "amount_total", total);
	if (total >= LEAST && total <= MOST)
		return true;
	stripe_fail(c, 400, STRIPE_INVALID,
	    total < LEAST ? "amount_too_small" : "amount_too_large", NULL,
	    total < LEAST
		? "The Checkout Session's total amount due must add up to at "
		  "least 30 of the smallest unit"
		: "The Checkout Session's total amount due must be no more "
		  "than 999999.99");
	return false;
}

/*** Made ***/

/* What the intent will be made of, once there is one. */
static void
put_payment(struct stripe_call *c, json_t *session)
{
	static const char *const members[] = { "capture_method", "description",
		"statement_descriptor_suffix" };
	json_t *inside = json_object();
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		stripe_set(inside, members[i],
		    params_get(&c->p, "payment_intent_data[%s]", members[i]));
	(void)json_object_set_new(inside, "metadata", json_object());
	stripe_metadata(c, inside, "payment_intent_data[metadata]");
	(void)json_object_set_new(stripe_inside(session), "intent", inside);
}

static void
put_members(struct stripe_call *c, json_t *session)
{
	static const char *const copied[] = { "cancel_url",
		"client_reference_id", "customer_email", "locale",
		"submit_type", "success_url" };
	size_t i;

	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		stripe_set(
		    session, copied[i], params_get(&c->p, "%s", copied[i]));
	stripe_set(session, "currency",
	    params_get(&c->p, "line_items[0][price_data][currency]"));
	stripe_set_int(session, "expires_at",
	    params_int(&c->p, c->now + LATEST, "expires_at"));
	stripe_metadata(c, session, "metadata");
	if (params_get(&c->p, "allowed_payment_method_types[0]") != NULL)
		(void)json_object_set_new(session,
		    "allowed_payment_method_types", json_pack("[s]", "card"));
	(void)json_object_set_new(session, "url",
	    json_sprintf("%s/c/pay/%s", c->b->settings->stripe_base,
		stripe_text(session, "id")));
}

void
stripe_session_create(struct stripe_call *c, const char *id)
{
	json_t *session;
	int n;

	(void)id;
	if (missing(c, params_get(&c->p, "mode"), "mode") ||
	    missing(c, params_get(&c->p, "success_url"), "success_url") ||
	    bad_address(c, "success_url") || bad_address(c, "cancel_url") ||
	    bad_email(c) || bad_expiry(c) || bad_metadata(c, "metadata") ||
	    bad_metadata(c, "payment_intent_data[metadata]"))
		return;
	n = lines_checked(c);
	if (n < 0)
		return;
	session = stripe_new(c, "checkout.session");
	put_members(c, session);
	put_payment(c, session);
	if (put_lines(c, session, n)) {
		stripe_put(
		    c, session, NULL, stripe_whole(session, "expires_at"));
		stripe_show(c, session);
	}
	json_decref(session);
}

/*** Looked at and ended ***/

static json_t *
session_of(struct stripe_call *c, const char *id)
{
	json_t *session = stripe_get(c, id);

	if (session != NULL &&
	    strcmp(stripe_text(session, "object"), "checkout.session") == 0)
		return session;
	json_decref(session);
	stripe_fail(c, 404, STRIPE_INVALID, "resource_missing", "session",
	    "No such checkout.session: '%s'", id);
	return NULL;
}

void
stripe_session_show(struct stripe_call *c, const char *id)
{
	json_t *session = session_of(c, id);

	if (session != NULL)
		stripe_show(c, session);
	json_decref(session);
}

void
stripe_session_lines(struct stripe_call *c, const char *id)
{
	json_t *session = session_of(c, id);

	if (session != NULL) {
		c->status = 200;
		c->out = json_pack("{s:s, s:O, s:b, s:o}", "object", "list",
		    "data", json_object_get(stripe_inside(session), "lines"),
		    "has_more", 0, "url",
		    json_sprintf("/v1/checkout/sessions/%s/line_items", id));
	}
	json_decref(session);
}

void
stripe_session_expire(struct stripe_call *c, const char *id)
{
	json_t *session = session_of(c, id);

	if (session == NULL)
		return;
	if (strcmp(stripe_text(session, "status"), "open") != 0) {
		stripe_fail(c, 400, STRIPE_INVALID, NULL, NULL,
		    "Only Checkout Sessions with a status in [\"open\"] can be "
		    "expired. This Checkout Session has a status of `%s`.",
		    stripe_text(session, "status"));
	} else {
		stripe_expire(c, session);
		stripe_show(c, session);
	}
	json_decref(session);
}
