/*
 * A stock system and two gateways in shared memory, for flow-books.c and
 * flow-wallet.c: as strict as the real ones about keys, and as unreliable as
 * they may be.  One reserves by its page, as Stripe does, the other by our own
 * call, as PayPal.
 */
#ifndef T_FLOW_WORLD_H
#define T_FLOW_WORLD_H

#include "flow/flow.h"
#include "t/random.h"

#define WORLD_CLAIMS 4096
#define WORLD_PAGES 4096
#define WORLD_KEYS 16384

enum { CLAIM_TAKE = 1, CLAIM_REFUSED = 2 };
enum { PAGE_OPEN, PAGE_PAID, PAGE_EXPIRED, PAGE_APPROVED };
enum {
	MONEY_NONE,
	MONEY_RESERVED,
	MONEY_TAKEN,
	MONEY_FREED,
	MONEY_REVIEWED, /* nobody knows yet whether it will be reserved */
	MONEY_TAKING,   /* or taken */
};
/* What a wallet says to being asked for money. */
enum { SAYS_YES, SAYS_NO, SAYS_WAIT, SAYS_ANYTHING };

struct world_claim {
	char attempt[UID_SIZE];
	int64_t qty, returned;
	int kind;
};

struct world_page {
	char attempt[UID_SIZE], order[UID_SIZE];
	int64_t amount;
	int page, money;
	bool wallet, denied; /* denied: what was reviewed or being taken */
	int authorisations, captures; /* how often it was asked */
};

struct world_key {
	char key[UID_SIZE];
	char request[200], answer[200];
};

struct world {
	int turn; /* a spin lock: nobody is killed while holding it */
	int64_t now, level, clerks;
	int64_t wrong; /* what a real system would never have been asked */
	size_t nclaims, npages, nkeys;
	struct world_claim claims[WORLD_CLAIMS];
	struct world_page pages[WORLD_PAGES];
	struct world_key keys[WORLD_KEYS];
};

/* Shared with children; one at a time.  ctx of both is a struct random. */
struct world *world_new(int64_t level, int64_t now);
void world_free(struct world *w);
extern struct world *the_world;

void world_enter(void);
void world_leave(void);

/* Per cent of calls that fail, before or after they have acted. */
extern unsigned world_faults;

extern struct flow_stock world_stock;
extern struct gateway world_gateway, world_wallet;
/* Of the wallet; SAYS_ANYTHING decides by chance, and what waits too. */
extern int world_authorise, world_capture;
int64_t world_now(void);

/* A customer at the page: pays it, or agrees, if it is open. */
void world_pay(const char *attempt);
/* What waits is decided. */
void world_decide(const char *attempt, bool yes);
struct world_page *world_page(const char *attempt);
/* A clerk sells one, if there is one. */
void world_clerk(void);
/* Whether the attempt's goods are taken, given back or not. */
int world_kind(const char *attempt);

#endif
