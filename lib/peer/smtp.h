/*
 * Letters to the server that takes the shop's mail, several in one connection
 * (libesmtp).
 *
 *	struct post_server server = { .host = "smtp.hats.example", .port = 587,
 *		.ca = "", .user = "shop", .password = secret,
 *		.from = "shop@hats.example" };
 *	struct post_letter l = { .to = "hatter@example.com",
 *		.bytes = buf_str(&b), .len = b.len };
 *
 *	rc = post_letters(&server, &l, 1, &e);
 *	if (l.result == POST_SENT) …
 *
 * STARTTLS always, with a certificate that is verified for the host's name (or
 * address) before anything else is said; then AUTH, when there is a user.
 * (Our prefix is post_: smtp_ is the library's.)
 *
 * Not inside a unit or view of the sales database.
 */
#ifndef PEER_SMTP_H
#define PEER_SMTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define POST_ANSWER 512
#define POST_TIMEOUT_MS 20000 /* for each answer; 60000 for the last one */

struct post_server {
	const char *host; /* all borrowed */
	int64_t port;
	const char *ca;              /* CA file, "" the system's */
	const char *user, *password; /* "": no login */
	const char *from;            /* of the envelope: gets what bounces */
};

enum post_result {
	POST_LATER,  /* not taken, through no fault of the receiver's: 4xx, or
			it never came to this letter */
	POST_SENT,   /* the server has it, answer says so */
	POST_REFUSED /* 5xx to this receiver or to these bytes */
};

struct post_letter {
	const char *to;    /* borrowed; an address as it stands in RCPT TO */
	const void *bytes; /* borrowed; headers and body, CRLF lines */
	size_t len;
	const char *envid; /* what a report of it names it by, where the server
			      knows RFC 3461; NULL: nothing.  Letters, digits
			      and '-'. */
	enum post_result result;  /* out */
	char answer[POST_ANSWER]; /* out: of the server, "" when there is none;
				     not clean */
	int turns;                /* for us */
};

/*
 * RC_OK: each letter has its result.  Otherwise the server is the matter, and
 * trying other letters will not help: RC_IO there is no connection or it broke;
 * RC_DENIED certificate, host name, login or sender; RC_INVALID the CA file;
 * e says which.  Letters that were sent before are POST_SENT all the same, the
 * others POST_LATER.
 */
enum rc post_letters(const struct post_server *server,
    struct post_letter *letters, size_t n, struct error *e) CHECKED;

/*
 * libesmtp looks for client certificates below $HOME and refuses to go on when
 * it may not look there: name a folder that is nobody's.  Once, at the start of
 * a program, before post_letters.
 */
void post_prepare(void);

#endif
