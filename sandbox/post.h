/*
 * A webhook on its way: posted over plain HTTP to the first of the shops, which
 * is on this machine.
 *
 *	status = post_to_shop(b, "/hook/stripe", "Stripe-Signature: …\r\n",
 *	    &body);
 */
#ifndef SANDBOX_POST_H
#define SANDBOX_POST_H

#include "sandbox/box.h"

/* headers: whole lines; it is JSON unless they have a Content-Type.  The status
 * of the answer, 0 when there is none. */
int post_to_shop(struct box *b, const char *path, const char *headers,
    const struct buf *body);

#endif
