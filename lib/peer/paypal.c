#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/money.h"
#include "base/num.h"
#include "base/text.h"
#include "peer/http.h"
#include "peer/jdoc.h"
#include "peer/paypal_call.h"

/* Orders v2 keeps a key for 6 hours, Payments v2 for 45 days: the shorter, with
 * room for a slow clock. */
#define KEY_SECONDS (5 * 3600)
#define NAME_MOST 127 /* characters of an item's name, of the shop's */
#define FULL_NAME 300

/*** What is sent ***/

enum rc
paypal_sum(const struct gateway_job *job, int64_t *goods, int64_t *total,
    struct error *e)
{
	int64_t sum = 0, line = 0;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < job->n && rc == RC_OK; i++) {
		rc = num_mul(job->lines[i].qty, job->lines[i].price, &line);
		if (rc == RC_OK)
			rc = num_add(sum, line, &sum);
	}
	*goods = sum;
	if (rc == RC_OK)
		rc = num_add(sum, job->delivery, total);
	return rc == RC_OK ? rc : error_set(e, rc, "an order is no sum");
}

/* NULL, which fails what it becomes part of, when there is no memory. */
json_t *
paypal_amount(int64_t minor, const char *currency)
{
	struct money m = { .minor = minor };
	json_t *out = NULL;
	struct buf b;

	(void)snprintf(m.currency, sizeof(m.currency), "%.3s", currency);
	buf_init(&b, 64);
	money_put_decimal(&b, m);
	if (buf_rc(&b) == RC_OK)
		out = json_pack("{s:s,s:s}", "currency_code", currency, "value",
		    buf_str(&b));
	buf_release(&b);
	return out;
}

/* At most so many bytes of a text, whole characters. */
static json_t *
clipped(const char *s, size_t most)
{
	return json_stringn(s, text_clip(s, strlen(s), most));
}

static json_t *
lines(const struct gateway_job *job)
{
	json_t *all = json_array(), *line;
	char qty[24];

	for (size_t i = 0; i < job->n; i++) {
		const struct gateway_line *l = &job->lines[i];

		(void)snprintf(qty, sizeof(qty), "%lld", (long long)l->qty);
		line = json_pack("{s:o,s:s,s:o,s:s}", "name",
		    clipped(l->name, NAME_MOST), "quantity", qty, "unit_amount",
		    paypal_amount(l->price, job->currency), "category",
		    "PHYSICAL_GOODS");
		if (line == NULL || json_array_append_new(all, line) != 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static void
put_text(json_t *o, const char *name, const char *s)
{
	if (s != NULL && s[0] != '\0')
		(void)json_object_set_new(o, name, json_string(s));
}

static json_t *
shipping(const struct gateway_place *to)
{
	json_t *address = json_object();

	put_text(address, "address_line_1", to->line1);
	put_text(address, "address_line_2", to->line2);
	put_text(address, "admin_area_2", to->town);
	put_text(address, "admin_area_1", to->region);
	put_text(address, "postal_code", to->postcode);
	put_text(address, "country_code", to->country);
	return json_pack("{s:{s:o},s:o}", "name", "full_name",
	    clipped(to->name, FULL_NAME), "address", address);
}

/* The order that PayPal is to make; only here is a break-down written. */
static json_t *
order_json(
    const struct paypal *pp, const struct gateway_job *job, int64_t goods)
{
	json_t *all = paypal_amount(job->amount, job->currency), *unit,
	       *context;

	if (all == NULL ||
	    json_object_set_new(all, "breakdown",
		json_pack("{s:o,s:o}", "item_total",
		    paypal_amount(goods, job->currency), "shipping",
		    paypal_amount(job->delivery, job->currency))) != 0) {
		json_decref(all);
		return NULL;
	}
	unit = json_pack("{s:s,s:s,s:o,s:o,s:o}", "custom_id", job->order,
	    "invoice_id", job->attempt, "amount", all, "items", lines(job),
	    "shipping", shipping(&job->to));
	context = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s}", "return_url",
	    job->return_url, "cancel_url", job->cancel_url, "user_action",
	    "PAY_NOW", "shipping_preference", "SET_PROVIDED_ADDRESS",
	    "landing_page", "LOGIN", "brand_name",
	    clipped(pp->brand, NAME_MOST), "locale", "en-GB");
	return json_pack("{s:s,s:[o],s:{s:{s:o}}}", "intent", "AUTHORIZE",
	    "purchase_units", unit, "payment_source", "paypal",
	    "experience_context", context);
}

enum rc
paypal_put_json(struct buf *b, json_t *o, struct error *e)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum rc rc = RC_NOMEM;

	if (text != NULL) {
		buf_puts(b, text);
		rc = buf_rc(b);
	}
	free(text);
	json_decref(o);
	return rc == RC_OK ? rc : error_set(e, rc, "no memory for a call");
}

static enum rc
put_order(const struct paypal *pp, const struct gateway_job *job,
    struct buf *request, struct error *e)
{
	int64_t goods = 0, total = 0;
	enum rc rc = paypal_sum(job, &goods, &total, e);

	if (rc == RC_OK && total != job->amount)
		rc = error_set(
		    e, RC_INVALID, "the lines of an order are not its total");
	return rc == RC_OK
		   ? paypal_put_json(request, order_json(pp, job, goods), e)
		   : rc;
}

static void
put_path(
    struct buf *path, const char *folder, const char *name, const char *verb)
{
	buf_puts(path, folder);
	http_escape(path, name);
	buf_puts(path, verb);
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	static const char authorizations[] = "/v2/payments/authorizations/";
	static const char orders[] = "/v2/checkout/orders/";
	enum rc rc = RC_OK;

	switch (action) {
	case GATEWAY_CREATE:
		buf_puts(path, "/v2/checkout/orders");
		rc = put_order(g->ctx, job, request, e);
		break;
	case GATEWAY_AUTHORISE:
		put_path(path, orders, job->checkout_object, "/authorize");
		buf_puts(request, "{}");
		break;
	case GATEWAY_CAPTURE:
		put_path(path, authorizations, job->payment_object, "/capture");
		rc = paypal_put_json(request,
		    json_pack("{s:o,s:s,s:b}", "amount",
			paypal_amount(job->amount, job->currency), "invoice_id",
			job->attempt, "final_capture", 1),
		    e);
		break;
	case GATEWAY_VOID:
		put_path(path, authorizations, job->payment_object, "/void");
		buf_puts(request, "{}");
		break;
	case GATEWAY_REFUND:
		return paypal_put_refund(job, path, request, e);
	case GATEWAY_EXPIRE:
	case GATEWAY_ACTIONS:
		return error_set(e, RC_INVALID,
		    "an order of PayPal's ends by not being authorised");
	}
	if (rc == RC_OK && (buf_rc(path) != RC_OK || buf_rc(request) != RC_OK))
		rc = error_set(e, RC_NOMEM, "no memory for a call");
	return rc;
}

static enum rc
send_call(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	const struct paypal_call c = { "POST", path, key, request, n };

	return paypal_call(g->ctx, &c, reply, e);
}

/*** What is understood ***/

/* A name of theirs that is too long is none, not a part. */
static void
copy(char *to, size_t size, const char *from)
{
	text_copy(to, size, from == NULL || strlen(from) >= size ? "" : from);
}

static bool
is(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

static bool
any_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is(s, *words))
			return true;
	return false;
}

/* The amount of an object; 0 when it is none. */
int64_t
paypal_read_money(const struct jdoc *d, const char *member, char currency[4])
{
	char path[80];
	const char *value, *code;
	struct money m;

	(void)snprintf(path, sizeof(path), "%s.value", member);
	value = jdoc_text(d, path);
	(void)snprintf(path, sizeof(path), "%s.currency_code", member);
	code = jdoc_text(d, path);
	if (value == NULL || code == NULL || strlen(code) != 3 ||
	    money_parse(value, code, &m) != RC_OK)
		return 0;
	memcpy(currency, m.currency, 4);
	return m.minor;
}

int64_t
paypal_read_amount(const struct jdoc *d, char currency[4])
{
	return paypal_read_money(d, "amount", currency);
}

/* Of all authorisations and captures of an order. */
struct ledger {
	const char *authorization; /* its name */
	const char *status;        /* of the one that counts */
	const char *capture;       /* what has been taken, its name */
	int64_t captured, refunded;
	bool waits, failed; /* a capture */
};

static const char *const taken[] = { "COMPLETED", "PARTIALLY_REFUNDED",
	"REFUNDED", NULL };
static const char *const dead[] = { "DENIED", "VOIDED", "EXPIRED", NULL };

static void
read_ledger(const struct jdoc *unit, struct ledger *l)
{
	static const char auths[] = "payments.authorizations";
	static const char captures[] = "payments.captures";
	static const char refunds[] = "payments.refunds";
	char currency[4] = "";
	const char *status;
	struct jdoc one;

	memset(l, 0, sizeof(*l));
	for (size_t i = 0; jdoc_at(unit, auths, i, &one); i++) {
		status = jdoc_text(&one, "status");
		if (status == NULL ||
		    (l->status != NULL && !any_of(l->status, dead)))
			continue;
		l->status = status;
		l->authorization = jdoc_text(&one, "id");
	}
	for (size_t i = 0; jdoc_at(unit, captures, i, &one); i++) {
		status = jdoc_text(&one, "status");
		if (any_of(status, taken)) {
			l->captured += paypal_read_amount(&one, currency);
			l->capture = jdoc_text(&one, "id");
		} else if (is(status, "PENDING")) {
			l->waits = true;
		} else {
			l->failed = true;
		}
	}
	for (size_t i = 0; jdoc_at(unit, refunds, i, &one); i++) {
		status = jdoc_text(&one, "status");
		if (is(status, "COMPLETED") || is(status, "PENDING"))
			l->refunded += paypal_read_amount(&one, currency);
	}
}

static enum gateway_news
ledger_news(const struct ledger *l)
{
	if (l->captured > 0)
		return NEWS_CAPTURED;
	if (l->waits || is(l->status, "PENDING"))
		return NEWS_WAITS;
	if (is(l->status, "CREATED"))
		return l->failed ? NEWS_FAILED : NEWS_AUTHORISED;
	if (is(l->status, "DENIED"))
		return NEWS_FAILED;
	if (is(l->status, "VOIDED") || is(l->status, "EXPIRED"))
		return NEWS_VOIDED;
	/* used up by a capture that came to nothing: nothing is reserved */
	return l->failed ? NEWS_VOIDED : NEWS_WAITS;
}

static enum gateway_news
order_news(const char *status)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "CREATED", NEWS_OPEN },
		{ "SAVED", NEWS_OPEN },
		{ "PAYER_ACTION_REQUIRED", NEWS_OPEN },
		{ "APPROVED", NEWS_APPROVED },
		{ "VOIDED", NEWS_EXPIRED },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (is(status, each[i].status))
			return each[i].news;
	return NEWS_WAITS; /* a word that is new: look again */
}

static const char *
page_of(const struct jdoc *d)
{
	struct jdoc link;
	const char *rel;

	for (size_t i = 0; jdoc_at(d, "links", i, &link); i++) {
		rel = jdoc_text(&link, "rel");
		if (is(rel, "payer-action") || is(rel, "approve"))
			return jdoc_text(&link, "href");
	}
	return NULL;
}

static void
read_order(const struct jdoc *d, struct gateway_answer *out)
{
	struct ledger l;
	struct jdoc unit;

	copy(out->checkout_object, sizeof(out->checkout_object),
	    jdoc_text(d, "id"));
	copy(out->page, sizeof(out->page), page_of(d));
	out->news = NEWS_AGAIN;
	if (!jdoc_at(d, "purchase_units", 0, &unit))
		return;
	copy(out->order, sizeof(out->order), jdoc_text(&unit, "custom_id"));
	out->amount = paypal_read_amount(&unit, out->currency);
	read_ledger(&unit, &l);
	out->news = l.status == NULL ? order_news(jdoc_text(d, "status"))
				     : ledger_news(&l);
	out->captured = l.captured;
	out->refunded = l.refunded;
	copy(out->payment_object, sizeof(out->payment_object),
	    l.capture != NULL ? l.capture : l.authorization);
	if (l.status != NULL)
		text_copy(out->method, sizeof(out->method), "PayPal");
}

/* An authorisation or a capture by itself. */
static void
read_payment(enum gateway_action action, const struct jdoc *d,
    struct gateway_answer *out)
{
	const char *status = jdoc_text(d, "status");

	copy(out->order, sizeof(out->order), jdoc_text(d, "custom_id"));
	out->amount = paypal_read_amount(d, out->currency);
	if (status == NULL) {
		out->news = NEWS_AGAIN;
	} else if (action != GATEWAY_CAPTURE) {
		const struct ledger l = { .status = status };

		copy(out->payment_object, sizeof(out->payment_object),
		    jdoc_text(d, "id"));
		out->news = ledger_news(&l);
	} else if (any_of(status, taken)) {
		/* what a refund is of */
		copy(out->payment_object, sizeof(out->payment_object),
		    jdoc_text(d, "id"));
		text_copy(out->method, sizeof(out->method), "PayPal");
		out->captured = out->amount;
		out->news = NEWS_CAPTURED;
	} else {
		out->news = is(status, "PENDING") ? NEWS_WAITS : NEWS_FAILED;
		copy(out->why, sizeof(out->why),
		    jdoc_text(d, "status_details.reason"));
	}
}

/* What a refusal means; each is of PayPal's OpenAPI files. */
static enum gateway_news
issue_news(enum gateway_action action, const char *issue)
{
	/* the customer's side said no: nothing is done under this order */
	static const char *const no[] = { "INSTRUMENT_DECLINED",
		"MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "ORDER_EXPIRED",
		"ORDER_NOT_APPROVED", "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
		"PAYER_ACCOUNT_RESTRICTED", "PAYER_ACTION_REQUIRED",
		"PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", NULL };
	static const char *const not_captured[] = { "INSTRUMENT_DECLINED",
		"PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED",
		"PAYER_CANNOT_PAY", "TRANSACTION_REFUSED", NULL };
	static const char *const lapsed[] = { "AUTHORIZATION_DENIED",
		"AUTHORIZATION_EXPIRED", "AUTHORIZATION_VOIDED",
		"PREVIOUSLY_VOIDED", NULL };

	if (is(issue, "PREVIOUS_REQUEST_IN_PROGRESS"))
		return NEWS_AGAIN;
	if (action == GATEWAY_AUTHORISE && any_of(issue, no))
		return NEWS_FAILED;
	if (action == GATEWAY_CAPTURE && any_of(issue, not_captured))
		return NEWS_FAILED;
	if ((action == GATEWAY_CAPTURE || action == GATEWAY_VOID) &&
	    any_of(issue, lapsed))
		return NEWS_VOIDED;
	return NEWS_REFUSED;
}

/* 401 and 403 are our account, which an administrator mends. */
static void
read_failure(enum gateway_action action, int64_t status, const struct jdoc *d,
    struct gateway_answer *out)
{
	struct jdoc detail;
	const char *text = NULL;

	out->news = NEWS_AGAIN;
	if (d == NULL)
		return;
	text = jdoc_text(d, "message");
	if (jdoc_at(d, "details", 0, &detail)) {
		if (jdoc_text(&detail, "description") != NULL)
			text = jdoc_text(&detail, "description");
		if (status == 400 || status == 404 || status == 422)
			out->news =
			    issue_news(action, jdoc_text(&detail, "issue"));
	} else if (status == 400 || status == 404 || status == 422) {
		out->news = NEWS_REFUSED;
	}
	copy(out->why, sizeof(out->why), text);
}

static void
understand(enum gateway_action action, const struct jdoc *d,
    struct gateway_answer *out)
{
	switch (action) {
	case GATEWAY_CAPTURE:
	case GATEWAY_VOID:
		read_payment(action, d, out);
		break;
	case GATEWAY_REFUND:
		paypal_read_refund(d, out);
		break;
	case GATEWAY_CREATE:
	case GATEWAY_AUTHORISE:
	case GATEWAY_EXPIRE:
	case GATEWAY_ACTIONS:
		read_order(d, out);
		break;
	}
}

static enum rc
read_reply(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	bool good = reply->status >= 200 && reply->status < 300;
	struct error why = ERROR_NONE;
	struct jdoc d;
	enum rc rc;

	(void)g;
	memset(out, 0, sizeof(*out));
	rc = jdoc_read(&d, buf_str(&reply->body), reply->body.len, &why);
	if (action == GATEWAY_VOID && reply->status == 204)
		out->news = NEWS_VOIDED;
	else if (good && rc == RC_OK)
		understand(action, &d, out);
	else
		read_failure(
		    action, reply->status, rc == RC_OK ? &d : NULL, out);
	jdoc_release(&d);
	return rc == RC_NOMEM ? error_set(e, rc, "%s", why.text) : RC_OK;
}

/*** Looking ***/

static enum rc
get(const struct gateway *g, const char *folder, const char *name,
    enum gateway_action as, struct gateway_answer *out, struct error *e)
{
	struct gateway_reply reply = { 0 };
	struct paypal_call c = { .method = "GET" };
	struct buf path;
	enum rc rc;

	buf_init(&path, LIMIT_URL);
	buf_init(&reply.body, LIMIT_CALL);
	put_path(&path, folder, name, "");
	rc = buf_rc(&path);
	c.path = buf_str(&path);
	if (rc == RC_OK)
		rc = paypal_call(g->ctx, &c, &reply, e);
	if (rc == RC_OK && reply.status == 404)
		rc = error_set(e, RC_NOTFOUND, "PayPal does not know it");
	if (rc == RC_OK)
		rc = read_reply(g, as, &reply, out, e);
	if (rc == RC_OK && out->news == NEWS_REFUSED)
		out->news = NEWS_AGAIN;
	buf_release(&reply.body);
	buf_release(&path);
	return rc;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	enum rc rc;

	if (job->checkout_object[0] == '\0')
		return error_set(e, RC_NOTFOUND, "PayPal has given it no name");
	rc = get(g, "/v2/checkout/orders/", job->checkout_object,
	    GATEWAY_CREATE, out, e);
	if (rc != RC_NOTFOUND || job->payment_object[0] == '\0')
		return rc;
	/* orders are forgotten before the money that they reserved */
	error_clear(e);
	rc = get(g, "/v2/payments/authorizations/", job->payment_object,
	    GATEWAY_VOID, out, e);
	if (rc == RC_OK && out->news == NEWS_WAITS)
		out->news = NEWS_AGAIN;
	return rc;
}

void
paypal_gateway(struct paypal *pp, struct gateway *out)
{
	*out = (struct gateway){ .name = "paypal",
		.key_seconds = KEY_SECONDS,
		.authorises = true,
		.ctx = pp,
		.prepare = prepare,
		.send = send_call,
		.read = read_reply,
		.look = look,
		.look_refund = paypal_look_refund,
		.look_dispute = paypal_look_dispute,
		.ledger_reach = PAYPAL_LIST_SECONDS,
		.ledger = paypal_ledger };
}
