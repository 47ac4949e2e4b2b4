/*
 * The stand-in of Google's OpenID provider: what its pages and its token
 * endpoint share.
 */
#ifndef SANDBOX_GOOGLE_H
#define SANDBOX_GOOGLE_H

#include "sandbox/box.h"

/* google_token.c: what is exchanged for a code, and with whose keys. */
enum rc google_token(struct box *b, struct error *e);
enum rc google_keys(struct box *b, struct error *e);

/* How a login goes wrong: the words of the field "mishap". */
extern const struct box_choice google_mishaps[];
extern const size_t google_mishap_count;

#endif
