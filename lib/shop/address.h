/*
 * Postal addresses and the address book.  Rules of GB, IE, US and the EU (UPU
 * S42, each post's own guide); a rule refuses only what cannot be delivered,
 * never an unusual name or street.
 */
#ifndef SHOP_ADDRESS_H
#define SHOP_ADDRESS_H

#include <stdbool.h>

#include "db/db.h"

struct address {
	int64_t id;    /* 0: not in the book */
	char *country; /* owned, all: ISO 3166-1 alpha-2 */
	char *name, *line1, *line2, *town, *region, *postcode, *phone;
};

void address_release(struct address *a);

/* A country that we know the rules of, in the order of its English name. */
struct address_country {
	char code[3];
	const char *name;
	const char *postcode_name; /* "Postcode", "Eircode", "ZIP code" */
	const char *postcode_like; /* an example, for the form's hint */
	const char *region_name;   /* NULL: the form has no such field */
	bool postcode_needed, region_needed;
};
const struct address_country *address_countries(size_t *n);
const struct address_country *address_country(const char *code); /* NULL */

enum address_field {
	ADDRESS_NAME,
	ADDRESS_LINE1,
	ADDRESS_LINE2,
	ADDRESS_TOWN,
	ADDRESS_REGION,
	ADDRESS_POSTCODE,
	ADDRESS_COUNTRY,
	ADDRESS_PHONE,
	ADDRESS_FIELDS,
};

/* Bring into the post's form what can be ("sw1a1aa" becomes "SW1A 1AA"), and
 * say of each field what is wrong with it, as a sentence (static), or NULL.
 * Returns whether nothing is.  Fields may be NULL for empty. */
bool address_check(struct address *a, const char *wrong[ADDRESS_FIELDS]);

typedef enum rc address_put(
    void *ctx, const struct address *a, struct error *e);
/* The latest used first. */
enum rc address_book(struct db *db, int64_t customer, address_put *put,
    void *ctx, struct error *e) CHECKED;
/* RC_NOTFOUND also when it is another customer's (R41). */
enum rc address_get(struct db *db, int64_t customer, int64_t id,
    struct address *out, struct error *e) CHECKED;

/* Units, or inside one.  a->id 0 adds (LIMIT_ADDRESSES in a book: RC_TOOBIG with
 * a sentence) and is set, else changes; RC_NOTFOUND as above.  What is saved has
 * been checked. */
enum rc address_save(struct db *db, int64_t customer, struct address *a,
    int64_t now, struct error *e) CHECKED;
enum rc address_remove(
    struct db *db, int64_t customer, int64_t id, struct error *e) CHECKED;

#endif
