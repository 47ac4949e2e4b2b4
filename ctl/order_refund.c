#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"
#include "ctl/order.h"
#include "shop/refund.h"

/* What is asked for, and what there is by that name. */
struct wanted {
	char reference[REFUND_REFERENCE_SIZE];
	struct money amount;
	bool known;
	struct refund r;
};

static enum rc
see(void *ctx, const struct refund *r, struct error *e)
{
	struct wanted *w = ctx;

	(void)e;
	if (strcmp(r->reference, w->reference) == 0) {
		w->known = true;
		w->r = *r;
	}
	return RC_OK;
}

static enum rc
look(struct order_task *t, struct wanted *w, struct error *e)
{
	w->known = false;
	return refund_list(t->db, t->o.id, see, w, e);
}

static void
money_text(struct money m, char *out, size_t size)
{
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	money_put(&b, m);
	text_copy(out, size, buf_str(&b));
	buf_release(&b);
}

/* Without --reference the amount is one, so that the same line typed twice is
 * the same refund (R53). */
static enum rc
read_wish(struct order_task *t, struct wanted *w, struct error *e)
{
	const char *name = t->amount != NULL ? t->amount : "all";
	enum rc rc;

	if (t->reference != NULL)
		name = t->reference;
	text_copy(w->reference, sizeof(w->reference), name);
	rc = look(t, w, e);
	if (rc != RC_OK)
		return rc;
	text_copy(
	    w->amount.currency, sizeof(w->amount.currency), t->o.currency);
	w->amount.minor =
	    w->known ? w->r.amount : t->o.captured - t->o.refunded - t->o.lost;
	if (t->amount != NULL &&
	    (money_parse(t->amount, t->o.currency, &w->amount) != RC_OK ||
		w->amount.minor <= 0))
		return error_set(e, RC_INVALID,
		    "\"%s\" is no amount to refund, like 12.50", t->amount);
	if (t->o.captured == 0)
		return error_set(
		    e, RC_INVALID, "order %" PRId64 " was never paid", t->o.id);
	if (w->amount.minor <= 0)
		return error_set(e, RC_INVALID,
		    "nothing is left to refund of order %" PRId64, t->o.id);
	return RC_OK;
}

static enum rc
ask(struct order_task *t, struct flow *f, struct error *e)
{
	struct wanted w = { .known = false };
	char witness[40];
	enum rc rc = read_wish(t, &w, e);

	if (rc != RC_OK)
		return rc;
	order_staff(witness, sizeof(witness));
	return order_refund(
	    f, t->o.id, w.reference, w.amount.minor, witness, e);
}

enum rc
order_refund_verb(struct order_task *t, struct error *e)
{
	struct wanted w = { .known = false };
	char amount[40], paid[40];
	bool before;
	struct money m = { .minor = t->o.captured };
	enum rc rc = read_wish(t, &w, e);

	if (rc != RC_OK)
		return rc;
	text_copy(m.currency, sizeof(m.currency), t->o.currency);
	money_text(w.amount, amount, sizeof(amount));
	money_text(m, paid, sizeof(paid));
	if (!t->yes && !w.known)
		return error_set(e, RC_INVALID,
		    "with --yes %s of the %s that were paid for order %" PRId64
		    " go back, as refund \"%s\"",
		    amount, paid, t->o.id, w.reference);
	before = w.known;
	rc = order_ask(t, ask, e);
	if (rc == RC_OK)
		rc = look(t, &w, e);
	if (rc != RC_OK)
		return rc;
	(void)printf("refund \"%s\" of %s is %s%s%s\n", w.reference, amount,
	    refund_state_name(w.r.state), w.r.why[0] != '\0' ? ": " : "",
	    w.r.why);
	if (before)
		(void)puts("it was asked for before: for another one give "
			   "another --reference");
	t->pending = w.r.state != REFUND_DONE;
	if (w.r.state == REFUND_FAILED)
		return error_set(e, RC_INVALID,
		    "it failed; for another try give another --reference");
	if (t->pending)
		(void)puts("lifecycle goes on with it");
	return RC_OK;
}
