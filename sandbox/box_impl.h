/* What box.c and listen.c share. */
#ifndef SANDBOX_BOX_IMPL_H
#define SANDBOX_BOX_IMPL_H

#include "sandbox/box.h"

/* Configuration and rights; whether all is well.  CPU seconds of 0: no limit. */
bool box_begin(struct box *b, struct settings *s, const char *name,
    box_addresses *addresses, int64_t cpu_seconds);

/* Answer the request that b->src has; *n bytes, fewer than the answer says when
 * it is to break off.  Borrowed until box_end. */
const char *box_answer(struct box *b, const char *name,
    const struct box_route *routes, size_t count, size_t *n);
void box_end(struct box *b);

#endif
