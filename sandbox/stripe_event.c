/* Events: written with what they tell of, and who is to get them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "sandbox/stripe.h"

/* What the shop's endpoint subscribes to. */
static const char *const subscribed[] = {
	"checkout.session.completed",
	"checkout.session.expired",
	"checkout.session.async_payment_succeeded",
	"checkout.session.async_payment_failed",
	"payment_intent.amount_capturable_updated",
	"payment_intent.succeeded",
	"payment_intent.canceled",
	"payment_intent.payment_failed",
	"charge.refunded",
	"refund.updated",
	"refund.failed",
	"charge.dispute.created",
	"charge.dispute.updated",
	"charge.dispute.closed",
	"charge.dispute.funds_withdrawn",
	"charge.dispute.funds_reinstated",
	"charge.expired",
	"radar.early_fraud_warning.created",
	"radar.early_fraud_warning.updated",
};

static bool
is_subscribed(const char *type)
{
	for (size_t i = 0; i < sizeof(subscribed) / sizeof(subscribed[0]); i++)
		if (strcmp(subscribed[i], type) == 0)
			return true;
	return false;
}

static void
hook_add(struct stripe_call *c, const char *id, int64_t due, bool forged,
    int64_t skew)
{
	struct store_rows q;

	store_run(&c->st,
	    "INSERT INTO hook (event, due, forged, skew) VALUES (?, ?, ?, ?)",
	    "siii", id, due, (int64_t)forged, skew);
	store_run(&c->st,
	    "UPDATE hook SET ord = seq WHERE seq = last_insert_rowid()", "");
	if (c->first_hook != 0)
		return;
	store_ask(&c->st, &q, "SELECT last_insert_rowid()", "");
	if (store_next(&q))
		c->first_hook = store_int(&q, 0);
	store_done(&q);
}

/* When a fault is waiting for it, it goes wrong. */
static void
subscribe(struct stripe_call *c, const char *id, const char *type)
{
	int64_t now = clock_now_ms();
	struct fault f;
	bool forged, late;

	fault_take(
	    &c->st, "|never|late|duplicate|forged|skew|early|", type, &f);
	if (strcmp(f.kind, "never") == 0)
		return;
	forged = strcmp(f.kind, "forged") == 0;
	late = strcmp(f.kind, "late") == 0;
	c->early = c->early || strcmp(f.kind, "early") == 0;
	hook_add(c, id, now + (late ? f.seconds * 1000 : 0), forged,
	    strcmp(f.kind, "skew") == 0 ? f.seconds : 0);
	if (strcmp(f.kind, "duplicate") == 0)
		hook_add(c, id, now + f.seconds * 1000, false, 0);
}

void
stripe_event_add(struct stripe_call *c, const char *type, const json_t *object)
{
	char id[STRIPE_ID], *text;
	bool to_send = is_subscribed(type);
	json_t *event;

	stripe_name(id, "evt_3", 23);
	event = json_pack("{s:s, s:s, s:s, s:I, s:{s:o}, s:b, s:i, s:{s:o, "
			  "s:s?}, s:s}",
	    "id", id, "object", "event", "api_version", STRIPE_API, "created",
	    (json_int_t)c->now, "data", "object", stripe_bare(object),
	    "livemode", 0, "pending_webhooks", (int)to_send, "request", "id",
	    c->request[0] == '\0' ? json_null() : json_string(c->request),
	    "idempotency_key", c->key, "type", type);
	text = json_dumps(event, JSON_INDENT(2));
	json_decref(event);
	if (text == NULL) {
		(void)error_set(&c->st.e, RC_NOMEM, "no memory for an event");
		return;
	}
	store_run(&c->st,
	    "INSERT INTO event (id, type, created, body) VALUES (?, ?, ?, ?)",
	    "ssis", id, type, c->now, text);
	free(text);
	c->events++;
	if (to_send)
		subscribe(c, id, type);
}

void
stripe_events_end(struct stripe_call *c)
{
	struct fault f;

	if (c->first_hook == 0)
		return;
	fault_take(&c->st, "|reversed|", "events", &f);
	if (f.kind[0] != '\0')
		store_run(&c->st,
		    "UPDATE hook SET ord = 2 * ? - seq WHERE seq >= ?", "ii",
		    c->first_hook, c->first_hook);
}
