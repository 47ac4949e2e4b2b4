/*
 * Takes and give-backs that the stock system has lost together with a server:
 * a failover, a restore.  The publication of the new server finds out which,
 * holds their goods again and marks them; order_advance does each again under
 * its old key; only then does anybody else take anything.
 *
 *	syncd, when the server is another than the one that was published:
 *
 *	rc = vanished_begin(db, &e);			a unit of its own
 *	…snapshot; each row of vanished_list whose claim it lacks:
 *	rc = vanished_mark(db, &row, &marked, &e);	the publication's first unit
 *	rc = vanished_end(db, &e);			its last one
 *
 *	whoever asks the stock system:
 *
 *	rc = vanished_head(db, &head, &e);		before: head.vanished is 0
 *	…ask
 *	rc = vanished_same(db, head.epoch, &same, &e);	in the unit that concludes
 *
 * An answer that began before vanished_begin and ends after it concludes
 * nothing, so no take is missed between the list and the snapshot.
 */
#ifndef SHOP_VANISHED_H
#define SHOP_VANISHED_H

#include <stdbool.h>

#include "db/db.h"
#include "shop/payment.h"

struct vanished_head {
	char source[128]; /* the server that is published */
	int64_t epoch;
	int64_t vanished; /* payments to be done again; -1 not known yet */
};

enum rc vanished_head(
    struct db *db, struct vanished_head *out, struct error *e) CHECKED;

/* Inside a unit: whether the epoch is this one, which it stays until the unit
 * ends. */
enum rc vanished_same(
    struct db *db, int64_t epoch, bool *same, struct error *e) CHECKED;

/* Inside a unit, each: a new epoch begins; it is known what was lost. */
enum rc vanished_begin(struct db *db, struct error *e) CHECKED;
enum rc vanished_end(struct db *db, struct error *e) CHECKED;

/* A payment whose goods are taken, given back or asked for. */
struct vanished_row {
	int64_t payment, order;
	enum payment_goods goods;
	char attempt[UID_SIZE];
};

/* At most `most` with ids above after, in order; *n: how many. */
enum rc vanished_list(struct db *db, int64_t after, struct vanished_row *out,
    size_t most, size_t *n, struct error *e) CHECKED;

/* Inside a unit: the server knows nothing of the row's take, or of its
 * give-back.  *marked: it is to be done again; a take that is only asked for is
 * not. */
enum rc vanished_mark(struct db *db, const struct vanished_row *row,
    bool *marked, struct error *e) CHECKED;

/* Inside a unit: it was done again.  *done is false when another runner has. */
enum rc vanished_done(struct db *db, const struct payment *p, bool *done,
    struct error *e) CHECKED;

#endif
