/*
 * The pages of the program "orders": what a customer has ordered.
 */
#ifndef CGI_ORDERS_H
#define CGI_ORDERS_H

#include "cgi-bin/cgi.h"
#include "cgi-bin/page.h"
#include "cgi-bin/where.h"
#include "shop/order.h"

/* RC_OK with *page set: nobody is logged in, and the reply leads to where one
 * logs in and back; leave. */
enum rc orders_need(
    struct visit *v, const char *uid, bool *page, struct error *e) CHECKED;

/* The same, back to any place. */
enum rc orders_need_at(struct visit *v, const struct where *to, bool *page,
    struct error *e) CHECKED;

/* A form without its proof. */
#define ORDERS_LATE                                                            \
	"This form was open for too long, or your browser did not bring its "  \
	"cookie back. Nothing was changed; please send it once more."

/* A time by the shop's clock, as <time>. */
void orders_time(struct page *p, int64_t at);

/* orderpage.c: one order; the sentence goes above it, or is NULL. */
enum rc order_page(struct visit *v, const char *uid, int status,
    const char *sentence, struct error *e) CHECKED;

/* order_journal.c: what happened, when, and who says so; to staff in all its
 * details. */
enum rc order_journal_put(
    struct page *p, int64_t order, struct error *e) CHECKED;

/* order_parcels.c: where its parcels are; nothing when there are none. */
enum rc order_parcels_put(
    struct page *p, int64_t order, struct error *e) CHECKED;

/* The same in a word or three, for a list; what has no parcel on its way is where
 * its state says. */
enum rc order_where(struct db *db, int64_t order, enum order_state state,
    const char **words, struct error *e) CHECKED;

/* order_invoices.c: its invoice and credit notes, each to download; nothing
 * before there are any. */
enum rc order_invoices_put(
    struct page *p, int64_t order, struct error *e) CHECKED;
enum rc order_invoice(struct visit *v, struct error *e);

/* The question before a paid one is cancelled; one that may not be any more is
 * shown, with the reason. */
enum rc order_question(
    struct visit *v, const char *uid, struct error *e) CHECKED;
/* Why it may not, as a sentence. */
const char *order_may_not(enum order_may_end may);

/* order_return.c: the statement of a withdrawal; it is confirmed; what became of
 * each, and the way there from the page of an order that has left. */
enum rc order_return(struct visit *v, struct error *e);
enum rc order_return_confirm(struct visit *v, struct error *e);
enum rc order_put_returns(
    struct page *p, const struct order *o, struct error *e) CHECKED;

/* order_again.c: the latest envelope of the confirmation to the order's own
 * address; 0: none is left. */
enum rc order_letter(struct db *db, const struct order *o, int64_t *envelope,
    struct error *e) CHECKED;
void order_put_again(struct page *p, const struct order *o);
enum rc order_again(struct visit *v, struct error *e);

#endif
