/*
 * Mail on its way out.  A letter is rendered before the transaction that it
 * tells of and put into it as bytes; lifecycle sends it afterwards (idea 6).
 *
 *	struct outbox_letter l = { .uid = uid, .kind = "confirm",
 *		.customer = id, .bytes = buf_str(&b), .len = b.len };
 *	const char *to[] = { "hatter@example.com" };
 *
 *	rc = outbox_put(db, &l, to, 1, now, &e);	(inside a unit)
 */
#ifndef SHOP_OUTBOX_H
#define SHOP_OUTBOX_H

#include "base/buf.h"
#include "base/token.h"
#include "db/db.h"

enum outbox_state { OUTBOX_WAITS = 1, OUTBOX_SENT = 2, OUTBOX_REFUSED = 3 };

struct outbox_letter {
	const char *uid;   /* uid_random(): left part of its Message-ID */
	const char *kind;  /* "confirm", "reset", "notice", "order", … */
	int64_t customer;  /* 0: none */
	const void *bytes; /* headers and body, CRLF lines; borrowed */
	size_t len;
};

/* One letter, an envelope for each of n recipients.  Inside a unit. */
enum rc outbox_put(struct db *db, const struct outbox_letter *l,
    const char *const *to, size_t n, int64_t now, struct error *e) CHECKED;

struct outbox_row {
	int64_t id, letter;
	enum outbox_state state;
	int64_t tries, made_at, next_at, done_at;
	const char *recipient, *kind, *answer; /* borrowed for the call */
};

typedef enum rc outbox_see(
    void *ctx, const struct outbox_row *row, struct error *e);

/* Those that are due, the longest waiting first, at most `most`. */
enum rc outbox_due(struct db *db, int64_t now, int64_t most, outbox_see *see,
    void *ctx, struct error *e) CHECKED;
/* All of a state (0: any), newest first. */
enum rc outbox_list(struct db *db, enum outbox_state state, int64_t most,
    outbox_see *see, void *ctx, struct error *e) CHECKED;

/* The letter's bytes, appended to out. */
enum rc outbox_bytes(
    struct db *db, int64_t letter, struct buf *out, struct error *e) CHECKED;

/* Units.  Each takes effect only while the row waits. */
enum rc outbox_sent(struct db *db, int64_t id, const char *answer, int64_t now,
    struct error *e) CHECKED;
enum rc outbox_again(struct db *db, int64_t id, const char *answer,
    int64_t next_at, struct error *e) CHECKED;
enum rc outbox_refused(struct db *db, int64_t id, const char *answer,
    int64_t now, struct error *e) CHECKED;
/* An administrator: try a waiting or refused one now. */
enum rc outbox_retry(
    struct db *db, int64_t id, int64_t now, struct error *e) CHECKED;

#endif
