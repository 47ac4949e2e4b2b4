/*
 * Draw one paper for t/invoice-pdf.t, on standard output:
 *
 *	paper-tool invoice|credit LINES [NAME...]
 *
 * whose lines are called by the names in turn, and whose buyer by the first.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "letter/invoice.h"

static struct paper_line lines[PAPER_LINES];

static void
fill(struct paper *p, char *const *names, size_t n)
{
	for (size_t i = 0; i < p->n; i++) {
		int64_t qty = (int64_t)(i % 3 + 1);
		int64_t price = (int64_t)(1995 + i * 13), gross = qty * price;
		int64_t rate = i % 5 == 4 ? 550 : 2000;
		int64_t tax =
		    (2 * gross * rate + 10000 + rate) / (2 * (10000 + rate));

		lines[i] = (struct paper_line){ names[i % n], qty, price, gross,
			rate, tax };
		p->total += gross;
		p->tax += tax;
	}
}

int
main(int argc, char **argv)
{
	static char fez[] = "Crimson Fez";
	char *const plain[] = { fez };
	char *const *names = argc > 3 ? argv + 3 : plain;
	const char *const buyer[] = { names[0], "12 Long Lane", "", "Leeds" };
	struct paper p = {
		.kind = argc > 1 && strcmp(argv[1], "credit") == 0
			    ? PAPER_CREDIT
			    : PAPER_INVOICE,
		.number = "INV-2026-00042",
		.seller = "The Funny Hat Company Ltd",
		.seller_lines = "1 Brim Street\nLeeds\nLS1 1AA",
		.vat_number = "GB 123 4567 89",
		.registered = "Registered in England, no. 01234567",
		.zone = "GMT0BST,M3.5.0/1,M10.5.0",
		.buyer = buyer,
		.nbuyer = 4,
		.order = 4711,
		.ordered_at = 1795338000,
		.delivered_at = 1795538000,
		.issued_at = 1795624400,
		.currency = "GBP",
		.lines = lines,
		.paid_by = "card ending 4242",
		.paid_at = 1795338100,
	};
	struct error e = ERROR_NONE;
	struct buf out;
	int64_t n;

	if (argc < 3 || num_parse(argv[2], 1, PAPER_LINES, &n) != RC_OK) {
		fprintf(stderr, "usage: paper-tool KIND LINES [NAME...]\n");
		return 2;
	}
	p.invoice = p.kind == PAPER_CREDIT ? "INV-2026-00007" : "";
	p.why = p.kind == PAPER_CREDIT ? "One hat came back." : "";
	p.n = (size_t)n;
	fill(&p, names, argc > 3 ? (size_t)argc - 3 : 1);
	buf_init(&out, PAPER_MAX);
	if (paper_render(&p, &out, &e) != RC_OK) {
		fprintf(stderr, "paper-tool: %s\n", e.text);
		return 1;
	}
	return fwrite(out.s, 1, out.len, stdout) == out.len ? 0 : 1;
}
