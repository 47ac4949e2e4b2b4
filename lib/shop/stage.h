/*
 * The writing side of the mirror: what a pass over the stock system found to
 * differ is staged first and published when the pass has seen all of it.
 *
 *	rc = stage_put(db, run, &news, &e);		in a unit
 *	…
 *	rc = stage_read(db, after, &batch, &e);		then, slice by slice
 *	rc = item_publish(db, words, &batch.rows[i].news, now, &changed, &e);
 *	rc = stage_drop(db, last_key, &e);		in a unit
 *	rc = mirror_confirm(db, &confirmation, &e);	in the last one
 *
 * Whoever calls any of these holds the lease of the mirror and checks it in
 * the same unit.
 */
#ifndef SHOP_STAGE_H
#define SHOP_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/db.h"
#include "shop/item.h"

/* In a unit.  A key is staged once a run; run tells passes apart for a person
 * who looks. */
enum rc stage_put(struct db *db, int64_t run, const struct item_news *news,
    struct error *e) CHECKED;
/* The key is no longer in the stock system. */
enum rc stage_withdraw(
    struct db *db, int64_t run, const char *key, struct error *e) CHECKED;

#define STAGE_BATCH 64 /* rows read at a time; some 20 ms of publishing */

struct stage_row {
	char *key, *name, *text, *category; /* owned */
	struct item_news news;              /* points to them */
	bool withdrawn;
	enum item_flaw old_flaw; /* what the shop knows until now */
};

struct stage_batch {
	struct stage_row rows[STAGE_BATCH];
	size_t n;
};

/* The rows with keys above after ("": all), in order.  *out is in a defined
 * state in any case and the caller's: stage_batch_release. */
enum rc stage_read(struct db *db, const char *after, struct stage_batch *out,
    struct error *e) CHECKED;
void stage_batch_release(struct stage_batch *b);
void stage_row_release(struct stage_row *r); /* what the row owns */

/* In a unit: forget the rows up to key, this included. */
enum rc stage_drop(struct db *db, const char *key, struct error *e) CHECKED;

/* An item as the mirror has it. */
struct stage_known {
	struct item_news news; /* borrowed for the call; visible is !gone */
	const char *picture;   /* hash, "" for none */
	const char *picture_source;
};
typedef enum rc stage_known_put(
    void *ctx, const struct stage_known *k, struct error *e);

/* Call put for every item of the mirror, in the order of keys.  Reads in
 * chunks, so that put may use the database. */
enum rc stage_known_each(
    struct db *db, stage_known_put *put, void *ctx, struct error *e) CHECKED;

/* The same for one key; it is no failure that there is no such item. */
enum rc stage_known_find(struct db *db, const char *key, stage_known_put *put,
    void *ctx, struct error *e) CHECKED;

struct stage_confirm {
	const char *source, *mode;
	int64_t at;   /* when the mirror was equal to the source */
	bool changed; /* something was published: count again */
};

/* In a unit: the mirror is whole, and equal to its source as of c->at; ends a
 * problem and a partial publication.  With another source than before the
 * position goes. */
enum rc mirror_confirm(struct db *db, const struct stage_confirm *c,
    int64_t now, struct error *e) CHECKED;

/* In a unit: a publication in slices begins; the mirror is stale until it is
 * confirmed. */
enum rc mirror_partial(struct db *db, struct error *e) CHECKED;

/* In a unit: why the mirror does not follow; "" when it does again. */
enum rc mirror_problem(
    struct db *db, const char *text, int64_t now, struct error *e) CHECKED;

/*
 * In a unit: what is told of the mirror and changes nothing in it.  syncd's
 * parts use syncd/note.h, which bounds how often it is written; the position is
 * the exception: it goes with what is applied, in one unit.
 */

/* Why the mode is what it is. */
enum rc mirror_reason(struct db *db, const char *why, struct error *e) CHECKED;

/* All that the source logged before position is in the mirror; "": not known,
 * also for a text that is too long. */
enum rc mirror_position(
    struct db *db, const char *position, struct error *e) CHECKED;

struct mirror_lags {
	int64_t event_at;     /* when the newest applied change was made */
	int64_t read_lag_ms;  /* from there until it was read */
	int64_t apply_lag_ms; /* and until it was published */
};
enum rc mirror_lags(
    struct db *db, const struct mirror_lags *l, struct error *e) CHECKED;

/* All was compared, as of at. */
enum rc mirror_compared(
    struct db *db, int64_t at, int64_t differences, struct error *e) CHECKED;

/* In a unit, for administrators: have all compared again; it is done when
 * mirror.compared_at is not 0 any more. */
enum rc mirror_compare(struct db *db, struct error *e) CHECKED;
enum rc mirror_compare_asked(
    struct db *db, bool *asked, struct error *e) CHECKED;

/* Pictures that wait, and why they cannot be stored ("": they can). */
enum rc mirror_pictures(struct db *db, int64_t waiting,
    const char *store_problem, struct error *e) CHECKED;

/* Count items and pictures again; not in a unit, as it reads them all. */
struct mirror_counts {
	int64_t items, visible, flawed, pictures, broken;
};
enum rc mirror_count(
    struct db *db, struct mirror_counts *out, struct error *e) CHECKED;
/* In a unit: publish the counts. */
enum rc mirror_counted(
    struct db *db, const struct mirror_counts *c, struct error *e) CHECKED;

#endif
