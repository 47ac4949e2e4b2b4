/*
 * What address.c and address_rules.c share: the table of countries with the
 * forms of their postcodes.
 */
#ifndef SHOP_ADDRESS_RULES_H
#define SHOP_ADDRESS_RULES_H

#include "shop/address.h"

#define ADDRESS_CODE_SIZE 16

#define ADDRESS_COUNTRIES 29 /* GB, IE, US, and the EU */

struct address_rule {
	/*
	 * The forms, separated by '|': '9' a digit, 'A' a letter, '*' a letter
	 * or digit, anything else itself.  What is typed is compared without
	 * blanks, hyphens and dots, in capital letters, and comes out as the
	 * form has it; the country's own letters before it may be missing or
	 * too many.
	 */
	const char *forms;
	const char *wrong; /* the sentence for what fits none */
};

/* In the same order. */
extern const struct address_country address_rules_countries[ADDRESS_COUNTRIES];
extern const struct address_rule address_rules[ADDRESS_COUNTRIES];

/* Bring a postcode into the form of that country; false: it fits none. */
bool address_postcode(
    size_t country, const char *typed, char out[ADDRESS_CODE_SIZE]);

#endif
