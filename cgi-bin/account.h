/*
 * The pages of the program "account", and what they share.
 */
#ifndef CGI_ACCOUNT_H
#define CGI_ACCOUNT_H

#include "cgi-bin/cgi.h"
#include "cgi-bin/entry.h"
#include "cgi-bin/page.h"
#include "cgi-bin/where.h"
#include "web/form.h"

/* Above a form that came without the browser's proof and is shown again. */
#define ACCOUNT_LATE                                                           \
	"This form was open for too long, or your browser did not bring its "  \
	"cookie back. Nothing was changed; please send it once more."

/* RC_OK with *page set: nobody is logged in, and the reply leads to where one
 * logs in and back to `back`; leave. */
enum rc account_need(struct visit *v, enum where_place back, bool *page,
    struct error *e) CHECKED;

/* The same, and the posted form: *page is set too when it is none that a page
 * of ours sends.  Its first field is the proof. */
enum rc account_read(struct visit *v, enum where_place back, struct form *f,
    const struct field *fields, size_t n, bool *page, struct error *e) CHECKED;

/* Up to and with <h1>, and from a link back to the account on. */
enum rc account_open(struct visit *v, struct page *p, int status,
    const char *title, struct error *e) CHECKED;
enum rc account_close(struct page *p, struct error *e) CHECKED;

/* 303 to a place. */
void account_go(struct visit *v, enum where_place place);

/* "22 November 2026, 15:04" in UTC, as <time>. */
void account_time(struct page *p, int64_t at);

/* account.c */
enum rc overview(struct visit *v, struct error *e);
enum rc details_show(struct visit *v, struct error *e);
enum rc details_change(struct visit *v, struct error *e);

/* addressbook.c */
enum rc addresses_show(struct visit *v, struct error *e);
enum rc address_new(struct visit *v, struct error *e);
enum rc address_one(struct visit *v, struct error *e);
enum rc address_keep(struct visit *v, struct error *e);
enum rc address_drop(struct visit *v, struct error *e);

/* visits.c */
enum rc sessions_show(struct visit *v, struct error *e);
enum rc sessions_end(struct visit *v, struct error *e);
enum rc events_show(struct visit *v, struct error *e);
enum rc data_show(struct visit *v, struct error *e);
enum rc data_export(struct visit *v, struct error *e);

#endif
