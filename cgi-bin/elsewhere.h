/*
 * Forms and redirects that lead to another host: those who know a shopper
 * already, and those who take the money.
 *
 *	elsewhere_allow(v, "https://checkout.stripe.com");
 *	…a form whose answer redirects there…
 *	elsewhere_go(v, payment.page);
 */
#ifndef CGI_ELSEWHERE_H
#define CGI_ELSEWHERE_H

#include "cgi-bin/page.h"
#include "cgi-bin/where.h"

/* Browsers hold a form's redirects to the policy's form-action too (CSP 3,
 * section 6.4.1): name the host of this address in it, with those named
 * before. */
void elsewhere_allow(struct visit *v, const char *address);

/* 303 to an address that somebody whom we trust with money gave us; one that
 * is no https address (http on this machine, for tests) fails the reply. */
void elsewhere_go(struct visit *v, const char *address);

/* "Log in with Google": one button for each provider that is configured, as
 * forms of their own; nothing when none is. */
void elsewhere_buttons(
    struct page *p, const struct where *to, const char *verb);

#endif
