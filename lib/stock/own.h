/*
 * What is ours on the stock server: a small schema of our own beside the
 * legacy one, and the rights of our account.  Nothing of the legacy system is
 * altered for it (R93).
 *
 *	own_ddl(&settings, &b);
 *	rc = own_missing(m, l, &settings, &missing, &e);
 */
#ifndef STOCK_OWN_H
#define STOCK_OWN_H

#include <stdbool.h>

#include "base/buf.h"
#include "stock/link.h"
#include "stock/map.h"

/* A text with LIMIT_OWN bytes' room is enough for either. */
#define LIMIT_OWN 16384

/* The statements that make our schema, for an administrator to run. */
void own_ddl(const struct settings *s, struct buf *b);

struct own_missing {
	struct buf grants; /* the GRANT statements, a line each; owned */
	size_t ngrants;
	bool schema; /* tables of ours are not there, as far as can be seen */
};

/*
 * Try, without changing anything, what the configuration needs to be allowed.
 * *out is in a defined state in any case and the caller's:
 * own_missing_release.
 */
enum rc own_missing(const struct map *m, struct link *l,
    const struct settings *s, struct own_missing *out, struct error *e) CHECKED;
void own_missing_release(struct own_missing *o);

/*
 * Whether claim and give_back are what makes a sale count once: transactional,
 * and with their primary keys.  RC_NOTFOUND: one is not there; RC_INVALID: it
 * will not do; *fault says which kind of trouble it is.  With read access there
 * is nothing to check.
 */
enum rc own_check(struct link *l, const struct settings *s, enum fault *fault,
    struct error *e) CHECKED;

/*
 * Call put for every claim of the attempts that took goods, returned since or
 * not; back: all of it was.  A refused one is none.  Reads what the link's
 * snapshot has.  *q is the prepared statement: NULL at first, the caller's
 * (link_free).
 */
#define OWN_ATTEMPTS 32 /* at a time */
typedef enum rc own_taken_put(void *ctx, const char *attempt, const char *item,
    bool back, struct error *e);
enum rc own_taken(struct link *l, const struct settings *s,
    struct link_query **q, const char *const *attempts, size_t n,
    own_taken_put *put, void *ctx, struct error *e) CHECKED;

/* What stands in our schema under an attempt's key: the last word on it. */
struct own_claim {
	const char *item, *kind; /* borrowed for the call; "take", "refused" */
	int64_t qty, returned;
};
typedef enum rc own_claim_put(
    void *ctx, const struct own_claim *c, struct error *e);
enum rc own_claims(struct link *l, const struct settings *s,
    const char *attempt, own_claim_put *put, void *ctx,
    struct error *e) CHECKED;

/* Call put for each claim made between two times that still has goods, with its
 * attempt: for looking for those that nobody knows. */
typedef enum rc own_kept_put(
    void *ctx, const char *attempt, const struct own_claim *c, struct error *e);
enum rc own_kept(struct link *l, const struct settings *s, int64_t from,
    int64_t to, own_kept_put *put, void *ctx, struct error *e) CHECKED;

/* Call put for each item of which something was given back in the last so many
 * seconds, with how many pieces. */
typedef enum rc own_returned_put(
    void *ctx, const char *item, int64_t qty, struct error *e);
enum rc own_returned(struct link *l, const struct settings *s, int64_t seconds,
    own_returned_put *put, void *ctx, struct error *e) CHECKED;

#endif
