/*
 * /hook/NAME: what a gateway tells by itself.  Verified over the bytes as they
 * came, stored once, answered; lifecycle does what it asks for (idea 6).  No
 * call goes out from here.
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "cgi-bin/cgi.h"
#include "peer/funny_deliveries.h"
#include "peer/kept.h"
#include "peer/paypal.h"
#include "peer/stripe.h"
#include "shop/inbox.h"

#define HEADER_MAX 2000    /* bytes of a signature that are worth keeping */
#define UNPROVEN_SECONDS 2 /* between two events that are kept unproven */

/* 400 shows at the sender's, who may send it again; the log has no body. */
static enum rc
refuse(struct visit *v, const char *source, struct error *e)
{
	log_event(LOG_WARN, "refused a webhook source=%s bytes=%zu: %s", source,
	    v->q->body.len, e->text);
	error_clear(e);
	v->r->type = "text/plain; charset=utf-8";
	reply_status(v->r, 400);
	buf_puts(&v->r->body, "refused\n");
	return RC_OK;
}

static enum rc
keep(struct visit *v, const struct inbox_event *in, const char *type,
    struct error *e)
{
	bool fresh;
	enum rc rc;

	rc = inbox_put(v->db, in, v->now, &fresh, e);
	if (rc != RC_OK)
		return rc;
	log_event(LOG_INFO, "%s source=%s event=%s type=%s bytes=%zu",
	    fresh ? "stored a webhook" : "had a webhook already", in->source,
	    in->event, type, in->n);
	v->r->type = "text/plain; charset=utf-8";
	buf_puts(&v->r->body, "ok\n");
	return RC_OK;
}

static enum rc
read_stripe(struct visit *v, const char *signature, struct stripe_event *ev,
    struct error *e)
{
	const struct settings *s = v->settings;
	const char *const secrets[2] = { s->stripe_webhook_secret,
		s->stripe_webhook_secret_old };
	const struct buf *body = &v->q->body;
	enum rc rc;

	rc = stripe_signed(
	    signature, buf_str(body), body->len, secrets, v->now, e);
	if (rc == RC_OK)
		rc = stripe_event(buf_str(body), body->len, ev, e);
	if (rc == RC_OK && ev->live == stripe_is_test(s->stripe_key))
		rc = error_set(e, RC_DENIED,
		    "event \"%s\" is %s, but stripe.key is not", ev->id,
		    ev->live ? "of real money" : "a test");
	return rc;
}

static enum rc
stripe(struct visit *v, struct error *e)
{
	const char *signature = request_header(v->q, "HTTP_STRIPE_SIGNATURE");
	struct inbox_event in = { .source = "stripe" };
	struct stripe_event ev;
	size_t n;
	enum rc rc;

	if (v->settings->stripe_key[0] == '\0')
		return RC_NOTFOUND;
	if (signature == NULL)
		signature = "";
	rc = read_stripe(v, signature, &ev, e);
	if (rc == RC_DENIED || rc == RC_INVALID || rc == RC_TOOBIG)
		return refuse(v, in.source, e);
	if (rc != RC_OK)
		return rc;
	n = strlen(signature);
	in.event = ev.id;
	in.headers =
	    n <= HEADER_MAX && text_line(signature, n) ? signature : "";
	in.body = buf_str(&v->q->body);
	in.n = v->q->body.len;
	return keep(v, &in, ev.type, e);
}

/*** The courier ***/

static enum rc
courier(struct visit *v, struct error *e)
{
	const struct settings *s = v->settings;
	const char *const secrets[2] = { s->courier_webhook_secret,
		s->courier_webhook_secret_old };
	const char *signature = request_header(v->q, "HTTP_FUNNY_SIGNATURE");
	const struct buf *body = &v->q->body;
	struct inbox_event in = { .source = "courier" };
	char name[COURIER_KEY_SIZE];
	size_t n;
	enum rc rc;

	if (secrets[0][0] == '\0')
		return RC_NOTFOUND;
	if (signature == NULL)
		signature = "";
	rc = funny_deliveries_signed(
	    signature, buf_str(body), body->len, secrets, v->now, e);
	if (rc == RC_DENIED || rc == RC_TOOBIG)
		return refuse(v, in.source, e);
	if (rc != RC_OK)
		return rc;
	funny_deliveries_event_name(buf_str(body), body->len, name);
	n = strlen(signature);
	in.event = name;
	in.headers =
	    n <= HEADER_MAX && text_line(signature, n) ? signature : "";
	in.body = buf_str(body);
	in.n = body->len;
	return keep(v, &in, "status", e);
}

/*** PayPal ***/

static struct paypal_sent
sent_by_paypal(const struct visit *v)
{
	const struct request *q = v->q;

	return (struct paypal_sent){
		.id = request_header(q, "HTTP_PAYPAL_TRANSMISSION_ID"),
		.time = request_header(q, "HTTP_PAYPAL_TRANSMISSION_TIME"),
		.sig = request_header(q, "HTTP_PAYPAL_TRANSMISSION_SIG"),
		.cert_url = request_header(q, "HTTP_PAYPAL_CERT_URL"),
		.algo = request_header(q, "HTTP_PAYPAL_AUTH_ALGO"),
		.body = buf_str(&q->body),
		.n = q->body.len,
	};
}

/* Proven with a certificate that is here already; RC_NOTFOUND: it is not. */
static enum rc
prove(struct visit *v, const struct paypal_sent *sent, struct error *e)
{
	const struct settings *s = v->settings;
	struct paypal_trust trust = { .base = s->paypal_base,
		.ca_file = s->paypal_ca,
		.webhook_ids = { s->paypal_webhook_id,
		    s->shop_test ? PAYPAL_SIMULATOR : NULL } };
	struct buf pem;
	enum rc rc;

	rc = paypal_sent_well(sent, s->paypal_base, v->now, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&pem, LIMIT_JSON);
	rc = paypal_cert_kept(s->shop_run, sent->cert_url, v->now, &pem, e);
	if (rc == RC_OK)
		rc = paypal_signed(sent, &pem, &trust, v->now, e);
	buf_release(&pem);
	/* lifecycle asks PayPal */
	return rc == RC_INVALID ? RC_NOTFOUND : rc;
}

/* Kept for lifecycle, which may call out, to prove; few, since anybody can send
 * them.  Its name is not PayPal's: that must stay free for the true one. */
static enum rc
keep_unproven(struct visit *v, const struct paypal_sent *sent, struct error *e)
{
	const struct kept turn = { v->settings->shop_run, "paypal-hook", "" };
	struct inbox_event in = { .source = "paypal" };
	char name[HASH_SIZE];
	struct buf headers;
	enum rc rc;

	error_clear(e);
	if (!kept_turn(&turn, v->now, UNPROVEN_SECONDS)) {
		reply_status(v->r, 503);
		reply_header(v->r, "Retry-After", "60");
		return RC_OK;
	}
	hash_hex(sent->body, sent->n, name);
	buf_init(&headers, HEADER_MAX);
	paypal_sent_put(&headers, sent);
	rc = buf_rc(&headers);
	in.event = name;
	in.headers = buf_str(&headers);
	in.body = sent->body;
	in.n = sent->n;
	if (rc == RC_OK)
		rc = keep(v, &in, "unproven", e);
	buf_release(&headers);
	return rc;
}

static enum rc
paypal(struct visit *v, struct error *e)
{
	struct paypal_sent sent = sent_by_paypal(v);
	struct inbox_event in = { .source = "paypal", .headers = "" };
	struct paypal_event ev;
	enum rc rc;

	if (v->settings->paypal_client_id[0] == '\0')
		return RC_NOTFOUND;
	rc = prove(v, &sent, e);
	if (rc == RC_OK || rc == RC_NOTFOUND) {
		enum rc is = paypal_event(sent.body, sent.n, &ev, e);

		rc = is != RC_OK ? is : rc;
	}
	if (rc == RC_NOTFOUND)
		return keep_unproven(v, &sent, e);
	if (rc == RC_DENIED || rc == RC_INVALID || rc == RC_TOOBIG)
		return refuse(v, in.source, e);
	if (rc != RC_OK)
		return rc;
	in.event = ev.id;
	in.body = sent.body;
	in.n = sent.n;
	return keep(v, &in, ev.type, e);
}

/* What proving reads; nothing is connected to. */
static void
needs(const struct settings *s, struct jail *j)
{
	if (s->paypal_client_id[0] == '\0')
		return;
	jail_path(j, s->shop_run, JAIL_WRITE);
	if (s->paypal_ca[0] != '\0')
		jail_path(j, s->paypal_ca, JAIL_READ);
	/* the system's authorities */
	jail_path(j, "/etc", JAIL_READ);
	jail_path(j, "/usr/lib", JAIL_READ);
	jail_path(j, "/usr/share", JAIL_READ);
}

int
main(void)
{
	static const struct route routes[] = {
		{ "/hook/courier", ON_POST | ON_RAW, courier },
		{ "/hook/paypal", ON_POST | ON_RAW, paypal },
		{ "/hook/stripe", ON_POST | ON_RAW, stripe },
	};

	return cgi_main_calling("hook", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), NULL, needs);
}
