/*
 * The stand-in of Facebook: what its parts share.
 */
#ifndef SANDBOX_FACEBOOK_H
#define SANDBOX_FACEBOOK_H

#include "sandbox/box.h"

/* facebook_leave.c: what Facebook sends to a shop when somebody removes its app
 * or wants to be forgotten, chosen on a page. */
enum rc facebook_leave(struct box *b, struct error *e);
enum rc facebook_send(struct box *b, struct error *e);

#endif
