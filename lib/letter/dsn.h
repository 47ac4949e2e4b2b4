/*
 * What mail servers send back: delivery status notifications (RFC 3464), read
 * with GMime.
 *
 *	struct dsn d;
 *
 *	dsn_read(bytes, len, &d);
 *	for (size_t i = 0; i < d.n; i++)
 *		d.of[i].action == DSN_FAILED …
 *
 * All of it is typed by others: texts are clean, cut to their size, and prove
 * nothing.
 */
#ifndef LETTER_DSN_H
#define LETTER_DSN_H

#include <stdbool.h>
#include <stddef.h>

#define DSN_MOST 20 /* receivers of one report; ours have one */

enum dsn_kind {
	DSN_NONE, /* neither of the two */
	DSN_REPORT,
	DSN_ANSWER /* somebody's vacation notice (RFC 3834) */
};

enum dsn_action {
	DSN_FAILED,
	DSN_DELAYED, /* the server goes on trying */
	DSN_DONE     /* delivered, relayed, expanded */
};

struct dsn {
	enum dsn_kind kind;
	char own_id[200];     /* its own Message-ID, or "" */
	char envid[128];      /* that the letter was sent with, or "" */
	char message_id[200]; /* of the letter, without < and >, or "" */
	size_t n;             /* 0: it names no receiver */
	struct dsn_of {
		enum dsn_action action;
		char final[255], original[255]; /* receivers, or "" */
		char why[400];                  /* status and diagnostic code */
	} of[DSN_MOST];
};

/* Never fails: what cannot be read is DSN_NONE. */
void dsn_read(const void *bytes, size_t len, struct dsn *out);

#endif
