#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/zone.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/orders.h"
#include "shop/order_words.h"
#include "web/form.h"

#define PER_PAGE 20

enum rc
orders_need_at(
    struct visit *v, const struct where *to, bool *page, struct error *e)
{
	struct url u, b;
	enum rc rc;

	*page = false;
	rc = who_seen(v, e);
	if (rc != RC_OK || v->who.session.customer != 0)
		return rc;
	*page = true;
	url_init(&u, "/login");
	url_arg(&u, "to", where_text(to, &b));
	reply_redirect(v->r, &u);
	url_release(&b);
	url_release(&u);
	return RC_OK;
}

enum rc
orders_need(struct visit *v, const char *uid, bool *page, struct error *e)
{
	struct where to = { uid != NULL ? WHERE_ORDER : WHERE_ORDERS, "" };

	if (uid != NULL)
		text_copy(to.slug, sizeof(to.slug), uid);
	return orders_need_at(v, &to, page, e);
}

void
orders_time(struct page *p, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];
	struct zone z;
	struct buf b;

	clock_iso(at, iso);
	buf_init(&b, LIMIT_LINE);
	/* a rule that is none has been refused with the configuration */
	if (zone_parse(p->v->settings->shop_zone, &z) != RC_OK)
		buf_fail(&b, RC_INVALID);
	zone_put(&z, &b, at);
	if (buf_rc(&b) == RC_OK)
		html_el(&p->h, EL_TIME, buf_str(&b), AT(AT_DATETIME, iso));
	else
		buf_fail(p->h.b, buf_rc(&b));
	buf_release(&b);
}

/*** The list ***/

struct list {
	struct page *p;
	int64_t shown, last; /* last: the id of the oldest that is shown */
	bool more;
};

static enum rc
put_order(void *ctx, const struct order_row *o, struct error *e)
{
	struct list *l = ctx;
	struct html *h = &l->p->h;
	const char *words = order_words_state(
	    o->state, o->ending[0] != '\0', o->captured, o->refunded);
	enum rc rc = RC_OK;
	struct url u;

	if (l->shown == PER_PAGE) {
		l->more = true;
		return RC_OK;
	}
	if (o->ending[0] == '\0' && o->refunded < o->captured)
		rc = order_where(l->p->v->db, o->id, o->state, &words, e);
	if (rc != RC_OK)
		return rc;
	if (l->shown++ == 0)
		html_open(h, EL_OL, CLASS("ledger orders"));
	l->last = o->id;
	html_open(h, EL_LI);
	html_open(h, EL_P);
	url_init(&u, "/order/");
	url_path(&u, o->uid);
	html_open(h, EL_A, HREF(&u), CLASS("number"));
	url_release(&u);
	html_textf(h, "Order No. %" PRId64, o->id);
	html_close(h, EL_A);
	html_open(h, EL_BR);
	orders_time(l->p, o->made_at);
	html_close(h, EL_P);
	html_open(h, EL_P, CLASS("state"));
	html_el(h, EL_STRONG, words);
	html_open(h, EL_BR);
	html_textf(
	    h, "%" PRId64 " %s, ", o->pieces, o->pieces == 1 ? "hat" : "hats");
	page_money_in(l->p, o->currency, o->total);
	html_close(h, EL_P);
	html_close(h, EL_LI);
	return RC_OK;
}

static enum rc
note_one(void *ctx, const struct order_row *o, struct error *e)
{
	bool *any = ctx;

	(void)o;
	(void)e;
	*any = true;
	return RC_OK;
}

static void
no_orders(struct page *p)
{
	struct html *h = &p->h;

	page_div(p, "turn");
	page_drawing(p, "/empty.svg", "", 480, 300);
	html_open(h, EL_DIV);
	html_el(h, EL_H1, "No orders yet");
	page_p(p, "lead",
	    "Nothing has left for your head so far. What you order stands "
	    "here, with all that happens to it.");
	html_open(h, EL_P, CLASS("doors"));
	page_link(p, "/hats", "button", "See every hat");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	html_close(h, EL_DIV);
}

static void
paging(struct list *l, int64_t before)
{
	struct html *h = &l->p->h;
	struct url u;

	if (before == 0 && !l->more)
		return;
	html_open(h, EL_NAV, CLASS("pages"), AT(AT_ARIA_LABEL, "Older orders"));
	if (before != 0)
		page_link(l->p, "/orders", NULL, "The newest orders");
	if (l->more) {
		url_init(&u, "/orders");
		url_argd(&u, "before", l->last);
		html_el(h, EL_A, "Older orders", HREF(&u), AT(AT_REL, "next"));
		url_release(&u);
	}
	html_close(h, EL_NAV);
}

static enum rc
put_list(struct visit *v, int64_t before, struct error *e)
{
	struct page_head head = { .title = "Your orders" };
	struct page p;
	struct list l = { .p = &p };
	bool any = false;
	enum rc rc;

	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	rc =
	    order_list(v->db, v->who.session.customer, 0, 1, note_one, &any, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, any ? "wide slip" : "wide");
	if (!any) {
		no_orders(&p);
	} else {
		html_el(&p.h, EL_H1, head.title);
		rc = order_list(v->db, v->who.session.customer, before,
		    PER_PAGE + 1, put_order, &l, e);
		if (rc != RC_OK)
			return rc;
		if (l.shown > 0)
			html_close(&p.h, EL_OL);
		else
			page_p(&p, NULL, "There are no older orders.");
		paging(&l, before);
	}
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/account", NULL, "Back to your account");
	if (v->who.session.staff) {
		html_text(&p.h, " · ");
		page_link(&p, "/desk", NULL, "The manager's desk");
	}
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

static enum rc
orders_show(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		{ "before", FIELD_INT, 1, INT64_MAX, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc =
	    form_read(&f, fields, 1, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		form_release(&f);
		return page_error(v, 400, e);
	}
	if (rc == RC_OK)
		rc = orders_need(v, NULL, &page, e);
	if (rc == RC_OK && !page)
		rc = put_list(v, form_int_or(&f, 0, 0), e);
	form_release(&f);
	return rc;
}

/*** One order ***/

static enum rc
order_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = orders_need(v, v->tail, &page, e);
	if (rc == RC_OK && !page)
		rc = order_page(v, v->tail, 200, NULL, e);
	return rc;
}

/* The question before a paid order ends. */
static enum rc
order_ask(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = orders_need(v, v->tail, &page, e);
	if (rc == RC_OK && !page)
		rc = order_question(v, v->tail, e);
	return rc;
}

struct asking {
	struct visit *v;
	bool paid; /* whoever asks has read that it is paid */
	enum order_may_end may;
};

static enum rc
ask_end(struct db *db, void *ctx, struct error *e)
{
	struct asking *a = ctx;
	struct visit *v = a->v;
	struct order o;
	enum rc rc;

	rc = order_load_uid(db, v->tail, v->who.session.customer, &o, e);
	if (rc != RC_OK)
		return rc;
	rc = order_cancel_wished(db, &o, a->paid, v->now, &a->may, e);
	order_release(&o);
	return rc;
}

/* Only asks: lifecycle sees to the money first, then the goods, and then the
 * order. */
static enum rc
wish_end(struct visit *v, bool paid, struct error *e)
{
	struct asking a = { v, paid, ORDER_MAY_END };
	enum rc rc = db_unit(v->db, ask_end, &a, e);
	struct url u;

	if (rc != RC_OK)
		return rc;
	if (a.may != ORDER_MAY_END && a.may != ORDER_ENDS_ALREADY)
		return order_page(v, v->tail, 409, order_may_not(a.may), e);
	url_init(&u, "/order/");
	url_path(&u, v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

static enum rc
order_cancel(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		{ PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
		{ "paid", FIELD_TEXT, 1, 3, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = form_read(&f, fields, 2, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		form_release(&f);
		return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	}
	if (rc == RC_OK)
		rc = orders_need(v, v->tail, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, 0)))
		rc = order_page(v, v->tail, 403, ORDERS_LATE, e);
	else if (rc == RC_OK && !page)
		rc =
		    wish_end(v, strcmp(form_text_or(&f, 1, ""), "yes") == 0, e);
	form_release(&f);
	return rc;
}

static const struct route routes[] = {
	{ "/orders", ON_GET, orders_show },
	{ "/order/", ON_GET | ON_TAIL, order_show },
	{ "/order/cancel/", ON_GET | ON_TAIL, order_ask },
	{ "/order/cancel/", ON_POST | ON_TAIL, order_cancel },
	{ "/order/invoice/", ON_GET | ON_TAIL, order_invoice },
	{ "/order/letter/", ON_POST | ON_TAIL, order_again },
	{ "/order/return/", ON_GET | ON_TAIL, order_return },
	{ "/order/return/", ON_POST | ON_TAIL, order_return_confirm },
	{ "/order/ready/", ON_POST | ON_TAIL, desk_say_ready },
	{ "/desk", ON_GET, desk_show },
	{ "/desk/problems", ON_GET, desk_trouble },
	{ "/desk/print", ON_GET, desk_print },
	{ "/desk/returns", ON_GET, desk_returns },
	{ "/desk/return/", ON_POST | ON_TAIL, desk_say_return },
};

int
main(void)
{
	return cgi_main("orders", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error);
}
