/* Refunds of a capture; our name for one is its invoice_id. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/text.h"
#include "peer/http.h"
#include "peer/jdoc.h"
#include "peer/paypal_call.h"

#define INVOICE_SIZE 128 /* PayPal: 127 characters */

static void
put_name(const struct gateway_job *job, char out[INVOICE_SIZE])
{
	(void)snprintf(
	    out, INVOICE_SIZE, "%.32s-%.64s", job->attempt, job->refund);
}

enum rc
paypal_put_refund(const struct gateway_job *job, struct buf *path,
    struct buf *request, struct error *e)
{
	char name[INVOICE_SIZE];

	put_name(job, name);
	buf_puts(path, "/v2/payments/captures/");
	http_escape(path, job->payment_object);
	buf_puts(path, "/refund");
	return paypal_put_json(request,
	    json_pack("{s:o,s:s,s:s}", "amount",
		paypal_amount(job->refund_amount, job->currency), "custom_id",
		job->order, "invoice_id", name),
	    e);
}

static void
copy(char *to, size_t size, const char *from)
{
	text_copy(to, size, from == NULL || strlen(from) >= size ? "" : from);
}

void
paypal_read_refund(const struct jdoc *d, struct gateway_answer *out)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "COMPLETED", NEWS_REFUNDED },
		{ "FAILED", NEWS_FAILED },
		{ "CANCELLED", NEWS_FAILED },
	};
	const char *status = jdoc_text(d, "status");

	out->news = status == NULL ? NEWS_AGAIN : NEWS_WAITS;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (status != NULL && strcmp(status, each[i].status) == 0)
			out->news = each[i].news;
	copy(
	    out->refund_object, sizeof(out->refund_object), jdoc_text(d, "id"));
	copy(out->order, sizeof(out->order), jdoc_text(d, "custom_id"));
	copy(out->why, sizeof(out->why), jdoc_text(d, "status_details.reason"));
	out->amount = paypal_read_amount(d, out->currency);
}

/* Among all refunds of the order, which are few, that with our name. */
static bool
find_refund(const struct jdoc *order, const struct gateway_job *job,
    struct gateway_answer *out)
{
	char name[INVOICE_SIZE];
	const char *invoice;
	struct jdoc unit, one;

	put_name(job, name);
	if (!jdoc_at(order, "purchase_units", 0, &unit))
		return false;
	for (size_t i = 0; jdoc_at(&unit, "payments.refunds", i, &one); i++) {
		invoice = jdoc_text(&one, "invoice_id");
		if (invoice == NULL || strcmp(invoice, name) != 0)
			continue;
		paypal_read_refund(&one, out);
		return true;
	}
	return false;
}

enum rc
paypal_look_refund(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	bool known = job->refund_object[0] != '\0';
	struct paypal_call c = { .method = "GET" };
	struct gateway_reply reply = { 0 };
	struct jdoc d = { NULL };
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&path, LIMIT_URL);
	buf_init(&reply.body, LIMIT_CALL);
	buf_puts(
	    &path, known ? "/v2/payments/refunds/" : "/v2/checkout/orders/");
	http_escape(&path, known ? job->refund_object : job->checkout_object);
	rc = buf_rc(&path);
	c.path = buf_str(&path);
	if (rc == RC_OK)
		rc = paypal_call(g->ctx, &c, &reply, e);
	if (rc == RC_OK && reply.status != 200)
		rc =
		    reply.status == 404 && known
			? error_set(e, RC_NOTFOUND, "PayPal has no such refund")
			: error_set(e, RC_IO, "PayPal does not show it");
	if (rc == RC_OK)
		rc = jdoc_read(&d, buf_str(&reply.body), reply.body.len, e);
	if (rc == RC_OK && known)
		paypal_read_refund(&d, out);
	else if (rc == RC_OK && !find_refund(&d, job, out))
		rc = error_set(e, RC_NOTFOUND, "PayPal has no such refund");
	jdoc_release(&d);
	buf_release(&reply.body);
	buf_release(&path);
	return rc;
}
