/* The mirror's freshness, and the lease that lets one syncd write it. */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/mirror.h"
#include "t/shop.h"

static void
the_mirror_is_fresh_only_when_confirmed_in_time_and_whole(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct mirror m;
	struct shop sh;
	bool fresh;

	if (!shop_open(&sh, s))
		return;
	ok(mirror_read(sh.db, &m, &e) == RC_OK && m.confirmed_at == 0 &&
		m.source[0] == '\0' && !m.partial,
	    "nothing at first: %s", e.text);
	ok(mirror_fresh(sh.db, 60, 0, &fresh, &e) == RC_OK && !fresh,
	    "never confirmed is not fresh, whatever the clock says");
	sales_sql(s, "UPDATE mirror SET confirmed_at = 1000, source = 'a:1',"
		     " mode = 'poll', items = 3, visible = 2, flawed = 1,"
		     " problem = 'none', problem_at = 9, pictures = 7,"
		     " broken = 4, published_at = 900");
	ok(mirror_fresh(sh.db, 60, 1060, &fresh, &e) == RC_OK && fresh,
	    "in time");
	ok(mirror_fresh(sh.db, 60, 1061, &fresh, &e) == RC_OK && !fresh,
	    "a second late");
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_str(m.source, "a:1", "source");
	is_str(m.mode, "poll", "mode");
	is_str(m.problem, "none", "problem");
	is_int(m.confirmed_at, 1000, "confirmed");
	is_int(m.published_at, 900, "published");
	is_int(m.problem_at, 9, "since when");
	is_int(m.items, 3, "items");
	is_int(m.visible, 2, "visible");
	is_int(m.flawed, 1, "flawed");
	is_int(m.pictures, 7, "pictures");
	is_int(m.broken, 4, "broken");
	sales_sql(s, "UPDATE mirror SET partial = 1");
	ok(mirror_fresh(sh.db, 60, 1000, &fresh, &e) == RC_OK && !fresh,
	    "half published");
	shop_close(&sh);
}

static struct lease
lease_of(const char *holder)
{
	struct lease l = { .name = "mirror" };

	(void)snprintf(l.holder, sizeof(l.holder), "%s", holder);
	return l;
}

static enum rc
take(struct shop *sh, struct lease *l, struct error *e)
{
	error_clear(e);
	return lease_take(sh->db, l, 10, e);
}

static enum rc
check(struct db *db, void *ctx, struct error *e)
{
	return lease_check(db, ctx, e);
}

static enum rc
checked(struct shop *sh, struct lease *l, struct error *e)
{
	error_clear(e);
	return db_unit(sh->db, check, l, e);
}

static void
a_lease_has_one_holder_and_a_rising_fence(const struct settings *s)
{
	struct lease a = lease_of("host:1:a"), b = lease_of("host:2:b");
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	ok(take(&sh, &a, &e) == RC_OK && a.fence == 1, "the first: %s", e.text);
	ok(take(&sh, &a, &e) == RC_OK && a.fence == 1, "renewed");
	ok(take(&sh, &b, &e) == RC_CONFLICT && b.fence == 0,
	    "refused to another");
	ok(strstr(e.text, "host:1:a") != NULL &&
		strstr(e.text, "until 2") != NULL,
	    "who has it, and until when: %s", e.text);
	ok(checked(&sh, &a, &e) == RC_OK, "the holder may write");
	ok(checked(&sh, &b, &e) == RC_DENIED, "another may not: %s", e.text);
	sales_sql(s, "UPDATE lease SET expires_at = 1");
	ok(checked(&sh, &a, &e) == RC_OK, "late, but nobody took over");
	ok(take(&sh, &a, &e) == RC_OK && a.fence == 1, "renewed late");
	sales_sql(s, "UPDATE lease SET expires_at = 1");
	ok(take(&sh, &b, &e) == RC_OK && b.fence == 2, "taken over");
	ok(checked(&sh, &a, &e) == RC_DENIED,
	    "who slept past its lease changes nothing: %s", e.text);
	ok(take(&sh, &a, &e) == RC_CONFLICT, "nor takes it back");
	error_clear(&e);
	ok(lease_drop(sh.db, &a, &e) == RC_OK && checked(&sh, &b, &e) == RC_OK,
	    "nor drops what is no longer its own");
	ok(lease_drop(sh.db, &b, &e) == RC_OK, "dropped");
	ok(checked(&sh, &b, &e) == RC_DENIED, "then it is nobody's");
	ok(take(&sh, &a, &e) == RC_OK && a.fence == 3, "and free at once");
	a.fence = 0;
	ok(take(&sh, &a, &e) == RC_OK && a.fence == 4,
	    "who has forgotten its fence is a new holder");
	shop_close(&sh);
}

#define TAKERS 8

static void
of_eight_at_once_one_gets_the_lease(const struct settings *s)
{
	pid_t pids[TAKERS];
	int i, status, won = 0, lost = 0;
	struct error e = ERROR_NONE;
	char holder[20];
	struct lease l;
	struct shop sh;
	enum rc rc;

	for (i = 0; i < TAKERS; i++) {
		fflush(stdout);
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		(void)snprintf(holder, sizeof(holder), "child:%d", i);
		l = lease_of(holder);
		rc = words_new(&sh.words, &e);
		if (rc == RC_OK)
			rc = db_open(s, DB_WRITE, &sh.db, &e);
		if (rc == RC_OK)
			rc = take(&sh, &l, &e);
		if (rc != RC_OK && rc != RC_CONFLICT)
			fprintf(stderr, "# taker: %s\n", e.text);
		_exit(rc == RC_OK ? 10 : rc == RC_CONFLICT ? 11 : 12);
	}
	for (i = 0; i < TAKERS; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] ||
		    !WIFEXITED(status))
			continue;
		won += WEXITSTATUS(status) == 10;
		lost += WEXITSTATUS(status) == 11;
	}
	is_int(won, 1, "winner");
	is_int(lost, TAKERS - 1, "polite losers");
}

/* The holder's unit, with a rival who takes over in the middle of it. */
struct middle {
	struct shop *sh;
	struct lease *l;
	int go, done; /* pipes to and from the rival */
	int tries;
};

static enum rc
publish_slowly(struct db *db, void *ctx, struct error *e)
{
	struct middle *m = ctx;
	struct pollfd p = { .fd = m->done, .events = POLLIN };
	struct item_news news = {
		.key = "slow", .name = "Slow Hat", .price = 1, .visible = true
	};
	bool changed;
	enum rc rc;

	m->tries++;
	rc = lease_check(db, m->l, e);
	if (rc != RC_OK)
		return rc;
	if (write(m->go, "g", 1) != 1)
		return RC_IO;
	ok(poll(&p, 1, 300) == 0, "the rival waits for the unit's end");
	return item_publish(db, m->sh->words, &news, 1, &changed, e);
}

static void
rival(const struct settings *s, int go, int done)
{
	struct lease l = lease_of("rival");
	struct error e = ERROR_NONE;
	struct item it = { 0 };
	struct shop sh = { 0 };
	char c;
	enum rc rc;

	rc = db_open(s, DB_WRITE, &sh.db, &e);
	if (rc == RC_OK && read(go, &c, 1) != 1)
		rc = RC_IO;
	if (rc == RC_OK)
		rc = take(&sh, &l, &e);
	if (rc == RC_OK && l.fence != 2)
		rc = RC_INVALID;
	/* What the holder wrote before is there. */
	if (rc == RC_OK)
		rc = item_by_slug(sh.db, "slow-hat", &it, &e);
	item_release(&it);
	if (rc != RC_OK)
		fprintf(stderr, "# rival: %s %s\n", rc_name(rc), e.text);
	if (write(done, "d", 1) != 1)
		rc = RC_IO;
	db_close(sh.db);
	_exit(rc == RC_OK ? 0 : 1);
}

static void
a_takeover_waits_for_the_holders_unit(const struct settings *s)
{
	struct lease l = lease_of("holder");
	int go[2], done[2], status = 1;
	struct error e = ERROR_NONE;
	struct middle m = { 0 };
	struct shop sh;
	pid_t pid;

	if (!shop_open(&sh, s))
		return;
	ok(take(&sh, &l, &e) == RC_OK, "held: %s", e.text);
	sales_sql(s, "UPDATE lease SET expires_at = 1");
	shop_close(&sh); /* a child must not inherit the link */
	if (!ok(pipe(go) == 0 && pipe(done) == 0, "pipes"))
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		rival(s, go[0], done[1]);
	if (!shop_open(&sh, s))
		return;
	m = (struct middle){ .sh = &sh, .l = &l, .go = go[1], .done = done[0] };
	ok(db_unit(sh.db, publish_slowly, &m, &e) == RC_OK, "published: %s",
	    e.text);
	is_int(m.tries, 1, "tries");
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0,
	    "the rival took over and saw it");
	ok(checked(&sh, &l, &e) == RC_DENIED, "the holder is one no more");
	close(go[0]);
	close(go[1]);
	close(done[0]);
	close(done[1]);
	shop_close(&sh);
}

static struct shop tortured;

static enum rc
use_lease(void)
{
	struct lease l = lease_of("tortured");
	struct error e = ERROR_NONE;
	struct mirror m;
	bool fresh;
	enum rc rc;

	rc = lease_take(tortured.db, &l, 0, &e);
	if (rc == RC_OK)
		rc = db_unit(tortured.db, check, &l, &e);
	if (rc == RC_OK)
		rc = mirror_read(tortured.db, &m, &e);
	if (rc == RC_OK)
		rc = mirror_fresh(tortured.db, 1, 1, &fresh, &e);
	if (rc == RC_OK)
		rc = lease_drop(tortured.db, &l, &e);
	return rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	ok(torture("lease", use_lease) >= 0, "allocations were failed");
	ok(shop_db_torture("lease", use_lease) > 5, "calls were failed");
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(the_mirror_is_fresh_only_when_confirmed_in_time_and_whole);
	RUN_EACH(a_lease_has_one_holder_and_a_rising_fence);
	RUN_EACH(of_eight_at_once_one_gets_the_lease);
	RUN_EACH(a_takeover_waits_for_the_holders_unit);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
