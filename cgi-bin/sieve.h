/*
 * What a shopper asked of a list of hats: words, kind, price, stock, order
 * and page, read from the query string and shown again in the form.
 *
 *	struct sieve s;
 *
 *	rc = sieve_read(&s, v, &e);
 *	if (rc == RC_OK && s.category_slug != NULL)
 *		rc = …
 *	sieve_put(&p, &s, "/hats");
 *	sieve_release(&s);
 *
 * What cannot be understood is left out of the filter and named in a notice;
 * the list is shown all the same, as a 400.
 */
#ifndef CGI_SIEVE_H
#define CGI_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "cgi-bin/page.h"
#include "shop/item.h"
#include "web/form.h"

/* Hats on one page of a list: six rows of four, or eight of three. */
#define SIEVE_PER_PAGE 24
#define SIEVE_LAST_PAGE 10000

enum sieve_field {
	S_Q,
	S_KIND,
	S_MIN,
	S_MAX,
	S_STOCK,
	S_SORT,
	S_PAGE,
	S_COUNT
};

struct sieve {
	struct form form;
	struct item_filter filter; /* category is the caller's to set */
	const char *query;         /* "" for none; borrowed from form */
	const char *kind;          /* category's slug, "" for all */
	bool by_rank;              /* no order was chosen */
	int64_t page;              /* from 1 */
	bool min_bad, max_bad, sort_bad, page_bad, kind_bad, query_bad;
};

/* RC_INVALID when the query string itself is malformed or names a field twice:
 * the answer is a plain 400. */
enum rc sieve_read(
    struct sieve *s, const struct visit *v, struct error *e) CHECKED;
void sieve_release(struct sieve *s);

/* Something was not understood. */
bool sieve_bad(const struct sieve *s);

/* Some hats are left out, by kind, stock or price. */
bool sieve_filters(const struct sieve *s);

/* The form, with what was typed, sent to /search when there are words in it,
 * else to /hats; before it a notice about what was not understood. */
enum rc sieve_put(
    struct page *p, const struct sieve *s, struct error *e) CHECKED;

/* Append the asked filters as arguments, with another page number. */
void sieve_args(const struct sieve *s, struct url *u, int64_t page);

#endif
