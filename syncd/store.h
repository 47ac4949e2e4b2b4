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
 *
 * RC_IO: the store failed, and the reason says what to do about it.
 */
#ifndef SYNCD_STORE_H
#define SYNCD_STORE_H

#include <stddef.h>

#include <stdint.h>

#include "base/error.h"
#include "base/settings.h"

#define STORE_NAME 128 /* bytes of a name with its NUL */
#define STORE_BATCH 16 /* objects of one call */

struct store;

struct store_object {
	const char *name;  /* borrowed */
	const void *bytes; /* borrowed */
	size_t n;
};

/* An object with its size and when it was put, in UTC seconds.  What is no name
 * of ours is passed over.  Anything but RC_OK ends the list. */
typedef enum rc store_visit(
    void *ctx, const char *name, int64_t size, int64_t put_at, struct error *e);

struct store_ops {
	enum rc (*put)(struct store *st, const struct store_object *objects,
	    size_t n, struct error *e);
	enum rc (*head)(struct store *st, const char *name, void *out,
	    size_t size, size_t *got, struct error *e);
	enum rc (*list)(
	    struct store *st, store_visit *visit, void *ctx, struct error *e);
	enum rc (*remove)(struct store *st, const char *const *names, size_t n,
	    struct error *e);
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

/* The same of several at once, at most STORE_BATCH (assert); RC_OK when all are
 * there. */
enum rc store_put_all(struct store *st, const struct store_object *objects,
    size_t n, struct error *e) CHECKED;

/* The first bytes of an object, at most size of them; *got says how many.
 * RC_NOTFOUND when there is no such object, RC_IO. */
enum rc store_head(struct store *st, const char *name, void *out, size_t size,
    size_t *got, struct error *e) CHECKED;

/* Every object, in any order; RC_IO, or what visit returned. */
enum rc store_list(
    struct store *st, store_visit *visit, void *ctx, struct error *e) CHECKED;

/* Delete objects, at most STORE_BATCH (assert); RC_OK too when they are not
 * there.  Only who knows that no item shows them may do so. */
enum rc store_remove(struct store *st, const char *const *names, size_t n,
    struct error *e) CHECKED;

void store_close(struct store *st); /* NULL is fine */

/* The store that the settings name; s is borrowed for the store's life. */
enum rc store_open(
    const struct settings *s, struct store **out, struct error *e) CHECKED;

/*
 * A local folder that a web server shows: files of mode 0644, folders 0755,
 * whatever the umask.  The folder is made when it is missing; its parent has to
 * be there.  RC_IO.
 */
enum rc store_folder_open(
    const char *path, struct store **out, struct error *e) CHECKED;

/*
 * A bucket of S3.  Nothing is asked of it yet.  After a failure calls fail at
 * once for half a minute or, when it goes on, for some: whoever mirrors levels must not wait for pictures.
 * RC_NOMEM.
 */
enum rc store_s3_open(
    const struct settings *s, struct store **out, struct error *e) CHECKED;

#endif
