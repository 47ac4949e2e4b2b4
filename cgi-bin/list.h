/*
 * Pages that list hats: all of them, those of a category, those that a search
 * found.
 *
 *	return list_page(v, LIST_ALL, NULL, e);
 */
#ifndef CGI_LIST_H
#define CGI_LIST_H

#include "cgi-bin/card.h"
#include "cgi-bin/sieve.h"
#include "shop/search.h"

enum list_kind { LIST_ALL, LIST_CATEGORY, LIST_SEARCH };

/* Put the page of hats that s asks for on the shelf.  It comes from outside
 * because what a search links (every stemmer of libstemmer, 300 kB to relocate
 * at each start) is not to be paid by pages that search nothing. */
typedef enum rc list_search(struct db *db, const struct sieve *s,
    struct shelf *hats, struct search_result *found, struct error *e);

/* search is needed for LIST_SEARCH only. */
enum rc list_page(
    struct visit *v, enum list_kind kind, list_search *search, struct error *e);

#endif
