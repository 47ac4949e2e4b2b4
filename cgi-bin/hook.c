/*
 * /hook/NAME: what a gateway tells by itself.  Verified over the bytes as they
 * came, stored once, answered; lifecycle does what it asks for (idea 6).  No
 * call goes out from here.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/token.h"
#include "cgi-bin/cgi.h"
#include "peer/ears.h"
#include "peer/funny_deliveries.h"
#include "peer/kept.h"
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

/*** The gateways ***/

static const char *
header_of(const void *ctx, const char *variable)
{
	return request_header(ctx, variable);
}

/* Kept for lifecycle, which may call out, to prove; few, since anybody can send
 * them.  Its name is not the gateway's: that must stay free for the true one. */
static enum rc
keep_unproven(struct visit *v, struct inbox_event *in, struct error *e)
{
	char turn_name[64], name[HASH_SIZE];
	const struct kept turn = { v->settings->shop_run, turn_name, "" };

	error_clear(e);
	(void)snprintf(turn_name, sizeof(turn_name), "%s-hook", in->source);
	if (!kept_turn(&turn, v->now, UNPROVEN_SECONDS)) {
		reply_status(v->r, 503);
		reply_header(v->r, "Retry-After", "60");
		return RC_OK;
	}
	hash_hex(in->body, in->n, name);
	in->event = name;
	return keep(v, in, "unproven", e);
}

static enum rc
gateway(struct visit *v, struct error *e)
{
	const struct gateway_ear *ear = ears_find(v->tail);
	struct gateway_sent sent = { .header = header_of, .ctx = v->q };
	struct inbox_event in = { .source = v->tail };
	struct gateway_event ev;
	struct buf headers;
	enum rc rc;

	if (ear == NULL || !ear->configured(v->settings))
		return RC_NOTFOUND;
	in.body = sent.body = buf_str(&v->q->body);
	in.n = sent.n = v->q->body.len;
	buf_init(&headers, HEADER_MAX);
	rc = ear->hear(v->settings, &sent, v->now, &ev, &headers, e);
	if ((rc == RC_OK || rc == RC_NOTFOUND) && buf_rc(&headers) != RC_OK)
		rc = error_set(e, RC_TOOBIG, "its headers are too long");
	in.event = ev.id;
	in.headers = buf_str(&headers);
	if (rc == RC_OK)
		rc = keep(v, &in, ev.type, e);
	else if (rc == RC_NOTFOUND)
		rc = keep_unproven(v, &in, e);
	else if (rc == RC_DENIED || rc == RC_INVALID || rc == RC_TOOBIG)
		rc = refuse(v, ear->name, e);
	buf_release(&headers);
	return rc;
}

static void
needs(const struct settings *s, struct jail *j)
{
	const struct gateway_ear *ear;

	for (size_t i = 0; (ear = ears_at(i)) != NULL; i++)
		if (ear->configured(s) && ear->needs != NULL)
			ear->needs(s, j);
}

int
main(void)
{
	static const struct route routes[] = {
		{ "/hook/courier", ON_POST | ON_RAW, courier },
		{ "/hook/", ON_POST | ON_RAW | ON_TAIL, gateway },
	};

	return cgi_main_calling("hook", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), NULL, needs);
}
