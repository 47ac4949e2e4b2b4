/*
 * One item of the stock system, from its raw values to what the shop would
 * publish.  Pure: no server, no database.
 *
 *	row_init(&r);
 *	row_start(&r, &raw, "GBP");
 *	row_level(&r, true, "12");		once for each level row
 *	row_end(&r, ROWS_ONE);
 *	if (r.usable)
 *		stage_put(db, run, &r.news, &e);
 *	row_release(&r);
 *
 * What cannot be believed (R25) makes the level 0 and is named by news.flaw.
 * An item without a usable name or price is not shown at all.
 */
#ifndef SYNCD_ROW_H
#define SYNCD_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/settings.h"
#include "shop/item.h"

/* Borrowed values as the stock system gave them, NULL for NULL. */
struct row_raw {
	const char *key, *name, *text, *price, *category;
	size_t key_len, name_len, text_len, category_len;
	bool visible; /* by the rule of visibility */
};

struct row {
	struct buf key, name, text, category; /* owned */
	struct item_news news; /* points to them; set by row_end */
	bool usable; /* the key can be one of ours; else nothing is set */
	bool rule;   /* visible by the rule; flaws may hide it all the same */

	int64_t price, level;
	size_t levels; /* level rows seen */
	enum item_flaw flaw, level_flaw;
};

void row_init(struct row *r);
void row_release(struct row *r);

/* Take the values of the item; what r held before is forgotten. */
void row_start(struct row *r, const struct row_raw *raw, const char *currency);

/* One level row, or none at all (present is false). */
void row_level(struct row *r, bool present, const char *qty);

/* RC_NOMEM, else RC_OK. */
enum rc row_end(
    struct row *r, enum settings_rows rule, struct error *e) CHECKED;

#define ROW_DIGEST 16

/* What tells two versions of an item apart: all of *n but the key. */
enum rc row_digest(const struct item_news *n, uint8_t out[ROW_DIGEST],
    struct error *e) CHECKED;

/* A sentence's end for people: "its level is negative". */
const char *row_flaw_text(enum item_flaw flaw);

#endif
