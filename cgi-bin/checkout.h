/*
 * The pages of the program "checkout", one file each, and what they share.
 *
 * The way from basket to order is in the addresses: which address and which
 * option were chosen stands there, and nothing is kept of it elsewhere.  So
 * going back, a second tab and a page from yesterday do no harm.
 *
 *	/checkout			who are you, or which address
 *	/checkout/delivery?address=7	which option
 *	/checkout/review?address=7&delivery=express
 *	POST /checkout/place		the order; leads to the gateway's page
 *	/checkout/return/UID		back from there: waits, thanks
 *	/checkout/cancel/UID		back from there, unpaid
 *	/checkout/order/UID		an order that is not paid yet
 *
 * What a form of the review has seen (`seen`) is a hash of all that the page
 * showed; an order is made of nothing else.
 */
#ifndef CGI_CHECKOUT_H
#define CGI_CHECKOUT_H

#include "cgi-bin/card.h"
#include "cgi-bin/cgi.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/page.h"
#include "flow/wiring.h"
#include "shop/address.h"
#include "shop/basket.h"
#include "shop/customer.h"
#include "shop/order.h"
#include "shop/payment.h"
#include "shop/tariff.h"
#include "web/form.h"

/* Above a form that came without the browser's proof and is shown again. */
#define CHECKOUT_LATE                                                          \
	"This form was open for too long, or your browser did not bring its "  \
	"cookie back. Nothing was ordered; please send it once more."

/* What is in the basket, kept until the page is written. */
struct cart {
	struct shelf hats; /* owned */
	struct {
		int64_t qty, available, total;
		enum line_state state;
	} lines[LIMIT_BASKET_LINES]; /* beside hats.items */
	struct basket_sum sum;
};

struct checkout {
	struct visit *v;
	int64_t basket;
	bool fresh;       /* the mirror is */
	struct cart cart; /* owned, as the following two */
	struct tariff tariff;
	struct address to;                  /* id 0: none is chosen yet */
	const struct tariff_option *option; /* of tariff; NULL: none yet */
	int64_t rate; /* tax of the country, hundredths of a per cent */
};

/*** checkout_way.c ***/

/*
 * A customer with a basket, or *page is set and the reply is written: it leads
 * to where one logs in, to the basket when it is empty, to the order that waits
 * to be paid, or tells that the basket has to be mended.  chosen: address and
 * delivery of the address or form, which may be 0 and NULL.  What was chosen
 * and is not there (any more) leads back to the step that chooses it.
 */
struct checkout_choice {
	int64_t address;
	const char *delivery;
};
enum rc checkout_begin(struct visit *v, struct checkout *c,
    const struct checkout_choice *chosen, bool *page, struct error *e) CHECKED;
/* The same with what the page's address says. */
enum rc checkout_begin_asked(
    struct visit *v, struct checkout *c, bool *page, struct error *e) CHECKED;
void checkout_end(struct checkout *c); /* safe on a zeroed one */

/* Nobody is logged in: *page is set, the reply leads to where one logs in and
 * back to the checkout, or to this order's page. */
enum rc checkout_need(
    struct visit *v, const char *order, bool *page, struct error *e) CHECKED;

/* 303 to a page of the way with what was chosen so far. */
void checkout_go(const struct checkout *c);
/* 303 to /checkout/order/UID. */
void checkout_go_order(struct visit *v, const char *uid);

/* A posted form; *page: it was none that a page of ours sends. */
enum rc checkout_read(struct visit *v, struct form *f,
    const struct field *fields, size_t n, bool *page, struct error *e) CHECKED;

/* Goods and delivery. */
int64_t checkout_total(const struct checkout *c);
/* The tax in it. */
int64_t checkout_tax(const struct checkout *c);

/* "Standard delivery, by Friday 27 November" and its parts. */
void checkout_promise(
    const struct checkout *c, const struct tariff_option *o, struct buf *day);
void checkout_option_text(const struct checkout *c, struct buf *b);

/*** checkout_frame.c ***/

enum checkout_step {
	STEP_YOU,
	STEP_ADDRESS,
	STEP_DELIVERY,
	STEP_REVIEW,
	STEP_PAY,
	STEP_COUNT
};

/* Up to and with <h1> and the progress; c may be NULL.  checkout_close ends
 * what it opened. */
enum rc checkout_open(struct visit *v, struct page *p, int status,
    enum checkout_step step, const struct checkout *c, const char *title,
    struct error *e) CHECKED;
enum rc checkout_close(struct page *p, struct error *e) CHECKED;

/* What is bought and what it costs, beside a form. */
void checkout_side(struct page *p, const struct checkout *c);
/* The same in parts, for the review: its lines, its sums. */
void checkout_lines(struct page *p, const struct checkout *c);
void checkout_sums(struct page *p, const struct checkout *c);

/* <dt>term</dt><dd>amount</dd>. */
void checkout_sum(
    struct page *p, const char *class, const char *term, int64_t minor);

/* One of several: an <input type="radio"> with its label, in an open list;
 * checkout_choice_end closes what it opened. */
struct checkout_radio {
	const char *name, *value, *title;
	bool checked, disabled;
};
void checkout_radio(struct page *p, const struct checkout_radio *r);
void checkout_radio_end(struct page *p);

/*** checkout_pay.c ***/

/* The hosts of all gateways, for pages with a form that leads there. */
void checkout_allow(struct visit *v);
/* "Pay by": radios when there are several; chosen may be NULL.  Whether there
 * is any. */
bool checkout_ways(struct page *p, const char *chosen);
bool checkout_way_known(const struct settings *s, const char *gateway);

/* Begin or go on with a payment: 303 to the gateway's page, or to the order's
 * when there is none. */
enum rc checkout_pay(struct visit *v, int64_t order, const char *gateway,
    struct error *e) CHECKED;
/* order_advance, as far as it goes now; another runner at it is fine. */
enum rc checkout_advance(
    struct visit *v, int64_t order, struct error *e) CHECKED;

/*** checkout_terms.c ***/

/* The hash of the terms as they are now. */
enum rc checkout_terms(
    struct visit *v, char hash[HASH_SIZE], struct error *e) CHECKED;

/*** checkout_review.c ***/

/* The review with what is wrong: a notice above it (class and sentence may be
 * NULL), and what was filled in. */
struct review {
	int status;
	const char *class, *sentence;
	const char *terms_wrong; /* a sentence beside the box, or NULL */
	const char *gateway;     /* NULL: none is chosen yet */
};
enum rc review_page(
    struct checkout *c, const struct review *r, struct error *e) CHECKED;
/* What the page shows, as one hash. */
enum rc review_seen(const struct checkout *c, const struct customer *who,
    const char *terms, char seen[HASH_SIZE], struct error *e) CHECKED;

/*** Pages ***/

/* checkout_door.c */
enum rc door_page(struct visit *v, struct error *e);
/* checkout_mend.c */
enum rc mend_page(struct checkout *c, struct error *e);
enum rc mend_post(struct visit *v, struct error *e);
/* checkout_address.c */
enum rc start_show(struct visit *v, struct error *e);
enum rc address_type(struct visit *v, struct error *e);
/* checkout_delivery.c */
enum rc delivery_show(struct visit *v, struct error *e);
/* checkout_review.c */
enum rc review_show(struct visit *v, struct error *e);
/* checkout_place.c */
enum rc place_post(struct visit *v, struct error *e);
/* checkout_order.c */
enum rc order_show(struct visit *v, struct error *e);
enum rc order_return(struct visit *v, struct error *e);
enum rc order_cancelled(struct visit *v, struct error *e);
/* checkout_pay.c */
enum rc pay_post(struct visit *v, struct error *e);
enum rc end_post(struct visit *v, struct error *e);

#endif
