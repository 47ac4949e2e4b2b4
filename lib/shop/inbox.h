/*
 * What comes in by itself (webhooks, the carrier's events): stored raw, once,
 * and answered; lifecycle does what it asks for (idea 6).
 */
#ifndef SHOP_INBOX_H
#define SHOP_INBOX_H

#include <stdbool.h>

#include "base/buf.h"
#include "db/db.h"

enum inbox_state { INBOX_WAITS = 1, INBOX_DONE, INBOX_FOR_A_PERSON };

const char *inbox_state_name(enum inbox_state state);

struct inbox_event {
	int64_t id, tries, made_at;
	enum inbox_state state;
	const char *source; /* "stripe", "paypal", "courier" */
	const char *event;  /* the sender's name for it */
	const char *headers, *why;
	const void *body;
	size_t n;
};

/* A unit.  *fresh is false when it was here before: nothing was stored. */
enum rc inbox_put(struct db *db, const struct inbox_event *in, int64_t now,
    bool *fresh, struct error *e) CHECKED;

/* Inside a unit: for a person, with why.  *fresh as above. */
enum rc inbox_set_aside(struct db *db, const struct inbox_event *in,
    const char *why, int64_t now, bool *fresh, struct error *e) CHECKED;

/* in is borrowed for the call. */
typedef enum rc inbox_see(
    void *ctx, const struct inbox_event *in, struct error *e);
enum rc inbox_due(struct db *db, int64_t now, int64_t most, inbox_see *see,
    void *ctx, struct error *e) CHECKED;
enum rc inbox_get(struct db *db, int64_t id, inbox_see *see, void *ctx,
    struct error *e) CHECKED;
enum rc inbox_list(struct db *db, enum inbox_state state, int64_t most,
    inbox_see *see, void *ctx, struct error *e) CHECKED;

/* Inside a unit; only what waits changes. */
enum rc inbox_done(struct db *db, int64_t id, int64_t order, int64_t now,
    struct error *e) CHECKED;
enum rc inbox_again(struct db *db, int64_t id, int64_t next_at, const char *why,
    struct error *e) CHECKED;
enum rc inbox_for_a_person(struct db *db, int64_t id, const char *why,
    int64_t now, struct error *e) CHECKED;

/* All that was applied to an order. */
enum rc inbox_of_order(struct db *db, int64_t order, inbox_see *see, void *ctx,
    struct error *e) CHECKED;

/* A unit: what was for a person needs no more.  RC_NOTFOUND; RC_INVALID when it
 * waits. */
enum rc inbox_seen(
    struct db *db, int64_t id, int64_t now, struct error *e) CHECKED;

/* A unit: it is applied once more, whatever became of it.  RC_NOTFOUND. */
enum rc inbox_reopen(
    struct db *db, int64_t id, int64_t now, struct error *e) CHECKED;

#endif
