/*
 * syncd --status: what the sales database knows about the mirror, gathered
 * once and written in one of three ways.
 *
 *	rc = tell_gather(&settings, &t, &e);
 *	tell_json(&t, &b);
 *	if (buf_rc(&b) == RC_OK)
 *		…print
 *	tell_release(&t);
 */
#ifndef SYNCD_TELL_H
#define SYNCD_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/settings.h"
#include "shop/mirror.h"

#define LIMIT_TELL (256 * 1024) /* 40 rows that are named have 40 kB at most */
#define TELL_ROWS 20 /* flawed items, and broken pictures, that are named */
#define TELL_ADVICE 8

enum tell_state {
	TELL_FRESH,
	TELL_STALE,   /* not confirmed for stock.stale_after seconds */
	TELL_PARTIAL, /* a publication in slices is under way */
	TELL_NEVER,   /* nothing was ever copied */
};

struct tell_row {
	char *key, *why; /* owned */
};

struct tell {
	const struct settings *s; /* borrowed */
	int64_t now;
	struct mirror m;
	struct lease_holder holder; /* of the mirror's lease */
	bool runs;                  /* it is held */
	enum tell_state state;
	bool healthy; /* pages may sell and there is no problem */
	struct tell_row flawed[TELL_ROWS], broken[TELL_ROWS];
	size_t nflawed, nbroken;
	int64_t suspected; /* items whose level may have been overwritten */
};

/* *out is in a defined state in any case and the caller's: tell_release. */
enum rc tell_gather(
    const struct settings *s, struct tell *out, struct error *e) CHECKED;
void tell_release(struct tell *t);

/* "fresh", …; a literal. */
const char *tell_state_name(enum tell_state state);

/* What to do, literals, at most TELL_ADVICE; returns how many. */
size_t tell_advice(const struct tell *t, const char *out[TELL_ADVICE]);

/* Append text from outside as one clean line. */
void tell_line(struct buf *b, const char *text);

/* For people; for programs; in Prometheus' text format 0.0.4. */
void tell_text(const struct tell *t, struct buf *b);
void tell_json(const struct tell *t, struct buf *b);
void tell_prometheus(const struct tell *t, struct buf *b);

#endif
