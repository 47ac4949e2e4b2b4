#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/address.h"
#include "shop/address_rules.h"

#define MAX_FIELD 200 /* bytes: as wide as any label, and the column */
#define MAX_PHONE 40

void
address_release(struct address *a)
{
	free(a->country);
	free(a->name);
	free(a->line1);
	free(a->line2);
	free(a->town);
	free(a->region);
	free(a->postcode);
	free(a->phone);
	memset(a, 0, sizeof(*a));
}

/* ---- countries ---- */

const struct address_country *
address_countries(size_t *n)
{
	*n = ADDRESS_COUNTRIES;
	return address_rules_countries;
}

const struct address_country *
address_country(const char *code)
{
	for (size_t i = 0; code != NULL && i < ADDRESS_COUNTRIES; i++)
		if (strcmp(address_rules_countries[i].code, code) == 0)
			return &address_rules_countries[i];
	return NULL;
}

/* ---- regions ---- */

/* USPS, Publication 28, appendix B: states, the district, territories, and the
 * armed forces. */
static const struct {
	char code[3];
	const char *name;
} states[] = {
	{ "AL", "Alabama" },
	{ "AK", "Alaska" },
	{ "AZ", "Arizona" },
	{ "AR", "Arkansas" },
	{ "CA", "California" },
	{ "CO", "Colorado" },
	{ "CT", "Connecticut" },
	{ "DE", "Delaware" },
	{ "DC", "District of Columbia" },
	{ "FL", "Florida" },
	{ "GA", "Georgia" },
	{ "HI", "Hawaii" },
	{ "ID", "Idaho" },
	{ "IL", "Illinois" },
	{ "IN", "Indiana" },
	{ "IA", "Iowa" },
	{ "KS", "Kansas" },
	{ "KY", "Kentucky" },
	{ "LA", "Louisiana" },
	{ "ME", "Maine" },
	{ "MD", "Maryland" },
	{ "MA", "Massachusetts" },
	{ "MI", "Michigan" },
	{ "MN", "Minnesota" },
	{ "MS", "Mississippi" },
	{ "MO", "Missouri" },
	{ "MT", "Montana" },
	{ "NE", "Nebraska" },
	{ "NV", "Nevada" },
	{ "NH", "New Hampshire" },
	{ "NJ", "New Jersey" },
	{ "NM", "New Mexico" },
	{ "NY", "New York" },
	{ "NC", "North Carolina" },
	{ "ND", "North Dakota" },
	{ "OH", "Ohio" },
	{ "OK", "Oklahoma" },
	{ "OR", "Oregon" },
	{ "PA", "Pennsylvania" },
	{ "RI", "Rhode Island" },
	{ "SC", "South Carolina" },
	{ "SD", "South Dakota" },
	{ "TN", "Tennessee" },
	{ "TX", "Texas" },
	{ "UT", "Utah" },
	{ "VT", "Vermont" },
	{ "VA", "Virginia" },
	{ "WA", "Washington" },
	{ "WV", "West Virginia" },
	{ "WI", "Wisconsin" },
	{ "WY", "Wyoming" },
	{ "AS", "American Samoa" },
	{ "GU", "Guam" },
	{ "MP", "Northern Mariana Islands" },
	{ "PR", "Puerto Rico" },
	{ "VI", "Virgin Islands" },
	{ "FM", "Micronesia" },
	{ "MH", "Marshall Islands" },
	{ "PW", "Palau" },
	{ "AA", "Armed Forces Americas" },
	{ "AE", "Armed Forces Europe" },
	{ "AP", "Armed Forces Pacific" },
};

static const char *
state_of(const char *typed)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcasecmp(states[i].code, typed) == 0 ||
		    strcasecmp(states[i].name, typed) == 0)
			return states[i].code;
	return NULL;
}

/* ---- checking ---- */

/* Put value in place of *field; without memory what was typed stays. */
static void
replace(char **field, const char *value)
{
	char *copy;

	if (*field != NULL && strcmp(*field, value) == 0)
		return;
	copy = strdup(value);
	if (copy == NULL)
		return;
	free(*field);
	*field = copy;
}

/* What is true of every field.  needed: the sentence when it is empty, or NULL.
 */
static const char *
check_text(char **field, size_t max, const char *needed)
{
	size_t n = *field != NULL ? strlen(*field) : 0;
	const char *s;

	if (n == 0)
		return needed;
	if (!text_line(*field, n))
		return "This has characters that cannot be printed.";
	s = text_trim(*field, &n);
	memmove(*field, s, n);
	(*field)[n] = '\0';
	if (n == 0)
		return needed;
	if (n > max)
		return "This is too long for a label.";
	return NULL;
}

/* Digits with what stands between them, for the carrier. */
static const char *
check_phone(const char *phone)
{
	size_t digits = 0;

	for (const char *p = phone; *p != '\0'; p++) {
		if (*p >= '0' && *p <= '9')
			digits++;
		else if (strchr(" +-./()", *p) == NULL)
			return "A telephone number has digits, blanks and "
			       "+ - . / ( ) only.";
	}
	return digits >= 5 && digits <= 20
		   ? NULL
		   : "A telephone number has 5 to 20 digits.";
}

static const char *
check_postcode(const struct address_country *c, char **postcode)
{
	size_t i = (size_t)(c - address_rules_countries);
	char code[ADDRESS_CODE_SIZE];

	if (!address_postcode(i, *postcode, code))
		return address_rules[i].wrong;
	replace(postcode, code);
	return NULL;
}

static const char *
check_region(const struct address_country *c, char **region)
{
	const char *state;

	if (!c->region_needed)
		return NULL;
	state = state_of(*region);
	if (state == NULL)
		return "This is no state: write it like NY or New York.";
	replace(region, state);
	return NULL;
}

static void
check_rules(struct address *a, const char *wrong[ADDRESS_FIELDS])
{
	const struct address_country *c;

	c = address_country(a->country);
	if (c == NULL) {
		wrong[ADDRESS_COUNTRY] =
		    "Please choose one of the countries that we deliver to.";
		return;
	}
	if (wrong[ADDRESS_POSTCODE] == NULL && a->postcode != NULL &&
	    a->postcode[0] != '\0')
		wrong[ADDRESS_POSTCODE] = check_postcode(c, &a->postcode);
	if (wrong[ADDRESS_REGION] == NULL && a->region != NULL &&
	    a->region[0] != '\0')
		wrong[ADDRESS_REGION] = check_region(c, &a->region);
}

bool
address_check(struct address *a, const char *wrong[ADDRESS_FIELDS])
{
	const struct address_country *c;
	bool fine = true;

	memset(wrong, 0, ADDRESS_FIELDS * sizeof(wrong[0]));
	for (char *p = a->country; p != NULL && *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	wrong[ADDRESS_COUNTRY] =
	    check_text(&a->country, 2, "Please choose a country.");
	c = address_country(a->country);
	wrong[ADDRESS_NAME] =
	    check_text(&a->name, MAX_FIELD, "Please say who shall receive it.");
	wrong[ADDRESS_LINE1] = check_text(
	    &a->line1, MAX_FIELD, "Please fill in street and number.");
	wrong[ADDRESS_LINE2] = check_text(&a->line2, MAX_FIELD, NULL);
	wrong[ADDRESS_TOWN] =
	    check_text(&a->town, MAX_FIELD, "Please fill in the town.");
	wrong[ADDRESS_REGION] = check_text(&a->region, MAX_FIELD,
	    c != NULL && c->region_needed ? "Please fill in the state." : NULL);
	wrong[ADDRESS_POSTCODE] = check_text(&a->postcode, MAX_FIELD,
	    c == NULL || c->postcode_needed ? "Please fill in the postcode."
					    : NULL);
	wrong[ADDRESS_PHONE] = check_text(&a->phone, MAX_PHONE, NULL);
	if (wrong[ADDRESS_PHONE] == NULL && a->phone != NULL &&
	    a->phone[0] != '\0')
		wrong[ADDRESS_PHONE] = check_phone(a->phone);
	if (wrong[ADDRESS_COUNTRY] == NULL)
		check_rules(a, wrong);
	for (size_t i = 0; i < ADDRESS_FIELDS; i++)
		fine = fine && wrong[i] == NULL;
	return fine;
}

/* ---- the book ---- */

static enum rc
read_row(const struct db_rows *rows, struct address *out, struct error *e)
{
	char **const fields[] = { &out->country, &out->name, &out->line1,
		&out->line2, &out->town, &out->region, &out->postcode,
		&out->phone };

	memset(out, 0, sizeof(*out));
	out->id = db_col_int(rows, 0);
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		*fields[i] = strdup(db_col_text(rows, i + 1));
		if (*fields[i] == NULL) {
			address_release(out);
			return error_set(
			    e, RC_NOMEM, "no memory for an address");
		}
	}
	return RC_OK;
}

enum rc
address_book(struct db *db, int64_t customer, address_put *put, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	struct address a;
	enum rc rc;

	rc = db_ask(db, SQL_ADDRESS_LIST, &rows, e, db_int(customer));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = read_row(rows, &a, e);
		if (rc == RC_OK)
			rc = put(ctx, &a, e);
		address_release(&a);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
address_get(struct db *db, int64_t customer, int64_t id, struct address *out,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc =
	    db_one(db, SQL_ADDRESS_GET, &rows, e, db_int(customer), db_int(id));
	if (rc != RC_OK)
		return rc;
	rc = read_row(rows, out, e);
	db_done(rows);
	return rc;
}

struct saving {
	int64_t customer, now, id;
	struct address *a;
};

static struct db_arg
text_or_empty(const char *s)
{
	return db_text(s != NULL ? s : "");
}

/* Two tabs that add at once wait for each other at the customer's row. */
static enum rc
room(struct db *db, int64_t customer, struct error *e)
{
	struct db_rows *rows;
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_CUSTOMER_LOCK, &n, e, db_int(customer));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such customer");
	if (rc == RC_OK)
		rc = db_one(db, SQL_ADDRESS_COUNT, &rows, e, db_int(customer));
	if (rc != RC_OK)
		return rc;
	n = db_col_int(rows, 0);
	db_done(rows);
	if (n >= LIMIT_ADDRESSES)
		return error_set(e, RC_TOOBIG,
		    "The address book is full: remove one of its %d "
		    "addresses first.",
		    LIMIT_ADDRESSES);
	return RC_OK;
}

static enum rc
save(struct db *db, void *ctx, struct error *e)
{
	struct saving *s = ctx;
	const struct address *a = s->a;
	int64_t n = 0;
	enum rc rc;

	if (a->id == 0) {
		rc = room(db, s->customer, e);
		if (rc == RC_OK)
			rc = db_run(db, SQL_ADDRESS_ADD, e, db_int(s->customer),
			    db_int(s->now), text_or_empty(a->country),
			    text_or_empty(a->name), text_or_empty(a->line1),
			    text_or_empty(a->line2), text_or_empty(a->town),
			    text_or_empty(a->region),
			    text_or_empty(a->postcode),
			    text_or_empty(a->phone));
		if (rc == RC_OK)
			s->id = db_last_id(db);
		return rc;
	}
	s->id = a->id;
	rc = db_run_count(db, SQL_ADDRESS_CHANGE, &n, e, db_int(s->now),
	    text_or_empty(a->country), text_or_empty(a->name),
	    text_or_empty(a->line1), text_or_empty(a->line2),
	    text_or_empty(a->town), text_or_empty(a->region),
	    text_or_empty(a->postcode), text_or_empty(a->phone),
	    db_int(s->customer), db_int(a->id));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such address");
	return rc;
}

enum rc
address_save(struct db *db, int64_t customer, struct address *a, int64_t now,
    struct error *e)
{
	struct saving s = { .customer = customer, .now = now, .a = a };
	enum rc rc;

	rc = db_unit_or_inside(db, save, &s, e);
	if (rc == RC_OK)
		a->id = s.id;
	return rc;
}

static enum rc
drop(struct db *db, void *ctx, struct error *e)
{
	const struct saving *s = ctx;
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_ADDRESS_REMOVE, &n, e, db_int(s->customer), db_int(s->id));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such address");
	return rc;
}

enum rc
address_remove(struct db *db, int64_t customer, int64_t id, struct error *e)
{
	struct saving s = { .customer = customer, .id = id };

	return db_unit_or_inside(db, drop, &s, e);
}
