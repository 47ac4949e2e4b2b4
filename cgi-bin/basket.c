#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/basketpage.h"
#include "cgi-bin/page.h"
#include "shop/basket.h"
#include "shop/mirror.h"
#include "web/form.h"

/*** The page ***/

struct search {
	int64_t item;
	bool found;
};

static enum rc
find_item(void *ctx, const struct basket_line *l, struct error *e)
{
	struct search *s = ctx;

	(void)e;
	s->found |= l->item->id == s->item;
	return RC_OK;
}

/* A note that says what is in the basket, held against the basket: the address
 * may be an old one, or the browser may have kept no cookie. */
static enum rc
check_note(
    struct visit *v, enum basket_note *note, int64_t item, struct error *e)
{
	struct search s = { .item = item };
	struct basket_sum sum;
	int64_t basket;
	enum rc rc;

	if (*note != NOTE_ADDED && *note != NOTE_CAPPED &&
	    *note != NOTE_CHANGED)
		return RC_OK;
	rc = page_basket(v, &basket, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		*note = NOTE_COOKIE;
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = basket_lines(v->db, basket, find_item, &s, &sum, e);
	if (rc == RC_OK && !s.found)
		*note = NOTE_NONE;
	return rc;
}

/* GET /basket?note=added&item=7: the note is a word of ours or nothing. */
static enum rc
show(struct visit *v, struct error *e)
{
	enum { F_NOTE, F_ITEM, F_COUNT };
	static const struct field fields[F_COUNT] = {
		[F_NOTE] = { "note", FIELD_TEXT, 1, 16, 0 },
		[F_ITEM] = { "item", FIELD_INT, 1, INT64_MAX, 0 },
	};
	enum basket_note note;
	struct item it = { 0 };
	const char *word;
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		form_release(&f);
		return page_error(v, 400, e);
	}
	if (rc == RC_OK)
		rc = who_seen(v, e);
	word = rc == RC_OK ? form_text_or(&f, F_NOTE, "") : "";
	note = basket_note_of(word);
	if (rc == RC_OK && note != NOTE_NONE) {
		rc = item_by_id(v->db, form_int_or(&f, F_ITEM, 0), &it, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			note = NOTE_NONE;
			rc = RC_OK;
		}
		if (rc == RC_OK)
			rc = check_note(v, &note, it.id, e);
	}
	if (rc == RC_OK)
		rc = basket_page(v, note, it.name, e);
	item_release(&it);
	form_release(&f);
	return rc;
}

/*** What a form asks for ***/

enum { F_ITEM, F_QTY, F_PROOF, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_ITEM] = { "item", FIELD_INT, 1, INT64_MAX, FIELD_NEEDED },
	[F_QTY] = { "qty", FIELD_INT, 0, LIMIT_QTY, FIELD_NEEDED },
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
};

struct wish {
	struct item item; /* owned */
	int64_t qty;
	bool number; /* qty is one */
	char qty_typed[21];
	bool ours; /* the form is one that we gave this browser */
};

/*
 * Whether the form counts.  Without any cookie there is nothing to protect; and
 * a page that was made for anybody has a form without a proof, which may put a
 * hat into a basket that is nobody's but the browser's: shoppers open several
 * hats before they put the first one in.
 */
static bool
is_ours(const struct visit *v, const struct form *f)
{
	const struct who *w = &v->who;

	if (w->session.customer == 0 &&
	    (w->browser[0] == '\0' ||
		(form_error(f, F_PROOF) == FIELD_ABSENT &&
		    strcmp(buf_str(&v->q->path), "/basket/add") == 0)))
		return true;
	return who_proof(v, form_typed(f, F_PROOF));
}

/* RC_NOTFOUND for an item that does not exist; RC_INVALID and RC_TOOBIG for a
 * form that no page of ours sends. */
static enum rc
read_wish(struct visit *v, struct wish *w, struct error *e)
{
	struct form f;
	enum rc rc;

	memset(w, 0, sizeof(*w));
	rc = form_read(
	    &f, posted, F_COUNT, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_OK && f.twice)
		rc = error_set(e, RC_INVALID, "a field was sent twice");
	if (rc == RC_OK)
		rc = who_read(v, e);
	if (rc == RC_OK)
		w->ours = is_ours(v, &f);
	if (rc == RC_OK && form_error(&f, F_ITEM) != FIELD_OK)
		rc = error_set(e, RC_NOTFOUND, "no such hat");
	if (rc == RC_OK)
		rc = item_by_id(v->db, form_int(&f, F_ITEM), &w->item, e);
	if (rc == RC_OK) {
		switch (form_error(&f, F_QTY)) {
		case FIELD_OK:
			w->number = true;
			w->qty = form_int(&f, F_QTY);
			break;
		case FIELD_LONG: /* more than we ever sell: as many as we may */
			w->number = true;
			w->qty = LIMIT_QTY;
			break;
		case FIELD_ABSENT:
		case FIELD_MISSING:
		case FIELD_BAD:
		case FIELD_SHORT:
		case FIELD_TWICE:
			break;
		}
		(void)snprintf(w->qty_typed, sizeof(w->qty_typed), "%s",
		    form_typed(&f, F_QTY));
	}
	form_release(&f);
	return rc;
}

/* The page for a wish that could not be read. */
static enum rc
bad_wish(struct visit *v, enum rc rc, struct error *e)
{
	if (rc != RC_INVALID && rc != RC_TOOBIG)
		return rc;
	error_clear(e);
	return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
}

/* Go to the basket and say what was done. */
static void
back(struct visit *v, enum basket_note note, const struct item *it)
{
	struct url u;

	url_init(&u, "/basket");
	if (note != NOTE_NONE) {
		url_arg(&u, "note", basket_note_word(note));
		url_argd(&u, "item", it->id);
	}
	reply_redirect(v->r, &u);
	url_release(&u);
}

/* The answer to a change of the database. */
static enum rc
tell(struct visit *v, enum basket_outcome outcome, enum basket_note done,
    const struct item *it, struct error *e)
{
	switch (outcome) {
	case BASKET_DONE:
		break;
	case BASKET_CAPPED:
		done = NOTE_CAPPED;
		break;
	case BASKET_OUT:
		return basket_page(v, NOTE_OUT, it->name, e);
	case BASKET_GONE:
		return basket_page(v, NOTE_GONE, it->name, e);
	case BASKET_FULL:
		return basket_page(v, NOTE_FULL, it->name, e);
	}
	back(v, done, it);
	return RC_OK;
}

static enum rc
once_more(struct visit *v, enum basket_wish what, const struct wish *w,
    struct error *e)
{
	return basket_once_more(v, what, &w->item, w->qty_typed, e);
}

/*** add ***/

/* Why the wish cannot be granted, as far as a look can tell. */
static enum rc
objection(struct visit *v, const struct wish *w, enum basket_note *note,
    struct error *e)
{
	bool fresh;
	enum rc rc;

	*note = NOTE_NONE;
	rc = mirror_fresh(
	    v->db, v->settings->stock_stale_after, v->now, &fresh, e);
	if (rc != RC_OK)
		return rc;
	if (!w->number || w->qty < 1)
		*note = NOTE_NUMBER;
	else if (w->item.gone)
		*note = NOTE_GONE;
	else if (!fresh)
		*note = NOTE_WAIT;
	else if (item_available(&w->item) <= 0)
		*note = NOTE_OUT;
	return RC_OK;
}

struct own {
	struct visit *v;
	int64_t basket;
};

static enum rc
customers_basket(struct db *db, void *ctx, struct error *e)
{
	struct own *o = ctx;

	return basket_of_customer(
	    db, o->v->who.session.customer, o->v->now, &o->basket, e);
}

/* The visitor's basket, made when there is none. */
static enum rc
open_basket(struct visit *v, int64_t *basket, struct error *e)
{
	struct own o = { v, 0 };
	char token[TOKEN_SIZE];
	enum rc rc;

	rc = page_basket(v, basket, e);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	if (v->who.session.customer != 0) {
		rc = db_unit(v->db, customers_basket, &o, e);
		*basket = o.basket;
		return rc;
	}
	rc = basket_new(v->db, token, basket, e);
	if (rc == RC_OK)
		memcpy(v->who.browser, token, sizeof(token));
	return rc;
}

/* Into the visitor's basket; the browser's cookie is set, anew each time. */
static enum rc
put_in(struct visit *v, const struct wish *w, enum basket_outcome *outcome,
    struct error *e)
{
	int64_t basket, now_qty;
	enum rc rc;

	rc = open_basket(v, &basket, e);
	if (rc == RC_OK)
		rc = basket_add(
		    v->db, basket, w->item.id, w->qty, outcome, &now_qty, e);
	if (rc == RC_OK && v->who.browser[0] == '\0')
		rc = who_name_browser(v, e);
	else if (rc == RC_OK)
		rc = who_is_browser(v, v->who.browser, e);
	return rc;
}

static enum rc
add(struct visit *v, struct error *e)
{
	enum basket_outcome outcome = BASKET_DONE;
	enum basket_note note;
	struct wish w;
	enum rc rc;

	rc = read_wish(v, &w, e);
	if (rc != RC_OK)
		return bad_wish(v, rc, e);
	if (!w.ours) {
		rc = once_more(v, WISH_ADD, &w, e);
		item_release(&w.item);
		return rc;
	}
	rc = objection(v, &w, &note, e);
	if (rc == RC_OK && note != NOTE_NONE)
		rc = basket_page(v, note, w.item.name, e);
	else if (rc == RC_OK)
		rc = put_in(v, &w, &outcome, e);
	if (rc == RC_OK && note == NOTE_NONE)
		rc = tell(v, outcome, NOTE_ADDED, &w.item, e);
	item_release(&w.item);
	return rc;
}

/*** change and remove ***/

/* Set a line's quantity; without a basket there is nothing to change. */
static enum rc
set_line(struct visit *v, const struct wish *w, enum basket_note done,
    struct error *e)
{
	enum basket_outcome outcome;
	int64_t basket, now_qty;
	enum rc rc;

	rc = page_basket(v, &basket, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		back(v, NOTE_NONE, NULL);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = basket_set(
		    v->db, basket, w->item.id, w->qty, &outcome, &now_qty, e);
	if (rc == RC_OK)
		rc = tell(v, outcome, done, &w->item, e);
	return rc;
}

static enum rc
change(struct visit *v, struct error *e)
{
	struct wish w;
	enum rc rc;

	rc = read_wish(v, &w, e);
	if (rc != RC_OK)
		return bad_wish(v, rc, e);
	if (!w.ours)
		rc = once_more(v, WISH_CHANGE, &w, e);
	else if (!w.number)
		rc = basket_page(v, NOTE_NUMBER, w.item.name, e);
	else
		rc = set_line(
		    v, &w, w.qty == 0 ? NOTE_REMOVED : NOTE_CHANGED, e);
	item_release(&w.item);
	return rc;
}

static enum rc
take_out(struct visit *v, struct error *e)
{
	struct wish w;
	enum rc rc;

	rc = read_wish(v, &w, e);
	if (rc != RC_OK)
		return bad_wish(v, rc, e);
	w.qty = 0;
	rc = w.ours ? set_line(v, &w, NOTE_REMOVED, e)
		    : once_more(v, WISH_REMOVE, &w, e);
	item_release(&w.item);
	return rc;
}

static const struct route routes[] = {
	{ "/basket", ON_GET, show },
	{ "/basket/add", ON_POST, add },
	{ "/basket/change", ON_POST, change },
	{ "/basket/remove", ON_POST, take_out },
};

int
main(void)
{
	return cgi_main("basket", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error);
}
