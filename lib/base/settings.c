#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/settings_check.h"

#define MAX_PATH 1000 /* Linux takes 4095; a path of ours is far below */
#define MAX_USER 128
#define MAX_IDENT 256 /* MySQL: 64 characters of up to 4 bytes */
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
static const char *const services[] = {
	[SERVICE_STANDARD] = "STANDARD",
	[SERVICE_EXPRESS] = "EXPRESS",
	[SERVICE_CAREFUL] = "HAT_BOX_CAREFUL",
	NULL,
};
static const char *const books[] = {
	[BOOK_PAID] = "paid",
	[BOOK_READY] = "ready",
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

	TEXT("company.name", company_name, 0, LIMIT_NAME, ""),
	TEXT("company.address", company_address, 0, 400, ""),
	TEXT("company.vat_number", company_vat_number, 0, 40, ""),
	TEXT("company.registered", company_registered, 0, 200, ""),
	TEXT("invoice.series", invoice_series, 1, 16, "INV"),
	TEXT("invoice.credit_series", invoice_credit_series, 1, 16, "CN"),
	INT("returns.days", returns_days, 14, 3650, 14),

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
	INT("inbox.days", inbox_days, 1, 30, 3),
	TEXT("stripe.base", stripe_base, 1, 300, STRIPE_BASE),
	TEXT("stripe.ca", stripe_ca, 0, MAX_PATH, ""),
	SECRET("stripe.key", stripe_key, 256),
	SECRET("stripe.webhook_secret", stripe_webhook_secret, 256),
	SECRET("stripe.webhook_secret_old", stripe_webhook_secret_old, 256),
	TEXT("paypal.base", paypal_base, 1, 300, PAYPAL_BASE),
	TEXT("paypal.ca", paypal_ca, 0, MAX_PATH, ""),
	TEXT("paypal.client_id", paypal_client_id, 0, 256, ""),
	TEXT("paypal.webhook_id", paypal_webhook_id, 0, 128, ""),
	SECRET("paypal.client_secret", paypal_secret, 256),
	TEXT("courier.url", courier_url, 0, 300, ""),
	TEXT("courier.ca", courier_ca, 0, MAX_PATH, ""),
	WORD("courier.service", courier_service, services, SERVICE_STANDARD),
	SECRET("courier.key", courier_key, 256),
	SECRET("courier.webhook_secret", courier_webhook_secret, 256),
	SECRET("courier.webhook_secret_old", courier_webhook_secret_old, 256),
	WORD("courier.book", courier_book, books, BOOK_PAID),
	INT("courier.poll_seconds", courier_poll_seconds, 1, 3600, 60),
	INT("courier.silence_days", courier_silence_days, 1, 60, 5),
	INT("courier.lead_minutes", courier_lead_minutes, 0, 10080, 60),
	INT("courier.least_minutes", courier_least_minutes, 1, 720, 120),
	INT("courier.hat_grams", courier_hat_grams, 1, 10000, 250),
	INT("courier.box_grams", courier_box_grams, 0, 10000, 400),
	INT("courier.box_length", courier_box_length, 1, 3000, 350),
	INT("courier.box_width", courier_box_width, 1, 3000, 350),
	INT("courier.box_height", courier_box_height, 1, 3000, 200),
	TEXT("warehouse.name", warehouse_name, 0, 100, ""),
	TEXT("warehouse.line1", warehouse_line1, 0, 100, ""),
	TEXT("warehouse.line2", warehouse_line2, 0, 100, ""),
	TEXT("warehouse.town", warehouse_town, 0, 100, ""),
	TEXT("warehouse.region", warehouse_region, 0, 100, ""),
	TEXT("warehouse.postcode", warehouse_postcode, 0, 20, ""),
	TEXT("warehouse.country", warehouse_country, 2, 2, "GB"),
	TEXT("warehouse.phone", warehouse_phone, 0, 40, ""),
	TEXT("warehouse.hours", warehouse_hours, 1, 200, "Mon-Fri 09:00-16:00"),
	TEXT("warehouse.holidays", warehouse_holidays, 0, 1100, ""),
	TEXT("warehouse.zone", warehouse_zone, 0, 100, ""),

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
	TEXT("mail.reply_to", mail_reply_to, 0, 254, ""),
	TEXT("mail.bounce", mail_bounce, 0, 254, ""),
	TEXT("mail.bounces", mail_bounces, 0, MAX_PATH, ""),
	TEXT("mail.warehouse", mail_warehouse, 0, 254, ""),
};
const size_t settings_count = sizeof(settings_keys) / sizeof(settings_keys[0]);

/* Where pointers have 64 bits every member has, so this notices a member without a line. */
_Static_assert(sizeof(char *) != sizeof(int64_t) ||
		   sizeof(struct settings) / sizeof(int64_t) ==
		       sizeof(settings_keys) / sizeof(settings_keys[0]),
    "one line for each member of struct settings");

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
		rc = settings_check(s, path, e);
	if (rc != RC_OK)
		settings_release(s);
	return rc;
}

void
settings_release(struct settings *s)
{
	conf_release(settings_keys, settings_count, s);
}

const char *
settings_service_name(const struct settings *s)
{
	return services[s->courier_service];
}
