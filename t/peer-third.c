/*
 * A third gateway: this file and the line in t/third/base/gateways.h.  The list's
 * own code is compiled with that line; nothing of it is changed.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "peer/ears.h"
#include "peer/gateways.h"
#include "shop/order_words.h"
#include "t/tap.h"

/*** The gateway: a voucher whose number is its payment ***/

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	(void)g;
	(void)e;
	buf_puts(path, gateway_action_name(action));
	buf_puts(request, job->attempt);
	return buf_rc(request);
}

static enum rc
send_call(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)g;
	(void)path;
	(void)key;
	(void)e;
	reply->status = 200;
	reply->final = true;
	buf_put(&reply->body, request, n);
	return buf_rc(&reply->body);
}

static enum rc
read_reply(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	(void)g;
	(void)e;
	memset(out, 0, sizeof(*out));
	out->news = action == GATEWAY_CAPTURE ? NEWS_CAPTURED : NEWS_AUTHORISED;
	text_copy(out->attempt, sizeof(out->attempt), buf_str(&reply->body));
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	(void)job;
	(void)out;
	return error_set(e, RC_NOTFOUND, "no such voucher");
}

static bool
configured(const struct settings *s)
{
	(void)s;
	return true;
}

static const char *
pages(const struct settings *s)
{
	return s->shop_url;
}

static void
needs(const struct settings *s, struct jail *j)
{
	(void)s;
	(void)j;
}

static enum rc
make(const struct settings *s, struct exchange_pool *pool, struct gateway *out,
    struct error *e)
{
	(void)s;
	(void)pool;
	(void)e;
	*out = (struct gateway){ .name = "voucher",
		.key_seconds = 3600,
		.prepare = prepare,
		.send = send_call,
		.read = read_reply,
		.look = look };
	return RC_OK;
}

const struct gateway_kind gateway_kind_voucher = {
	.name = "voucher",
	.title = "Voucher",
	.hint = "With the number that is printed on it.",
	.configured = configured,
	.pages = pages,
	.needs = needs,
	.make = make,
};

/*** The tests ***/

static void
it_is_offered_last(void)
{
	char none[] = "";
	struct settings s = { .stripe_key = none, .paypal_client_id = none };
	const struct gateway_kind *k = gateways_find(&s, "voucher");

	is_int(GATEWAY_KINDS, 3, "there are three");
	ok(gateways_at(2) == &gateway_kind_voucher && gateways_at(3) == NULL,
	    "the new one is the last");
	ok(k == &gateway_kind_voucher, "it is found by its name");
	ok(gateways_find(&s, NULL) == k, "the only one that is configured");
	ok(gateways_find(&s, "stripe") == NULL, "the others are not");
}

static void
it_is_made_and_called_as_any(void)
{
	const struct gateway_job job = { .attempt = "a1" };
	struct gateway_answer answer;
	struct gateway_reply reply = { 0 };
	struct error e = ERROR_NONE;
	struct settings s = { 0 };
	struct buf path, request;
	struct gateway g;

	buf_init(&path, 100);
	buf_init(&request, 100);
	buf_init(&reply.body, 100);
	is_int(gateways_at(2)->make(&s, NULL, &g, &e), RC_OK, e.text);
	is_int(g.prepare(&g, GATEWAY_CAPTURE, &job, &path, &request, &e), RC_OK,
	    e.text);
	is_int(g.send(&g, buf_str(&path), "k", buf_str(&request), request.len,
		   &reply, &e),
	    RC_OK, e.text);
	is_int(g.read(&g, GATEWAY_CAPTURE, &reply, &answer, &e), RC_OK, e.text);
	is_int(answer.news, NEWS_CAPTURED, "the money is taken");
	is_str(answer.attempt, "a1", "of this attempt");
	buf_release(&path);
	buf_release(&request);
	buf_release(&reply.body);
}

static void
pages_and_letters_have_words_for_it(void)
{
	is_str(order_words_gateway("voucher"), "Voucher", "what paid");
	is_str(order_words_witness("voucher"), "the voucher desk", "who said");
}

static void
it_tells_nothing_and_the_others_do(void)
{
	ok(ears_find("voucher") == NULL, "it has no webhooks");
	ok(ears_find("stripe") != NULL && ears_find("paypal") != NULL,
	    "the others are heard");
	ok(ears_at(2) == NULL, "and no more");
}

int
main(void)
{
	RUN(it_is_offered_last);
	RUN(it_is_made_and_called_as_any);
	RUN(pages_and_letters_have_words_for_it);
	RUN(it_tells_nothing_and_the_others_do);
	return tap_done();
}
