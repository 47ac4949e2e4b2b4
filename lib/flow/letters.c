#include "config.h"

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
	url_init_at(&page, s->shop_url, "/order");
	url_path(&page, o->uid);
	l.page = &page;
	rc = letter_order(&to, &l, out, e);
	url_release(&page);
	return rc;
}

const struct flow_letters flow_letters = { .order = confirmation };
