/*
 * What an order's page has for staff, and the word that it is packed.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/parcel.h"
#include "shop/customer.h"
#include "shop/desk.h"
#include "web/form.h"

static void
label_line(struct page *p, const char *text)
{
	if (text[0] == '\0')
		return;
	html_text(&p->h, text);
	html_open(&p->h, EL_BR);
}

/* As the Universal Postal Union wants it: the country last, in capitals. */
void
desk_label(struct page *p, const struct order *o)
{
	const struct address *a = &o->to;
	const char *name = desk_country(a->country);
	struct buf country;

	buf_init(&country, LIMIT_LINE);
	for (size_t i = 0; name[i] != '\0'; i++) {
		char c[2] = { (char)((unsigned char)name[i] < 0x80
					 ? toupper((unsigned char)name[i])
					 : name[i]),
			'\0' };

		buf_puts(&country, c);
	}
	html_open(&p->h, EL_ADDRESS, CLASS("label"));
	label_line(p, a->name);
	label_line(p, a->line1);
	label_line(p, a->line2);
	label_line(p, a->town);
	label_line(p, a->region);
	label_line(p, a->postcode);
	html_text(&p->h, buf_str(&country));
	if (a->phone[0] != '\0') {
		html_open(&p->h, EL_BR);
		html_textf(&p->h, "Tel. %s", a->phone);
	}
	html_close(&p->h, EL_ADDRESS);
	buf_release(&country);
}

static bool
waits(const struct order *o)
{
	return o->state == ORDER_PAID && o->ready_at == 0 &&
	       o->ending[0] == '\0' && o->refunded + o->lost < o->captured;
}

static void
put_look(struct page *p, const struct order *o)
{
	struct html *h = &p->h;

	if (o->attention[0] == '\0')
		return;
	page_div(p, "notice bad");
	html_open(h, EL_P);
	html_open(h, EL_STRONG);
	html_text(h, "A person must look, for ");
	desk_age(p, p->v->now - o->attention_at);
	html_close(h, EL_STRONG);
	html_textf(h, ": %s", o->attention);
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

/* left: the courier has all of it. */
static void
put_state(struct page *p, const struct order *o, bool left)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_P);
	if (o->ready_at > 0) {
		html_text(h, "Packed and ready since ");
		orders_time(p, o->ready_at);
		html_text(h, ".");
	} else if (left) {
		html_text(h, "The courier has it; nobody said that it is "
			     "packed.");
	} else if (waits(o)) {
		html_text(h, "It waits to be packed, for ");
		desk_age(p, p->v->now - o->paid_at);
		html_text(h, ".");
	} else {
		html_text(h, "There is nothing to pack.");
	}
	html_close(h, EL_P);
	if (left || !waits(o))
		return;
	url_init(&u, "/order/ready/");
	url_path(&u, o->uid);
	entry_button(p, &u, NULL, NULL, "It is packed and ready", "button");
	url_release(&u);
}

/* As SQL_DESK_WAITING knows it. */
static bool
all_left(const struct parcels *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->of[i].state == PARCEL_WANTED ||
		    all->of[i].state == PARCEL_BOOKED)
			return false;
	return all->collected > 0;
}

enum rc
desk_order(struct page *p, const struct order *o, struct error *e)
{
	struct html *h = &p->h;
	struct parcels all;
	struct url u;
	enum rc rc = parcels_of(p->v->db, o->id, &all, e);

	if (rc != RC_OK)
		return rc;

	html_open(h, EL_SECTION, CLASS("atdesk"));
	html_el(h, EL_H2, "At the desk");
	put_look(p, o);
	desk_label(p, o);
	put_state(p, o, all_left(&all));
	html_open(h, EL_P);
	desk_slip_url(&u, o->id);
	html_el(h, EL_A, "Packing slip", HREF(&u));
	url_release(&u);
	html_text(h, " · ");
	page_link(p, "/desk", NULL, "All that wait");
	html_close(h, EL_P);
	html_close(h, EL_SECTION);
	return RC_OK;
}

/*** Ready ***/

struct saying {
	int64_t order, now;
	char witness[DESK_WITNESS_SIZE];
	enum desk_said said;
};

/* By the user name, which is what shopctl knows them by. */
enum rc
desk_witness(struct visit *v, char out[DESK_WITNESS_SIZE], struct error *e)
{
	struct customer c = { 0 };
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK && c.user_name[0] != '\0')
		(void)snprintf(out, DESK_WITNESS_SIZE, "staff %s", c.user_name);
	else if (rc == RC_OK)
		(void)snprintf(out, DESK_WITNESS_SIZE, "staff %" PRId64, c.id);
	customer_release(&c);
	return rc;
}

static enum rc
say(struct db *db, void *ctx, struct error *e)
{
	struct saying *s = ctx;

	return desk_ready(db, s->order, s->witness, s->now, &s->said, e);
}

static enum rc
say_ready(struct visit *v, struct error *e)
{
	struct saying s = { .now = v->now, .said = DESK_NOT };
	struct order o;
	struct url u;
	enum rc rc;

	rc = order_load_uid(v->db, v->tail, 0, &o, e);
	if (rc != RC_OK)
		return rc;
	s.order = o.id;
	order_release(&o);
	rc = desk_witness(v, s.witness, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, say, &s, e);
	if (rc != RC_OK)
		return rc;
	if (s.said == DESK_NOT)
		return order_page(v, v->tail, 409,
		    "This order does not wait to be packed any more. Please "
		    "do not send it.",
		    e);
	url_init(&u, "/order/");
	url_path(&u, v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

enum rc
desk_say_ready(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		{ PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = desk_need(v, &page, e);
	if (rc != RC_OK || page)
		return rc;
	rc = form_read(&f, fields, 1, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		rc = page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	} else if (rc == RC_OK && !who_proof(v, form_typed(&f, 0))) {
		rc = order_page(v, v->tail, 403, ORDERS_LATE, e);
	} else if (rc == RC_OK) {
		rc = say_ready(v, e);
	}
	form_release(&f);
	return rc;
}
