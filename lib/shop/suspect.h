/*
 * A legacy application that writes levels as it has read them can overwrite a
 * take of ours: it read 10, we took 2, it writes 9.  That can be suspected and
 * never known.  What is suspected is a raise soon after a take, to no more than
 * the level before it, that no give-back of ours explains: it is noted with the
 * item until a person has looked; nothing is repaired.
 *
 *	syncd, in the unit that publishes an item:
 *
 *	rc = suspect_before(db, key, &s, &e);
 *	…the level is published, the holds whose goods are gone are ended
 *	s.taken = 2; s.returned = 0;
 *	rc = suspect_after(db, &s, level, now, &raised, &e);
 */
#ifndef SHOP_SUSPECT_H
#define SHOP_SUSPECT_H

#include <stdbool.h>

#include "db/db.h"

#define SUSPECT_SECONDS 600 /* how soon is soon: a form left open at a till */

struct suspect {
	int64_t item;  /* 0: there was no such item */
	int64_t level; /* mirrored before */
	int64_t taken_at, taken_from;
	int64_t taken;    /* pieces of ours that left with this publication */
	int64_t returned; /* that came back by us within SUSPECT_SECONDS */
};

enum rc suspect_before(struct db *db, const char *key, struct suspect *out,
    struct error *e) CHECKED;

/* In a unit.  *raised: pieces that are suspected, 0 for none. */
enum rc suspect_after(struct db *db, const struct suspect *s, int64_t level,
    int64_t now, int64_t *raised, struct error *e) CHECKED;

/* When goods were last taken from any item, 0 never. */
enum rc suspect_last(struct db *db, int64_t *at, struct error *e) CHECKED;

/* Items that wait for a person. */
enum rc suspect_count(struct db *db, int64_t *n, struct error *e) CHECKED;

struct suspect_row {
	const char *key, *name; /* borrowed for the call */
	int64_t level;          /* now */
	int64_t taken_at, taken_from;
	int64_t at, qty; /* of the raise */
};

typedef enum rc suspect_put(
    void *ctx, const struct suspect_row *row, struct error *e);
enum rc suspect_list(
    struct db *db, suspect_put *put, void *ctx, struct error *e) CHECKED;

/* In a unit: a person has looked.  *dropped is false when nothing waited. */
enum rc suspect_drop(
    struct db *db, const char *key, bool *dropped, struct error *e) CHECKED;

#endif
