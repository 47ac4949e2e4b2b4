/* What PayPal itself is asked about its webhooks. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/settings.h"
#include "peer/exchange.h"
#include "peer/jdoc.h"
#include "peer/kept.h"
#include "peer/paypal_call.h"

#define KEEP 86400 /* seconds; the address changes when it does */
#define TOTAL_MS 10000

enum rc
paypal_cert_fetch(const struct paypal *pp, const char *url, int64_t now,
    struct buf *pem, struct error *e)
{
	char name[PAYPAL_CERT_SIZE];
	struct kept k = { pp->folder, name, url };
	struct error note = ERROR_NONE;
	struct exchange x;
	enum rc rc;

	if (url == NULL || !paypal_cert_ours(pp->base, url))
		return error_set(e, RC_DENIED,
		    "\"%.200s\" is no address of a certificate of PayPal's",
		    url == NULL ? "" : url);
	exchange_init(&x, "GET", EXCHANGE_SITE, LIMIT_JSON);
	buf_puts(&x.url, url);
	x.ca_file = pp->ca_file;
	x.total_ms = TOTAL_MS;
	exchange_run(pp->pool, &x, 1, 1);
	rc = x.rc == RC_OK ? RC_OK : error_set(e, RC_IO, "%s", x.e.text);
	if (rc == RC_OK && x.status != 200)
		rc = error_set(e, RC_IO,
		    "PayPal's certificate was answered with %ld", x.status);
	if (rc == RC_OK) {
		paypal_cert_name(url, name);
		/* without the file it is fetched again */
		(void)(kept_put(&k, now, now + KEEP, &x.out, &note) == RC_OK);
		buf_put(pem, buf_str(&x.out), x.out.len);
		rc = buf_rc(pem);
	}
	exchange_release(&x);
	return rc;
}

/* The event is pasted as it came: written anew, "10.00" might become 10, and
 * PayPal would call it forged. */
static enum rc
put_question(struct buf *b, const char *webhook_id,
    const struct paypal_sent *sent, struct error *e)
{
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "auth_algo",
	    sent->algo, "cert_url", sent->cert_url, "transmission_id", sent->id,
	    "transmission_sig", sent->sig, "transmission_time", sent->time,
	    "webhook_id", webhook_id);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum rc rc = RC_INVALID;

	if (text != NULL) {
		buf_put(b, text, strlen(text) - 1);
		buf_puts(b, ",\"webhook_event\":");
		buf_put(b, sent->body, sent->n);
		buf_putc(b, '}');
		rc = buf_rc(b);
	}
	free(text);
	json_decref(o);
	return rc == RC_OK ? rc : error_set(e, rc, "an event is no question");
}

enum rc
paypal_confirms(const struct paypal *pp, const char *webhook_id,
    const struct paypal_sent *sent, struct error *e)
{
	struct paypal_call c = { .method = "POST",
		.path = "/v1/notifications/verify-webhook-signature" };
	struct gateway_reply reply = { 0 };
	struct error why = ERROR_NONE;
	struct jdoc d = { NULL };
	struct buf question;
	const char *says = NULL;
	enum rc rc;

	buf_init(&question, LIMIT_CALL);
	buf_init(&reply.body, LIMIT_CALL);
	/* what is no JSON by itself must not become some inside another */
	rc = jdoc_read(&d, sent->body, sent->n, &why);
	rc = rc == RC_OK ? rc : error_set(e, RC_DENIED, "%s", why.text);
	jdoc_release(&d);
	if (rc == RC_OK)
		rc = put_question(&question, webhook_id, sent, e);
	c.body = buf_str(&question);
	c.n = question.len;
	if (rc == RC_OK)
		rc = paypal_call(pp, &c, &reply, e);
	if (rc == RC_OK && reply.status == 200 &&
	    jdoc_read(&d, buf_str(&reply.body), reply.body.len, &why) == RC_OK)
		says = jdoc_text(&d, "verification_status");
	if (rc == RC_OK && says == NULL)
		rc = error_set(e, RC_IO, "PayPal does not say: %lld",
		    (long long)reply.status);
	else if (rc == RC_OK && strcmp(says, "SUCCESS") != 0)
		rc = error_set(e, RC_DENIED, "PayPal did not send it");
	jdoc_release(&d);
	buf_release(&reply.body);
	buf_release(&question);
	return rc;
}

/* By the certificate; RC_INVALID: it does not count. */
static enum rc
by_certificate(const struct paypal *pp, const struct settings *s,
    const struct paypal_sent *sent, int64_t now, struct error *e)
{
	struct paypal_trust trust = paypal_trusts(s);
	struct buf pem;
	enum rc rc;

	buf_init(&pem, LIMIT_JSON);
	rc = paypal_cert_kept(pp->folder, sent->cert_url, now, &pem, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = paypal_cert_fetch(pp, sent->cert_url, now, &pem, e);
	}
	if (rc == RC_OK)
		rc = paypal_signed(sent, &pem, &trust, now, e);
	buf_release(&pem);
	return rc;
}

enum rc
paypal_prove(const struct gateway *g, const struct settings *s, char *headers,
    const void *body, size_t n, int64_t now, struct error *e)
{
	const struct paypal *pp = g->ctx;
	struct paypal_sent sent;
	enum rc rc;

	if (!paypal_sent_get(headers, &sent))
		return error_set(e, RC_DENIED, "its headers are none");
	sent.body = body;
	sent.n = n;
	rc = paypal_sent_well(&sent, pp->base, now, e);
	if (rc != RC_OK)
		return rc;
	rc = by_certificate(pp, s, &sent, now, e);
	if (rc != RC_INVALID && rc != RC_IO)
		return rc;
	error_clear(e);
	return paypal_confirms(pp, s->paypal_webhook_id, &sent, e);
}
