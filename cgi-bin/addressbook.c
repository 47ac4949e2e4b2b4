#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cgi-bin/account.h"
#include "shop/address.h"

enum { F_PROOF, F_ID, F_FIRST, F_COUNT = F_FIRST + ADDRESS_FIELDS };
#define F(field) (F_FIRST + (field))

/* Bytes: the widest real ones are far below. */
#define LINE_BYTES 200

/* clang-format off */
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_ID] = { "id", FIELD_INT, 1, INT64_MAX, 0 },
	[F(ADDRESS_NAME)] = { "name", FIELD_TEXT, 1, LINE_BYTES, 0 },
	[F(ADDRESS_LINE1)] = { "line1", FIELD_TEXT, 1, LINE_BYTES, 0 },
	[F(ADDRESS_LINE2)] = { "line2", FIELD_TEXT, 1, LINE_BYTES, 0 },
	[F(ADDRESS_TOWN)] = { "town", FIELD_TEXT, 1, LINE_BYTES, 0 },
	[F(ADDRESS_REGION)] = { "region", FIELD_TEXT, 1, LINE_BYTES, 0 },
	[F(ADDRESS_POSTCODE)] = { "postcode", FIELD_TEXT, 1, 20, 0 },
	[F(ADDRESS_COUNTRY)] = { "country", FIELD_TEXT, 2, 2, 0 },
	[F(ADDRESS_PHONE)] = { "phone", FIELD_TEXT, 1, 40, 0 },
};
/* clang-format on */

static char **
member(struct address *a, enum address_field field)
{
	switch (field) {
	case ADDRESS_NAME:
		return &a->name;
	case ADDRESS_LINE1:
		return &a->line1;
	case ADDRESS_LINE2:
		return &a->line2;
	case ADDRESS_TOWN:
		return &a->town;
	case ADDRESS_REGION:
		return &a->region;
	case ADDRESS_POSTCODE:
		return &a->postcode;
	case ADDRESS_COUNTRY:
		return &a->country;
	case ADDRESS_PHONE:
		return &a->phone;
	case ADDRESS_FIELDS:
		break;
	}
	return NULL;
}

static const char *
value(struct address *a, enum address_field field)
{
	const char *s = *member(a, field);

	return s == NULL ? "" : s;
}

/*** One address ***/

static void
put_country(struct page *p, const char *chosen, const char *wrong)
{
	struct html *h = &p->h;
	const struct address_country *c;
	size_t i, n;

	html_open(h, EL_DIV,
	    CLASS(wrong == NULL ? "field entry" : "field entry wrong"));
	html_el(h, EL_LABEL, "Country", AT(AT_FOR, "country"));
	if (wrong != NULL)
		html_el(h, EL_P, wrong, CLASS("fault"), ID("country-wrong"));
	html_open(h, EL_SELECT, ID("country"), NAME("country"),
	    AT(AT_AUTOCOMPLETE, "country"),
	    AT(AT_ARIA_DESCRIBEDBY, wrong == NULL ? NULL : "country-wrong"),
	    AT(AT_ARIA_INVALID, wrong == NULL ? NULL : "true"));
	c = address_countries(&n);
	for (i = 0; i < n; i++)
		html_el(h, EL_OPTION, c[i].name, VALUE(c[i].code),
		    FLAG_IF(AT_SELECTED, strcmp(c[i].code, chosen) == 0));
	html_close(h, EL_SELECT);
	html_close(h, EL_DIV);
}

/* Labels are those of the chosen country; all countries' fields are there, as
 * no script exchanges them when another is chosen. */
static void
fields_of(struct address *a, const char *const *wrong,
    const struct address_country *c, struct entry out[ADDRESS_FIELDS])
{
	static const struct entry kinds[ADDRESS_FIELDS] = {
		[ADDRESS_NAME] = { .name = "name",
		    .label = "Name on the parcel",
		    .autocomplete = "name" },
		[ADDRESS_LINE1] = { .name = "line1",
		    .label = "Street and number",
		    .autocomplete = "address-line1" },
		[ADDRESS_LINE2] = { .name = "line2",
		    .label = "Flat, floor, company",
		    .autocomplete = "address-line2",
		    .optional = true },
		[ADDRESS_TOWN] = { .name = "town",
		    .label = "Town",
		    .autocomplete = "address-level2" },
		[ADDRESS_REGION] = { .name = "region",
		    .label = "County or state",
		    .hint = "In the United States: CA, NY and so on.",
		    .autocomplete = "address-level1",
		    .optional = true },
		[ADDRESS_POSTCODE] = { .name = "postcode",
		    .label = "Postcode",
		    .autocomplete = "postal-code" },
		[ADDRESS_COUNTRY] = { .name = "country", .label = "Country" },
		[ADDRESS_PHONE] = { .name = "phone",
		    .label = "Telephone",
		    .hint = "Only for the courier.",
		    .type = "tel",
		    .autocomplete = "tel",
		    .optional = true },
	};
	int i;

	for (i = 0; i < ADDRESS_FIELDS; i++) {
		out[i] = kinds[i];
		out[i].value = value(a, (enum address_field)i);
		out[i].wrong = wrong[i];
		out[i].max = posted[F(i)].max;
	}
	if (c == NULL)
		return;
	if (c->postcode_name != NULL)
		out[ADDRESS_POSTCODE].label = c->postcode_name;
	out[ADDRESS_POSTCODE].optional = !c->postcode_needed;
	if (c->region_name != NULL) {
		out[ADDRESS_REGION].label = c->region_name;
		out[ADDRESS_REGION].optional = !c->region_needed;
	}
}

static enum rc
put_address(struct visit *v, int status, struct address *a,
    const char *sentence, const char *const *wrong, struct error *e)
{
	static const enum address_field order[] = { ADDRESS_NAME, ADDRESS_LINE1,
		ADDRESS_LINE2, ADDRESS_TOWN, ADDRESS_REGION, ADDRESS_POSTCODE,
		ADDRESS_PHONE };
	const char *country = value(a, ADDRESS_COUNTRY);
	struct entry fields[ADDRESS_FIELDS];
	struct page p;
	struct url u;
	size_t i;
	enum rc rc;

	if (country[0] == '\0')
		country = "GB";
	fields_of(a, wrong, address_country(country), fields);
	rc = account_open(
	    v, &p, status, a->id == 0 ? "A new address" : "An address", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	entry_summary(&p, fields, ADDRESS_FIELDS);
	url_init(&u, "/account/addresses/keep");
	entry_open(&p, &u);
	url_release(&u);
	if (a->id != 0)
		html_open(&p.h, EL_INPUT, TYPE("hidden"), NAME("id"),
		    ATD(AT_VALUE, a->id));
	put_country(&p, country, wrong[ADDRESS_COUNTRY]);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		entry_put(&p, &fields[order[i]]);
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
take_typed(const struct form *f, struct address *a, struct error *e)
{
	char **m;
	int i;

	a->id = form_int_or(f, F_ID, 0);
	for (i = 0; i < ADDRESS_FIELDS; i++) {
		m = member(a, (enum address_field)i);
		*m = strdup(form_typed(f, F((size_t)i)));
		if (*m == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for an address");
	}
	return RC_OK;
}

static bool
judge(
    const struct form *f, struct address *a, const char *wrong[ADDRESS_FIELDS])
{
	bool fine = address_check(a, wrong);
	size_t i;

	for (i = 0; i < ADDRESS_FIELDS; i++) {
		if (wrong[i] != NULL)
			continue;
		switch (form_error(f, F(i))) {
		case FIELD_OK:
		case FIELD_ABSENT:
			continue;
		case FIELD_LONG:
			wrong[i] = "This is too long.";
			break;
		case FIELD_MISSING:
		case FIELD_BAD:
		case FIELD_SHORT:
		case FIELD_TWICE:
			wrong[i] =
			    "There is a character in this that we cannot take.";
			break;
		}
		fine = false;
	}
	return fine;
}

static enum rc
keep(struct visit *v, const struct form *f, struct address *a, struct error *e)
{
	const char *wrong[ADDRESS_FIELDS] = { NULL };
	enum rc rc;

	rc = take_typed(f, a, e);
	if (rc != RC_OK)
		return rc;
	if (!who_proof(v, form_typed(f, F_PROOF)))
		return put_address(v, 403, a, ACCOUNT_LATE, wrong, e);
	if (!judge(f, a, wrong))
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

static void
line(struct page *p, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	html_text(&p->h, s);
	html_open(&p->h, EL_BR);
}

static enum rc
put_card(void *ctx, const struct address *a, struct error *e)
{
	struct page *p = ctx;
	struct html *h = &p->h;
	const struct address_country *c = address_country(a->country);
	struct buf id;
	struct url u;

	(void)e;
	html_open(h, EL_LI);
	html_open(h, EL_ADDRESS);
	line(p, a->name);
	line(p, a->line1);
	line(p, a->line2);
	line(p, a->town);
	line(p, a->region);
	line(p, a->postcode);
	line(p, c == NULL ? a->country : c->name);
	line(p, a->phone);
	html_close(h, EL_ADDRESS);
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
