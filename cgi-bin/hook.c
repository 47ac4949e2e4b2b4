/*
 * /hook/NAME: what a gateway tells by itself.  Verified over the bytes as they
 * came, stored once, answered; lifecycle does what it asks for (idea 6).  No
 * call goes out from here.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cgi-bin/cgi.h"
#include "peer/stripe.h"
#include "shop/inbox.h"

#define HEADER_MAX 2000 /* bytes of a signature that are worth keeping */

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

int
main(void)
{
	static const struct route routes[] = {
		{ "/hook/stripe", ON_POST | ON_RAW, stripe },
	};

	return cgi_main(
	    "hook", DB_WRITE, routes, sizeof(routes) / sizeof(routes[0]), NULL);
}
