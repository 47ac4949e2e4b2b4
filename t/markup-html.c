#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "markup/html.h"
#include "t/random.h"
#include "t/tap.h"

static struct buf b;
static struct html h;

static void
begin(void)
{
	buf_init(&b, 100000);
	html_init(&h, &b);
}

/* Compare what was written and forget it. */
static void
end(const char *want, const char *what)
{
	is_int(html_rc(&h), RC_OK, what);
	is_str(buf_str(&b), want, what);
	buf_release(&b);
}

static void
a_page_is_written(void)
{
	struct url u;

	begin();
	url_init(&u, "/hat/");
	url_path(&u, "fez");
	url_arg(&u, "a", "1");
	url_arg(&u, "b", "2");
	html_doctype(&h);
	html_open(&h, EL_HTML, AT(AT_LANG, "en"));
	html_open(&h, EL_A, HREF(&u), CLASS("hat"), ATD(AT_TABINDEX, -1));
	html_text(&h, "Fez & friends");
	html_close(&h, EL_A);
	html_el(&h, EL_P, "5 < 6");
	html_open(&h, EL_BR);
	html_textf(&h, "%d%s", 7, "<");
	html_close(&h, EL_HTML);
	end("<!DOCTYPE html>\n<html lang=\"en\">"
	    "<a href=\"/hat/fez?a=1&amp;b=2\" class=\"hat\" tabindex=\"-1\">"
	    "Fez &amp; friends</a><p>5 &lt; 6</p><br>7&lt;</html>",
	    "page");
	url_release(&u);
}

static const char *
want_of(int c, char plain[2])
{
	plain[0] = (char)c;
	plain[1] = '\0';
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
	case '\r':
		return plain;
	default:
		return c < 0x20 || c >= 0x7f ? "\xef\xbf\xbd" : plain;
	}
}

static void
every_byte_is_escaped_in_text_and_in_attributes(void)
{
	char s[4] = "a?b", plain[2];
	int c, bad_text = 0, bad_attr = 0;
	struct buf want;

	buf_init(&want, 1000);
	for (c = 1; c < 256; c++) {
		s[1] = (char)c;
		begin();
		html_text(&h, s);
		buf_reset(&want);
		buf_printf(&want, "a%sb", want_of(c, plain));
		bad_text += strcmp(buf_str(&b), buf_str(&want)) != 0;
		buf_reset(&b);
		html_open(&h, EL_INPUT, VALUE(s));
		buf_reset(&want);
		buf_printf(&want, "<input value=\"a%sb\">", want_of(c, plain));
		bad_attr += strcmp(buf_str(&b), buf_str(&want)) != 0;
		buf_release(&b);
	}
	is_int(bad_text, 0, "bytes written wrongly in text");
	is_int(bad_attr, 0, "bytes written wrongly in attributes");
	buf_release(&want);
}

static void
well_formed_text_stays_and_the_rest_is_marked(void)
{
	begin();
	html_text(&h, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xa9|\xed\xa0\x80|\xc2"
		      "\x85|\xef\xbf\xbe|\xe2\x82");
	end("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xa9|"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|"
	    "\xef\xbf\xbd\xef\xbf\xbd",
	    "text");
}

static void
an_attribute_without_a_value_is_left_out(void)
{
	begin();
	html_open(&h, EL_INPUT, CLASS(NULL), ATU(AT_HREF, NULL), VALUE(""),
	    FLAG(AT_REQUIRED), FLAG_IF(AT_CHECKED, 0), FLAG_IF(AT_DISABLED, 5));
	end("<input value=\"\" required disabled>", "element");
}

static void
pictures_of_several_widths_are_one_attribute(void)
{
	struct url small, large;

	begin();
	url_init(&small, "/pictures/a.jpg");
	url_init(&large, "/pictures/b.jpg");
	html_open(&h, EL_IMG, SRC(&small), SRCSET(&small, 320),
	    SRCSET(&large, 640), AT(AT_ALT, ""));
	html_open(&h, EL_SOURCE, SRCSET(&large, 640));
	end("<img src=\"/pictures/a.jpg\" srcset=\"/pictures/a.jpg 320w, "
	    "/pictures/b.jpg 640w\" alt=\"\">"
	    "<source srcset=\"/pictures/b.jpg 640w\">",
	    "elements");
	url_release(&small);
	url_release(&large);
}

static void
a_text_area_keeps_its_first_newline(void)
{
	begin();
	html_el(&h, EL_TEXTAREA, "\nhello", NAME("note"));
	end("<textarea name=\"note\">\n\nhello</textarea>", "element");
}

static void
a_link_that_failed_fails_the_page(void)
{
	struct url u;

	begin();
	url_init(&u, "/hat/");
	url_path(&u, "..");
	html_open(&h, EL_P);
	html_open(&h, EL_A, HREF(&u));
	is_int(html_rc(&h), RC_INVALID, "href");
	is_str(buf_str(&b), "", "nothing is left of it");
	buf_release(&b);
	begin();
	html_open(&h, EL_IMG, SRCSET(&u, 1));
	is_int(html_rc(&h), RC_INVALID, "srcset");
	buf_release(&b);
	url_release(&u);
}

static void
every_element_and_attribute_has_a_name_of_its_own(void)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	char seen[EL_COUNT_ + AT_COUNT_][40];
	struct html_attr at[] = { { 0, HTML_FLAG, NULL, NULL, 1 },
		{ AT_END_, HTML_NONE, NULL, NULL, 0 } };
	int i, j, bad = 0;

	for (i = 0; i < EL_COUNT_; i++) {
		begin();
		html_open(&h, (enum html_el)i);
		(void)snprintf(seen[i], sizeof(seen[i]), "%.*s",
		    (int)strcspn(buf_str(&b) + 1, ">"), buf_str(&b) + 1);
		for (j = 0; j < i; j++)
			bad += strcmp(seen[i], seen[j]) == 0;
		bad += seen[i][0] == '\0' ||
		       seen[i][strspn(seen[i], letters)] != '\0';
		buf_release(&b);
	}
	is_int(bad, 0, "elements");
	for (i = AT_END_ + 1; i < AT_COUNT_; i++) {
		if (i == AT_HREF || i == AT_SRC || i == AT_SRCSET ||
		    i == AT_ACTION || i == AT_STYLE)
			continue;
		begin();
		at[0].at = (enum html_at)i;
		html_open_(&h, EL_BR, at);
		(void)snprintf(seen[i], sizeof(seen[i]), "%.*s",
		    (int)strcspn(buf_str(&b) + 4, ">"), buf_str(&b) + 4);
		for (j = AT_END_ + 1; j < i; j++)
			bad += strcmp(seen[i], seen[j]) == 0;
		bad += seen[i][0] == '\0' ||
		       seen[i][strspn(seen[i], letters)] != '\0';
		buf_release(&b);
	}
	is_int(bad, 0, "attributes");
}

/* Whether fn dies of an assert. */
static int
aborts(void (*fn)(void))
{
	struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

static void
close_another(void)
{
	begin();
	html_open(&h, EL_DIV);
	html_close(&h, EL_P);
}

static void
close_nothing(void)
{
	begin();
	html_close(&h, EL_P);
}

static void
leave_one_open(void)
{
	begin();
	html_open(&h, EL_P);
	(void)!html_rc(&h);
}

static void
write_href_as_text(void)
{
	begin();
	html_open(&h, EL_A, AT(AT_HREF, "javascript:alert(1)"));
}

static void
write_style_as_text(void)
{
	begin();
	html_open(&h, EL_P, AT(AT_STYLE, "color:red"));
}

static void
write_style_with_an_element(void)
{
	begin();
	html_style(&h, "</style><p>");
}

static void
nest_too_deep(void)
{
	int i;

	begin();
	for (i = 0; i <= LIMIT_DEPTH; i++)
		html_open(&h, EL_DIV);
}

static void
close_a_void_element(void)
{
	begin();
	html_el(&h, EL_BR, "x");
}

static void
broken_promises_abort(void)
{
	ok(aborts(close_another), "closing another element");
	ok(aborts(close_nothing), "closing nothing");
	ok(aborts(leave_one_open), "leaving an element open");
	ok(aborts(write_href_as_text), "a link that is a text");
	ok(aborts(write_style_as_text), "a style that is a text");
	ok(aborts(write_style_with_an_element), "a sheet that ends itself");
	ok(aborts(nest_too_deep), "too many open elements");
	ok(aborts(close_a_void_element), "text in a void element");
}

static void
random_bytes_never_leave_the_text(void)
{
	struct random r = random_seeded();
	char s[64];
	size_t n;
	int i, bad = 0;

	for (i = 0; i < RANDOM_CASES; i++) {
		n = random_below(&r, sizeof(s));
		random_fill(&r, s, n);
		s[n] = '\0';
		begin();
		html_text(&h, s);
		bad += strpbrk(buf_str(&b), "<>\"'") != NULL ||
		       !text_utf8(buf_str(&b), b.len);
		buf_release(&b);
	}
	is_int(bad, 0, "texts that break out or are malformed");
}

static enum rc
write_one(void)
{
	struct url u;
	enum rc rc;

	begin();
	url_init(&u, "/hat/fez");
	html_open(&h, EL_A, HREF(&u));
	html_textf(&h, "%099d", 1);
	html_close(&h, EL_A);
	rc = html_rc(&h);
	ok((rc == RC_OK) == (buf_str(&b)[0] != '\0'),
	    "a page if and only if ok");
	url_release(&u);
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	is_int(torture("html", write_one), 4, "allocations");
}

int
main(void)
{
	RUN(a_page_is_written);
	RUN(every_byte_is_escaped_in_text_and_in_attributes);
	RUN(well_formed_text_stays_and_the_rest_is_marked);
	RUN(an_attribute_without_a_value_is_left_out);
	RUN(pictures_of_several_widths_are_one_attribute);
	RUN(a_text_area_keeps_its_first_newline);
	RUN(a_link_that_failed_fails_the_page);
	RUN(every_element_and_attribute_has_a_name_of_its_own);
	RUN(broken_promises_abort);
	RUN(random_bytes_never_leave_the_text);
	RUN(each_allocation_may_fail);
	return tap_done();
}
