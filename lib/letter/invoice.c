#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/zone.h"
#include "letter/invoice.h"

/* All in points, 72 an inch. */
#define A4_WIDTH 595.28
#define A4_HEIGHT 841.89
#define LEFT 48.0
#define RIGHT (A4_WIDTH - 48.0)
#define TOP 48.0
#define FOOT (A4_HEIGHT - 66.0) /* what is below it is the footer's */
#define CLOSING 120.0           /* sums that are not torn from each other */
#define PLAIN "DejaVu Sans 9"
#define STRONG "DejaVu Sans Bold 9"
#define SMALL "DejaVu Sans 7.5"
#define LARGE "DejaVu Sans Bold 18"

#define COLUMNS 6

static const struct column {
	const char *heading;
	double x, width;
	bool number;
} columns[COLUMNS] = {
	{ "Description", LEFT, 190, false },
	{ "Quantity", LEFT + 196, 48, true },
	{ "Unit price", LEFT + 250, 62, true },
	{ "VAT rate", LEFT + 318, 46, true },
	{ "Without VAT", LEFT + 370, 62, true },
	{ "With VAT", LEFT + 438, RIGHT - LEFT - 438, true },
};

/* One pass over the paper; the first only counts its pages. */
struct press {
	const struct paper *p;
	cairo_t *cr;
	PangoLayout *layout;
	struct zone zone;
	double y;
	int page, pages; /* pages 0: not counted yet */
	bool table;      /* a new page repeats its headings */
	struct buf cell[COLUMNS];
};

/*** The sums ***/

/* No tax is further from its rate than rounding explains: a credit note's is
 * the difference of two rounded ones. */
static bool
tax_fits(int64_t gross, int64_t rate, int64_t tax)
{
	int64_t off = tax * (10000 + rate) - gross * rate;

	return rate >= 0 && (off < 0 ? -off : off) <= 10000 + rate;
}

enum rc
paper_check(const struct paper *p, struct error *e)
{
	int64_t gross = 0, tax = 0;

	if (p->n == 0 || p->n > PAPER_LINES)
		return error_set(e, RC_TOOBIG,
		    "%s has %zu lines, it can have 1 to %d", p->number, p->n,
		    PAPER_LINES);
	for (size_t i = 0; i < p->n; i++) {
		const struct paper_line *l = &p->lines[i];

		if (l->qty < 1 || l->qty * l->price != l->gross ||
		    l->gross < 0 || l->gross > LIMIT_MONEY)
			return error_set(e, RC_INVALID,
			    "%s: line %zu: %" PRId64 " times %" PRId64
			    " is not %" PRId64,
			    p->number, i + 1, l->qty, l->price, l->gross);
		if (!tax_fits(l->gross, l->rate, l->tax))
			return error_set(e, RC_INVALID,
			    "%s: line %zu: the tax in %" PRId64 " at %" PRId64
			    "/10000 is not %" PRId64,
			    p->number, i + 1, l->gross, l->rate, l->tax);
		gross += l->gross;
		tax += l->tax;
	}
	if (gross != p->total || tax != p->tax)
		return error_set(e, RC_INVALID,
		    "%s: lines add up to %" PRId64 " with %" PRId64
		    " of tax, not to %" PRId64 " with %" PRId64,
		    p->number, gross, tax, p->total, p->tax);
	return RC_OK;
}

/*** Text ***/

/* Sets the layout; a text that is not UTF-8 shows its bytes as U+FFFD. */
static double
set(struct press *s, const char *font, double width, const char *text)
{
	PangoFontDescription *d = pango_font_description_from_string(font);
	char *good = g_utf8_make_valid(text, -1);
	int height;

	pango_layout_set_font_description(s->layout, d);
	pango_layout_set_width(s->layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(s->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(s->layout, good, -1);
	pango_layout_get_size(s->layout, NULL, &height);
	pango_font_description_free(d);
	g_free(good);
	return (double)height / PANGO_SCALE;
}

/* Pango's left is the beginning of a line, which some scripts have on the
 * right: columns begin on the left whatever is in them. */
static PangoAlignment
align(PangoLayout *layout, bool right)
{
	bool from_right =
	    pango_layout_get_direction(layout, 0) == PANGO_DIRECTION_RTL;

	return right != from_right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
}

static double
put_at(struct press *s, const char *font, double x, double y, double width,
    bool right, const char *text)
{
	double height = set(s, font, width, text);

	pango_layout_set_alignment(s->layout, align(s->layout, right));
	cairo_move_to(s->cr, x, y);
	pango_cairo_show_layout(s->cr, s->layout);
	return height;
}

static void
rule(struct press *s, double y, double grey)
{
	cairo_set_source_rgb(s->cr, grey, grey, grey);
	cairo_set_line_width(s->cr, 0.6);
	cairo_move_to(s->cr, LEFT, y);
	cairo_line_to(s->cr, RIGHT, y);
	cairo_stroke(s->cr);
	cairo_set_source_rgb(s->cr, 0, 0, 0);
}

static const char *
amount(struct press *s, struct buf *b, int64_t minor)
{
	struct money m = { .minor = minor };

	(void)snprintf(m.currency, sizeof(m.currency), "%s", s->p->currency);
	buf_reset(b);
	money_put(b, m);
	return buf_str(b);
}

/* "20 %", "5.5 %" */
static const char *
per_cent(struct buf *b, int64_t rate)
{
	buf_reset(b);
	buf_printf(b, "%" PRId64, rate / 100);
	if (rate % 100 != 0)
		buf_printf(b, rate % 10 == 0 ? ".%" PRId64 : ".%02" PRId64,
		    rate % 10 == 0 ? rate % 100 / 10 : rate % 100);
	buf_puts(b, " %");
	return buf_str(b);
}

static const char *
date(struct press *s, struct buf *b, int64_t at)
{
	buf_reset(b);
	clock_put_date(b, at + zone_at(&s->zone, at)->offset);
	return buf_str(b);
}

/*** Pages ***/

static void
foot(struct press *s)
{
	const struct paper *p = s->p;
	struct buf *b = &s->cell[0];

	buf_reset(b);
	buf_puts(b, p->seller);
	if (p->registered[0] != '\0')
		buf_printf(b, " \302\267 %s", p->registered);
	rule(s, FOOT + 12, 0.6);
	(void)put_at(
	    s, SMALL, LEFT, FOOT + 18, RIGHT - LEFT - 90, false, buf_str(b));
	buf_reset(b);
	buf_printf(b, "%s \302\267 page %d of %d", p->number, s->page,
	    s->pages > 0 ? s->pages : s->page);
	(void)put_at(s, SMALL, RIGHT - 160, FOOT + 30, 160, true, buf_str(b));
}

static void
headings(struct press *s)
{
	double high = 0;

	for (int i = 0; i < COLUMNS; i++) {
		double h = put_at(s, STRONG, columns[i].x, s->y,
		    columns[i].width, columns[i].number, columns[i].heading);

		high = h > high ? h : high;
	}
	rule(s, s->y + high + 2, 0);
	s->y += high + 6;
}

static void
turn(struct press *s)
{
	foot(s);
	cairo_show_page(s->cr);
	s->page++;
	s->y = TOP;
	if (s->table)
		headings(s);
}

/* Begin a new page unless so much fits on this one. */
static void
need(struct press *s, double height)
{
	if (s->y + height > FOOT)
		turn(s);
}

/*** The head ***/

static void
fact(struct press *s, const char *what, const char *value)
{
	(void)put_at(s, STRONG, RIGHT - 230, s->y, 100, false, what);
	s->y += put_at(s, PLAIN, RIGHT - 126, s->y, 126, true, value) + 1;
}

static double
put_seller(struct press *s, double y)
{
	const struct paper *p = s->p;

	y += put_at(s, STRONG, LEFT, y, 230, false, p->seller) + 1;
	y += put_at(s, PLAIN, LEFT, y, 230, false, p->seller_lines) + 1;
	if (p->vat_number[0] == '\0')
		return y;
	buf_reset(&s->cell[0]);
	buf_printf(&s->cell[0], "VAT number %s", p->vat_number);
	return y + put_at(s, PLAIN, LEFT, y, 230, false, buf_str(&s->cell[0]));
}

static double
put_buyer(struct press *s, double y)
{
	const struct paper *p = s->p;

	y += put_at(s, STRONG, LEFT, y, 230, false,
	    p->kind == PAPER_INVOICE ? "Invoice to" : "Credit to");
	for (size_t i = 0; i < p->nbuyer; i++)
		if (p->buyer[i][0] != '\0')
			y += put_at(
			    s, PLAIN, LEFT, y + 1, 230, false, p->buyer[i]);
	return y;
}

static void
put_facts(struct press *s)
{
	const struct paper *p = s->p;
	struct buf *b = &s->cell[0];

	fact(s,
	    p->kind == PAPER_INVOICE ? "Invoice number" : "Credit note number",
	    p->number);
	fact(s, "Date of issue", date(s, b, p->issued_at));
	if (p->invoice[0] != '\0')
		fact(s, "For invoice", p->invoice);
	if (p->delivered_at != 0)
		fact(s, "Date of delivery", date(s, b, p->delivered_at));
	buf_reset(b);
	buf_putd(b, p->order);
	fact(s, "Order number", buf_str(b));
	fact(s, "Date of order", date(s, b, p->ordered_at));
}

static void
head(struct press *s)
{
	const struct paper *p = s->p;
	double left;

	(void)put_at(s, LARGE, LEFT, TOP, RIGHT - LEFT, false,
	    p->kind == PAPER_INVOICE ? "Invoice" : "Credit note");
	left = put_buyer(s, put_seller(s, TOP + 40) + 18);
	s->y = TOP + 40;
	put_facts(s);
	s->y = (left > s->y ? left : s->y) + 24;
	if (p->why[0] != '\0')
		s->y +=
		    put_at(s, PLAIN, LEFT, s->y, RIGHT - LEFT, false, p->why) +
		    12;
}

/*** The table ***/

static void
put_line(struct press *s, const struct paper_line *l)
{
	const char *text[COLUMNS];
	double high = set(s, PLAIN, columns[0].width, l->what);

	need(s, high + 4);
	text[0] = l->what;
	buf_reset(&s->cell[1]);
	buf_putd(&s->cell[1], l->qty);
	text[1] = buf_str(&s->cell[1]);
	text[2] = amount(s, &s->cell[2], l->price);
	text[3] = per_cent(&s->cell[3], l->rate);
	text[4] = amount(s, &s->cell[4], l->gross - l->tax);
	text[5] = amount(s, &s->cell[5], l->gross);
	for (int i = 0; i < COLUMNS; i++)
		(void)put_at(s, PLAIN, columns[i].x, s->y, columns[i].width,
		    columns[i].number, text[i]);
	s->y += high + 3;
	rule(s, s->y - 1, 0.85);
}

static void
put_sum(struct press *s, const char *font, const char *what, const char *value)
{
	double x = columns[2].x;

	(void)put_at(s, font, x, s->y, columns[4].x + 20 - x, false, what);
	s->y += put_at(s, font, columns[4].x + 20, s->y,
		    RIGHT - columns[4].x - 20, true, value) +
		2;
}

/* Each rate with what it was charged on. */
static void
put_rates(struct press *s)
{
	const struct paper *p = s->p;
	char what[80];

	for (size_t i = 0; i < p->n; i++) {
		int64_t rate = p->lines[i].rate, net = 0, tax = 0;
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before |= p->lines[k].rate == rate;
		if (before)
			continue;
		for (size_t k = i; k < p->n; k++) {
			bool same = p->lines[k].rate == rate;

			tax += same ? p->lines[k].tax : 0;
			net += same ? p->lines[k].gross - p->lines[k].tax : 0;
		}
		(void)snprintf(what, sizeof(what), "VAT %s on %s",
		    per_cent(&s->cell[1], rate), amount(s, &s->cell[2], net));
		put_sum(s, PLAIN, what, amount(s, &s->cell[3], tax));
	}
}

static void
put_paid(struct press *s)
{
	const struct paper *p = s->p;
	struct buf *b = &s->cell[1];

	date(s, &s->cell[0], p->paid_at);
	buf_reset(b);
	if (p->kind == PAPER_CREDIT)
		buf_printf(b, "Refunded on %s", buf_str(&s->cell[0]));
	else
		buf_printf(b, "Paid on %s", buf_str(&s->cell[0]));
	if (p->paid_by[0] != '\0')
		buf_printf(b, " by %s", p->paid_by);
	buf_puts(
	    b, p->kind == PAPER_CREDIT ? "." : ". Nothing is left to pay.");
	s->y += 10;
	s->y += put_at(s, PLAIN, LEFT, s->y, RIGHT - LEFT, false, buf_str(b));
}

static void
put_sums(struct press *s)
{
	const struct paper *p = s->p;

	s->table = false;
	need(s, CLOSING);
	s->y += 6;
	put_sum(s, PLAIN, "Total without VAT",
	    amount(s, &s->cell[0], p->total - p->tax));
	put_rates(s);
	put_sum(s, STRONG,
	    p->kind == PAPER_INVOICE ? "Total with VAT" : "Credited, with VAT",
	    amount(s, &s->cell[0], p->total));
	put_paid(s);
}

/*** The whole ***/

static cairo_status_t
keep(void *ctx, const unsigned char *bytes, unsigned n)
{
	struct buf *b = ctx;

	buf_put(b, bytes, n);
	return buf_rc(b) == RC_OK ? CAIRO_STATUS_SUCCESS
				  : CAIRO_STATUS_WRITE_ERROR;
}

static void
describe(cairo_surface_t *surface, const struct paper *p)
{
	char at[CLOCK_ISO_SIZE];

	clock_iso(p->issued_at, at);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_TITLE, p->number);
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_AUTHOR, p->seller);
	/* else it would have the time of its making */
	cairo_pdf_surface_set_metadata(
	    surface, CAIRO_PDF_METADATA_CREATE_DATE, at);
}

static void
print(struct press *s)
{
	s->y = TOP;
	s->page = 1;
	s->table = false;
	head(s);
	headings(s);
	s->table = true;
	for (size_t i = 0; i < s->p->n; i++)
		put_line(s, &s->p->lines[i]);
	put_sums(s);
	foot(s);
	cairo_show_page(s->cr);
}

/* One pass, into out or (NULL) nowhere. */
static enum rc
pass(struct press *s, struct buf *out)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
	    out != NULL ? keep : NULL, out, A4_WIDTH, A4_HEIGHT);
	cairo_status_t status;

	describe(surface, s->p);
	s->cr = cairo_create(surface);
	s->layout = pango_cairo_create_layout(s->cr);
	/* a point of the font is a point of the paper */
	pango_cairo_context_set_resolution(
	    pango_layout_get_context(s->layout), 72);
	pango_layout_context_changed(s->layout);
	print(s);
	s->pages = s->page;
	g_object_unref(s->layout);
	cairo_destroy(s->cr);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	for (int i = 0; i < COLUMNS; i++)
		if (buf_rc(&s->cell[i]) != RC_OK)
			return buf_rc(&s->cell[i]);
	if (out != NULL && buf_rc(out) != RC_OK)
		return buf_rc(out);
	return status == CAIRO_STATUS_SUCCESS ? RC_OK : RC_NOMEM;
}

enum rc
paper_render(const struct paper *p, struct buf *out, struct error *e)
{
	struct press s = { .p = p };
	enum rc rc = paper_check(p, e);

	if (rc == RC_OK && zone_parse(p->zone, &s.zone) != RC_OK)
		rc = error_set(
		    e, RC_INVALID, "there is no zone \"%s\"", p->zone);
	if (rc != RC_OK)
		return rc;
	for (int i = 0; i < COLUMNS; i++)
		buf_init(&s.cell[i], LIMIT_LINE);
	rc = pass(&s, NULL);
	if (rc == RC_OK)
		rc = pass(&s, out);
	for (int i = 0; i < COLUMNS; i++)
		buf_release(&s.cell[i]);
	return rc == RC_OK
		   ? RC_OK
		   : error_set(e, rc, "%s could not be drawn", p->number);
}
