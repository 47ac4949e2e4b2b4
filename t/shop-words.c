/* R05: what a shopper types and what a hat is called become the same words. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/words.h"
#include "t/tap.h"

static enum rc
join(void *ctx, const char *folded, const char *stem)
{
	struct buf *b = ctx;

	if (b->len > 0)
		buf_putc(b, ' ');
	buf_printf(b, "%s/%s", folded, stem);
	return buf_rc(b);
}

/* "folded/stem folded/stem" of s. */
static void
reads_as(const char *s, size_t n, const char *want)
{
	struct words *w = NULL;
	struct buf b;

	buf_init(&b, 100000);
	if (words_new(&w, NULL) != RC_OK ||
	    words_each(w, s, n, join, &b) != RC_OK)
		buf_reset(&b);
	is_str(buf_str(&b), want, s);
	buf_release(&b);
	words_free(w);
}

static void
words(const char *s, const char *want)
{
	reads_as(s, strlen(s), want);
}

static void
case_accents_and_endings_do_not_matter_R05(void)
{
	words("Crème-brûlée hats", "creme/creme brulee/brule hats/hat");
	words("CRE\xcc\x80ME", "creme/creme"); /* e and a combining grave */
	words("FEZZES fez", "fezzes/fezz fez/fez");
	words("Knitting, knitted; KNITS!", "knitting/knit knitted/knit "
					   "knits/knit");
	words("Stra\xc3\x9f"
	      "e",
	    "strasse/strass");
	words("STRASSE", "strasse/strass");
}

static void
letters_that_unicode_does_not_decompose_become_plain(void)
{
	words(
	    "Łódź Ørsted đak ħ ıŋ", "lodz/lodz orsted/orst dak/dak h/h in/in");
	words(
	    "æther œuvre Þór Ðe", "aether/aether oeuvre/oeuvr thor/thor de/de");
	words("İstanbul", "istanbul/istanbul");
	words("ﬁne ① ２", "fine/fine 1/1 2/2");
	words("Άλφα ΑΛΦΑ", "αλφα/αλφα αλφα/αλφα");
	words("Шапка", "шапка/шапка");
}

static void
an_apostrophe_joins_and_everything_else_parts(void)
{
	words("O'Brien's", "obriens/obrien");
	words("hatter’s", "hatters/hatter");
	words("ŉ rock", "n/n rock/rock"); /* U+0149 holds one */
	words("a_b+c&d<e>f\"g", "a/a b/b c/c d/d e/e f/f g/g");
	words("帽子 hat", "帽子/帽子 hat/hat");
	words("", "");
	words(" \t\n-'’", "");
}

static void
malformed_bytes_part_words_and_break_nothing(void)
{
	char one[4] = "a?b";
	char want[32];
	int c;

	for (c = 0x80; c < 0x100; c++) {
		one[1] = (char)c;
		words(one, "a/a b/b");
	}
	for (c = 0; c < 0x80; c++) {
		one[1] = (char)c;
		if (c == '\'')
			memcpy(want, "ab/ab", 6);
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			 (c >= 'A' && c <= 'Z'))
			continue;
		else
			memcpy(want, "a/a b/b", 8);
		reads_as(one, 3, want);
	}
	reads_as("\xe2\x82", 2, "");
}

static enum rc
longest(void *ctx, const char *folded, const char *stem)
{
	size_t *most = ctx;

	if (!text_utf8(folded, strlen(folded)) ||
	    !text_utf8(stem, strlen(stem)))
		return RC_INVALID;
	if (strlen(folded) > *most)
		*most = strlen(folded);
	return RC_OK;
}

static void
a_long_word_is_cut_at_a_character(void)
{
	char s[400];
	struct words *w;
	size_t i, most;

	if (!ok(words_new(&w, NULL) == RC_OK, "a stemmer"))
		return;
	for (i = 0; i < 200; i++) {
		s[i * 2] = '\xce'; /* α */
		s[i * 2 + 1] = '\xb1';
	}
	most = 0;
	ok(words_each(w, s, sizeof(s), longest, &most) == RC_OK, "well formed");
	is_int((long long)most, LIMIT_WORD, "bytes of 200 alphas");
	s[1] = 'a';
	most = 0;
	ok(words_each(w, s + 1, sizeof(s) - 1, longest, &most) == RC_OK,
	    "well formed");
	ok(most == LIMIT_WORD - 1, "%zu bytes of an odd word", most);
	memset(s, 'q', sizeof(s));
	most = 0;
	ok(words_each(w, s, sizeof(s), longest, &most) == RC_OK, "ascii");
	is_int((long long)most, LIMIT_WORD, "bytes of 400 q");
	words_free(w);
}

static enum rc
refuse_second(void *ctx, const char *folded, const char *stem)
{
	int *n = ctx;

	(void)folded;
	(void)stem;
	return ++*n == 2 ? RC_DENIED : RC_OK;
}

static void
a_put_that_fails_ends_the_walk(void)
{
	struct words *w;
	int n = 0;

	if (!ok(words_new(&w, NULL) == RC_OK, "a stemmer"))
		return;
	ok(words_each(w, "one two three", 13, refuse_second, &n) == RC_DENIED,
	    "its rc is returned");
	is_int(n, 2, "calls");
	words_free(w);
}

static void
slug(const char *name, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	words_slug(&b, name);
	ok(buf_rc(&b) == RC_OK, "slug of \"%s\"", name);
	is_str(buf_str(&b), want, name);
	buf_release(&b);
}

static void
a_slug_is_ascii_words_joined(void)
{
	struct buf b;
	char name[1000];
	size_t i;

	slug("The Crème-Brûlée Hat!", "the-creme-brulee-hat");
	slug("O'Brien & Søn", "obrien-son");
	slug("<script>alert(1)</script>", "script-alert-1-script");
	slug("帽子", "hat");
	slug("帽子 fez Шапка", "fez");
	slug("", "hat");
	slug("../../etc/passwd", "etc-passwd");
	for (i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 7 == 6 ? ' ' : 'x';
	name[i] = '\0';
	buf_init(&b, 1000);
	words_slug(&b, name);
	ok(b.len <= LIMIT_SLUG && b.len > LIMIT_SLUG - 8 &&
		b.s[b.len - 1] == 'x',
	    "a long one ends with a whole word: %s", buf_str(&b));
	buf_release(&b);
}

/* The textbook's table, as a model for the short cut. */
static int
slow_distance(const char *a, const char *b)
{
	int d[12][12];
	int i, j, na, nb, best;

	na = (int)strlen(a);
	nb = (int)strlen(b);
	for (i = 0; i <= na; i++)
		d[i][0] = i;
	for (j = 0; j <= nb; j++)
		d[0][j] = j;
	for (i = 1; i <= na; i++) {
		for (j = 1; j <= nb; j++) {
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[na][nb] > 2 ? 2 : d[na][nb];
}

static void
the_distance_agrees_with_the_textbook(void)
{
	char a[11], b[11];
	unsigned seed = 20261122;
	int i, j, na, nb, bad = 0, seen[3] = { 0, 0, 0 }, d;

	for (i = 0; i < 200000 && bad == 0; i++) {
		na = rand_r(&seed) % 6;
		nb = rand_r(&seed) % 6;
		for (j = 0; j < na; j++)
			a[j] = (char)('a' + rand_r(&seed) % 3);
		a[na] = '\0';
		for (j = 0; j < nb; j++)
			b[j] = (char)('a' + rand_r(&seed) % 3);
		b[nb] = '\0';
		d = words_distance(a, b);
		seen[d]++;
		if (d != slow_distance(a, b)) {
			bad++;
			ok(0, "\"%s\" \"%s\" is %d, not %d", a, b, d,
			    slow_distance(a, b));
		}
	}
	ok(bad == 0 && seen[0] > 100 && seen[1] > 100 && seen[2] > 100,
	    "200,000 pairs: %d %d %d", seen[0], seen[1], seen[2]);
	is_int(words_distance("αβγ", "αγβ"), 1, "swapped code points");
	is_int(words_distance("αβγ", "αβ"), 1, "a code point less");
	is_int(words_distance("αβγ", "aβδ"), 2, "two replaced");
}

static enum rc
count(void *ctx, const char *folded, const char *stem)
{
	(void)folded;
	(void)stem;
	++*(int *)ctx;
	return RC_OK;
}

static enum rc
read_some(void)
{
	struct error e = ERROR_NONE;
	struct words *w;
	enum rc rc;
	int n = 0;

	rc = words_new(&w, &e);
	if (rc == RC_OK)
		rc = words_each(w,
		    "incomprehensibilitiesandmorethanthat knitting of hats", 53,
		    count, &n);
	words_free(w);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("words", read_some) > 1, "some allocations were failed");
}

int
main(void)
{
	RUN(case_accents_and_endings_do_not_matter_R05);
	RUN(letters_that_unicode_does_not_decompose_become_plain);
	RUN(an_apostrophe_joins_and_everything_else_parts);
	RUN(malformed_bytes_part_words_and_break_nothing);
	RUN(a_long_word_is_cut_at_a_character);
	RUN(a_put_that_fails_ends_the_walk);
	RUN(a_slug_is_ascii_words_joined);
	RUN(the_distance_agrees_with_the_textbook);
	RUN(every_allocation_may_fail);
	return tap_done();
}
