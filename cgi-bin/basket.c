#include "config.h"

#include <string.h>

#include "cgi-bin/card.h"
#include "shop/basket.h"
#include "shop/mirror.h"
#include "web/cookie.h"
#include "web/form.h"

/* What the page says above the lines about what was just asked. */
enum note {
	NOTE_NONE,
	/* done; also said after a redirect */
	NOTE_ADDED,
	NOTE_CAPPED,
	NOTE_CHANGED,
	NOTE_REMOVED,
	/* refused, nothing changed */
	NOTE_OUT,
	NOTE_GONE,
	NOTE_WAIT,
	NOTE_FULL,
	NOTE_NUMBER,
	NOTE_COUNT
};

static const struct note_words {
	const char *word; /* in the address after a redirect, or NULL */
	int status;
	const char *class, *text; /* text goes after the hat's name */
} notes[NOTE_COUNT] = {
	[NOTE_NONE] = { NULL, 200, "", "" },
	[NOTE_ADDED] = { "added", 200, "notice good", "is in the basket." },
	[NOTE_CAPPED] = { "capped", 200, "notice",
	    "is in the basket, but in a smaller number than you asked for: "
	    "that "
	    "is all there are." },
	[NOTE_CHANGED] = { "changed", 200, "notice good",
	    "comes in the number you asked for." },
	[NOTE_REMOVED] = { "removed", 200, "notice good",
	    "was taken out of the basket." },
	[NOTE_OUT] = { NULL, 409, "notice bad",
	    "is sold out and cannot be put in the basket." },
	[NOTE_GONE] = { NULL, 409, "notice bad",
	    "is no longer sold and cannot be put in the basket." },
	[NOTE_WAIT] = { NULL, 409, "notice bad",
	    "cannot be put in the basket just now: we are checking what is in "
	    "the stockroom. Please try again in a minute." },
	[NOTE_FULL] = { NULL, 409, "notice bad",
	    "did not fit: a basket holds fifty kinds of hat." },
	[NOTE_NUMBER] = { NULL, 400, "notice bad",
	    "was left as it was: please ask for a whole number of hats, from 1 "
	    "to 999." },
};
_Static_assert(
    LIMIT_BASKET_LINES == 50 && LIMIT_QTY == 999, "the notes say so");

/*** The page ***/

struct receipt {
	struct page *p;
	int64_t counted; /* pieces that are in the sum */
};

static void
put_note(struct page *p, enum note note, const char *hat)
{
	struct html *h = &p->h;

	if (note == NOTE_NONE)
		return;
	html_open(h, EL_DIV, CLASS(notes[note].class),
	    AT(AT_ROLE, notes[note].status == 200 ? "status" : "alert"));
	html_open(h, EL_P);
	html_el(h, EL_STRONG, hat);
	html_textf(h, " %s", notes[note].text);
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

static void
item_field(struct page *p, const struct item *it)
{
	html_open(&p->h, EL_INPUT, TYPE("hidden"), NAME("item"),
	    ATD(AT_VALUE, it->id));
}

/* A button whose name says which hat to those who cannot see the line. */
static void
line_button(struct page *p, const char *text, const struct item *it)
{
	struct html *h = &p->h;

	html_open(h, EL_BUTTON, CLASS("button plain"), TYPE("submit"));
	html_text(h, text);
	html_open(h, EL_SPAN, CLASS("aside"));
	html_textf(h, " %s", it->name);
	html_close(h, EL_SPAN);
	html_close(h, EL_BUTTON);
}

static void
change_form(struct page *p, const struct basket_line *l)
{
	struct html *h = &p->h;
	struct buf id;
	struct url u;

	buf_init(&id, LIMIT_LINE);
	buf_printf(&id, "qty%lld", (long long)l->item->id);
	url_init(&u, "/basket/change");
	html_open(h, EL_FORM, ACTION(&u), AT(AT_METHOD, "post"));
	url_release(&u);
	item_field(p, l->item);
	page_div(p, "field");
	html_open(h, EL_LABEL, AT(AT_FOR, buf_str(&id)));
	html_text(h, "How many");
	html_open(h, EL_SPAN, CLASS("aside"));
	html_textf(h, " of %s", l->item->name);
	html_close(h, EL_SPAN);
	html_close(h, EL_LABEL);
	html_open(h, EL_INPUT, ID(buf_str(&id)), NAME("qty"), TYPE("number"),
	    CLASS("qty"), ATD(AT_VALUE, l->qty), ATD(AT_MIN, 0),
	    ATD(AT_MAX, LIMIT_QTY), FLAG(AT_REQUIRED));
	html_close(h, EL_DIV);
	line_button(p, "Change", l->item);
	html_close(h, EL_FORM);
	buf_release(&id);
}

static void
remove_form(struct page *p, const struct item *it)
{
	struct url u;

	url_init(&u, "/basket/remove");
	html_open(&p->h, EL_FORM, ACTION(&u), AT(AT_METHOD, "post"));
	url_release(&u);
	item_field(p, it);
	line_button(p, "Remove", it);
	html_close(&p->h, EL_FORM);
}

static void
flag(struct page *p, const struct basket_line *l)
{
	struct html *h = &p->h;

	if (l->state == LINE_OK)
		return;
	html_open(h, EL_P, CLASS("flag"));
	switch (l->state) {
	case LINE_OK:
		break;
	case LINE_SHORT:
		html_open(h, EL_STRONG);
		html_textf(h, "Only %lld left.", (long long)l->available);
		html_close(h, EL_STRONG);
		html_textf(h,
		    " Change the number to %lld or fewer and it counts again.",
		    (long long)l->available);
		break;
	case LINE_OUT:
		html_el(h, EL_STRONG, "Sold out.");
		html_text(h, " It stays here in case more arrive, but is not "
			     "counted.");
		break;
	case LINE_GONE:
		html_el(h, EL_STRONG, "No longer sold.");
		html_text(
		    h, " It is not counted; you may as well take it out.");
		break;
	}
	html_close(h, EL_P);
}

static void
line_name(struct page *p, const struct item *it)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_DIV);
	html_open(h, EL_H2);
	card_url(it, &u);
	html_el(h, EL_A, it->name, HREF(&u));
	url_release(&u);
	html_close(h, EL_H2);
	html_open(h, EL_P, CLASS("each small"));
	page_money(p, it->price);
	html_text(h, " each, incl. VAT");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

static enum rc
put_line(void *ctx, const struct basket_line *l, struct error *e)
{
	struct receipt *r = ctx;
	struct page *p = r->p;
	struct html *h = &p->h;

	(void)e;
	html_open(
	    h, EL_LI, CLASS(l->state == LINE_OK ? "line" : "line flagged"));
	card_put_niche(p, l->item, SIZE_CARD, "", 160);
	line_name(p, l->item);
	page_div(p, "does");
	if (l->state != LINE_GONE)
		change_form(p, l);
	remove_form(p, l->item);
	html_open(h, EL_P, CLASS("sum"));
	if (l->state == LINE_OK) {
		page_money(p, l->total);
		r->counted += l->qty;
	} else {
		html_text(h, "Not counted");
	}
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	flag(p, l);
	html_close(h, EL_LI);
	return RC_OK;
}

static void
put_receipt(
    const struct receipt *r, const struct basket_sum *sum, struct page *p)
{
	struct html *h = &p->h;

	html_open(h, EL_SECTION, CLASS("receipt"));
	html_el(h, EL_H2, "The sum of it");
	html_open(h, EL_DL);
	html_open(h, EL_DT);
	html_textf(h, "%lld %s", (long long)r->counted,
	    r->counted == 1 ? "hat" : "hats");
	html_close(h, EL_DT);
	html_open(h, EL_DD);
	page_money(p, sum->total);
	html_close(h, EL_DD);
	html_el(h, EL_DT, "Total", CLASS("total"));
	html_open(h, EL_DD, CLASS("total"));
	page_money(p, sum->total);
	html_close(h, EL_DD);
	html_close(h, EL_DL);
	if (sum->flagged > 0) {
		html_open(h, EL_P);
		html_textf(h, "%lld %s not counted.", (long long)sum->flagged,
		    sum->flagged == 1 ? "line is" : "lines are");
		html_close(h, EL_P);
	}
	page_p(p, "small",
	    "Prices include VAT. Delivery is added before you pay.");
	page_p(p, NULL,
	    "The till opens soon. The basket keeps its hats until then.");
	html_close(h, EL_SECTION);
}

static enum rc
full_basket(struct page *p, struct error *e)
{
	struct receipt r = { .p = p };
	struct html *h = &p->h;
	struct basket_sum sum;
	enum rc rc;

	html_el(h, EL_H1, "In the basket");
	page_div(p, "till");
	html_open(h, EL_UL, CLASS("lines"));
	rc = basket_lines(p->v->db, p->basket, put_line, &r, &sum, e);
	if (rc != RC_OK)
		return rc;
	html_close(h, EL_UL);
	put_receipt(&r, &sum, p);
	html_close(h, EL_DIV);
	return RC_OK;
}

static void
empty_basket(struct page *p)
{
	struct html *h = &p->h;

	page_div(p, "turn");
	page_drawing(p, "/empty.svg", "", 480, 300);
	html_open(h, EL_DIV);
	html_el(h, EL_H1, "Nothing in the basket but a moth");
	page_p(p, "lead",
	    "The basket is empty. The hats are this way, and the moth can see "
	    "itself out.");
	html_open(h, EL_P, CLASS("doors"));
	page_link(p, "/hats", "button", "See every hat");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	html_close(h, EL_DIV);
}

static enum rc
basket_page(struct visit *v, enum note note, const char *hat, struct error *e)
{
	struct page_head head = { .title = "Basket" };
	struct page p;
	enum rc rc;

	reply_status(v->r, notes[note].status);
	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	/* A basket changes under its owner's hands. */
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide");
	put_note(&p, note, hat);
	if (p.pieces > 0)
		rc = full_basket(&p, e);
	else
		empty_basket(&p);
	if (rc != RC_OK)
		return rc;
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
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
	enum note note = NOTE_NONE;
	struct item it = { 0 };
	const char *word;
	struct form f;
	enum rc rc;
	int i;

	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		form_release(&f);
		return page_error(v, 400, e);
	}
	word = rc == RC_OK ? form_text_or(&f, F_NOTE, "") : "";
	for (i = 0; i < NOTE_COUNT; i++) {
		if (notes[i].word != NULL && strcmp(notes[i].word, word) == 0)
			note = (enum note)i;
	}
	if (rc == RC_OK && note != NOTE_NONE) {
		rc = item_by_id(v->db, form_int_or(&f, F_ITEM, 0), &it, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			note = NOTE_NONE;
			rc = RC_OK;
		}
	}
	if (rc == RC_OK)
		rc = basket_page(v, note, it.name, e);
	item_release(&it);
	form_release(&f);
	return rc;
}

/*** What a form asks for ***/

enum { F_ITEM, F_QTY, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_ITEM] = { "item", FIELD_INT, 1, INT64_MAX, FIELD_NEEDED },
	[F_QTY] = { "qty", FIELD_INT, 0, LIMIT_QTY, FIELD_NEEDED },
};

struct wish {
	struct item item; /* owned */
	int64_t qty;
	bool number; /* qty is one */
};

/* RC_NOTFOUND for an item that does not exist; RC_INVALID for a form that no
 * page of ours sends. */
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
	}
	form_release(&f);
	return rc;
}

/* Go to the basket and say what was done. */
static void
back(struct visit *v, enum note note, const struct item *it)
{
	struct url u;

	url_init(&u, "/basket");
	if (note != NOTE_NONE) {
		url_arg(&u, "note", notes[note].word);
		url_argd(&u, "item", it->id);
	}
	reply_redirect(v->r, &u);
	url_release(&u);
}

/* The answer to a change of the database. */
static enum rc
tell(struct visit *v, enum basket_outcome outcome, enum note done,
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

/*** add ***/

/* Why the wish cannot be granted, as far as a look can tell. */
static enum rc
objection(
    struct visit *v, const struct wish *w, enum note *note, struct error *e)
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

static enum rc
set_cookie(struct visit *v, const char *token, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	cookie_put(
	    &b, BASKET_COOKIE, page_secure(v), token, BASKET_COOKIE_SECONDS);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		reply_header(v->r, "Set-Cookie", buf_str(&b));
	else
		(void)error_set(e, rc, "could not write a cookie");
	buf_release(&b);
	return rc;
}

/* Into the visitor's basket, or into a new one whose cookie is set. */
static enum rc
put_in(struct visit *v, const struct wish *w, enum basket_outcome *outcome,
    struct error *e)
{
	char token[TOKEN_SIZE];
	int64_t basket, now_qty;
	enum rc rc;

	rc = page_basket(v, &basket, token, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = basket_new(v->db, token, &basket, e);
	}
	if (rc == RC_OK)
		rc = basket_add(
		    v->db, basket, w->item.id, w->qty, outcome, &now_qty, e);
	if (rc == RC_OK)
		rc = set_cookie(v, token, e);
	return rc;
}

static enum rc
add(struct visit *v, struct error *e)
{
	enum basket_outcome outcome = BASKET_DONE;
	enum note note;
	struct wish w;
	enum rc rc;

	rc = read_wish(v, &w, e);
	if (rc == RC_INVALID) {
		error_clear(e);
		return page_error(v, 400, e);
	}
	if (rc != RC_OK)
		return rc;
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
set_line(struct visit *v, const struct wish *w, enum note done, struct error *e)
{
	enum basket_outcome outcome;
	int64_t basket, now_qty;
	enum rc rc;

	rc = page_basket(v, &basket, NULL, e);
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
	if (rc == RC_INVALID) {
		error_clear(e);
		return page_error(v, 400, e);
	}
	if (rc != RC_OK)
		return rc;
	if (!w.number)
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
	if (rc == RC_INVALID) {
		error_clear(e);
		return page_error(v, 400, e);
	}
	if (rc != RC_OK)
		return rc;
	w.qty = 0;
	rc = set_line(v, &w, NOTE_REMOVED, e);
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
