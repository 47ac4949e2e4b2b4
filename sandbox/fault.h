/*
 * What the stand-ins' own handlers share: faults that wait to happen, and the
 * parameters that a test sends.
 *
 *	fault_take(&c->st, "|late|never|", type, &f);
 *	if (f.kind[0] != '\0') …
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "sandbox/box.h"
#include "sandbox/params.h"
#include "sandbox/store.h"

struct fault {
	char kind[24]; /* "": none */
	int64_t seconds;
};

/* One of these kinds ("|late|never|") that waits for this, used up. */
void fault_take(
    struct store *st, const char *kinds, const char *on, struct fault *out);

/* The answer that says what still waits. */
enum rc fault_list(struct box *b, struct store *st, struct error *e) CHECKED;

/* What a handler of the sandbox's own was given; RC_INVALID: own_refused.  To be
 * released whatever happens. */
enum rc own_params(struct box *b, struct params *p, const struct param *table,
    size_t n, struct error *e) CHECKED;
/* 400, with the reason, which is then told. */
enum rc own_refused(struct box *b, struct error *e) CHECKED;

#endif
