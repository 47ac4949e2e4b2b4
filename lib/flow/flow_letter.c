/*
 * Letters of an order: rendered, then stored in the unit that says so.
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "flow/flow_impl.h"
#include "shop/journal.h"
#include "shop/outbox.h"

struct telling {
	struct run *r;
	const struct buf *letter; /* NULL: it cannot be sent */
	const char *why;
};

/* One letter, an envelope for each of its two readers; the order's uid makes
 * its Message-ID. */
static enum rc
post(struct db *db, struct run *r, const struct buf *letter, struct error *e)
{
	const char *to[] = { r->o.email, r->f->settings->mail_warehouse };
	const struct outbox_letter l = {
		.uid = r->o.uid,
		.kind = "order",
		.customer = r->o.customer,
		.bytes = buf_str(letter),
		.len = letter->len,
	};

	return outbox_put(
	    db, &l, to, to[1] == NULL || to[1][0] == '\0' ? 1 : 2, r->now, e);
}

static enum rc
tell(struct db *db, void *ctx, struct error *e)
{
	struct telling *t = ctx;
	struct run *r = t->r;
	bool first;
	enum rc rc;

	rc = order_told(db, r->o.id, &first, e);
	if (rc != RC_OK || !first)
		return rc;
	if (t->letter == NULL)
		return order_attention(db, r->o.id, t->why, e);
	rc = post(db, r, t->letter, e);
	return rc == RC_OK ? journal_add(db, r->o.id, "confirmation", "shop",
				 r->o.email, NULL, r->now, e)
			   : rc;
}

static const char *
method_of(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->payments[i].state == PAYMENT_CAPTURED)
			return r->payments[i].method;
	return "";
}

enum rc
flow_confirm(struct run *r, struct error *e)
{
	struct telling t = { r, NULL, NULL };
	struct error why = ERROR_NONE;
	struct buf letter;
	enum rc rc;

	if (r->o.told)
		return RC_OK;
	if (r->f->letters == NULL) {
		flow_wait(r, 0);
		return RC_OK;
	}
	buf_init(&letter, LIMIT_CALL);
	rc = r->f->letters->order(
	    r->f->settings, &r->o, method_of(r), &letter, &why);
	t.letter = rc == RC_OK ? &letter : NULL;
	t.why = why.text;
	if (rc == RC_OK || rc == RC_INVALID)
		rc = db_unit(r->f->db, tell, &t, e);
	else
		rc = error_set(e, rc, "%s", why.text);
	r->moved |= rc == RC_OK;
	buf_release(&letter);
	return rc;
}
