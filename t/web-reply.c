#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "t/tap.h"
#include "web/reply.h"

static const char id[] = "0123456789abcdef";

static const char *
sealed(struct reply *r)
{
	struct error e = ERROR_NONE;
	size_t n;

	ok(reply_seal(r, &e) == RC_OK, "sealed %s", e.text);
	return reply_bytes(r, &n);
}

static void
has(const char *text, const char *part)
{
	ok(strstr(text, part) != NULL, "has \"%s\"", part);
}

static void
hasnt(const char *text, const char *part)
{
	ok(strstr(text, part) == NULL, "has no \"%s\"", part);
}

/* R39. */
static void
every_page_has_its_security_headers(void)
{
	struct reply r;
	const char *s;
	size_t n;

	reply_init(&r);
	buf_puts(&r.body, "<p>hat");
	s = sealed(&r);
	ok(strncmp(s, "Status: 200 OK\r\n", 16) == 0, "status first");
	has(s, "\r\nContent-Type: text/html; charset=utf-8\r\n");
	has(s, "\r\nContent-Security-Policy: default-src 'none'; style-src "
	       "'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
	       "base-uri 'none'; frame-ancestors 'none'\r\n");
	has(s, "\r\nX-Content-Type-Options: nosniff\r\n");
	has(s, "\r\nReferrer-Policy: same-origin\r\n");
	has(s, "\r\nPermissions-Policy: ");
	has(s, "\r\nCross-Origin-Opener-Policy: same-origin\r\n");
	hasnt(s, "Strict-Transport-Security");
	hasnt(s, "unsafe");
	has(s, "\r\nContent-Length: 6\r\n\r\n<p>hat");
	(void)reply_bytes(&r, &n);
	is_int((long long)n, (long long)strlen(s), "all bytes counted");
	r.secret_address = true;
	s = sealed(&r);
	has(s, "\r\nReferrer-Policy: strict-origin\r\n");
	hasnt(s, "Referrer-Policy: same-origin");
	r.https = true;
	r.img_origin = "https://img.example";
	r.form_origins = "https://pay.example https://other.example";
	s = sealed(&r);
	has(s, "; img-src 'self' https://img.example; form-action 'self' "
	       "https://pay.example https://other.example; base-uri");
	has(s, "\r\nStrict-Transport-Security: max-age=31536000\r\n");
	reply_release(&r);
	reply_release(&r);
}

static void
caching_is_as_the_page_says_but_never_with_a_cookie(void)
{
	struct reply r;
	const char *s;

	reply_init(&r);
	has(sealed(&r), "\r\nCache-Control: no-store\r\n");
	r.cache = CACHE_PUBLIC;
	s = sealed(&r);
	has(s, "\r\nCache-Control: public, max-age=0, s-maxage=2\r\n");
	has(s, "\r\nVary: Cookie\r\n");
	r.cache = CACHE_HOUR;
	has(sealed(&r), "\r\nCache-Control: public, max-age=3600\r\n");
	reply_status(&r, 404);
	has(sealed(&r), "\r\nCache-Control: no-store\r\n");
	reply_reset(&r);
	reply_header(&r, "Set-Cookie", "hat=red");
	r.cache = CACHE_PUBLIC;
	s = sealed(&r);
	has(s, "\r\nCache-Control: no-store\r\n");
	hasnt(s, "public");
	reply_reset(&r);
	r.cache = CACHE_PUBLIC;
	has(sealed(&r), "s-maxage");
	reply_release(&r);
}

/* R40. */
static void
no_header_can_be_injected(void)
{
	struct error e = ERROR_NONE;
	struct reply r;
	char value[] = "a?b";
	int c;
	enum rc rc;

	reply_init(&r);
	for (c = 1; c < 256; c++) {
		reply_reset(&r);
		value[1] = (char)c;
		reply_header(&r, "X-Hat", value);
		rc = reply_seal(&r, &e);
		ok(rc == (c < ' ' || c == 0x7f ? RC_INVALID : RC_OK),
		    "byte %02x in a header is %s", (unsigned)c, rc_name(rc));
		reply_reset(&r);
		r.img_origin = value;
		rc = reply_seal(&r, &e);
		ok((rc == RC_OK) ==
			(c >= ' ' && c != 0x7f && strchr(";,'\"", c) == NULL),
		    "byte %02x in the policy is %s", (unsigned)c, rc_name(rc));
		r.img_origin = NULL;
	}
	reply_release(&r);
}

static void
a_redirect_goes_to_a_page_of_ours(void)
{
	struct reply r;
	struct url u;
	const char *s;

	reply_init(&r);
	url_init(&u, "/hat/");
	url_path(&u, "a\r\nb");
	reply_redirect(&r, &u);
	s = sealed(&r);
	ok(strncmp(s, "Status: 303 See Other\r\n", 23) == 0, "303");
	has(s, "\r\nLocation: /hat/a%0D%0Ab\r\n");
	url_release(&u);
	reply_release(&r);
}

static void
a_url_that_failed_fails_the_reply(void)
{
	struct error e = ERROR_NONE;
	struct reply r;
	struct url u;

	reply_init(&r);
	url_init(&u, "/hat/");
	url_path(&u, "..");
	reply_redirect(&r, &u);
	ok(reply_seal(&r, &e) == RC_INVALID, "%s", e.text);
	url_release(&u);
	reply_release(&r);
}

static void
head_states_the_length_and_sends_no_body(void)
{
	struct reply r;
	const char *s;

	reply_init(&r);
	r.head = true;
	buf_puts(&r.body, "<p>hat");
	s = sealed(&r);
	has(s, "\r\nContent-Length: 6\r\n\r\n");
	hasnt(s, "<p>");
	reply_release(&r);
}

static void
a_part_that_failed_fails_the_whole(void)
{
	struct error e = ERROR_NONE;
	struct reply r;

	reply_init(&r);
	buf_puts(&r.body, "<p>hat");
	buf_fail(&r.body, RC_NOMEM);
	ok(reply_seal(&r, &e) == RC_NOMEM, "%s", e.text);
	reply_reset(&r);
	error_clear(&e);
	ok(reply_seal(&r, &e) == RC_OK, "and a reset one works again");
	reply_release(&r);
}

static void
the_plain_page_says_status_and_number(void)
{
	static const int statuses[] = { 400, 403, 404, 405, 411, 413, 414, 415,
		422, 431, 500, 503 };
	struct reply r;
	const char *s, *body;
	char want[64];
	size_t i, n;

	reply_init(&r);
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		reply_plain(&r, statuses[i], id);
		s = reply_bytes(&r, &n);
		snprintf(want, sizeof(want), "Status: %d ", statuses[i]);
		ok(strncmp(s, want, strlen(want)) == 0, "%s", want);
		has(s, "\r\nX-Request-Id: 0123456789abcdef\r\n");
		has(s, "\r\nCache-Control: no-store\r\n");
		ok((strstr(s, "\r\nRetry-After: 5\r\n") != NULL) ==
			(statuses[i] == 503),
		    "only 503 says when to try again");
		body = strstr(s, "\r\n\r\n") + 4;
		has(body, id);
		snprintf(want, sizeof(want), "\r\nContent-Length: %zu\r\n",
		    strlen(body));
		has(s, want);
		is_int((long long)n, (long long)strlen(s), "whole");
	}
	reply_plain(&r, 200, id);
	ok(strncmp(reply_bytes(&r, &n), "Status: 500 ", 12) == 0,
	    "what is no error is one");
	r.head = true;
	r.https = true;
	reply_plain(&r, 404, id);
	s = reply_bytes(&r, &n);
	has(s, "\r\nStrict-Transport-Security: ");
	is_str(strstr(s, "\r\n\r\n"), "\r\n\r\n", "HEAD has no body");
	reply_release(&r);
}

static enum rc
seal_one(void)
{
	struct error e = ERROR_NONE;
	struct reply r;
	struct url u;
	const char *s;
	size_t n;
	enum rc rc;

	reply_init(&r);
	url_init(&u, "/basket");
	url_arg(&u, "said", "yes & no");
	reply_redirect(&r, &u);
	url_release(&u);
	reply_header(&r, "Set-Cookie", "hat=red");
	buf_puts(&r.body, "<p>hat");
	rc = reply_seal(&r, &e);
	if (rc != RC_OK) {
		reply_plain(&r, 500, id);
		s = reply_bytes(&r, &n);
		if (strncmp(s, "Status: 500 ", 12) != 0)
			rc = RC_OK;
	}
	reply_release(&r);
	return rc;
}

static void
without_memory_a_plain_500_leaves(void)
{
	ok(torture("reply_seal", seal_one) > 3, "several were allocated");
}

int
main(void)
{
	RUN(every_page_has_its_security_headers);
	RUN(caching_is_as_the_page_says_but_never_with_a_cookie);
	RUN(no_header_can_be_injected);
	RUN(a_redirect_goes_to_a_page_of_ours);
	RUN(a_url_that_failed_fails_the_reply);
	RUN(head_states_the_length_and_sends_no_body);
	RUN(a_part_that_failed_fails_the_whole);
	RUN(the_plain_page_says_status_and_number);
	RUN(without_memory_a_plain_500_leaves);
	return tap_done();
}
