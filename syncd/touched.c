#include "config.h"

#include <string.h>

#include "syncd/touched.h"

#define SLOTS (TOUCHED_MAX * 4)

void
touched_clear(struct touched *t)
{
	t->n = 0;
	t->all = false;
	t->why = NULL;
	memset(t->slot, 0, sizeof(t->slot));
}

void
touched_all(struct touched *t, const char *why)
{
	if (!t->all)
		t->why = why;
	t->all = true;
}

/* FNV-1a. */
static uint32_t
hash(enum touched_kind kind, const char *key, size_t n)
{
	uint32_t h = UINT32_C(2166136261) ^ (uint32_t)kind;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)key[i]) * UINT32_C(16777619);
	return h;
}

void
touched_add(
    struct touched *t, enum touched_kind kind, const char *key, size_t n)
{
	struct touched_key *k;
	uint32_t at;

	/* no key of ours: but the row it was before may have had one */
	if (n == 0 || n > LIMIT_KEY || memchr(key, '\0', n) != NULL) {
		touched_all(t, "a key that cannot be one of ours");
		return;
	}
	for (at = hash(kind, key, n) % SLOTS; t->slot[at] != 0;
	     at = (at + 1) % SLOTS) {
		k = &t->at[t->slot[at] - 1];
		if (k->kind == kind && strlen(k->key) == n &&
		    memcmp(k->key, key, n) == 0)
			return;
	}
	if (t->n == TOUCHED_MAX) {
		touched_all(t, "many items at once");
		return;
	}
	k = &t->at[t->n++];
	t->slot[at] = (uint16_t)t->n;
	k->kind = kind;
	memcpy(k->key, key, n);
	k->key[n] = '\0';
}
