/*
 * The manager's desk (R63): pages of the program "orders" for a login with the
 * staff role.  To everybody else they are not there.
 */
#ifndef CGI_DESK_H
#define CGI_DESK_H

#include "cgi-bin/page.h"
#include "shop/order.h"

/* RC_OK with *page set: nobody is logged in, and the reply leads to where one
 * logs in and back; leave.  RC_NOTFOUND: not staff. */
enum rc desk_need(struct visit *v, bool *page, struct error *e) CHECKED;

/* "3 hours": how long ago that is, for people. */
void desk_age(struct page *p, int64_t seconds);
/* A country's name, or its code when we have none. */
const char *desk_country(const char *code);
/* Where it goes, as on a parcel, with its country in capitals. */
void desk_label(struct page *p, const struct order *o);
/* The order's packing slip, or the chosen ones'. */
void desk_slip_url(struct url *u, int64_t order);

/* What the order's page has for staff: label, slip, and the button that says
 * that it is packed. */
enum rc desk_order(
    struct page *p, const struct order *o, struct error *e) CHECKED;

#define DESK_CHOICES 50 /* boxes to tick on a page */

/* desk_returns.c: what customers send back and somebody must say a word of; a
 * line that leads there, when there are any. */
enum rc desk_put_returns(struct page *p, struct error *e) CHECKED;
enum rc desk_returns(struct visit *v, struct error *e);
enum rc desk_say_return(struct visit *v, struct error *e);
/* A page of the desk up to its headline. */
enum rc desk_open(struct page *p, struct visit *v, const char *title,
    struct error *e) CHECKED;
/* Who is logged in, as the journal names witnesses: "staff anna". */
#define DESK_WITNESS_SIZE 160 /* a user name has 32 characters */
enum rc desk_witness(
    struct visit *v, char out[DESK_WITNESS_SIZE], struct error *e) CHECKED;

enum rc desk_show(struct visit *v, struct error *e);
enum rc desk_trouble(struct visit *v, struct error *e);
enum rc desk_print(struct visit *v, struct error *e);
enum rc desk_say_ready(struct visit *v, struct error *e);

#endif
