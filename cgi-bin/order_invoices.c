/* The papers of an order: on its page, and to download. */
#include "config.h"

#include <inttypes.h>

#include "base/limits.h"
#include "cgi-bin/orders.h"
#include "shop/invoice.h"

struct list {
	struct page *p;
	bool any;
};

static enum rc
put_one(void *ctx, const struct invoice *i, struct error *e)
{
	struct list *l = ctx;
	struct html *h = &l->p->h;
	struct url u;

	(void)e;
	if (!l->any) {
		html_el(h, EL_H2, "Invoice");
		html_open(h, EL_UL, CLASS("papers"));
		l->any = true;
	}
	url_init(&u, "/order/invoice/");
	url_path(&u, i->number);
	html_open(h, EL_LI);
	html_textf(h, "%s ", i->refund == 0 ? "Invoice" : "Credit note");
	html_open(h, EL_A, HREF(&u));
	html_textf(h, "%s (PDF)", i->number);
	html_close(h, EL_A);
	html_text(h, ", ");
	page_money_in(l->p, i->currency, i->total);
	html_open(h, EL_BR);
	html_open(h, EL_SPAN, CLASS("small quiet"));
	orders_time(l->p, i->made_at);
	html_close(h, EL_SPAN);
	html_close(h, EL_LI);
	url_release(&u);
	return RC_OK;
}

enum rc
order_invoices_put(struct page *p, int64_t order, struct error *e)
{
	struct list l = { .p = p };
	enum rc rc = invoice_of_order(p->v->db, order, put_one, &l, e);

	if (l.any)
		html_close(&p->h, EL_UL);
	return rc;
}

/* Whose it is not, it is not there for. */
static enum rc
find_own(struct visit *v, struct invoice *i, struct error *e)
{
	struct order o;
	enum rc rc = invoice_find(v->db, v->tail, i, e);

	if (rc != RC_OK || v->who.session.staff)
		return rc;
	rc = order_load(v->db, i->order, &o, e);
	if (rc != RC_OK)
		return rc;
	if (o.customer != v->who.session.customer)
		rc = error_set(e, RC_NOTFOUND, "there is no such invoice");
	order_release(&o);
	return rc;
}

static enum rc
send(struct visit *v, struct error *e)
{
	struct invoice i;
	struct buf name;
	enum rc rc = find_own(v, &i, e);

	if (rc == RC_OK)
		rc = invoice_bytes(v->db, i.id, &v->r->body, e);
	if (rc != RC_OK)
		return rc;
	/* numbers are letters, digits and "-" (invoice.series) */
	buf_init(&name, LIMIT_LINE);
	buf_printf(&name, "attachment; filename=\"%s.pdf\"", i.number);
	rc = buf_rc(&name);
	if (rc == RC_OK) {
		reply_header(v->r, "Content-Disposition", buf_str(&name));
		v->r->type = "application/pdf";
		v->r->cache = CACHE_OWN;
	}
	buf_release(&name);
	return rc;
}

enum rc
order_invoice(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc = orders_need(v, NULL, &page, e);

	return rc == RC_OK && !page ? send(v, e) : rc;
}
