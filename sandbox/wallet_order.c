/* Orders: made, shown, authorised. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/token.h"
#include "sandbox/wallet.h"

#define LIFE 10800 /* seconds that an order may be agreed to */

/*** Pieces ***/

const char *
wallet_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

void
wallet_set(json_t *o, const char *name, const char *value)
{
	(void)json_object_set_new(o, name, json_string(value));
}

json_t *
wallet_list(json_t *o, const char *name)
{
	if (json_object_get(o, name) == NULL)
		(void)json_object_set_new(o, name, json_array());
	return json_object_get(o, name);
}

json_t *
wallet_unit(const json_t *order)
{
	return json_array_get(json_object_get(order, "purchase_units"), 0);
}

json_t *
wallet_inside(const json_t *order)
{
	return json_object_get(order, "_box");
}

json_t *
wallet_bare(const json_t *o)
{
	json_t *copy = json_deep_copy(o);

	(void)json_object_del(copy, "_box");
	return copy;
}

/* As PayPal's names look: capital letters and digits. */
void
wallet_random(char out[WALLET_ID], size_t n)
{
	char hex[UID_SIZE];
	size_t i;

	if (uid_random(hex, NULL) != RC_OK)
		abort();
	for (i = 0; i < n && i < UID_SIZE - 1; i++)
		out[i] = (char)toupper((unsigned char)hex[i]);
	out[i] = '\0';
}

void
wallet_stamp(const struct wallet *w, json_t *o, const char *name)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(w->b->now, iso);
	wallet_set(o, name, iso);
}

/*** Stored ***/

void
wallet_keep(struct wallet *w, const json_t *order, int64_t due)
{
	char *text = json_dumps(order, JSON_COMPACT);

	store_run(&w->st,
	    "INSERT INTO paypal_order (id, due, body) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (id) DO UPDATE SET due = ?2, body = ?3",
	    "sis", wallet_text(order, "id"), due, text);
	free(text);
}

void
wallet_name(struct wallet *w, const char *id, const char *order)
{
	store_run(&w->st, "INSERT INTO name (id, \"order\") VALUES (?, ?)",
	    "ss", id, order);
}

static json_t *
read_order(struct wallet *w, const char *id, int64_t *due)
{
	struct store_rows q;
	json_t *order = NULL;

	store_ask(&w->st, &q, "SELECT body, due FROM paypal_order WHERE id = ?",
	    "s", id);
	if (store_next(&q)) {
		order = json_loads(store_text(&q, 0), 0, NULL);
		*due = store_int(&q, 1);
	}
	store_done(&q);
	return order;
}

json_t *
wallet_load(struct wallet *w, const char *id)
{
	int64_t due = 0;
	json_t *order = read_order(w, id, &due);

	if (order != NULL && due != 0 && due <= w->b->now)
		wallet_decide(w, order);
	return order;
}

json_t *
wallet_load_of(
    struct wallet *w, const char *id, const char *kind, json_t **thing)
{
	char of[WALLET_ID] = "";
	struct store_rows q;
	json_t *order, *all;

	*thing = NULL;
	store_ask(
	    &w->st, &q, "SELECT \"order\" FROM name WHERE id = ?", "s", id);
	if (store_next(&q))
		(void)snprintf(of, sizeof(of), "%s", store_text(&q, 0));
	store_done(&q);
	order = of[0] == '\0' ? NULL : wallet_load(w, of);
	all = json_object_get(
	    json_object_get(wallet_unit(order), "payments"), kind);
	for (size_t i = 0; i < json_array_size(all); i++)
		if (strcmp(wallet_text(json_array_get(all, i), "id"), id) == 0)
			*thing = json_array_get(all, i);
	if (*thing == NULL)
		wallet_fail(w, 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID",
		    "",
		    "Specified resource ID does not exist. Please check the "
		    "resource ID and try again.");
	return order;
}

void
wallet_settle(struct wallet *w)
{
	char id[WALLET_ID] = "";
	struct store_rows q;

	store_ask(&w->st, &q,
	    "SELECT id FROM paypal_order WHERE due > 0 AND due <= ? LIMIT 1",
	    "i", w->b->now);
	if (store_next(&q))
		(void)snprintf(id, sizeof(id), "%s", store_text(&q, 0));
	store_done(&q);
	if (id[0] != '\0')
		json_decref(wallet_load(w, id));
}

/*** Calls ***/

static void
put_links(const struct wallet *w, json_t *order)
{
	const char *base = w->b->settings->paypal_base;
	const char *id = wallet_text(order, "id");
	json_t *links = json_array();

	(void)json_array_append_new(
	    links, json_pack("{s:o,s:s,s:s}", "href",
		       json_sprintf("%s/v2/checkout/orders/%s", base, id),
		       "rel", "self", "method", "GET"));
	(void)json_array_append_new(
	    links, json_pack("{s:o,s:s,s:s}", "href",
		       json_sprintf("%s/checkoutnow?token=%s", base, id), "rel",
		       "payer-action", "method", "GET"));
	(void)json_object_set_new(order, "links", links);
}

static void
answer(struct wallet *w, int status, const json_t *order)
{
	w->status = status;
	json_decref(w->out);
	w->out = w->whole ? wallet_bare(order)
			  : json_pack("{s:s,s:s,s:O}", "id",
				wallet_text(order, "id"), "status",
				wallet_text(order, "status"), "links",
				json_object_get(order, "links"));
}

void
wallet_create(struct wallet *w, const char *none)
{
	char id[WALLET_ID];
	json_t *order, *units, *u, *box;

	(void)none;
	if (!wallet_check_order(w))
		return;
	if (strcmp(wallet_text(w->in, "intent"), "AUTHORIZE") != 0) {
		wallet_refuse(w, "ACTION_DOES_NOT_MATCH_INTENT", "/intent",
		    "This sandbox plays orders of intent AUTHORIZE.");
		return;
	}
	wallet_random(id, 17);
	units = json_deep_copy(json_object_get(w->in, "purchase_units"));
	u = json_array_get(units, 0);
	if (json_object_get(u, "reference_id") == NULL)
		wallet_set(u, "reference_id", "default");
	(void)json_object_set_new(u, "payee",
	    json_pack("{s:s,s:s}", "email_address", "hats@sandbox.example",
		"merchant_id", "HATSANDBOX123"));
	box = json_object();
	(void)json_object_set(box, "context",
	    json_object_get(
		json_object_get(
		    json_object_get(w->in, "payment_source"), "paypal"),
		"experience_context"));
	order = json_pack("{s:s,s:s,s:s,s:{s:{}},s:o,s:o}", "id", id, "intent",
	    "AUTHORIZE", "status", "PAYER_ACTION_REQUIRED", "payment_source",
	    "paypal", "purchase_units", units, "_box", box);
	wallet_stamp(w, order, "create_time");
	(void)json_object_set_new(box, "until", json_integer(w->b->now + LIFE));
	put_links(w, order);
	wallet_keep(w, order, 0);
	answer(w, 201, order);
	json_decref(order);
}

static json_t *
find(struct wallet *w, const char *id)
{
	json_t *order = wallet_load(w, id);

	if (order == NULL)
		wallet_fail(w, 404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID",
		    "",
		    "Specified resource ID does not exist. Please check the "
		    "resource ID and try again.");
	return order;
}

void
wallet_show(struct wallet *w, const char *id)
{
	json_t *order = find(w, id);

	w->whole = true;
	if (order != NULL)
		answer(w, 200, order);
	json_decref(order);
}

/* Two that were paid under one invoice: the account's usual setting. */
static bool
invoice_is_free(struct wallet *w, const json_t *order)
{
	const char *invoice = wallet_text(wallet_unit(order), "invoice_id");
	struct store_rows q;
	bool taken;

	if (invoice[0] == '\0')
		return true;
	store_ask(&w->st, &q,
	    "SELECT 1 FROM paypal_order WHERE id <> ?1 AND json_extract(body, "
	    "'$.status') = 'COMPLETED' AND json_extract(body, "
	    "'$.purchase_units[0].invoice_id') = ?2",
	    "ss", wallet_text(order, "id"), invoice);
	taken = store_next(&q);
	store_done(&q);
	return !taken;
}

static bool
may_authorise(struct wallet *w, const json_t *order)
{
	const char *status = wallet_text(order, "status");
	struct fault f;

	if (strcmp(status, "COMPLETED") == 0) {
		wallet_refuse(w, "ORDER_ALREADY_AUTHORIZED", "",
		    "Order already authorized. If intent=AUTHORIZE only one "
		    "authorization per order is allowed.");
		return false;
	}
	if (strcmp(status, "APPROVED") != 0) {
		wallet_refuse(w, "ORDER_NOT_APPROVED", "",
		    "Payer has not yet approved the Order for payment.");
		return false;
	}
	if (!invoice_is_free(w, order)) {
		wallet_refuse(w, "DUPLICATE_INVOICE_ID",
		    "/purchase_units/0/invoice_id",
		    "Duplicate Invoice ID detected.");
		return false;
	}
	fault_take(&w->st, "|declined|", "authorize", &f);
	if (f.kind[0] != '\0' ||
	    strcmp(wallet_text(wallet_inside(order), "mood"), "declined") ==
		0) {
		wallet_refuse(w, "INSTRUMENT_DECLINED", "",
		    "The instrument presented was either declined by the "
		    "processor or bank, or it can't be used for this "
		    "payment.");
		return false;
	}
	return true;
}

void
wallet_authorise(struct wallet *w, const char *id)
{
	json_t *order = find(w, id), *payment;
	const char *status = "CREATED", *mood;
	int64_t minor;

	if (order != NULL && wallet_check_nothing(w) &&
	    may_authorise(w, order)) {
		mood = wallet_text(wallet_inside(order), "mood");
		if (strncmp(mood, "review", 6) == 0)
			status = "PENDING";
		minor =
		    wallet_minor(json_object_get(wallet_unit(order), "amount"));
		wallet_set(order, "status", "COMPLETED");
		payment =
		    wallet_payment(w, order, "authorizations", status, minor);
		wallet_keep(w, order, status[0] == 'P' ? w->b->now + 3 : 0);
		wallet_event(w, "PAYMENT.AUTHORIZATION.CREATED",
		    "authorization", payment);
		answer(w, 201, order);
	}
	json_decref(order);
}
