/*
 * The frame that all pages share: fascia with name, search and basket, the
 * kinds of hat, the floor with the small print.
 *
 *	struct page_head head = { .title = it.name, .describe = it.text };
 *	struct page p;
 *
 *	rc = page_open(&p, v, &head, e);
 *	if (rc == RC_OK) {
 *		html_el(&p.h, EL_H1, it.name);
 *		rc = page_close(&p, e);
 *	}
 *
 * A page without a cookie may be kept by caches for two seconds and sets no
 * cookie, unless it has a form (page_head.form); one with a cookie is kept by
 * nobody.
 */
#ifndef CGI_PAGE_H
#define CGI_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/token.h"
#include "cgi-bin/cgi.h"
#include "markup/html.h"

struct page {
	struct visit *v;
	struct html h;
	bool fresh;     /* the mirror is: hats may be offered */
	int64_t basket; /* the visitor's, 0 for none */
	int64_t pieces; /* in it */
};

/* Everything is borrowed and may be left out. */
struct page_head {
	const char *title;           /* goes before the shop's name */
	const char *describe;        /* for search engines */
	const struct url *canonical; /* absolute; without it: noindex */
	const struct url *prev, *next;
	const char *category; /* slug of the one that is shown */
	const char *query;    /* what was searched for */
	bool home;
	bool form; /* what its forms send changes something: they carry the
		      browser's proof, and a browser without one gets it */
};

/* Up to and with <main>. */
enum rc page_open(struct page *p, struct visit *v, const struct page_head *head,
    struct error *e) CHECKED;

/* From </main> on; says whether the page is whole. */
enum rc page_close(struct page *p, struct error *e) CHECKED;

/* A whole page that says what went wrong; works without a database. */
enum rc page_error(struct visit *v, int status, struct error *e);

/* The visitor's basket: the customer's, or by the browser's cookie; RC_NOTFOUND
 * when there is none. */
enum rc page_basket(struct visit *v, int64_t *basket, struct error *e) CHECKED;

/* The hidden field that says that a form is one of ours (cgi-bin/who.h), into
 * the open form.  On an anonymous page, which anybody may be given, nothing. */
void page_proof(struct page *p);

/* An amount in the shop's one currency. */
struct money page_price(const struct visit *v, int64_t minor);

/* The same as people read it, "£24.99", as text into the open element. */
void page_money(struct page *p, int64_t minor);
/* In an order's own currency, whatever the shop's is by now. */
void page_money_in(struct page *p, const char *currency, int64_t minor);

/* An icon or drawing of ours: page_drawing(p, "/hen.svg", "", 300, 400). */
#define page_drawing(p, file, alt, w, h)                                       \
	page_drawing_literal((p), "" file "", (alt), (w), (h))
void page_drawing_literal(struct page *p, const char *file, const char *alt,
    int64_t width, int64_t height);

/* <a href=path class=class>text</a> for a literal path. */
#define page_link(p, path, class, text)                                        \
	page_link_literal((p), "" path "", (class), (text))
void page_link_literal(
    struct page *p, const char *path, const char *class, const char *text);

/* <p class=class>text</p> and <div class=class>, the commonest two. */
void page_p(struct page *p, const char *class, const char *text);
void page_div(struct page *p, const char *class);

#endif
