/*
 * What the parts of t/moment.h share; nobody else includes it.
 */
#ifndef T_MOMENT_IMPL_H
#define T_MOMENT_IMPL_H

#include "t/moment.h"

/* A run comes here; true when what is done here is to be lost. */
bool moment_pass(const char *before, const char *what);
/* Whether an act is under way. */
bool moment_inside(void);

/* The stock server's number of the connection that a run has, or had. */
void moment_linked(const char *id);

void moment_runner_open(struct moment *m, struct runner *r);

/* The scripted gateway of m. */
const struct gateway *moment_gateway(struct moment *m);
struct till *moment_find_till(struct moment *m, const char *attempt);

#endif
