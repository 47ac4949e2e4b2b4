/*
 * Where made pictures live: names that never change their bytes.
 *
 *	struct store *st;
 *
 *	rc = store_folder_open("/var/lib/hatshop/pictures", &st, &e);
 *	rc = store_put(st, "ab/ab12…-card.webp", bytes, n, &e);
 *	store_close(st);
 *
 * A name is made of the SHA-256 of what it was made from, so an object is
 * written once and never changed; putting it again changes nothing.  Kinds of
 * stores differ in struct store_ops alone.
 */
#ifndef SYNCD_STORE_H
#define SYNCD_STORE_H

#include <stddef.h>

#include "base/error.h"

#define STORE_NAME 128 /* bytes of a name with its NUL */

struct store;

struct store_ops {
	enum rc (*put)(struct store *st, const char *name, const void *bytes,
	    size_t n, struct error *e);
	enum rc (*head)(struct store *st, const char *name, void *out,
	    size_t size, size_t *got, struct error *e);
	void (*close)(struct store *st);
};

/* The first member of each kind's own struct. */
struct store {
	const struct store_ops *ops;
};

/*
 * Store n bytes under name, which is lower-case letters, digits, '-', '.' and
 * one '/' (assert).  RC_OK means that they outlive a loss of power, and also
 * that they were there already.  RC_IO.
 */
enum rc store_put(struct store *st, const char *name, const void *bytes,
    size_t n, struct error *e) CHECKED;

/* The first bytes of an object, at most size of them; *got says how many.
 * RC_NOTFOUND when there is no such object, RC_IO. */
enum rc store_head(struct store *st, const char *name, void *out, size_t size,
    size_t *got, struct error *e) CHECKED;

void store_close(struct store *st); /* NULL is fine */

/*
 * A local folder that a web server shows: files of mode 0644, folders 0755,
 * whatever the umask.  The folder is made when it is missing; its parent has to
 * be there.  RC_IO.
 */
enum rc store_folder_open(
    const char *path, struct store **out, struct error *e) CHECKED;

#endif
