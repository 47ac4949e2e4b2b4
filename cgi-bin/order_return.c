/*
 * "Withdraw from the contract here": the statement, the button that confirms it
 * (Directive 2011/83/EU, article 11a), and what staff say to it.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/zone.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/returns.h"
#include "web/form.h"

#define NAME_SIZE 24

/*** The statement ***/

struct statement {
	struct visit *v;
	struct order o;           /* owned */
	const struct form *typed; /* NULL: shown for the first time */
	int64_t left[LIMIT_BASKET_LINES], sum, until;
	enum return_outcome may;
};

enum { F_PROOF, F_KEY, F_QTY };
#define F_COUNT (F_QTY + LIMIT_BASKET_LINES)

static struct return_wish
wish_of(const struct visit *v, int64_t order)
{
	return (struct return_wish){
		.order = order,
		.days = v->settings->returns_days,
		.zone = v->settings->shop_zone,
	};
}

static enum rc
judge(struct db *db, struct statement *t, struct error *e)
{
	const struct return_wish w = wish_of(t->v, t->o.id);
	enum rc rc = return_left(db, &t->o, t->left, &t->sum, e);

	return rc == RC_OK
		   ? return_may(db, &t->o, &w, t->v->now, &t->until, &t->may, e)
		   : rc;
}

static enum rc
read_statement(struct db *db, void *ctx, struct error *e)
{
	struct statement *t = ctx;
	struct visit *v = t->v;
	enum rc rc;

	order_release(&t->o);
	rc = order_load_uid(db, v->tail, v->who.session.customer, &t->o, e);
	return rc == RC_OK ? judge(db, t, e) : rc;
}

/* By the shop's clocks. */
static void
put_day(struct page *p, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];
	struct zone z;
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	if (zone_parse(p->v->settings->shop_zone, &z) != RC_OK)
		buf_fail(&b, RC_INVALID);
	at += zone_at(&z, at)->offset;
	clock_iso(at, iso);
	iso[10] = '\0'; /* the date alone */
	clock_put_date(&b, at);
	if (buf_rc(&b) == RC_OK)
		html_el(&p->h, EL_TIME, buf_str(&b), AT(AT_DATETIME, iso));
	else
		buf_fail(p->h.b, buf_rc(&b));
	buf_release(&b);
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
	if (t->typed != NULL)
		f.value = form_typed(t->typed, F_QTY + i);
	(void)snprintf(hint, sizeof(hint), "0 to %" PRId64, t->left[i]);
	if (t->left[i] > 0)
		entry_put(p, &f);
}

static void
put_until(struct page *p, const struct statement *t)
{
	struct html *h = &p->h;

	if (t->until == 0) {
		page_p(p, NULL,
		    "Your parcel is on its way. You may withdraw already, and "
		    "need not say why; if all of it shall go back and it is "
		    "not here yet, you need not take it in.");
		return;
	}
	html_open(h, EL_P);
	html_text(h, "You may withdraw until the end of ");
	put_day(p, t->until - 1);
	html_text(h, ", and need not say why.");
	html_close(h, EL_P);
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
	put_until(p, t);
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

static void
put_over(struct page *p, const struct statement *t)
{
	struct html *h = &p->h;

	html_open(h, EL_P);
	html_textf(h,
	    "We are sorry: the %" PRId64 " days in which you may withdraw "
	    "were over at the end of ",
	    p->v->settings->returns_days);
	put_day(p, t->until - 1);
	html_text(h, ".");
	html_close(h, EL_P);
	page_p(p, NULL,
	    "Is there something wrong with a hat? Answer any of our letters, "
	    "and we look at it: that right does not end then.");
}

static enum rc
put_page(struct visit *v, const struct statement *t, int status,
    const char *sentence, struct error *e)
{
	struct page_head head = { .title = "Withdraw from the contract",
		.form = true };
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
	if (t->may == RETURN_NOT_NOW)
		page_p(&p, NULL,
		    "There is nothing to withdraw from: this order is not "
		    "paid, or is cancelled.");
	else if (t->sum <= 0)
		page_p(&p, NULL,
		    "You have withdrawn from all of this order already.");
	else if (t->may == RETURN_OVER)
		put_over(&p, t);
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

static void
lead(struct visit *v, bool cancel)
{
	struct url u;

	if (cancel)
		url_init(&u, "/order/cancel/");
	else
		url_init(&u, "/order/");
	url_path(&u, v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
}

static enum rc
show(struct visit *v, int status, const char *sentence,
    const struct form *typed, struct error *e)
{
	struct statement t = { .v = v, .typed = typed };
	enum rc rc = db_view(v->db, read_statement, &t, e);

	/* one that has not left is not sent back, but cancelled */
	if (rc == RC_OK && t.may == RETURN_CANCEL)
		lead(v, true);
	else if (rc == RC_OK)
		rc = put_page(v, &t, status, sentence, e);
	order_release(&t.o);
	return rc;
}

enum rc
order_return(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc = orders_need(v, v->tail, &page, e);

	return rc == RC_OK && !page ? show(v, 200, NULL, NULL, e) : rc;
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
		return "Please look at the numbers: you can send back only "
		       "what you have bought and not sent back yet. Nothing "
		       "was changed.";
	case RETURN_CANCEL:
	case RETURN_NOT_NOW:
	case RETURN_OVER:
		return "Nothing was changed.";
	case RETURN_MADE:
	case RETURN_SAME:
		break;
	}
	return NULL;
}

static enum rc
confirm(
    struct visit *v, const struct form *f, const int64_t *qty, struct error *e)
{
	struct confirming c = { .now = v->now };
	struct order o = { 0 };
	enum rc rc =
	    order_load_uid(v->db, v->tail, v->who.session.customer, &o, e);

	c.w = wish_of(v, o.id);
	c.w.uid = form_text(f, F_KEY);
	c.w.qty = qty;
	order_release(&o);
	if (rc == RC_OK)
		rc = db_unit(v->db, ask, &c, e);
	if (rc != RC_OK)
		return rc;
	if (why_not(c.outcome) != NULL)
		return show(v, 422, why_not(c.outcome), f, e);
	lead(v, false);
	return RC_OK;
}

static enum rc
answer(struct visit *v, const struct form *f, struct error *e)
{
	int64_t qty[LIMIT_BASKET_LINES];
	bool page;
	enum rc rc = orders_need(v, v->tail, &page, e);

	if (rc != RC_OK || page)
		return rc;
	if (!who_proof(v, form_typed(f, F_PROOF)))
		return show(v, 403, ORDERS_LATE, f, e);
	if (form_error(f, F_KEY) != FIELD_OK)
		return show(v, 422, ORDERS_LATE, f, e);
	if (!form_ok(f))
		return show(v, 422, why_not(RETURN_TOO_MANY), f, e);
	for (int i = 0; i < LIMIT_BASKET_LINES; i++)
		qty[i] = form_int_or(f, (size_t)(F_QTY + i), 0);
	return confirm(v, f, qty, e);
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

struct told {
	struct page *p;
	const struct order *o;
	bool any;
};

static void
put_accepted(
    struct page *p, const struct order *o, const struct goods_return *r)
{
	struct html *h = &p->h;

	html_text(h, "We have accepted it");
	if (r->amount > 0) {
		html_text(h, ", and ");
		page_money_in(p, o->currency, r->amount);
		html_text(h, " goes back to you.");
	} else {
		html_text(h, ".");
	}
	if (r->received_at == 0) {
		html_text(h, " Please send it back, if it is not here yet.");
		return;
	}
	html_text(h, " It has arrived here.");
}

static enum rc
put_one(void *ctx, const struct goods_return *r, struct error *e)
{
	struct told *t = ctx;
	struct html *h = &t->p->h;
	struct buf words;

	(void)e;
	if (!t->any)
		html_el(h, EL_H2, "What you send back");
	t->any = true;
	buf_init(&words, LIMIT_TEXT);
	return_words(r, t->o, &words);
	html_open(h, EL_P);
	html_el(h, EL_STRONG, buf_str(&words));
	html_open(h, EL_BR);
	html_text(h, "You told us on ");
	orders_time(t->p, r->made_at);
	html_text(h, ". ");
	switch (r->state) {
	case RETURN_ASKED:
		html_text(h, "We look at it and write to you.");
		break;
	case RETURN_ACCEPTED:
		put_accepted(t->p, t->o, r);
		break;
	case RETURN_REFUSED:
		html_textf(h, "We cannot take it back: %s", r->why);
		break;
	}
	html_close(h, EL_P);
	buf_release(&words);
	return RC_OK;
}

enum rc
order_put_returns(struct page *p, const struct order *o, struct error *e)
{
	struct told told = { .p = p, .o = o };
	struct statement t = { .v = p->v, .o = *o }; /* borrowed */
	struct url u;
	enum rc rc;

	rc = return_list(p->v->db, o->id, put_one, &told, e);
	if (rc == RC_OK)
		rc = judge(p->v->db, &t, e);
	if (rc != RC_OK || t.may != RETURN_MADE || t.sum <= 0)
		return rc;
	if (!told.any)
		html_el(&p->h, EL_H2, "Not what you hoped for?");
	html_open(&p->h, EL_P);
	if (t.until != 0) {
		html_text(&p->h, "You can send hats back until the end of ");
		put_day(p, t.until - 1);
		html_text(&p->h, ".");
		html_close(&p->h, EL_P);
		html_open(&p->h, EL_P);
	}
	url_init(&u, "/order/return/");
	url_path(&u, o->uid);
	html_el(&p->h, EL_A, "Withdraw from contract here", HREF(&u),
	    CLASS("button plain"));
	url_release(&u);
	html_close(&p->h, EL_P);
	return RC_OK;
}
