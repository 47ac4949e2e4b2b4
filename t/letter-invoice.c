/* R81: the sums of an invoice are added again before it is drawn. */
#include "config.h"

#include <string.h>

#include "letter/invoice.h"
#include "t/tap.h"

static const char *const buyer[] = { "Zo\303\253 Hatter", "1 High Street" };

static struct paper_line
line(int64_t qty, int64_t price, int64_t rate, int64_t tax)
{
	return (struct paper_line){ "Crimson Fez", qty, price, qty * price,
		rate, tax };
}

/* Two lines at 20 %: 42.85 with 7.15 of tax. */
static struct paper
paper(struct paper_line lines[2])
{
	lines[0] = line(2, 1945, 2000, 648);
	lines[1] = line(1, 395, 2000, 66);
	return (struct paper){
		.kind = PAPER_INVOICE,
		.number = "INV-2026-00001",
		.invoice = "",
		.why = "",
		.seller = "The Funny Hat Company",
		.seller_lines = "1 Brim Street\nLeeds",
		.vat_number = "GB 1",
		.registered = "",
		.zone = "GMT0BST,M3.5.0/1,M10.5.0",
		.buyer = buyer,
		.nbuyer = 2,
		.order = 42,
		.ordered_at = 1795338000,
		.delivered_at = 1795538000,
		.issued_at = 1795538000,
		.currency = "GBP",
		.lines = lines,
		.n = 2,
		.total = 4285,
		.tax = 714,
		.paid_by = "card ending 4242",
		.paid_at = 1795338100,
	};
}

static void
refused(const struct paper *p, enum rc want, const char *why)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, PAPER_MAX);
	is_int(paper_render(p, &b, &e), want, why);
	ok(b.len == 0 && e.text[0] != '\0', "nothing drawn: %s", e.text);
	buf_release(&b);
}

static void
sums_that_do_not_agree_are_no_paper_R81(void)
{
	struct paper_line lines[2];
	struct paper p = paper(lines);

	p.total++;
	refused(&p, RC_INVALID, "a total that the lines do not make");
	p = paper(lines);
	p.tax++;
	refused(&p, RC_INVALID, "a tax that the lines do not make");
	p = paper(lines);
	lines[0].gross--, p.total--;
	refused(&p, RC_INVALID, "a line that is not quantity times price");
	p = paper(lines);
	lines[0].tax += 2, p.tax += 2;
	refused(&p, RC_INVALID, "a tax that is not of its rate");
	p = paper(lines);
	lines[0].rate = -1;
	refused(&p, RC_INVALID, "a rate below nothing");
	p = paper(lines);
	p.n = 0;
	refused(&p, RC_TOOBIG, "no lines");
	p.n = PAPER_LINES + 1;
	refused(&p, RC_TOOBIG, "too many lines");
	p = paper(lines);
	p.zone = "here";
	refused(&p, RC_INVALID, "no zone");
}

static void
the_same_things_make_the_same_bytes_R83(void)
{
	struct paper_line lines[2];
	struct paper p = paper(lines);
	struct error e = ERROR_NONE;
	struct buf one, two;

	buf_init(&one, PAPER_MAX);
	buf_init(&two, PAPER_MAX);
	is_int(paper_render(&p, &one, &e), RC_OK, e.text);
	is_int(paper_render(&p, &two, &e), RC_OK, e.text);
	ok(one.len == two.len && one.len > 1000 &&
		memcmp(one.s, two.s, one.len) == 0,
	    "%zu bytes twice", one.len);
	ok(memcmp(one.s, "%PDF-1.", 7) == 0, "they are PDF");
	buf_release(&one);
	buf_release(&two);
}

static void
a_ceiling_is_kept(void)
{
	struct paper_line lines[2];
	struct paper p = paper(lines);
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 1000);
	is_int(paper_render(&p, &b, &e), RC_TOOBIG, "1,000 bytes do not do");
	is_str(e.text, "INV-2026-00001 could not be drawn", "says which");
	buf_release(&b);
}

int
main(void)
{
	RUN(sums_that_do_not_agree_are_no_paper_R81);
	RUN(the_same_things_make_the_same_bytes_R83);
	RUN(a_ceiling_is_kept);
	return tap_done();
}
