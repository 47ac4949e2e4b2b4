#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "shop/address.h"
#include "shop/basket.h"
#include "shop/customer.h"
#include "shop/journal.h"
#include "shop/login.h"
#include "shop/mydata.h"
#include "shop/order_words.h"
#include "shop/seclog.h"

#define ORDERS 50    /* that are read at a time */
#define EVENTS 10000 /* far more than 180 days have */

/* ---- writing JSON: objects and lists that know whether a comma is due ---- */

struct json {
	struct buf *b;
	unsigned depth;
	bool first; /* in the innermost object or list */
};

static void
put_text(struct buf *b, const char *s)
{
	size_t len, n = strlen(s);
	uint32_t cp;

	buf_putc(b, '"');
	for (size_t i = 0; i < n; i += len) {
		len = text_decode(s + i, n - i, &cp);
		if (len == 0) {
			len = 1;
			cp = 0xfffd;
		}
		if (cp == '"' || cp == '\\')
			buf_putc(b, '\\');
		if (cp < 0x20)
			buf_printf(b, "\\u%04x", (unsigned)cp);
		else
			text_encode(b, cp);
	}
	buf_putc(b, '"');
}

static void
line(struct json *j)
{
	buf_putc(j->b, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->b, "  ");
}

/* The next member; name is NULL in a list. */
static void
member(struct json *j, const char *name)
{
	if (!j->first)
		buf_putc(j->b, ',');
	j->first = false;
	line(j);
	if (name != NULL) {
		put_text(j->b, name);
		buf_puts(j->b, ": ");
	}
}

static void
begin(struct json *j, const char *name, char bracket)
{
	if (j->depth > 0)
		member(j, name);
	buf_putc(j->b, bracket);
	j->depth++;
	j->first = true;
}

static void
end(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first)
		line(j);
	buf_putc(j->b, bracket);
	j->first = false;
}

static void
text(struct json *j, const char *name, const char *s)
{
	member(j, name);
	put_text(j->b, s);
}

static void
number(struct json *j, const char *name, int64_t n)
{
	member(j, name);
	buf_putd(j->b, n);
}

static void
truth(struct json *j, const char *name, bool yes)
{
	member(j, name);
	buf_puts(j->b, yes ? "true" : "false");
}

static void
moment(struct json *j, const char *name, int64_t t)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(t, iso);
	text(j, name, iso);
}

/* ---- what there is ---- */

static enum rc
put_method(void *ctx, const struct login_method *m, struct error *e)
{
	struct json *j = ctx;

	(void)e;
	begin(j, NULL, '{');
	text(j, "method", m->provider);
	if (m->subject[0] != '\0') {
		text(j, "known_there_as", m->subject);
		text(j, "email_there", m->email);
		moment(j, "added", m->made_at);
		moment(j, "last_used", m->seen_at);
	}
	end(j, '}');
	return buf_rc(j->b);
}

static void
put_place(struct json *j, const char *name, const struct address *a)
{
	begin(j, name, '{');
	text(j, "name", a->name);
	text(j, "line1", a->line1);
	text(j, "line2", a->line2);
	text(j, "town", a->town);
	text(j, "region", a->region);
	text(j, "postcode", a->postcode);
	text(j, "country", a->country);
	text(j, "phone", a->phone);
	end(j, '}');
}

static enum rc
put_address(void *ctx, const struct address *a, struct error *e)
{
	struct json *j = ctx;

	(void)e;
	put_place(j, NULL, a);
	return buf_rc(j->b);
}

static enum rc
put_line(void *ctx, const struct basket_line *l, struct error *e)
{
	struct json *j = ctx;

	(void)e;
	begin(j, NULL, '{');
	text(j, "hat", l->item->name);
	number(j, "quantity", l->qty);
	end(j, '}');
	return buf_rc(j->b);
}

static enum rc
put_event(void *ctx, const struct seclog_row *row, struct error *e)
{
	struct json *j = ctx;

	(void)e;
	begin(j, NULL, '{');
	moment(j, "at", row->at);
	text(j, "what", row->kind);
	text(j, "from", row->place);
	text(j, "detail", row->detail);
	end(j, '}');
	return buf_rc(j->b);
}

struct taking {
	int64_t customer, now;
	struct buf *b;
	size_t begun; /* bytes that were there before */
};

static enum rc
put_customer(
    struct db *db, struct json *j, int64_t id, int64_t now, struct error *e)
{
	struct customer c;
	enum rc rc;

	rc = customer_by_id(db, id, &c, e);
	if (rc == RC_OK && c.erased) {
		customer_release(&c);
		rc = RC_NOTFOUND;
	}
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such customer");
	if (rc != RC_OK)
		return rc;
	moment(j, "exported", now);
	begin(j, "account", '{');
	text(j, "name", c.name);
	text(j, "user_name", c.user_name);
	text(j, "email", c.email);
	truth(j, "email_confirmed", c.proven);
	truth(j, "staff", c.staff);
	moment(j, "made", c.made_at);
	end(j, '}');
	customer_release(&c);
	return RC_OK;
}

static enum rc
put_sessions(struct db *db, struct json *j, int64_t id, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(
	    db, SQL_SESSION_LIST, &rows, e, db_int(id), db_int(0), db_int(0));
	if (rc != RC_OK)
		return rc;
	begin(j, "sessions", '[');
	while ((rc = db_next(rows, e)) == RC_OK) {
		begin(j, NULL, '{');
		text(j, "method", db_col_text(rows, 1));
		text(j, "browser", db_col_text(rows, 2));
		text(j, "from", db_col_text(rows, 3));
		moment(j, "begun", db_col_int(rows, 4));
		moment(j, "last_seen", db_col_int(rows, 5));
		end(j, '}');
	}
	end(j, ']');
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
put_basket(struct db *db, struct json *j, int64_t id, struct error *e)
{
	struct basket_sum sum;
	int64_t basket;
	enum rc rc;

	rc = basket_look_customer(db, id, &basket, e);
	if (rc != RC_OK)
		return rc;
	begin(j, "basket", '[');
	if (basket != 0)
		rc = basket_lines(db, basket, put_line, j, &sum, e);
	end(j, ']');
	return rc;
}

/* ---- orders ---- */

struct numbers {
	int64_t ids[ORDERS], n;
};

static enum rc
keep_number(void *ctx, const struct order_row *row, struct error *e)
{
	struct numbers *to = ctx;

	(void)e;
	to->ids[to->n++] = row->id;
	return RC_OK;
}

static enum rc
put_happening(void *ctx, const struct journal_row *row, struct error *e)
{
	struct json *j = ctx;

	(void)e;
	begin(j, NULL, '{');
	moment(j, "at", row->at);
	text(j, "what", order_words_kind(row->kind));
	if (order_words_detail(row->kind))
		text(j, "detail", row->detail);
	end(j, '}');
	return buf_rc(j->b);
}

static void
put_hats(struct json *j, const struct order *o)
{
	begin(j, "hats", '[');
	for (size_t i = 0; i < o->n; i++) {
		begin(j, NULL, '{');
		text(j, "hat", o->lines[i].name);
		number(j, "quantity", o->lines[i].qty);
		number(j, "price", o->lines[i].price);
		end(j, '}');
	}
	end(j, ']');
}

static enum rc
put_order(struct db *db, struct json *j, int64_t id, struct error *e)
{
	struct order o;
	enum rc rc = order_load(db, id, &o, e);

	if (rc != RC_OK)
		return rc;
	begin(j, NULL, '{');
	number(j, "order", o.id);
	text(j, "uid", o.uid);
	text(j, "state", order_state_name(o.state));
	moment(j, "made", o.made_at);
	text(j, "email", o.email);
	put_place(j, "to", &o.to);
	text(j, "delivery_by", o.delivery_option);
	put_hats(j, &o);
	/* in the smallest unit of the currency, as prices above */
	text(j, "currency", o.currency);
	number(j, "goods", o.goods);
	number(j, "delivery", o.delivery);
	number(j, "total", o.total);
	number(j, "tax_in_total", o.tax);
	number(j, "paid", o.captured);
	number(j, "refunded", o.refunded);
	begin(j, "journal", '[');
	rc = journal_list(db, id, put_happening, j, e);
	end(j, ']');
	end(j, '}');
	order_release(&o);
	return rc;
}

static enum rc
put_orders(struct db *db, struct json *j, int64_t customer, struct error *e)
{
	struct numbers some = { .n = ORDERS };
	int64_t before = 0;
	enum rc rc = RC_OK;

	begin(j, "orders", '[');
	while (rc == RC_OK && some.n == ORDERS) {
		some.n = 0;
		rc = order_list(
		    db, customer, before, ORDERS, keep_number, &some, e);
		for (int64_t i = 0; i < some.n && rc == RC_OK; i++) {
			before = some.ids[i];
			rc = put_order(db, j, before, e);
		}
	}
	end(j, ']');
	return rc;
}

static enum rc
take(struct db *db, void *ctx, struct error *e)
{
	const struct taking *x = ctx;
	struct json j = { .b = x->b };
	enum rc rc;

	buf_cut(x->b, x->begun);
	begin(&j, NULL, '{');
	rc = put_customer(db, &j, x->customer, x->now, e);
	if (rc == RC_OK) {
		begin(&j, "login_methods", '[');
		rc = login_methods(db, x->customer, put_method, &j, e);
		end(&j, ']');
	}
	if (rc == RC_OK)
		rc = put_sessions(db, &j, x->customer, e);
	if (rc == RC_OK) {
		begin(&j, "addresses", '[');
		rc = address_book(db, x->customer, put_address, &j, e);
		end(&j, ']');
	}
	if (rc == RC_OK)
		rc = put_basket(db, &j, x->customer, e);
	if (rc == RC_OK)
		rc = put_orders(db, &j, x->customer, e);
	if (rc == RC_OK) {
		begin(&j, "security_log", '[');
		rc = seclog_list(db, x->customer, EVENTS, put_event, &j, e);
		end(&j, ']');
	}
	end(&j, '}');
	buf_putc(j.b, '\n');
	if (rc == RC_OK && buf_rc(j.b) != RC_OK)
		rc = error_set(e, buf_rc(j.b), "the export is too long");
	return rc;
}

enum rc
mydata_export(struct db *db, int64_t customer, int64_t now, struct buf *b,
    struct error *e)
{
	struct taking x = { customer, now, b, b->len };

	return db_view(db, take, &x, e);
}

/* ---- forgetting ---- */

struct erasure {
	int64_t customer, now;
	const char *place;
};

static enum rc
erase(struct db *db, void *ctx, struct error *e)
{
	static const enum sql steps[] = { SQL_IDENTITY_DROP_ALL,
		SQL_TICKET_DROP_ALL, SQL_ADDRESS_DROP_ALL, SQL_BASKET_DROP_OWN,
		SQL_EVENT_DROP_ALL, SQL_OUTBOX_DROP_ALL, SQL_LETTER_DROP_ALL };
	const struct erasure *x = ctx;
	int64_t n = 0;
	enum rc rc;

	/* The customer's row first, so that no session begins any more. */
	rc = db_run_count(
	    db, SQL_CUSTOMER_ERASE, &n, e, db_int(x->now), db_int(x->customer));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such customer");
	if (rc == RC_OK)
		rc = db_run(db, SQL_SESSION_END_ALL, e, db_int(x->customer),
		    db_text(""));
	for (size_t i = 0; rc == RC_OK && i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		rc = db_run(db, steps[i], e, db_int(x->customer));
	if (rc == RC_OK)
		rc = seclog(db, x->customer, "erase", x->place, "", x->now, e);
	return rc;
}

enum rc
mydata_erase(struct db *db, int64_t customer, const char *place, int64_t now,
    struct error *e)
{
	struct erasure x = { customer, now, place };

	return db_unit_or_inside(db, erase, &x, e);
}
