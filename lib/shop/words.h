/*
 * The one tokenizer: what a shopper types and what a hat is called become the
 * same words on both engines.  NFKD, marks dropped, case folded (Unicode, by
 * utf8proc), letters that do not decompose made plain (ø o, ł l, æ ae, …),
 * split at what is neither letter nor digit, stemmed (English Porter2, by
 * libstemmer).  An apostrophe joins: "hatter's" is "hatters".  Scripts that
 * write no blanks between words (Chinese, Japanese, Thai) give one word a run.
 *
 *	words_each(w, "Crème-brûlée hats", 19, put, ctx)
 *			creme/creme, brulee/brule, hats/hat
 */
#ifndef SHOP_WORDS_H
#define SHOP_WORDS_H

#include <stddef.h>

#include "base/buf.h"

struct words; /* a stemmer and its memory; one a program */
enum rc words_new(struct words **out, struct error *e) CHECKED;
void words_free(struct words *w);

/*
 * Call put for each word of n bytes: folded is the word as written, stem its
 * stem; both end in NUL and are borrowed for the call.  Words over LIMIT_WORD
 * bytes are cut.  put's rc ends the walk when not RC_OK and is returned.
 */
typedef enum rc words_put(void *ctx, const char *folded, const char *stem);
enum rc words_each(struct words *w, const char *s, size_t n, words_put *put,
    void *ctx) CHECKED;

/* A slug: folded ASCII letters and digits joined by '-', at most LIMIT_SLUG
 * bytes, never empty ("hat" when nothing is left). */
void words_slug(struct buf *b, const char *name);

/* 0, 1 or 2 (two or more) edits (insert, delete, replace, swap of neighbours)
 * between two folded words, counted in code points. */
int words_distance(const char *a, const char *b);

#endif
