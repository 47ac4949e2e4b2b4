/*
 * The form in which people give an address, for the address book and the
 * checkout, and the address as it is written on a parcel.
 *
 *	enum { F_PROOF, F_FIRST, F_COUNT = F_FIRST + ADDRESS_FIELDS };
 *	static const struct field posted[F_COUNT] = {
 *		[F_PROOF] = …, ADDRESS_FORM(F_FIRST) };
 *
 *	rc = addressform_take(&f, F_FIRST, &a, &e);
 *	if (rc == RC_OK && !addressform_judge(&f, F_FIRST, &a, wrong))
 *		addressform_put(p, &a, wrong, NULL, NULL);
 */
#ifndef CGI_ADDRESSFORM_H
#define CGI_ADDRESSFORM_H

#include "cgi-bin/entry.h"
#include "shop/address.h"
#include "web/form.h"

/* Bytes: the widest real ones are far below. */
#define ADDRESS_LINE_BYTES 200

/* clang-format off */
#define ADDRESS_FORM(first)                                                    \
	[(first) + ADDRESS_NAME] =                                             \
	    { "name", FIELD_TEXT, 1, ADDRESS_LINE_BYTES, 0 },                  \
	[(first) + ADDRESS_LINE1] =                                            \
	    { "line1", FIELD_TEXT, 1, ADDRESS_LINE_BYTES, 0 },                 \
	[(first) + ADDRESS_LINE2] =                                            \
	    { "line2", FIELD_TEXT, 1, ADDRESS_LINE_BYTES, 0 },                 \
	[(first) + ADDRESS_TOWN] =                                             \
	    { "town", FIELD_TEXT, 1, ADDRESS_LINE_BYTES, 0 },                  \
	[(first) + ADDRESS_REGION] =                                           \
	    { "region", FIELD_TEXT, 1, ADDRESS_LINE_BYTES, 0 },                \
	[(first) + ADDRESS_POSTCODE] = { "postcode", FIELD_TEXT, 1, 20, 0 },   \
	[(first) + ADDRESS_COUNTRY] = { "country", FIELD_TEXT, 2, 2, 0 },      \
	[(first) + ADDRESS_PHONE] = { "phone", FIELD_TEXT, 1, 40, 0 }
/* clang-format on */

/* What was typed, into a, which is zeroed: addressform_take's strings are
 * a's. */
enum rc addressform_take(const struct form *f, size_t first, struct address *a,
    struct error *e) CHECKED;
/* address_check, and what the form itself found wrong. */
bool addressform_judge(const struct form *f, size_t first, struct address *a,
    const char *wrong[ADDRESS_FIELDS]);

/* Which countries are offered; NULL: all. */
typedef bool addressform_offer(void *ctx, const char *country);

/* The summary above the form; and its fields, inside an open one. */
void addressform_summary(
    struct page *p, struct address *a, const char *const *wrong);
void addressform_put(struct page *p, struct address *a,
    const char *const *wrong, addressform_offer *offer, void *ctx);

/* <address>, a line each. */
void addressform_write(struct page *p, const struct address *a);

#endif
