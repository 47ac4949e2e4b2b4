/*
 * What customers do on the page of a gateway, in t/books.t: by card, with or
 * without a word of their bank, or with PayPal in one of its moods.
 *
 *	pages_pay(pool, page, false);
 */
#ifndef T_BOOKS_PAGES_H
#define T_BOOKS_PAGES_H

#include <stdbool.h>

struct exchange_pool;

/* declined: there is no money at first (a card) or at all (PayPal). */
void pages_pay(struct exchange_pool *pool, const char *page, bool declined);

#endif
