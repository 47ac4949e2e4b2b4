/*
 * courier - the stand-in of Funny Deliveries (sandbox/carrier.h), below
 * /sandbox/courier of the private Apache; with -w the process that moves parcels
 * and sends webhooks, until it is ended; with -l PORT both, without a web
 * server.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "sandbox/carrier.h"

#define PAUSE_MS 50
#define AGAIN_MS 1000

static const char schema[] =
    /* next_at: when time moves it, 0 never; ready_at: until then a booking is
     * being worked on */
    "CREATE TABLE IF NOT EXISTS booking (\"key\" TEXT PRIMARY KEY, hash TEXT, "
    "tracking TEXT UNIQUE, reference TEXT, state TEXT, made_at INTEGER, "
    "ready_at INTEGER DEFAULT 0, next_at INTEGER DEFAULT 0, \"from\" INTEGER, "
    "until INTEGER, price INTEGER, currency TEXT, service TEXT, name TEXT, "
    "town TEXT, place TEXT, body TEXT);"
    "CREATE INDEX IF NOT EXISTS booking_next ON booking (next_at) WHERE "
    "next_at > 0;"
    "CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY AUTOINCREMENT, "
    "tracking TEXT, reference TEXT, state TEXT, code TEXT, detail TEXT, "
    "occurred INTEGER, recorded INTEGER, place TEXT);"
    "CREATE INDEX IF NOT EXISTS event_tracking ON event (tracking);"
    "CREATE TABLE IF NOT EXISTS feed (seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "event INTEGER, at INTEGER);"
    "CREATE TABLE IF NOT EXISTS later (event INTEGER, at INTEGER);"
    /* state: 0 waits, 1 is being sent, 2 arrived, 3 given up; due in ms of
     * the true clock */
    "CREATE TABLE IF NOT EXISTS hook (seq INTEGER PRIMARY KEY, event INTEGER, "
    "due INTEGER, tries INTEGER DEFAULT 0, tried INTEGER DEFAULT 0, state "
    "INTEGER DEFAULT 0, forged INTEGER, skew INTEGER, status INTEGER DEFAULT "
    "0);"
    "CREATE INDEX IF NOT EXISTS hook_wait ON hook (seq) WHERE state < 2;"
    "CREATE TABLE IF NOT EXISTS fault (id INTEGER PRIMARY KEY, kind TEXT, "
    "\"on\" TEXT, seconds INTEGER, skip INTEGER, times INTEGER);"
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value "
    "INTEGER);";

static int64_t
setting(struct carrier_call *c, const char *name, int64_t otherwise)
{
	struct store_rows q;

	store_ask(
	    &c->st, &q, "SELECT value FROM setting WHERE name = ?", "s", name);
	if (store_next(&q))
		otherwise = store_int(&q, 0);
	store_done(&q);
	return otherwise;
}

/* What the file "courier-pace" of the folder says; none: 0. */
static int64_t
first_pace(const struct box *b)
{
	char path[1200];
	struct buf text;
	int64_t pace = 0;
	size_t n;
	const char *s;

	(void)snprintf(path, sizeof(path), "%s/courier-pace", b->folder);
	buf_init(&text, 100);
	if (file_read(path, &text, NULL) == RC_OK) {
		n = text.len;
		s = text_trim(buf_str(&text), &n);
		if (num_parse_n(s, n, 0, 1000000, &pace) != RC_OK)
			pace = 0;
	}
	buf_release(&text);
	return pace;
}

/* The sandbox's clock may have been shifted. */
static void
read_settings(struct carrier_call *c)
{
	c->now = c->b->now + setting(c, "shift", 0);
	c->pace = setting(c, "pace", -1);
	if (c->pace < 0)
		c->pace = first_pace(c->b);
}

enum rc
carrier_open(struct carrier_call *c, struct box *b, struct error *e)
{
	enum rc rc;

	memset(c, 0, sizeof(*c));
	c->b = b;
	rc = store_open(&c->st, b->folder, "courier", schema, e);
	if (rc != RC_OK)
		return rc;
	read_settings(c);
	return store_rc(&c->st, e);
}

void
carrier_close(struct carrier_call *c)
{
	store_close(&c->st);
}

/* What time changes, and what is to be told of it. */
static enum rc
tick(struct carrier_call *c, struct error *e)
{
	int64_t sent, failed;
	enum rc rc = RC_OK;

	c->b->now = clock_now();
	read_settings(c);
	if (carrier_is_due(c)) {
		rc = store_begin(&c->st, e);
		carrier_settle(c);
		rc = rc == RC_OK ? store_commit(&c->st, e) : rc;
	}
	if (rc == RC_OK)
		carrier_hooks_send(c, false, &sent, &failed);
	return rc == RC_OK ? store_rc(&c->st, e) : rc;
}

static bool
is_there(const struct box *b)
{
	return access(b->folder, F_OK) == 0;
}

/* Until its folder is taken away; what fails is begun anew. */
static enum rc
watch(struct box *b, struct error *e)
{
	struct carrier_call c;
	enum rc rc;

	while (is_there(b)) {
		rc = carrier_open(&c, b, e);
		while (rc == RC_OK && is_there(b)) {
			rc = tick(&c, e);
			clock_sleep_ms(PAUSE_MS);
		}
		carrier_close(&c);
		if (rc != RC_OK && is_there(b)) {
			log_failure("could not move parcels", e);
			error_clear(e);
			clock_sleep_ms(AGAIN_MS);
		}
	}
	return RC_OK;
}

static void
own_addresses(const struct settings *s, const char *out[BOX_ADDRESSES])
{
	out[0] = s->courier_url;
}

int
main(int argc, char **argv)
{
	static const struct box_route routes[] = {
		{ "/v1/**", METHOD_GET, carrier_api },
		{ "/v1/**", METHOD_POST, carrier_api },
		{ "/v1/**", METHOD_OTHER, carrier_api },
		{ "", METHOD_GET, carrier_page },
		{ "/parcel/*", METHOD_GET, carrier_parcel },
		{ "/parcel/*", METHOD_POST, carrier_parcel_move },
		{ "/mood", METHOD_POST, carrier_mood },
		{ "/style.css", METHOD_GET, carrier_sheet },
		{ "/faults", METHOD_GET, carrier_faults },
		{ "/faults", METHOD_POST, carrier_faults_add },
		{ "/clock", METHOD_POST, carrier_clock },
		{ "/move", METHOD_POST, carrier_move },
		{ "/deliver", METHOD_POST, carrier_deliver },
		{ "/books", METHOD_GET, carrier_books },
	};
	const size_t n = sizeof(routes) / sizeof(routes[0]);

	/* a query can be an argument (RFC 3875 section 4.4) */
	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	if (argc == 3 && strcmp(argv[1], "-l") == 0)
		return box_listen(
		    "courier", own_addresses, routes, n, argv[2], watch);
	if (argc == 2 && strcmp(argv[1], "-w") == 0)
		return box_work("courier", own_addresses, watch);
	return box_main("courier", own_addresses, routes, n);
}
