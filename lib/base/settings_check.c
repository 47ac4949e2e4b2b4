#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/money.h"
#include "base/num.h"
#include "base/settings_check.h"
#include "base/hours.h"
#include "base/zone.h"

/* What follows "http://" or "https://"; NULL when s begins with neither. */
static const char *
after_scheme(const char *s)
{
	if (strncmp(s, "https://", 8) == 0)
		return s + 8;
	if (strncmp(s, "http://", 7) == 0)
		return s + 7;
	return NULL;
}

/* A name, an IPv4 or a bracketed IPv6 address, as in RFC 3986's host; returns
 * its length, 0 when there is none. */
static size_t
host_length(const char *s)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
	size_t n;

	if (s[0] != '[')
		return strspn(s, name);
	n = strspn(s + 1, "0123456789abcdef:.");
	return n > 0 && s[n + 1] == ']' ? n + 2 : 0;
}

/* scheme://host[:port], as a browser writes it in Origin: in lower case. */
static bool
is_origin(const char *s)
{
	int64_t port;
	size_t n;

	s = after_scheme(s);
	if (s == NULL)
		return false;
	n = host_length(s);
	if (n == 0 || n > MAX_HOST)
		return false;
	if (s[n] == '\0')
		return true;
	return s[n] == ':' && num_parse(s + n + 1, 1, MAX_PORT, &port) == RC_OK;
}

/* A path without '/' at its end and without what a page's text would have to
 * escape. */
static bool
is_url_path(const char *s)
{
	size_t n = strlen(s);

	return s[0] == '/' && s[1] != '/' && n > 1 && s[n - 1] != '/' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-._~/") == n;
}

/* A path on our own host, or an origin with or without a path. */
static bool
is_base_url(const char *s)
{
	char origin[9 + MAX_HOST + 8];
	const char *host, *path;
	size_t n;

	host = after_scheme(s);
	if (host == NULL)
		return is_url_path(s);
	path = strchr(host, '/');
	if (path == NULL)
		return is_origin(s);
	n = (size_t)(path - s);
	if (n >= sizeof(origin))
		return false;
	memcpy(origin, s, n);
	origin[n] = '\0';
	return is_origin(origin) && is_url_path(path);
}

/* A part of a host name: a name with dots would fit no certificate. */
static bool
is_bucket(const char *s)
{
	size_t n = strlen(s);

	return n >= 3 && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* "" or "img/": plain parts, each with '/' at its end. */
static bool
is_prefix(const char *s)
{
	size_t n = strlen(s);

	return n == 0 ||
	       (s[0] != '/' && s[n - 1] == '/' && strstr(s, "//") == NULL &&
		   strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			     "XYZ0123456789-_/") == n);
}

static enum rc
check_s3(const struct settings *s, const char *path, struct error *e)
{
	static const char region[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (s->pictures_store != STORE_S3)
		return RC_OK;
	if (!is_bucket(s->s3_bucket))
		return error_set(e, RC_INVALID,
		    "%s: s3.bucket is \"%s\", not 3 to 63 lower-case letters, "
		    "digits and hyphens",
		    path, s->s3_bucket);
	if (s->s3_region[0] == '\0' ||
	    s->s3_region[strspn(s->s3_region, region)] != '\0')
		return error_set(e, RC_INVALID,
		    "%s: s3.region is \"%s\", not a name like \"eu-west-2\"",
		    path, s->s3_region);
	if (s->s3_endpoint[0] != '\0' && !is_origin(s->s3_endpoint))
		return error_set(e, RC_INVALID,
		    "%s: s3.endpoint is \"%s\", not an origin like "
		    "\"https://s3.example:9000\"",
		    path, s->s3_endpoint);
	if (!is_prefix(s->s3_prefix))
		return error_set(e, RC_INVALID,
		    "%s: s3.prefix is \"%s\", neither empty nor like "
		    "\"pictures/\"",
		    path, s->s3_prefix);
	return RC_OK;
}

bool
settings_loopback(const char *origin)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1",
		"[::1]" };
	const char *host = after_scheme(origin);
	size_t i, n = host == NULL ? 0 : host_length(host);

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (n == strlen(hosts[i]) && memcmp(host, hosts[i], n) == 0)
			return true;
	return false;
}

/* Where secrets are sent to: without TLS only to this machine, and only in a
 * test. */
static enum rc
check_provider(const struct settings *s, const char *key, const char *origin,
    const char *path, struct error *e)
{
	if (after_scheme(origin) == NULL || !is_base_url(origin))
		return error_set(e, RC_INVALID,
		    "%s: %s is \"%s\", not an address like "
		    "\"https://accounts.example\"",
		    path, key, origin);
	if (strncmp(origin, "https:", 6) == 0 ||
	    (s->shop_test && settings_loopback(origin)))
		return RC_OK;
	return error_set(e, RC_INVALID,
	    "%s: %s is \"%s\": without TLS only on this machine, and with "
	    "shop.test",
	    path, key, origin);
}

/* "v26.0" */
static bool
is_version(const char *s)
{
	static const char digits[] = "0123456789";
	size_t n = s[0] == 'v' ? strspn(s + 1, digits) : 0;

	if (n == 0 || s[1 + n] != '.')
		return false;
	s += 2 + n;
	n = strspn(s, digits);
	return n > 0 && s[n] == '\0';
}

static enum rc
check_secret(const char *id_key, const char *id, const char *secret_key,
    const char *secret, const char *path, struct error *e)
{
	if ((id[0] == '\0') == (secret[0] == '\0'))
		return RC_OK;
	return error_set(e, RC_INVALID, "%s: of %s and %s only one is set",
	    path, id_key, secret_key);
}

static enum rc
check_login(const struct settings *s, const char *path, struct error *e)
{
	enum rc rc;

	rc =
	    check_provider(s, "login.google.issuer", s->google_issuer, path, e);
	if (rc == RC_OK)
		rc = check_provider(
		    s, "login.facebook.dialog", s->facebook_dialog, path, e);
	if (rc == RC_OK)
		rc = check_provider(
		    s, "login.facebook.graph", s->facebook_graph, path, e);
	if (rc == RC_OK && !is_version(s->facebook_version))
		rc = error_set(e, RC_INVALID,
		    "%s: login.facebook.version is \"%s\", not one like "
		    "\"v26.0\"",
		    path, s->facebook_version);
	if (rc == RC_OK)
		rc = check_secret("login.google.client_id", s->google_client_id,
		    "login.google.client_secret", s->google_secret, path, e);
	if (rc == RC_OK)
		rc = check_secret("login.facebook.app_id", s->facebook_app_id,
		    "login.facebook.app_secret", s->facebook_secret, path, e);
	return rc;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/*
 * Our minor units are to be the gateway's: Stripe counts ISK in hundredths and
 * KWD in tens of fils (docs.stripe.com/currencies), PayPal takes neither
 * (developer.paypal.com/reference/currency-codes).
 */
static enum rc
check_currency(const struct settings *s, const char *gateway, const char *path,
    struct error *e)
{
	const char *currency = s->shop_currency;

	if (strcmp(currency, "ISK") != 0 && strcmp(currency, "KWD") != 0)
		return RC_OK;
	return error_set(e, RC_INVALID,
	    "%s: shop.currency is \"%s\", in which nobody can be charged by "
	    "%s",
	    path, currency, gateway);
}

/* Test keys and live ones are never mixed (R55): what the key's name says it is
 * for, shop.test and the address have to agree.
 * https://docs.stripe.com/keys: secret and restricted keys of both kinds */
static enum rc
check_stripe(const struct settings *s, const char *path, struct error *e)
{
	const char *key = s->stripe_key;
	bool test = begins(key, "sk_test_") || begins(key, "rk_test_");
	bool live = begins(key, "sk_live_") || begins(key, "rk_live_");
	enum rc rc = check_provider(s, "stripe.base", s->stripe_base, path, e);

	if (rc != RC_OK || key[0] == '\0')
		return rc;
	rc = check_currency(s, "Stripe", path, e);
	if (rc != RC_OK)
		return rc;
	if (!test && !live)
		return error_set(e, RC_INVALID,
		    "%s: stripe.key does not begin like a secret key of Stripe "
		    "(sk_test_, rk_test_, sk_live_, rk_live_)",
		    path);
	if (test && !s->shop_test)
		return error_set(e, RC_INVALID,
		    "%s: stripe.key is for tests, but shop.test is no", path);
	if (live && s->shop_test)
		return error_set(e, RC_INVALID,
		    "%s: stripe.key is for real money, but shop.test is yes",
		    path);
	if (live && strcmp(s->stripe_base, STRIPE_BASE) != 0)
		return error_set(e, RC_INVALID,
		    "%s: stripe.key is for real money, but stripe.base is "
		    "\"%s\"",
		    path, s->stripe_base);
	return check_secret("stripe.key", key, "stripe.webhook_secret",
	    s->stripe_webhook_secret, path, e);
}

/* PayPal's keys look alike: the address tells whether money is real (R55). */
static enum rc
check_paypal(const struct settings *s, const char *path, struct error *e)
{
	bool live = strcmp(s->paypal_base, PAYPAL_BASE) == 0;
	const char *id = s->paypal_client_id;
	enum rc rc = check_provider(s, "paypal.base", s->paypal_base, path, e);

	if (rc == RC_OK)
		rc = check_secret("paypal.client_id", id,
		    "paypal.client_secret", s->paypal_secret, path, e);
	if (rc == RC_OK)
		rc = check_secret("paypal.client_id", id, "paypal.webhook_id",
		    s->paypal_webhook_id, path, e);
	if (rc == RC_OK && id[0] != '\0' && live == (s->shop_test != 0))
		rc = error_set(e, RC_INVALID,
		    "%s: paypal.base is \"%s\", but shop.test is %s", path,
		    s->paypal_base, s->shop_test ? "yes" : "no");
	if (rc == RC_OK && id[0] != '\0')
		rc = check_currency(s, "PayPal", path, e);
	return rc;
}

/* Where the courier comes to, and when. */
static enum rc
check_warehouse(const struct settings *s, const char *path, struct error *e)
{
	const struct {
		const char *key, *value;
	} needed[] = {
		{ "warehouse.name", s->warehouse_name },
		{ "warehouse.line1", s->warehouse_line1 },
		{ "warehouse.town", s->warehouse_town },
		{ "warehouse.postcode", s->warehouse_postcode },
	};
	struct hours hours;
	struct zone zone;
	enum rc rc;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (s->courier_url[0] != '\0' && needed[i].value[0] == '\0')
			return error_set(e, RC_INVALID,
			    "%s: courier.url is set, but %s is not", path,
			    needed[i].key);
	rc = hours_parse(s->warehouse_hours, s->warehouse_holidays, &hours, e);
	if (rc != RC_OK) {
		error_prefix(e, "%s: warehouse.hours and holidays", path);
		return rc;
	}
	if (s->warehouse_zone[0] != '\0' &&
	    zone_parse(s->warehouse_zone, &zone) != RC_OK)
		return error_set(e, RC_INVALID,
		    "%s: warehouse.zone is \"%s\", not a rule like "
		    "shop.zone's",
		    path, s->warehouse_zone);
	return RC_OK;
}

static enum rc
check_courier(const struct settings *s, const char *path, struct error *e)
{
	enum rc rc = RC_OK;

	if (s->courier_url[0] != '\0')
		rc = check_provider(s, "courier.url", s->courier_url, path, e);
	if (rc == RC_OK)
		rc = check_secret("courier.url", s->courier_url, "courier.key",
		    s->courier_key, path, e);
	return rc == RC_OK ? check_warehouse(s, path, e) : rc;
}

/* local@domain of ASCII, as it stands in an envelope (RFC 5321 section 4.1.2,
 * without quoted local parts). */
static bool
is_address(const char *s)
{
	static const char atom[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.!#$%&'*+-/=?^_`{|}~";
	size_t n = strspn(s, atom);

	return n > 0 && n <= 64 && s[n] == '@' && s[n + 1] != '[' &&
	       s[n + 1] != '\0' && s[n + 1 + host_length(s + n + 1)] == '\0';
}

static enum rc
check_mail(const struct settings *s, const char *path, struct error *e)
{
	const struct {
		const char *key, *address;
	} ours[] = { { "from", s->mail_from }, { "reply_to", s->mail_reply_to },
		{ "bounce", s->mail_bounce } };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (ours[i].address[0] != '\0' && !is_address(ours[i].address))
			return error_set(e, RC_INVALID,
			    "%s: mail.%s is \"%s\", not an address like "
			    "\"shop@hats.example\"",
			    path, ours[i].key, ours[i].address);
	if (s->mail_host[0] != '\0' &&
	    s->mail_host[host_length(s->mail_host)] != '\0')
		return error_set(e, RC_INVALID,
		    "%s: mail.host is \"%s\", not a name like "
		    "\"smtp.hats.example\"",
		    path, s->mail_host);
	return RC_OK;
}

/* Letters, digits and '-' between: it is in the name of a file. */
static bool
is_series(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static enum rc
check_invoices(const struct settings *s, const char *path, struct error *e)
{
	if (!is_series(s->invoice_series))
		return error_set(e, RC_INVALID,
		    "%s: invoice.series is \"%s\", not a word like \"INV\"",
		    path, s->invoice_series);
	if (!is_series(s->invoice_credit_series))
		return error_set(e, RC_INVALID,
		    "%s: invoice.credit_series is \"%s\", not a word like "
		    "\"CN\"",
		    path, s->invoice_credit_series);
	if (strcmp(s->invoice_series, s->invoice_credit_series) == 0)
		return error_set(e, RC_INVALID,
		    "%s: invoice.series and invoice.credit_series are both "
		    "\"%s\": an invoice and a credit note would have the same "
		    "number",
		    path, s->invoice_series);
	return RC_OK;
}

/* What no single line can get wrong. */
enum rc
settings_check(const struct settings *s, const char *path, struct error *e)
{
	struct zone zone;
	enum rc rc;

	rc = conf_complete(settings_keys, settings_count, s, e);
	if (rc != RC_OK)
		error_prefix(e, "%s", path);
	else if (!is_origin(s->shop_url))
		rc = error_set(e, RC_INVALID,
		    "%s: shop.url is \"%s\", not an origin like "
		    "\"https://hats.example\"",
		    path, s->shop_url);
	else if (money_exponent(s->shop_currency) < 0)
		rc = error_set(e, RC_INVALID,
		    "%s: shop.currency is \"%s\", which the shop does not know",
		    path, s->shop_currency);
	else if (zone_parse(s->shop_zone, &zone) != RC_OK)
		rc = error_set(e, RC_INVALID,
		    "%s: shop.zone is \"%s\", not a rule like "
		    "\"GMT0BST,M3.5.0/1,M10.5.0\"",
		    path, s->shop_zone);
	else if (!is_url_path(s->shop_static))
		rc = error_set(e, RC_INVALID,
		    "%s: shop.static is \"%s\", not a path like \"/static\"",
		    path, s->shop_static);
	else if (!is_base_url(s->pictures_base_url))
		rc = error_set(e, RC_INVALID,
		    "%s: pictures.base_url is \"%s\", neither a path like "
		    "\"/pictures\" nor like \"https://pictures.example\"",
		    path, s->pictures_base_url);
	else
		rc = check_s3(s, path, e);
	if (rc == RC_OK)
		rc = check_login(s, path, e);
	if (rc == RC_OK)
		rc = check_stripe(s, path, e);
	if (rc == RC_OK)
		rc = check_paypal(s, path, e);
	if (rc == RC_OK)
		rc = check_courier(s, path, e);
	if (rc == RC_OK)
		rc = check_mail(s, path, e);
	if (rc == RC_OK)
		rc = check_invoices(s, path, e);
	return rc;
}

void
settings_mail_from(const struct settings *s, struct buf *b)
{
	const char *host;

	if (s->mail_from[0] != '\0') {
		buf_puts(b, s->mail_from);
		return;
	}
	host = after_scheme(s->shop_url);
	if (host == NULL)
		host = s->shop_url;
	buf_puts(b, "shop@");
	buf_put(b, host, strcspn(host, ":/"));
}
