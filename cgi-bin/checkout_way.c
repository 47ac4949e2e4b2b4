#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "cgi-bin/checkout.h"
#include "cgi-bin/where.h"
#include "shop/mirror.h"

#define DAY 86400

/*** Who asks ***/

enum rc
checkout_need(struct visit *v, const char *order, bool *page, struct error *e)
{
	struct where to = {
		order == NULL ? WHERE_CHECKOUT : WHERE_CHECKOUT_ORDER, ""
	};
	struct url u, b;
	enum rc rc;

	*page = false;
	rc = who_seen(v, e);
	if (rc != RC_OK || v->who.session.customer != 0)
		return rc;
	*page = true;
	if (order != NULL)
		(void)snprintf(to.slug, sizeof(to.slug), "%s", order);
	url_init(&u, "/login");
	url_arg(&u, "to", where_text(&to, &b));
	reply_redirect(v->r, &u);
	url_release(&b);
	url_release(&u);
	return RC_OK;
}

enum rc
checkout_read(struct visit *v, struct form *f, const struct field *fields,
    size_t n, bool *page, struct error *e)
{
	enum rc rc;

	*page = false;
	rc = form_read(f, fields, n, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f->twice)) {
		error_clear(e);
		*page = true;
		return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	}
	return rc;
}

/*** Where to ***/

void
checkout_go(const struct checkout *c)
{
	struct url u;

	if (c->to.id == 0)
		url_init(&u, "/checkout");
	else if (c->option == NULL)
		url_init(&u, "/checkout/delivery");
	else
		url_init(&u, "/checkout/review");
	if (c->to.id != 0)
		url_argd(&u, "address", c->to.id);
	if (c->option != NULL)
		url_arg(&u, "delivery", c->option->key);
	reply_redirect(c->v->r, &u);
	url_release(&u);
}

void
checkout_go_order(struct visit *v, const char *uid)
{
	struct url u;

	url_init(&u, "/checkout/order/");
	url_path(&u, uid);
	reply_redirect(v->r, &u);
	url_release(&u);
}

static void
go_basket(struct visit *v)
{
	struct url u;

	url_init(&u, "/basket");
	reply_redirect(v->r, &u);
	url_release(&u);
}

/*** What is bought ***/

static enum rc
keep_line(void *ctx, const struct basket_line *l, struct error *e)
{
	struct cart *cart = ctx;
	size_t i = cart->hats.n;

	if (i == LIMIT_BASKET_LINES)
		return RC_OK;
	cart->lines[i].qty = l->qty;
	cart->lines[i].available = l->available;
	cart->lines[i].total = l->total;
	cart->lines[i].state = l->state;
	return shelf_keep(&cart->hats, l->item, e);
}

/* RC_OK with *page: it is empty, or its owner has an order to see first. */
static enum rc
find_basket(struct checkout *c, bool *page, struct error *e)
{
	struct visit *v = c->v;
	struct order o = { 0 };
	int64_t live;
	enum rc rc;

	rc = order_live(v->db, v->who.session.customer, &live, e);
	if (rc == RC_OK) {
		*page = true;
		rc = order_load(v->db, live, &o, e);
		if (rc == RC_OK)
			checkout_go_order(v, o.uid);
		order_release(&o);
		return rc;
	}
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	rc = page_basket(v, &c->basket, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		*page = true;
		go_basket(v);
		return RC_OK;
	}
	return rc;
}

static enum rc
fill_cart(struct checkout *c, bool *page, struct error *e)
{
	struct cart *cart = &c->cart;
	enum rc rc;

	rc = shelf_init(&cart->hats, LIMIT_BASKET_LINES, e);
	if (rc == RC_OK)
		rc = basket_lines(
		    c->v->db, c->basket, keep_line, cart, &cart->sum, e);
	if (rc == RC_OK && cart->hats.n == 0) {
		*page = true;
		go_basket(c->v);
	}
	if (rc == RC_OK)
		rc = mirror_fresh(c->v->db, c->v->settings->stock_stale_after,
		    c->v->now, &c->fresh, e);
	return rc;
}

/* What is not there (any more) is as if it had not been chosen. */
static enum rc
choose(
    struct checkout *c, const struct checkout_choice *chosen, struct error *e)
{
	enum rc rc = RC_OK;

	if (chosen == NULL || chosen->address == 0)
		return RC_OK;
	rc = address_get(
	    c->v->db, c->v->who.session.customer, chosen->address, &c->to, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		address_release(&c->to);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (!tariff_tax(&c->tariff, c->to.country, &c->rate) ||
	    tariff_next(&c->tariff, c->to.country, NULL) == NULL)
		address_release(&c->to); /* we do not deliver there */
	else if (chosen->delivery != NULL)
		c->option =
		    tariff_find(&c->tariff, c->to.country, chosen->delivery);
	return RC_OK;
}

enum rc
checkout_begin(struct visit *v, struct checkout *c,
    const struct checkout_choice *chosen, bool *page, struct error *e)
{
	enum rc rc;

	memset(c, 0, sizeof(*c));
	c->v = v;
	rc = checkout_need(v, NULL, page, e);
	if (rc == RC_OK && !*page)
		rc = find_basket(c, page, e);
	if (rc == RC_OK && !*page)
		rc = fill_cart(c, page, e);
	if (rc == RC_OK && !*page)
		rc = tariff_load(v->settings->shop_tariff,
		    v->settings->shop_currency, &c->tariff, e);
	if (rc == RC_NOTFOUND) /* no page is missing: a file is */
		rc = error_set(e, RC_INVALID, "there is no \"%s\"",
		    v->settings->shop_tariff);
	if (rc == RC_OK && !*page)
		rc = choose(c, chosen, e);
	if (rc == RC_OK && !*page && c->cart.sum.flagged > 0) {
		*page = true;
		rc = mend_page(c, e);
	}
	return rc;
}

enum rc
checkout_begin_asked(
    struct visit *v, struct checkout *c, bool *page, struct error *e)
{
	enum { Q_ADDRESS, Q_DELIVERY, Q_COUNT };
	static const struct field asked[Q_COUNT] = {
		[Q_ADDRESS] = { "address", FIELD_INT, 1, INT64_MAX, 0 },
		[Q_DELIVERY] = { "delivery", FIELD_TEXT, 1, TARIFF_KEY_SIZE,
		    0 },
	};
	struct checkout_choice chosen;
	struct form f;
	enum rc rc;

	memset(c, 0, sizeof(*c));
	*page = false;
	rc = form_read(
	    &f, asked, Q_COUNT, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		*page = true;
		rc = page_error(v, 400, e);
	} else if (rc == RC_OK) {
		chosen.address = form_int_or(&f, Q_ADDRESS, 0);
		chosen.delivery = form_text_or(&f, Q_DELIVERY, NULL);
		rc = checkout_begin(v, c, &chosen, page, e);
	}
	form_release(&f);
	return rc;
}

void
checkout_end(struct checkout *c)
{
	shelf_release(&c->cart.hats);
	tariff_release(&c->tariff);
	address_release(&c->to);
	memset(c, 0, sizeof(*c));
}

/*** What it comes to ***/

int64_t
checkout_total(const struct checkout *c)
{
	return c->cart.sum.total + (c->option == NULL ? 0 : c->option->price);
}

/* As order_place sums it: of each line, and of delivery. */
int64_t
checkout_tax(const struct checkout *c)
{
	int64_t sum = 0;

	for (size_t i = 0; i < c->cart.hats.n; i++)
		if (c->cart.lines[i].state == LINE_OK)
			sum += order_tax(c->cart.lines[i].total, c->rate);
	if (c->option != NULL)
		sum += order_tax(c->option->price, c->rate);
	return sum;
}

void
checkout_promise(
    const struct checkout *c, const struct tariff_option *o, struct buf *day)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };
	int64_t first, last, now = c->v->now;
	struct zone zone;
	struct buf date;

	if (zone_parse(c->v->settings->shop_zone, &zone) == RC_OK)
		now += zone_at(&zone, now)->offset;
	tariff_promise(&c->tariff, o, now, &first, &last);
	buf_init(&date, LIMIT_LINE);
	clock_put_date(&date, last * DAY);
	/* the year says nothing: "27 November 2026" */
	buf_printf(day, "%s %.*s", names[(last + 4) % 7],
	    date.len > 5 ? (int)date.len - 5 : 0, buf_str(&date));
	buf_release(&date);
}

void
checkout_option_text(const struct checkout *c, struct buf *b)
{
	buf_printf(b, "%s, by ", c->option->name);
	checkout_promise(c, c->option, b);
}
