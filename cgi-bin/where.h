/*
 * Where a shopper was going: a place of this shop, never an address that came
 * from outside.  What is written into a redirect is built from the place, so
 * that nothing typed, linked or posted can lead elsewhere.
 *
 *	struct where to = where_of(form_text_or(&f, F_TO, ""));
 *
 *	where_url(&to, &u);
 *	reply_redirect(v->r, &u);
 *	url_release(&u);
 */
#ifndef CGI_WHERE_H
#define CGI_WHERE_H

#include <stdbool.h>

#include "base/limits.h"
#include "markup/url.h"

enum where_place {
	WHERE_NOWHERE, /* nothing was said: the account */
	WHERE_HOME,
	WHERE_HATS,
	WHERE_CATEGORY,
	WHERE_HAT,
	WHERE_BASKET,
	WHERE_CHECKOUT,
	WHERE_CHECKOUT_ORDER, /* one that waits to be paid */
	WHERE_ORDERS,
	WHERE_ORDER,
	WHERE_DESK,
	WHERE_ACCOUNT,
	WHERE_DETAILS,
	WHERE_ADDRESSES,
	WHERE_SESSIONS,
	WHERE_DATA,
	WHERE_METHODS,
	WHERE_PASSWORD,
	WHERE_EMAIL,
	WHERE_ERASE,
	WHERE_CONFIRM_LINK, /* a mailed link, its secret as slug */
	WHERE_EMAIL_LINK,
	WHERE_PLACES,
};

struct where {
	enum where_place place;
	char slug[LIMIT_SLUG + 1]; /* of a category, a hat, an order; or "" */
};

/* The place whose address this is, WHERE_NOWHERE for any other text: query and
 * host are no part of a place. */
struct where where_of(const char *text);

/* Its address, with u to be released as after url_init. */
void where_url(const struct where *w, struct url *u);

/* The same as text for a hidden field, borrowed until u is released or changed;
 * where_of() reads it.  "" for WHERE_NOWHERE. */
const char *where_text(const struct where *w, struct url *u);

#endif
