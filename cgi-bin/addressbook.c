#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cgi-bin/account.h"
#include "cgi-bin/addressform.h"
#include "shop/address.h"

enum { F_PROOF, F_ID, F_FIRST, F_COUNT = F_FIRST + ADDRESS_FIELDS };

/* clang-format off */
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_ID] = { "id", FIELD_INT, 1, INT64_MAX, 0 },
	ADDRESS_FORM(F_FIRST),
};
/* clang-format on */

/*** One address ***/

static enum rc
put_address(struct visit *v, int status, struct address *a,
    const char *sentence, const char *const *wrong, struct error *e)
{
	struct page p;
	struct url u;
	enum rc rc;

	rc = account_open(
	    v, &p, status, a->id == 0 ? "A new address" : "An address", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	addressform_summary(&p, a, wrong);
	url_init(&u, "/account/addresses/keep");
	entry_open(&p, &u);
	url_release(&u);
	if (a->id != 0)
		html_open(&p.h, EL_INPUT, TYPE("hidden"), NAME("id"),
		    ATD(AT_VALUE, a->id));
	addressform_put(&p, a, wrong, NULL, NULL);
	entry_close(&p, "Keep this address");
	html_open(&p.h, EL_P);
	page_link(&p, "/account/addresses", NULL, "All addresses");
	html_close(&p.h, EL_P);
	return account_close(&p, e);
}

enum rc
address_new(struct visit *v, struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	struct address a = { 0 };
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_ADDRESSES, &page, e);
	if (rc == RC_OK && !page) {
		a.name = strdup(v->who.session.name);
		rc = put_address(v, 200, &a, NULL, wrong, e);
	}
	address_release(&a);
	return rc;
}

enum rc
address_one(struct visit *v, struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	struct address a = { 0 };
	int64_t id;
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_ADDRESSES, &page, e);
	if (rc != RC_OK || page)
		return rc;
	if (num_parse(v->tail, 1, INT64_MAX, &id) != RC_OK)
		return RC_NOTFOUND;
	rc = address_get(v->db, v->who.session.customer, id, &a, e);
	if (rc == RC_OK)
		rc = put_address(v, 200, &a, NULL, wrong, e);
	address_release(&a);
	return rc;
}

static enum rc
keep(struct visit *v, const struct form *f, struct address *a, struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	enum rc rc;

	a->id = form_int_or(f, F_ID, 0);
	rc = addressform_take(f, F_FIRST, a, e);
	if (rc != RC_OK)
		return rc;
	if (!who_proof(v, form_typed(f, F_PROOF)))
		return put_address(v, 403, a, ACCOUNT_LATE, wrong, e);
	if (!addressform_judge(f, F_FIRST, a, wrong))
		return put_address(v, 422, a, NULL, wrong, e);
	rc = address_save(v->db, v->who.session.customer, a, v->now, e);
	if (rc == RC_TOOBIG) {
		error_clear(e);
		return put_address(v, 409, a,
		    "The address book is full. Please remove one first.", wrong,
		    e);
	}
	if (rc == RC_OK)
		account_go(v, WHERE_ADDRESSES);
	return rc;
}

enum rc
address_keep(struct visit *v, struct error *e)
{
	struct address a = { 0 };
	struct form f;
	bool page;
	enum rc rc;

	rc = account_read(v, WHERE_ADDRESSES, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page)
		rc = keep(v, &f, &a, e);
	address_release(&a);
	form_release(&f);
	return rc;
}

/*** The book ***/

static enum rc
put_card(void *ctx, const struct address *a, struct error *e)
{
	struct page *p = ctx;
	struct html *h = &p->h;
	struct buf id;
	struct url u;

	(void)e;
	html_open(h, EL_LI);
	addressform_write(p, a);
	buf_init(&id, LIMIT_LINE);
	buf_printf(&id, "%lld", (long long)a->id);
	url_init(&u, "/account/address/");
	url_path(&u, buf_str(&id));
	html_open(h, EL_P);
	html_open(h, EL_A, HREF(&u));
	html_text(h, "Change");
	html_open(h, EL_SPAN, CLASS("aside"));
	html_textf(h, " %s", a->line1);
	html_close(h, EL_SPAN);
	html_close(h, EL_A);
	html_close(h, EL_P);
	url_release(&u);
	url_init(&u, "/account/addresses/remove");
	entry_button(p, &u, "id", buf_str(&id), "Remove", "button plain");
	url_release(&u);
	buf_release(&id);
	html_close(h, EL_LI);
	return RC_OK;
}

static enum rc
count_card(void *ctx, const struct address *a, struct error *e)
{
	int64_t *n = ctx;

	(void)a;
	(void)e;
	++*n;
	return RC_OK;
}

static enum rc
put_book(struct visit *v, int status, const char *sentence, struct error *e)
{
	int64_t n = 0, customer = v->who.session.customer;
	struct page p;
	enum rc rc;

	rc = address_book(v->db, customer, count_card, &n, e);
	if (rc == RC_OK)
		rc = account_open(v, &p, status, "Addresses", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	if (n == 0) {
		page_p(&p, "lead", "The book is empty.");
	} else {
		html_open(&p.h, EL_UL, CLASS("ledger cards"));
		rc = address_book(v->db, customer, put_card, &p, e);
		html_close(&p.h, EL_UL);
	}
	if (rc != RC_OK)
		return rc;
	html_open(&p.h, EL_P, CLASS("doors"));
	page_link(&p, "/account/addresses/new", "button", "A new address");
	html_close(&p.h, EL_P);
	return account_close(&p, e);
}

enum rc
addresses_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_ADDRESSES, &page, e);
	if (rc == RC_OK && !page)
		rc = put_book(v, 200, NULL, e);
	return rc;
}

enum rc
address_drop(struct visit *v, struct error *e)
{
	struct form f;
	bool page;
	enum rc rc;

	rc = account_read(v, WHERE_ADDRESSES, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF))) {
		rc = put_book(v, 403, ACCOUNT_LATE, e);
	} else if (rc == RC_OK && !page) {
		rc = address_remove(v->db, v->who.session.customer,
		    form_int_or(&f, F_ID, 0), e);
		if (rc == RC_OK)
			account_go(v, WHERE_ADDRESSES);
	}
	form_release(&f);
	return rc;
}
