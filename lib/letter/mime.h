/*
 * A letter as bytes: what GMime makes of headers and two texts.
 */
#ifndef LETTER_MIME_H
#define LETTER_MIME_H

#include "base/buf.h"

struct mime_letter {
	const char *from_name, *from; /* "" and an address */
	const char *to_name, *to;     /* name "" for none */
	const char *reply_to;         /* "" for no such header */
	const char *subject;
	const char *uid;         /* Message-ID is uid@domain of from */
	int64_t now;             /* Date */
	const char *text, *html; /* UTF-8, LF lines */
	/* What is attached, application/file_type; NULL: nothing. */
	const char *file_name, *file_type;
	const void *file;
	size_t nfile;
};

/* Append it to out: ASCII, CRLF.  RC_INVALID: to is no address. */
enum rc mime_write(
    const struct mime_letter *m, struct buf *out, struct error *e) CHECKED;

#endif
