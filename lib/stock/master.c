#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "stock/level.h"
#include "stock/mapped.h"
#include "stock/master.h"

#define NUMBER_SIZE 24

/* One call: its connection, and the lines in the key's order, so that two
 * calls lock in the same order. */
struct task {
	const struct master *m;
	struct link *l;
	struct buf own; /* the name of our schema, quoted */
	const char *attempt, *give_back;
	const struct master_line *lines[MASTER_LINES];
	size_t n;
};

/*** The connection ***/

static int
by_item(const void *a, const void *b)
{
	const struct master_line *const *x = a, *const *y = b;

	return strcmp((*x)->item, (*y)->item);
}

static enum rc
begin_task(struct task *t, const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	enum fault fault;
	enum rc rc;

	assert(n > 0 && n <= MASTER_LINES);
	memset(t, 0, sizeof(*t));
	t->m = m;
	buf_init(&t->own, MAP_SQL_SIZE);
	map_quote(&t->own, m->settings->stock_own_schema);
	t->attempt = attempt;
	t->n = n;
	for (size_t i = 0; i < n; i++) {
		assert(lines[i].qty > 0);
		t->lines[i] = &lines[i];
	}
	qsort(t->lines, n, sizeof(t->lines[0]), by_item);
	assert(m->busy == NULL || !m->busy(m->busy_ctx));
	rc = buf_rc(&t->own);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a statement");
	rc = link_open_write(m->settings, &t->l, &fault, e);
	if (rc != RC_OK)
		return rc;
	link_guard(t->l, m->busy, m->busy_ctx);
	if (m->source[0] == '\0' || strcmp(m->source, link_identity(t->l)) == 0)
		return RC_OK;
	return error_set(e, RC_DENIED,
	    "the stock system is \"%s\" and not \"%s\" that the mirror knows: "
	    "nothing is taken before syncd has published it",
	    link_identity(t->l), m->source);
}

static void
end_task(struct task *t)
{
	link_close(t->l);
	buf_release(&t->own);
}

/*** Statements ***/

/* Run a statement with its values; *changed counts the rows that it matched.
 * What fmt takes are names, quoted: values are bound. */
static enum rc change(struct task *t, const char *const *args, size_t n,
    int64_t *changed, struct error *e, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* The same for a query, whose rows are to be read.  *q is the caller's in
 * any case. */
static enum rc ask(struct task *t, const char *const *args, size_t n,
    struct link_query **q, struct error *e, const char *fmt, ...)
    PRINTF_LIKE(6, 7);

static enum rc
run(struct task *t, const char *const *args, size_t n, struct link_query **q,
    struct error *e, const char *fmt, va_list ap)
{
	struct buf sql;
	enum rc rc;

	*q = NULL;
	buf_init(&sql, MAP_SQL_SIZE);
	buf_vprintf(&sql, fmt, ap);
	rc = buf_rc(&sql);
	if (rc != RC_OK)
		(void)error_set(e, rc, "no memory for a statement");
	if (rc == RC_OK)
		rc = link_prepare(t->l, buf_str(&sql), q, e);
	if (rc == RC_OK)
		rc = link_run(*q, args, n, e);
	buf_release(&sql);
	return rc;
}

static enum rc
change(struct task *t, const char *const *args, size_t n, int64_t *changed,
    struct error *e, const char *fmt, ...)
{
	struct link_query *q;
	va_list ap;
	enum rc rc;

	*changed = 0;
	va_start(ap, fmt);
	rc = run(t, args, n, &q, e, fmt, ap);
	va_end(ap);
	if (rc == RC_OK)
		*changed = link_changed(q);
	link_free(q);
	return rc;
}

static enum rc
ask(struct task *t, const char *const *args, size_t n, struct link_query **q,
    struct error *e, const char *fmt, ...)
{
	va_list ap;
	enum rc rc;

	va_start(ap, fmt);
	rc = run(t, args, n, q, e, fmt, ap);
	va_end(ap);
	return rc;
}

/* A number as it is bound. */
static const char *
number(char out[NUMBER_SIZE], int64_t n)
{
	(void)snprintf(out, NUMBER_SIZE, "%" PRId64, n);
	return out;
}

/* RC_INVALID with FAULT_TWICE when the key is there. */
static enum rc
put_claim(struct task *t, const struct master_line *line, const char *kind,
    struct error *e)
{
	char qty[NUMBER_SIZE];
	const char *const args[] = { t->attempt, line->item, kind,
		number(qty, line->qty) };
	int64_t changed;

	return change(t, args, 4, &changed, e,
	    "INSERT INTO %s.claim (attempt, item, kind, qty)"
	    " VALUES (?, ?, ?, ?)",
	    buf_str(&t->own));
}

/* How a change of the level is to be read: one row is right, none is the
 * caller's business, more is a mapping that is not what was checked. */
static enum rc
one_row(int64_t changed, const struct master_line *line, struct error *e)
{
	if (changed <= 1)
		return RC_OK;
	return error_set(e, RC_INVALID,
	    "item \"%s\" has %" PRId64 " level rows in the stock system: "
	    "nothing was changed",
	    line->item, changed);
}

/* *few: there are not as many. */
static enum rc
lower(
    struct task *t, const struct master_line *line, bool *few, struct error *e)
{
	const struct map *m = t->m->map;
	const char *qty = m->cols[C_LEVEL_QTY].sql;
	char n[NUMBER_SIZE];
	const char *const args[] = { number(n, line->qty), line->item, n };
	int64_t changed;
	enum rc rc;

	rc = change(t, args, 3, &changed, e,
	    "UPDATE %s SET %s = %s - CAST(? AS SIGNED) WHERE %s = ?"
	    " AND %s >= CAST(? AS SIGNED) AND %s = FLOOR(%s)",
	    m->tabs[T_LEVEL].sql, qty, qty, m->cols[C_LEVEL_KEY].sql, qty, qty,
	    qty);
	*few = changed == 0;
	return rc == RC_OK ? one_row(changed, line, e) : rc;
}

static enum rc
raise_level(struct task *t, const struct master_line *line, struct error *e)
{
	const struct map *m = t->m->map;
	const char *qty = m->cols[C_LEVEL_QTY].sql;
	char n[NUMBER_SIZE];
	const char *const args[] = { number(n, line->qty), line->item };
	int64_t changed;
	enum rc rc;

	rc = change(t, args, 2, &changed, e,
	    "UPDATE %s SET %s = %s + CAST(? AS SIGNED) WHERE %s = ?"
	    " AND %s IS NOT NULL",
	    m->tabs[T_LEVEL].sql, qty, qty, m->cols[C_LEVEL_KEY].sql, qty);
	if (rc == RC_OK && changed == 0)
		rc = error_set(e, RC_INVALID,
		    "item \"%s\" has no level in the stock system any more: "
		    "%s cannot be put back",
		    line->item, n);
	return rc == RC_OK ? one_row(changed, line, e) : rc;
}

static enum rc
start(struct task *t, struct error *e)
{
	return link_do(t->l, "START TRANSACTION", e);
}

/* Whatever went wrong, nothing of the transaction may stay: after 1205 a server
 * undoes one statement only.  A link that is lost undoes it all. */
static void
undo(struct task *t)
{
	struct error e = ERROR_NONE;
	enum fault fault = link_fault(t->l);

	(void)!link_do(t->l, "ROLLBACK", &e);
	link_set_fault(t->l, fault);
}

static bool
is_twice(const struct task *t, enum rc rc)
{
	return rc == RC_INVALID && link_fault(t->l) == FAULT_TWICE;
}

/*** What became of an attempt ***/

/* The kind is one for all lines.  RC_CONFLICT when there is no claim: whoever
 * was in the way has gone back, and the caller tries again. */
static enum rc
read_kind(struct task *t, enum master_answer *answer, struct error *e)
{
	const char *const args[] = { t->attempt, t->lines[0]->item };
	struct link_query *q;
	const char *kind;
	enum rc rc;

	rc = ask(t, args, 2, &q, e,
	    "SELECT kind FROM %s.claim WHERE attempt = ? AND item = ?",
	    buf_str(&t->own));
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_NOTFOUND) {
		rc = error_set(e, RC_CONFLICT,
		    "another call for attempt \"%s\" is under way", t->attempt);
	} else if (rc == RC_OK) {
		kind = link_text(q, 0, NULL);
		*answer = kind != NULL && strcmp(kind, "take") == 0
			      ? MASTER_TAKEN
			      : MASTER_REFUSED;
	}
	link_free(q);
	return rc;
}

/* RC_NOTFOUND when it has no row.  What is odd makes all of it 0, as several rows
 * do unless they add up (R25). */
static enum rc
read_level(
    struct task *t, struct link_query *q, int64_t *level, struct error *e)
{
	int64_t rows = 0, sum = 0, n = 0;
	bool odd = false;
	enum rc rc;

	while ((rc = link_next(q, e)) == RC_OK) {
		rows++;
		odd =
		    odd || level_parse(link_text(q, 0, NULL), &n) != LEVEL_FINE;
		if (!odd)
			sum += n;
		odd = odd || sum > LEVEL_MAX;
	}
	if (rc != RC_NOTFOUND)
		return rc;
	if (rows > 1 && t->m->settings->stock_rows == ROWS_ONE)
		odd = true;
	*level = odd ? 0 : sum;
	return rows > 0 ? RC_OK : RC_NOTFOUND;
}

static enum rc
level_now(struct task *t, const char *item, int64_t *level, struct error *e)
{
	const struct map *m = t->m->map;
	const char *const args[] = { item };
	struct link_query *q;
	enum rc rc;

	*level = 0;
	rc = ask(t, args, 1, &q, e, "SELECT %s FROM %s WHERE %s = ?",
	    m->cols[C_LEVEL_QTY].sql, m->tabs[T_LEVEL].sql,
	    m->cols[C_LEVEL_KEY].sql);
	if (rc == RC_OK)
		rc = read_level(t, q, level, e);
	link_free(q);
	return rc;
}

static enum rc
commit(struct task *t, enum rc rc, struct error *e)
{
	if (rc == RC_OK)
		rc = link_do(t->l, "COMMIT", e);
	if (rc != RC_OK)
		undo(t);
	return rc;
}

/* A transaction of its own: only its row is the no. */
static enum rc
refuse(struct task *t, enum master_answer *answer, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = start(t, &why);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++)
		rc = put_claim(t, t->lines[i], "refused", &why);
	rc = commit(t, rc, &why);
	if (rc == RC_OK)
		*answer = MASTER_REFUSED;
	else if (is_twice(t, rc))
		rc = read_kind(t, answer, e);
	else
		(void)error_set(e, rc, "%s", why.text);
	return rc;
}

/*** The calls ***/

/* *few points to the line that there is too little of; then nothing is done. */
static enum rc
take_all(struct task *t, const struct master_line **few, struct error *e)
{
	bool is_few = false;
	enum rc rc;

	*few = NULL;
	rc = start(t, e);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++)
		rc = put_claim(t, t->lines[i], "take", e);
	for (size_t i = 0; i < t->n && rc == RC_OK && !is_few; i++) {
		rc = lower(t, t->lines[i], &is_few, e);
		if (is_few)
			*few = t->lines[i];
	}
	if (rc == RC_OK && is_few)
		return link_do(t->l, "ROLLBACK", e);
	return commit(t, rc, e);
}

enum rc
master_take(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e)
{
	const struct master_line *few = NULL;
	struct error reason = ERROR_NONE;
	struct task t;
	enum rc rc;

	why->item = NULL;
	why->left = 0;
	rc = begin_task(&t, m, attempt, lines, n, e);
	if (rc == RC_OK) {
		rc = take_all(&t, &few, &reason);
		if (rc == RC_OK && few == NULL)
			*answer = MASTER_TAKEN;
		else if (is_twice(&t, rc))
			rc = read_kind(&t, answer, e);
		else if (rc != RC_OK)
			(void)error_set(e, rc, "%s", reason.text);
		else
			rc = refuse(&t, answer, e);
	}
	if (rc == RC_OK && few != NULL && *answer == MASTER_REFUSED) {
		why->item = few->item;
		rc = level_now(&t, few->item, &why->left, e);
		if (rc == RC_NOTFOUND)
			rc = RC_OK;
	}
	end_task(&t);
	return rc;
}

enum rc
master_refuse(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct error *e)
{
	struct task t;
	enum rc rc;

	rc = begin_task(&t, m, attempt, lines, n, e);
	if (rc == RC_OK)
		rc = refuse(&t, answer, e);
	end_task(&t);
	return rc;
}

static enum rc
put_return(struct task *t, const struct master_line *line, struct error *e)
{
	char qty[NUMBER_SIZE];
	const char *const args[] = { t->give_back, line->item, t->attempt,
		number(qty, line->qty) };
	int64_t changed;

	return change(t, args, 4, &changed, e,
	    "INSERT INTO %s.give_back (give_back, item, attempt, qty)"
	    " VALUES (?, ?, ?, ?)",
	    buf_str(&t->own));
}

static enum rc
count_return(struct task *t, const struct master_line *line, struct error *e)
{
	char qty[NUMBER_SIZE];
	const char *const args[] = { number(qty, line->qty), t->attempt,
		line->item, qty };
	int64_t changed;
	enum rc rc;

	rc = change(t, args, 4, &changed, e,
	    "UPDATE %s.claim SET returned = returned + CAST(? AS SIGNED)"
	    " WHERE attempt = ? AND item = ? AND kind = 'take'"
	    " AND returned + CAST(? AS SIGNED) <= qty",
	    buf_str(&t->own));
	if (rc == RC_OK && changed != 1)
		rc = error_set(e, RC_INVALID,
		    "attempt \"%s\" did not take %s of item \"%s\", or has put "
		    "them back already",
		    t->attempt, qty, line->item);
	return rc;
}

/* *before: this return is there, and all lines of one are one transaction.  Only
 * our own key tells so: a trigger at the level may find a thing twice, too. */
static enum rc
give_all(struct task *t, bool *before, struct error *e)
{
	enum rc rc;

	rc = start(t, e);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++)
		rc = put_return(t, t->lines[i], e);
	*before = is_twice(t, rc);
	for (size_t i = 0; i < t->n && rc == RC_OK; i++) {
		rc = count_return(t, t->lines[i], e);
		if (rc == RC_OK)
			rc = raise_level(t, t->lines[i], e);
	}
	return commit(t, rc, e);
}

enum rc
master_give_back(const struct master *m, const char *give_back,
    const char *attempt, const struct master_line *lines, size_t n,
    struct error *e)
{
	struct error why = ERROR_NONE;
	bool before = false;
	struct task t;
	enum rc rc;

	rc = begin_task(&t, m, attempt, lines, n, e);
	if (rc == RC_OK) {
		t.give_back = give_back;
		rc = give_all(&t, &before, &why);
		if (before)
			rc = RC_OK;
		else if (rc != RC_OK)
			(void)error_set(e, rc, "%s", why.text);
	}
	end_task(&t);
	return rc;
}

enum rc
master_level(
    const struct master *m, const char *item, int64_t *level, struct error *e)
{
	const struct master_line line = { item, 1 };
	struct task t;
	enum rc rc;

	rc = begin_task(&t, m, "", &line, 1, e);
	if (rc == RC_OK)
		rc = level_now(&t, item, level, e);
	if (rc == RC_NOTFOUND)
		(void)error_set(
		    e, rc, "the stock system has no level of \"%s\"", item);
	end_task(&t);
	return rc;
}

enum rc
master_levels(const struct master *m, const struct master_line *lines, size_t n,
    int64_t *levels, struct error *e)
{
	struct task t;
	enum rc rc;

	rc = begin_task(&t, m, "", lines, n, e);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rc = level_now(&t, lines[i].item, &levels[i], e);
		if (rc == RC_NOTFOUND)
			rc = RC_OK;
	}
	end_task(&t);
	return rc;
}
