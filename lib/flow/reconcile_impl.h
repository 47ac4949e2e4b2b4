/*
 * What the parts of lib/flow/reconcile share; nobody else includes it.
 */
#ifndef FLOW_RECONCILE_IMPL_H
#define FLOW_RECONCILE_IMPL_H

#include <stdio.h>

#include "base/money.h"
#include "flow/reconcile.h"

/* A difference that is being written. */
struct found {
	const char *kind;
	int64_t order;
	char name[260], ours[300], theirs[300], repair[300];
};

#define SAY(field, ...) (void)snprintf((field), sizeof(field), __VA_ARGS__)

enum rc reconcile_tell(
    const struct reconcile *r, const struct found *f, struct error *e) CHECKED;

#define RECONCILE_MONEY_SIZE 48
/* As people read it; returns out. */
const char *reconcile_money(
    char out[RECONCILE_MONEY_SIZE], int64_t minor, const char *currency);
/* The payments that a statement names, whose arguments are an id to begin
 * after, `since` and, where it has a third, the time before which all has
 * settled. */
#define RECONCILE_BATCH 100
typedef enum rc reconcile_each(void *ctx, int64_t payment, struct error *e);
enum rc reconcile_payments(const struct reconcile *r, enum sql sql,
    reconcile_each *each, void *ctx, struct error *e) CHECKED;
/* *id is 0 when no payment has this uid. */
enum rc reconcile_attempt(const struct reconcile *r, const char *uid,
    int64_t *id, struct error *e) CHECKED;

#endif
