/*
 * The gateways as a shopper chooses between them, and the way to one's page.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cgi-bin/checkout.h"
#include "cgi-bin/elsewhere.h"
#include "peer/gateways.h"

/* Together as long as a gateway's answer may take. */
#define AWAIT_MS 100
#define AWAIT_TRIES 100

/* Two tabs that choose different ways at once end each other's attempt: the one
 * that tries longer has it. */
#define BEGIN_TRIES 8

/*** The ways to pay ***/

void
checkout_allow(struct visit *v)
{
	const struct gateway_kind *k;

	for (size_t i = 0; (k = gateways_at(i)) != NULL; i++)
		if (k->configured(v->settings))
			elsewhere_allow(v, k->pages(v->settings));
}

bool
checkout_way_known(const struct settings *s, const char *gateway)
{
	return gateways_find(s, gateway) != NULL;
}

bool
checkout_ways(struct page *p, const char *chosen)
{
	const struct settings *s = p->v->settings;
	const struct gateway_kind *k, *first = gateways_find(s, NULL);
	struct html *h = &p->h;
	struct checkout_radio r = { .name = "gateway" };

	if (first == NULL) {
		page_p(p, "flag",
		    "The till is not open yet: there is no way to pay. The "
		    "basket keeps its hats until then.");
		return false;
	}
	if (chosen == NULL || gateways_find(s, chosen) == NULL)
		chosen = first->name;
	html_open(h, EL_FIELDSET, CLASS("choices"));
	html_el(h, EL_LEGEND, "Pay by", CLASS("aside"));
	html_open(h, EL_UL);
	for (size_t i = 0; (k = gateways_at(i)) != NULL; i++) {
		if (!k->configured(s))
			continue;
		r.value = k->name;
		r.title = k->title;
		r.checked = strcmp(chosen, r.value) == 0;
		checkout_radio(p, &r);
		html_el(h, EL_SPAN, k->hint, CLASS("small"));
		checkout_radio_end(p);
	}
	html_close(h, EL_UL);
	html_close(h, EL_FIELDSET);
	return true;
}

/*** Calling out ***/

enum rc
checkout_advance(struct visit *v, int64_t order, struct error *e)
{
	struct wiring *w;
	enum rc rc;

	rc = wiring_open(v->settings, v->db, &w, e);
	if (rc != RC_OK)
		return rc;
	rc = order_advance(wiring_flow(w), order, e);
	wiring_close(w);
	if (rc == RC_CONFLICT) { /* somebody is at it */
		error_clear(e);
		rc = RC_OK;
	}
	return rc;
}

/* To the page of the attempt that waits for the shopper, else to ours, which
 * tells what is. */
static enum rc
go(struct visit *v, int64_t order, struct error *e)
{
	struct payment p;
	struct order o = { 0 };
	enum rc rc;

	rc = payment_live(v->db, order, &p, e);
	if (rc == RC_OK && p.state == PAYMENT_PENDING && p.page[0] != '\0') {
		elsewhere_go(v, p.page);
		return RC_OK;
	}
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	rc = order_load(v->db, order, &o, e);
	if (rc == RC_OK)
		checkout_go_order(v, o.uid);
	order_release(&o);
	return rc;
}

/* Whether an attempt that lives is this way's, or none has to be begun. */
static enum rc
is_at(struct visit *v, int64_t order, const struct gateway_kind *way,
    bool *there, struct error *e)
{
	struct payment p;
	enum rc rc;

	rc = payment_live(v->db, order, &p, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	*there = rc == RC_OK && strcmp(p.gateway, way->name) == 0;
	return rc;
}

/* The other click of two is making the page at this moment, and the browser
 * shows only the answer to the last one. */
static enum rc
await_page(struct visit *v, int64_t order, struct error *e)
{
	struct payment p = { .state = PAYMENT_CREATED };
	enum rc rc = RC_OK;

	for (int i = 0; i < AWAIT_TRIES; i++) {
		rc = payment_live(v->db, order, &p, e);
		if (rc != RC_OK || p.state != PAYMENT_CREATED)
			break;
		clock_sleep_ms(AWAIT_MS);
	}
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = RC_OK;
	}
	return rc;
}

enum rc
checkout_pay(
    struct visit *v, int64_t order, const char *gateway, struct error *e)
{
	const struct gateway_kind *way = gateways_find(v->settings, gateway);
	bool there = false;
	struct wiring *w;
	enum rc rc;

	if (way == NULL)
		way = gateways_find(v->settings, NULL);
	if (way == NULL)
		return go(v, order, e);
	rc = wiring_open(v->settings, v->db, &w, e);
	if (rc != RC_OK)
		return rc;
	/* a page of another gateway is ended first, if it is not paid */
	for (int i = 0; i < BEGIN_TRIES && rc == RC_OK && !there; i++) {
		rc = order_pay(wiring_flow(w), order, way->name, e);
		if (rc == RC_OK)
			rc = order_advance(wiring_flow(w), order, e);
		if (rc == RC_OK)
			rc = is_at(v, order, way, &there, e);
	}
	wiring_close(w);
	if (rc == RC_CONFLICT) {
		error_clear(e);
		rc = await_page(v, order, e);
	}
	if (rc == RC_INVALID) { /* it cannot be paid any more */
		log_event(LOG_INFO, "no payment was begun: %s", e->text);
		error_clear(e);
		rc = RC_OK;
	}
	return rc == RC_OK ? go(v, order, e) : rc;
}

/*** POST /checkout/pay and /checkout/end ***/

enum { F_PROOF, F_ORDER, F_GATEWAY, F_THEN, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_ORDER] = { "order", FIELD_TEXT, UID_SIZE - 1, UID_SIZE - 1,
	    FIELD_NEEDED },
	[F_GATEWAY] = { "gateway", FIELD_TEXT, 1, 16, 0 },
	[F_THEN] = { "then", FIELD_TEXT, 1, 16, 0 },
};

/* The order of a form of ours that this customer has sent. */
static enum rc
read_order(struct visit *v, struct form *f, struct order *o, bool *page,
    struct error *e)
{
	enum rc rc;

	memset(o, 0, sizeof(*o));
	rc = checkout_read(v, f, posted, F_COUNT, page, e);
	if (rc != RC_OK || *page)
		return rc;
	if (form_error(f, F_ORDER) != FIELD_OK) {
		*page = true;
		return page_error(v, 400, e);
	}
	rc = checkout_need(v, form_text(f, F_ORDER), page, e);
	if (rc == RC_OK && !*page)
		rc = order_load_uid(v->db, form_text(f, F_ORDER),
		    v->who.session.customer, o, e);
	/* an old form: the same page with new ones */
	if (rc == RC_OK && !*page && !who_proof(v, form_typed(f, F_PROOF))) {
		*page = true;
		checkout_go_order(v, o->uid);
	}
	return rc;
}

enum rc
pay_post(struct visit *v, struct error *e)
{
	struct order o = { 0 };
	struct form f;
	bool page;
	enum rc rc;

	rc = read_order(v, &f, &o, &page, e);
	if (rc == RC_OK && !page)
		rc = checkout_pay(v, o.id, form_text_or(&f, F_GATEWAY, ""), e);
	order_release(&o);
	form_release(&f);
	return rc;
}

struct ending {
	int64_t order, now;
	bool asked;
};

static enum rc
ask_end(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;

	return order_ask_end(
	    db, n->order, "customer", ORDER_AS_WISHED, n->now, &n->asked, e);
}

static enum rc
give_up(struct visit *v, int64_t order, struct error *e)
{
	struct ending n = { .order = order, .now = v->now };
	enum rc rc = db_unit(v->db, ask_end, &n, e);

	return rc == RC_OK ? checkout_advance(v, order, e) : rc;
}

enum rc
end_post(struct visit *v, struct error *e)
{
	struct order o = { 0 };
	struct form f;
	bool page, payable, ended;
	char uid[UID_SIZE];
	struct url u;
	enum rc rc;

	rc = read_order(v, &f, &o, &page, e);
	if (rc != RC_OK || page)
		goto out;
	memcpy(uid, o.uid, sizeof(uid));
	payable = o.state == ORDER_PENDING || o.state == ORDER_AUTHORISED;
	if (payable)
		rc = give_up(v, o.id, e);
	order_release(&o);
	if (rc == RC_OK)
		rc = order_load_uid(v->db, uid, v->who.session.customer, &o, e);
	if (rc != RC_OK)
		goto out;
	ended = o.state == ORDER_CANCELLED;
	if (ended && strcmp(form_text_or(&f, F_THEN, ""), "checkout") == 0) {
		url_init(&u, "/checkout");
		reply_redirect(v->r, &u);
		url_release(&u);
	} else {
		checkout_go_order(v, uid);
	}
out:
	order_release(&o);
	form_release(&f);
	return rc;
}
