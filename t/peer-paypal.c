/* PayPal: what is sent, what is understood, and whose webhooks are believed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "peer/jdoc.h"
#include "peer/paypal.h"
#include "t/random.h"
#include "t/tap.h"

static struct gateway_job job = {
	.order = "0123456789abcdef0123456789abcdef",
	.attempt = "fedcba9876543210fedcba9876543210",
	.amount = 5143,
	.currency = "GBP",
	.email = "o'brien+hats@example.com",
	.return_url = "https://hats.example/checkout/return/0123",
	.cancel_url = "https://hats.example/checkout/cancel/0123",
	.delivery_name = "Standard delivery",
	.delivery = 395,
	.to = { "Åsa O'Brien", "1 High Street", "", "Leeds", "", "LS1 4DY",
	    "GB" },
	.lines = { { "Crème & <b> 帽子", 2, 1999 }, { "Fez=1", 3, 250 } },
	.n = 2,
	.expires_at = 1760003600,
	.checkout_object = "5O19/../x",
	.payment_object = "0VF5?x",
	.refund = "broken brim",
	.refund_object = "",
	.refund_amount = 1005,
};

static struct paypal pp = { .base = "https://api-m.paypal.com",
	.client_id = "",
	.secret = "",
	.folder = "",
	.brand = "Funny Hats" };

static enum rc
prepared(enum gateway_action action, struct buf *path, struct buf *request)
{
	struct error e = ERROR_NONE;
	struct gateway g;

	paypal_gateway(&pp, &g);
	buf_init(path, LIMIT_URL);
	buf_init(request, LIMIT_CALL);
	return g.prepare(&g, action, &job, path, request, &e);
}

static void
has(const struct buf *request, const char *part)
{
	ok(strstr(buf_str(request), part) != NULL, "sends %s", part);
}

static void
an_order_is_asked_for_with_its_break_down_and_our_uids(void)
{
	struct buf path, request;

	ok(prepared(GATEWAY_CREATE, &path, &request) == RC_OK, "prepared");
	is_str(buf_str(&path), "/v2/checkout/orders", "path");
	has(&request, "{\"intent\":\"AUTHORIZE\",\"purchase_units\":[{");
	has(&request, "\"custom_id\":\"0123456789abcdef0123456789abcdef\"");
	has(&request, "\"invoice_id\":\"fedcba9876543210fedcba9876543210\"");
	has(&request,
	    "\"amount\":{\"currency_code\":\"GBP\",\"value\":\"51.43\","
	    "\"breakdown\":{\"item_total\":{\"currency_code\":\"GBP\","
	    "\"value\":\"47.48\"},\"shipping\":{\"currency_code\":\"GBP\","
	    "\"value\":\"3.95\"}}}");
	has(&request, "\"name\":\"Crème & <b> 帽子\",\"quantity\":\"2\","
		      "\"unit_amount\":{\"currency_code\":\"GBP\",\"value\":"
		      "\"19.99\"},\"category\":\"PHYSICAL_GOODS\"");
	has(&request, "\"shipping\":{\"name\":{\"full_name\":\"Åsa O'Brien\"},"
		      "\"address\":{\"address_line_1\":\"1 High Street\","
		      "\"admin_area_2\":\"Leeds\",\"postal_code\":\"LS1 4DY\","
		      "\"country_code\":\"GB\"}}");
	has(&request, "\"shipping_preference\":\"SET_PROVIDED_ADDRESS\"");
	has(&request, "\"user_action\":\"PAY_NOW\"");
	has(&request, "\"brand_name\":\"Funny Hats\"");
	buf_release(&path);
	buf_release(&request);
}

static void
what_does_not_add_up_is_never_sent(void)
{
	struct buf path, request;

	job.amount++;
	ok(prepared(GATEWAY_CREATE, &path, &request) == RC_INVALID,
	    "a total that is not its lines");
	is_int((int64_t)request.len, 0, "nothing is prepared");
	job.amount--;
	buf_release(&path);
	buf_release(&request);
}

/* What the request says of an amount, in pence. */
static int64_t
pence(const struct jdoc *d, const char *path)
{
	const char *s = jdoc_text(d, path), *dot;
	int64_t pounds = 0, p = 0;

	dot = s == NULL ? NULL : strchr(s, '.');
	if (dot == NULL || strlen(dot) != 3 ||
	    num_parse_n(s, (size_t)(dot - s), 0, INT64_MAX / 200, &pounds) !=
		RC_OK ||
	    num_parse_n(dot + 1, 2, 0, 99, &p) != RC_OK)
		return -1;
	return pounds * 100 + p;
}

/* One random basket: whether all of its request agrees. */
static bool
agrees(struct random *r)
{
	int64_t sum = 0, items = 0, qty;
	struct jdoc d, unit, line;
	struct buf path, request;
	struct error e = ERROR_NONE;
	bool right = false;

	job.n = 1 + random_below(r, GATEWAY_LINES);
	job.delivery = (int64_t)random_below(r, 2000);
	for (size_t i = 0; i < job.n; i++) {
		job.lines[i] = (struct gateway_line){ "Hat",
			1 + (int64_t)random_below(r, 20),
			1 + (int64_t)random_below(r, 100000) };
		sum += job.lines[i].qty * job.lines[i].price;
	}
	job.amount = sum + job.delivery;
	if (prepared(GATEWAY_CREATE, &path, &request) == RC_OK &&
	    jdoc_read(&d, buf_str(&request), request.len, &e) == RC_OK) {
		right = jdoc_at(&d, "purchase_units", 0, &unit);
		for (size_t i = 0; jdoc_at(&unit, "items", i, &line); i++) {
			right = right && num_parse(jdoc_text(&line, "quantity"),
					     1, 1000, &qty) == RC_OK;
			items += qty * pence(&line, "unit_amount.value");
		}
		right =
		    right && items == sum &&
		    pence(&unit, "amount.breakdown.item_total.value") == sum &&
		    pence(&unit, "amount.breakdown.shipping.value") ==
			job.delivery &&
		    pence(&unit, "amount.value") == job.amount;
		jdoc_release(&d);
	}
	buf_release(&path);
	buf_release(&request);
	return right;
}

static void
ten_thousand_random_baskets_add_up_to_the_penny(void)
{
	struct gateway_job before = job;
	struct random r = random_seeded();
	int wrong = 0;

	for (int i = 0; i < 10000; i++)
		wrong += !agrees(&r);
	is_int(wrong, 0, "requests whose parts are not their whole (R44)");
	job = before;
}

static void
a_name_of_theirs_cannot_leave_its_place_in_the_path(void)
{
	static const struct {
		enum gateway_action action;
		const char *path, *request;
	} each[] = {
		{ GATEWAY_AUTHORISE,
		    "/v2/checkout/orders/5O19%2F..%2Fx/authorize", "{}" },
		{ GATEWAY_CAPTURE,
		    "/v2/payments/authorizations/0VF5%3Fx/capture",
		    "{\"amount\":{\"currency_code\":\"GBP\",\"value\":"
		    "\"51.43\"},\"invoice_id\":"
		    "\"fedcba9876543210fedcba9876543210\",\"final_capture\":"
		    "true}" },
		{ GATEWAY_VOID, "/v2/payments/authorizations/0VF5%3Fx/void",
		    "{}" },
		{ GATEWAY_REFUND, "/v2/payments/captures/0VF5%3Fx/refund",
		    "{\"amount\":{\"currency_code\":\"GBP\",\"value\":"
		    "\"10.05\"},\"custom_id\":"
		    "\"0123456789abcdef0123456789abcdef\",\"invoice_id\":"
		    "\"fedcba9876543210fedcba9876543210-broken brim\"}" },
	};
	struct buf path, request;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		ok(prepared(each[i].action, &path, &request) == RC_OK, "%s",
		    gateway_action_name(each[i].action));
		is_str(buf_str(&path), each[i].path, "path");
		is_str(buf_str(&request), each[i].request, "request");
		buf_release(&path);
		buf_release(&request);
	}
	ok(prepared(GATEWAY_EXPIRE, &path, &request) == RC_INVALID,
	    "there is no call that ends a page");
	buf_release(&path);
	buf_release(&request);
}

/*** What is understood ***/

static struct gateway_answer
read_text(enum gateway_action action, int64_t status, const char *text)
{
	struct gateway_reply reply = { .status = status };
	struct gateway_answer out = { .news = NEWS_AGAIN };
	struct error e = ERROR_NONE;
	struct gateway g;

	paypal_gateway(&pp, &g);
	buf_init(&reply.body, LIMIT_CALL);
	buf_puts(&reply.body, text);
	ok(g.read(&g, action, &reply, &out, &e) == RC_OK, "%s", e.text);
	buf_release(&reply.body);
	return out;
}

static struct gateway_answer
read_order(const char *status, const char *payments)
{
	char text[2000];

	(void)snprintf(text, sizeof(text),
	    "{\"id\":\"5O19\",\"status\":\"%s\",\"purchase_units\":[{"
	    "\"custom_id\":\"o1\",\"amount\":{\"currency_code\":\"GBP\","
	    "\"value\":\"51.43\"}%s}],\"links\":[{\"rel\":\"self\",\"href\":"
	    "\"https://no.example\"},{\"rel\":\"payer-action\",\"href\":"
	    "\"https://www.paypal.com/checkoutnow?token=5O19\"}]}",
	    status, payments);
	return read_text(GATEWAY_CREATE, 201, text);
}

static void
an_order_is_understood_by_its_status(void)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "CREATED", NEWS_OPEN },
		{ "PAYER_ACTION_REQUIRED", NEWS_OPEN },
		{ "SAVED", NEWS_OPEN },
		{ "APPROVED", NEWS_APPROVED },
		{ "VOIDED", NEWS_EXPIRED },
		{ "COMPLETED", NEWS_WAITS },
		{ "A_WORD_OF_NEXT_YEAR", NEWS_WAITS },
	};
	struct gateway_answer a;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		a = read_order(each[i].status, "");
		is_int(a.news, each[i].news, each[i].status);
	}
	is_str(a.checkout_object, "5O19", "its name");
	is_str(a.order, "o1", "ours");
	is_int(a.amount, 5143, "amount");
	is_str(a.currency, "GBP", "currency");
	is_str(a.page, "https://www.paypal.com/checkoutnow?token=5O19", "page");
}

#define AUTH(id, status) "{\"id\":\"" id "\",\"status\":\"" status "\"}"
#define TAKEN(id, status)                                                      \
	"{\"id\":\"" id "\",\"status\":\"" status                              \
	"\",\"amount\":{\"currency_code\":\"GBP\",\"value\":\"51.43\"}}"
#define PAYMENTS(auths, captures)                                              \
	",\"payments\":{\"authorizations\":[" auths                            \
	"],\"captures\":[" captures "]}"

static void
money_is_understood_by_what_became_of_it(void)
{
	static const struct {
		const char *payments;
		enum gateway_news news;
		const char *object, *what;
	} each[] = {
		{ PAYMENTS(AUTH("A1", "CREATED"), ""), NEWS_AUTHORISED, "A1",
		    "reserved" },
		{ PAYMENTS(AUTH("A1", "PENDING"), ""), NEWS_WAITS, "A1",
		    "under review" },
		{ PAYMENTS(AUTH("A1", "DENIED"), ""), NEWS_FAILED, "A1",
		    "denied" },
		{ PAYMENTS(AUTH("A1", "DENIED") "," AUTH("A2", "CREATED"), ""),
		    NEWS_AUTHORISED, "A2", "denied, then reserved" },
		{ PAYMENTS(AUTH("A1", "VOIDED"), ""), NEWS_VOIDED, "A1",
		    "given back" },
		{ PAYMENTS(AUTH("A1", "EXPIRED"), ""), NEWS_VOIDED, "A1",
		    "lapsed" },
		{ PAYMENTS(AUTH("A1", "CAPTURED"), TAKEN("C1", "COMPLETED")),
		    NEWS_CAPTURED, "C1", "taken" },
		{ PAYMENTS(AUTH("A1", "CAPTURED"), TAKEN("C1", "REFUNDED")),
		    NEWS_CAPTURED, "C1", "taken and given back" },
		{ PAYMENTS(AUTH("A1", "CAPTURED"), TAKEN("C1", "PENDING")),
		    NEWS_WAITS, "A1", "being taken" },
		{ PAYMENTS(AUTH("A1", "CREATED"), TAKEN("C1", "DECLINED")),
		    NEWS_FAILED, "A1", "refused, still reserved" },
		{ PAYMENTS(AUTH("A1", "CAPTURED"), TAKEN("C1", "DECLINED")),
		    NEWS_VOIDED, "A1", "refused and gone" },
		{ PAYMENTS(AUTH("A1", "A_NEW_WORD"), ""), NEWS_WAITS, "A1",
		    "a word of next year" },
	};
	struct gateway_answer a;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		a = read_order("COMPLETED", each[i].payments);
		is_int(a.news, each[i].news, each[i].what);
		is_str(a.payment_object, each[i].object, each[i].what);
		is_int(
		    a.captured, a.news == NEWS_CAPTURED ? 5143 : 0, "captured");
	}
}

static void
the_answers_of_capture_and_void_are_understood(void)
{
	static const char capture[] =
	    "{\"id\":\"C1\",\"status\":\"%s\",\"custom_id\":\"o1\","
	    "\"status_details\":{\"reason\":\"PENDING_REVIEW\"},"
	    "\"amount\":{\"currency_code\":\"GBP\",\"value\":\"51.43\"}}";
	struct gateway_answer a;
	char text[500];

	(void)snprintf(text, sizeof(text), capture, "COMPLETED");
	a = read_text(GATEWAY_CAPTURE, 201, text);
	is_int(a.news, NEWS_CAPTURED, "captured");
	is_int(a.captured, 5143, "all of it");
	is_int(a.amount, 5143, "of that amount");
	is_str(a.order, "o1", "for the order");
	is_str(a.payment_object, "C1", "which refunds are of");
	(void)snprintf(text, sizeof(text), capture, "PENDING");
	a = read_text(GATEWAY_CAPTURE, 201, text);
	is_int(a.news, NEWS_WAITS, "pending");
	is_str(a.payment_object, "", "the authorisation keeps its name");
	(void)snprintf(text, sizeof(text), capture, "DECLINED");
	is_int(read_text(GATEWAY_CAPTURE, 201, text).news, NEWS_FAILED,
	    "declined");
	is_int(read_text(GATEWAY_VOID, 204, "").news, NEWS_VOIDED, "void");
	is_int(read_text(GATEWAY_VOID, 200, AUTH("A1", "VOIDED")).news,
	    NEWS_VOIDED, "void with an answer");
	is_int(read_text(GATEWAY_CREATE, 201, "<html>").news, NEWS_AGAIN,
	    "no JSON");
	is_int(
	    read_text(GATEWAY_CREATE, 201, "{}").news, NEWS_AGAIN, "no order");
}

static void
a_refund_is_understood_by_its_status(void)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "COMPLETED", NEWS_REFUNDED },
		{ "PENDING", NEWS_WAITS },
		{ "FAILED", NEWS_FAILED },
		{ "CANCELLED", NEWS_FAILED },
	};
	struct gateway_answer a;
	char text[300];

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"id\":\"R1\",\"status\":\"%s\",\"amount\":{"
		    "\"currency_code\":\"GBP\",\"value\":\"10.05\"}}",
		    each[i].status);
		a = read_text(GATEWAY_REFUND, 201, text);
		is_int(a.news, each[i].news, each[i].status);
	}
	is_str(a.refund_object, "R1", "its name");
	is_int(a.amount, 1005, "amount");
	is_str(a.currency, "GBP", "currency");
}

static enum gateway_news
refused(enum gateway_action action, int64_t status, const char *issue)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
	    "{\"name\":\"UNPROCESSABLE_ENTITY\",\"message\":\"General.\","
	    "\"debug_id\":\"d1\",\"details\":[{\"issue\":\"%s\","
	    "\"description\":\"In particular.\"}]}",
	    issue);
	return read_text(action, status, text).news;
}

static void
only_a_definite_no_is_one(void)
{
	static const struct {
		enum gateway_action action;
		const char *issue;
		enum gateway_news news;
	} each[] = {
		{ GATEWAY_CREATE, "AMOUNT_MISMATCH", NEWS_REFUSED },
		{ GATEWAY_AUTHORISE, "INSTRUMENT_DECLINED", NEWS_FAILED },
		{ GATEWAY_AUTHORISE, "PAYER_CANNOT_PAY", NEWS_FAILED },
		{ GATEWAY_AUTHORISE, "ORDER_EXPIRED", NEWS_FAILED },
		{ GATEWAY_AUTHORISE, "ORDER_ALREADY_AUTHORIZED", NEWS_REFUSED },
		{ GATEWAY_AUTHORISE, "PREVIOUS_REQUEST_IN_PROGRESS",
		    NEWS_AGAIN },
		{ GATEWAY_CAPTURE, "AUTHORIZATION_ALREADY_CAPTURED",
		    NEWS_REFUSED },
		{ GATEWAY_CAPTURE, "AUTHORIZATION_VOIDED", NEWS_VOIDED },
		{ GATEWAY_CAPTURE, "AUTHORIZATION_EXPIRED", NEWS_VOIDED },
		{ GATEWAY_CAPTURE, "INSTRUMENT_DECLINED", NEWS_FAILED },
		{ GATEWAY_VOID, "PREVIOUSLY_VOIDED", NEWS_VOIDED },
		{ GATEWAY_VOID, "PREVIOUSLY_CAPTURED", NEWS_REFUSED },
		{ GATEWAY_VOID, "INSTRUMENT_DECLINED", NEWS_REFUSED },
	};
	static const int64_t unsure[] = { 401, 403, 409, 429, 500, 503 };
	struct gateway_answer a;

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		is_int(refused(each[i].action, 422, each[i].issue),
		    each[i].news, each[i].issue);
	for (size_t i = 0; i < sizeof(unsure) / sizeof(unsure[0]); i++) {
		is_int(refused(GATEWAY_CAPTURE, unsure[i], "X"), NEWS_AGAIN,
		    "unsure");
	}
	is_int(refused(GATEWAY_CAPTURE, 404, "INVALID_RESOURCE_ID"),
	    NEWS_REFUSED, "404");
	a = read_text(GATEWAY_CREATE, 422,
	    "{\"name\":\"UNPROCESSABLE_ENTITY\",\"message\":\"General.\"}");
	is_int(a.news, NEWS_REFUSED, "without details");
	is_str(a.why, "General.", "and why");
}

/*** Webhooks ***/

#define ID "69cd13f0-d67a-11e5-baa3-778b53f4ae55"
#define TIME "2026-11-22T09:00:01Z"
#define AT 1795338001 /* the same; the certificate begins 873 s later */
#define NOW (AT + 3600)
#define HOOK "1JE4291016473214C"
#define BOX "http://127.0.0.1:9/sandbox/paypal"
#define CERT_FILE T_SRCDIR "/t/vectors/paypal-test-cert.pem"

static struct buf body, cert, sig;

static enum rc
signed_as(const struct paypal_sent *change, const char *hook, int64_t now)
{
	struct paypal_sent sent = { ID, TIME, buf_str(&sig),
		BOX "/v1/notifications/certs/1", "SHA256withRSA",
		buf_str(&body), body.len };
	struct paypal_trust trust = { BOX, CERT_FILE, { "", hook } };
	struct error e = ERROR_NONE;

	if (change->id != NULL)
		sent.id = change->id;
	if (change->time != NULL)
		sent.time = change->time;
	if (change->sig != NULL)
		sent.sig = change->sig;
	if (change->algo != NULL)
		sent.algo = change->algo;
	return paypal_signed(&sent, &cert, &trust, now, &e);
}

static void
a_signature_is_believed_over_the_bytes_as_they_came(void)
{
	static const struct paypal_sent same = { .id = NULL };
	static const struct {
		struct paypal_sent change;
		const char *what;
	} each[] = {
		{ { .id = "69cd13f0-d67a-11e5-baa3-778b53f4ae56" }, "id" },
		{ { .id = ID "|" TIME }, "an id with a bar" },
		{ { .id = "" }, "no id" },
		{ { .time = "2026-11-22T09:00:02Z" }, "time" },
		{ { .time = "yesterday" }, "no time" },
		{ { .algo = "SHA1withRSA" }, "another algorithm" },
		{ { .algo = "" }, "none" },
		{ { .sig = "AAAA" }, "another signature" },
		{ { .sig = "!" }, "no base64" },
		{ { .sig = "" }, "no signature" },
	};

	is_int(signed_as(&same, HOOK, NOW), RC_OK, "the vector");
	is_int(signed_as(&same, PAYPAL_SIMULATOR, NOW), RC_DENIED,
	    "of another webhook");
	is_int(signed_as(&same, "", NOW), RC_DENIED, "no webhook at all");
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		is_int(signed_as(&each[i].change, HOOK, NOW), RC_DENIED,
		    each[i].what);
	is_int(signed_as(&same, HOOK, AT + PAYPAL_AGE), RC_OK, "four days");
	is_int(signed_as(&same, HOOK, AT + PAYPAL_AGE + 1), RC_DENIED, "old");
	is_int(signed_as(&same, HOOK, AT - 3600), RC_DENIED, "of the future");
	body.s[10] ^= 1;
	is_int(signed_as(&same, HOOK, NOW), RC_DENIED, "one bit");
	body.s[10] ^= 1;
}

static void
what_is_kept_unproven_is_read_again(void)
{
	struct paypal_sent sent = { ID, TIME, buf_str(&sig),
		BOX "/v1/notifications/certs/1", "SHA256withRSA",
		buf_str(&body), body.len };
	struct paypal_sent again;
	struct error e = ERROR_NONE;
	struct buf line;

	ok(paypal_sent_well(&sent, BOX, NOW, &e) == RC_OK, "%s", e.text);
	buf_init(&line, 2000);
	paypal_sent_put(&line, &sent);
	ok(buf_rc(&line) == RC_OK && paypal_sent_get(line.s, &again), "kept");
	is_str(again.id, ID, "id");
	is_str(again.sig, buf_str(&sig), "signature");
	is_str(again.algo, "SHA256withRSA", "algorithm");
	buf_reset(&line);
	buf_puts(&line, "a|b|c|d");
	ok(!paypal_sent_get(line.s, &again), "a part is missing");
	sent.cert_url = "https://evil.example/v1/notifications/certs/1";
	ok(paypal_sent_well(&sent, BOX, NOW, &e) == RC_DENIED,
	    "a certificate from elsewhere is not worth keeping");
	buf_release(&line);
}

static void
only_a_certificate_of_paypals_counts(void)
{
	struct paypal_sent sent = { ID, TIME, buf_str(&sig), "",
		"SHA256withRSA", buf_str(&body), body.len };
	struct paypal_trust live = { "https://api-m.paypal.com", CERT_FILE,
		{ HOOK, NULL } };
	struct paypal_trust stranger = { BOX, "", { HOOK, NULL } };
	struct paypal_trust box = { BOX, CERT_FILE, { HOOK, NULL } };
	struct error e = ERROR_NONE;
	struct buf none;

	is_int(paypal_signed(&sent, &cert, &live, NOW, &e), RC_INVALID,
	    "named for a test, in a live shop");
	error_clear(&e);
	is_int(paypal_signed(&sent, &cert, &stranger, NOW, &e), RC_INVALID,
	    "of no authority that is known");
	error_clear(&e);
	is_int(paypal_signed(&sent, &cert, &box, AT, &e), RC_INVALID,
	    "before it begins");
	error_clear(&e);
	buf_init(&none, 100);
	is_int(paypal_signed(&sent, &none, &box, NOW, &e), RC_INVALID,
	    "no certificate");
	buf_release(&none);
}

#define CERTS "/v1/notifications/certs/"

static void
a_certificate_is_fetched_from_paypal_only(void)
{
	static const char live[] = "https://api-m.paypal.com";
	static const char box[] = "https://api-m.sandbox.paypal.com";
	static const struct {
		const char *base, *url;
		bool ours;
	} each[] = {
		{ live, "https://api.paypal.com" CERTS "CERT-360caa42-fca2a594",
		    true },
		{ live, "https://api-m.paypal.com" CERTS "CERT-1", true },
		{ live, "https://api.sandbox.paypal.com" CERTS "CERT-1",
		    false },
		{ box, "https://api.sandbox.paypal.com" CERTS "CERT-1", true },
		{ box, "https://api.paypal.com" CERTS "CERT-1", false },
		{ live, "http://api.paypal.com" CERTS "CERT-1", false },
		{ live, "https://api.paypal.com.evil.example" CERTS "C",
		    false },
		{ live, "https://api.paypal.com:444" CERTS "C", false },
		{ live, "https://x@api.paypal.com" CERTS "C", false },
		{ live, "https://evil.example/?https://api.paypal.com" CERTS,
		    false },
		{ live, "https://api.paypal.com" CERTS, false },
		{ live, "https://api.paypal.com" CERTS "../../x", false },
		{ live, "https://api.paypal.com" CERTS "..", false },
		{ live, "https://api.paypal.com" CERTS "a%2Fb", false },
		{ live, "https://api.paypal.com" CERTS "a?b", false },
		{ live, "https://API.PAYPAL.COM" CERTS "a", false },
		{ live, "https://api.paypal.com/v1/notifications/certs",
		    false },
		{ live, "", false },
		{ BOX, BOX CERTS "1", true },
		{ BOX, "https://api.paypal.com" CERTS "1", false },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		is_int(paypal_cert_ours(each[i].base, each[i].url),
		    each[i].ours, each[i].url);
}

static void
an_event_says_what_it_is_about(void)
{
	static const char order[] =
	    "{\"id\":\"WH-2\",\"event_type\":\"CHECKOUT.ORDER.APPROVED\","
	    "\"resource\":{\"id\":\"5O19\",\"purchase_units\":[{"
	    "\"custom_id\":\"o1\"}]}}";
	static const char capture[] =
	    "{\"id\":\"WH-3\",\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\","
	    "\"resource\":{\"id\":\"C1\",\"custom_id\":\"o1\","
	    "\"supplementary_data\":{\"related_ids\":{\"order_id\":\"5O19\"}}"
	    "}}";
	struct error e = ERROR_NONE;
	struct paypal_event ev;

	ok(paypal_event(buf_str(&body), body.len, &ev, &e) == RC_OK, "%s",
	    e.text);
	is_str(ev.id, "WH-2WR32451HC0233532-67976317FL4543714", "id");
	is_str(ev.type, "PAYMENT.AUTHORIZATION.CREATED", "type");
	is_str(ev.order, "H-1001", "order");
	is_str(ev.object, "0VF52814937998046", "object");
	ok(paypal_event(order, strlen(order), &ev, &e) == RC_OK, "%s", e.text);
	is_str(ev.order, "o1", "order of an order");
	is_str(ev.checkout, "5O19", "its name");
	ok(paypal_event(capture, strlen(capture), &ev, &e) == RC_OK, "%s",
	    e.text);
	is_str(ev.checkout, "5O19", "a capture's order");
	ok(paypal_event("{}", 2, &ev, &e) == RC_INVALID, "no event");
	error_clear(&e);
	ok(paypal_event("[", 1, &ev, &e) == RC_INVALID, "no JSON");
}

/*** Its list ***/

#define O1 "11111111111111111111111111111111"
#define A1 "a1111111111111111111111111111111"
#define A2 "a2222222222222222222222222222222"
#define EVENT(id, type, resource)                                              \
	"{\"id\":\"" id "\",\"create_time\":\"2026-11-22T09:30:00.123Z\","     \
	"\"event_type\":\"PAYMENT." type "\",\"resource\":{" resource "}}"
#define MONEY(id, sum, order, attempt)                                         \
	"\"id\":\"" id                                                         \
	"\",\"amount\":{\"currency_code\":\"GBP\",\"value\":\"" sum            \
	"\"},\"custom_id\":\"" order "\",\"invoice_id\":\"" attempt "\""
#define OF "\"supplementary_data\":{\"related_ids\":{\"order_id\":\"5O19\"}}"
#define UP(id)                                                                 \
	"\"links\":[{\"rel\":\"self\",\"href\":\"x\"},{\"rel\":\"up\","        \
	"\"href\":"                                                            \
	"\"https://api.paypal.com/v2/payments/captures/" id "\"}]"

static struct gateway_answer told[8];
static size_t ntold;

static enum rc
keep_told(void *ctx, const struct gateway_answer *one, struct error *e)
{
	(void)ctx;
	(void)e;
	if (ntold < sizeof(told) / sizeof(told[0]))
		told[ntold++] = *one;
	return RC_OK;
}

static enum rc
page(struct paypal_list *l, const char *text, struct buf *next)
{
	struct error e = ERROR_NONE;

	return paypal_list_page(l, text, strlen(text), next, &e);
}

static void
its_list_is_one_answer_for_each_payment(void)
{
	static const char first[] = "{\"events\":[" EVENT("W6",
	    "CAPTURE.REFUNDED",
	    MONEY("R1", "1.00", O1, "broken brim") "," UP("C1")) "," EVENT("W5",
	    "CAPTURE.REFUNDED",
	    MONEY("R2", "9.00", O1, "older") "," UP("C0")) "," EVENT("W4",
	    "CAPTURE.COMPLETED",
	    MONEY("C1", "19.99", O1, A1) "," OF) "],\"count\":3,\"links\":[]}";
	/* the list has moved meanwhile */
	static const char second[] = "{\"events\":[" EVENT("W4",
	    "CAPTURE.COMPLETED",
	    MONEY("C1", "19.99", O1, A1) "," OF) "," EVENT("W3",
	    "AUTHORIZATION.CREATED",
	    MONEY("N1", "19.99", O1, A1) "," OF) "," EVENT("W2",
	    "AUTHORIZATION.CREATED",
	    MONEY("N2", "5.00", O1, A2)) "," EVENT("W1", "CAPTURE.DECLINED",
	    MONEY("C9", "7.00", O1, A2)) "," EVENT("W0", "CAPTURE.COMPLETED",
	    MONEY("C8", "7.00", "H-1001", A2)) "," EVENT("WX",
	    "CAPTURE.COMPLETED", "\"id\":\"C7\"") ",{},7"
						  "],\"count\":3,\"links\":[]}";
	static const char ended[] = "{\"events\":[" EVENT(
	    "W7", "AUTHORIZATION.VOIDED", MONEY("N2", "5.00", O1, A2)) "]}";
	struct paypal_list l = { NULL, 0, 0 };
	struct error e = ERROR_NONE;
	struct buf next;

	buf_init(&next, LIMIT_URL);
	ok(page(&l, first, &next) == RC_OK && page(&l, second, &next) == RC_OK,
	    "two pages");
	ntold = 0;
	ok(paypal_list_put(&l, keep_told, NULL, &e) == RC_OK, "%s", e.text);
	is_int((int64_t)ntold, 2, "two payments have our uids");
	is_str(told[0].attempt, A1, "the first one's attempt");
	is_str(told[0].order, O1, "its order");
	is_str(told[0].checkout_object, "5O19", "PayPal's order");
	is_str(
	    told[0].payment_object, "C1", "the capture is what refunds name");
	is_int(told[0].news, NEWS_CAPTURED, "it is captured");
	is_int(told[0].captured, 1999, "once, though it was listed twice");
	is_int(told[0].refunded, 100, "less what went back of it");
	is_str(told[0].currency, "GBP", "currency");
	is_str(told[1].attempt, A2, "the second one's attempt");
	is_int(told[1].news, NEWS_AUTHORISED, "it is reserved");
	is_int(told[1].amount, 500, "so much");
	is_str(told[1].payment_object, "N2", "the authorisation");
	ntold = 0;
	ok(page(&l, ended, &next) == RC_OK &&
		paypal_list_put(&l, keep_told, NULL, &e) == RC_OK,
	    "a third page");
	is_int((int64_t)ntold, 2, "of the same payments");
	is_int(told[1].news, NEWS_VOIDED, "the second one was let go");
	paypal_list_release(&l);
	ok(paypal_list_put(&l, keep_told, NULL, &e) == RC_OK, "nothing at all");
	buf_release(&next);
}

/* A page of one event that goes on there. */
static enum rc
goes_on(const char *href, struct buf *next)
{
	struct paypal_list l = { NULL, 0, 0 };
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON);
	buf_printf(&text,
	    "{\"events\":[{}],\"links\":[{\"rel\":\"previous\",\"href\":\"p\"},"
	    "{\"rel\":\"next\",\"href\":\"%s\"}]}",
	    href);
	rc = page(&l, buf_str(&text), next);
	buf_release(&text);
	paypal_list_release(&l);
	return rc;
}

static void
its_list_goes_on_at_paypal_only(void)
{
	static const char *const bad[] = {
		"https://api.paypal.com/v2/checkout/orders/1?x",
		"https://evil.example/v1/notifications/webhooks-events-x?y",
		"/v1/notifications/webhooks-events/WH-1/resend?x",
		"/v1/notifications/webhooks-events",
		"/v1/notifications/webhooks-events?a b",
		"/v1/notifications/webhooks-events?a\\r\\nX:y",
		"/v1/notifications/webhooks-events?a#b",
	};
	struct paypal_list l = { NULL, 0, 0 };
	struct buf next;

	buf_init(&next, LIMIT_URL);
	ok(goes_on("https://api.paypal.com/v1/notifications/webhooks-events/"
		   "?page_size=2&amp;move_to=next&index_id=3",
	       &next) == RC_OK,
	    "as PayPal's example has it");
	is_str(buf_str(&next),
	    "/v1/notifications/webhooks-events/"
	    "?page_size=2&move_to=next&index_id=3",
	    "the path alone, at the address that is configured");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(goes_on(bad[i], &next) == RC_INVALID, "%s", bad[i]);
	ok(page(&l,
	       "{\"events\":[],\"links\":[{\"rel\":\"next\",\"href\":"
	       "\"/v1/notifications/webhooks-events?x\"}]}",
	       &next) == RC_OK,
	    "a page without events");
	is_int((int64_t)next.len, 0, "is the last");
	ok(page(&l, "{\"name\":\"VALIDATION_ERROR\"}", &next) == RC_INVALID,
	    "no list");
	ok(page(&l, "[", &next) == RC_INVALID, "no JSON");
	paypal_list_release(&l);
	buf_release(&next);
}

int
main(void)
{
	struct error e = ERROR_NONE;

	buf_init(&body, LIMIT_BODY);
	buf_init(&cert, LIMIT_BODY);
	buf_init(&sig, LIMIT_BODY);
	if (file_read(T_SRCDIR "/t/vectors/paypal-webhook-body.json", &body,
		&e) != RC_OK ||
	    file_read(CERT_FILE, &cert, &e) != RC_OK ||
	    file_read(T_SRCDIR "/t/vectors/paypal-transmission-sig.b64", &sig,
		&e) != RC_OK)
		return 1;
	RUN(an_order_is_asked_for_with_its_break_down_and_our_uids);
	RUN(what_does_not_add_up_is_never_sent);
	RUN(ten_thousand_random_baskets_add_up_to_the_penny);
	RUN(a_name_of_theirs_cannot_leave_its_place_in_the_path);
	RUN(an_order_is_understood_by_its_status);
	RUN(money_is_understood_by_what_became_of_it);
	RUN(the_answers_of_capture_and_void_are_understood);
	RUN(a_refund_is_understood_by_its_status);
	RUN(only_a_definite_no_is_one);
	RUN(a_signature_is_believed_over_the_bytes_as_they_came);
	RUN(what_is_kept_unproven_is_read_again);
	RUN(only_a_certificate_of_paypals_counts);
	RUN(a_certificate_is_fetched_from_paypal_only);
	RUN(an_event_says_what_it_is_about);
	RUN(its_list_is_one_answer_for_each_payment);
	RUN(its_list_goes_on_at_paypal_only);
	buf_release(&body);
	buf_release(&cert);
	buf_release(&sig);
	return tap_done();
}
