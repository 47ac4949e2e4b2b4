/*
 * What customers send back, as the desk sees it: what waits for a word, what
 * the warehouse waits for, and the buttons that say it.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/orders.h"
#include "shop/returns.h"
#include "web/form.h"

#define MOST 50 /* on a page; the next ones come when these are done with */
#define WHY_SIZE 24
#define WHY_MAX 200

/*** The list ***/

struct rows {
	struct page *p;
	int64_t shown;
};

static void
name_why(int64_t id, char out[WHY_SIZE])
{
	(void)snprintf(out, WHY_SIZE, "why%" PRId64, id);
}

static void
say_url(struct url *u, int64_t id)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%" PRId64, id);
	url_init(u, "/desk/return/");
	url_path(u, number);
}

static void
put_deciding(struct page *p, const struct order *o,
    const struct goods_return *r, int64_t amount)
{
	char why[WHY_SIZE];
	struct entry f = { .name = why,
		.label = "Or why it is not taken",
		.hint = "The customer is sent this sentence.",
		.max = WHY_MAX };
	struct url u;

	name_why(r->id, why);
	say_url(&u, r->id);
	html_open(&p->h, EL_P);
	html_text(&p->h, "Once you accept, ");
	page_money_in(p, o->currency, amount);
	html_text(&p->h, " goes back.");
	html_close(&p->h, EL_P);
	entry_button(
	    p, &u, "what", "accept", "Accept: the money goes back", "button");
	entry_open(p, &u);
	entry_hidden(p, "what", "refuse");
	entry_put(p, &f);
	html_el(
	    &p->h, EL_BUTTON, "Refuse", CLASS("button plain"), TYPE("submit"));
	html_close(&p->h, EL_FORM);
	url_release(&u);
}

static void
put_awaited(struct page *p, const struct order *o, const struct goods_return *r)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_P);
	html_textf(h, "Accepted by %s: ", r->witness);
	page_money_in(p, o->currency, r->amount);
	html_text(h, " goes back. The goods are not here yet.");
	html_close(h, EL_P);
	say_url(&u, r->id);
	entry_button(p, &u, "what", "received",
	    "They are here: back to the shelf", "button");
	url_release(&u);
}

static void
put_return(struct page *p, const struct order *o, const struct goods_return *r,
    int64_t amount)
{
	struct html *h = &p->h;
	struct buf words;
	struct url u;

	html_open(h, EL_LI);
	html_open(h, EL_P, CLASS("what"));
	url_init(&u, "/order/");
	url_path(&u, o->uid);
	html_open(h, EL_A, HREF(&u), CLASS("number"));
	html_textf(h, "Order No. %" PRId64, o->id);
	html_close(h, EL_A);
	url_release(&u);
	html_open(h, EL_BR);
	buf_init(&words, LIMIT_TEXT);
	return_words(r, o, &words);
	html_textf(h, "%s, from %s", buf_str(&words), o->to.name);
	if (buf_rc(&words) != RC_OK)
		buf_fail(h->b, buf_rc(&words));
	buf_release(&words);
	if (o->state != ORDER_CLOSED) {
		html_open(h, EL_BR);
		html_el(h, EL_STRONG, "It is not delivered yet");
	}
	html_open(h, EL_BR);
	html_text(h, "asked for ");
	desk_age(p, p->v->now - r->made_at);
	html_text(h, " ago, ");
	orders_time(p, r->made_at);
	html_close(h, EL_P);
	page_div(p, NULL);
	if (r->state == RETURN_ASKED)
		put_deciding(p, o, r, amount);
	else
		put_awaited(p, o, r);
	html_close(h, EL_DIV);
	html_close(h, EL_LI);
}

static enum rc
put_row(void *ctx, const struct goods_return *r, struct error *e)
{
	struct rows *l = ctx;
	struct order o = { 0 };
	int64_t amount = 0;
	enum rc rc = order_load(l->p->v->db, r->order, &o, e);

	if (rc == RC_OK && r->state == RETURN_ASKED)
		rc = return_amount(l->p->v->db, r, &amount, e);
	if (rc == RC_OK) {
		if (l->shown++ == 0)
			html_open(&l->p->h, EL_OL, CLASS("ledger returns"));
		put_return(l->p, &o, r, amount);
	}
	order_release(&o);
	return rc;
}

static enum rc
put_list(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct page p;
	struct rows l = { .p = &p };
	enum rc rc = desk_open(&p, v, "What is sent back", e);

	if (rc != RC_OK)
		return rc;
	reply_status(v->r, status);
	entry_say(&p, "notice bad", sentence);
	rc = return_open(v->db, MOST, put_row, &l, e);
	if (rc != RC_OK)
		return rc;
	if (l.shown > 0)
		html_close(&p.h, EL_OL);
	else
		page_p(&p, NULL, "Nothing waits for a word of yours.");
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/desk", NULL, "Back to the desk");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

enum rc
desk_returns(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc = desk_need(v, &page, e);

	return rc == RC_OK && !page ? put_list(v, 200, NULL, e) : rc;
}

enum rc
desk_put_returns(struct page *p, struct error *e)
{
	int64_t asked, awaited;
	struct html *h = &p->h;
	enum rc rc = return_count(p->v->db, &asked, &awaited, e);

	if (rc != RC_OK || asked + awaited == 0)
		return rc;
	html_el(h, EL_H2, "Sent back");
	html_open(h, EL_P);
	html_textf(h, "%" PRId64 " to decide about, %" PRId64 " to come in. ",
	    asked, awaited);
	page_link(p, "/desk/returns", NULL, "See to them");
	html_close(h, EL_P);
	return RC_OK;
}

/*** A word is said ***/

enum { F_PROOF, F_WHAT, F_WHY, F_COUNT };

struct saying {
	int64_t id, now;
	const char *what, *why;
	char witness[DESK_WITNESS_SIZE];
	enum return_said said;
};

static enum rc
say(struct db *db, void *ctx, struct error *e)
{
	struct saying *s = ctx;

	if (strcmp(s->what, "accept") == 0)
		return return_accept(
		    db, s->id, s->witness, s->now, &s->said, e);
	if (strcmp(s->what, "refuse") == 0)
		return return_refuse(
		    db, s->id, s->witness, s->why, s->now, &s->said, e);
	if (strcmp(s->what, "received") == 0)
		return return_received(
		    db, s->id, s->witness, s->now, &s->said, e);
	return error_set(e, RC_INVALID, "that is no word of the desk");
}

static enum rc
say_it(struct visit *v, struct saying *s, struct error *e)
{
	struct url u;
	enum rc rc;

	if (strcmp(s->what, "refuse") == 0 && s->why[0] == '\0')
		return put_list(v, 422,
		    "Please say why it is not taken, in a sentence of at most "
		    "200 letters.",
		    e);
	rc = desk_witness(v, s->witness, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, say, s, e);
	if (rc == RC_INVALID) {
		error_clear(e);
		return page_error(v, 400, e);
	}
	if (rc != RC_OK)
		return rc;
	if (s->said == RETURN_NOT)
		return put_list(v, 409,
		    "Nothing was changed: somebody has decided otherwise, or "
		    "nobody has accepted it yet.",
		    e);
	url_init(&u, "/desk/returns");
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

enum rc
desk_say_return(struct visit *v, struct error *e)
{
	struct saying s = { .now = v->now };
	char why[WHY_SIZE];
	const struct field fields[F_COUNT] = {
		[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
		[F_WHAT] = { "what", FIELD_TEXT, 1, 10, 0 },
		[F_WHY] = { why, FIELD_TEXT, 1, WHY_MAX, 0 },
	};
	struct form f;
	bool page;
	enum rc rc = desk_need(v, &page, e);

	if (rc != RC_OK || page)
		return rc;
	if (num_parse(v->tail, 1, INT64_MAX, &s.id) != RC_OK)
		return error_set(e, RC_NOTFOUND, "there is no such return");
	name_why(s.id, why);
	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		rc = page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	} else if (rc == RC_OK && !who_proof(v, form_typed(&f, F_PROOF))) {
		rc = put_list(v, 403, ORDERS_LATE, e);
	} else if (rc == RC_OK) {
		s.what = form_text_or(&f, F_WHAT, "");
		s.why = form_text_or(&f, F_WHY, "");
		rc = say_it(v, &s, e);
	}
	form_release(&f);
	return rc;
}
