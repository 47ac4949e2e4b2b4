/*
 * XML from outside, to be looked at: UTF-8, bounded, nothing fetched, no
 * document type and so no entity but XML's own five.
 *
 *	struct xdoc d;
 *
 *	rc = xdoc_read(&d, bytes, n, LIMIT_BODY, &e);
 *	if (rc == RC_OK && xdoc_named(d.root, "Booking"))
 *		xdoc_text(d.root, "Key", key, sizeof(key));
 *	xdoc_release(&d);
 *
 * Comments, processing instructions and the white space between elements are
 * not there.  Elements are named without a prefix; whoever validates sees that
 * the namespace is right.
 */
#ifndef PEER_XDOC_H
#define PEER_XDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/token.h"

struct _xmlDoc;
struct _xmlNode;

struct xdoc {
	struct _xmlDoc *doc;   /* owned */
	struct _xmlNode *root; /* of doc */
};

/* RC_INVALID no well-formed XML in UTF-8; RC_DENIED it has a document type;
 * RC_TOOBIG above max; RC_NOMEM.  *d needs no initialisation and is safe to
 * release after a failure. */
enum rc xdoc_read(struct xdoc *d, const void *bytes, size_t n, size_t max,
    struct error *e) CHECKED;
void xdoc_release(struct xdoc *d);

/* NULL is none of any name, and has no children. */
bool xdoc_named(const struct _xmlNode *node, const char *name);
const struct _xmlNode *xdoc_child(
    const struct _xmlNode *node, const char *name); /* the first */
const struct _xmlNode *xdoc_next(
    const struct _xmlNode *node); /* the next of the same name */

/* The text of the first element on the path "Delivery/Address/Town" ("" is the
 * node itself), trimmed.  false and "": there is none, or it has size bytes or
 * more. */
bool xdoc_text(
    const struct _xmlNode *node, const char *path, char *out, size_t size);
bool xdoc_attribute(
    const struct _xmlNode *node, const char *name, char *out, size_t size);

/* SHA-256 of Canonical XML 1.1 without comments: the same for whoever writes the
 * same with other white space, quotes or prefixes' places. */
enum rc xdoc_hash(
    const struct xdoc *d, char out[HASH_SIZE], struct error *e) CHECKED;

#endif
