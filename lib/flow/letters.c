#include "config.h"

#include <string.h>

#include "flow/letters.h"
#include "letter/order.h"

/* Name and address as on a parcel. */
static size_t
address_of(const struct address *a, const char *lines[7])
{
	const struct address_country *c = address_country(a->country);
	const char *const all[7] = { a->name, a->line1, a->line2, a->town,
		a->region, a->postcode, c != NULL ? c->name : a->country };

	for (size_t i = 0; i < 7; i++)
		lines[i] = all[i];
	return 7;
}

static void
page_of(const struct settings *s, const struct order *o, struct url *page)
{
	url_init_at(page, s->shop_url, "/order");
	url_path(page, o->uid);
}

static enum rc
confirmation(const struct settings *s, const struct order *o,
    const char *method, struct buf *out, struct error *e)
{
	struct letter_order_line lines[LIMIT_BASKET_LINES];
	const struct letter_to to = {
		.settings = s,
		.uid = o->uid,
		.name = NULL, /* the parcel may be for somebody else */
		.address = o->email,
		.now = o->paid_at,
	};
	const char *address[7];
	struct letter_order l = {
		.number = o->id,
		.currency = o->currency,
		.lines = lines,
		.n = o->n,
		.delivery_name = o->delivery_option,
		.delivery = o->delivery,
		.total = o->total,
		.tax = o->tax,
		.address = address,
		.method = method,
	};
	struct url page;
	enum rc rc;

	for (size_t i = 0; i < o->n; i++)
		lines[i] = (struct letter_order_line){ o->lines[i].name,
			o->lines[i].qty, o->lines[i].price };
	l.naddress = address_of(&o->to, address);
	page_of(s, o, &page);
	l.page = &page;
	rc = letter_order(&to, &l, out, e);
	url_release(&page);
	return rc;
}

static enum rc
ended(const struct settings *s, const struct order *o, const char *uid,
    bool reserved, int64_t back, const char *method, struct buf *out,
    struct error *e)
{
	const struct letter_to to = { .settings = s,
		.uid = uid,
		.address = o->email,
		.now = o->ended_at };
	struct letter_ended l = {
		.number = o->id,
		.why = o->ending,
		.wished = strcmp(o->ending, ORDER_AS_WISHED) == 0,
		.reserved = reserved,
		.currency = o->currency,
		.back = back,
		.paid = o->captured > 0,
		.method = method,
	};
	struct url page, basket;
	enum rc rc;

	page_of(s, o, &page);
	url_init_at(&basket, s->shop_url, "/basket");
	l.page = &page;
	l.basket = &basket;
	rc = letter_ended(&to, &l, out, e);
	url_release(&basket);
	url_release(&page);
	return rc;
}

static enum rc
refund(const struct settings *s, const struct order *o, const char *uid,
    const struct refund *f, const char *method, struct buf *out,
    struct error *e)
{
	const struct letter_to to = { .settings = s,
		.uid = uid,
		.address = o->email,
		.now = f->changed_at };
	struct letter_refund l = {
		.number = o->id,
		.currency = o->currency,
		.amount = f->amount,
		.method = method,
	};
	struct url page;
	enum rc rc;

	page_of(s, o, &page);
	l.page = &page;
	rc = letter_refund(&to, &l, out, e);
	url_release(&page);
	return rc;
}

const struct flow_letters flow_letters = {
	.order = confirmation, .ended = ended, .refund = refund
};
