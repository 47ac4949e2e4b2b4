#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/token.h"
#include "base/zone.h"
#include "flow/close.h"
#include "flow/flow_impl.h"
#include "flow/letters.h"
#include "letter/invoice.h"
#include "shop/invoice.h"
#include "shop/journal.h"
#include "shop/outbox.h"
#include "shop/parcel.h"

#define REDRAWN 20 /* times, when others take the number */
#define PAPERS 65  /* of one order: the invoice, and each refund's */
#define LETTER_ROOM (3 * 1024 * 1024)

/* One that is drawn and not yet issued. */
struct draft {
	int64_t refund; /* 0: the invoice */
	int64_t n, total, tax;
	const char *series;
	char number[INVOICE_NUMBER_SIZE], uid[UID_SIZE];
	struct buf pdf, letter; /* owned */
};

struct closing {
	const struct settings *s;
	int64_t now, year;
	struct run r; /* the order as order_advance reads it; owned */
	struct parcels parcels;
	struct invoice papers[PAPERS];
	size_t npapers;
	char invoice[INVOICE_NUMBER_SIZE]; /* its number; "": none yet */
	struct draft drafts[PAPERS];
	size_t n;
	enum close_outcome outcome;
};

/*** What is due ***/

enum rc
close_due(
    struct db *db, int64_t most, close_put *put, void *ctx, struct error *e)
{
	static const enum sql which[] = { SQL_CLOSE_DUE, SQL_CLOSE_CREDIT };
	struct db_rows *rows;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < 2 && rc == RC_OK; i++) {
		rc = db_ask(db, which[i], &rows, e, db_int(most));
		if (rc != RC_OK)
			return rc;
		while ((rc = db_next(rows, e)) == RC_OK &&
		       (rc = put(ctx, db_col_int(rows, 0), e)) == RC_OK)
			;
		db_done(rows);
		rc = rc == RC_NOTFOUND ? RC_OK : rc;
	}
	return rc;
}

/*** Reading ***/

static enum rc
keep_paper(void *ctx, const struct invoice *i, struct error *e)
{
	struct closing *c = ctx;

	if (c->npapers == PAPERS)
		return error_set(
		    e, RC_TOOBIG, "an order has more than %d papers", PAPERS);
	c->papers[c->npapers++] = *i;
	if (i->refund == 0)
		memcpy(c->invoice, i->number, sizeof(c->invoice));
	return RC_OK;
}

static enum rc
read_all(struct db *db, void *ctx, struct error *e)
{
	struct closing *c = ctx;
	int64_t id = c->r.o.id;
	enum rc rc;

	c->npapers = 0;
	c->invoice[0] = '\0';
	rc = flow_load(db, &c->r, e);
	if (rc == RC_OK)
		rc = parcels_of(db, id, &c->parcels, e);
	return rc == RC_OK ? invoice_of_order(db, id, keep_paper, c, e) : rc;
}

/*** Drawing ***/

/* What was on the seller's paper, as it is on every one. */
static struct paper
blank(const struct closing *c, const struct draft *d)
{
	const struct settings *s = c->s;

	return (struct paper){
		.kind = d->refund == 0 ? PAPER_INVOICE : PAPER_CREDIT,
		.number = d->number,
		.invoice = d->refund == 0 ? "" : c->invoice,
		.why = "",
		.seller =
		    s->company_name[0] != '\0' ? s->company_name : s->shop_name,
		.vat_number = s->company_vat_number,
		.registered = s->company_registered,
		.zone = s->shop_zone,
		.order = c->r.o.id,
		.ordered_at = c->r.o.made_at,
		.delivered_at = c->parcels.delivered_at,
		.issued_at = c->now,
		.currency = c->r.o.currency,
		.total = d->total,
		.tax = d->tax,
		.paid_at = c->r.o.paid_at,
	};
}

/* "1 Brim Street | Leeds" as lines. */
static void
put_address(struct buf *b, const char *address)
{
	for (const char *p = address; *p != '\0'; p++) {
		if (*p != '|') {
			buf_putc(b, *p);
			continue;
		}
		while (b->len > 0 && b->s[b->len - 1] == ' ')
			buf_cut(b, b->len - 1);
		buf_putc(b, '\n');
		while (p[1] == ' ')
			p++;
	}
}

static enum rc
draw(const struct closing *c, struct draft *d, struct paper *p, int64_t payment,
    struct error *e)
{
	const char *buyer[LETTERS_ADDRESS];
	struct buf seller;
	enum rc rc;

	if (c->s->company_address[0] == '\0')
		return error_set(e, RC_INVALID,
		    "no invoice can be made: company.address is not set");
	p->nbuyer = letters_address(&c->r.o.to, buyer);
	p->buyer = buyer;
	p->paid_by = flow_method(&c->r, payment);
	buf_init(&seller, LIMIT_LINE);
	put_address(&seller, c->s->company_address);
	p->seller_lines = buf_str(&seller);
	rc = buf_rc(&seller);
	if (rc == RC_OK)
		rc = paper_render(p, &d->pdf, e);
	buf_release(&seller);
	return rc;
}

static enum rc
draw_invoice(const struct closing *c, struct draft *d, struct error *e)
{
	struct paper_line lines[PAPER_LINES];
	const struct order *o = &c->r.o;
	int64_t tax = 0;
	struct paper p;

	_Static_assert(LIMIT_BASKET_LINES < PAPER_LINES, "and the delivery");
	d->total = o->total;
	d->tax = o->tax;
	p = blank(c, d);
	for (size_t i = 0; i < o->n; i++) {
		const struct order_line *l = &o->lines[i];

		lines[i] = (struct paper_line){ l->name, l->qty, l->price,
			l->qty * l->price, l->tax_rate, l->tax };
		tax += l->tax;
	}
	lines[o->n] = (struct paper_line){ o->delivery_option, 1, o->delivery,
		o->delivery, o->n > 0 ? o->lines[0].tax_rate : 0,
		o->tax - tax };
	p.lines = lines;
	p.n = o->n + 1;
	return draw(c, d, &p, 0, e);
}

/* The tax in the first so many pennies that went back: never more than was
 * charged, and all of it in all of them. */
static int64_t
tax_back(const struct order *o, int64_t back, int64_t rate)
{
	int64_t tax = order_tax(back, rate);

	return back >= o->total || tax > o->tax ? o->tax : tax;
}

static void
credit_line(struct paper *p, struct paper_line *l, const char *what,
    int64_t qty, int64_t price, int64_t rate)
{
	*l = (struct paper_line){ what, qty, price, qty * price, rate,
		order_tax(qty * price, rate) };
	p->n++;
}

/* The goods of a return, and the delivery when it went back with them; false:
 * that is not what the paper is of, or the taxes do not add up. */
static bool
credit_goods(const struct closing *c, const struct goods_return *g,
    struct paper *p, struct paper_line *lines)
{
	const struct order *o = &c->r.o;
	struct error none = ERROR_NONE;
	int64_t left = p->total, tax = p->tax;

	p->lines = lines;
	p->n = 0;
	for (size_t i = 0; i < o->n; i++)
		for (size_t j = 0; j < g->n; j++)
			if (g->lines[j].item == o->lines[i].item)
				credit_line(p, &lines[p->n], o->lines[i].name,
				    g->lines[j].qty, o->lines[i].price,
				    o->lines[i].tax_rate);
	for (size_t i = 0; i < p->n; i++)
		left -= lines[i].gross;
	if (left > 0 && left == o->delivery && p->n > 0)
		credit_line(p, &lines[p->n], o->delivery_option, 1, left,
		    lines[0].rate);
	else if (left != 0 || p->n == 0)
		return false;
	/* the last one has what rounding leaves */
	for (size_t i = 0; i + 1 < p->n; i++)
		tax -= lines[i].tax;
	lines[p->n - 1].tax = tax;
	return paper_check(p, &none) == RC_OK;
}

/* Of a refund, after what went back before it. */
static enum rc
draw_credit(const struct closing *c, struct draft *d, const struct refund *f,
    const struct goods_return *g, int64_t back, int64_t taxed, struct error *e)
{
	int64_t rate = c->r.o.n > 0 ? c->r.o.lines[0].tax_rate : 0;
	struct paper_line lines[PAPER_LINES];
	struct paper_line line;
	struct paper p;
	char what[80];

	d->total = f->amount;
	d->tax = tax_back(&c->r.o, back + f->amount, rate) - taxed;
	if (d->tax < 0)
		d->tax = 0;
	(void)snprintf(
	    what, sizeof(what), "Refund of order %" PRId64, c->r.o.id);
	line =
	    (struct paper_line){ what, 1, f->amount, f->amount, rate, d->tax };
	p = blank(c, d);
	p.paid_at = f->changed_at;
	if (!credit_goods(c, g, &p, lines)) {
		p.lines = &line;
		p.n = 1;
	}
	return draw(c, d, &p, f->payment, e);
}

static enum rc
write_letter(const struct closing *c, struct draft *d, struct error *e)
{
	const struct letter_document doc = {
		.number = d->number,
		.pdf = buf_str(&d->pdf),
		.n = d->pdf.len,
		.total = d->total,
		.at = c->now,
	};

	flow_letter_uid(c->r.o.uid, d->refund == 0 ? "invoice" : "credit",
	    d->refund, d->uid);
	return (
	    d->refund == 0 ? flow_letters.invoice : flow_letters.credit_note)(
	    c->s, &c->r.o, d->uid, &doc, &d->letter, e);
}

static struct draft *
next_draft(struct closing *c, const char *series, int64_t refund, int64_t n)
{
	struct draft *d = &c->drafts[c->n++];

	memset(d, 0, sizeof(*d));
	d->series = series;
	d->refund = refund;
	d->n = n;
	invoice_number(series, c->year, n, d->number);
	buf_init(&d->pdf, PAPER_MAX);
	buf_init(&d->letter, LETTER_ROOM);
	return d;
}

static void
drop_drafts(struct closing *c)
{
	for (size_t i = 0; i < c->n; i++) {
		buf_release(&c->drafts[i].pdf);
		buf_release(&c->drafts[i].letter);
	}
	c->n = 0;
}

static bool
credited(const struct closing *c, const struct refund *f)
{
	for (size_t i = 0; i < c->npapers; i++)
		if (c->papers[i].refund == f->id)
			return true;
	return false;
}

/* The return that a refund is of; without lines: of none. */
static enum rc
return_of(struct db *db, const struct refund *f, struct goods_return *out,
    struct error *e)
{
	struct error none = ERROR_NONE;
	enum rc rc = RC_NOTFOUND;

	memset(out, 0, sizeof(*out));
	if (strncmp(f->reference, FLOW_RETURN, strlen(FLOW_RETURN)) == 0)
		rc = return_load_uid(
		    db, f->reference + strlen(FLOW_RETURN), out, &none);
	if (rc == RC_OK && out->order != f->order)
		out->n = 0;
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

/* One for each refund that is done and has none. */
static enum rc
draft_credits(struct db *db, struct closing *c, struct error *e)
{
	const char *series = c->s->invoice_credit_series;
	int64_t back = 0, taxed = 0, n = 0;
	struct goods_return g;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < c->npapers; i++) {
		back += c->papers[i].refund != 0 ? c->papers[i].total : 0;
		taxed += c->papers[i].refund != 0 ? c->papers[i].tax : 0;
	}
	for (size_t i = 0; i < c->r.nrefunds && rc == RC_OK; i++) {
		const struct refund *f = &c->r.refunds[i];
		struct draft *d;

		if (f->state != REFUND_DONE || credited(c, f))
			continue;
		if (n == 0)
			rc = invoice_next(db, series, c->year, &n, e);
		if (rc != RC_OK)
			break;
		d = next_draft(c, series, f->id, n++);
		rc = return_of(db, f, &g, e);
		if (rc == RC_OK)
			rc = draw_credit(c, d, f, &g, back, taxed, e);
		if (rc == RC_OK)
			rc = write_letter(c, d, e);
		back += d->total;
		taxed += d->tax;
	}
	return rc;
}

static enum rc
draft_invoice(struct db *db, struct closing *c, struct error *e)
{
	struct draft *d;
	int64_t n;
	enum rc rc;

	rc = invoice_next(db, c->s->invoice_series, c->year, &n, e);
	if (rc != RC_OK)
		return rc;
	d = next_draft(c, c->s->invoice_series, 0, n);
	memcpy(c->invoice, d->number, sizeof(c->invoice));
	rc = draw_invoice(c, d, e);
	return rc == RC_OK ? write_letter(c, d, e) : rc;
}

/*** Committing ***/

static enum rc
issue(struct db *db, const struct closing *c, const struct draft *d,
    struct error *e)
{
	const struct invoice_wish w = { .order = c->r.o.id,
		.refund = d->refund,
		.series = d->series,
		.year = c->year,
		.n = d->n,
		.made_at = c->now,
		.total = d->total,
		.tax = d->tax,
		.currency = c->r.o.currency,
		.bytes = buf_str(&d->pdf),
		.len = d->pdf.len };
	const struct outbox_letter l = { .uid = d->uid,
		.kind = d->refund == 0 ? "invoice" : "credit note",
		.customer = c->r.o.customer,
		.order = c->r.o.id,
		.bytes = buf_str(&d->letter),
		.len = d->letter.len };
	const char *const to[] = { c->r.o.email };
	enum rc rc;

	rc = invoice_add(db, &w, e);
	if (rc == RC_OK)
		rc = outbox_put(db, &l, to, 1, c->now, e);
	return rc == RC_OK ? journal_add(db, c->r.o.id,
				 d->refund == 0 ? "invoice" : "credit note",
				 "shop", d->number, d->number, c->now, e)
			   : rc;
}

static enum rc
tell_closed(struct db *db, const struct closing *c, struct error *e)
{
	enum rc rc =
	    journal_add(db, c->r.o.id, "closed", "shop", "", NULL, c->now, e);

	return rc == RC_OK ? order_attended(db, c->r.o.id, DISPUTE_GONE, e)
			   : rc;
}

static enum rc
commit(struct db *db, void *ctx, struct error *e)
{
	struct closing *c = ctx;
	bool first = c->drafts[0].refund == 0, moved = true;
	struct parcels now;
	enum rc rc = RC_OK;

	c->outcome = CLOSE_NOTHING;
	if (first)
		rc = order_move(
		    db, c->r.o.id, ORDER_PAID, ORDER_CLOSED, c->now, &moved, e);
	if (rc == RC_OK && moved && first)
		rc = parcels_of(db, c->r.o.id, &now, e);
	if (rc != RC_OK || !moved)
		return rc;
	if (first && !parcels_delivered(&now)) /* taken back meanwhile */
		return error_set(e, RC_NOTFOUND, "it is not delivered");
	for (size_t i = 0; i < c->n && rc == RC_OK; i++)
		rc = issue(db, c, &c->drafts[i], e);
	if (rc == RC_OK && first)
		rc = tell_closed(db, c, e);
	if (rc == RC_OK)
		c->outcome = first ? CLOSE_CLOSED : CLOSE_CREDITED;
	return rc;
}

/* What is due as it is read now, drawn and committed; RC_NOTFOUND: somebody
 * else took a number, or changed what was read. */
static enum rc
once(struct db *db, struct closing *c, struct error *e)
{
	enum rc rc = db_view(db, read_all, c, e);

	if (rc == RC_NOTFOUND) /* no such order: nothing to try again */
		return RC_INVALID;
	if (rc == RC_OK && c->r.o.state == ORDER_PAID &&
	    parcels_delivered(&c->parcels) && !flow_unwanted(&c->r.o))
		rc = draft_invoice(db, c, e);
	if (rc == RC_OK && c->invoice[0] != '\0')
		rc = draft_credits(db, c, e);
	if (rc == RC_OK && c->n > 0)
		rc = db_unit(db, commit, c, e);
	drop_drafts(c);
	return rc;
}

/* By the shop's clocks: an invoice of New Year's night is in its own year. */
static enum rc
year_of(const struct settings *s, int64_t at, int64_t *year, struct error *e)
{
	char iso[CLOCK_ISO_SIZE];
	struct zone z;

	if (zone_parse(s->shop_zone, &z) != RC_OK)
		return error_set(
		    e, RC_INVALID, "there is no zone \"%s\"", s->shop_zone);
	clock_iso(at + zone_at(&z, at)->offset, iso);
	iso[4] = '\0';
	return num_parse(iso, 1, 9999, year);
}

enum rc
order_close(const struct settings *s, struct db *db, int64_t order, int64_t now,
    enum close_outcome *out, struct error *e)
{
	struct closing *c = calloc(1, sizeof(*c));
	enum rc rc;
	int tries = 0;

	*out = CLOSE_NOTHING;
	if (c == NULL)
		return error_set(e, RC_NOMEM, "no memory to close an order");
	c->s = s;
	c->now = now;
	c->r.o.id = order;
	rc = year_of(s, now, &c->year, e);
	while (rc == RC_OK) {
		error_clear(e);
		rc = once(db, c, e);
		if (rc != RC_NOTFOUND)
			break;
		rc = ++tries < REDRAWN ? RC_OK : RC_CONFLICT;
	}
	*out = rc == RC_OK ? c->outcome : CLOSE_NOTHING;
	order_release(&c->r.o);
	free(c);
	return rc;
}
