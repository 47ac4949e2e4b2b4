#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "markup/prose.h"
#include "t/random.h"
#include "t/tap.h"

/* What prose_put makes of n bytes; the caller's to free. */
static char *
written_n(const char *s, size_t n)
{
	struct html h;
	struct buf b;
	char *out = NULL;
	size_t len;

	buf_init(&b, LIMIT_PAGE);
	html_init(&h, &b);
	prose_put(&h, s, n);
	if (html_rc(&h) != RC_OK || buf_take(&b, &out, &len) != RC_OK)
		out = NULL;
	buf_release(&b);
	return out;
}

static void
becomes(const char *text, const char *html, const char *what)
{
	char *got = written_n(text, strlen(text));

	is_str(got, html, what);
	free(got);
}

static void
blocks_become_their_elements(void)
{
	becomes("# A\n\nb\nc\n\n## D\n- e\n- f\n  g\nh\n\ni",
	    "<h1>A</h1><p>b c</p><h2>D</h2><ul><li>e</li><li>f g h</li></ul>"
	    "<p>i</p>",
	    "all kinds");
	becomes("", "", "nothing");
	becomes("\n \n\t\n", "", "blank lines");
	becomes("a\r\n\r\nb\r\n", "<p>a</p><p>b</p>", "CRLF");
	becomes("- a\n\n- b", "<ul><li>a</li></ul><ul><li>b</li></ul>",
	    "a blank line ends a list");
	becomes("p\n# t", "<p>p</p><h1>t</h1>", "a heading ends a paragraph");
}

static void
only_the_first_title_is_a_title(void)
{
	becomes("# A\n# B", "<h1>A</h1><h2>B</h2>", "the second is below it");
}

static void
what_is_not_understood_is_text(void)
{
	becomes("#x\n", "<p>#x</p>", "no blank after the mark");
	becomes("#\n", "<p>#</p>", "a mark alone");
	becomes("-\n", "<p>-</p>", "an item without words");
	becomes("### x", "<p>### x</p>", "no third level");
	becomes("<b> & \"", "<p>&lt;b&gt; &amp; &quot;</p>", "markup");
}

static void
links_stay_in_the_shop(void)
{
	becomes("see [the terms](/page/terms).",
	    "<p>see <a href=\"/page/terms\">the terms</a>.</p>", "a page");
	becomes("[a](//evil.example)", "<p>[a](//evil.example)</p>",
	    "another host");
	becomes("[a](javascript:x)", "<p>[a](javascript:x)</p>", "a script");
	becomes("[a](/x/../y)", "<p>[a](/x/../y)</p>", "dots");
	becomes("[a](/x/)", "<p>[a](/x/)</p>", "a slash at the end");
	becomes("[](/x)", "<p>[](/x)</p>", "no words");
	becomes("[a](/x", "<p>[a](/x</p>", "not closed");
	becomes("[a]", "<p>[a]</p>", "no path");
	becomes("[a](/x", "<p>[a](/x</p>", "cut off");
	becomes("[[a](/x)", "<p><a href=\"/x\">[a</a></p>", "twice opened");
}

static void
the_title_is_found_for_the_head(void)
{
	struct buf b;

	buf_init(&b, 100);
	prose_title(&b, "x\n\n# The title \n# no", 20);
	is_str(buf_str(&b), "The title", "title");
	buf_reset(&b);
	prose_title(&b, "no title", 8);
	is_str(buf_str(&b), "", "none");
	buf_release(&b);
}

static void
any_bytes_make_a_closed_page(void)
{
	static const char bits[] = "#- \n\n[](/)ab\r<&\xc3\xa9\xff\0";
	char s[64], *got;
	size_t i, n;
	struct random r = random_seeded();
	int round, bad = 0;

	for (round = 0; round < 20000; round++) {
		n = random_below(&r, sizeof(s));
		for (i = 0; i < n; i++)
			s[i] = bits[random_below(&r, sizeof(bits))];
		got = written_n(s, n);
		/* html_rc would have stopped the program at an open element */
		bad += got == NULL || strchr(got, '\xff') != NULL;
		free(got);
	}
	is_int(bad, 0, "pages that failed");
}

static enum rc
write_once(void)
{
	static const char text[] = "# A\n\n[b](/c) d\n- e";
	struct html h;
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_PAGE);
	html_init(&h, &b);
	prose_put(&h, text, sizeof(text) - 1);
	rc = html_rc(&h);
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	ok(torture("prose_put", write_once) > 0, "something was allocated");
}

int
main(void)
{
	RUN(blocks_become_their_elements);
	RUN(only_the_first_title_is_a_title);
	RUN(what_is_not_understood_is_text);
	RUN(links_stay_in_the_shop);
	RUN(the_title_is_found_for_the_head);
	RUN(any_bytes_make_a_closed_page);
	RUN(each_allocation_may_fail);
	return tap_done();
}
