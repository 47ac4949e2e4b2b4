/* R40, R61: letters about accounts, read back with GMime. */
#include "config.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "letter/account.h"
#include "t/tap.h"

#define UID_A "0123456789abcdef0123456789abcdef"

static struct settings settings = {
	.shop_name = (char[]){ "Funny H\303\274te & Co. <1>" },
	.shop_url = (char[]){ "https://hats.example:8443" },
	.mail_from = (char[]){ "" },
	.mail_name = (char[]){ "" },
	.mail_reply_to = (char[]){ "" },
};

static struct letter_to
to(const char *name, const char *address)
{
	return (struct letter_to){ .settings = &settings,
		.uid = UID_A,
		.name = name,
		.address = address,
		.now = 1795339800 };
}

/* A confirmation; "" when there is none. */
static enum rc
confirm(const char *name, const char *address, struct buf *out)
{
	struct letter_to t = to(name, address);
	struct error e = ERROR_NONE;
	struct url link;
	enum rc rc;

	url_init_at(&link, "https://hats.example:8443", "/login/confirm");
	url_arg(&link, "t", "tok=en&x");
	buf_init(out, LETTER_MAX);
	rc = letter_confirm(&t, &link, 86400, out, &e);
	url_release(&link);
	return rc;
}

static GMimeMessage *
parse(const struct buf *b)
{
	GMimeMessage *m;
	GMimeParser *p;
	GMimeStream *s;

	g_mime_init();
	s = g_mime_stream_mem_new_with_buffer(b->s, b->len);
	p = g_mime_parser_new_with_stream(s);
	m = g_mime_parser_construct_message(p, NULL);
	g_object_unref(p);
	g_object_unref(s);
	return m;
}

/* The text of part i with LF lines, to be freed. */
static char *
part(GMimeMessage *m, int i)
{
	GMimeMultipart *both = GMIME_MULTIPART(g_mime_message_get_mime_part(m));
	char *s, *from, *end;

	s = g_mime_text_part_get_text(
	    GMIME_TEXT_PART(g_mime_multipart_get_part(both, i)));
	for (from = end = s; *from != '\0'; from++)
		if (*from != '\r')
			*end++ = *from;
	*end = '\0';
	return s;
}

static const char *
header(GMimeMessage *m, const char *name)
{
	return g_mime_object_get_header(GMIME_OBJECT(m), name);
}

/* Lines end in CRLF, have at most 998 bytes, and all is ASCII. */
static void
is_fit_to_travel(const struct buf *b)
{
	size_t i, line = 0, longest = 0, bare = 0, high = 0;

	for (i = 0; i < b->len; i++) {
		high += (unsigned char)b->s[i] > 126;
		bare += b->s[i] == '\n' && (i == 0 || b->s[i - 1] != '\r');
		bare += b->s[i] == '\r' && b->s[i + 1] != '\n';
		line = b->s[i] == '\n' ? 0 : line + 1;
		if (line > longest)
			longest = line;
	}
	ok(high == 0 && bare == 0, "ASCII, CRLF: %zu and %zu", high, bare);
	ok(longest <= 78, "the longest line has %zu bytes", longest);
	ok(b->len > 2 && memcmp(b->s + b->len - 2, "\r\n", 2) == 0, "end");
}

static void
a_letter_says_who_to_whom_and_what_R61(void)
{
	struct buf out, again;
	GMimeMessage *m;
	char *s;

	is_int(confirm("Zo\303\253 \345\270\275\345\255\220",
		   "zoe@buyer.example", &out),
	    RC_OK, "rc");
	is_fit_to_travel(&out);
	m = parse(&out);
	s = internet_address_list_to_string(
	    g_mime_message_get_to(m), NULL, FALSE);
	is_str(
	    s, "Zo\303\253 \345\270\275\345\255\220 <zoe@buyer.example>", "to");
	g_free(s);
	s = internet_address_list_to_string(
	    g_mime_message_get_from(m), NULL, FALSE);
	is_str(
	    s, "\"Funny H\303\274te & Co. <1>\" <shop@hats.example>", "from");
	g_free(s);
	is_str(g_mime_message_get_subject(m),
	    "Please confirm your e-mail address", "subject");
	is_str(g_mime_message_get_message_id(m), UID_A "@hats.example", "id");
	is_str(header(m, "Auto-Submitted"), "auto-generated", "no answers");
	is_str(header(m, "Date"), "Sun, 22 Nov 2026 09:30:00 +0000", "date");
	s = part(m, 0);
	ok(strncmp(s, "Hello Zo\303\253 \345\270\275\345\255\220,\n", 17) == 0,
	    "it greets: %.40s", s);
	ok(strstr(s,
	       "\nhttps://hats.example:8443/login/confirm?t=tok%3Den%26x\n") !=
		NULL,
	    "the link has a line");
	ok(strstr(s, "once, for 24 hours.") != NULL, "how long it works");
	g_free(s);
	s = part(m, 1);
	ok(strstr(s, "href=\"https://hats.example:8443/login/confirm"
		     "?t=tok%3Den%26x\"") != NULL,
	    "the link in HTML");
	ok(strstr(s, "H\303\274te &amp; Co. &lt;1&gt;") != NULL, "escaped");
	g_free(s);
	g_object_unref(m);
	is_int(confirm("Zo\303\253 \345\270\275\345\255\220",
		   "zoe@buyer.example", &again),
	    RC_OK, "again");
	ok(out.len == again.len && memcmp(out.s, again.s, out.len) == 0,
	    "the same bytes each time");
	buf_release(&again);
	buf_release(&out);
}

static void
no_name_makes_a_header_or_a_link_R40(void)
{
	static const char *const names[] = { "x\r\nBcc: all@example.com",
		"x\nBcc: all@example.com", "x\rBcc: y", "x\r\n\r\nbody",
		"Win at https://evil.example/", "evil.example",
		"www.evil.example", "a@evil.example",
		"<script>alert(1)</script>", "\342\200\256elpmaxe", "\377\376",
		"\303", "\001", "a\302\205b", "=?utf-8?q?x=0D=0ABcc:_y?=" };
	GMimeMessage *m;
	struct buf out;
	size_t i;
	char *s;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		is_int(confirm(names[i], "a@b.example", &out), RC_OK, names[i]);
		is_fit_to_travel(&out);
		m = parse(&out);
		s = internet_address_list_to_string(
		    g_mime_message_get_to(m), NULL, FALSE);
		is_str(header(m, "Bcc"), NULL, "no header of theirs");
		is_int(g_mime_header_list_get_count(
			   g_mime_object_get_header_list(GMIME_OBJECT(m))),
		    7, "our headers only");
		if (i < 14)
			is_str(s, "a@b.example", "the name is left out");
		g_free(s);
		s = part(m, 0);
		ok(strstr(s, "evil") == NULL && strstr(s, "Bcc: ") == NULL,
		    "nor in the text");
		g_free(s);
		g_object_unref(m);
		buf_release(&out);
	}
	ok(letter_name_fits("J.R.R. Tolkien"), "initials");
	ok(letter_name_fits("O'Brien-Smith, Jr."), "a name with signs");
	ok(!letter_name_fits(""), "none");
}

static void
a_long_name_is_left_out_R61(void)
{
	char name[800];
	GMimeMessage *m;
	struct buf out;
	char *s;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	is_int(confirm(name, "a@b.example", &out), RC_OK, "800 letters");
	m = parse(&out);
	s = part(m, 0);
	ok(strncmp(s, "Hello,\n", 7) == 0, "no name: %.20s", s);
	g_free(s);
	g_object_unref(m);
	buf_release(&out);
	ok(!letter_name_fits(name), "800");
	name[65] = '\0';
	ok(!letter_name_fits(name), "65");
	name[64] = '\0';
	ok(letter_name_fits(name), "64");
}

static void
an_address_is_one_or_nothing_leaves_R40(void)
{
	static const char *const bad[] = { "", "a", "@", "a@", "@b.example",
		"a b@c.example", "a@b.example\r\nBcc: c@d.example",
		"a@b.example,c@d.example", "<a@b.example>", "a@b@c.example",
		"\"a b\"@c.example", "h\303\274t@c.example",
		"a@h\303\274te.example", "a@[127.0.0.1]" };
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(confirm("A", bad[i], &out), RC_INVALID, bad[i]);
		is_int((long long)out.len, 0, "no byte");
		buf_release(&out);
	}
	is_int(confirm("A", "o'brien+hats@a-b.c.example", &out), RC_OK, "odd");
	buf_release(&out);
}

static void
several_accounts_have_a_link_each(void)
{
	struct letter_to t = to("A", "a@b.example");
	struct letter_account a[2];
	struct error e = ERROR_NONE;
	struct url one, two;
	GMimeMessage *m;
	struct buf out;
	char *s;

	url_init_at(&one, settings.shop_url, "/login/reset");
	url_arg(&one, "t", "one");
	url_init_at(&two, settings.shop_url, "/login/reset");
	url_arg(&two, "t", "two");
	a[0] = (struct letter_account){ "Mad.Hatter", &one };
	a[1] = (struct letter_account){ NULL, &two };
	buf_init(&out, LETTER_MAX);
	is_int(letter_reset(&t, a, 2, 1800, &out, &e), RC_OK, "rc");
	m = parse(&out);
	s = part(m, 0);
	ok(strstr(s, "user name: Mad.Hatter\n\nhttps://") != NULL, "name");
	ok(strstr(s, "?t=one\n") != NULL && strstr(s, "?t=two\n") != NULL,
	    "both links");
	ok(strstr(s, "for 30 minutes") != NULL, "how long");
	g_free(s);
	g_object_unref(m);
	buf_release(&out);
	url_release(&one);
	url_release(&two);
}

static void
each_notice_can_be_written(void)
{
	struct letter_to t = to("A", "a@b.example");
	struct error e = ERROR_NONE;
	struct url help;
	GMimeMessage *m;
	struct buf out;
	char *s;
	int i;

	url_init_at(&help, settings.shop_url, "/login/forgot");
	for (i = 0; i < LETTER_EVENTS; i++) {
		buf_init(&out, LETTER_MAX);
		is_int(letter_notice(&t, (enum letter_event)i,
			   i == LETTER_EMAIL_CHANGED ? "other@mail.example"
						     : "Google",
			   &help, &out, &e),
		    RC_OK, e.text);
		is_fit_to_travel(&out);
		m = parse(&out);
		s = part(m, 0);
		ok(strstr(s, "%s") == NULL && strstr(s, "other@") == NULL, "%s",
		    g_mime_message_get_subject(m));
		if (i == LETTER_EMAIL_CHANGED)
			ok(strstr(s, "othe***@mail.example") != NULL, "part");
		g_free(s);
		g_object_unref(m);
		buf_release(&out);
	}
	url_release(&help);
}

static void
a_sender_of_its_own_is_used(void)
{
	struct settings plain = settings;
	GMimeMessage *m;
	struct buf out;
	char *s;

	settings.mail_from = (char[]){ "orders@post.example" };
	settings.mail_name = (char[]){ "Orders" };
	is_int(confirm("A", "a@b.example", &out), RC_OK, "rc");
	settings = plain;
	m = parse(&out);
	s = internet_address_list_to_string(
	    g_mime_message_get_from(m), NULL, FALSE);
	is_str(s, "Orders <orders@post.example>", "from");
	g_free(s);
	is_str(g_mime_message_get_message_id(m), UID_A "@post.example", "id");
	g_object_unref(m);
	buf_release(&out);
}

/* What letter.t gives to another parser. */
static int
write_out(const char *name)
{
	struct buf out;
	size_t n = 0;

	if (confirm(name, "zoe@buyer.example", &out) == RC_OK)
		n = fwrite(out.s, 1, out.len, stdout);
	buf_release(&out);
	return n > 0 ? 0 : 1;
}

static enum rc
whole(void)
{
	struct buf out;
	enum rc rc;

	rc = confirm("A", "a@b.example", &out);
	buf_release(&out);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	/* GLib's own cannot: it ends the program, and nothing was written. */
	g_mime_init();
	ok(torture("a letter", whole) > 3, "some");
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return write_out(argv[1]);
	RUN(a_letter_says_who_to_whom_and_what_R61);
	RUN(no_name_makes_a_header_or_a_link_R40);
	RUN(a_long_name_is_left_out_R61);
	RUN(an_address_is_one_or_nothing_leaves_R40);
	RUN(several_accounts_have_a_link_each);
	RUN(each_notice_can_be_written);
	RUN(a_sender_of_its_own_is_used);
	RUN(each_allocation_may_fail);
	return tap_done();
}
