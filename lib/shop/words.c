#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <libstemmer.h>
#include <utf8proc.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/words.h"

/* The longest decomposition of one code point in Unicode is 18 (U+FDFA). */
#define DECOMPOSED_MAX 32

struct words {
	struct sb_stemmer *stemmer; /* owned */
};

typedef enum rc walk_put(void *ctx, const char *folded, size_t len);

/* One pass over a text: the word being collected. */
struct walk {
	walk_put *put;
	void *ctx;
	size_t len;
	bool full; /* the rest of this word is dropped */
	char word[LIMIT_WORD + 1];
};

/* Letters that Unicode does not decompose and people do not type. */
static const struct {
	uint32_t cp;
	char plain[3];
} plain_letters[] = {
	{ 0x00e6, "ae" }, /* æ */
	{ 0x00f0, "d" },  /* ð */
	{ 0x00f8, "o" },  /* ø */
	{ 0x00fe, "th" }, /* þ */
	{ 0x0111, "d" },  /* đ */
	{ 0x0127, "h" },  /* ħ */
	{ 0x0131, "i" },  /* ı */
	{ 0x0142, "l" },  /* ł */
	{ 0x014b, "n" },  /* ŋ */
	{ 0x0153, "oe" }, /* œ */
	{ 0x0167, "t" },  /* ŧ */
};

enum rc
words_new(struct words **out, struct error *e)
{
	struct words *w;

	*out = NULL;
	w = calloc(1, sizeof(*w));
	if (w != NULL)
		w->stemmer = sb_stemmer_new("english", "UTF_8");
	if (w == NULL || w->stemmer == NULL) {
		free(w);
		return error_set(e, RC_NOMEM, "no memory for the stemmer");
	}
	*out = w;
	return RC_OK;
}

void
words_free(struct words *w)
{
	if (w == NULL)
		return;
	sb_stemmer_delete(w->stemmer);
	free(w);
}

static enum rc
end_word(struct walk *k)
{
	size_t len;

	len = k->len;
	k->len = 0;
	k->full = false;
	if (len == 0)
		return RC_OK;
	k->word[len] = '\0';
	return k->put(k->ctx, k->word, len);
}

/* Append whole characters only: a word that is too long is cut, not mangled. */
static void
add(struct walk *k, const char *s, size_t n)
{
	if (k->full || k->len + n > LIMIT_WORD) {
		k->full = true;
		return;
	}
	memcpy(k->word + k->len, s, n);
	k->len += n;
}

static bool
is_word_char(uint32_t cp)
{
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return true;
	default:
		return false;
	}
}

/* An apostrophe joins: "hatter's" is one word, as people type it without. */
static bool
is_apostrophe(uint32_t cp)
{
	return cp == '\'' || cp == 0x2018 || cp == 0x2019 || cp == 0x02bc;
}

/* One code point after decomposition and folding. */
static enum rc
add_folded(struct walk *k, uint32_t cp)
{
	utf8proc_uint8_t utf8[4];
	char s[4];
	size_t i, n;

	if (is_apostrophe(cp))
		return RC_OK;
	if (!is_word_char(cp))
		return end_word(k);
	for (i = 0; i < sizeof(plain_letters) / sizeof(plain_letters[0]); i++) {
		if (plain_letters[i].cp == cp) {
			add(k, plain_letters[i].plain,
			    strlen(plain_letters[i].plain));
			return RC_OK;
		}
	}
	n = (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, utf8);
	memcpy(s, utf8, sizeof(s));
	add(k, s, n);
	return RC_OK;
}

static enum rc
add_char(struct walk *k, uint32_t cp)
{
	utf8proc_int32_t parts[DECOMPOSED_MAX];
	utf8proc_ssize_t i, n;
	int boundary;
	enum rc rc;
	char c;

	if (cp < 0x80) {
		c = (char)cp;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			add(k, &c, 1);
		else if (c != '\'')
			return end_word(k);
		return RC_OK;
	}
	boundary = 0;
	n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, DECOMPOSED_MAX,
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
		UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
	    &boundary);
	if (n < 0 || n > DECOMPOSED_MAX)
		return end_word(k);
	for (i = 0; i < n; i++) {
		rc = add_folded(k, (uint32_t)parts[i]);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
walk(const char *s, size_t n, walk_put *put, void *ctx)
{
	struct walk k = { .put = put, .ctx = ctx };
	uint32_t cp;
	size_t i, len;
	enum rc rc;

	for (i = 0; i < n; i += len) {
		len = text_decode(s + i, n - i, &cp);
		if (len == 0) {
			len = 1;
			cp = ' '; /* a malformed byte parts words */
		}
		rc = add_char(&k, cp);
		if (rc != RC_OK)
			return rc;
	}
	return end_word(&k);
}

struct stemming {
	struct words *w;
	words_put *put;
	void *ctx;
};

static enum rc
put_stem(void *ctx, const char *folded, size_t len)
{
	struct stemming *st = ctx;
	const sb_symbol *stem;
	sb_symbol word[LIMIT_WORD];
	char plain[LIMIT_WORD + 1];
	size_t n;

	memcpy(word, folded, len);
	stem = sb_stemmer_stem(st->w->stemmer, word, (int)len);
	if (stem == NULL)
		return RC_NOMEM;
	n = (size_t)sb_stemmer_length(st->w->stemmer);
	if (n > LIMIT_WORD)
		n = LIMIT_WORD; /* Porter2 never lengthens a word by more
				   than it took off */
	memcpy(plain, stem, n);
	plain[n] = '\0';
	return st->put(st->ctx, folded, plain);
}

enum rc
words_each(struct words *w, const char *s, size_t n, words_put *put, void *ctx)
{
	struct stemming st = { w, put, ctx };

	return walk(s, n, put_stem, &st);
}

struct slug {
	struct buf *b;
	size_t len;
};

/* Words that fit are joined whole; the first that does not ends the slug. */
static enum rc
put_slug(void *ctx, const char *folded, size_t len)
{
	struct slug *sl = ctx;
	char word[LIMIT_WORD + 1];
	size_t i, n;

	n = 0;
	for (i = 0; i < len; i++)
		if ((unsigned char)folded[i] < 0x80)
			word[n++] = folded[i];
	if (n == 0)
		return RC_OK;
	if (sl->len + (sl->len > 0) + n > LIMIT_SLUG)
		return RC_TOOBIG;
	if (sl->len > 0) {
		buf_putc(sl->b, '-');
		sl->len++;
	}
	buf_put(sl->b, word, n);
	sl->len += n;
	return RC_OK;
}

void
words_slug(struct buf *b, const char *name)
{
	struct slug sl = { b, 0 };

	/* RC_TOOBIG only says that the slug is full. */
	if (walk(name, strlen(name), put_slug, &sl) != RC_OK && sl.len == 0)
		buf_fail(b, RC_TOOBIG);
	if (sl.len == 0)
		buf_puts(b, "hat");
}

/* The code points of a folded word; how many. */
static size_t
spell(const char *s, uint32_t out[LIMIT_WORD])
{
	size_t i, len, n;
	uint32_t cp;

	n = strlen(s);
	if (n > LIMIT_WORD)
		n = LIMIT_WORD;
	for (i = len = 0; i < n && len < LIMIT_WORD; len++) {
		size_t step = text_decode(s + i, n - i, &cp);

		out[len] = step > 0 ? cp : (unsigned char)s[i];
		i += step > 0 ? step : 1;
	}
	return len;
}

/*
 * One edit leaves, once the longest common prefix and then the longest common
 * suffix are taken off, at most one letter on either side, or two that are
 * swapped: no table of distances is needed.
 */
int
words_distance(const char *a, const char *b)
{
	uint32_t x[LIMIT_WORD], y[LIMIT_WORD];
	size_t nx, ny, i;

	nx = spell(a, x);
	ny = spell(b, y);
	for (i = 0; i < nx && i < ny && x[i] == y[i];)
		i++;
	while (nx > i && ny > i && x[nx - 1] == y[ny - 1]) {
		nx--;
		ny--;
	}
	nx -= i;
	ny -= i;
	if (nx == 0 && ny == 0)
		return 0;
	if (nx <= 1 && ny <= 1)
		return 1;
	if (nx == 2 && ny == 2 && x[i] == y[i + 1] && x[i + 1] == y[i])
		return 1;
	return 2;
}
