/* Every allocation and every database call of the accounts fails in turn: the
 * failure is passed on, nothing leaks, and half of nothing is kept. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop/address.h"
#include "shop/basket.h"
#include "shop/login.h"
#include "shop/mydata.h"
#include "shop/password.h"
#include "shop/purge.h"
#include "shop/seclog.h"
#include "shop/session.h"
#include "shop/ticket.h"
#include "t/people.h"

static struct shop sh;
static struct settings cheap;
static int runs; /* each has names of its own */
static char user[40], email[60], subject[40];

static void
name_all(void)
{
	runs++;
	(void)snprintf(user, sizeof(user), "user%d", runs);
	(void)snprintf(email, sizeof(email), "user%d@example.com", runs);
	(void)snprintf(subject, sizeof(subject), "s%d", runs);
}

static enum rc
enlist(int64_t *id)
{
	char encoded[PASSWORD_SIZE];
	const struct registration r = { .user_name = user,
		.email = email,
		.name = "Name",
		.password = encoded };
	struct error e = ERROR_NONE;
	bool taken;
	enum rc rc;

	rc = password_make(&cheap, "a hat of felt", encoded, &e);
	if (rc == RC_OK)
		rc = customer_register(sh.db, &r, PEOPLE_NOW, &taken, id, &e);
	return rc;
}

static enum rc
come_in(int64_t id, char token[TOKEN_SIZE])
{
	char checked[PASSWORD_SIZE];
	const struct login_try t = { user, "a hat of felt", "192.0.2.1",
		PEOPLE_NOW, checked };
	struct session_start start = { .customer = id,
		.method = "password",
		.agent = "a browser",
		.place = "192.0.2.1",
		.checked = checked };
	enum login_outcome outcome = LOGIN_WRONG;
	struct error e = ERROR_NONE;
	struct session found;
	int64_t who, seconds;
	enum rc rc;

	rc = login_password(sh.db, &cheap, &t, &outcome, &who, &seconds, &e);
	if (rc == RC_OK && (outcome != LOGIN_IN || who != id))
		ok(0, "%s is not in: %d", user, (int)outcome);
	if (rc == RC_OK)
		rc = session_begin(sh.db, &start, NULL, PEOPLE_NOW, token, &e);
	if (rc == RC_OK)
		rc = session_find(sh.db, &cheap, token, PEOPLE_NOW, &found, &e);
	if (rc == RC_OK)
		rc = session_seen(sh.db, token, PEOPLE_NOW, &e);
	if (rc == RC_OK)
		rc = session_end_all(sh.db, id, token, &e);
	return rc;
}

struct part {
	int64_t id;
	char link[TOKEN_SIZE];
};

/* Google comes for the address, a link is used, a basket is merged. */
static enum rc
unit(struct db *db, void *ctx, struct error *e)
{
	const struct arrival a = { "google", subject, email, true, "Vera" };
	struct part *p = ctx;
	enum arrival_outcome outcome;
	struct ticket t = { 0 };
	int64_t customer;
	bool last;
	enum rc rc;

	rc = ticket_use(db, TICKET_CONFIRM, p->link, "", PEOPLE_NOW, &t, e);
	ticket_release(&t);
	if (rc == RC_OK)
		rc =
		    login_arrive(db, &a, 0, PEOPLE_NOW, &outcome, &customer, e);
	if (rc == RC_OK && (outcome != ARRIVAL_IN || customer != p->id))
		ok(0, "outcome %d", (int)outcome);
	if (rc == RC_OK)
		rc = customer_set_password(db, p->id, "x", e);
	if (rc == RC_OK)
		rc = login_part(db, p->id, "google", subject, &last, e);
	return rc;
}

static enum rc
link_up(int64_t id)
{
	struct ticket t = { .customer = id, .data = email, .seconds = 60 };
	struct error e = ERROR_NONE;
	struct part p = { .id = id };
	struct ticket seen;
	enum rc rc;

	rc = ticket_new(sh.db, TICKET_CONFIRM, &t, PEOPLE_NOW, p.link, &e);
	if (rc == RC_OK) {
		rc = ticket_look(
		    sh.db, TICKET_CONFIRM, p.link, "", PEOPLE_NOW, &seen, &e);
		ticket_release(&seen);
	}
	if (rc == RC_OK)
		rc = db_unit(sh.db, unit, &p, &e);
	return rc;
}

struct merging {
	int64_t basket, customer;
};

static enum rc
merge(struct db *db, void *ctx, struct error *e)
{
	const struct merging *m = ctx;

	return basket_merge(db, m->basket, m->customer, PEOPLE_NOW, e);
}

static enum rc
shop_around(int64_t id)
{
	struct merging m = { .customer = id };
	enum basket_outcome outcome;
	struct error e = ERROR_NONE;
	char token[TOKEN_SIZE];
	int64_t now;
	enum rc rc;

	rc = basket_new(sh.db, token, &m.basket, &e);
	if (rc == RC_OK)
		rc = basket_add(sh.db, m.basket, 1, 2, &outcome, &now, &e);
	if (rc == RC_OK)
		rc = db_unit(sh.db, merge, &m, &e);
	return rc;
}

static enum rc
see_address(void *ctx, const struct address *a, struct error *e)
{
	(void)ctx;
	(void)a;
	(void)e;
	return RC_OK;
}

static enum rc
write_book(int64_t id)
{
	char country[] = "GB", name[] = "A", line[] = "B", none[] = "",
	     town[] = "C", code[] = "SW1A 1AA";
	struct address a = { 0, country, name, line, none, town, none, code,
		none };
	struct error e = ERROR_NONE;
	struct address found = { 0 };
	enum rc rc;

	rc = address_save(sh.db, id, &a, PEOPLE_NOW, &e);
	if (rc == RC_OK)
		rc = address_book(sh.db, id, see_address, NULL, &e);
	if (rc == RC_OK)
		rc = address_get(sh.db, id, a.id, &found, &e);
	address_release(&found);
	return rc;
}

static enum rc
leave(int64_t id)
{
	struct error e = ERROR_NONE;
	struct customer c = { 0 };
	struct buf b;
	enum rc rc;

	buf_init(&b, MYDATA_MAX);
	rc = customer_rename(sh.db, id, "Other", &e);
	if (rc == RC_OK)
		rc = customer_by_user(sh.db, user, &c, &e);
	customer_release(&c);
	if (rc == RC_OK)
		rc = mydata_export(sh.db, id, PEOPLE_NOW, &b, &e);
	if (rc == RC_OK)
		rc = mydata_erase(sh.db, id, "", PEOPLE_NOW, &e);
	if (rc == RC_OK)
		rc = purge_old(sh.db, &cheap, PEOPLE_NOW, NULL, &e);
	buf_release(&b);
	return rc;
}

static enum rc
live(void)
{
	char token[TOKEN_SIZE];
	int64_t id = 0;
	enum rc rc;

	name_all();
	rc = enlist(&id);
	if (rc == RC_OK)
		rc = come_in(id, token);
	if (rc == RC_OK)
		rc = link_up(id);
	if (rc == RC_OK)
		rc = shop_around(id);
	if (rc == RC_OK)
		rc = write_book(id);
	if (rc == RC_OK)
		rc = leave(id);
	return rc;
}

/* A unit that failed left nothing: no account has a proven address without a
 * way in, no basket is lost, no session is of nobody. */
static void
check_whole(const struct settings *s)
{
	is_int(people_count(s,
		   "SELECT COUNT(*) FROM customer WHERE proven_key IS NOT NULL"
		   " AND password = ''"),
	    0, "accounts without a way in");
	is_int(people_count(s,
		   "SELECT COUNT(*) FROM session s LEFT JOIN customer c"
		   " ON c.id = s.customer_id WHERE c.id IS NULL"),
	    0, "sessions of nobody");
	is_int(people_count(s,
		   "SELECT COUNT(*) FROM customer WHERE erased_at > 0 AND"
		   " (email <> '' OR name <> '' OR user_key IS NOT NULL)"),
	    0, "half erased");
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&sh, s))
		return;
	cheap = *s;
	people_cheap(&cheap);
	/* One place does all of it. */
	cheap.login_place_burst = 10000;
	shop_hat(&sh, "1", "Fez");
	ok(torture("accounts", live) > 10, "allocations were failed");
	ok(shop_db_torture("accounts", live) > 60, "calls were failed");
	check_whole(s);
	shop_close(&sh);
}

int
main(void)
{
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
