#include "config.h"

#include <inttypes.h>

#include "base/limits.h"
#include "cgi-bin/desk.h"
#include "cgi-bin/orders.h"
#include "cgi-bin/where.h"
#include "shop/desk.h"
#include "shop/order_words.h"
#include "web/form.h"

#define PER_PAGE DESK_CHOICES
#define FIRST 5 /* problems that the first page tells of */

enum rc
desk_need(struct visit *v, bool *page, struct error *e)
{
	const struct where to = { WHERE_DESK, "" };
	enum rc rc = orders_need_at(v, &to, page, e);

	if (rc == RC_OK && !*page && !v->who.session.staff)
		return error_set(e, RC_NOTFOUND, "the desk is for staff");
	return rc;
}

void
desk_age(struct page *p, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" },
	};
	int64_t n;

	if (seconds < 60) {
		html_text(&p->h, "less than a minute");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		/* one and a half days are 36 hours */
		n = seconds / units[i].seconds;
		if (n < 2 && i + 1 < sizeof(units) / sizeof(units[0]))
			continue;
		html_textf(&p->h, "%" PRId64 " %s", n,
		    n == 1 ? units[i].one : units[i].many);
		return;
	}
}

const char *
desk_country(const char *code)
{
	const struct address_country *c = address_country(code);

	return c != NULL ? c->name : code;
}

/*** Rows ***/

struct rows {
	struct page *p;
	int64_t most, shown, last; /* last: the order that the page ends with */
	bool more;
};

/* Whether it is to be shown; the first opens the list. */
static bool
begin_row(struct rows *l, int64_t id)
{
	if (l->shown == l->most) {
		l->more = true;
		return false;
	}
	if (l->shown++ == 0)
		html_open(&l->p->h, EL_OL, CLASS("ledger desk"));
	l->last = id;
	html_open(&l->p->h, EL_LI);
	return true;
}

static void
number_link(struct page *p, const struct desk_row *r)
{
	struct url u;

	url_init(&u, "/order/");
	url_path(&u, r->uid);
	html_open(&p->h, EL_A, HREF(&u), CLASS("number"));
	html_textf(&p->h, "Order No. %" PRId64, r->id);
	html_close(&p->h, EL_A);
	url_release(&u);
}

static void
since(struct page *p, const char *words, int64_t at)
{
	struct html *h = &p->h;

	html_open(h, EL_P, CLASS("state"));
	html_text(h, words);
	html_open(h, EL_STRONG);
	desk_age(p, p->v->now - at);
	html_close(h, EL_STRONG);
	html_open(h, EL_BR);
	html_open(h, EL_SPAN, CLASS("small"));
	orders_time(p, at);
	html_close(h, EL_SPAN);
	html_close(h, EL_P);
}

static void
tick(struct rows *l, const struct desk_row *r)
{
	struct html *h = &l->p->h;
	struct buf name, id, label;

	buf_init(&name, LIMIT_NAME);
	buf_init(&id, LIMIT_NAME);
	buf_init(&label, LIMIT_LINE);
	buf_printf(&name, "p%" PRId64, l->shown);
	buf_printf(&id, "%" PRId64, r->id);
	buf_printf(&label, "Choose order No. %" PRId64, r->id);
	html_open(h, EL_INPUT, TYPE("checkbox"), NAME(buf_str(&name)),
	    VALUE(buf_str(&id)), AT(AT_ARIA_LABEL, buf_str(&label)));
	buf_release(&label);
	buf_release(&id);
	buf_release(&name);
}

static enum rc
put_waiting(void *ctx, const struct desk_row *r, struct error *e)
{
	struct rows *l = ctx;
	struct html *h = &l->p->h;

	(void)e;
	if (!begin_row(l, r->id))
		return RC_OK;
	tick(l, r);
	html_open(h, EL_P, CLASS("what"));
	number_link(l->p, r);
	html_open(h, EL_BR);
	html_textf(h, "%" PRId64 " %s to %s, %s", r->pieces,
	    r->pieces == 1 ? "hat" : "hats", r->name, desk_country(r->country));
	html_open(h, EL_BR);
	html_el(h, EL_SPAN, r->delivery_option, CLASS("small"));
	if (r->attention_at > 0) {
		html_open(h, EL_BR);
		html_open(h, EL_STRONG, CLASS("fault"));
		html_textf(h, "Look first: %s", r->attention);
		html_close(h, EL_STRONG);
	} else if (r->contested) {
		html_open(h, EL_BR);
		html_el(h, EL_STRONG, "Look first: the payment is disputed",
		    CLASS("fault"));
	}
	html_close(h, EL_P);
	since(l->p, "waits for ", r->paid_at);
	html_close(h, EL_LI);
	return RC_OK;
}

static enum rc
put_problem(void *ctx, const struct desk_row *r, struct error *e)
{
	struct rows *l = ctx;
	struct html *h = &l->p->h;

	(void)e;
	if (!begin_row(l, r->id))
		return RC_OK;
	html_open(h, EL_P, CLASS("what"));
	number_link(l->p, r);
	html_textf(h, " (%s)", order_state_name(r->state));
	html_open(h, EL_BR);
	html_el(h, EL_STRONG, r->attention, CLASS("fault"));
	html_close(h, EL_P);
	since(l->p, "for ", r->attention_at);
	html_close(h, EL_LI);
	return RC_OK;
}

/* What leads on, when there is more. */
static void
further(
    struct rows *l, const struct url *first, int64_t after, struct url *next)
{
	struct html *h = &l->p->h;

	if (after == 0 && !l->more)
		return;
	html_open(h, EL_NAV, CLASS("pages"), AT(AT_ARIA_LABEL, "More orders"));
	if (after != 0)
		html_el(h, EL_A, "The first ones", HREF(first));
	if (l->more) {
		url_argd(next, "after", l->last);
		html_el(
		    h, EL_A, "The next ones", HREF(next), AT(AT_REL, "next"));
	}
	html_close(h, EL_NAV);
}

/*** What waits ***/

static void
buttons(struct page *p, int64_t after)
{
	struct html *h = &p->h;
	struct buf b;

	if (after != 0) {
		buf_init(&b, LIMIT_NAME);
		buf_printf(&b, "%" PRId64, after);
		html_open(h, EL_INPUT, TYPE("hidden"), NAME("after"),
		    VALUE(buf_str(&b)));
		buf_release(&b);
	}
	page_p(p, "small",
	    "Tick the orders that you want to pack. Without a tick it is all "
	    "that wait, but for those that a person must look at.");
	page_div(p, "doors");
	html_el(h, EL_BUTTON, "Pick list", CLASS("button"), TYPE("submit"),
	    NAME("what"), VALUE("picks"));
	html_el(h, EL_BUTTON, "Packing slips", CLASS("button plain"),
	    TYPE("submit"), NAME("what"), VALUE("slips"));
	html_close(h, EL_DIV);
}

static enum rc
put_desk(struct page *p, int64_t after, struct error *e)
{
	struct rows l = { .p = p, .most = PER_PAGE };
	struct html *h = &p->h;
	struct url u, next;
	enum rc rc;

	html_el(h, EL_H2, "Waiting to be packed");
	url_init(&u, "/desk/print");
	html_open(h, EL_FORM, ACTION(&u));
	url_release(&u);
	rc = desk_waiting(p->v->db, after, PER_PAGE + 1, put_waiting, &l, e);
	if (rc != RC_OK)
		return rc;
	if (l.shown > 0) {
		html_close(h, EL_OL);
		buttons(p, after);
	} else {
		page_p(p, NULL, "Nothing waits here. Time for a hat.");
	}
	html_close(h, EL_FORM);
	url_init(&u, "/desk");
	url_init(&next, "/desk");
	further(&l, &u, after, &next);
	url_release(&next);
	url_release(&u);
	return RC_OK;
}

static enum rc
put_some_trouble(struct page *p, int64_t count, struct error *e)
{
	struct rows l = { .p = p, .most = FIRST };
	struct html *h = &p->h;
	enum rc rc;

	if (count == 0)
		return RC_OK;
	html_el(h, EL_H2, "A person must look");
	rc = desk_problems(p->v->db, 0, FIRST, put_problem, &l, e);
	if (rc != RC_OK)
		return rc;
	if (l.shown > 0)
		html_close(h, EL_OL);
	if (count > l.shown) {
		html_open(h, EL_P);
		page_link(p, "/desk/problems", NULL, "All of them");
		html_textf(h, ": %" PRId64, count);
		html_close(h, EL_P);
	}
	return RC_OK;
}

static void
put_lead(struct page *p, const struct desk_counts *n)
{
	struct html *h = &p->h;

	html_open(h, EL_P, CLASS("lead"));
	if (n->waiting == 0) {
		html_text(h, "No order waits to be packed.");
	} else {
		html_textf(h, "%" PRId64 " %s", n->waiting,
		    n->waiting == 1
			? "order waits to be packed, for "
			: "orders wait to be packed, the first for ");
		desk_age(p, p->v->now - n->oldest);
		html_text(h, ".");
	}
	html_close(h, EL_P);
}

enum rc
desk_open(struct page *p, struct visit *v, const char *title, struct error *e)
{
	struct page_head head = { .title = title };
	enum rc rc = page_open(p, v, &head, e);

	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(p, "wide slip");
	html_el(&p->h, EL_H1, title);
	return RC_OK;
}

static enum rc
put_first(struct visit *v, int64_t after, struct error *e)
{
	struct desk_counts n;
	struct page p;
	enum rc rc;

	rc = desk_count(v->db, &n, e);
	if (rc == RC_OK)
		rc = desk_open(&p, v, "The manager's desk", e);
	if (rc != RC_OK)
		return rc;
	put_lead(&p, &n);
	rc = put_some_trouble(&p, n.problems, e);
	if (rc == RC_OK)
		rc = desk_put_returns(&p, e);
	if (rc == RC_OK)
		rc = put_desk(&p, after, e);
	if (rc != RC_OK)
		return rc;
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/account", NULL, "Back to your account");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

static enum rc
put_trouble(struct visit *v, int64_t after, struct error *e)
{
	struct rows l = { .most = PER_PAGE };
	struct url u, next;
	struct page p;
	enum rc rc;

	rc = desk_open(&p, v, "A person must look", e);
	l.p = &p;
	if (rc == RC_OK)
		rc = desk_problems(
		    v->db, after, PER_PAGE + 1, put_problem, &l, e);
	if (rc != RC_OK)
		return rc;
	if (l.shown > 0)
		html_close(&p.h, EL_OL);
	else
		page_p(&p, NULL, "All is well.");
	url_init(&u, "/desk/problems");
	url_init(&next, "/desk/problems");
	further(&l, &u, after, &next);
	url_release(&next);
	url_release(&u);
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/desk", NULL, "Back to the desk");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return page_close(&p, e);
}

typedef enum rc put_after(struct visit *v, int64_t after, struct error *e);

static enum rc
show(struct visit *v, put_after *put, struct error *e)
{
	static const struct field fields[] = {
		{ "after", FIELD_INT, 1, INT64_MAX, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = desk_need(v, &page, e);
	if (rc != RC_OK || page)
		return rc;
	rc =
	    form_read(&f, fields, 1, buf_str(&v->q->query), v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		rc = page_error(v, 400, e);
	} else if (rc == RC_OK) {
		rc = put(v, form_int_or(&f, 0, 0), e);
	}
	form_release(&f);
	return rc;
}

enum rc
desk_show(struct visit *v, struct error *e)
{
	return show(v, put_first, e);
}

enum rc
desk_trouble(struct visit *v, struct error *e)
{
	return show(v, put_trouble, e);
}
