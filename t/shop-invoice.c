/* R82: numbers of invoices have no gap and are never used twice. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/invoice.h"
#include "t/shop.h"

#define AT 1000000

static void
orders(const struct settings *s, int n)
{
	char sql[500];

	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	for (int i = 1; i <= n; i++) {
		(void)snprintf(sql, sizeof(sql),
		    "INSERT INTO orders (id, uid, checkout, customer_id,"
		    " state, made_at, hold_until, next_at, currency, goods,"
		    " delivery, tax, total, captured, delivery_option, terms,"
		    " email, country, name, line1, town) VALUES (%d, 'o%d',"
		    " 'k%d', 1, 3, 1, 1, 1, 'GBP', 5000, 0, 0, 5000, 5000,"
		    " 'standard', 't', 'a@example.com', 'GB', 'A', '1', 'L')",
		    i, i, i);
		sales_sql(s, sql);
	}
}

static enum rc
add(struct db *db, void *ctx, struct error *e)
{
	return invoice_add(db, ctx, e);
}

/* Draw with what is next and commit, until it is ours. */
static enum rc
issue(struct db *db, int64_t order, int64_t refund, int64_t year, int *again,
    struct error *e)
{
	struct invoice_wish w = { .order = order,
		.refund = refund,
		.series = "INV",
		.year = year,
		.made_at = AT,
		.total = 5000,
		.tax = 833,
		.currency = "GBP",
		.bytes = "%PDF\0x",
		.len = 6 };
	enum rc rc;

	do {
		error_clear(e);
		rc = invoice_next(db, w.series, w.year, &w.n, e);
		if (rc == RC_OK)
			rc = db_unit(db, add, &w, e);
	} while (rc == RC_NOTFOUND && ++*again < 1000);
	return rc;
}

static void
numbers_run_on_within_a_year_R82(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct invoice i;
	struct shop sh;
	struct buf b;
	int again = 0;

	if (!shop_open(&sh, s))
		return;
	orders(s, 3);
	is_int(issue(sh.db, 1, 0, 2026, &again, &e), RC_OK, e.text);
	is_int(issue(sh.db, 2, 0, 2026, &again, &e), RC_OK, e.text);
	is_int(issue(sh.db, 3, 0, 2027, &again, &e), RC_OK, e.text);
	is_int(again, 0, "nobody was in the way");
	is_int(invoice_find(sh.db, "INV-2026-00002", &i, &e), RC_OK, e.text);
	is_int(i.order, 2, "the second is the second's");
	is_int(invoice_find(sh.db, "INV-2027-00001", &i, &e), RC_OK, e.text);
	is_int(i.order, 3, "a year begins with 1");
	buf_init(&b, 100);
	is_int(invoice_bytes(sh.db, i.id, &b, &e), RC_OK, e.text);
	ok(b.len == 6 && memcmp(b.s, "%PDF\0x", 6) == 0, "bytes as given");
	buf_release(&b);
	is_int(invoice_find(sh.db, "INV-2026-00003", &i, &e), RC_NOTFOUND,
	    "no further one");
	shop_close(&sh);
}

static void
an_order_has_one_invoice_and_no_number_is_lost_R82(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct shop sh;
	int64_t next = 0;
	int again = 0;

	if (!shop_open(&sh, s))
		return;
	orders(s, 1);
	is_int(issue(sh.db, 1, 0, 2026, &again, &e), RC_OK, e.text);
	is_int(issue(sh.db, 1, 0, 2026, &again, &e), RC_INVALID,
	    "a second invoice is refused");
	error_clear(&e);
	is_int(invoice_next(sh.db, "INV", 2026, &next, &e), RC_OK, e.text);
	is_int(next, 2, "and took no number");
	is_int(issue(sh.db, 1, 7, 2026, &again, &e), RC_OK,
	    "a credit note of a refund is another paper");
	shop_close(&sh);
}

static void
stale_numbers_are_refused_R82(const struct settings *s)
{
	struct invoice_wish w = { 2, 0, "INV", 2026, 1, AT, 1, 0, "GBP", "x",
		1 };
	struct error e = ERROR_NONE;
	struct shop sh;
	int again = 0;

	if (!shop_open(&sh, s))
		return;
	orders(s, 2);
	is_int(issue(sh.db, 1, 0, 2026, &again, &e), RC_OK, e.text);
	is_int(db_unit(sh.db, add, &w, &e), RC_NOTFOUND, "1 is used");
	is_str(e.text, "INV-2026-00001 is another order's by now", "says so");
	shop_close(&sh);
}

/* A quarter of the orders each. */
static int
child(const struct settings *s, int k)
{
	struct error e = ERROR_NONE;
	struct db *db;
	int again = 0;
	enum rc rc = db_open(s, DB_WRITE, &db, &e);

	for (int i = k; i <= 40 && rc == RC_OK; i += 4)
		rc = issue(db, i, 0, 2026, &again, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	db_close(db);
	return rc == RC_OK ? 0 : 1;
}

static void
four_at_once_leave_no_gap_R82(const struct settings *s)
{
	char text[100];
	struct shop sh;
	int failed = 0, status;
	pid_t pid[4];

	if (!shop_open(&sh, s))
		return;
	orders(s, 40);
	shop_close(&sh);
	for (int k = 0; k < 4; k++) {
		pid[k] = fork();
		if (pid[k] == 0)
			_exit(child(s, k + 1));
	}
	for (int k = 0; k < 4; k++)
		failed += waitpid(pid[k], &status, 0) != pid[k] || status != 0;
	is_int(failed, 0, "each of four wrote its ten");
	is_str(sales_text(s, "SELECT CAST(COUNT(*) AS CHAR) FROM invoice", text,
		   sizeof(text)),
	    "40", "papers");
	is_str(sales_text(
		   s, "SELECT MAX(number) FROM invoice", text, sizeof(text)),
	    "INV-2026-00040", "the last number");
}

int
main(void)
{
	RUN_EACH(numbers_run_on_within_a_year_R82);
	RUN_EACH(an_order_has_one_invoice_and_no_number_is_lost_R82);
	RUN_EACH(stale_numbers_are_refused_R82);
	RUN_EACH(four_at_once_leave_no_gap_R82);
	return tap_done();
}
