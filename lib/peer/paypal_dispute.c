/* Disputes: PayPal's customer_disputes_v1. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "peer/http.h"
#include "peer/jdoc.h"
#include "peer/paypal_call.h"

static void
copy(char *to, size_t size, const char *from)
{
	text_copy(to, size, from == NULL || strlen(from) >= size ? "" : from);
}

/* Whom the money went to.  What ended without a word that we know asks for a
 * person. */
static enum gateway_dispute_news
outcome(const char *code)
{
	static const struct {
		const char *code;
		enum gateway_dispute_news news;
	} each[] = {
		{ "RESOLVED_BUYER_FAVOUR", DISPUTE_LOST },
		{ "ACCEPTED", DISPUTE_LOST },
		{ "RESOLVED_SELLER_FAVOUR", DISPUTE_WON },
		/* PayPal pays the customer itself */
		{ "RESOLVED_WITH_PAYOUT", DISPUTE_WON },
		{ "CANCELED_BY_BUYER", DISPUTE_WON },
		{ "DENIED", DISPUTE_WON },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (code != NULL && strcmp(code, each[i].code) == 0)
			return each[i].news;
	return DISPUTE_OPEN;
}

static enum gateway_dispute_news
news_of(const struct jdoc *d)
{
	const char *status = jdoc_text(d, "status");

	if (status == NULL)
		return DISPUTE_OPEN;
	if (strcmp(status, "RESOLVED") == 0)
		return outcome(jdoc_text(d, "dispute_outcome.outcome_code"));
	if (strcmp(status, "UNDER_REVIEW") == 0 ||
	    strcmp(status, "WAITING_FOR_BUYER_RESPONSE") == 0)
		return DISPUTE_ANSWERED;
	return DISPUTE_OPEN;
}

static void
read_dispute(const struct jdoc *d, struct gateway_dispute *out)
{
	const char *due = jdoc_text(d, "seller_response_due_date");
	char currency[4] = "";
	int64_t gone;
	struct jdoc one;

	out->news = news_of(d);
	copy(out->object, sizeof(out->object), jdoc_text(d, "dispute_id"));
	copy(out->reason, sizeof(out->reason), jdoc_text(d, "reason"));
	out->amount = paypal_read_money(d, "dispute_amount", out->currency);
	/* what was agreed on may be less than what was asked for */
	gone =
	    paypal_read_money(d, "dispute_outcome.amount_refunded", currency);
	if (out->news == DISPUTE_LOST && gone > 0 &&
	    strcmp(currency, out->currency) == 0)
		out->amount = gone;
	if (due == NULL || !paypal_read_time(due, &out->due_at))
		out->due_at = 0;
	if (jdoc_at(d, "disputed_transactions", 0, &one)) {
		copy(out->payment, sizeof(out->payment),
		    jdoc_text(&one, "seller_transaction_id"));
		copy(out->attempt, sizeof(out->attempt),
		    jdoc_text(&one, "invoice_number"));
	}
}

enum rc
paypal_look_dispute(const struct gateway *g, const char *object,
    struct gateway_dispute *out, struct error *e)
{
	struct paypal_call c = { .method = "GET" };
	struct gateway_reply reply = { 0 };
	struct jdoc d = { NULL };
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&path, LIMIT_URL);
	buf_init(&reply.body, LIMIT_CALL);
	buf_puts(&path, "/v1/customer/disputes/");
	http_escape(&path, object);
	rc = buf_rc(&path);
	c.path = buf_str(&path);
	if (rc == RC_OK)
		rc = paypal_call(g->ctx, &c, &reply, e);
	if (rc == RC_OK && reply.status == 404)
		rc = error_set(e, RC_NOTFOUND, "PayPal has no such dispute");
	else if (rc == RC_OK && reply.status != 200)
		rc = error_set(e, RC_IO, "PayPal does not show a dispute");
	if (rc == RC_OK &&
	    jdoc_read(&d, buf_str(&reply.body), reply.body.len, e) != RC_OK)
		rc = RC_IO;
	if (rc == RC_OK)
		read_dispute(&d, out);
	jdoc_release(&d);
	buf_release(&reply.body);
	buf_release(&path);
	return rc;
}
