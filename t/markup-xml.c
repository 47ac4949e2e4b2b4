#include "config.h"

#include <string.h>

#include "markup/xml.h"
#include "t/tap.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static void
a_sitemap_is_written(void)
{
	struct buf b;
	struct xml x;
	struct url u;

	buf_init(&b, 1000);
	url_init_at(&u, "https://hats.example", "/hat/");
	url_path(&u, "fez");
	url_arg(&u, "a", "1");
	url_arg(&u, "b", "2");
	xml_init(&x, &b);
	xml_open(&x, "urlset", "http://www.sitemaps.org/schemas/sitemap/0.9");
	xml_open(&x, "url", NULL);
	xml_open(&x, "loc", NULL);
	xml_url(&x, &u);
	xml_close(&x, "loc");
	xml_close(&x, "url");
	xml_close(&x, "urlset");
	is_int(xml_rc(&x), RC_OK, "rc");
	is_str(buf_str(&b),
	    HEAD
	    "<urlset "
	    "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
	    "<url><loc>https://hats.example/hat/fez?a=1&amp;b=2</loc></url>"
	    "</urlset>",
	    "text");
	url_release(&u);
	buf_release(&b);
}

/* What XML 1.0, section 2.2, lets a single byte of text become. */
static const char *
want_of(int c, char plain[2])
{
	plain[0] = (char)c;
	plain[1] = '\0';
	if (c >= 0x80)
		return "\xef\xbf\xbd";
	if (c == '&')
		return "&amp;";
	if (c == '<')
		return "&lt;";
	if (c == '>')
		return "&gt;";
	if (c == '"')
		return "&quot;";
	if (c == '\'')
		return "&#39;";
	if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
		return "";
	return plain;
}

static void
every_byte_is_escaped_or_left_out(void)
{
	char s[4] = "a?b", plain[2];
	struct buf b, want;
	struct xml x;
	int c, bad = 0;

	buf_init(&b, 1000);
	buf_init(&want, 1000);
	for (c = 1; c < 256; c++) {
		buf_reset(&b);
		buf_reset(&want);
		s[1] = (char)c;
		xml_init(&x, &b);
		xml_open(&x, "t", NULL);
		xml_text(&x, s);
		xml_close(&x, "t");
		buf_printf(&want, HEAD "<t>a%sb</t>", want_of(c, plain));
		bad += strcmp(buf_str(&b), buf_str(&want)) != 0;
	}
	is_int(bad, 0, "bytes written wrongly");
	buf_release(&b);
	buf_release(&want);
}

static void
characters_that_xml_does_not_know_are_left_out(void)
{
	struct buf b;
	struct xml x;

	buf_init(&b, 1000);
	xml_init(&x, &b);
	xml_open(&x, "t", NULL);
	xml_text(&x,
	    "\xef\xbf\xbe\xef\xbf\xbf\xc2\x85\xc3\xa4\xf0\x9f\x8e\xa9\xed\xa0"
	    "\x80");
	xml_close(&x, "t");
	is_str(buf_str(&b),
	    HEAD "<t>\xc3\xa4\xf0\x9f\x8e\xa9"
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</t>",
	    "text");
	buf_release(&b);
}

static void
a_link_that_failed_fails_the_text(void)
{
	struct buf b;
	struct xml x;
	struct url u;

	buf_init(&b, 1000);
	url_init(&u, "/");
	url_path(&u, "..");
	xml_init(&x, &b);
	xml_open(&x, "loc", NULL);
	xml_url(&x, &u);
	is_int(xml_rc(&x), RC_INVALID, "rc");
	is_str(buf_str(&b), "", "no text");
	url_release(&u);
	buf_release(&b);
}

static enum rc
write_one(void)
{
	struct buf b;
	struct xml x;
	enum rc rc;

	buf_init(&b, 1000);
	xml_init(&x, &b);
	xml_open(&x, "a", "urn:x");
	xml_text(&x, "0123456789012345678901234567890123456789012345678901234");
	xml_close(&x, "a");
	rc = xml_rc(&x);
	ok((rc == RC_OK) == (buf_str(&b)[0] != '\0'),
	    "a text if and only if ok");
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	is_int(torture("xml", write_one), 2, "allocations");
}

int
main(void)
{
	RUN(a_sitemap_is_written);
	RUN(every_byte_is_escaped_or_left_out);
	RUN(characters_that_xml_does_not_know_are_left_out);
	RUN(a_link_that_failed_fails_the_text);
	RUN(each_allocation_may_fail);
	return tap_done();
}
