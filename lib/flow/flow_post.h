/*
 * What the parts of lib/flow that see to parcels share; nobody else includes it.
 */
#ifndef FLOW_POST_H
#define FLOW_POST_H

#define POST_NEVER INT64_C(4102444800) /* the year 2100: it is over */
#define POST_BARRED_SECONDS 300

#include "base/hours.h"
#include "flow/flow_impl.h"
#include "peer/courier.h"
#include "shop/parcel.h"

/* One run over an order's parcels. */
struct post {
	struct flow *f;
	int64_t id, now;
	struct order o;
	int64_t ids[PARCEL_ROWS];
	size_t n, live;
	bool ready;            /* the warehouse has said so */
	bool ending;           /* the order ends, or has */
	bool moved;            /* something was committed: look again */
	int64_t refused_until; /* the end of a window that did not do */
};

/* A change of one of them. */
struct post_change {
	struct post *g;
	const struct parcel *p;
	enum parcel_state to;
	const struct courier_answer *answer;
	const char *kind, *why, *alarm; /* NULL: none */
	bool anew;                      /* with a further generation */
	bool moved;
};

/* A line in the journal, once a parcel and kind; inside a unit. */
enum rc post_tell(struct db *db, const struct post_change *c, const char *what,
    struct error *e) CHECKED;
/* To c->to, with what goes with that, as a unit. */
enum rc post_end(struct post_change *c, struct error *e) CHECKED;
/* Come again in so many seconds, unless something has happened meanwhile; why
 * and alarm may be NULL. */
enum rc post_wait(struct post *g, const struct parcel *p, int64_t seconds,
    const char *why, const char *alarm, struct error *e) CHECKED;
/* What the courier has against it, for people. */
void post_words(const struct courier_fault *f, char *out, size_t size);
/* Another window may do; of a code or what begins with one. */
bool post_window(const char *why);

/* One that is wanted: its request is made, or, when it is made, sent. */
enum rc post_book(struct post *g, struct parcel *p, struct error *e) CHECKED;
/* One that is booked, and is not to be. */
enum rc post_cancel(struct post *g, struct parcel *p, struct error *e) CHECKED;
/* It cannot be cancelled any more, and whoever asked is told. */
enum rc post_too_late(
    struct post *g, const struct parcel *p, struct error *e) CHECKED;

/* The letters that are due now, each once. */
enum rc flow_post_letters(struct post *g, struct error *e) CHECKED;

#endif
