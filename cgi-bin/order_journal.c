/* What happened to an order, on its page. */
#include "config.h"

#include "cgi-bin/orders.h"
#include "shop/journal.h"
#include "shop/order_words.h"

static enum rc
put_row(void *ctx, const struct journal_row *row, struct error *e)
{
	struct page *p = ctx;
	struct html *h = &p->h;
	bool staff = p->v->who.session.staff;
	const char *says =
	    staff ? row->witness : order_words_witness(row->witness);

	(void)e;
	html_open(h, EL_LI);
	html_open(h, EL_P);
	html_el(h, EL_STRONG, order_words_kind(row->kind));
	if (row->detail[0] != '\0' && (staff || order_words_detail(row->kind)))
		html_textf(h, " (%s)", row->detail);
	html_open(h, EL_BR);
	html_open(h, EL_SPAN, CLASS("small quiet"));
	orders_time(p, row->at);
	if (says != NULL)
		html_textf(h, ", says %s", says);
	html_close(h, EL_SPAN);
	html_close(h, EL_P);
	html_close(h, EL_LI);
	return RC_OK;
}

enum rc
order_journal_put(struct page *p, int64_t order, struct error *e)
{
	enum rc rc;

	html_el(&p->h, EL_H2, "What happened");
	html_open(&p->h, EL_OL, CLASS("timeline"));
	rc = journal_list(p->v->db, order, put_row, p, e);
	html_close(&p->h, EL_OL);
	return rc;
}
