#include "config.h"

#include <string.h>

#include "base/zone.h"
#include "flow/letters.h"
#include "letter/order.h"
#include "letter/parcel.h"

#define COURIER "Funny Deliveries"

size_t
letters_address(const struct address *a, const char *lines[LETTERS_ADDRESS])
{
	const struct address_country *c = address_country(a->country);
	const char *const all[LETTERS_ADDRESS] = { a->name, a->line1, a->line2,
		a->town, a->region, a->postcode,
		c != NULL ? c->name : a->country };

	for (size_t i = 0; i < LETTERS_ADDRESS; i++)
		lines[i] = all[i];
	return LETTERS_ADDRESS;
}

static void
page_of(const struct settings *s, const struct order *o, struct url *page)
{
	url_init_at(page, s->shop_url, "/order");
	url_path(page, o->uid);
}

/* The shop's smallest size of it, from anywhere. */
static void
picture_of(const struct settings *s, const char *hash, struct url *u)
{
	const char *base = s->pictures_base_url;
	struct buf b;

	buf_init(&b, LIMIT_URL);
	if (base[0] == '/')
		buf_puts(&b, s->shop_url);
	buf_puts(&b, base);
	url_init_at(u, buf_str(&b), "/");
	buf_reset(&b);
	buf_printf(&b, "%.2s", hash);
	url_path(u, buf_str(&b));
	buf_reset(&b);
	buf_printf(&b, "%s-card.webp", hash);
	url_path(u, buf_str(&b));
	buf_release(&b);
}

/* Each picture is the caller's to release. */
static void
lines_of(const struct settings *s, const struct order *o,
    struct letter_order_line *lines, struct url *pictures)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct order_line *l = &o->lines[i];

		memset(&pictures[i], 0, sizeof(pictures[i]));
		lines[i] = (struct letter_order_line){
			.name = l->name, .qty = l->qty, .price = l->price
		};
		if (l->picture[0] == '\0')
			continue;
		picture_of(s, l->picture, &pictures[i]);
		if (url_rc(&pictures[i]) != RC_OK)
			continue;
		lines[i].picture = &pictures[i];
		lines[i].width = l->picture_width;
		lines[i].height = l->picture_height;
	}
}

static enum rc
confirmation(const struct settings *s, const struct order *o,
    const char *method, struct buf *out, struct error *e)
{
	struct letter_order_line lines[LIMIT_BASKET_LINES];
	struct url pictures[LIMIT_BASKET_LINES];
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

	lines_of(s, o, lines, pictures);
	l.naddress = letters_address(&o->to, address);
	page_of(s, o, &page);
	l.page = &page;
	rc = letter_order(&to, &l, out, e);
	url_release(&page);
	for (size_t i = 0; i < o->n; i++)
		url_release(&pictures[i]);
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

/* By the shop's clocks. */
static enum rc
put_time(const struct settings *s, int64_t at, struct buf *out)
{
	struct zone z;
	enum rc rc = zone_parse(s->shop_zone, &z);

	if (rc == RC_OK)
		zone_put(&z, out, at);
	return rc == RC_OK ? buf_rc(out) : rc;
}

/* "The Shop, 1 Brim Street, Leeds" */
static enum rc
put_sender(const struct settings *s, struct buf *out)
{
	buf_puts(
	    out, s->company_name[0] != '\0' ? s->company_name : s->shop_name);
	if (s->company_address[0] != '\0')
		buf_puts(out, ", ");
	for (const char *p = s->company_address; *p != '\0'; p++) {
		if (*p != '|') {
			buf_putc(out, *p);
			continue;
		}
		while (out->len > 0 && out->s[out->len - 1] == ' ')
			buf_cut(out, out->len - 1);
		buf_putc(out, ',');
	}
	return buf_rc(out);
}

static enum rc
goods_return(const struct settings *s, const struct order *o, const char *uid,
    const struct goods_return *g, struct buf *out, struct error *e)
{
	bool refused = g->state == RETURN_REFUSED;
	const struct letter_to to = { .settings = s,
		.uid = uid,
		.address = o->email,
		.now = refused ? g->decided_at : g->made_at };
	struct letter_return l = {
		.number = o->id,
		.name = o->to.name,
		.refused = refused,
		.on_way = o->state != ORDER_CLOSED,
		.why = g->why,
	};
	struct buf what, at, back;
	struct url page;
	enum rc rc;

	buf_init(&what, LIMIT_TEXT);
	buf_init(&at, LIMIT_LINE);
	buf_init(&back, LIMIT_LINE);
	return_words(g, o, &what);
	rc = put_time(s, g->made_at, &at);
	if (rc == RC_OK)
		rc = put_sender(s, &back);
	page_of(s, o, &page);
	l.page = &page;
	l.what = buf_str(&what);
	l.at = buf_str(&at);
	l.back_to = buf_str(&back);
	if (rc == RC_OK)
		rc = buf_rc(&what);
	if (rc == RC_OK)
		rc = letter_return(&to, &l, out, e);
	else
		(void)error_set(e, rc, "a return cannot be told of");
	url_release(&page);
	buf_release(&back);
	buf_release(&at);
	buf_release(&what);
	return rc;
}

static enum letter_trouble
trouble_of(const struct parcel *p)
{
	if (p->state == PARCEL_REFUSED)
		return LETTER_NO_DELIVERY;
	switch (p->carrier) {
	case CARRIER_DELIVERY_ATTEMPTED:
		return LETTER_ATTEMPTED;
	case CARRIER_AVAILABLE_FOR_PICKUP:
		return LETTER_PICK_UP;
	case CARRIER_RETURNING:
		return LETTER_RETURNING;
	case CARRIER_RETURNED:
		return LETTER_RETURNED;
	case CARRIER_LOST:
		return LETTER_LOST;
	case CARRIER_SILENT:
	case CARRIER_BOOKED:
	case CARRIER_COLLECTED:
	case CARRIER_IN_TRANSIT:
	case CARRIER_OUT_FOR_DELIVERY:
	case CARRIER_DELIVERED:
	case CARRIER_COLLECTION_FAILED:
	case CARRIER_EXCEPTION:
	case CARRIER_CANCELLED:
	case CARRIER_UNKNOWN:
		break;
	}
	return LETTER_HELD;
}

/* What every letter about a parcel or paper knows of its order. */
struct about {
	struct letter_to to;
	struct letter_news news;
	struct letter_order_line lines[LIMIT_BASKET_LINES];
	const char *address[7];
	struct url page;
};

static void
about_init(struct about *a, const struct settings *s, const struct order *o,
    const char *uid, int64_t at)
{
	a->to = (struct letter_to){
		.settings = s, .uid = uid, .address = o->email, .now = at
	};
	for (size_t i = 0; i < o->n; i++)
		a->lines[i] =
		    (struct letter_order_line){ .name = o->lines[i].name,
			    .qty = o->lines[i].qty,
			    .price = o->lines[i].price };
	page_of(s, o, &a->page);
	a->news = (struct letter_news){ .number = o->id,
		.page = &a->page,
		.currency = o->currency,
		.lines = a->lines,
		.n = o->n,
		.address = a->address,
		.naddress = letters_address(&o->to, a->address) };
}

/* As the letters tell of it. */
static struct letter_parcel
parcel_of(const struct parcel *p)
{
	return (struct letter_parcel){ .tracking = p->tracking,
		.link = p->url,
		.courier = COURIER,
		.leaves = p->ready_from,
		.at = p->carrier_at != 0 ? p->carrier_at : p->changed_at,
		.trouble = trouble_of(p),
		.place = "",
		.detail = "" };
}

static enum rc
dispatched(const struct settings *s, const struct order *o, const char *uid,
    const struct parcel *parcels, size_t n, struct buf *out, struct error *e)
{
	struct letter_parcel of[PARCELS_MAX];
	struct about a;
	int64_t at = 0;
	enum rc rc;

	if (n > PARCELS_MAX)
		n = PARCELS_MAX;
	for (size_t i = 0; i < n; i++) {
		of[i] = parcel_of(&parcels[i]);
		at = of[i].at > at ? of[i].at : at;
	}
	about_init(&a, s, o, uid, at);
	rc = letter_dispatched(&a.to, &a.news, of, n, out, e);
	url_release(&a.page);
	return rc;
}

static enum rc
problem(const struct settings *s, const struct order *o, const char *uid,
    const struct parcel *parcel, struct buf *out, struct error *e)
{
	const struct letter_parcel p = parcel_of(parcel);
	struct about a;
	enum rc rc;

	about_init(&a, s, o, uid, p.at);
	rc = letter_trouble(&a.to, &a.news, &p, out, e);
	url_release(&a.page);
	return rc;
}

static enum rc
invoice(const struct settings *s, const struct order *o, const char *uid,
    const struct letter_document *d, struct buf *out, struct error *e)
{
	struct about a;
	enum rc rc;

	about_init(&a, s, o, uid, d->at);
	rc = letter_invoice(&a.to, &a.news, d, out, e);
	url_release(&a.page);
	return rc;
}

static enum rc
credit_note(const struct settings *s, const struct order *o, const char *uid,
    const struct letter_document *d, struct buf *out, struct error *e)
{
	struct about a;
	enum rc rc;

	about_init(&a, s, o, uid, d->at);
	rc = letter_credit_note(&a.to, &a.news, d, out, e);
	url_release(&a.page);
	return rc;
}

const struct flow_letters flow_letters = {
	.order = confirmation,
	.ended = ended,
	.refund = refund,
	.dispatched = dispatched,
	.problem = problem,
	.invoice = invoice,
	.credit_note = credit_note,
	.goods_return = goods_return,
};
