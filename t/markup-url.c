#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "markup/url.h"
#include "t/random.h"
#include "t/tap.h"

static void
a_link_is_a_literal_path_and_encoded_parts(void)
{
	struct url u;

	url_init(&u, "/hat/");
	url_path(&u, "t\xc3\xa4ll hat/&c");
	url_arg(&u, "sort", "price up");
	url_argd(&u, "page", -2);
	url_arg(&u, "a b", "");
	url_fragment(&u, "top of it");
	is_str(url_str(&u),
	    "/hat/t%C3%A4ll%20hat%2F%26c?sort=price%20up&page=-2&a%20b="
	    "#top%20of%20it",
	    "link");
	is_int(url_rc(&u), RC_OK, "rc");
	url_release(&u);
	url_release(&u);
}

static void
segments_are_parted_by_one_slash(void)
{
	struct url u;

	url_init_at(&u, "https://hats.example", "");
	url_path(&u, "a");
	url_path(&u, "b");
	url_tail(&u, "/pay");
	is_str(url_str(&u), "https://hats.example/a/b/pay", "link");
	url_release(&u);
	url_init_at(&u, "/pictures", "/");
	url_path(&u, "x.jpg");
	is_str(url_str(&u), "/pictures/x.jpg", "below a base address");
	url_release(&u);
}

static void
a_link_may_stay_in_its_page(void)
{
	struct url u;

	url_init(&u, "");
	url_fragment(&u, "main");
	is_str(url_str(&u), "#main", "link");
	url_release(&u);
}

static void
dots_and_nothing_are_no_segments(void)
{
	static const char *const cases[] = { "", ".", ".." };
	struct url u;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		url_init(&u, "/hat/");
		url_path(&u, cases[i]);
		is_int(url_rc(&u), RC_INVALID, cases[i]);
		is_str(url_str(&u), "", "no link");
		url_release(&u);
	}
	url_init(&u, "/hat/");
	url_path(&u, "...");
	is_str(url_str(&u), "/hat/...", "three are");
	url_release(&u);
}

static void
every_byte_is_encoded_or_unreserved(void)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	char s[2] = { 0, 0 }, want[4];
	struct buf b;
	int c, bad = 0;

	buf_init(&b, 10);
	for (c = 1; c < 256; c++) {
		s[0] = (char)c;
		want[0] = '%';
		want[1] = hex[c >> 4];
		want[2] = hex[c & 15];
		want[3] = '\0';
		buf_reset(&b);
		url_encode(&b, s);
		if (c >= 0x80)
			bad += buf_rc(&b) != RC_INVALID;
		else if (strchr(safe, c) != NULL)
			bad += strcmp(buf_str(&b), s) != 0;
		else
			bad += strcmp(buf_str(&b), want) != 0;
	}
	is_int(bad, 0, "bytes encoded wrongly");
	buf_release(&b);
}

static void
what_is_too_long_or_malformed_is_no_link(void)
{
	char s[LIMIT_URL + 1];
	struct url u;

	memset(s, 'x', sizeof(s));
	s[LIMIT_URL] = '\0';
	url_init(&u, "/");
	url_arg(&u, "q", s);
	is_int(url_rc(&u), RC_TOOBIG, "too long");
	url_release(&u);
	url_init(&u, "/");
	url_arg(&u, "q", "\xff");
	is_int(url_rc(&u), RC_INVALID, "malformed");
	url_release(&u);
}

static enum rc
decode(struct buf *b, const char *s)
{
	buf_reset(b);
	buf_puts(b, "kept:");
	return url_decode(b, s, strlen(s));
}

static void
only_an_address_with_tls_or_of_this_machine_is_whole(void)
{
	static const char *const fine[] = {
		"https://checkout.stripe.com/c/pay/cs_test_a1#fid%2Fb?c=d&e",
		"http://127.0.0.1:8080/sandbox/stripe/pay/x",
		"http://localhost:80/", "http://[::1]:80/"
	};
	static const char *const refused[] = { "", "javascript:alert(1)",
		"http://hats.example/", "//hats.example/", "/basket",
		"http://127.0.0.1.example/", "HTTPS://x/", "https://x/ y",
		"https://x/\r\nSet-Cookie: a=b", "https://x/\"", "https://x/<",
		"https://h\xc3\xa4t.example/" };
	struct url u;
	size_t i;

	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		url_init_whole(&u, fine[i]);
		ok(url_rc(&u) == RC_OK, "taken: %s", fine[i]);
		is_str(url_str(&u), fine[i], "as it is");
		url_release(&u);
	}
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		url_init_whole(&u, refused[i]);
		is_int(url_rc(&u), RC_INVALID, "refused");
		is_str(url_str(&u), "", "and nothing stays");
		url_release(&u);
	}
}

static void
forms_are_decoded(void)
{
	struct buf b;

	buf_init(&b, 100);
	is_int(decode(&b, "a+b%20c%2B%c3%A4"), RC_OK, "rc");
	is_str(buf_str(&b), "kept:a b c+\xc3\xa4", "text");
	is_int(decode(&b, ""), RC_OK, "nothing");
	is_str(buf_str(&b), "kept:", "no text");
	buf_release(&b);
}

static void
malformed_forms_leave_the_buffer_as_it_was(void)
{
	static const char *const cases[] = { "ab%", "ab%2", "ab%zz", "ab%2z",
		"ab% 1", "ab%00", "ab%ff", "ab%c3", "\xff", "%ed%a0%80",
		"%c0%80" };
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(decode(&b, cases[i]), RC_INVALID, cases[i]);
		is_str(buf_str(&b), "kept:", cases[i]);
	}
	is_int(url_decode(&b, "a\0b", 3), RC_INVALID, "NUL");
	buf_release(&b);
	buf_init(&b, 8);
	is_int(decode(&b, "abcd"), RC_TOOBIG, "too long");
	buf_release(&b);
}

static int
hex_value(int c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p = strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits) % 16;
}

static void
every_escape_is_decoded(void)
{
	char s[3] = { '%', 0, 0 };
	int a, c, bad = 0, value;
	struct buf b;
	enum rc rc;

	buf_init(&b, 10);
	for (a = 1; a < 256; a++) {
		for (c = 1; c < 256; c++) {
			s[1] = (char)a;
			s[2] = (char)c;
			value = hex_value(a) < 0 || hex_value(c) < 0
				    ? -1
				    : hex_value(a) * 16 + hex_value(c);
			buf_reset(&b);
			rc = url_decode(&b, s, 3);
			if (value > 0 && value < 0x80)
				bad += rc != RC_OK || b.len != 1 ||
				       b.s[0] != (char)value;
			else
				bad += rc != RC_INVALID;
		}
	}
	is_int(bad, 0, "escapes decoded wrongly");
	buf_release(&b);
}

static void
what_was_encoded_is_decoded_again(void)
{
	struct random r = random_seeded();
	struct buf plain, encoded, back;
	char raw[40];
	int i, bad = 0;

	buf_init(&plain, 1000);
	buf_init(&encoded, 1000);
	buf_init(&back, 1000);
	for (i = 0; i < RANDOM_CASES; i++) {
		random_fill(&r, raw, sizeof(raw));
		buf_reset(&plain);
		buf_reset(&encoded);
		buf_reset(&back);
		text_clean(&plain, raw, random_below(&r, sizeof(raw)));
		url_encode(&encoded, buf_str(&plain));
		bad += url_decode(&back, buf_str(&encoded), encoded.len) !=
			   RC_OK ||
		       strcmp(buf_str(&plain), buf_str(&back)) != 0;
	}
	is_int(bad, 0, "different texts");
	buf_release(&plain);
	buf_release(&encoded);
	buf_release(&back);
}

static enum rc
use_everything(void)
{
	struct url u;
	struct buf b;
	enum rc rc;

	url_init(&u, "/a-path-of-some-length/");
	url_path(&u, "and-a-segment-that-does-not-fit-the-first-memory");
	url_arg(&u, "q", "a b");
	rc = url_rc(&u);
	ok((rc == RC_OK) == (url_str(&u)[0] != '\0'),
	    "a link if and only if ok");
	url_release(&u);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, 100);
	rc = url_decode(&b, "a%20b", 5);
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	is_int(torture("url", use_everything), 3, "allocations");
}

int
main(void)
{
	RUN(a_link_is_a_literal_path_and_encoded_parts);
	RUN(segments_are_parted_by_one_slash);
	RUN(a_link_may_stay_in_its_page);
	RUN(dots_and_nothing_are_no_segments);
	RUN(every_byte_is_encoded_or_unreserved);
	RUN(what_is_too_long_or_malformed_is_no_link);
	RUN(only_an_address_with_tls_or_of_this_machine_is_whole);
	RUN(forms_are_decoded);
	RUN(malformed_forms_leave_the_buffer_as_it_was);
	RUN(every_escape_is_decoded);
	RUN(what_was_encoded_is_decoded_again);
	RUN(each_allocation_may_fail);
	return tap_done();
}
