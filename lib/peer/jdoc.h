/*
 * JSON from outside, to be looked at: bounded in size and depth, no member
 * twice, no NUL.
 *
 *	struct jdoc d;
 *
 *	rc = jdoc_read(&d, bytes, n, &e);
 *	if (rc == RC_OK && jdoc_yes(&d, "data.is_valid"))
 *		id = jdoc_text(&d, "data.user_id");
 *	jdoc_release(&d);
 *
 * A path names members inside members, with dots; what is not there, or of
 * another type, is NULL, false or 0.
 */
#ifndef PEER_JDOC_H
#define PEER_JDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json_t;

struct jdoc {
	struct json_t *root; /* owned; an object */
};

/* RC_INVALID when it is no object in JSON (RFC 8259), or deeper than
 * LIMIT_JSON_DEPTH; RC_TOOBIG above LIMIT_JSON; RC_NOMEM.  *d needs no
 * initialisation and is safe to release after a failure. */
enum rc jdoc_read(
    struct jdoc *d, const void *bytes, size_t n, struct error *e) CHECKED;
void jdoc_release(struct jdoc *d); /* safe on a zeroed one, and twice */

/* Borrowed until jdoc_release. */
const char *jdoc_text(const struct jdoc *d, const char *path);
bool jdoc_whole(const struct jdoc *d, const char *path, int64_t *out);
bool jdoc_yes(const struct jdoc *d, const char *path); /* true itself */
bool jdoc_has(const struct jdoc *d, const char *path);

/* Append it as text. */
void jdoc_put(struct buf *b, const struct jdoc *d);

/* Of an array.  *out is the i-th element, an object, borrowed: not released. */
size_t jdoc_count(const struct jdoc *d, const char *path);
const char *jdoc_text_at(const struct jdoc *d, const char *path, size_t i);
bool jdoc_at(
    const struct jdoc *d, const char *path, size_t i, struct jdoc *out);

#endif
