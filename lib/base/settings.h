/*
 * All that can be configured, in one struct; settings.c holds the one table
 * of names, bounds and defaults, shop.conf(5) explains each.
 *
 *	struct settings s;
 *
 *	rc = settings_load(&s, NULL, &e);
 *	…
 *	settings_release(&s);
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/conf.h"

enum settings_engine { ENGINE_SQLITE, ENGINE_MARIADB };
enum settings_access { ACCESS_WRITE, ACCESS_READ };
enum settings_mode { MODE_AUTO, MODE_POLL, MODE_BINLOG };
enum settings_rows { ROWS_ONE, ROWS_SUM };
enum settings_picture { PICTURE_NONE, PICTURE_BLOB, PICTURE_PATH, PICTURE_URL };
enum settings_store { STORE_FOLDER, STORE_S3 };
enum settings_style { STYLE_VIRTUAL, STYLE_PATH };
enum settings_book { BOOK_PAID, BOOK_READY };
enum settings_service { SERVICE_STANDARD, SERVICE_EXPRESS, SERVICE_CAREFUL };

/* Members are in the order of the table in settings.c. */
struct settings {
	/* the shop */
	char *shop_name;     /* shop.name */
	char *shop_url;      /* shop.url: "https://hats.example", no slash
				   at its end; decides canonical links, Origin
				   checks and whether cookies are Secure */
	char *shop_currency; /* shop.currency: ISO 4217 */
	char *shop_zone;     /* shop.zone: as zone_parse has it */
	char *shop_pages;    /* shop.pages: folder of the text pages */
	char *shop_tariff;   /* shop.tariff: file of delivery and tax */
	char *shop_static;   /* shop.static: URL path of css, fonts, icons */
	int64_t shop_test;   /* shop.test: pages say TEST */
	int64_t log_level;   /* log.level: an enum log_level */
	char *secrets_file;  /* secrets.file */
	char *shop_run;      /* shop.run: folder for scratch files */

	/* who sells, on invoices */
	char *company_name;       /* company.name; "": shop.name */
	char *company_address;    /* company.address: lines with '|' between;
				     "": no invoice can be made */
	char *company_vat_number; /* company.vat_number; "": not registered */
	char *company_registered; /* company.registered: where and as what */
	char *invoice_series;     /* invoice.series */
	char *invoice_credit_series; /* invoice.credit_series */
	int64_t returns_days;        /* returns.days */

	/* sales database */
	int64_t db_engine; /* db.engine: sqlite | mariadb */
	char *db_file;     /* db.file, for sqlite */
	char *db_host, *db_socket, *db_name, *db_user; /* db.* for mariadb */
	int64_t db_port;
	char *db_ca;       /* db.ca: CA file; "" allows a socket only */
	char *db_password; /* secret */

	/* stock system: the link */
	char *stock_host, *stock_socket, *stock_user, *stock_database;
	int64_t stock_port;
	char *stock_ca;         /* stock.ca: CA file; always verified on TCP */
	char *stock_password;   /* secret */
	char *stock_own_schema; /* stock.own_schema: our schema there */
	int64_t stock_mode;     /* stock.mode */
	int64_t stock_access;   /* stock.access */
	int64_t stock_poll_ms;  /* stock.poll_ms: pause between two passes */
	int64_t stock_stale_after;     /* stock.stale_after: seconds */
	int64_t stock_picture_seconds; /* stock.picture_seconds: pictures are
					  compared this often */
	int64_t stock_wait_max;        /* stock.wait_max: seconds that money is
				   reserved while the stock system is away */
	/* paying */
	int64_t checkout_hold_minutes; /* checkout.hold_minutes */
	int64_t checkout_page_seconds; /* checkout.page_seconds: how long a
					  gateway's page can be paid on */
	int64_t inbox_days;            /* inbox.days: events of orders that are
					  not known wait for so long */
	char *stripe_base;             /* stripe.base: whose API; no slash at
					  its end */
	char *stripe_ca;               /* stripe.ca: CA file; "" the system's */
	char *stripe_key; /* secret; "": no cards.  Its name tells whether it
			     is for tests, and shop.test must agree */
	char *stripe_webhook_secret;     /* secret */
	char *stripe_webhook_secret_old; /* secret; "": not being changed */
	char *paypal_base; /* paypal.base: whose API; no slash at its end */
	char *paypal_ca;   /* paypal.ca: CA file; "" the system's */
	char *paypal_client_id;  /* paypal.client_id; "": no PayPal */
	char *paypal_webhook_id; /* paypal.webhook_id: as PayPal names it */
	char *paypal_secret;     /* paypal.client_secret, secret */
	/* the courier */
	char *courier_url; /* courier.url: whose API, with "/v1" or what is
			      before "/bookings"; "": none */
	char *courier_ca;  /* courier.ca: CA file; "" the system's */
	int64_t courier_service; /* courier.service: enum settings_service */
	char *courier_key;       /* secret */
	char *courier_webhook_secret;     /* secret; "": no webhooks */
	char *courier_webhook_secret_old; /* secret; "": not being changed */
	/* parcels */
	int64_t courier_book;          /* courier.book: enum settings_book */
	int64_t courier_poll_seconds;  /* courier.poll_seconds */
	int64_t courier_silence_days;  /* courier.silence_days: then a person
				   is called */
	int64_t courier_lead_minutes;  /* courier.lead_minutes: to pack one */
	int64_t courier_least_minutes; /* courier.least_minutes: shorter, no
				   van is asked to come in */
	int64_t courier_hat_grams;     /* courier.hat_grams */
	int64_t courier_box_grams, courier_box_length; /* courier.box_…: mm */
	int64_t courier_box_width, courier_box_height;
	char *warehouse_name, *warehouse_line1, *warehouse_line2;
	char *warehouse_town, *warehouse_region, *warehouse_postcode;
	char *warehouse_country, *warehouse_phone;
	char *warehouse_hours;    /* warehouse.hours: as hours_parse has them */
	char *warehouse_holidays; /* warehouse.holidays: the same */
	char *warehouse_zone; /* warehouse.zone: as zone_parse; "": shop.zone */
	/* stock system: the mapping (lib/stock/map.h explains it) */
	char *item_table, *item_key, *item_name, *item_text, *item_price;
	char *item_category;       /* column with the category's name or key */
	char *item_visible;        /* column; "" when all are visible */
	char *item_visible_values; /* comma list of values that mean yes */
	char *category_table, *category_key, *category_name; /* "": the column
				   itself is the name */
	char *level_table, *level_key, *level_qty;
	int64_t stock_rows;   /* stock.rows: one | sum */
	int64_t picture_kind; /* stock.picture.kind */
	char *picture_table, *picture_key, *picture_column;
	char *picture_base; /* stock.picture_base: where a path lives */

	/* accounts: what argon2id costs, guessing, sessions */
	int64_t password_memory;   /* password.memory: KiB */
	int64_t password_time;     /* password.time: passes */
	int64_t password_lanes;    /* password.lanes */
	int64_t login_burst;       /* login.burst: failures of an account */
	int64_t login_drain;       /* login.drain: seconds each */
	int64_t login_place_burst; /* login.place_burst: of an address */
	int64_t login_place_drain;
	int64_t session_idle;     /* session.idle: days */
	int64_t session_lifetime; /* session.lifetime: days */

	/* pictures */
	char *pictures_folder;   /* pictures.folder */
	char *pictures_base_url; /* pictures.base_url */
	int64_t pictures_store;  /* pictures.store: folder | s3 */

	/* the bucket, for s3 */
	char *s3_bucket, *s3_region;
	char *s3_endpoint; /* s3.endpoint: an origin; "" is AWS */
	int64_t s3_style;  /* s3.style: virtual | path */
	char *s3_prefix;   /* s3.prefix: "" or with '/' at its end */
	char *s3_ca;       /* s3.ca: CA file; "" the system's */
	char *s3_access_key, *s3_secret_key; /* secret; "": environment, role */

	/* logging in elsewhere; an id of "": not offered */
	char *google_issuer;    /* login.google.issuer: an origin, or with a
				   path, but no slash at its end */
	char *google_client_id; /* login.google.client_id */
	char *google_secret;    /* login.google.client_secret, secret */
	char *facebook_dialog;  /* login.facebook.dialog: the same */
	char *facebook_graph;   /* login.facebook.graph: the same */
	char *facebook_version; /* login.facebook.version: "v26.0" */
	char *facebook_app_id;  /* login.facebook.app_id */
	char *facebook_secret;  /* login.facebook.app_secret, secret */

	/* mail */
	char *mail_host;     /* mail.host: "" keeps letters in the outbox */
	int64_t mail_port;   /* mail.port, always with STARTTLS */
	char *mail_ca;       /* mail.ca: CA file; "" the system's */
	char *mail_user;     /* mail.user: "" does not log in */
	char *mail_password; /* secret */
	char *mail_from;     /* mail.from: who letters are from; "" for
				shop@ the host of shop.url */
	char *mail_name;     /* mail.name: the same by name; "": shop.name */
	char *mail_reply_to; /* mail.reply_to: who gets answers; "": who letters
				are from */
	char *mail_bounce;   /* mail.bounce: who gets what cannot be delivered;
				 "" the same */
	char *mail_bounces;  /* mail.bounces: Maildir of what came back; "":
				none */
	char *mail_warehouse; /* mail.warehouse: who gets each order's letter
				 too; "": nobody */
};

/* The whole table, for shop.conf(5)'s test and for -n. */
extern const struct conf_key settings_keys[];
extern const size_t settings_count;

/*
 * Read path (NULL: $HATSHOP_CONF, else SHOP_SYSCONFDIR "/shop.conf") and the
 * secrets file that it names (none when the key is ""), fill in defaults and
 * check what must be set.  *s needs no initialisation; on failure it is
 * released.
 */
enum rc settings_load(
    struct settings *s, const char *path, struct error *e) CHECKED;

/* Whether an address with a scheme is this machine's. */
bool settings_loopback(const char *address);

void settings_release(struct settings *s);

/* Append who letters are from: mail.from, or shop@ the host of shop.url. */
void settings_mail_from(const struct settings *s, struct buf *b);

/* As the courier knows it: "STANDARD".  Borrowed, a literal. */
const char *settings_service_name(const struct settings *s);

#endif
