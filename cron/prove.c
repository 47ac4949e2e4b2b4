#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cron/prove.h"
#include "peer/paypal.h"
#include "shop/inbox.h"

struct letter {
	char *headers; /* owned */
	struct buf body;
};

static enum rc
copy(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct letter *l = ctx;

	l->headers = strdup(in->headers);
	buf_put(&l->body, in->body, in->n);
	return l->headers != NULL && buf_rc(&l->body) == RC_OK
		   ? RC_OK
		   : error_set(e, RC_NOMEM, "no memory for an event");
}

/* By the certificate; RC_INVALID: it does not count. */
static enum rc
by_certificate(const struct paypal *pp, const struct run *r,
    const struct paypal_sent *sent, int64_t now, struct error *e)
{
	struct paypal_trust trust = { .base = pp->base,
		.ca_file = pp->ca_file,
		.webhook_ids = { r->s->paypal_webhook_id,
		    r->s->shop_test ? PAYPAL_SIMULATOR : NULL } };
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
prove_paypal(
    const struct paypal *pp, const struct run *r, int64_t id, struct error *e)
{
	struct letter l = { .headers = NULL };
	struct paypal_sent sent;
	int64_t now = clock_now();
	enum rc rc;

	buf_init(&l.body, LIMIT_HOOK);
	rc = inbox_get(r->db, id, copy, &l, e);
	if (rc == RC_OK && !paypal_sent_get(l.headers, &sent))
		rc = error_set(e, RC_DENIED, "its headers are none");
	if (rc == RC_OK) {
		sent.body = buf_str(&l.body);
		sent.n = l.body.len;
		rc = paypal_sent_well(&sent, pp->base, now, e);
	}
	if (rc == RC_OK) {
		rc = by_certificate(pp, r, &sent, now, e);
		if (rc == RC_INVALID || rc == RC_IO) {
			error_clear(e);
			rc = paypal_confirms(
			    pp, r->s->paypal_webhook_id, &sent, e);
		}
	}
	free(l.headers);
	buf_release(&l.body);
	return rc;
}
