/*
 * How many pictures wait, and whether the store takes them: what pictures.c
 * finds on its way, told to the log once and to the status (note.h).
 */
#ifndef SYNCD_WAITING_H
#define SYNCD_WAITING_H

#include <stdbool.h>
#include <stdint.h>

struct work;

struct waiting {
	bool failed;     /* the store; that was told */
	bool failing;    /* in this round */
	bool whole;      /* a round has looked at all items */
	int64_t told_ms; /* monotonic; 0: count them again */
};

/* The picture of item key could not be stored. */
void waiting_store_fails(struct work *w, const char *key, const char *why);
/* One could. */
void waiting_store_works(struct work *w);

/* All items have been looked at. */
void waiting_round(struct work *w);

/* Count those that wait, once in a while as it goes over all items. */
void waiting_tell(struct work *w);

#endif
