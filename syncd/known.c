#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/token.h"
#include "syncd/known.h"

#define FIRST_SIZE 1024

static void
digest(const char *key, uint8_t out[ROW_DIGEST])
{
	uint8_t hash[HASH_BYTES];

	hash_bytes(key, strlen(key), hash);
	memcpy(out, hash, ROW_DIGEST);
}

/* The slot of key, or the free one where it belongs; there is always one. */
static struct known_entry *
slot(struct known_entry *slots, size_t size, const uint8_t key[ROW_DIGEST])
{
	uint64_t at;

	memcpy(&at, key, sizeof(at));
	for (;; at++) {
		struct known_entry *s = &slots[at & (size - 1)];

		if (!s->used || memcmp(s->key, key, ROW_DIGEST) == 0)
			return s;
	}
}

void
known_init(struct known *k)
{
	memset(k, 0, sizeof(*k));
}

void
known_release(struct known *k)
{
	free(k->slots);
	known_init(k);
}

struct known_entry *
known_find(const struct known *k, const char *key)
{
	uint8_t d[ROW_DIGEST];
	struct known_entry *s;

	if (k->size == 0)
		return NULL;
	digest(key, d);
	s = slot(k->slots, k->size, d);
	return s->used ? s : NULL;
}

static enum rc
grow(struct known *k, struct error *e)
{
	size_t size = k->size == 0 ? FIRST_SIZE : k->size * 2;
	struct known_entry *slots;

	slots = calloc(size, sizeof(*slots));
	if (slots == NULL)
		return error_set(e, RC_NOMEM, "no memory for %zu items", size);
	for (size_t i = 0; i < k->size; i++)
		if (k->slots[i].used)
			*slot(slots, size, k->slots[i].key) = k->slots[i];
	free(k->slots);
	k->slots = slots;
	k->size = size;
	return RC_OK;
}

enum rc
known_add(
    struct known *k, const char *key, struct known_entry **out, struct error *e)
{
	uint8_t d[ROW_DIGEST];
	enum rc rc;

	if (k->count >= KNOWN_MAX)
		return error_set(e, RC_TOOBIG,
		    "the stock system has more than %d items", KNOWN_MAX);
	if (k->count * 2 >= k->size) {
		rc = grow(k, e);
		if (rc != RC_OK)
			return rc;
	}
	digest(key, d);
	*out = slot(k->slots, k->size, d);
	memset(*out, 0, sizeof(**out));
	memcpy((*out)->key, d, ROW_DIGEST);
	(*out)->used = true;
	k->count++;
	return RC_OK;
}

void
known_unsee(struct known *k)
{
	for (size_t i = 0; i < k->size; i++)
		k->slots[i].seen = false;
}

size_t
known_missing(const struct known *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->size; i++)
		if (k->slots[i].used && k->slots[i].visible &&
		    !k->slots[i].seen)
			n++;
	return n;
}

size_t
known_waiting(const struct known *k, bool unlooked)
{
	size_t n = 0;

	for (size_t i = 0; i < k->size; i++) {
		const struct known_entry *s = &k->slots[i];

		if (s->used && s->visible &&
		    (s->waits || (unlooked && !s->looked)))
			n++;
	}
	return n;
}

uint64_t
known_picture(const char *source)
{
	uint8_t d[ROW_DIGEST];
	uint64_t n;

	if (source[0] == '\0')
		return 0;
	digest(source, d);
	memcpy(&n, d, sizeof(n));
	return n != 0 ? n : 1;
}
