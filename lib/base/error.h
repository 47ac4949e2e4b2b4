/*
 * What may go wrong, and why it did.
 *
 * Every call that can fail returns an enum rc: what the caller can act on.
 * The reason for a person goes into a struct error that the caller owns:
 *
 *	struct error e = ERROR_NONE;
 *
 *	if (conf_load(&c, path, &e) != RC_OK)
 *		fprintf(stderr, "shopctl: %s\n", e.text);
 *
 * The first reason is kept: a later error_set() on the same struct changes
 * nothing, so clean-up code may fail freely.  Messages follow PostgreSQL's
 * error style guide: lower case, no full stop, the thing and its name in
 * double quotes, never the function's name.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#define CHECKED __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum rc {
	RC_OK,
	RC_NOTFOUND,  /* there is no such thing; at a row's end: no more */
	RC_INVALID,   /* the input is wrong; trying again will not help */
	RC_CONFLICT,  /* somebody was faster: start the whole unit again */
	RC_DENIED,    /* not allowed, by us or by the other side */
	RC_TOOBIG,    /* above a limit of base/limits.h */
	RC_NOMEM,     /* no memory */
	RC_IO,        /* file, socket or a peer failed; may work later */
	RC_DB,        /* the database failed; nothing was written */
	RC_UNCERTAIN, /* the link broke during commit: find out, then go on */
};
#define RC_COUNT (RC_UNCERTAIN + 1)

#define ERROR_TEXT_SIZE 512

struct error {
	enum rc rc; /* RC_OK while nothing went wrong */
	char text[ERROR_TEXT_SIZE];
};

/* clang-format off */
#define ERROR_NONE { RC_OK, "" }
/* clang-format on */

/*
 * Note the reason and return rc, so that "return error_set(e, RC_INVALID,
 * …)" reads well.  Kept only when e holds no reason yet; a text over
 * ERROR_TEXT_SIZE is cut at a character's boundary.  e may be NULL.
 */
enum rc error_set(struct error *e, enum rc rc, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same, followed by ": " and strerror(errno). */
enum rc error_errno(struct error *e, enum rc rc, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Put "fmt: " before a reason that is there; nothing if there is none. */
void error_prefix(struct error *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Forget the reason, to use the struct again. */
void error_clear(struct error *e);

/* The name of rc as administrators see it in logs: "ok", "conflict", … */
const char *rc_name(enum rc rc);

#endif
