#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "db/db.h"
#include "shop/hold.h"
#include "stock/link.h"
#include "stock/master.h"
#include "t/books-chaos.h"

struct random chaos_random;
size_t chaos_regrets;

static int64_t deaths, sleeps;
static const char *plant = "";

static int64_t
per_mille(const char *name)
{
	int64_t n = 0;

	return num_parse(getenv(name), 0, 1000, &n) == RC_OK ? n : 0;
}

void
chaos_begin(uint64_t seed)
{
	chaos_random.state = seed;
	deaths = per_mille("BOOKS_DEATHS");
	sleeps = per_mille("BOOKS_SLEEPS");
	chaos_regrets = (size_t)per_mille("BOOKS_REGRETS");
	plant = getenv("BOOKS_PLANT");
	if (plant == NULL)
		plant = "";
}

void
chaos_end(void)
{
	deaths = sleeps = 0;
}

bool
chaos_plant(const char *bug)
{
	return strcmp(plant, bug) == 0;
}

bool
chaos_chance(size_t percent)
{
	return random_below(&chaos_random, 100) < percent;
}

static bool
happens(int64_t per_thousand)
{
	return (int64_t)random_below(&chaos_random, 1000) < per_thousand;
}

/* Around a commit; long: one of ten sleeps outlasts what others wait. */
static void
blow(bool is_long)
{
	if (happens(deaths))
		raise(SIGKILL);
	if (!happens(sleeps))
		return;
	if (is_long && random_below(&chaos_random, 3) == 0)
		usleep(3700000);
	else
		usleep((useconds_t)random_below(&chaos_random, 400000));
}

/*** The sales database ***/

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	enum rc rc;

	blow(false);
	rc = __real_db_unit(db, fn, ctx, e);
	blow(false);
	return rc;
}

/*** The stock system ***/

enum rc __real_link_do(
    struct link *l, const char *sql, struct error *e) CHECKED;
enum rc __wrap_link_do(
    struct link *l, const char *sql, struct error *e) CHECKED;

enum rc
__wrap_link_do(struct link *l, const char *sql, struct error *e)
{
	bool commits = strcmp(sql, "COMMIT") == 0;
	enum rc rc;

	/* the bug: what a lock's time-out left of it is kept */
	if (chaos_plant("commit") && strcmp(sql, "ROLLBACK") == 0 &&
	    link_fault(l) == FAULT_BUSY)
		sql = "COMMIT";
	if (commits)
		blow(true);
	rc = __real_link_do(l, sql, e);
	if (commits)
		blow(false);
	return rc;
}

enum rc __real_link_run(struct link_query *q, const char *const *args,
    size_t nargs, struct error *e) CHECKED;
enum rc __wrap_link_run(struct link_query *q, const char *const *args,
    size_t nargs, struct error *e) CHECKED;

enum rc
__wrap_link_run(struct link_query *q, const char *const *args, size_t nargs,
    struct error *e)
{
	/* the bug: the no is said and not written */
	if (chaos_plant("refused") && nargs == 4 &&
	    strcmp(args[2], "refused") == 0)
		return RC_OK;
	return __real_link_run(q, args, nargs, e);
}

enum rc __real_master_take(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e) CHECKED;
enum rc __wrap_master_take(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e) CHECKED;

/* RC_NOTFOUND: no claim to be seen. */
static enum rc
look(const struct master *m, const char *attempt, struct error *e)
{
	const char *const args[] = { attempt };
	struct link_query *q = NULL;
	struct link *l = NULL;
	enum fault fault;
	enum rc rc;

	rc = link_open(m->settings, &l, &fault, e);
	if (rc == RC_OK)
		rc = link_prepare(
		    l, "SELECT 1 FROM hatshop.claim WHERE attempt = ?", &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 1, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	link_free(q);
	link_close(l);
	return rc;
}

enum rc
__wrap_master_take(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e)
{
	struct error ours = ERROR_NONE;
	enum rc rc = __real_master_take(m, attempt, lines, n, answer, why, e);

	/* the bug: instead of asking again one looks, and believes it */
	if (rc == RC_OK || !chaos_plant("look") ||
	    look(m, attempt, &ours) != RC_NOTFOUND)
		return rc;
	*answer = MASTER_REFUSED;
	error_clear(e);
	return RC_OK;
}
