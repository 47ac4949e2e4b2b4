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

#include <stdbool.h>

#include "base/buf.h"
#include "base/token.h"
#include "db/db.h"

enum outbox_state {
	OUTBOX_WAITS = 1,
	OUTBOX_SENT = 2,
	OUTBOX_REFUSED = 3,
	OUTBOX_BOUNCED = 4 /* a server took it, and it came back */
};

const char *outbox_state_name(enum outbox_state state);

struct outbox_letter {
	const char *uid;   /* uid_random(): left part of its Message-ID */
	const char *kind;  /* "confirm", "reset", "change", "link": with a link
			      that is a key, forgotten once sent; "notice",
			      "order", …: kept */
	int64_t customer;  /* 0: none */
	int64_t order;     /* 0: none */
	const void *bytes; /* headers and body, CRLF lines; borrowed */
	size_t len;
};

/* One letter, an envelope for each of n recipients.  Inside a unit. */
enum rc outbox_put(struct db *db, const struct outbox_letter *l,
    const char *const *to, size_t n, int64_t now, struct error *e) CHECKED;

struct outbox_row {
	int64_t id, letter, customer;
	enum outbox_state state;
	int64_t tries, made_at, next_at, done_at;
	const char *recipient, *kind, *answer; /* borrowed for the call */
	int64_t order;                         /* 0: of none */
	const char *uid;                       /* left part of the Message-ID */
	int64_t bounced_at;                    /* 0: it has not come back */
	const char *bounce; /* why it has, or why it is late; or "" */
};

typedef enum rc outbox_see(
    void *ctx, const struct outbox_row *row, struct error *e);

/* Those that are due, the longest waiting first, at most `most`. */
enum rc outbox_due(struct db *db, int64_t now, int64_t most, outbox_see *see,
    void *ctx, struct error *e) CHECKED;
/* All of a state (0: any), newest first. */
enum rc outbox_list(struct db *db, enum outbox_state state, int64_t most,
    outbox_see *see, void *ctx, struct error *e) CHECKED;

/* Those of an order, oldest first. */
enum rc outbox_of_order(struct db *db, int64_t order, outbox_see *see,
    void *ctx, struct error *e) CHECKED;
/* Those of the letter with this uid, newest first. */
enum rc outbox_of_letter(struct db *db, const char *uid, outbox_see *see,
    void *ctx, struct error *e) CHECKED;

/* The one with this id: see is called once, or RC_NOTFOUND. */
enum rc outbox_find(struct db *db, int64_t id, outbox_see *see, void *ctx,
    struct error *e) CHECKED;

/* Whether letters of this kind have a link that is a key to an account. */
bool outbox_is_key(const char *kind);

struct outbox_counts {
	int64_t waiting, refused, bounced;
	int64_t oldest; /* when the oldest waiting one was made; 0: none */
};
enum rc outbox_count(
    struct db *db, struct outbox_counts *out, struct error *e) CHECKED;

/* The letter's bytes, appended to out; none when they were forgotten. */
enum rc outbox_bytes(
    struct db *db, int64_t letter, struct buf *out, struct error *e) CHECKED;

/*
 * Before sending: count the try and put the next one off to next_at.  *ours is
 * false when somebody else was faster: row->tries is not what is stored any
 * more.  So no two send the same at once, whatever leases say; who dies before
 * it tells the end leaves the row to be tried again at next_at.  A unit, or
 * inside one.
 */
enum rc outbox_claim(struct db *db, int64_t id, int64_t tries, int64_t next_at,
    bool *ours, struct error *e) CHECKED;

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

/*
 * Somebody asks for it once more: the same bytes, so the same Message-ID, to the
 * same receiver in an envelope of its own, *again; an order's journal says who
 * asked (witness "customer" or "staff NAME").  A unit, or inside one.
 * RC_NOTFOUND: there is none, or nothing is left of the letter; RC_CONFLICT: it
 * is on its way as it is.
 */
enum rc outbox_resend(struct db *db, int64_t id, const char *witness,
    int64_t now, int64_t *again, struct error *e) CHECKED;

/* It came back, and why; *first is false when that was known.  Late: a server
 * has told that it goes on trying.  Units, or inside one. */
enum rc outbox_bounced(struct db *db, int64_t id, const char *why, int64_t now,
    bool *first, struct error *e) CHECKED;
enum rc outbox_late(
    struct db *db, int64_t id, const char *why, struct error *e) CHECKED;

#endif
