#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/where.h"

static const struct {
	const char *path;
	bool tail; /* one segment follows */
} places[] = {
	[WHERE_NOWHERE] = { "/account", false },
	[WHERE_HOME] = { "/", false },
	[WHERE_HATS] = { "/hats", false },
	[WHERE_CATEGORY] = { "/category/", true },
	[WHERE_HAT] = { "/hat/", true },
	[WHERE_BASKET] = { "/basket", false },
	[WHERE_CHECKOUT] = { "/checkout", false },
	[WHERE_CHECKOUT_ORDER] = { "/checkout/order/", true },
	[WHERE_ORDERS] = { "/orders", false },
	[WHERE_ORDER] = { "/order/", true },
	[WHERE_DESK] = { "/desk", false },
	[WHERE_ACCOUNT] = { "/account", false },
	[WHERE_DETAILS] = { "/account/details", false },
	[WHERE_ADDRESSES] = { "/account/addresses", false },
	[WHERE_SESSIONS] = { "/account/sessions", false },
	[WHERE_DATA] = { "/account/data", false },
	[WHERE_METHODS] = { "/login/methods", false },
	[WHERE_PASSWORD] = { "/login/password", false },
	[WHERE_EMAIL] = { "/login/email", false },
	[WHERE_ERASE] = { "/login/erase", false },
	[WHERE_CONFIRM_LINK] = { "/login/confirm/", true },
	[WHERE_EMAIL_LINK] = { "/login/email/", true },
};
_Static_assert(
    sizeof(places) / sizeof(places[0]) == WHERE_PLACES, "a row for each");

/* What our slugs and order numbers are made of. */
static bool
is_slug(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return n > 0 && n <= LIMIT_SLUG && s[n] == '\0';
}

struct where
where_of(const char *text)
{
	struct where w = { WHERE_NOWHERE, "" };
	size_t n;
	int i;

	for (i = WHERE_NOWHERE + 1; i < WHERE_PLACES; i++) {
		n = strlen(places[i].path);
		if (!places[i].tail) {
			if (strcmp(text, places[i].path) != 0)
				continue;
			w.place = (enum where_place)i;
			return w;
		}
		if (strncmp(text, places[i].path, n) != 0 || !is_slug(text + n))
			continue;
		w.place = (enum where_place)i;
		(void)snprintf(w.slug, sizeof(w.slug), "%s", text + n);
		return w;
	}
	return w;
}

void
where_url(const struct where *w, struct url *u)
{
	url_init_literal(u, places[w->place].path);
	if (places[w->place].tail)
		url_path(u, w->slug);
}

const char *
where_text(const struct where *w, struct url *u)
{
	where_url(w, u);
	return w->place == WHERE_NOWHERE ? "" : url_str(u);
}
