#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/money.h"
#include "base/num.h"
#include "base/settings.h"
#include "base/zone.h"

#define STRIPE_BASE "https://api.stripe.com"
#define MAX_PATH 1000 /* Linux takes 4095; a path of ours is far below */
#define MAX_HOST 255  /* RFC 1035 section 2.3.4 */
#define MAX_USER 128
#define MAX_IDENT 256 /* MySQL: 64 characters of up to 4 bytes */
#define MAX_PORT 65535
#define MAX_BUCKET 63 /* AWS: 3 to 63; and a host name's part */

#define SHOP_STATEDIR "/var/lib/hatshop"

static const char *const engines[] = {
	[ENGINE_SQLITE] = "sqlite",
	[ENGINE_MARIADB] = "mariadb",
	NULL,
};
static const char *const accesses[] = {
	[ACCESS_WRITE] = "write",
	[ACCESS_READ] = "read",
	NULL,
};
static const char *const modes[] = {
	[MODE_AUTO] = "auto",
	[MODE_POLL] = "poll",
	[MODE_BINLOG] = "binlog",
	NULL,
};
static const char *const row_rules[] = {
	[ROWS_ONE] = "one",
	[ROWS_SUM] = "sum",
	NULL,
};
static const char *const picture_kinds[] = {
	[PICTURE_NONE] = "none",
	[PICTURE_BLOB] = "blob",
	[PICTURE_PATH] = "path",
	[PICTURE_URL] = "url",
	NULL,
};

static const char *const stores[] = {
	[STORE_FOLDER] = "folder",
	[STORE_S3] = "s3",
	NULL,
};
static const char *const styles[] = {
	[STYLE_VIRTUAL] = "virtual",
	[STYLE_PATH] = "path",
	NULL,
};

/* clang-format off */
#define TEXT(n, m, lo, hi, def) CONF_TEXT(n, struct settings, m, lo, hi, def)
#define SECRET(n, m, hi) CONF_SECRET(n, struct settings, m, 0, hi, "")
#define INT(n, m, lo, hi, def) CONF_INT(n, struct settings, m, lo, hi, def)
#define BOOL(n, m, def) CONF_BOOL(n, struct settings, m, def)
#define WORD(n, m, words, def) CONF_WORD(n, struct settings, m, words, def)
#define IDENT(n, m) TEXT(n, m, 0, MAX_IDENT, "")
/* clang-format on */

const struct conf_key settings_keys[] = {
	TEXT(
	    "shop.name", shop_name, 1, LIMIT_NAME, "The Funny Hat Online Shop"),
	TEXT("shop.url", shop_url, 1, 300, NULL),
	TEXT("shop.currency", shop_currency, 3, 3, "GBP"),
	TEXT("shop.zone", shop_zone, 3, 100, "GMT0BST,M3.5.0/1,M10.5.0"),
	TEXT("shop.pages", shop_pages, 1, MAX_PATH, SHOP_DATADIR "/pages"),
	TEXT("shop.tariff", shop_tariff, 1, MAX_PATH,
	    SHOP_DATADIR "/tariff.conf"),
	TEXT("shop.static", shop_static, 1, 200, "/static"),
	BOOL("shop.test", shop_test, 0),
	WORD("log.level", log_level, log_level_names, LOG_INFO),
	TEXT("secrets.file", secrets_file, 0, MAX_PATH, ""),
	TEXT("shop.run", shop_run, 1, MAX_PATH, SHOP_STATEDIR "/run"),

	WORD("db.engine", db_engine, engines, ENGINE_SQLITE),
	TEXT("db.file", db_file, 1, MAX_PATH, SHOP_STATEDIR "/shop.db"),
	TEXT("db.host", db_host, 0, MAX_HOST, ""),
	TEXT("db.socket", db_socket, 0, MAX_PATH, ""),
	TEXT("db.name", db_name, 1, MAX_IDENT, "hatshop"),
	TEXT("db.user", db_user, 0, MAX_USER, "hatshop"),
	INT("db.port", db_port, 1, MAX_PORT, 3306),
	TEXT("db.ca", db_ca, 0, MAX_PATH, ""),
	SECRET("db.password", db_password, 256),

	TEXT("stock.host", stock_host, 0, MAX_HOST, ""),
	TEXT("stock.socket", stock_socket, 0, MAX_PATH, ""),
	TEXT("stock.user", stock_user, 0, MAX_USER, "hatshop"),
	IDENT("stock.database", stock_database),
	INT("stock.port", stock_port, 1, MAX_PORT, 3306),
	TEXT("stock.ca", stock_ca, 0, MAX_PATH, ""),
	SECRET("stock.password", stock_password, 256),
	TEXT("stock.own_schema", stock_own_schema, 1, MAX_IDENT, "hatshop"),
	WORD("stock.mode", stock_mode, modes, MODE_AUTO),
	WORD("stock.access", stock_access, accesses, ACCESS_WRITE),
	INT("stock.poll_ms", stock_poll_ms, 200, 3600000, 1000),
	INT("stock.stale_after", stock_stale_after, 1, 604800, 120),
	INT("stock.picture_seconds", stock_picture_seconds, 1, 86400, 10),
	INT("stock.wait_max", stock_wait_max, 60, 432000, 86400),
	INT("checkout.hold_minutes", checkout_hold_minutes, 5, 1440, 30),
	INT("checkout.page_seconds", checkout_page_seconds, 1800, 86400, 3600),
	TEXT("stripe.base", stripe_base, 1, 300, STRIPE_BASE),
	TEXT("stripe.ca", stripe_ca, 0, MAX_PATH, ""),
	SECRET("stripe.key", stripe_key, 256),
	SECRET("stripe.webhook_secret", stripe_webhook_secret, 256),
	SECRET("stripe.webhook_secret_old", stripe_webhook_secret_old, 256),

	IDENT("stock.item.table", item_table),
	IDENT("stock.item.key", item_key),
	IDENT("stock.item.name", item_name),
	IDENT("stock.item.text", item_text),
	IDENT("stock.item.price", item_price),
	IDENT("stock.item.category", item_category),
	IDENT("stock.item.visible", item_visible),
	TEXT("stock.item.visible_values", item_visible_values, 0, 1000, "1"),
	IDENT("stock.category.table", category_table),
	IDENT("stock.category.key", category_key),
	IDENT("stock.category.name", category_name),
	IDENT("stock.level.table", level_table),
	IDENT("stock.level.key", level_key),
	IDENT("stock.level.qty", level_qty),
	WORD("stock.rows", stock_rows, row_rules, ROWS_ONE),
	WORD("stock.picture.kind", picture_kind, picture_kinds, PICTURE_NONE),
	IDENT("stock.picture.table", picture_table),
	IDENT("stock.picture.key", picture_key),
	IDENT("stock.picture.column", picture_column),
	TEXT("stock.picture_base", picture_base, 0, MAX_PATH, ""),

	INT("password.memory", password_memory, 8, 1048576, 19456),
	INT("password.time", password_time, 1, 100, 2),
	INT("password.lanes", password_lanes, 1, 4, 1),
	INT("login.burst", login_burst, 1, 1000, 10),
	INT("login.drain", login_drain, 1, 86400, 60),
	INT("login.place_burst", login_place_burst, 1, 10000, 50),
	INT("login.place_drain", login_place_drain, 1, 86400, 10),
	INT("session.idle", session_idle, 1, 3650, 30),
	INT("session.lifetime", session_lifetime, 1, 3650, 180),

	TEXT("pictures.folder", pictures_folder, 1, MAX_PATH,
	    SHOP_STATEDIR "/pictures"),
	TEXT("pictures.base_url", pictures_base_url, 1, 300, "/pictures"),
	WORD("pictures.store", pictures_store, stores, STORE_FOLDER),
	TEXT("s3.bucket", s3_bucket, 0, MAX_BUCKET, ""),
	TEXT("s3.region", s3_region, 0, 64, ""),
	TEXT("s3.endpoint", s3_endpoint, 0, 300, ""),
	WORD("s3.style", s3_style, styles, STYLE_VIRTUAL),
	TEXT("s3.prefix", s3_prefix, 0, 200, ""),
	TEXT("s3.ca", s3_ca, 0, MAX_PATH, ""),
	SECRET("s3.access_key", s3_access_key, 128),
	SECRET("s3.secret_key", s3_secret_key, 128),

	TEXT("login.google.issuer", google_issuer, 1, 300,
	    "https://accounts.google.com"),
	TEXT("login.google.client_id", google_client_id, 0, 300, ""),
	SECRET("login.google.client_secret", google_secret, 256),
	TEXT("login.facebook.dialog", facebook_dialog, 1, 300,
	    "https://www.facebook.com"),
	TEXT("login.facebook.graph", facebook_graph, 1, 300,
	    "https://graph.facebook.com"),
	TEXT("login.facebook.version", facebook_version, 1, 16, "v26.0"),
	TEXT("login.facebook.app_id", facebook_app_id, 0, 64, ""),
	SECRET("login.facebook.app_secret", facebook_secret, 256),

	TEXT("mail.host", mail_host, 0, MAX_HOST, ""),
	INT("mail.port", mail_port, 1, MAX_PORT, 587),
	TEXT("mail.ca", mail_ca, 0, MAX_PATH, ""),
	TEXT("mail.user", mail_user, 0, MAX_USER, ""),
	SECRET("mail.password", mail_password, 256),
	TEXT("mail.from", mail_from, 0, 254, ""),
	TEXT("mail.name", mail_name, 0, LIMIT_NAME, ""),
};
const size_t settings_count = sizeof(settings_keys) / sizeof(settings_keys[0]);

/* Where pointers have 64 bits every member has, so this notices a member without a line. */
_Static_assert(sizeof(char *) != sizeof(int64_t) ||
		   sizeof(struct settings) / sizeof(int64_t) ==
		       sizeof(settings_keys) / sizeof(settings_keys[0]),
    "one line for each member of struct settings");

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
	if (s->mail_from[0] != '\0' && !is_address(s->mail_from))
		return error_set(e, RC_INVALID,
		    "%s: mail.from is \"%s\", not an address like "
		    "\"shop@hats.example\"",
		    path, s->mail_from);
	if (s->mail_host[0] != '\0' &&
	    s->mail_host[host_length(s->mail_host)] != '\0')
		return error_set(e, RC_INVALID,
		    "%s: mail.host is \"%s\", not a name like "
		    "\"smtp.hats.example\"",
		    path, s->mail_host);
	return RC_OK;
}

/* What no single line can get wrong. */
static enum rc
check(const struct settings *s, const char *path, struct error *e)
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
		rc = check_mail(s, path, e);
	return rc;
}

enum rc
settings_load(struct settings *s, const char *path, struct error *e)
{
	bool usual;
	enum rc rc;

	if (path == NULL)
		path = getenv("HATSHOP_CONF");
	usual = path == NULL;
	if (usual)
		path = SHOP_SYSCONFDIR "/shop.conf";
	rc = conf_defaults(settings_keys, settings_count, s, e);
	if (rc != RC_OK)
		return rc;
	if (usual && access(path, F_OK) != 0)
		rc = error_set(e, RC_IO,
		    "there is no configuration \"%s\": name one by "
		    "HATSHOP_CONF, or with -f",
		    path);
	else
		rc = conf_read(
		    settings_keys, settings_count, CONF_PLAIN, path, s, e);
	if (rc == RC_OK && s->secrets_file[0] != '\0')
		rc = conf_read(settings_keys, settings_count, CONF_SECRETS,
		    s->secrets_file, s, e);
	if (rc == RC_OK)
		rc = check(s, path, e);
	if (rc != RC_OK)
		settings_release(s);
	return rc;
}

void
settings_release(struct settings *s)
{
	conf_release(settings_keys, settings_count, s);
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
