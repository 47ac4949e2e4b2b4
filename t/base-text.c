#include "config.h"

#include <string.h>

#include "base/text.h"
#include "t/random.h"
#include "t/tap.h"

static void
every_code_point_comes_back(void)
{
	uint32_t cp, got;
	int bad = 0;
	struct buf b;

	buf_init(&b, 8);
	for (cp = 0; cp <= 0x10ffff; cp++) {
		if (cp == 0xd800)
			cp = 0xe000;
		buf_reset(&b);
		text_encode(&b, cp);
		got = ~cp;
		bad += text_decode(b.s, b.len, &got) != b.len || got != cp ||
		       text_utf8(b.s, b.len) != (cp != 0);
		/* One byte less is malformed, as is each byte but the first. */
		if (b.len > 1)
			bad += text_decode(b.s, b.len - 1, &got) != 0 ||
			       text_decode(b.s + 1, b.len - 1, &got) != 0;
	}
	is_int(bad, 0, "code points lost");
	buf_release(&b);
}

static void
malformed_bytes_are_refused(void)
{
	static const char *const cases[] = { "\x80", "\xbf", "\xc0\x80",
		"\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xe2\x82", "\xe2(\xa1", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff" };
	uint32_t cp;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = strlen(cases[i]);
		ok(text_decode(cases[i], n, &cp) == 0 &&
			!text_utf8(cases[i], n) && !text_line(cases[i], n),
		    "case %zu", i);
	}
	ok(!text_utf8("a\0b", 3), "NUL");
	ok(text_utf8("", 0), "nothing is well-formed");
}

static void
a_line_has_no_control_characters(void)
{
	char s[3] = { 'a', 0, 'b' };
	int c, bad = 0;

	for (c = 0; c < 256; c++) {
		s[1] = (char)c;
		bad += text_line(s, 3) != (c >= 0x20 && c < 0x7f);
	}
	is_int(bad, 0, "single bytes taken wrongly");
	ok(!text_line("\xc2\x80", 2) && !text_line("\xc2\x9f", 2), "C1");
	ok(text_line("\xc2\xa0", 2), "no-break space");
	ok(!text_line("\xe2\x80\xa8", 3) && !text_line("\xe2\x80\xa9", 3),
	    "U+2028, U+2029");
	ok(text_line("\xe2\x80\xa7", 3), "U+2027");
}

static void
characters_are_counted(void)
{
	is_int((long long)text_count(""), 0, "nothing");
	is_int((long long)text_count("h\xc3\xa4t \xf0\x9f\x8e\xa9"), 5, "hat");
}

static void
a_clip_ends_at_a_characters_end(void)
{
	const char *s = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xa9";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };
	size_t max;

	for (max = 0; max < sizeof(want) / sizeof(want[0]); max++)
		is_int((long long)text_clip(s, strlen(s), max),
		    (long long)want[max], "bytes");
}

static void
cleaning_keeps_the_good_and_marks_the_bad(void)
{
	struct buf b;

	buf_init(&b, 100);
	text_clean(&b,
	    "a\r\n\tb\x7f\xc2\x85\0\xff\xc3\xa4\xe2\x82z"
	    "\xe2\x80\xa8q",
	    20);
	is_str(buf_str(&b),
	    "a\n\tb\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbdz\nq", "text");
	buf_release(&b);
}

static void
cleaning_leaves_no_text_turned_round(void)
{
	struct buf b;

	buf_init(&b, 100);
	text_clean(&b,
	    "\u202aa\u202bb\u202cc\u202dd\u202ee\u2066f\u2067g\u2068h\u2069",
	    sizeof("\u202a") * 9 - 9 + 8);
	is_str(
	    buf_str(&b), "abcdefgh", "R40: no override, embedding or isolate");
	buf_reset(&b);
	text_clean(&b, "\u05d0\u200f\u200e\u2065", 11);
	is_str(buf_str(&b), "\u05d0\u200f\u200e\u2065",
	    "Hebrew and its marks stay");
	buf_release(&b);
}

static void
cleaning_random_bytes_gives_clean_text(void)
{
	struct random r = random_seeded();
	struct buf once, twice;
	char s[64];
	size_t n;
	int i, bad = 0;

	buf_init(&once, 1000);
	buf_init(&twice, 1000);
	for (i = 0; i < RANDOM_CASES; i++) {
		n = random_below(&r, sizeof(s));
		random_fill(&r, s, n);
		buf_reset(&once);
		buf_reset(&twice);
		text_clean(&once, s, n);
		text_clean(&twice, buf_str(&once), once.len);
		bad += !text_utf8(buf_str(&once), once.len) ||
		       strcmp(buf_str(&once), buf_str(&twice)) != 0;
	}
	is_int(bad, 0, "texts not clean or not stable");
	buf_release(&once);
	buf_release(&twice);
}

static void
what_is_made_fit_is_clean_and_ends_at_a_characters_end(void)
{
	char out[8], s[64], back[sizeof(out)];
	struct random r = random_seeded();
	int bad = 0;
	size_t n;

	text_fit(out, sizeof(out), "ab\xc3");
	is_str(out, "ab\uFFFD", "cut within a character by others");
	text_fit(out, sizeof(out), "abcdef\u00e9");
	is_str(out, "abcdef", "no room for the last");
	text_fit(out, sizeof(out), "abcde\u00e9");
	is_str(out, "abcde\u00e9", "room for it");
	text_fit(out, sizeof(out), "abcde\U0001F3A9");
	is_str(out, "abcde", "of four bytes");
	text_fit(out, sizeof(out), "a\nb\tc\r");
	is_str(out, "a b c", "one line");
	text_fit(out, 1, "abc");
	is_str(out, "", "room for nothing");
	for (int i = 0; i < RANDOM_CASES; i++) {
		n = random_below(&r, sizeof(s));
		random_fill(&r, s, n);
		s[n] = '\0';
		text_fit(out, sizeof(out), s);
		text_fit(back, sizeof(back), out);
		bad += !text_line(out, strlen(out)) || strcmp(out, back) != 0;
	}
	is_int(bad, 0, "texts not clean or not stable");
}

static void
blanks_are_trimmed_at_both_ends(void)
{
	size_t n = 10;
	const char *s = text_trim(" \t a b\r\n\f ", &n);

	ok(n == 3 && memcmp(s, "a b", 3) == 0, "inside kept, %zu bytes", n);
	n = 3;
	(void)text_trim(" \n ", &n);
	is_int((long long)n, 0, "only blanks");
	n = 0;
	(void)text_trim("", &n);
	is_int((long long)n, 0, "nothing");
}

int
main(void)
{
	RUN(every_code_point_comes_back);
	RUN(malformed_bytes_are_refused);
	RUN(a_line_has_no_control_characters);
	RUN(characters_are_counted);
	RUN(a_clip_ends_at_a_characters_end);
	RUN(cleaning_keeps_the_good_and_marks_the_bad);
	RUN(cleaning_leaves_no_text_turned_round);
	RUN(cleaning_random_bytes_gives_clean_text);
	RUN(what_is_made_fit_is_clean_and_ends_at_a_characters_end);
	RUN(blanks_are_trimmed_at_both_ends);
	return tap_done();
}
