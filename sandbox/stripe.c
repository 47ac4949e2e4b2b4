/*
 * stripe - the stand-in of Stripe Checkout (sandbox/stripe.h), below
 * /sandbox/stripe of the private Apache; with -w the process that sends its
 * webhooks, until it is ended; with -l PORT both, without a web server.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "sandbox/stripe.h"

#define PAUSE_MS 50
#define AGAIN_MS 1000

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, kind TEXT, "
    "created INTEGER, parent TEXT, due INTEGER, body TEXT);"
    "CREATE INDEX IF NOT EXISTS object_due ON object (due) WHERE due IS NOT "
    "NULL;"
    "CREATE INDEX IF NOT EXISTS object_parent ON object (parent);"
    "CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, id TEXT "
    "UNIQUE, type TEXT, created INTEGER, body TEXT);"
    /* state: 0 waits, 1 is being sent, 2 arrived, 3 given up; due in ms of
     * the true clock */
    "CREATE TABLE IF NOT EXISTS hook (seq INTEGER PRIMARY KEY, event TEXT, "
    "ord INTEGER, due INTEGER, tries INTEGER DEFAULT 0, tried INTEGER DEFAULT "
    "0, state INTEGER DEFAULT 0, forged INTEGER, skew INTEGER, status INTEGER "
    "DEFAULT 0);"
    "CREATE INDEX IF NOT EXISTS hook_wait ON hook (ord) WHERE state < 2;"
    "CREATE TABLE IF NOT EXISTS idem (\"key\" TEXT PRIMARY KEY, digest TEXT, "
    "done INTEGER, status INTEGER, body TEXT, request TEXT, at INTEGER);"
    "CREATE INDEX IF NOT EXISTS idem_open ON idem (at) WHERE done = 0;"
    "CREATE TABLE IF NOT EXISTS fault (id INTEGER PRIMARY KEY, kind TEXT, "
    "\"on\" TEXT, seconds INTEGER, skip INTEGER, times INTEGER);"
    "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value "
    "INTEGER);";

/* The sandbox's clock may have been shifted. */
static void
read_clock(struct stripe_call *c)
{
	struct store_rows q;

	c->now = c->b->now;
	store_ask(
	    &c->st, &q, "SELECT value FROM setting WHERE name = 'shift'", "");
	if (store_next(&q))
		c->now += store_int(&q, 0);
	store_done(&q);
}

enum rc
stripe_open(struct stripe_call *c, struct box *b, struct error *e)
{
	enum rc rc;

	memset(c, 0, sizeof(*c));
	c->b = b;
	rc = store_open(&c->st, b->folder, "stripe", schema, e);
	if (rc != RC_OK)
		return rc;
	read_clock(c);
	return store_rc(&c->st, e);
}

void
stripe_close(struct stripe_call *c)
{
	json_decref(c->out);
	c->out = NULL;
	params_release(&c->p);
	store_close(&c->st);
}

/* What time changes, and what is to be told of it. */
static enum rc
tick(struct stripe_call *c, struct error *e)
{
	int64_t sent, failed;
	enum rc rc = RC_OK;

	c->b->now = clock_now();
	c->first_hook = 0;
	read_clock(c);
	if (stripe_is_due(c)) {
		rc = store_begin(&c->st, e);
		stripe_settle(c);
		stripe_events_end(c);
		rc = rc == RC_OK ? store_commit(&c->st, e) : rc;
	}
	if (rc == RC_OK)
		stripe_hooks_send(c, false, &sent, &failed);
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
	struct stripe_call c;
	enum rc rc;

	while (is_there(b)) {
		rc = stripe_open(&c, b, e);
		while (rc == RC_OK && is_there(b)) {
			rc = tick(&c, e);
			clock_sleep_ms(PAUSE_MS);
		}
		stripe_close(&c);
		if (rc != RC_OK && is_there(b)) {
			log_failure("could not send webhooks", e);
			error_clear(e);
			clock_sleep_ms(AGAIN_MS);
		}
	}
	return RC_OK;
}

static void
own_addresses(const struct settings *s, const char *out[BOX_ADDRESSES])
{
	out[0] = s->stripe_base;
}

int
main(int argc, char **argv)
{
	static const struct box_route routes[] = {
		{ "/v1/**", METHOD_GET, stripe_api },
		{ "/v1/**", METHOD_POST, stripe_api },
		{ "/c/pay/*", METHOD_GET, stripe_page },
		{ "/c/pay/*", METHOD_POST, stripe_page_pay },
		{ "/c/proof/*", METHOD_GET, stripe_proof_page },
		{ "/c/proof/*", METHOD_POST, stripe_proof },
		{ "/style.css", METHOD_GET, stripe_sheet },
		{ "/faults", METHOD_GET, stripe_faults },
		{ "/faults", METHOD_POST, stripe_faults_add },
		{ "/clock", METHOD_POST, stripe_clock },
		{ "/deliver", METHOD_POST, stripe_deliver },
		{ "/books", METHOD_GET, stripe_books },
		{ "/disputes", METHOD_GET, stripe_disputes },
		{ "/disputes", METHOD_POST, stripe_disputes_do },
	};
	const size_t n = sizeof(routes) / sizeof(routes[0]);

	/* a query can be an argument (RFC 3875 section 4.4) */
	if (getenv("GATEWAY_INTERFACE") != NULL)
		argc = 1;
	if (argc == 3 && strcmp(argv[1], "-l") == 0)
		return box_listen(
		    "stripe", own_addresses, routes, n, argv[2], watch);
	if (argc == 2 && strcmp(argv[1], "-w") == 0)
		return box_work("stripe", own_addresses, watch);
	return box_main("stripe", own_addresses, routes, n);
}
