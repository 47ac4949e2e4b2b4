/*
 * An invoice or a credit note on paper: A4, as PDF, its text selectable and in
 * any script that a font of the machine has.
 *
 *	struct paper p = { .kind = PAPER_INVOICE, .number = "INV-2026-00042", … };
 *
 *	buf_init(&out, PAPER_MAX);
 *	rc = paper_render(&p, &out, &e);
 *
 * What a full VAT invoice has to say is in regulation 14(1) of the VAT
 * Regulations 1995 (HMRC's manual, VATREC5010): number, time of supply, date of
 * issue, seller's and buyer's name and address, the seller's VAT number, each
 * thing with quantity, unit price, rate and amount without tax, the totals.
 */
#ifndef LETTER_INVOICE_H
#define LETTER_INVOICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define PAPER_MAX                                                              \
	(8 * 1024 * 1024) /* bytes: fonts are in it, some 60 kB each */
#define PAPER_LINES 62    /* more than an order has, with its delivery */
#define PAPER_RATES 8     /* different rates of tax on one paper */

enum paper_kind { PAPER_INVOICE, PAPER_CREDIT };

struct paper_line {
	const char *what;
	int64_t qty;
	int64_t price, gross; /* of one and of all, tax included, minor units */
	int64_t rate;         /* hundredths of a per cent */
	int64_t tax;          /* that is in gross */
};

/* All borrowed; times are seconds since 1970, shown as dates by the shop's
 * clocks. */
struct paper {
	enum paper_kind kind;
	const char *number;
	const char *invoice;      /* a credit note's: the invoice it corrects */
	const char *why;          /* a credit note's reason; "": none */
	const char *seller;       /* name */
	const char *seller_lines; /* its address, a line each, '\n' between */
	const char *vat_number;   /* "": not registered */
	const char *registered;   /* "Registered in England, no. 1"; "" */
	const char *zone;         /* as zone_parse has it */
	const char *const *buyer; /* lines as on a parcel; "" are left out */
	size_t nbuyer;
	int64_t order;
	int64_t ordered_at, delivered_at, issued_at; /* delivered_at 0: not */
	const char *currency;
	const struct paper_line *lines;
	size_t n;
	int64_t total, tax;
	const char *paid_by; /* "card ending 4242"; "": not known */
	int64_t paid_at;
};

/*
 * Append the PDF to out.  The same bytes each time it is made of the same
 * things with the same fonts.  RC_INVALID: the sums do not agree (lines with
 * the total, their taxes with the tax, a tax with its rate), so there is no such
 * paper; RC_TOOBIG; RC_NOMEM.
 */
enum rc paper_render(
    const struct paper *p, struct buf *out, struct error *e) CHECKED;

/* The check alone. */
enum rc paper_check(const struct paper *p, struct error *e) CHECKED;

#endif
