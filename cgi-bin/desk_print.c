/*
 * What the desk prints: one list of what to fetch, and a slip for each parcel.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/orders.h"
#include "shop/desk.h"
#include "web/form.h"

#define MOST 100 /* orders on paper at a time, when none is chosen */

/* Which orders are meant. */
struct choice {
	int64_t chosen[DESK_CHOICES];
	size_t n; /* 0: all that wait, without those with a problem */
	int64_t after;
	bool slips;
};

static bool
is_chosen(const struct choice *c, int64_t order)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->chosen[i] == order)
			return true;
	return false;
}

/*** The pick list ***/

struct orders {
	int64_t ids[MOST + DESK_CHOICES];
	size_t n;
};

static void
note(struct orders *o, int64_t id)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->ids[i] == id)
			return;
	if (o->n < sizeof(o->ids) / sizeof(o->ids[0]))
		o->ids[o->n++] = id;
}

struct picking {
	struct page *p;
	const struct choice *c;
	struct orders on, out; /* on the list; left out for a problem */
	int64_t item, qty, pieces, hats;
	struct buf key, name, orders; /* of the item under way */
};

static void
put_item(struct picking *k)
{
	struct html *h = &k->p->h;

	if (k->item == 0)
		return;
	html_open(h, EL_TR);
	html_open(h, EL_TD, CLASS("got"));
	html_el(h, EL_SPAN, "", CLASS("tickbox"));
	html_close(h, EL_TD);
	html_open(h, EL_TD, CLASS("pieces"));
	html_textf(h, "%" PRId64, k->qty);
	html_close(h, EL_TD);
	html_open(h, EL_TH, AT(AT_SCOPE, "row"));
	html_text(h, buf_str(&k->name));
	html_open(h, EL_BR);
	html_el(h, EL_SPAN, buf_str(&k->key), CLASS("small"));
	html_close(h, EL_TH);
	html_el(h, EL_TD, buf_str(&k->orders), CLASS("for"));
	html_close(h, EL_TR);
	k->hats++;
	k->item = 0;
}

static enum rc
put_pick(void *ctx, const struct desk_pick *pick, struct error *e)
{
	struct picking *k = ctx;

	(void)e;
	if (k->c->n > 0 && !is_chosen(k->c, pick->order))
		return RC_OK;
	if (k->c->n == 0 && (pick->attention_at > 0 || pick->contested)) {
		note(&k->out, pick->order);
		return RC_OK;
	}
	if (k->item != pick->item) {
		put_item(k);
		k->item = pick->item;
		k->qty = 0;
		buf_cut(&k->key, 0);
		buf_puts(&k->key, pick->key);
		buf_cut(&k->orders, 0);
	}
	/* it may have been renamed between two orders */
	buf_cut(&k->name, 0);
	buf_puts(&k->name, pick->name);
	buf_printf(
	    &k->orders, "%sNo. %" PRId64, k->qty > 0 ? ", " : "", pick->order);
	if (pick->qty > 1)
		buf_printf(&k->orders, " (%" PRId64 ")", pick->qty);
	k->qty += pick->qty;
	k->pieces += pick->qty;
	note(&k->on, pick->order);
	return RC_OK;
}

static void
put_numbers(struct page *p, const char *words, const int64_t *ids, size_t n)
{
	struct html *h = &p->h;

	if (n == 0)
		return;
	html_open(h, EL_P);
	html_text(h, words);
	for (size_t i = 0; i < n; i++)
		html_textf(h, "%sNo. %" PRId64, i > 0 ? ", " : "", ids[i]);
	html_text(h, ".");
	html_close(h, EL_P);
}

static void
put_sums(struct picking *k)
{
	const struct choice *c = k->c;
	struct orders gone = { .n = 0 };
	struct html *h = &k->p->h;

	html_open(h, EL_P, CLASS("lead"));
	html_textf(h, "%" PRId64 " %s, %" PRId64 " %s, for %zu %s.", k->pieces,
	    k->pieces == 1 ? "piece" : "pieces", k->hats,
	    k->hats == 1 ? "kind of hat" : "kinds of hat", k->on.n,
	    k->on.n == 1 ? "order" : "orders");
	html_close(h, EL_P);
	put_numbers(k->p, "For ", k->on.ids, k->on.n);
	put_numbers(k->p, "Left out, as a person must look first: ", k->out.ids,
	    k->out.n);
	for (size_t i = 0; i < c->n; i++) {
		size_t j = 0;

		while (j < k->on.n && k->on.ids[j] != c->chosen[i])
			j++;
		if (j == k->on.n)
			note(&gone, c->chosen[i]);
	}
	put_numbers(k->p, "These do not wait any more: ", gone.ids, gone.n);
}

static void
head_cell(struct page *p, const char *text, const char *class)
{
	html_el(&p->h, EL_TH, text, AT(AT_SCOPE, "col"), CLASS(class));
}

static enum rc
put_picks(struct page *p, const struct choice *c, struct error *e)
{
	struct picking k = { .p = p, .c = c };
	struct html *h = &p->h;
	enum rc rc;

	buf_init(&k.key, LIMIT_LINE);
	buf_init(&k.name, LIMIT_LINE);
	buf_init(&k.orders, LIMIT_LINE * 4);
	html_el(h, EL_H1, "Pick list");
	html_open(h, EL_P, CLASS("small"));
	orders_time(p, p->v->now);
	html_close(h, EL_P);
	html_open(h, EL_TABLE, CLASS("sheet picks"));
	html_open(h, EL_THEAD);
	html_open(h, EL_TR);
	head_cell(p, "Got", NULL);
	head_cell(p, "Pieces", "pieces");
	head_cell(p, "Hat", NULL);
	head_cell(p, "For", NULL);
	html_close(h, EL_TR);
	html_close(h, EL_THEAD);
	html_open(h, EL_TBODY);
	rc = desk_picks(p->v->db, c->after, c->n > 0 ? DESK_CHOICES : MOST,
	    put_pick, &k, e);
	put_item(&k);
	html_close(h, EL_TBODY);
	html_close(h, EL_TABLE);
	put_sums(&k);
	if (rc == RC_OK &&
	    (buf_rc(&k.key) != RC_OK || buf_rc(&k.name) != RC_OK ||
		buf_rc(&k.orders) != RC_OK))
		rc = error_set(e, RC_TOOBIG, "a pick list is too long");
	buf_release(&k.orders);
	buf_release(&k.name);
	buf_release(&k.key);
	return rc;
}

/*** Packing slips ***/

static void
put_slip_lines(struct page *p, const struct order *o)
{
	struct html *h = &p->h;
	int64_t pieces = 0;

	html_open(h, EL_TABLE, CLASS("sheet"));
	html_open(h, EL_THEAD);
	html_open(h, EL_TR);
	head_cell(p, "Pieces", "pieces");
	head_cell(p, "Hat", NULL);
	html_close(h, EL_TR);
	html_close(h, EL_THEAD);
	html_open(h, EL_TBODY);
	for (size_t i = 0; i < o->n; i++) {
		html_open(h, EL_TR);
		html_open(h, EL_TD, CLASS("pieces"));
		html_textf(h, "%" PRId64, o->lines[i].qty);
		html_close(h, EL_TD);
		html_open(h, EL_TH, AT(AT_SCOPE, "row"));
		html_text(h, o->lines[i].name);
		html_open(h, EL_BR);
		html_el(h, EL_SPAN, o->lines[i].key, CLASS("small"));
		html_close(h, EL_TH);
		html_close(h, EL_TR);
		pieces += o->lines[i].qty;
	}
	html_close(h, EL_TBODY);
	html_close(h, EL_TABLE);
	html_open(h, EL_P);
	html_textf(h, "%" PRId64 " %s in all.", pieces,
	    pieces == 1 ? "piece" : "pieces");
	html_close(h, EL_P);
}

static void
put_slip(struct page *p, const struct order *o)
{
	struct html *h = &p->h;

	html_open(h, EL_ARTICLE, CLASS("packing"));
	html_el(h, EL_P, p->v->settings->shop_name, CLASS("from"));
	html_open(h, EL_H2);
	html_textf(h, "Order No. %" PRId64, o->id);
	html_close(h, EL_H2);
	page_div(p, "heads");
	desk_label(p, o);
	html_open(h, EL_DL, CLASS("facts"));
	html_el(h, EL_DT, "Ordered");
	html_open(h, EL_DD);
	orders_time(p, o->made_at);
	html_close(h, EL_DD);
	html_el(h, EL_DT, "Delivery");
	html_el(h, EL_DD, o->delivery_option);
	html_close(h, EL_DL);
	html_close(h, EL_DIV);
	put_slip_lines(p, o);
	page_p(p, NULL,
	    "Thank you for your order. If a hat does not sit as it should, its "
	    "order's page in your account says how to send it back.");
	html_close(h, EL_ARTICLE);
}

static enum rc
note_waiting(void *ctx, const struct desk_row *r, struct error *e)
{
	(void)e;
	if (r->attention_at == 0 && !r->contested)
		note(ctx, r->id);
	return RC_OK;
}

/* Also of one that is ready: paper gets lost. */
static bool
has_slip(const struct order *o)
{
	return (o->state == ORDER_PAID || o->state == ORDER_CLOSED) &&
	       o->ending[0] == '\0';
}

static enum rc
put_slips(struct page *p, const struct choice *c, struct error *e)
{
	struct orders all = { .n = 0 }, none = { .n = 0 };
	struct order o;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < c->n; i++)
		note(&all, c->chosen[i]);
	if (c->n == 0)
		rc = desk_waiting(
		    p->v->db, c->after, MOST, note_waiting, &all, e);
	html_el(&p->h, EL_H1, "Packing slips", CLASS("screen"));
	for (size_t i = 0; i < all.n && rc == RC_OK; i++) {
		rc = order_load(p->v->db, all.ids[i], &o, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			rc = RC_OK;
			note(&none, all.ids[i]);
			continue;
		}
		if (rc != RC_OK)
			break;
		if (has_slip(&o))
			put_slip(p, &o);
		else
			note(&none, o.id);
		order_release(&o);
	}
	put_numbers(p, "Nothing is to be packed for ", none.ids, none.n);
	if (all.n == 0)
		page_p(p, NULL, "Nothing waits to be packed.");
	return rc;
}

/*** The page ***/

static enum rc
put_page(struct visit *v, const struct choice *c, struct error *e)
{
	struct page_head head = { .title = c->slips ? "Packing slips"
						    : "Pick list" };
	struct page p;
	enum rc rc;

	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide slip paper");
	rc = c->slips ? put_slips(&p, c, e) : put_picks(&p, c, e);
	if (rc != RC_OK)
		return rc;
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/desk", NULL, "Back to the desk");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

enum { F_WHAT, F_AFTER, F_FIRST, F_COUNT = F_FIRST + DESK_CHOICES };
_Static_assert(F_COUNT <= LIMIT_FIELDS, "a page of boxes fits a form");

void
desk_slip_url(struct url *u, int64_t order)
{
	url_init(u, "/desk/print");
	url_arg(u, "what", "slips");
	url_argd(u, "p1", order);
}

enum rc
desk_print(struct visit *v, struct error *e)
{
	char names[DESK_CHOICES][13];
	struct field fields[F_COUNT] = {
		[F_WHAT] = { "what", FIELD_TEXT, 1, 8, 0 },
		[F_AFTER] = { "after", FIELD_INT, 1, INT64_MAX, 0 },
	};
	struct choice c = { .n = 0 };
	struct form f;
	bool page;
	enum rc rc;

	rc = desk_need(v, &page, e);
	if (rc != RC_OK || page)
		return rc;
	for (int i = 0; i < DESK_CHOICES; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "p%d", i + 1);
		fields[F_FIRST + i] =
		    (struct field){ names[i], FIELD_INT, 1, INT64_MAX, 0 };
	}
	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		rc = page_error(v, 400, e);
	} else if (rc == RC_OK) {
		c.slips = strcmp(form_text_or(&f, F_WHAT, ""), "slips") == 0;
		c.after = form_int_or(&f, F_AFTER, 0);
		for (size_t i = F_FIRST; i < F_COUNT; i++)
			if (form_error(&f, i) == FIELD_OK)
				c.chosen[c.n++] = form_int(&f, i);
		rc = put_page(v, &c, e);
	}
	form_release(&f);
	return rc;
}
