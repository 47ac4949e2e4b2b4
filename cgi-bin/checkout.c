#include "config.h"

#include "cgi-bin/checkout.h"

static const struct route routes[] = {
	{ "/checkout", ON_GET, start_show },
	{ "/checkout/address", ON_POST, address_type },
	{ "/checkout/delivery", ON_GET, delivery_show },
	{ "/checkout/review", ON_GET, review_show },
	{ "/checkout/mend", ON_POST, mend_post },
	{ "/checkout/place", ON_POST, place_post },
	{ "/checkout/pay", ON_POST, pay_post },
	{ "/checkout/end", ON_POST, end_post },
	{ "/checkout/order/", ON_GET | ON_TAIL, order_show },
	{ "/checkout/return/", ON_GET | ON_TAIL, order_return },
	{ "/checkout/cancel/", ON_GET | ON_TAIL, order_cancelled },
};

static void
needs(const struct settings *s, struct jail *j)
{
	wiring_needs(s, j);
	jail_path(j, s->shop_tariff, JAIL_READ);
}

int
main(void)
{
	return cgi_main_calling("checkout", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error, needs);
}
