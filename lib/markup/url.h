/*
 * Links, as a type: a literal path and encoded arguments, nothing else.
 *
 *	struct url u;
 *
 *	url_init(&u, "/hat/");
 *	url_path(&u, item->slug);	one encoded segment
 *	url_arg(&u, "sort", "price");	?sort=price, the next with '&'
 *	url_argd(&u, "page", 2);
 *	html_open(h, EL_A, HREF(&u));
 *	url_release(&u);
 *
 * Encoding is RFC 3986: everything but the unreserved set becomes %HH.  A url
 * that failed (too long, no memory, malformed UTF-8) fails the page it is
 * written into.
 */
#ifndef MARKUP_URL_H
#define MARKUP_URL_H

#include <stdint.h>

#include "base/buf.h"

struct url {
	struct buf b;
	int args; /* arguments so far */
};

/* path is a literal of ours that begins with '/' and not with "//"; or "", for
 * a link within the page: "" and url_fragment make "#id". */
#define url_init(u, path) url_init_literal((u), "" path "")
void url_init_literal(struct url *u, const char *path);

/* Begin with an origin or base address from the configuration
 * ("https://hats.example", "/pictures": checked when it was read), for
 * canonical links, pictures, mails and gateways. */
#define url_init_at(u, origin, path) url_init_origin((u), (origin), "" path "")
void url_init_origin(struct url *u, const char *origin, const char *path);

/* A whole address from somebody we trust, such as a gateway's page: https, or
 * http on this machine, and nothing that could end a header or an attribute;
 * else it fails (RC_INVALID).  It takes no further parts. */
void url_init_whole(struct url *u, const char *address);

void url_release(struct url *u);

/* Append one path segment, encoded, with a '/' before it where none is; "",
 * "." and ".." are refused (RC_INVALID). */
void url_path(struct url *u, const char *segment);

/* Append a literal to the path: url_tail(&u, "/pay"). */
#define url_tail(u, path) url_tail_literal((u), "" path "")
void url_tail_literal(struct url *u, const char *path);

/* Append a query argument; value may be any bytes of UTF-8. */
void url_arg(struct url *u, const char *name, const char *value);
void url_argd(struct url *u, const char *name, int64_t value);

/* Set the fragment, once and last. */
void url_fragment(struct url *u, const char *id);

/* The text, borrowed until the next call; "" when failed. */
const char *url_str(const struct url *u);
enum rc url_rc(const struct url *u) CHECKED;

/* Append s to b, percent-encoded as a query argument's value. */
void url_encode(struct buf *b, const char *s);

/*
 * Decode n bytes of application/x-www-form-urlencoded text ('+' is a blank)
 * and append them to b.  RC_INVALID on a truncated or non-hex escape, on NUL and
 * on malformed UTF-8: then b is as it was.
 */
enum rc url_decode(struct buf *b, const char *s, size_t n) CHECKED;

#endif
