/*
 * Why a person must look at an order: the reasons in one column, the oldest
 * first, with "; " between.  No reason has that within it, so that one can be
 * taken back by itself.  What has a deadline stands before all, and the column's
 * deadline is of the first.  What there is no room for is in the journal.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/token.h"
#include "shop/journal.h"
#include "shop/order.h"

#define BETWEEN "; "
#define BETWEEN_LEN (sizeof(BETWEEN) - 1)
#define MORE "and more: see the journal"
#define MORE_LEN (sizeof(MORE) - 1)

#define COLUMN 512 /* bytes */
#define ROOM (COLUMN - BETWEEN_LEN - MORE_LEN)

struct call {
	struct db *db;
	int64_t order, since, deadline;
	char was[COLUMN + 1], now[COLUMN + 1];
	size_t n; /* bytes of now */
	bool more;
};

/* One line, as long as fits, and nothing that looks like two. */
static void
make_reason(char *out, const char *text)
{
	text_fit(out, ROOM + 1, text);
	for (char *c = out; (c = strstr(c, BETWEEN)) != NULL;)
		*c = ',';
}

/* Cut the first reason off; NULL after the last. */
static char *
next_reason(char **rest)
{
	char *at = *rest, *end;

	if (*at == '\0')
		return NULL;
	end = strstr(at, BETWEEN);
	*rest = end != NULL ? end + BETWEEN_LEN : at + strlen(at);
	if (end != NULL)
		*end = '\0';
	return at;
}

/*** The row ***/

/* Locked: who calls at the same moment waits, and reads what we wrote. */
static enum rc
load(struct call *c, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_run(c->db, SQL_PARCEL_LOCK_ORDER, e, db_int(c->order));

	if (rc == RC_OK)
		rc = db_one(
		    c->db, SQL_ORDER_ATTENTION_OF, &rows, e, db_int(c->order));
	if (rc != RC_OK)
		return rc;
	text_copy(c->was, sizeof(c->was), db_col_text(rows, 0));
	c->since = db_col_int(rows, 1);
	c->deadline = db_col_int(rows, 2);
	db_done(rows);
	return RC_OK;
}

static enum rc
save(struct call *c, struct error *e)
{
	if (c->more)
		(void)snprintf(c->now + c->n, sizeof(c->now) - c->n, "%s%s",
		    c->n > 0 ? BETWEEN : "", MORE);
	if (c->now[0] == '\0')
		c->since = c->deadline = 0;
	else if (c->since == 0)
		c->since = clock_now();
	return db_run(c->db, SQL_ORDER_ATTENTION, e, db_text(c->now),
	    db_int(c->since), db_int(c->deadline), db_int(c->order));
}

static enum rc
tell_more(struct call *c, const char *reason, struct error *e)
{
	char once[JOURNAL_ONCE_SIZE], hash[HASH_SIZE];

	c->more = true;
	hash_hex(reason, strlen(reason), hash);
	(void)snprintf(
	    once, sizeof(once), "look %" PRId64 " %s", c->order, hash);
	return journal_add(
	    c->db, c->order, "look", "shop", reason, once, clock_now(), e);
}

static enum rc
put(struct call *c, const char *reason, struct error *e)
{
	size_t between = c->n > 0 ? BETWEEN_LEN : 0, n = strlen(reason);

	if (strcmp(reason, MORE) == 0) {
		c->more = true;
		return RC_OK;
	}
	if (c->n + between + n > ROOM)
		return tell_more(c, reason, e);
	memcpy(c->now + c->n, BETWEEN, between);
	memcpy(c->now + c->n + between, reason, n + 1);
	c->n += between + n;
	return RC_OK;
}

/*** Calls ***/

static enum rc
add(struct call *c, const char *reason, int64_t deadline, struct error *e)
{
	bool there = false, first = deadline > 0 && (c->deadline == 0 ||
							deadline < c->deadline);
	char *rest = c->was, *r;
	enum rc rc = RC_OK;

	if (first) {
		c->deadline = deadline;
		rc = put(c, reason, e);
	}
	while (rc == RC_OK && (r = next_reason(&rest)) != NULL) {
		bool same = strcmp(r, reason) == 0;

		there |= same;
		if (!first || !same)
			rc = put(c, r, e);
	}
	if (rc == RC_OK && !first && !there)
		rc = put(c, reason, e);
	return rc == RC_OK ? save(c, e) : rc;
}

enum rc
order_urgent(struct db *db, int64_t order, const char *why, int64_t deadline,
    struct error *e)
{
	struct call c = { .db = db, .order = order };
	char reason[COLUMN + 1];
	enum rc rc = load(&c, e);

	make_reason(reason, why);
	return rc == RC_OK && reason[0] != '\0' ? add(&c, reason, deadline, e)
						: rc;
}

enum rc
order_attention(struct db *db, int64_t order, const char *why, struct error *e)
{
	return order_urgent(db, order, why, 0, e);
}

enum rc
order_attended(struct db *db, int64_t order, const char *words, struct error *e)
{
	struct call c = { .db = db, .order = order };
	char wanted[COLUMN + 1], *rest = c.was, *r;
	bool first = true;
	enum rc rc = load(&c, e);

	make_reason(wanted, words);
	while (rc == RC_OK && (r = next_reason(&rest)) != NULL) {
		if (strcmp(r, MORE) == 0 || strstr(r, wanted) == NULL)
			rc = put(&c, r, e);
		else if (first)
			c.deadline = 0;
		first = false;
	}
	return rc == RC_OK ? save(&c, e) : rc;
}

enum rc
order_seen(struct db *db, int64_t order, const char *witness, const char *why,
    bool *was, struct error *e)
{
	struct call c = { .db = db, .order = order };
	char detail[2 * COLUMN];
	enum rc rc = load(&c, e);

	*was = rc == RC_OK && c.was[0] != '\0';
	if (!*was)
		return rc;
	(void)snprintf(detail, sizeof(detail), "%s%s%s", why,
	    why[0] != '\0' ? ": " : "", c.was);
	detail[text_clip(detail, strlen(detail), COLUMN)] = '\0';
	rc = journal_add(
	    db, order, "seen", witness, detail, NULL, clock_now(), e);
	return rc == RC_OK ? save(&c, e) : rc;
}
