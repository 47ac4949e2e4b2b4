/*
 * "Withdraw from the contract here": the statement, the button that confirms it
 * (Directive 2011/83/EU, article 11a), and what staff say to it.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/returns.h"
#include "web/form.h"

#define NAME_SIZE 24

/*** The statement ***/

struct statement {
	struct visit *v;
	struct order o; /* owned */
	int64_t left[LIMIT_BASKET_LINES], sum, until;
};

static enum rc
read_statement(struct db *db, void *ctx, struct error *e)
{
	struct statement *t = ctx;
	struct visit *v = t->v;
	enum rc rc;

	order_release(&t->o);
	rc = order_load_uid(db, v->tail, v->who.session.customer, &t->o, e);
	if (rc == RC_OK)
		rc = return_left(db, &t->o, t->left, &t->sum, e);
	return rc == RC_OK ? return_until(db, t->o.id,
				 v->settings->returns_days, &t->until, e)
			   : rc;
}

static void
put_choice(struct page *p, const struct statement *t, size_t i)
{
	char name[NAME_SIZE], value[24], hint[40];
	struct entry f = { .name = name,
		.label = t->o.lines[i].name,
		.hint = hint,
		.inputmode = "numeric",
		.value = value,
		.max = 3 };

	(void)snprintf(name, sizeof(name), "q%zu", i);
	(void)snprintf(value, sizeof(value), "%" PRId64, t->left[i]);
	(void)snprintf(hint, sizeof(hint), "0 to %" PRId64, t->left[i]);
	if (t->left[i] > 0)
		entry_put(p, &f);
}

static void
put_statement(struct page *p, const struct statement *t, const char *key)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_P);
	html_text(h, "I withdraw from the contract of order No. ");
	html_textf(h, "%" PRId64 ", of ", t->o.id);
	orders_time(p, t->o.made_at);
	html_textf(h, ": %s, %s.", t->o.to.name, t->o.email);
	html_close(h, EL_P);
	html_open(h, EL_P);
	html_text(h, p->v->now < t->until ? "You may withdraw until "
					  : "The period ended on ");
	orders_time(p, t->until);
	html_text(h, p->v->now < t->until
			 ? ", and need not say why."
			 : ". You may ask all the same; we look at it.");
	html_close(h, EL_P);
	page_p(p, NULL, "How many of each do you send back?");
	url_init(&u, "/order/return/");
	url_path(&u, t->o.uid);
	entry_open(p, &u);
	entry_hidden(p, "key", key);
	for (size_t i = 0; i < t->o.n; i++)
		put_choice(p, t, i);
	entry_close(p, "Confirm withdrawal");
	url_release(&u);
	page_p(p, "small",
	    "When you have confirmed, a receipt with all of this, the date and "
	    "the time goes to your mailbox.");
}

static enum rc
put_page(struct visit *v, const struct statement *t, int status,
    const char *sentence, struct error *e)
{
	struct page_head head = { .title = "Withdraw from the contract" };
	char key[UID_SIZE];
	struct page p;
	struct url u;
	enum rc rc = uid_random(key, e);

	if (rc == RC_OK)
		rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	reply_status(v->r, status);
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide slip order");
	html_el(&p.h, EL_H1, head.title);
	entry_say(&p, "notice bad", sentence);
	if (t->o.state != ORDER_CLOSED)
		page_p(&p, NULL,
		    "This order is not delivered. As long as its parcel is "
		    "with us it can be cancelled on its page.");
	else if (t->sum <= 0)
		page_p(&p, NULL, "All of it is on its way back already.");
	else
		put_statement(&p, t, key);
	html_open(&p.h, EL_P, CLASS("back"));
	url_init(&u, "/order/");
	url_path(&u, t->o.uid);
	html_el(&p.h, EL_A, "Back to the order", HREF(&u));
	url_release(&u);
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

static enum rc
show(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct statement t = { .v = v };
	enum rc rc = db_view(v->db, read_statement, &t, e);

	if (rc == RC_OK)
		rc = put_page(v, &t, status, sentence, e);
	order_release(&t.o);
	return rc;
}

enum rc
order_return(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc = orders_need(v, v->tail, &page, e);

	return rc == RC_OK && !page ? show(v, 200, NULL, e) : rc;
}

/*** It is confirmed ***/

struct confirming {
	struct return_wish w;
	int64_t now;
	enum return_outcome outcome;
};

static enum rc
ask(struct db *db, void *ctx, struct error *e)
{
	struct confirming *c = ctx;

	return return_ask(db, &c->w, c->now, &c->outcome, e);
}

static const char *
why_not(enum return_outcome outcome)
{
	switch (outcome) {
	case RETURN_NOTHING:
		return "Please say how many you send back.";
	case RETURN_TOO_MANY:
		return "That is more than can be sent back of a hat.";
	case RETURN_NOT_NOW:
		return "This order is not delivered.";
	case RETURN_MADE:
	case RETURN_SAME:
		break;
	}
	return NULL;
}

static void
to_order(struct visit *v)
{
	struct url u;

	url_init(&u, "/order/");
	url_path(&u, v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
}

static enum rc
confirm(struct visit *v, const char *key, const int64_t *qty, struct error *e)
{
	struct confirming c = { .now = v->now };
	struct order o = { 0 };
	enum rc rc =
	    order_load_uid(v->db, v->tail, v->who.session.customer, &o, e);

	c.w = (struct return_wish){ o.id, v->settings->returns_days, key, qty };
	order_release(&o);
	if (rc == RC_OK)
		rc = db_unit(v->db, ask, &c, e);
	if (rc != RC_OK)
		return rc;
	if (why_not(c.outcome) != NULL)
		return show(v, 422, why_not(c.outcome), e);
	to_order(v);
	return RC_OK;
}

enum { F_PROOF, F_KEY, F_QTY };
#define F_COUNT (F_QTY + LIMIT_BASKET_LINES)

static enum rc
answer(struct visit *v, const struct form *f, struct error *e)
{
	int64_t qty[LIMIT_BASKET_LINES];
	bool page;
	enum rc rc = orders_need(v, v->tail, &page, e);

	if (rc != RC_OK || page)
		return rc;
	if (!who_proof(v, form_typed(f, F_PROOF)))
		return show(v, 403, ORDERS_LATE, e);
	if (!form_ok(f) || form_error(f, F_KEY) != FIELD_OK)
		return show(v, 422, why_not(RETURN_TOO_MANY), e);
	for (int i = 0; i < LIMIT_BASKET_LINES; i++)
		qty[i] = form_int_or(f, (size_t)(F_QTY + i), 0);
	return confirm(v, form_text(f, F_KEY), qty, e);
}

enum rc
order_return_confirm(struct visit *v, struct error *e)
{
	char names[LIMIT_BASKET_LINES][NAME_SIZE];
	struct field fields[F_COUNT] = {
		[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
		[F_KEY] = { "key", FIELD_TEXT, UID_SIZE - 1, UID_SIZE - 1, 0 },
	};
	struct form f;
	enum rc rc;

	for (int i = 0; i < LIMIT_BASKET_LINES; i++) {
		(void)snprintf(names[i], NAME_SIZE, "q%d", i);
		fields[F_QTY + i] =
		    (struct field){ names[i], FIELD_INT, 0, 999, 0 };
	}
	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		rc = page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	} else if (rc == RC_OK) {
		rc = answer(v, &f, e);
	}
	form_release(&f);
	return rc;
}

/*** On the order's page ***/

void
order_put_return(struct page *p, const struct order *o)
{
	struct url u;

	if (o->state != ORDER_CLOSED)
		return;
	html_el(&p->h, EL_H2, "Not what you hoped for?");
	html_open(&p->h, EL_P);
	url_init(&u, "/order/return/");
	url_path(&u, o->uid);
	html_el(&p->h, EL_A, "Withdraw from contract here", HREF(&u),
	    CLASS("button plain"));
	url_release(&u);
	html_close(&p->h, EL_P);
}
