/*
 * What is known of each gateway before it is asked anything: how it is offered,
 * whether it is configured, how it is made.
 *
 *	const struct gateway_kind *k;
 *
 *	for (size_t i = 0; (k = gateways_at(i)) != NULL; i++)
 *		if (k->configured(&settings))
 *			rc = k->make(&settings, pool, &gateways[n++], &e);
 */
#ifndef PEER_GATEWAYS_H
#define PEER_GATEWAYS_H

#include "base/gateways.h"
#include "base/jail.h"
#include "base/settings.h"
#include "peer/gateway.h"

struct exchange_pool;

struct gateway_kind {
	const char *name;         /* as it is stored */
	const char *title, *hint; /* of the choice that a page offers */

	bool (*configured)(const struct settings *s);
	/* An address on the host of its pages. */
	const char *(*pages)(const struct settings *s);
	/* What a jailed program adds so that its calls work. */
	void (*needs)(const struct settings *s, struct jail *j);
	/* s and pool are borrowed for as long as it lives; out->ctx is the
	 * caller's to free(). */
	enum rc (*make)(const struct settings *s, struct exchange_pool *pool,
	    struct gateway *out, struct error *e);
	/* Whether the gateway sent what its ear could not prove: as it was
	 * stored, headers may be cut to pieces.  RC_DENIED: it did not; RC_IO:
	 * that cannot be known now.  NULL: its ear proves all. */
	enum rc (*prove)(const struct gateway *g, const struct settings *s,
	    char *headers, const void *body, size_t n, int64_t now,
	    struct error *e);
};

#define GATEWAY_COUNT_ONE(name, paid, witness, tells) +1
enum { GATEWAY_KINDS = 0 GATEWAYS(GATEWAY_COUNT_ONE) };

#define GATEWAY_DECLARE(name, paid, witness, tells)                            \
	extern const struct gateway_kind gateway_kind_##name;
GATEWAYS(GATEWAY_DECLARE)

/* In the order in which they are offered; NULL past the last. */
const struct gateway_kind *gateways_at(size_t i);

/* The one with this name, or the first when name is NULL, of those that are
 * configured; or NULL. */
const struct gateway_kind *gateways_find(
    const struct settings *s, const char *name);

#endif
