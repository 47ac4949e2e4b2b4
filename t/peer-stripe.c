/* Stripe: what is sent, what is understood, and whose webhooks are believed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "peer/stripe.h"
#include "t/tap.h"

static const struct gateway_job job = {
	.order = "0123456789abcdef0123456789abcdef",
	.attempt = "fedcba9876543210fedcba9876543210",
	.amount = 5143,
	.currency = "GBP",
	.email = "o'brien+hats@example.com",
	.return_url = "https://hats.example/checkout/return/0123",
	.cancel_url = "https://hats.example/checkout/cancel/0123",
	.delivery_name = "Standard delivery",
	.delivery = 395,
	.lines = { { "Crème & <b> 帽子", 2, 1999 }, { "Fez=1", 3, 250 } },
	.n = 2,
	.expires_at = 1760003600,
	.checkout_object = "cs_test_a1",
	.payment_object = "pi_1/../x",
	.refund = "r&1",
	.refund_object = "",
	.refund_amount = 250,
};

static void
prepared(enum gateway_action action, struct buf *path, struct buf *request)
{
	struct stripe st = { .base = "", .key = "" };
	struct error e = ERROR_NONE;
	struct gateway g;

	stripe_gateway(&st, &g);
	buf_init(path, LIMIT_URL);
	buf_init(request, LIMIT_CALL);
	ok(g.prepare(&g, action, &job, path, request, &e) == RC_OK, "%s",
	    e.text);
}

static void
has(const struct buf *request, const char *part)
{
	ok(strstr(buf_str(request), part) != NULL, "sends %s", part);
}

static void
a_page_is_asked_for_in_whole_pence_and_with_our_uids(void)
{
	struct buf path, request;

	prepared(GATEWAY_CREATE, &path, &request);
	is_str(buf_str(&path), "/v1/checkout/sessions", "path");
	has(&request, "mode=payment&");
	has(&request, "allowed_payment_method_types%5B0%5D=card&");
	has(&request, "payment_intent_data%5Bcapture_method%5D=manual&");
	has(&request, "payment_intent_data%5Bmetadata%5D%5Border%5D="
		      "0123456789abcdef0123456789abcdef&");
	has(&request, "customer_email=o%27brien%2Bhats%40example.com&");
	has(&request, "expires_at=1760003600&");
	has(&request, "line_items%5B0%5D%5Bquantity%5D=2&");
	has(&request,
	    "line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=1999&");
	has(&request,
	    "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D="
	    "Cr%C3%A8me%20%26%20%3Cb%3E%20");
	has(&request, "line_items%5B2%5D%5Bprice_data%5D%5Bunit_amount%5D=395");
	ok(strstr(buf_str(&request), "payment_method_types%5B") ==
		strstr(buf_str(&request), "allowed_payment_method_types%5B") +
		    8,
	    "the parameter that is no longer accepted is not sent");
	buf_release(&path);
	buf_release(&request);
}

static void
a_name_of_theirs_cannot_leave_its_place_in_the_path(void)
{
	struct buf path, request;

	prepared(GATEWAY_CAPTURE, &path, &request);
	is_str(buf_str(&path), "/v1/payment_intents/pi_1%2F..%2Fx/capture",
	    "capture");
	is_str(buf_str(&request), "amount_to_capture=5143", "the whole sum");
	buf_release(&path);
	buf_release(&request);
	prepared(GATEWAY_EXPIRE, &path, &request);
	is_str(buf_str(&path), "/v1/checkout/sessions/cs_test_a1/expire",
	    "expire");
	is_str(buf_str(&request), "", "nothing more");
	buf_release(&path);
	buf_release(&request);
}

static struct gateway_answer
read_text(int64_t status, bool final, const char *text)
{
	struct stripe st = { .base = "", .key = "" };
	struct gateway_reply reply = { .status = status, .final = final };
	struct gateway_answer out = { .news = NEWS_AGAIN };
	struct error e = ERROR_NONE;
	struct gateway g;

	stripe_gateway(&st, &g);
	buf_init(&reply.body, LIMIT_CALL);
	buf_puts(&reply.body, text);
	ok(g.read(&g, GATEWAY_CREATE, &reply, &out, &e) == RC_OK, "%s", e.text);
	buf_release(&reply.body);
	return out;
}

static void
each_state_of_a_payment_is_understood(void)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "requires_capture", NEWS_AUTHORISED },
		{ "succeeded", NEWS_CAPTURED },
		{ "canceled", NEWS_VOIDED },
		{ "processing", NEWS_WAITS },
		{ "requires_payment_method", NEWS_OPEN },
		{ "requires_action", NEWS_OPEN },
		{ "a word of next year", NEWS_WAITS },
	};
	struct gateway_answer a;
	char text[600];

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"object\":\"payment_intent\",\"id\":\"pi_1\",\"status\":"
		    "\"%s\",\"amount\":5143,\"amount_received\":7,\"currency\":"
		    "\"gbp\",\"metadata\":{\"order\":\"o1\"}}",
		    each[i].status);
		a = read_text(200, false, text);
		is_int(a.news, each[i].news, each[i].status);
	}
	is_int(a.amount, 5143, "amount");
	is_int(a.captured, 7, "captured");
	is_str(a.currency, "GBP", "currency");
	is_str(a.order, "o1", "order");
	is_str(a.payment_object, "pi_1", "name");
}

/* R53 */
static void
a_refund_names_its_part_and_is_understood(void)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "succeeded", NEWS_REFUNDED },
		{ "pending", NEWS_WAITS },
		{ "requires_action", NEWS_WAITS },
		{ "failed", NEWS_FAILED },
		{ "canceled", NEWS_FAILED },
		{ "a word of next year", NEWS_WAITS },
	};
	struct buf path, request;
	struct gateway_answer a;
	char text[600];

	prepared(GATEWAY_REFUND, &path, &request);
	is_str(buf_str(&path), "/v1/refunds", "path");
	has(&request, "payment_intent=pi_1%2F..%2Fx&amount=250&");
	has(&request, "&metadata%5Brefund%5D=r%261");
	buf_release(&path);
	buf_release(&request);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"object\":\"refund\",\"id\":\"re_1\",\"status\":\"%s\","
		    "\"amount\":250,\"currency\":\"gbp\"}",
		    each[i].status);
		a = read_text(200, false, text);
		is_int(a.news, each[i].news, each[i].status);
	}
	is_int(a.amount, 250, "amount");
	is_str(a.currency, "GBP", "currency");
	is_str(a.refund_object, "re_1", "name");
}

static void
unpaid_and_complete_is_reserved_money(void)
{
	struct gateway_answer a = read_text(200, false,
	    "{\"object\":\"checkout.session\",\"id\":\"cs_1\",\"status\":"
	    "\"complete\",\"payment_status\":\"unpaid\",\"amount_total\":5143,"
	    "\"currency\":\"gbp\",\"url\":null,\"metadata\":{\"order\":\"o1\"},"
	    "\"payment_intent\":{\"object\":\"payment_intent\",\"id\":\"pi_1\","
	    "\"status\":\"requires_capture\",\"amount\":5143,\"currency\":"
	    "\"gbp\",\"metadata\":{\"order\":\"o1\"},\"latest_charge\":{"
	    "\"payment_method_details\":{\"card\":{\"last4\":\"4242\"}}}}}");

	is_int(a.news, NEWS_AUTHORISED, "with manual capture");
	is_str(a.method, "card ending 4242", "how");
	is_str(a.payment_object, "pi_1", "and its name");
	a = read_text(200, false,
	    "{\"object\":\"checkout.session\",\"id\":\"cs_1\",\"status\":"
	    "\"open\",\"url\":\"https://checkout.stripe.com/c/1\","
	    "\"amount_total\":5143,\"currency\":\"gbp\",\"payment_intent\":"
	    "null,"
	    "\"metadata\":{\"order\":\"o1\"}}");
	is_int(a.news, NEWS_OPEN, "an open page");
	is_str(a.page, "https://checkout.stripe.com/c/1", "its address");
}

static void
only_a_definite_no_is_one(void)
{
	static const char why[] =
	    "{\"error\":{\"message\":\"No such thing.\"}}";
	struct gateway_answer a = read_text(400, false, why);

	is_int(a.news, NEWS_REFUSED, "400");
	is_str(a.why, "No such thing.", "and why");
	is_int(read_text(402, false, why).news, NEWS_REFUSED, "402");
	is_int(read_text(404, false, why).news, NEWS_REFUSED, "404");
	is_int(read_text(401, false, why).news, NEWS_AGAIN, "our key");
	is_int(read_text(409, false, why).news, NEWS_AGAIN, "409");
	is_int(read_text(429, false, why).news, NEWS_AGAIN, "429");
	is_int(read_text(500, false, why).news, NEWS_AGAIN, "500");
	is_int(read_text(500, true, why).news, NEWS_REFUSED,
	    "500 that was kept under the key");
	is_int(read_text(502, false, "<html>").news, NEWS_AGAIN, "no JSON");
	is_int(read_text(200, false, "{}").news, NEWS_AGAIN, "no object");
}

/*** Webhooks ***/

#define SECRET "whsec_test_hatshop_0123456789abcdef"
#define AT 1760000000
#define V1 "fba828a0bbb4ba5a0984799ec732ea62b24ab9ed9dbf1a2c1ad8aec5c8ba2169"
#define OTHER "0000000000000000000000000000000000000000000000000000000000000000"

static struct buf body;

static enum rc
signed_at(const char *header, int64_t now, const char *one, const char *two)
{
	const char *const secrets[2] = { one, two };
	struct error e = ERROR_NONE;

	return stripe_signed(
	    header, buf_str(&body), body.len, secrets, now, &e);
}

static void
a_signature_is_believed_exactly_as_the_official_client_does(void)
{
	static const char good[] = "t=1760000000,v1=" V1;
	static const struct {
		const char *header;
		enum rc rc;
		const char *what;
	} each[] = {
		{ good, RC_OK, "the vector" },
		{ "t=1760000000,v1=" OTHER ",v1=" V1, RC_OK, "a second v1" },
		{ "t=1760000000,v1=" V1 ",v0=abc", RC_OK,
		    "another scheme too" },
		{ "t=1760000000,v0=" V1, RC_DENIED, "v0 alone" },
		{ "v1=" V1, RC_DENIED, "no time" },
		{ "t=1760000000, v1=" V1, RC_DENIED, "a blank" },
		{ "t=1760000001,v1=" V1, RC_DENIED, "another time" },
		{ "t=1760000000,t=1760000000,v1=" V1, RC_DENIED, "two times" },
		{ "t=-1,v1=" V1, RC_DENIED, "no number" },
		{ "", RC_DENIED, "nothing" },
		{ "t=1760000000,v1=", RC_DENIED, "an empty one" },
	};
	char upper[100];

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		is_int(signed_at(each[i].header, AT, SECRET, NULL), each[i].rc,
		    each[i].what);
	(void)snprintf(upper, sizeof(upper), "%s", good);
	upper[17] = 'A';
	is_int(signed_at(upper, AT, SECRET, NULL), RC_DENIED, "upper case");
	is_int(signed_at(good, AT + 300, SECRET, NULL), RC_OK, "300 s late");
	is_int(signed_at(good, AT + 301, SECRET, NULL), RC_DENIED, "301 s");
	is_int(signed_at(good, AT - 301, SECRET, NULL), RC_DENIED, "ahead");
	is_int(signed_at(good, AT, "whsec_other", NULL), RC_DENIED, "another");
	is_int(signed_at(good, AT, "whsec_other", SECRET), RC_OK,
	    "the old secret while it is changed (R42)");
	is_int(signed_at(good, AT, "", NULL), RC_DENIED, "no secret at all");
	body.s[10] ^= 1;
	is_int(signed_at(good, AT, SECRET, NULL), RC_DENIED, "one bit");
	body.s[10] ^= 1;
}

static void
an_event_says_what_it_is_about(void)
{
	static const char text[] =
	    "{\"id\":\"evt_2\",\"type\":\"payment_intent.canceled\","
	    "\"livemode\":true,\"data\":{\"object\":{\"id\":\"pi_1\","
	    "\"object\":\"payment_intent\",\"metadata\":{\"order\":\"o1\"}}}}";
	struct error e = ERROR_NONE;
	struct stripe_event ev;

	ok(stripe_event(buf_str(&body), body.len, &ev, &e) == RC_OK, "%s",
	    e.text);
	is_str(ev.id, "evt_1HatTest", "id");
	is_str(ev.type, "checkout.session.completed", "type");
	is_str(ev.object, "cs_test_a1", "object");
	ok(!ev.live, "not live");
	ok(stripe_event(text, strlen(text), &ev, &e) == RC_OK, "%s", e.text);
	is_str(ev.order, "o1", "order");
	is_str(ev.payment, "pi_1", "payment");
	ok(ev.live, "live");
	ok(stripe_event("{}", 2, &ev, &e) == RC_INVALID, "no event");
	error_clear(&e);
	ok(stripe_event("[", 1, &ev, &e) == RC_INVALID, "no JSON");
	ok(stripe_is_test("sk_test_1") && stripe_is_test("rk_test_1") &&
		!stripe_is_test("sk_live_1") && !stripe_is_test(""),
	    "keys tell themselves (R55)");
}

int
main(void)
{
	struct error e = ERROR_NONE;

	buf_init(&body, LIMIT_BODY);
	if (file_read(T_SRCDIR "/t/vectors/stripe-webhook-body.json", &body,
		&e) != RC_OK)
		return 1;
	RUN(a_page_is_asked_for_in_whole_pence_and_with_our_uids);
	RUN(a_name_of_theirs_cannot_leave_its_place_in_the_path);
	RUN(each_state_of_a_payment_is_understood);
	RUN(a_refund_names_its_part_and_is_understood);
	RUN(unpaid_and_complete_is_reserved_money);
	RUN(only_a_definite_no_is_one);
	RUN(a_signature_is_believed_exactly_as_the_official_client_does);
	RUN(an_event_says_what_it_is_about);
	buf_release(&body);
	return tap_done();
}
