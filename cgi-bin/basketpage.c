#include "config.h"

#include <string.h>

#include "cgi-bin/basketpage.h"
#include "cgi-bin/card.h"
#include "cgi-bin/entry.h"
#include "shop/basket.h"
#include "shop/order.h"

static const struct note_words {
	const char *word; /* in the address after a redirect, or NULL */
	int status;
	const char *class, *text; /* text goes after the hat's name */
} notes[NOTE_COUNT] = {
	[NOTE_NONE] = { NULL, 200, "", "" },
	[NOTE_ADDED] = { "added", 200, "notice good", "is in the basket." },
	[NOTE_CAPPED] = { "capped", 200, "notice",
	    "is in the basket, but in a smaller number than you asked for: "
	    "that is as many as can be had at once." },
	[NOTE_CHANGED] = { "changed", 200, "notice good",
	    "comes in the number you asked for." },
	[NOTE_REMOVED] = { "removed", 200, "notice good",
	    "was taken out of the basket." },
	[NOTE_COOKIE] = { NULL, 200, "notice bad",
	    "did not stay in the basket: your browser did not bring back the "
	    "cookie by which we know it. Please allow this shop its one "
	    "cookie and try again." },
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

const char *
basket_note_word(enum basket_note note)
{
	return notes[note].word;
}

enum basket_note
basket_note_of(const char *word)
{
	int i;

	for (i = 0; i < NOTE_COUNT; i++) {
		if (notes[i].word != NULL && strcmp(notes[i].word, word) == 0)
			return (enum basket_note)i;
	}
	return NOTE_NONE;
}

struct receipt {
	struct page *p;
	int64_t counted; /* pieces that are in the sum */
};

static void
put_note(struct page *p, enum basket_note note, const char *hat)
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
	page_proof(p);
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
	card_put_niche(p, l->item, 160, false);
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
	if (r->counted > 0) {
		html_open(h, EL_P);
		page_link(p, "/checkout", "button", "Check out");
		html_close(h, EL_P);
	}
	html_close(h, EL_SECTION);
}

/* An order that waits to be paid holds hats, which may be these. */
static enum rc
put_waiting(struct page *p, struct error *e)
{
	int64_t order, customer = p->v->who.session.customer;
	enum rc rc;

	if (customer == 0)
		return RC_OK;
	rc = order_live(p->v->db, customer, &order, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	html_open(&p->h, EL_DIV, CLASS("notice"), AT(AT_ROLE, "status"));
	html_open(&p->h, EL_P);
	html_text(&p->h, "You have an order that is not paid yet, and hats "
			 "are held for it. ");
	page_link(p, "/checkout", NULL, "Pay it or end it");
	html_close(&p->h, EL_P);
	html_close(&p->h, EL_DIV);
	return RC_OK;
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

enum rc
basket_page(
    struct visit *v, enum basket_note note, const char *hat, struct error *e)
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
	rc = put_waiting(&p, e);
	if (rc == RC_OK && p.pieces > 0)
		rc = full_basket(&p, e);
	else if (rc == RC_OK)
		empty_basket(&p);
	if (rc != RC_OK)
		return rc;
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

static void
wish_url(enum basket_wish what, struct url *u)
{
	switch (what) {
	case WISH_ADD:
		url_init(u, "/basket/add");
		return;
	case WISH_CHANGE:
		url_init(u, "/basket/change");
		return;
	case WISH_REMOVE:
		url_init(u, "/basket/remove");
		return;
	}
}

static const char *
wish_verb(enum basket_wish what)
{
	switch (what) {
	case WISH_ADD:
		return "Put it in the basket";
	case WISH_CHANGE:
		return "Change";
	case WISH_REMOVE:
		return "Remove";
	}
	return "";
}

enum rc
basket_once_more(struct visit *v, enum basket_wish what, const struct item *it,
    const char *qty, struct error *e)
{
	struct page_head head = { .title = "Once more, please", .form = true };
	struct entry f = { .name = "qty",
		.label = "How many?",
		.inputmode = "numeric",
		.value = qty };
	struct page p;
	struct url u;
	enum rc rc;

	reply_status(v->r, 403);
	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "wide slip");
	html_el(&p.h, EL_H1, head.title);
	entry_say(&p, "notice bad",
	    "That form was open for too long, or your browser did not bring "
	    "its cookie back. Nothing was changed.");
	html_el(&p.h, EL_H2, it->name);
	wish_url(what, &u);
	entry_open(&p, &u);
	url_release(&u);
	html_open(&p.h, EL_INPUT, TYPE("hidden"), NAME("item"),
	    ATD(AT_VALUE, it->id));
	if (what == WISH_REMOVE)
		entry_hidden(&p, "qty", "0");
	else
		entry_put(&p, &f);
	entry_close(&p, wish_verb(what));
	html_open(&p.h, EL_P);
	page_link(&p, "/basket", NULL, "To the basket");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}
