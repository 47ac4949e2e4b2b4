/*
 * Letters of an order: rendered, then stored in the unit that says so.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/token.h"
#include "flow/flow_impl.h"
#include "shop/journal.h"
#include "shop/outbox.h"

struct telling {
	struct run *r;
	const char *kind, *event;    /* of the letter, of the journal */
	const struct refund *refund; /* or NULL */
	enum order_told told;
	bool warehouse; /* reads it too */
	const char *uid;
	const struct buf *letter; /* NULL: it cannot be sent */
	const char *why;
};

void
flow_letter_uid(
    const char *order, const char *what, int64_t n, char out[UID_SIZE])
{
	char name[80], hex[HASH_SIZE];
	int len =
	    snprintf(name, sizeof(name), "%s %s %" PRId64, order, what, n);

	hash_hex(name, (size_t)len, hex);
	(void)snprintf(out, UID_SIZE, "%.*s", UID_SIZE - 1, hex);
}

/* One letter, an envelope for each of its readers. */
static enum rc
post(struct db *db, const struct telling *t, struct error *e)
{
	const struct run *r = t->r;
	const char *to[] = { r->o.email, r->f->settings->mail_warehouse };
	const struct outbox_letter l = {
		.uid = t->uid,
		.kind = t->kind,
		.customer = r->o.customer,
		.order = r->o.id,
		.bytes = buf_str(t->letter),
		.len = t->letter->len,
	};
	bool both = t->warehouse && to[1] != NULL && to[1][0] != '\0';

	return outbox_put(db, &l, to, both ? 2 : 1, r->now, e);
}

/* The end's letter tells of what goes back with it: no other does. */
static enum rc
tell_returned(struct db *db, const struct run *r, struct error *e)
{
	bool first;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->nrefunds && rc == RC_OK; i++)
		if (flow_refund_ends(&r->refunds[i]))
			rc = refund_told(db, r->refunds[i].id, &first, e);
	return rc;
}

static enum rc
tell(struct db *db, void *ctx, struct error *e)
{
	struct telling *t = ctx;
	struct run *r = t->r;
	bool first;
	enum rc rc;

	rc = t->refund != NULL ? refund_told(db, t->refund->id, &first, e)
			       : order_told(db, r->o.id, t->told, &first, e);
	if (rc != RC_OK || !first)
		return rc;
	if (t->told == ORDER_TOLD_ENDED)
		rc = tell_returned(db, r, e);
	if (rc != RC_OK)
		return rc;
	if (t->letter == NULL)
		return order_attention(db, r->o.id, t->why, e);
	rc = post(db, t, e);
	return rc == RC_OK ? journal_add(db, r->o.id, t->event, "shop",
				 r->o.email, NULL, r->now, e)
			   : rc;
}

/* As it was rendered (rc, why); what cannot be sent is told all the same. */
static enum rc
store(struct telling *t, enum rc rc, struct buf *letter,
    const struct error *why, struct error *e)
{
	t->letter = rc == RC_OK ? letter : NULL;
	t->why = why->text;
	if (rc == RC_OK || rc == RC_INVALID)
		rc = db_unit(t->r->f->db, tell, t, e);
	else
		rc = error_set(e, rc, "%s", why->text);
	t->r->moved |= rc == RC_OK;
	buf_release(letter);
	return rc;
}

const char *
flow_method(const struct run *r, int64_t payment)
{
	for (size_t i = 0; i < r->n; i++)
		if (payment == 0 ? r->payments[i].state == PAYMENT_CAPTURED
				 : r->payments[i].id == payment)
			return r->payments[i].method;
	return "";
}

static enum rc
confirm(struct run *r, struct error *e)
{
	struct telling t = { .r = r,
		.kind = "order",
		.event = "confirmation",
		.told = ORDER_TOLD_PAID,
		.warehouse = true,
		.uid = r->o.uid };
	struct error why = ERROR_NONE;
	struct buf letter;
	enum rc rc;

	buf_init(&letter, LIMIT_CALL);
	rc = r->f->letters->order(
	    r->f->settings, &r->o, flow_method(r, 0), &letter, &why);
	return store(&t, rc, &letter, &why, e);
}

/* Whoever left before there was a page to pay on, or cancelled then, knows. */
static bool
ended_unnoticed(const struct run *r)
{
	if (r->o.ending[0] != '\0' && strcmp(r->o.ending, ORDER_AS_WISHED) != 0)
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (r->payments[i].page[0] != '\0')
			return false;
	return true;
}

static bool
was_reserved(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->payments[i].state == PAYMENT_VOIDED ||
		    r->payments[i].state == PAYMENT_VOIDING)
			return true;
	return false;
}

/* What goes back because it ends. */
static int64_t
returned(const struct run *r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->nrefunds; i++)
		if (flow_refund_ends(&r->refunds[i]) &&
		    r->refunds[i].state != REFUND_FAILED)
			sum += r->refunds[i].amount;
	return sum;
}

static enum rc
write_end(struct run *r, struct error *e)
{
	char uid[UID_SIZE];
	struct telling t = { .r = r,
		.kind = "ended",
		.event = "end letter",
		.told = ORDER_TOLD_ENDED,
		.uid = uid };
	struct error why = ERROR_NONE;
	struct buf letter;
	enum rc rc;

	flow_letter_uid(r->o.uid, "ended", 0, uid);
	buf_init(&letter, LIMIT_CALL);
	rc = r->f->letters->ended(r->f->settings, &r->o, uid, was_reserved(r),
	    returned(r), flow_method(r, 0), &letter, &why);
	return store(&t, rc, &letter, &why, e);
}

static enum rc
write_refund(struct run *r, const struct refund *f, struct error *e)
{
	char uid[UID_SIZE];
	struct telling t = { .r = r,
		.kind = "refund",
		.event = "refund letter",
		.refund = f,
		.uid = uid };
	struct error why = ERROR_NONE;
	struct buf letter;
	enum rc rc;

	flow_letter_uid(r->o.uid, "refund", f->id, uid);
	buf_init(&letter, LIMIT_CALL);
	rc = r->f->letters->refund(r->f->settings, &r->o, uid, f,
	    flow_method(r, f->payment), &letter, &why);
	return store(&t, rc, &letter, &why, e);
}

/* The refund whose letter is due, or NULL. */
static const struct refund *
untold(const struct run *r)
{
	for (size_t i = 0; i < r->nrefunds; i++)
		if (r->refunds[i].state == REFUND_DONE && !r->refunds[i].told &&
		    !flow_refund_ends(&r->refunds[i]))
			return &r->refunds[i];
	return NULL;
}

enum rc
flow_write(struct run *r, struct error *e)
{
	const struct order *o = &r->o;
	const struct refund *f = untold(r);
	bool paid = o->state == ORDER_PAID && o->told < ORDER_TOLD_PAID &&
		    !flow_unwanted(o);
	bool ended = o->state == ORDER_CANCELLED &&
		     o->told < ORDER_TOLD_ENDED && !ended_unnoticed(r);

	if (!paid && !ended && f == NULL)
		return RC_OK;
	if (r->f->letters == NULL) {
		flow_wait(r, 0);
		return RC_OK;
	}
	if (paid)
		return confirm(r, e);
	if (ended && r->f->letters->ended != NULL)
		return write_end(r, e);
	if (f != NULL && r->f->letters->refund != NULL)
		return write_refund(r, f, e);
	return RC_OK;
}
