#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/addressform.h"
#include "cgi-bin/checkout.h"

enum { F_PROOF, F_FIRST, F_COUNT = F_FIRST + ADDRESS_FIELDS };

/* clang-format off */
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	ADDRESS_FORM(F_FIRST),
};
/* clang-format on */

/*** The page ***/

struct book {
	struct page *p;
	const struct checkout *c;
	int64_t chosen; /* 0: the first one */
	size_t n, known;
};

static bool
delivers(void *ctx, const char *country)
{
	const struct checkout *c = ctx;

	return tariff_next(&c->tariff, country, NULL) != NULL;
}

static enum rc
count(void *ctx, const struct address *a, struct error *e)
{
	struct book *b = ctx;

	(void)e;
	b->n++;
	b->known += tariff_next(&b->c->tariff, a->country, NULL) != NULL;
	return RC_OK;
}

static void
part(struct page *p, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	html_text(&p->h, ", ");
	html_text(&p->h, s);
}

static enum rc
put_one(void *ctx, const struct address *a, struct error *e)
{
	struct book *b = ctx;
	const struct address_country *c = address_country(a->country);
	bool there = tariff_next(&b->c->tariff, a->country, NULL) != NULL;
	char id[24];
	struct checkout_radio r = { .name = "address",
		.value = id,
		.title = a->name,
		.disabled = !there };

	(void)e;
	(void)snprintf(id, sizeof(id), "%lld", (long long)a->id);
	if (b->chosen == 0 && there)
		b->chosen = a->id;
	r.checked = b->chosen == a->id;
	checkout_radio(b->p, &r);
	html_open(&b->p->h, EL_SPAN);
	html_text(&b->p->h, a->line1);
	part(b->p, a->line2);
	part(b->p, a->town);
	part(b->p, a->region);
	part(b->p, a->postcode);
	part(b->p, c == NULL ? a->country : c->name);
	html_close(&b->p->h, EL_SPAN);
	if (!there)
		html_el(&b->p->h, EL_SPAN, "We do not deliver there yet.",
		    CLASS("fault"));
	checkout_radio_end(b->p);
	return RC_OK;
}

static enum rc
put_book(struct book *b, struct error *e)
{
	struct page *p = b->p;
	struct url u;
	enum rc rc;

	url_init(&u, "/checkout/delivery");
	html_open(&p->h, EL_FORM, CLASS("entries"), ACTION(&u));
	url_release(&u);
	html_open(&p->h, EL_FIELDSET, CLASS("choices"));
	html_el(&p->h, EL_LEGEND, "From your address book");
	html_open(&p->h, EL_UL);
	rc = address_book(p->v->db, p->v->who.session.customer, put_one, b, e);
	html_close(&p->h, EL_UL);
	html_close(&p->h, EL_FIELDSET);
	entry_close(p, "Deliver to this address");
	return rc;
}

static void
put_form(struct page *p, struct checkout *c, struct address *a,
    const char *const *wrong)
{
	struct url u;

	url_init(&u, "/checkout/address");
	entry_open(p, &u);
	url_release(&u);
	addressform_put(p, a, wrong, delivers, c);
	page_p(p, "hint", "It is kept in your address book.");
	entry_close(p, "Deliver to this address");
}

static bool
any_wrong(const char *const *wrong)
{
	size_t i;

	for (i = 0; i < ADDRESS_FIELDS; i++)
		if (wrong[i] != NULL)
			return true;
	return false;
}

static void
put_new(struct page *p, struct checkout *c, struct address *a,
    const char *const *wrong, bool alone, bool open)
{
	struct html *h = &p->h;

	if (alone) {
		put_form(p, c, a, wrong);
		return;
	}
	html_open(h, EL_DETAILS, CLASS("other"), FLAG_IF(AT_OPEN, open));
	html_el(h, EL_SUMMARY, "To another address");
	put_form(p, c, a, wrong);
	html_close(h, EL_DETAILS);
}

static enum rc
put_page(struct checkout *c, int status, struct address *a,
    const char *sentence, const char *const *wrong, struct error *e)
{
	bool mistake = sentence != NULL || any_wrong(wrong);
	struct page p;
	struct book b = { .p = &p, .c = c, .chosen = c->to.id };
	enum rc rc;

	rc = address_book(c->v->db, c->v->who.session.customer, count, &b, e);
	if (rc == RC_OK)
		rc = checkout_open(
		    c->v, &p, status, STEP_ADDRESS, c, "Where shall it go?", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	addressform_summary(&p, a, wrong);
	page_div(&p, "till");
	page_div(&p, "way");
	if (b.n > 0)
		rc = put_book(&b, e);
	if (rc != RC_OK)
		return rc;
	put_new(&p, c, a, wrong, b.n == 0, mistake || b.known == 0);
	html_close(&p.h, EL_DIV);
	checkout_side(&p, c);
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}

/*** /checkout ***/

enum rc
start_show(struct visit *v, struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	struct address a = { 0 };
	struct checkout c = { 0 };
	bool page = true;
	enum rc rc;

	rc = who_seen(v, e);
	if (rc == RC_OK && v->who.session.customer == 0)
		return door_page(v, e);
	if (rc == RC_OK)
		rc = checkout_begin_asked(v, &c, &page, e);
	if (rc == RC_OK && !page) {
		a.name = strdup(v->who.session.name);
		rc = put_page(&c, 200, &a, NULL, wrong, e);
	}
	address_release(&a);
	checkout_end(&c);
	return rc;
}

/*** A new one ***/

struct search {
	const struct address *a;
	int64_t found;
};

static bool
equal(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static enum rc
same(void *ctx, const struct address *b, struct error *e)
{
	struct search *s = ctx;
	const struct address *a = s->a;

	(void)e;
	if (equal(a->country, b->country) && equal(a->name, b->name) &&
	    equal(a->line1, b->line1) && equal(a->line2, b->line2) &&
	    equal(a->town, b->town) && equal(a->region, b->region) &&
	    equal(a->postcode, b->postcode) && equal(a->phone, b->phone))
		s->found = b->id;
	return RC_OK;
}

/* Into the book; what is there already, as after going back, is no second
 * one. */
static enum rc
keep(struct checkout *c, struct address *a, struct error *e)
{
	struct search s = { .a = a };
	int64_t customer = c->v->who.session.customer;
	enum rc rc;

	rc = address_book(c->v->db, customer, same, &s, e);
	if (rc == RC_OK && s.found != 0)
		a->id = s.found;
	return rc == RC_OK ? address_save(c->v->db, customer, a, c->v->now, e)
			   : rc;
}

static enum rc
take(struct checkout *c, const struct form *f, struct address *a,
    struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	bool fine;
	enum rc rc;

	rc = addressform_take(f, F_FIRST, a, e);
	if (rc != RC_OK)
		return rc;
	if (!who_proof(c->v, form_typed(f, F_PROOF)))
		return put_page(c, 403, a, CHECKOUT_LATE, wrong, e);
	fine = addressform_judge(f, F_FIRST, a, wrong);
	if (fine && !delivers(c, a->country)) {
		wrong[ADDRESS_COUNTRY] = "We do not deliver there yet.";
		fine = false;
	}
	if (!fine)
		return put_page(c, 422, a, NULL, wrong, e);
	rc = keep(c, a, e);
	if (rc == RC_TOOBIG) {
		error_clear(e);
		return put_page(c, 409, a,
		    "The address book is full: please choose an address that "
		    "is in it, or remove one in your account.",
		    wrong, e);
	}
	c->to.id = a->id;
	if (rc == RC_OK)
		checkout_go(c);
	c->to.id = 0;
	return rc;
}

enum rc
address_type(struct visit *v, struct error *e)
{
	struct address a = { 0 };
	struct checkout c = { 0 };
	struct form f;
	bool page;
	enum rc rc;

	rc = checkout_read(v, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page)
		rc = checkout_begin(v, &c, NULL, &page, e);
	if (rc == RC_OK && !page)
		rc = take(&c, &f, &a, e);
	address_release(&a);
	checkout_end(&c);
	form_release(&f);
	return rc;
}
