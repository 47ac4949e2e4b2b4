#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/token.h"
#include "t/shop.h"

enum rc __real_db_run_(struct db *, enum sql, int64_t *, struct error *,
    const struct db_arg *, size_t);
enum rc __wrap_db_run_(struct db *, enum sql, int64_t *, struct error *,
    const struct db_arg *, size_t);
enum rc __real_db_ask_(struct db *, enum sql, struct db_rows **, struct error *,
    const struct db_arg *, size_t);
enum rc __wrap_db_ask_(struct db *, enum sql, struct db_rows **, struct error *,
    const struct db_arg *, size_t);
enum rc __real_db_one_(struct db *, enum sql, struct db_rows **, struct error *,
    const struct db_arg *, size_t);
enum rc __wrap_db_one_(struct db *, enum sql, struct db_rows **, struct error *,
    const struct db_arg *, size_t);
enum rc __real_db_next(struct db_rows *, struct error *);
enum rc __wrap_db_next(struct db_rows *, struct error *);

static struct {
	int fail_at; /* 1: the next one; 0: none */
	int seen;
} state;

static bool
fails(struct error *e)
{
	state.seen++;
	if (state.seen != state.fail_at)
		return false;
	error_set(e, RC_DB, "the test fails this call");
	return true;
}

enum rc
__wrap_db_run_(struct db *db, enum sql id, int64_t *changed, struct error *e,
    const struct db_arg *args, size_t nargs)
{
	return fails(e) ? RC_DB
			: __real_db_run_(db, id, changed, e, args, nargs);
}

enum rc
__wrap_db_ask_(struct db *db, enum sql id, struct db_rows **rows,
    struct error *e, const struct db_arg *args, size_t nargs)
{
	*rows = NULL;
	return fails(e) ? RC_DB : __real_db_ask_(db, id, rows, e, args, nargs);
}

enum rc
__wrap_db_one_(struct db *db, enum sql id, struct db_rows **rows,
    struct error *e, const struct db_arg *args, size_t nargs)
{
	*rows = NULL;
	return fails(e) ? RC_DB : __real_db_one_(db, id, rows, e, args, nargs);
}

enum rc
__wrap_db_next(struct db_rows *rows, struct error *e)
{
	return fails(e) ? RC_DB : __real_db_next(rows, e);
}

int
shop_db_torture(const char *what, enum rc (*fn)(void))
{
	enum rc rc;
	int n;

	for (n = 1;; n++) {
		state.seen = 0;
		state.fail_at = n;
		rc = fn();
		state.fail_at = 0;
		if (state.seen < n)
			break;
		ok(rc == RC_DB, "%s: database call %d fails: %s", what, n,
		    rc_name(rc));
	}
	ok(rc == RC_OK, "%s: with %d database calls: %s", what, n - 1,
	    rc_name(rc));
	return n - 1;
}

static sales_test *running;

static void
run_on_each(void)
{
	sales_each_engine(running);
}

void
shop_run(const char *name, sales_test *test)
{
	running = test;
	tap_run(name, run_on_each);
}

bool
shop_open(struct shop *sh, const struct settings *s)
{
	struct error e = ERROR_NONE;

	memset(sh, 0, sizeof(*sh));
	sh->settings = s;
	sh->now = 1000;
	if (words_new(&sh->words, &e) == RC_OK &&
	    db_open(s, DB_WRITE, &sh->db, &e) == RC_OK)
		return true;
	shop_close(sh);
	return ok(0, "open: %s", e.text);
}

void
shop_close(struct shop *sh)
{
	db_close(sh->db);
	words_free(sh->words);
	memset(sh, 0, sizeof(*sh));
}

struct publishing {
	struct shop *sh;
	const struct item_news *news;
	const char *key; /* withdrawn when news is NULL */
	bool with_picture, changed;
};

static enum rc
publish(struct db *db, void *ctx, struct error *e)
{
	char hash[HASH_SIZE];
	struct publishing *p = ctx;
	enum rc rc;

	if (p->news == NULL)
		return item_withdraw(db, p->key, p->sh->now, &p->changed, e);
	rc =
	    item_publish(db, p->sh->words, p->news, p->sh->now, &p->changed, e);
	if (rc != RC_OK || !p->with_picture)
		return rc;
	hash_hex(p->news->key, strlen(p->news->key), hash);
	return item_picture(db, p->news->key, hash, 800, 600, e);
}

static bool
run(struct publishing *p)
{
	struct error e = ERROR_NONE;

	if (db_unit(p->sh->db, publish, p, &e) != RC_OK)
		ok(0, "%s: %s", sales_name(p->sh->settings), e.text);
	return p->changed;
}

bool
shop_publish(struct shop *sh, const struct item_news *news, bool with_picture)
{
	struct publishing p = {
		.sh = sh, .news = news, .with_picture = with_picture
	};

	return run(&p);
}

bool
shop_withdraw(struct shop *sh, const char *key)
{
	struct publishing p = { .sh = sh, .key = key };

	return run(&p);
}

int64_t
shop_id(struct shop *sh, const char *slug)
{
	struct error e = ERROR_NONE;
	struct item it;
	int64_t id;

	if (item_by_slug(sh->db, slug, &it, &e) != RC_OK)
		return 0;
	id = it.id;
	item_release(&it);
	return id;
}

enum rc
shop_join(void *ctx, const struct item *it, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	if (b->len > 0)
		buf_putc(b, '|');
	buf_puts(b, it->name);
	return buf_rc(b);
}

static void
hand_over(
    struct buf *b, enum rc rc, const struct error *e, char *out, size_t size)
{
	if (rc != RC_OK)
		ok(0, "list: %s: %s", rc_name(rc), e->text);
	(void)snprintf(out, size, "%s", buf_str(b));
	buf_release(b);
}

int64_t
shop_list(struct shop *sh, const struct item_filter *f, char *out, size_t size)
{
	struct error e = ERROR_NONE;
	int64_t total;
	struct buf b;
	enum rc rc;

	buf_init(&b, 100000);
	rc = item_list(sh->db, f, shop_join, &b, &total, &e);
	hand_over(&b, rc, &e, out, size);
	return total;
}

int64_t
shop_search(struct shop *sh, const char *query, char *out, size_t size,
    struct search_result *result)
{
	struct item_filter f = { .limit = LIMIT_PER_PAGE };
	struct search_result own;
	struct error e = ERROR_NONE;
	struct buf b;
	enum rc rc;

	if (result == NULL)
		result = &own;
	buf_init(&b, 100000);
	rc = search_items(
	    sh->db, sh->words, query, &f, true, shop_join, &b, result, &e);
	hand_over(&b, rc, &e, out, size);
	return result->total;
}
