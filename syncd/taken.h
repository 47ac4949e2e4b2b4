/*
 * Which holds' goods have left the stock system: their claims, asked for by key.
 *
 *	rc = hold_list(db, &holds, &n, &e);
 *	rc = taken_ask(link, &settings, &query, holds, taken, n, &e);
 */
#ifndef SYNCD_TAKEN_H
#define SYNCD_TAKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/settings.h"
#include "shop/hold.h"
#include "stock/link.h"

/* Set taken[i] for each of the n holds, which are as hold_list gives them; the
 * rest is left alone.  *q is the prepared statement: NULL at first, the
 * caller's (link_free). */
enum rc taken_ask(struct link *l, const struct settings *s,
    struct link_query **q, const struct hold_open *holds, bool *taken, size_t n,
    struct error *e) CHECKED;

#endif
