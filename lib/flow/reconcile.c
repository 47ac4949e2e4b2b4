#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "flow/reconcile_impl.h"
#include "shop/hold.h"
#include "shop/inbox.h"
#include "shop/mirror.h"
#include "shop/order.h"
#include "shop/payment.h"

enum rc
reconcile_tell(
    const struct reconcile *r, const struct found *f, struct error *e)
{
	struct difference d = { f->kind, f->order, f->name, f->ours, f->theirs,
		f->repair };

	return r->put(r->ctx, &d, e);
}

const char *
reconcile_money(
    char out[RECONCILE_MONEY_SIZE], int64_t minor, const char *currency)
{
	struct money m = { .minor = minor };
	struct buf b;

	text_copy(m.currency, sizeof(m.currency), currency);
	buf_init(&b, LIMIT_LINE);
	money_put(&b, m);
	if (buf_rc(&b) == RC_OK)
		text_copy(out, RECONCILE_MONEY_SIZE, buf_str(&b));
	else
		(void)snprintf(out, RECONCILE_MONEY_SIZE, "%" PRId64 " %.3s",
		    minor, currency);
	buf_release(&b);
	return out;
}

/* Read whole before any is looked at: looking goes out. */
static enum rc
next_payments(const struct reconcile *r, enum sql sql, int64_t after,
    int64_t ids[RECONCILE_BATCH], size_t *n, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*n = 0;
	if (sql == SQL_RECONCILE_CLAIMED)
		rc = db_ask(r->db, sql, &rows, e, db_int(after),
		    db_int(r->since), db_int(r->now - r->settle));
	else
		rc = db_ask(
		    r->db, sql, &rows, e, db_int(after), db_int(r->since));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		if (*n < RECONCILE_BATCH)
			ids[(*n)++] = db_col_int(rows, 0);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
reconcile_payments(const struct reconcile *r, enum sql sql,
    reconcile_each *each, void *ctx, struct error *e)
{
	int64_t ids[RECONCILE_BATCH], last = 0;
	size_t n;
	enum rc rc;

	do {
		rc = next_payments(r, sql, last, ids, &n, e);
		for (size_t i = 0; i < n && rc == RC_OK; i++) {
			last = ids[i];
			rc = each(ctx, last, e);
		}
	} while (rc == RC_OK && n == RECONCILE_BATCH);
	return rc;
}

enum rc
reconcile_attempt(
    const struct reconcile *r, const char *uid, int64_t *id, struct error *e)
{
	struct db_rows *rows;
	enum rc rc =
	    db_one(r->db, SQL_RECONCILE_ATTEMPT, &rows, e, db_text(uid));

	*id = 0;
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	*id = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/*** Ours alone ***/

/* What a statement of sql_reconcile.inc found; borrowed from its row. */
struct row {
	int64_t order, a, b;
	const char *name, *text;
};

static void
two_sums(
    const struct row *w, struct found *f, const char *what, const char *each)
{
	char a[RECONCILE_MONEY_SIZE], b[RECONCILE_MONEY_SIZE];

	SAY(f->ours, "the order says %s %s", reconcile_money(a, w->a, w->text),
	    what);
	SAY(f->theirs, "its %s say %s", each,
	    reconcile_money(b, w->b, w->text));
	SAY(f->repair,
	    "the database was changed by other hands: see shopctl "
	    "order show %" PRId64 " and compare with the gateway",
	    w->order);
}

static void
say_refunded(const struct row *w, struct found *f)
{
	two_sums(w, f, "went back", "refunds");
}

static void
say_captured(const struct row *w, struct found *f)
{
	two_sums(w, f, "was captured", "payments");
}

static void
say_unpaid(const struct row *w, struct found *f)
{
	char a[RECONCILE_MONEY_SIZE];

	SAY(f->ours, "the order of %s is paid",
	    reconcile_money(a, w->a, w->text));
	SAY(f->theirs, "no payment of it is captured");
	SAY(f->repair,
	    "send nothing; shopctl order show %" PRId64
	    ", and look for the payment at the gateway",
	    w->order);
}

static void
say_goods(const struct row *w, struct found *f)
{
	SAY(f->ours, "the order is paid");
	SAY(f->theirs, "its goods are not taken from the stock system");
	SAY(f->repair,
	    "shopctl order cancel %" PRId64
	    " --why TEXT --yes, or book the goods out by hand",
	    w->order);
}

static void
say_kept(const struct row *w, struct found *f)
{
	char a[RECONCILE_MONEY_SIZE];

	SAY(f->ours, "the order is cancelled");
	SAY(f->theirs, "%s of what was captured has not gone back",
	    reconcile_money(a, w->a - w->b, w->text));
	SAY(f->repair,
	    "shopctl order refund %" PRId64 " --reference REST --yes",
	    w->order);
}

static void
say_hold(const struct row *w, struct found *f)
{
	SAY(f->ours, "%" PRId64 " of %s are held", w->a, w->text);
	SAY(f->theirs,
	    w->order != 0 ? "the order has ended" : "there is no such order");
	if (w->order != 0)
		SAY(f->repair, "shopctl order advance %" PRId64, w->order);
	else
		SAY(f->repair,
		    "release the hold by hand, once the gateway knows "
		    "nothing of it");
}

static void
say_hold_stays(const struct row *w, struct found *f)
{
	SAY(f->ours, "%" PRId64 " of %s are still held for a paid order", w->a,
	    w->text);
	SAY(f->theirs, "the mirror has not seen them taken");
	SAY(f->repair, "shopctl stock compare --repair");
}

static void
say_untold(const struct row *w, struct found *f)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(w->a, at);
	SAY(f->ours, "the order was paid at %s", at);
	SAY(f->theirs, "no confirmation has been written");
	SAY(f->repair, "shopctl order advance %" PRId64, w->order);
}

static void
say_attention(const struct row *w, struct found *f)
{
	SAY(f->ours, "%.280s", w->text);
	SAY(f->repair,
	    "a person must look: shopctl order show %" PRId64
	    ", then shopctl order seen %" PRId64,
	    w->order, w->order);
}

static void
say_due(const struct row *w, struct found *f)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(w->a, at);
	SAY(f->ours, "the order was to be looked at, at %s", at);
	SAY(f->theirs, "nobody has since");
	SAY(f->repair,
	    "see that lifecycle runs every minute; shopctl order advance "
	    "%" PRId64,
	    w->order);
}

/* Here the row's number is the event's. */
static void
say_inbox(const struct row *w, struct found *f)
{
	bool person = w->a == INBOX_FOR_A_PERSON;

	f->order = 0;
	SAY(f->ours, "event %" PRId64 " %s", w->order,
	    person ? "is for a person" : "waits for long");
	SAY(f->theirs, "%.280s", w->text);
	if (person)
		SAY(f->repair,
		    "shopctl inbox show %" PRId64
		    ", then shopctl replay %" PRId64
		    " or shopctl inbox done %" PRId64,
		    w->order, w->order, w->order);
	else
		SAY(f->repair,
		    "shopctl inbox show %" PRId64
		    ", then shopctl replay %" PRId64,
		    w->order, w->order);
}

static void
say_lost(const struct row *w, struct found *f)
{
	two_sums(w, f, "was lost to disputes", "payments");
}

static void
say_parcel(const struct row *w, struct found *f)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(w->a, at);
	SAY(f->ours, "the order was paid at %s", at);
	SAY(f->theirs, "it has no parcel");
	SAY(f->repair, "shopctl parcel book %" PRId64, w->order);
}

static void
say_close(const struct row *w, struct found *f)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(w->a, at);
	SAY(f->ours, "the order is not closed");
	SAY(f->theirs, "its parcels are delivered since %s", at);
	SAY(f->repair,
	    "see what lifecycle -n and its log say of invoices; it needs "
	    "company.address");
}

static void
say_invoice(const struct row *w, struct found *f)
{
	SAY(f->ours, "the order is closed");
	SAY(f->theirs, "it has no invoice");
	SAY(f->repair,
	    "the database was changed by other hands: see shopctl "
	    "order show %" PRId64,
	    w->order);
}

static void
say_open(const struct row *w, struct found *f)
{
	SAY(f->ours, "the order is %s",
	    order_state_name((enum order_state)w->a));
	SAY(f->theirs, "invoice %.48s was issued for it", w->text);
	SAY(f->repair,
	    "the database was changed by other hands: see shopctl "
	    "order show %" PRId64,
	    w->order);
}

static void
say_credit(const struct row *w, struct found *f)
{
	char a[RECONCILE_MONEY_SIZE];

	SAY(f->ours, "%s went back", reconcile_money(a, w->a, w->text));
	SAY(f->theirs, "no credit note says so");
	SAY(f->repair, "see what lifecycle -n and its log say of invoices");
}

static void
say_return(const struct row *w, struct found *f)
{
	char a[RECONCILE_MONEY_SIZE];

	SAY(f->ours, "return %" PRId64 " is accepted: %s goes back", w->b,
	    reconcile_money(a, w->a, w->text));
	SAY(f->theirs, "its refund was not asked for");
	SAY(f->repair, "shopctl order advance %" PRId64, f->order);
}

static void
say_credited(const struct row *w, struct found *f)
{
	SAY(f->ours, "credit note %.48s was issued", w->text);
	SAY(f->theirs, "its refund failed");
	SAY(f->repair,
	    "a person must look: shopctl order refund %" PRId64
	    ", or correct the books by hand",
	    w->order);
}

static void
say_series(const struct row *w, struct found *f)
{
	SAY(f->ours, "%" PRId64 " numbers are used", w->a);
	SAY(f->theirs, "%" PRId64 " papers have one", w->b);
	SAY(f->repair,
	    "the database was changed by other hands: look in a backup for "
	    "the papers that are missing");
}

static const struct check {
	const char *kind;
	enum sql sql;
	int args; /* each is the moment before which all has settled */
	void (*say)(const struct row *w, struct found *f);
} checks[] = {
	{ "refunded", SQL_RECONCILE_REFUNDED, 0, say_refunded },
	{ "captured", SQL_RECONCILE_CAPTURED, 0, say_captured },
	{ "paid-without-money", SQL_RECONCILE_UNPAID, 0, say_unpaid },
	{ "paid-without-goods", SQL_RECONCILE_GOODS, 0, say_goods },
	{ "money-kept", SQL_RECONCILE_KEPT, 0, say_kept },
	{ "hold", SQL_RECONCILE_HOLD, 2, say_hold },
	{ "hold-stays", SQL_RECONCILE_HOLD_STAYS, 2, say_hold_stays },
	{ "not-told", SQL_RECONCILE_UNTOLD, 1, say_untold },
	{ "attention", SQL_RECONCILE_ATTENTION, 0, say_attention },
	{ "overdue", SQL_RECONCILE_DUE, 1, say_due },
	{ "lost", SQL_RECONCILE_LOST, 0, say_lost },
	{ "no-parcel", SQL_RECONCILE_PARCEL, 1, say_parcel },
	{ "not-closed", SQL_RECONCILE_CLOSE, 1, say_close },
	{ "no-invoice", SQL_RECONCILE_INVOICE, 0, say_invoice },
	{ "invoice-early", SQL_RECONCILE_OPEN, 0, say_open },
	{ "no-credit-note", SQL_RECONCILE_CREDIT, 1, say_credit },
	{ "return-unpaid", SQL_RECONCILE_RETURN, 1, say_return },
	{ "credit-note-failed", SQL_RECONCILE_CREDITED, 0, say_credited },
	{ "number-gap", SQL_RECONCILE_SERIES, 0, say_series },
	{ "event", SQL_RECONCILE_INBOX, 1, say_inbox },
};
#define CHECKS (sizeof(checks) / sizeof(checks[0]))

/* The view may be repeated, so what it finds is told after it. */
struct finding {
	const struct reconcile *r;
	struct found *all; /* owned */
	size_t n, room;
};

static enum rc
keep(struct finding *t, const struct found *f, struct error *e)
{
	size_t room = t->room == 0 ? 16 : t->room * 2;
	struct found *all;

	if (t->n == t->room) {
		all = reallocarray(t->all, room, sizeof(*all));
		if (all == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for differences");
		t->all = all;
		t->room = room;
	}
	t->all[t->n++] = *f;
	return RC_OK;
}

static enum rc
ask(struct finding *t, const struct check *c, struct db_rows **rows,
    struct error *e)
{
	int64_t settled = t->r->now - t->r->settle;

	if (c->args == 0)
		return db_ask(t->r->db, c->sql, rows, e);
	if (c->args == 1)
		return db_ask(t->r->db, c->sql, rows, e, db_int(settled));
	return db_ask(
	    t->r->db, c->sql, rows, e, db_int(settled), db_int(settled));
}

static enum rc
find(struct finding *t, const struct check *c, struct error *e)
{
	struct db_rows *rows;
	struct found f;
	struct row w;
	enum rc rc = ask(t, c, &rows, e);

	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		w.order = db_col_int(rows, 0);
		w.name = db_col_text(rows, 1);
		w.a = db_col_int(rows, 2);
		w.b = db_col_int(rows, 3);
		w.text = db_col_text(rows, 4);
		f = (struct found){ .kind = c->kind, .order = w.order };
		text_copy(f.name, sizeof(f.name), w.name);
		c->say(&w, &f);
		rc = keep(t, &f, e);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
put_wrong(
    void *ctx, const char *key, int64_t held, int64_t sum, struct error *e)
{
	struct found f = { .kind = "held" };

	text_copy(f.name, sizeof(f.name), key);
	SAY(f.ours, "%" PRId64 " of the item are held", held);
	SAY(f.theirs, "its holds add up to %" PRId64, sum);
	SAY(f.repair,
	    "the database was changed by other hands: set item.held to "
	    "%" PRId64,
	    sum);
	return keep(ctx, &f, e);
}

static enum rc
find_mirror(struct finding *t, struct error *e)
{
	struct found f = { .kind = "mirror" };
	int64_t most = t->r->settings->stock_stale_after;
	char at[CLOCK_ISO_SIZE];
	struct mirror m;
	enum rc rc = mirror_read(t->r->db, &m, e);

	most = most > t->r->settle ? most : t->r->settle;
	if (rc != RC_OK || m.confirmed_at > t->r->now - most)
		return rc;
	clock_iso(m.confirmed_at, at);
	SAY(f.ours, "the mirror was last seen equal at %s", at);
	SAY(f.theirs, "%.280s", m.problem);
	SAY(f.repair, "see that syncd runs: syncd status");
	return keep(t, &f, e);
}

static enum rc
find_all(struct db *db, void *ctx, struct error *e)
{
	struct finding *t = ctx;
	enum rc rc = RC_OK;

	t->n = 0;
	for (size_t i = 0; i < CHECKS && rc == RC_OK; i++)
		rc = find(t, &checks[i], e);
	if (rc == RC_OK)
		rc = hold_wrong(db, put_wrong, t, e);
	if (rc == RC_OK)
		rc = find_mirror(t, e);
	return rc;
}

enum rc
reconcile_ours(const struct reconcile *r, struct error *e)
{
	struct finding t = { .r = r };
	enum rc rc = db_view(r->db, find_all, &t, e);

	for (size_t i = 0; i < t.n && rc == RC_OK; i++)
		rc = reconcile_tell(r, &t.all[i], e);
	free(t.all);
	return rc;
}
