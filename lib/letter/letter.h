/*
 * What every letter of the shop has: who it is from, the headers, the same
 * words as plain text and as HTML.  A letter is written once, into a frame that
 * makes both:
 *
 *	struct letter l;
 *
 *	letter_begin(&l, &to, "Your new password");
 *	letter_say(&l, "Choose a new password with this link:");
 *	letter_link(&l, "Choose a new password", &link);
 *	rc = letter_end(&l, out, &e);
 *
 * out then has the letter as it leaves: headers and body, CRLF lines of at most
 * 998 bytes, nothing but ASCII (RFC 2047, quoted-printable), the same bytes each
 * time it is made of the same things.  No text can add a header or a part: all
 * of it goes through GMime, and control characters become blanks before.
 */
#ifndef LETTER_LETTER_H
#define LETTER_LETTER_H

#include <stdbool.h>

#include "base/money.h"
#include "base/settings.h"
#include "markup/html.h"

/* Bytes of a letter: an order with 50 lines has some 30 kB. */
#define LETTER_MAX (256 * 1024)
/* Of one with a file: 2 MB of it, in base64. */
#define LETTER_MAX_FILE (3 * 1024 * 1024)

struct letter_to {
	const struct settings *settings;
	const char *uid;     /* uid_random(): left part of the Message-ID */
	const char *name;    /* what we call them; NULL or "": unknown */
	const char *address; /* the one in the To line */
	int64_t now;
};

/* A paper that goes with it; all borrowed until letter_end. */
struct letter_file {
	const char *name; /* "invoice-42.pdf": ASCII, no path */
	const char *type; /* after "application/" */
	const void *bytes;
	size_t n;
};

struct letter {
	const struct letter_to *to;     /* borrowed */
	const char *subject;            /* borrowed */
	const struct letter_file *file; /* borrowed, or NULL */
	struct buf text, page;
	struct html html;
};

/* Opens it with a greeting. */
void letter_begin(
    struct letter *l, const struct letter_to *to, const char *subject);
/* A paragraph. */
void letter_say(struct letter *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A link on a line of its own; in HTML it looks like a button that says
 * label, with the address below. */
void letter_link(struct letter *l, const char *label, const struct url *link);

struct letter_row {
	const char *what; /* "2 × Crimson Fez" */
	int64_t amount;   /* minor units */
	bool sum;         /* of those above: a line between, and bold */
	/* Small, beside what; alt is what it shows.  NULL: none. */
	const struct url *picture;
	const char *alt;
	int64_t width, height; /* its shape */
};
/* What and how much, one below the other, as a table.  Pictures are loaded by
 * who reads it, or not: nothing is said by them alone. */
void letter_rows(struct letter *l, const char *currency,
    const struct letter_row *rows, size_t n);

/* A heading and lines below it, an address for instance; those that are "" are
 * left out. */
void letter_lines(
    struct letter *l, const char *heading, const char *const *lines, size_t n);
/* The same of lines that begin with words of ours: a name in them that is
 * written from right to left turns itself (letter_put_name), not its line. */
void letter_goods(
    struct letter *l, const char *heading, const char *const *lines, size_t n);

/* Once: the file goes with it. */
void letter_attach(struct letter *l, const struct letter_file *file);

/*
 * Closes it and appends the whole to out, which must be empty.  RC_INVALID:
 * nothing can be sent to this address (it is no address, or has other than
 * ASCII in it); RC_TOOBIG, RC_NOMEM.  l is released whatever happens.
 */
enum rc letter_end(struct letter *l, struct buf *out, struct error *e) CHECKED;

/*
 * Whether a letter may call somebody by this name.  It is typed by whoever
 * registers, with an address that may be somebody else's: a name that is long
 * or could be read as a link must not reach a stranger.
 */
bool letter_name_fits(const char *name);

/* The name of a thing within a line of ours: what is written from right to left
 * stays apart from the words and numbers around it (U+2068, U+2069), and nothing
 * in it turns those. */
void letter_put_name(struct buf *b, const char *name);

/* "30 minutes", "2 hours", "3 days", for how long a link works. */
void letter_put_span(struct buf *b, int64_t seconds);

#endif
