/*
 * "Send me the confirmation again": the same bytes to the same address, which
 * is the order's own, whatever the account's is by now.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/outbox.h"
#include "shop/tally.h"
#include "web/form.h"

struct finding {
	const char *email;
	int64_t envelope; /* the latest to that address; 0: none is left */
};

static enum rc
see(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct finding *f = ctx;

	(void)e;
	if (f->envelope == 0 && strcmp(row->recipient, f->email) == 0)
		f->envelope = row->id;
	return RC_OK;
}

enum rc
order_letter(
    struct db *db, const struct order *o, int64_t *envelope, struct error *e)
{
	struct finding f = { o->email, 0 };
	enum rc rc = outbox_of_letter(db, o->uid, see, &f, e);

	*envelope = f.envelope;
	return rc;
}

void
order_put_again(struct page *p, const struct order *o)
{
	struct url u;

	html_el(&p->h, EL_H2, "Lost the letter?");
	html_open(&p->h, EL_P);
	html_text(&p->h, "The confirmation went to ");
	html_el(&p->h, EL_STRONG, o->email);
	html_text(&p->h, ". It can go there once more, just as it was.");
	html_close(&p->h, EL_P);
	url_init(&u, "/order/letter/");
	url_path(&u, o->uid);
	entry_button(p, &u, NULL, NULL, "Send me the confirmation again",
	    "button plain");
	url_release(&u);
}

struct sending {
	struct visit *v;
	int64_t seconds; /* to wait; 0: it is on its way */
	bool gone;       /* nothing is left of it */
};

static enum rc
send_again(struct db *db, void *ctx, struct error *e)
{
	static const struct tally_rule rule = { 3, 1200 };
	struct sending *s = ctx;
	struct visit *v = s->v;
	int64_t envelope = 0, again;
	char who[HASH_SIZE];
	struct order o;
	enum rc rc;

	rc = order_load_uid(db, v->tail, v->who.session.customer, &o, e);
	if (rc == RC_OK)
		rc = order_letter(db, &o, &envelope, e);
	order_release(&o);
	s->gone = envelope == 0;
	if (rc != RC_OK || s->gone)
		return rc;
	tally_who(who, "order letter", v->tail);
	rc = tally_take(db, who, &rule, v->now, &s->seconds, e);
	if (rc != RC_OK || s->seconds > 0)
		return rc;
	return outbox_resend(db, envelope, "customer", v->now, &again, e);
}

static enum rc
put_wait(struct visit *v, int64_t seconds, struct error *e)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%" PRId64, seconds);
	reply_header(v->r, "Retry-After", number);
	return order_page(v, v->tail, 429,
	    "The confirmation was sent several times just now. Please look "
	    "among the junk, too, and try again in twenty minutes.",
	    e);
}

static enum rc
wish_letter(struct visit *v, struct error *e)
{
	struct sending s = { .v = v };
	enum rc rc = db_unit(v->db, send_again, &s, e);
	struct url u;

	if (rc == RC_CONFLICT) { /* it waits to leave, and does so once */
		error_clear(e);
		rc = RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (s.gone)
		return order_page(v, v->tail, 409,
		    "The confirmation is not kept any more. All of it is on "
		    "this page.",
		    e);
	if (s.seconds > 0)
		return put_wait(v, s.seconds, e);
	url_init(&u, "/order/");
	url_path(&u, v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

enum rc
order_again(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		{ PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = form_read(&f, fields, 1, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		form_release(&f);
		return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	}
	if (rc == RC_OK)
		rc = orders_need(v, v->tail, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, 0)))
		rc = order_page(v, v->tail, 403, ORDERS_LATE, e);
	else if (rc == RC_OK && !page)
		rc = wish_letter(v, e);
	form_release(&f);
	return rc;
}
