#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cgi-bin/addressform.h"

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

/*** What is typed ***/

enum rc
addressform_take(
    const struct form *f, size_t first, struct address *a, struct error *e)
{
	char **m;
	size_t i;

	for (i = 0; i < ADDRESS_FIELDS; i++) {
		m = member(a, (enum address_field)i);
		*m = strdup(form_typed(f, first + i));
		if (*m == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for an address");
	}
	return RC_OK;
}

bool
addressform_judge(const struct form *f, size_t first, struct address *a,
    const char *wrong[ADDRESS_FIELDS])
{
	bool fine = address_check(a, wrong);
	size_t i;

	for (i = 0; i < ADDRESS_FIELDS; i++) {
		if (wrong[i] != NULL)
			continue;
		switch (form_error(f, first + i)) {
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

/*** The form ***/

static void
put_country(struct page *p, const char *chosen, const char *wrong,
    addressform_offer *offer, void *ctx)
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
	for (i = 0; i < n; i++) {
		if (offer != NULL && !offer(ctx, c[i].code))
			continue;
		html_el(h, EL_OPTION, c[i].name, VALUE(c[i].code),
		    FLAG_IF(AT_SELECTED, strcmp(c[i].code, chosen) == 0));
	}
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
	static const int64_t most[ADDRESS_FIELDS] = {
		[ADDRESS_NAME] = ADDRESS_LINE_BYTES,
		[ADDRESS_LINE1] = ADDRESS_LINE_BYTES,
		[ADDRESS_LINE2] = ADDRESS_LINE_BYTES,
		[ADDRESS_TOWN] = ADDRESS_LINE_BYTES,
		[ADDRESS_REGION] = ADDRESS_LINE_BYTES,
		[ADDRESS_POSTCODE] = 20,
		[ADDRESS_COUNTRY] = 2,
		[ADDRESS_PHONE] = 40,
	};
	int i;

	for (i = 0; i < ADDRESS_FIELDS; i++) {
		out[i] = kinds[i];
		out[i].value = value(a, (enum address_field)i);
		out[i].wrong = wrong[i];
		out[i].max = most[i];
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

static const char *
country_of(struct address *a)
{
	const char *country = value(a, ADDRESS_COUNTRY);

	return country[0] == '\0' ? "GB" : country;
}

void
addressform_summary(struct page *p, struct address *a, const char *const *wrong)
{
	struct entry fields[ADDRESS_FIELDS];

	fields_of(a, wrong, address_country(country_of(a)), fields);
	entry_summary(p, fields, ADDRESS_FIELDS);
}

void
addressform_put(struct page *p, struct address *a, const char *const *wrong,
    addressform_offer *offer, void *ctx)
{
	static const enum address_field order[] = { ADDRESS_NAME, ADDRESS_LINE1,
		ADDRESS_LINE2, ADDRESS_TOWN, ADDRESS_REGION, ADDRESS_POSTCODE,
		ADDRESS_PHONE };
	const char *country = country_of(a);
	struct entry fields[ADDRESS_FIELDS];
	size_t i;

	fields_of(a, wrong, address_country(country), fields);
	put_country(p, country, wrong[ADDRESS_COUNTRY], offer, ctx);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		entry_put(p, &fields[order[i]]);
}

/*** An address ***/

static void
line(struct page *p, const char *s)
{
	if (s == NULL || s[0] == '\0')
		return;
	html_text(&p->h, s);
	html_open(&p->h, EL_BR);
}

void
addressform_write(struct page *p, const struct address *a)
{
	const struct address_country *c = address_country(a->country);

	html_open(&p->h, EL_ADDRESS);
	line(p, a->name);
	line(p, a->line1);
	line(p, a->line2);
	line(p, a->town);
	line(p, a->region);
	line(p, a->postcode);
	line(p, c == NULL ? a->country : c->name);
	line(p, a->phone);
	html_close(&p->h, EL_ADDRESS);
}
