#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/words.h"
#include "t/fuzz/fuzz.h"

struct walk {
	char last[LIMIT_WORD + 1];
	size_t n, bytes;
};

static enum rc
check_word(void *ctx, const char *folded, const char *stem)
{
	struct walk *w = ctx;
	size_t n = strlen(folded);

	assert(n >= 1 && n <= LIMIT_WORD && text_utf8(folded, n));
	assert(strlen(stem) >= 1 && strlen(stem) <= LIMIT_WORD);
	assert(text_utf8(stem, strlen(stem)));
	assert(strchr(folded, ' ') == NULL && strchr(folded, '\'') == NULL);
	assert(words_distance(folded, folded) == 0);
	assert(
	    words_distance(folded, w->last) == words_distance(w->last, folded));
	memcpy(w->last, folded, n + 1);
	w->n++;
	w->bytes += n;
	return RC_OK;
}

/* A word folds to itself: what is stored is what is searched for. */
static void
check_again(struct words *w, const char *folded)
{
	struct walk again = { .n = 0 };

	assert(
	    words_each(w, folded, strlen(folded), check_word, &again) == RC_OK);
	assert(again.n == 1 && strcmp(again.last, folded) == 0);
}

/* The first words of a text, to be looked at when the walk is over. */
struct list {
	char words[8][LIMIT_WORD + 1];
	size_t n;
};

static enum rc
collect(void *ctx, const char *folded, const char *stem)
{
	struct list *l = ctx;

	(void)stem;
	if (l->n == 8)
		return RC_TOOBIG;
	memcpy(l->words[l->n++], folded, strlen(folded) + 1);
	return RC_OK;
}

static void
check_slug(const uint8_t *data, size_t size)
{
	char name[LIMIT_NAME + 1];
	struct buf b;
	size_t i, n;

	n = size < LIMIT_NAME ? size : LIMIT_NAME;
	for (i = 0; i < n; i++)
		name[i] = data[i] != 0 ? (char)data[i] : ' ';
	name[n] = '\0';
	buf_init(&b, LIMIT_SLUG);
	words_slug(&b, name);
	assert(buf_rc(&b) == RC_OK && b.len >= 1 && b.len <= LIMIT_SLUG);
	assert(b.s[0] != '-' && b.s[b.len - 1] != '-');
	for (i = 0; i < b.len; i++)
		assert(strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			   b.s[i]) != NULL);
	assert(strstr(b.s, "--") == NULL);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk walk = { .n = 0 };
	struct list list = { .n = 0 };
	struct words *w;
	size_t i;
	enum rc rc;

	if (words_new(&w, NULL) != RC_OK)
		return 0;
	rc = words_each(w, (const char *)data, size, check_word, &walk);
	assert(rc == RC_OK);
	assert(walk.n <= size * 2); /* U+FDFA: three bytes, four words */
	rc = words_each(w, (const char *)data, size, collect, &list);
	assert(rc == RC_OK || rc == RC_TOOBIG);
	for (i = 0; i < list.n; i++)
		check_again(w, list.words[i]);
	check_slug(data, size);
	words_free(w);
	return 0;
}
