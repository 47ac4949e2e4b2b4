/*
 * What delivery costs, when it arrives, and which tax is in a price: the file
 * that shop.tariff names.
 *
 *	rc = tariff_load(settings->shop_tariff, "GBP", &t, &e);
 *	for (o = tariff_next(&t, "GB", NULL); o != NULL;
 *	    o = tariff_next(&t, "GB", o))
 *		tariff_promise(&t, o, local, &first, &last);
 *	tariff_release(&t);
 *
 * One line each; '#' begins a comment line; a key is there once:
 *
 *	delivery.KEY = NAME | COUNTRIES | PRICE | DAYS
 *	tax.COUNTRY = PER CENT
 *	cutoff = HH:MM
 *	holiday.YYYY-MM-DD = NAME
 *
 * COUNTRIES are ISO 3166 codes with blanks between; DAYS are working days after
 * the parcel leaves, "1" or "2-4".  Each country that is delivered to needs its
 * tax.  Prices include tax, so another rate changes no total.
 */
#ifndef SHOP_TARIFF_H
#define SHOP_TARIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TARIFF_OPTIONS 64     /* of all countries together */
#define TARIFF_TAXES 64       /* the world that the shop knows has 29 */
#define TARIFF_HOLIDAYS 400   /* a dozen a year for decades */
#define TARIFF_KEY_SIZE 17    /* of an option */
#define TARIFF_DAYS_MAX 60    /* who waits longer has bought elsewhere */
#define TARIFF_NAME_MAX 80    /* bytes; goes to the gateway's page too */
#define TARIFF_PLACES_MAX 400 /* bytes of a list of countries */

struct tariff_option {
	char key[TARIFF_KEY_SIZE];
	char *name;   /* owned */
	char *places; /* owned: " GB IE " */
	int64_t price;
	int64_t days_min, days_max;
};

struct tariff_tax {
	char country[3];
	int64_t rate; /* hundredths of a per cent */
};

struct tariff {
	struct tariff_option options[TARIFF_OPTIONS];
	struct tariff_tax taxes[TARIFF_TAXES];
	int64_t holidays[TARIFF_HOLIDAYS]; /* days since 1970 */
	size_t noptions, ntaxes, nholidays;
	int64_t cutoff; /* seconds into a day */
	bool has_cutoff;
};

/* *out needs no initialisation; on failure it is released.  RC_INVALID names
 * file and line; others as file_read. */
enum rc tariff_load(const char *path, const char *currency, struct tariff *out,
    struct error *e) CHECKED;
/* The same from memory; name stands for the path in messages. */
enum rc tariff_parse(const char *name, const char *bytes, size_t n,
    const char *currency, struct tariff *out, struct error *e) CHECKED;
void tariff_release(struct tariff *t); /* safe on a zeroed one */

/* The first option of a country, or the one after `after`; NULL: no further. */
const struct tariff_option *tariff_next(const struct tariff *t,
    const char *country, const struct tariff_option *after);
/* NULL: none of that country has this key. */
const struct tariff_option *tariff_find(
    const struct tariff *t, const char *country, const char *key);

/* False: nothing is said of this country. */
bool tariff_tax(const struct tariff *t, const char *country, int64_t *rate);

/*
 * The days between which the parcel arrives, as days since 1970, if it is paid
 * at `local`: seconds since 1970 by the shop's clocks.  What is paid before the
 * cut-off of a working day leaves on that day, else on the next one.
 */
void tariff_promise(const struct tariff *t, const struct tariff_option *o,
    int64_t local, int64_t *first, int64_t *last);

#endif
