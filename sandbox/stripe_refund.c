/* Refunds, and lists of whatever there is. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/stripe.h"

#define LATE_SECONDS 5

/*** Refunds ***/

static json_t *
charge_of(struct stripe_call *c)
{
	const char *id = params_get(&c->p, "charge");
	const char *payment = params_get(&c->p, "payment_intent");
	json_t *intent = NULL, *charge = NULL;

	if (id == NULL && payment == NULL) {
		stripe_fail(c, 400, STRIPE_INVALID, "parameter_missing", NULL,
		    "One of the following params should be provided for this "
		    "request: payment_intent or charge.");
		return NULL;
	}
	if (payment != NULL) {
		intent = stripe_get(c, payment);
		if (intent != NULL && id == NULL)
			id = stripe_text(intent, "latest_charge");
	}
	if (payment != NULL && intent == NULL)
		stripe_fail(c, 404, STRIPE_INVALID, "resource_missing",
		    "payment_intent", "No such payment_intent: '%s'", payment);
	else if ((charge = stripe_get(c, id)) == NULL && id[0] != '\0')
		stripe_fail(c, 404, STRIPE_INVALID, "resource_missing",
		    "charge", "No such charge: '%s'", id);
	else if (charge == NULL ||
		 strcmp(stripe_text(charge, "status"), "succeeded") != 0)
		stripe_fail(c, 400, STRIPE_INVALID, NULL, "payment_intent",
		    "This PaymentIntent does not have a successful charge to "
		    "refund.");
	json_decref(intent);
	return charge;
}

static bool
refusable(struct stripe_call *c, const json_t *charge, int64_t amount)
{
	int64_t left = stripe_whole(charge, "amount_captured") -
		       stripe_whole(charge, "amount_refunded");
	const char *id = stripe_text(charge, "id");

	if (c->status != 0)
		return true;
	if (!json_is_true(json_object_get(charge, "captured")))
		stripe_fail(c, 400, STRIPE_INVALID, "charge_not_refundable",
		    NULL,
		    "Charge %s is not captured: cancel its PaymentIntent.", id);
	else if (stripe_is_disputed(c, charge))
		stripe_fail(c, 400, STRIPE_INVALID, "charge_disputed", NULL,
		    "Charge %s has been charged back; cannot issue a refund.",
		    id);
	else if (left <= 0)
		stripe_fail(c, 400, STRIPE_INVALID, "charge_already_refunded",
		    NULL, "Charge %s has already been refunded.", id);
	else if (amount > left)
		stripe_fail(c, 400, STRIPE_INVALID, NULL, "amount",
		    "Refund amount (%lld) is greater than unrefunded amount on "
		    "charge (%lld)",
		    (long long)amount, (long long)left);
	return c->status != 0;
}

static void
put_refund(struct stripe_call *c, json_t *charge, int64_t amount)
{
	const char *later = stripe_text(stripe_inside(charge), "later");
	const char *payment = stripe_text(charge, "payment_intent");
	json_t *refund = stripe_new(c, "refund");
	int64_t sum = stripe_whole(charge, "amount_refunded") + amount;
	int64_t due = 0;

	stripe_set_int(refund, "amount", amount);
	stripe_set(refund, "charge", stripe_text(charge, "id"));
	stripe_set(refund, "payment_intent", payment);
	stripe_set(refund, "currency", stripe_text(charge, "currency"));
	stripe_set(refund, "reason", params_get(&c->p, "reason"));
	stripe_metadata(c, refund, "metadata");
	if (strncmp(later, "refund-", 7) == 0) {
		due = c->now + LATE_SECONDS;
		stripe_set(stripe_inside(refund), "later", later + 7);
		if (strcmp(later, "refund-late") == 0)
			stripe_set(refund, "status", "pending");
	}
	stripe_set_int(charge, "amount_refunded", sum);
	(void)json_object_set(charge, "refunded",
	    json_boolean(sum == stripe_whole(charge, "amount_captured")));
	stripe_put(c, refund, payment, due);
	stripe_put(c, charge, NULL, 0);
	stripe_event_add(c, "refund.created", refund);
	stripe_event_add(c, "charge.refunded", charge);
	stripe_show(c, refund);
	json_decref(refund);
}

void
stripe_refund_create(struct stripe_call *c, const char *id)
{
	json_t *charge;
	int64_t amount;

	(void)id;
	charge = charge_of(c);
	amount = params_int(&c->p,
	    stripe_whole(charge, "amount_captured") -
		stripe_whole(charge, "amount_refunded"),
	    "amount");
	if (charge != NULL && !refusable(c, charge, amount))
		put_refund(c, charge, amount);
	json_decref(charge);
}

void
stripe_refund_show(struct stripe_call *c, const char *id)
{
	json_t *refund = stripe_get(c, id);

	if (refund != NULL &&
	    strcmp(stripe_text(refund, "object"), "refund") == 0)
		stripe_show(c, refund);
	else
		stripe_fail(c, 404, STRIPE_INVALID, "resource_missing", "id",
		    "No such refund: '%s'", id);
	json_decref(refund);
}

/*** Lists: the newest first ***/

struct list {
	const char *url, *kind, *parent;
};

/* The row of the object that a page begins after; false: there is none. */
static bool
row_of(struct stripe_call *c, const char *param, const char *sql, int64_t *row)
{
	const char *id = params_get(&c->p, "%s", param);
	struct store_rows q;
	bool found;

	if (id == NULL)
		return true;
	store_ask(&c->st, &q, sql, "s", id);
	found = store_next(&q);
	if (found)
		*row = store_int(&q, 0);
	store_done(&q);
	if (!found)
		stripe_fail(c, 400, STRIPE_INVALID, "resource_missing", param,
		    "No such object: '%s'", id);
	return found;
}

/* created, created[gte] and so on, as from and to. */
static void
range(struct stripe_call *c, int64_t *from, int64_t *to)
{
	int64_t at = params_int(&c->p, -1, "created");

	*from = params_int(&c->p, 0, "created[gte]");
	if (params_get(&c->p, "created[gt]") != NULL)
		*from = params_int(&c->p, 0, "created[gt]") + 1;
	*to = params_int(&c->p, INT64_MAX, "created[lte]");
	if (params_get(&c->p, "created[lt]") != NULL)
		*to = params_int(&c->p, 0, "created[lt]") - 1;
	if (at >= 0)
		*from = *to = at;
}

static bool
wanted_type(struct stripe_call *c, const char *type)
{
	const char *one = params_get(&c->p, "type");
	size_t n = one == NULL ? 0 : strlen(one), i;
	char key[PARAM_NAME_SIZE];
	bool any = false;

	/* "charge.*" too */
	if (one != NULL && n > 0 && one[n - 1] == '*')
		return strncmp(type, one, n - 1) == 0;
	if (one != NULL)
		return strcmp(type, one) == 0;
	for (i = 0; i < c->p.n; i++) {
		if (!params_key(c->p.each[i].name, "types", key))
			continue;
		any = true;
		if (strcmp(c->p.each[i].value, type) == 0)
			return true;
	}
	return !any;
}

static void
answer(
    struct stripe_call *c, const char *url, struct store_rows *q, bool backward)
{
	int64_t limit = params_int(&c->p, 10, "limit");
	json_t *data = json_array(), *object;
	bool more = false;

	while (!more && store_next(q)) {
		if (!wanted_type(c, store_text(q, 1)))
			continue;
		more = (int64_t)json_array_size(data) == limit;
		if (more)
			break;
		object = json_loads(store_text(q, 0), 0, NULL);
		(void)json_object_del(object, "_box");
		if (backward)
			(void)json_array_insert_new(data, 0, object);
		else
			(void)json_array_append_new(data, object);
	}
	store_done(q);
	object = json_pack("{s:s, s:o, s:b, s:s}", "object", "list", "data",
	    data, "has_more", (int)more, "url", url);
	if (!stripe_expand(c, object, true)) {
		json_decref(object);
		return;
	}
	c->out = object;
	c->status = 200;
}

static void
objects(struct stripe_call *c, const struct list *l)
{
	static const char row[] = "SELECT rowid FROM object WHERE id = ?";
	int64_t before = INT64_MAX, after = 0, from, to;
	struct store_rows q;

	if (!row_of(c, "starting_after", row, &before) ||
	    !row_of(c, "ending_before", row, &after))
		return;
	range(c, &from, &to);
	store_ask(&c->st, &q,
	    after > 0
		? "SELECT body, '' FROM object WHERE kind = ?1 AND (?2 IS NULL "
		  "OR parent = ?2) AND created BETWEEN ?3 AND ?4 AND "
		  "rowid > ?6 AND rowid < ?5 ORDER BY rowid"
		: "SELECT body, '' FROM object WHERE kind = ?1 AND (?2 IS NULL "
		  "OR parent = ?2) AND created BETWEEN ?3 AND ?4 AND "
		  "rowid < ?5 AND rowid > ?6 ORDER BY rowid DESC",
	    "ssiiii", l->kind, l->parent, from, to, before, after);
	answer(c, l->url, &q, after > 0);
}

void
stripe_refund_list(struct stripe_call *c, const char *id)
{
	const char *charge_id = params_get(&c->p, "charge");
	struct list l = { "/v1/refunds", "refund",
		params_get(&c->p, "payment_intent") };
	json_t *charge = charge_id == NULL ? NULL : stripe_get(c, charge_id);

	(void)id;
	if (charge != NULL)
		l.parent = stripe_text(charge, "payment_intent");
	else if (charge_id != NULL)
		l.parent = charge_id; /* none has it */
	objects(c, &l);
	json_decref(charge);
}

void
stripe_session_list(struct stripe_call *c, const char *id)
{
	struct list l = { "/v1/checkout/sessions", "checkout.session",
		params_get(&c->p, "payment_intent") };

	(void)id;
	objects(c, &l);
}

void
stripe_intent_list(struct stripe_call *c, const char *id)
{
	struct list l = { "/v1/payment_intents", "payment_intent", NULL };

	(void)id;
	objects(c, &l);
}

void
stripe_event_list(struct stripe_call *c, const char *id)
{
	static const char row[] = "SELECT seq FROM event WHERE id = ?";
	int64_t before = INT64_MAX, after = 0, from, to;
	struct store_rows q;

	(void)id;
	if (!row_of(c, "starting_after", row, &before) ||
	    !row_of(c, "ending_before", row, &after))
		return;
	range(c, &from, &to);
	store_ask(&c->st, &q,
	    after > 0
		? "SELECT body, type FROM event WHERE created BETWEEN ?1 AND "
		  "?2 AND seq > ?4 AND seq < ?3 ORDER BY seq"
		: "SELECT body, type FROM event WHERE created BETWEEN ?1 AND "
		  "?2 AND seq < ?3 AND seq > ?4 ORDER BY seq DESC",
	    "iiii", from, to, before, after);
	answer(c, "/v1/events", &q, after > 0);
}

void
stripe_event_show(struct stripe_call *c, const char *id)
{
	struct store_rows q;

	store_ask(&c->st, &q, "SELECT body FROM event WHERE id = ?", "s", id);
	if (store_next(&q)) {
		c->out = json_loads(store_text(&q, 0), 0, NULL);
		c->status = 200;
	}
	store_done(&q);
	if (c->out == NULL)
		stripe_fail(c, 404, STRIPE_INVALID, "resource_missing", "id",
		    "No such event: '%s'", id);
}
