/*
 * What a full compare finds although nothing explains it.
 *
 * Polling, every pass compares all with what was published last, so only what
 * other hands have changed in the mirror itself is strange; it is found when the
 * mirror is read anew.  Following the log, a pass may find what the stream has
 * not yet told: a key is strange when the stream has passed the snapshot and no
 * event touched the key since.  Either way the pass has repaired it.
 *
 *	audit_begin(w);
 *	audit_differs(w, key);		for each, in the pass
 *	audit_passed(w);
 *	audit_explained(w, key);	for each that the log tells of
 *	rc = audit_settle(w, &e);	the stream has passed the snapshot
 */
#ifndef SYNCD_AUDIT_H
#define SYNCD_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct work;

#define AUDIT_KEYS                                                             \
	10000 /* that are kept to be explained; more count as they
			    are */

enum audit_state { AUDIT_OFF, AUDIT_PASS, AUDIT_WAIT };

struct audit {
	enum audit_state state;
	int64_t at;        /* UTC: of the pass */
	int64_t passed_ms; /* monotonic: when it was over */
	char **keys;       /* owned, as each of them */
	size_t n, size;
	int64_t more;
	int64_t looked_ms; /* for a request, monotonic */
	bool asked;
};

/* Whether an administrator asked for a compare; looks once a second. */
enum rc audit_asked(struct work *w, bool *asked, struct error *e) CHECKED;

void audit_begin(struct work *w);
void audit_differs(struct work *w, const char *key);
void audit_passed(struct work *w);
void audit_explained(struct work *w, const char *key);

/* Nothing can be said: what was changed is not known. */
void audit_drop(struct work *w);

/* Say and note what is left.  Not in a unit. */
enum rc audit_settle(struct work *w, struct error *e) CHECKED;

#endif
