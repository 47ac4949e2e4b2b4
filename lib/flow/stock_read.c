#include "config.h"

#include <string.h>

#include "flow/stock_read.h"
#include "shop/sold.h"

#define TRIES 3 /* somebody books out at every moment: later, then */

struct looking {
	const char *attempt;
	struct sold_lines lines;
};

static enum rc
look(struct db *db, void *ctx, struct error *e)
{
	struct looking *l = ctx;

	return sold_lines(db, l->attempt, &l->lines, e);
}

/* The item as the caller knows it. */
static const char *
name_of(const struct master_line *lines, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(lines[i].item, key) == 0)
			return lines[i].item;
	return NULL;
}

enum rc
stock_read_refuse(struct db *db, const char *attempt,
    enum master_answer *answer, struct error *e)
{
	bool refused;
	enum rc rc = sold_refuse(db, attempt, &refused, e);

	*answer = refused ? MASTER_REFUSED : MASTER_TAKEN;
	return rc;
}

enum rc
stock_read_give_back(struct db *db, const char *attempt, struct error *e)
{
	return sold_give_back(db, attempt, e);
}

/* All of it is held under the attempt's key and not sold yet. */
static bool
all_open(const struct looking *l, size_t n)
{
	bool open = l->lines.n == n;

	for (size_t i = 0; i < l->lines.n; i++)
		open = open && l->lines.at[i].open;
	return open;
}

/* One try; SOLD_AGAIN asks for another one. */
static enum rc
take_once(struct db *db, const struct master *m, struct looking *l,
    struct sold_answer *out, struct error *e)
{
	int64_t levels[LIMIT_BASKET_LINES];
	struct master_line asked[LIMIT_BASKET_LINES];
	enum rc rc;

	for (size_t i = 0; i < l->lines.n; i++)
		asked[i] = (struct master_line){ l->lines.at[i].key,
			l->lines.at[i].qty };
	rc = master_levels(m, asked, l->lines.n, levels, e);
	if (rc == RC_OK)
		rc = sold_take(db, l->attempt, &l->lines, levels, out, e);
	return rc;
}

enum rc
stock_read_take(struct db *db, const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e)
{
	struct looking l = { .attempt = attempt };
	struct sold_answer sold = { SOLD_AGAIN, 0, 0 };
	enum rc rc = RC_OK;

	*why = (struct master_short){ NULL, 0 };
	for (int i = 0; i < TRIES && rc == RC_OK && sold.outcome == SOLD_AGAIN;
	     i++) {
		rc = db_view(db, look, &l, e);
		/* sold before, or refused: its key tells */
		if (rc == RC_OK && !all_open(&l, n))
			return stock_read_refuse(db, attempt, answer, e);
		if (rc == RC_OK)
			rc = take_once(db, m, &l, &sold, e);
	}
	if (rc != RC_OK)
		return rc;
	if (sold.outcome == SOLD_AGAIN)
		return error_set(
		    e, RC_CONFLICT, "the item is being booked out");
	if (sold.outcome == SOLD_TAKEN) {
		*answer = MASTER_TAKEN;
		return RC_OK;
	}
	rc = stock_read_refuse(db, attempt, answer, e);
	if (rc == RC_OK && *answer == MASTER_REFUSED) {
		why->item = name_of(lines, n, l.lines.at[sold.few].key);
		why->left = sold.left;
	}
	return rc;
}
