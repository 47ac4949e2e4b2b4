/*
 * What the mirror holds, in memory: one short entry for each item, found by
 * its key, so that a pass over 100,000 unchanged items asks the sales database
 * for nothing.  An entry takes 48 bytes; keys and versions are known by the
 * first 128 bits of their SHA-256.
 *
 *	known_init(&k);
 *	rc = known_add(&k, key, &entry, &e);
 *	entry = known_find(&k, key);
 *	known_release(&k);
 */
#ifndef SYNCD_KNOWN_H
#define SYNCD_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "syncd/row.h"

#define KNOWN_MAX 4000000 /* items: a table of 400 MB; ours has 100,000 */

struct known_entry {
	uint8_t key[ROW_DIGEST];
	uint8_t row[ROW_DIGEST];
	uint64_t picture; /* of the picture's source; 0 for none */
	uint32_t turn;    /* when it was last read from the source */
	bool used, visible, seen;
	bool looked; /* for a picture */
	bool waits;  /* for one that is not what the mirror shows */
};

struct known {
	struct known_entry *slots; /* owned */
	size_t size, count;        /* size is a power of two */
};

void known_init(struct known *k);
void known_release(struct known *k); /* leaves it empty */

/* NULL when there is none; borrowed until the next known_add. */
struct known_entry *known_find(const struct known *k, const char *key);

/* Add a key that is not there; *out is zero but for its key.  RC_NOMEM,
 * RC_TOOBIG above KNOWN_MAX. */
enum rc known_add(struct known *k, const char *key, struct known_entry **out,
    struct error *e) CHECKED;

/* Forget which ones were seen. */
void known_unsee(struct known *k);

/* How many are visible and were not seen. */
size_t known_missing(const struct known *k);

/* How many visible ones wait for a picture; with unlooked those count too that
 * were not looked at. */
size_t known_waiting(const struct known *k, bool unlooked);

/* The number that stands for a picture's source; 0 for "". */
uint64_t known_picture(const char *source);

#endif
