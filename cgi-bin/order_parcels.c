/* Where an order's parcels are, on its page. */
#include "config.h"

#include <inttypes.h>

#include "cgi-bin/orders.h"
#include "shop/order_words.h"
#include "shop/parcel.h"

/* The courier's own page about it; an address that is none is left out. */
static void
put_number(struct page *p, const struct parcel *one)
{
	struct html *h = &p->h;
	struct url u;

	html_text(h, "Tracking number ");
	url_init_whole(&u, one->url);
	if (one->url[0] != '\0' && url_rc(&u) == RC_OK)
		html_el(h, EL_A, one->tracking, HREF(&u));
	else
		html_text(h, one->tracking);
	url_release(&u);
}

static void
put_parcel(struct page *p, const struct parcel *one, bool several)
{
	struct html *h = &p->h;

	html_open(h, EL_P);
	if (several)
		html_textf(h, "Parcel %" PRId64 ": ", one->n);
	html_el(h, EL_STRONG, order_words_parcel(one->state, one->carrier));
	if (one->tracking[0] != '\0') {
		html_open(h, EL_BR);
		put_number(p, one);
	}
	if (one->carrier_at != 0) {
		html_open(h, EL_BR);
		html_open(h, EL_SPAN, CLASS("small quiet"));
		html_text(h, "as of ");
		orders_time(p, one->carrier_at);
		html_close(h, EL_SPAN);
	} else if (one->state == PARCEL_BOOKED || one->state == PARCEL_READY) {
		html_open(h, EL_BR);
		html_open(h, EL_SPAN, CLASS("small quiet"));
		html_text(h, "from ");
		orders_time(p, one->ready_from);
		html_close(h, EL_SPAN);
	}
	html_close(h, EL_P);
}

enum rc
order_parcels_put(struct page *p, int64_t order, struct error *e)
{
	struct parcels all;
	enum rc rc = parcels_of(p->v->db, order, &all, e);

	if (rc != RC_OK || all.n == 0)
		return rc;
	html_el(&p->h, EL_H2, all.n == 1 ? "Your parcel" : "Your parcels");
	for (size_t i = 0; i < all.n; i++)
		put_parcel(p, &all.of[i], all.n > 1);
	return RC_OK;
}

enum rc
order_where(struct db *db, int64_t order, enum order_state state,
    const char **words, struct error *e)
{
	struct parcels all;
	const char *more;
	enum rc rc;

	if (state != ORDER_PAID)
		return RC_OK;
	rc = parcels_of(db, order, &all, e);
	more = rc == RC_OK ? order_words_parcels(&all) : NULL;
	if (more != NULL)
		*words = more;
	return rc;
}
