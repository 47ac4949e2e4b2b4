/*
 * Disputes and early fraud warnings: docs.stripe.com/api/disputes/object and
 * docs.stripe.com/api/radar/early_fraud_warnings/object.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "peer/exchange.h"
#include "peer/http.h"
#include "peer/jdoc.h"
#include "peer/stripe_call.h"

#define WARNING_PREFIX "issfr_"

static void
copy(char *to, size_t size, const char *from)
{
	text_copy(to, size, from == NULL || strlen(from) >= size ? "" : from);
}

/* A word that is new asks for a person, who reads it there. */
static enum gateway_dispute_news
news_of(const char *status)
{
	static const struct {
		const char *status;
		enum gateway_dispute_news news;
	} each[] = {
		{ "warning_needs_response", DISPUTE_OPEN },
		{ "warning_under_review", DISPUTE_ANSWERED },
		{ "warning_closed", DISPUTE_WON },
		{ "needs_response", DISPUTE_OPEN },
		{ "under_review", DISPUTE_ANSWERED },
		{ "won", DISPUTE_WON },
		{ "lost", DISPUTE_LOST },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (status != NULL && strcmp(status, each[i].status) == 0)
			return each[i].news;
	return DISPUTE_OPEN;
}

static void
read_dispute(const struct jdoc *d, struct gateway_dispute *out)
{
	const char *currency = jdoc_text(d, "currency");

	out->news = news_of(jdoc_text(d, "status"));
	(void)jdoc_whole(d, "amount", &out->amount);
	(void)jdoc_whole(d, "evidence_details.due_by", &out->due_at);
	copy(out->reason, sizeof(out->reason), jdoc_text(d, "reason"));
	for (size_t i = 0; currency != NULL && strlen(currency) == 3 && i < 3;
	     i++)
		out->currency[i] = (char)toupper((unsigned char)currency[i]);
}

/* Stripe names no day: what can be prevented is a dispute, which comes any
 * day. */
static void
read_warning(const struct jdoc *d, struct gateway_dispute *out)
{
	out->warning = true;
	out->news = jdoc_yes(d, "actionable") ? DISPUTE_WARNS : DISPUTE_WON;
	if (jdoc_whole(d, "created", &out->due_at))
		out->due_at += STRIPE_WARNING_SECONDS;
	copy(out->reason, sizeof(out->reason), jdoc_text(d, "fraud_type"));
}

static enum rc
read_object(const struct jdoc *d, struct gateway_dispute *out, struct error *e)
{
	const char *object = jdoc_text(d, "object");

	copy(out->object, sizeof(out->object), jdoc_text(d, "id"));
	copy(
	    out->payment, sizeof(out->payment), jdoc_text(d, "payment_intent"));
	if (object != NULL && strcmp(object, "dispute") == 0)
		read_dispute(d, out);
	else if (object != NULL &&
		 strcmp(object, "radar.early_fraud_warning") == 0)
		read_warning(d, out);
	else
		return error_set(e, RC_IO, "Stripe shows no dispute");
	return RC_OK;
}

enum rc
stripe_look_dispute(const struct gateway *g, const char *object,
    struct gateway_dispute *out, struct error *e)
{
	bool warning =
	    strncmp(object, WARNING_PREFIX, sizeof(WARNING_PREFIX) - 1) == 0;
	struct jdoc d = { NULL };
	struct exchange x;
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&path, LIMIT_URL);
	buf_puts(&path,
	    warning ? "/v1/radar/early_fraud_warnings/" : "/v1/disputes/");
	http_escape(&path, object);
	rc = stripe_fetch(g, &path, &x, e);
	if (rc == RC_OK && x.status != 200)
		rc = error_set(e, RC_IO, "Stripe does not show a dispute");
	if (rc == RC_OK &&
	    jdoc_read(&d, buf_str(&x.out), x.out.len, e) != RC_OK)
		rc = RC_IO;
	if (rc == RC_OK)
		rc = read_object(&d, out, e);
	jdoc_release(&d);
	exchange_release(&x);
	buf_release(&path);
	return rc;
}
