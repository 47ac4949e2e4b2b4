#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "shop/tally.h"

void
tally_who(char who[HASH_SIZE], const char *kind, const char *key)
{
	char text[400];
	int n;

	/* No kind of ours has a blank; a key is far shorter, and of one that
	 * is not the beginning names the bucket. */
	n = snprintf(text, sizeof(text), "%s %s", kind, key);
	hash_hex(
	    text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1, who);
}

void
tally_place(char place[PLACE_SIZE], const char *remote_addr)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff };
	unsigned char ip[16];
	char text[INET6_ADDRSTRLEN];

	place[0] = '\0';
	if (remote_addr == NULL)
		return;
	if (inet_pton(AF_INET, remote_addr, ip) == 1) {
		(void)inet_ntop(AF_INET, ip, place, PLACE_SIZE);
		return;
	}
	if (inet_pton(AF_INET6, remote_addr, ip) != 1)
		return;
	if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
		(void)inet_ntop(AF_INET, ip + 12, place, PLACE_SIZE);
		return;
	}
	memset(ip + 8, 0, 8);
	if (inet_ntop(AF_INET6, ip, text, sizeof(text)) != NULL)
		(void)snprintf(place, PLACE_SIZE, "%s/64", text);
}

/* ---- buckets: how full they are is the seconds until they are empty ---- */

/* What is left of level at the time `at`; a clock that was set back drains
 * nothing. */
static int64_t
left(int64_t level, int64_t at, int64_t now)
{
	int64_t gone = now > at ? now - at : 0;

	return level > gone ? level - gone : 0;
}

static int64_t
wait_of(int64_t level, const struct tally_rule *rule)
{
	int64_t over = level + rule->drain - rule->burst * rule->drain;

	return over > 0 ? over : 0;
}

static enum rc
read_level(struct db *db, const char *who, int64_t now, int64_t *level,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*level = 0;
	rc = db_one(db, SQL_TALLY_READ, &rows, e, db_text(who));
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*level = left(db_col_int(rows, 0), db_col_int(rows, 1), now);
	db_done(rows);
	return RC_OK;
}

enum rc
tally_wait(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, int64_t *seconds, struct error *e)
{
	int64_t level;
	enum rc rc;

	*seconds = 0;
	rc = read_level(db, who, now, &level, e);
	if (rc == RC_OK)
		*seconds = wait_of(level, rule);
	return rc;
}

struct counting {
	const char *who;
	const struct tally_rule *rule;
	int64_t now;
	int64_t by; /* seconds to fill, or to drain when below 0 */
	bool may_wait;
	int64_t seconds;
};

/* The row is made where there is none, and locked by that. */
static enum rc
count(struct db *db, void *ctx, struct error *e)
{
	struct counting *c = ctx;
	int64_t level, most = c->rule->burst * c->rule->drain;
	enum rc rc;

	c->seconds = 0;
	rc = db_run(db, SQL_TALLY_LOCK, e, db_text(c->who), db_int(c->now));
	if (rc == RC_OK)
		rc = read_level(db, c->who, c->now, &level, e);
	if (rc != RC_OK)
		return rc;
	if (c->may_wait) {
		c->seconds = wait_of(level, c->rule);
		if (c->seconds > 0)
			return RC_OK;
	}
	level += c->by;
	if (level > most)
		level = most;
	if (level < 0)
		level = 0;
	return db_run(db, SQL_TALLY_SET, e, db_int(level), db_int(c->now),
	    db_text(c->who));
}

enum rc
tally_take(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, int64_t *seconds, struct error *e)
{
	struct counting c = { who, rule, now, rule->drain, true, 0 };
	enum rc rc;

	*seconds = 0;
	rc = db_unit_or_inside(db, count, &c, e);
	if (rc == RC_OK)
		*seconds = c.seconds;
	return rc;
}

enum rc
tally_give_back(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, struct error *e)
{
	struct counting c = { who, rule, now, -rule->drain, false, 0 };

	return db_unit_or_inside(db, count, &c, e);
}

enum rc
tally_add(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, struct error *e)
{
	struct counting c = { who, rule, now, rule->drain, false, 0 };

	return db_unit_or_inside(db, count, &c, e);
}

static enum rc
forget(struct db *db, void *ctx, struct error *e)
{
	return db_run(db, SQL_TALLY_CLEAR, e, db_text(ctx));
}

enum rc
tally_clear(struct db *db, const char *who, struct error *e)
{
	char copy[HASH_SIZE];

	(void)snprintf(copy, sizeof(copy), "%s", who);
	return db_unit_or_inside(db, forget, copy, e);
}
