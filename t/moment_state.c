/*
 * What holds at a moment, in one line, and what must hold in the end.
 */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "shop/payment.h"
#include "t/moment_impl.h"

static const char *
goods_name(enum payment_goods goods)
{
	switch (goods) {
	case GOODS_NOT_ASKED:
		return "not asked";
	case GOODS_ASKED:
		return "asked";
	case GOODS_TAKEN:
		return "taken";
	case GOODS_REFUSED:
		return "refused";
	case GOODS_GIVEN_BACK:
		return "given back";
	}
	return "?";
}

static enum rc
put_attempt(void *ctx, const struct payment *p, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_printf(
	    b, " | %s, %s", payment_state_name(p->state), goods_name(p->goods));
	return RC_OK;
}

static void
put_order(struct moment *m, struct buf *b)
{
	struct error e = ERROR_NONE;
	struct order o;

	if (order_load(m->second.db, m->order, &o, &e) != RC_OK) {
		ok(0, "order: %s", e.text);
		return;
	}
	buf_printf(b, "order %s", order_state_name(o.state));
	if (o.attention[0] != '\0')
		buf_printf(b, " (attention: %s)", o.attention);
	order_release(&o);
	if (payment_list(m->second.db, m->order, put_attempt, b, &e) != RC_OK)
		ok(0, "attempts: %s", e.text);
}

/* What a query of text gives, or "none". */
static void
put_query(struct moment *m, bool stock, const char *query, struct buf *b)
{
	const struct settings *s = stock ? m->stock : m->sh.settings;
	char text[300], *nl;

	(void)sales_text(s, query, text, sizeof(text));
	while ((nl = strchr(text, '\n')) != NULL)
		*nl = ',';
	buf_printf(b, " | %s", text[0] != '\0' ? text : "none");
}

static void
put_money(const struct moment *m, struct buf *b)
{
	static const char *const pages[] = { "open", "at bank", "paid",
		"closed" };

	for (size_t i = 0; i < *m->ntills; i++) {
		const struct till *t = &m->tills[i];

		buf_puts(b, i == 0 ? " | " : ", ");
		if (t->money == MONEY_NONE)
			buf_printf(b, "page %s", pages[t->page]);
		else
			buf_printf(b, "%s %" PRId64,
			    t->money == MONEY_TAKEN      ? "took"
			    : t->money == MONEY_RESERVED ? "reserved"
							 : "freed",
			    t->amount);
	}
}

const char *
moment_state(struct moment *m)
{
	bool mysql = m->sh.settings->db_engine != ENGINE_SQLITE;
	char sql[400];
	struct buf b;

	buf_init(&b, sizeof(m->state) - 1);
	put_order(m, &b);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT CONCAT(kind, ' ', item, ' ', qty, IF(returned > 0,"
	    " CONCAT('-', returned), '')) FROM %s.claim ORDER BY kind, item",
	    m->own);
	put_query(m, true, sql, &b);
	put_query(m, false,
	    mysql ? "SELECT CONCAT('held ', i.source_key, ' ', i.held)"
		    " FROM item i WHERE held <> 0 ORDER BY i.source_key"
		  : "SELECT 'held ' || i.source_key || ' ' || i.held"
		    " FROM item i WHERE held <> 0 ORDER BY i.source_key",
	    &b);
	put_query(
	    m, true, "SELECT CAST(qty AS CHAR) FROM level ORDER BY sku", &b);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT CAST(qty AS CHAR) FROM basket_line WHERE basket_id ="
	    " %" PRId64 " ORDER BY item_id",
	    m->basket);
	put_query(m, false, sql, &b);
	put_money(m, &b);
	(void)snprintf(m->state, sizeof(m->state), "%s", buf_str(&b));
	buf_release(&b);
	return m->state;
}

static int64_t
number(struct moment *m, const char *query)
{
	char text[100];
	int64_t n = -1;

	if (num_parse(sales_text(m->sh.settings, query, text, sizeof(text)),
		INT64_MIN, INT64_MAX, &n) != RC_OK)
		return -1;
	return n;
}

static bool
money_is(const struct moment *m, int64_t paid)
{
	int64_t taken = 0;
	int captures = 0;

	for (size_t i = 0; i < *m->ntills; i++) {
		if (m->tills[i].money == MONEY_RESERVED)
			return false;
		if (m->tills[i].money == MONEY_TAKEN)
			taken += m->tills[i].amount;
		captures += m->tills[i].captures;
	}
	return taken == paid * 2000 && captures == paid;
}

void
moment_books(struct moment *m, const char *when)
{
	int64_t paid = number(
	    m, "SELECT CAST(COUNT(*) AS CHAR) FROM orders WHERE state = 3");
	const char *state = moment_state(m);
	bool good;

	good =
	    money_is(m, paid) &&
	    number(m, "SELECT CAST(COUNT(*) AS CHAR) FROM orders WHERE"
		      " state IN (3, 5) AND attention = '' AND"
		      " captured = CASE state WHEN 3 THEN total ELSE 0"
		      " END") == 1 &&
	    number(m, "SELECT CAST(COUNT(*) AS CHAR) FROM payment"
		      " WHERE state NOT IN (6, 8, 9, 10) OR goods = 4") == 0 &&
	    number(m, "SELECT CAST(COUNT(*) AS CHAR) FROM outbox") ==
		2 * paid &&
	    number(m, "SELECT CAST(SUM(held) AS CHAR) FROM item") == 0 &&
	    number(m, "SELECT CAST(COUNT(*) AS CHAR) FROM hold"
		      " WHERE state = 1") == 0 &&
	    number(m, "SELECT CAST(SUM(level) AS CHAR) FROM item") ==
		10 - 3 * paid - m->sold[0] - m->sold[1] &&
	    moment_number(m, "SELECT qty FROM level WHERE sku = 'A'") ==
		5 - paid - m->sold[0] &&
	    moment_number(m, "SELECT qty FROM level WHERE sku = 'B'") ==
		5 - 2 * paid - m->sold[1] &&
	    moment_number(m, "SELECT MIN(qty) FROM level") >= 0;
	ok(good, "%s: the books balance: %s", when, state);
}

/*** Deaths ***/

static void
die_here(struct moment *m)
{
	(void)m;
	raise(SIGKILL);
}

/* No connection is shared with the child. */
bool
moment_death(struct moment *m, const char *place, int n)
{
	pid_t pid;
	int status = 0;

	db_close(m->first.db);
	db_close(m->second.db);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		moment_runner_open(m, &m->first);
		moment_at(m, place, n, die_here);
		moment_advance(m);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	moment_runner_open(m, &m->first);
	moment_runner_open(m, &m->second);
	moment_link_is_gone();
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
