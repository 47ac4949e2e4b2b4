#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "t/tap.h"
#include "web/request.h"

/* A made-up environment and body. */
struct world {
	const char *vars[24]; /* name, value, …, NULL */
	const char *body;
	size_t body_len, at;
	size_t piece; /* bytes a read gives at most; 0: read fails */
};

static const char *
world_var(void *ctx, const char *name)
{
	const struct world *w = ctx;
	size_t i;

	for (i = 0; w->vars[i] != NULL; i += 2)
		if (strcmp(w->vars[i], name) == 0)
			return w->vars[i + 1];
	return NULL;
}

static ssize_t
world_read(void *ctx, void *p, size_t n)
{
	struct world *w = ctx;

	if (w->piece == 0)
		return -1;
	if (n > w->piece)
		n = w->piece;
	if (n > w->body_len - w->at)
		n = w->body_len - w->at;
	memcpy(p, w->body + w->at, n);
	w->at += n;
	return (ssize_t)n;
}

static enum rc
ask(struct request *q, struct world *w, struct error *e)
{
	struct request_source src = { world_var, world_read, w };

	return request_read(q, &src, e);
}

/* GET uri; the decoded path must be want, or NULL with a status. */
static void
path_is(const char *uri, const char *want, int status)
{
	struct world w = { .vars = { "REQUEST_METHOD", "GET", "REQUEST_URI",
			       uri, NULL } };
	struct error e = ERROR_NONE;
	struct request q;
	enum rc rc = ask(&q, &w, &e);

	if (want != NULL) {
		ok(rc == RC_OK, "\"%.40s\" passes %s", uri, e.text);
		is_str(buf_str(&q.path), want, "path");
	} else {
		ok(rc != RC_OK && q.status == status && e.rc == rc,
		    "\"%.40s\" is refused with %d: %d %s", uri, status,
		    q.status, e.text);
	}
	request_release(&q);
}

static void
the_path_is_decoded_once(void)
{
	path_is("/", "/", 0);
	path_is("/hat/red-fez", "/hat/red-fez", 0);
	path_is("/hat/red-fez?a=/../%2F", "/hat/red-fez", 0);
	path_is("/?", "/", 0);
	path_is("/hat/", "/hat/", 0);
	path_is("/hat/%72ed", "/hat/red", 0);
	path_is("/hat/%2541", "/hat/%41", 0);
	path_is("/hat/a+b", "/hat/a+b", 0);
	path_is("/hat/caf%C3%a9", "/hat/caf\xc3\xa9", 0);
	path_is("/hat/...", "/hat/...", 0);
	path_is("/hat/.a", "/hat/.a", 0);
	path_is("http://hats.example/hat/x?y", "/hat/x", 0);
	path_is("https://hats.example:443/hat/x", "/hat/x", 0);
}

/* R40: path. */
static void
a_path_that_could_mean_two_things_is_refused(void)
{
	static const char *const bad[] = { "", "hat", "*", "?a", "//", "//a",
		"/a//b", "/a//", "/.", "/..", "/../a", "/a/..", "/a/./b",
		"/%2e%2e/a", "/%2E", "/a%2Fb", "/a%2fb", "/a%00b", "/a%",
		"/a%4", "/a%4?1", "/a%zz", "/a%-1", "/a%0", "/\xff", "/%FF",
		"/%C0%AF", "/%C3", "/%ED%A0%80", "/a%0D%0Ab", "/a\nb",
		"/%C2%85", "http://", "https:", "ftp://a/b",
		"http://hats.example" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		path_is(bad[i], NULL, 400);
}

static void
all_256_bytes_are_decided(void)
{
	char uri[16];
	int c;
	bool good;

	for (c = 1; c < 256; c++) {
		struct world w = { .vars = { "REQUEST_METHOD", "GET",
				       "REQUEST_URI", uri, NULL } };
		struct error e = ERROR_NONE;
		struct request q;

		snprintf(uri, sizeof(uri), "/a%cb", c);
		good = c >= ' ' && c < 0x7f && c != '%';
		ok((ask(&q, &w, &e) == RC_OK) == good, "raw %02x: %s",
		    (unsigned)c, e.text);
		request_release(&q);
		error_clear(&e);
		snprintf(uri, sizeof(uri), "/a%%%02Xb", (unsigned)c);
		good = c >= ' ' && c < 0x7f && c != '/';
		ok((ask(&q, &w, &e) == RC_OK) == good, "escaped %02x: %s",
		    (unsigned)c, e.text);
		request_release(&q);
	}
}

static void
without_a_request_uri_the_cgi_path_counts(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "GET", "SCRIPT_NAME",
			       "/hat", "PATH_INFO", "/red fez", NULL } };
	struct error e = ERROR_NONE;
	struct request q;

	ok(ask(&q, &w, &e) == RC_OK, "passes %s", e.text);
	is_str(buf_str(&q.path), "/hat/red fez", "path");
	request_release(&q);
	w.vars[5] = "/../etc";
	ok(ask(&q, &w, &e) == RC_INVALID && q.status == 400, "%s", e.text);
	request_release(&q);
}

static char *
repeat(char c, size_t n)
{
	char *s = malloc(n + 1);

	if (s == NULL)
		abort();
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

static void
too_long_is_told_from_malformed(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "GET", "REQUEST_URI",
			       "/", "QUERY_STRING", NULL, NULL, NULL } };
	struct error e = ERROR_NONE;
	struct request q;
	char *s = repeat('a', LIMIT_URL + 1);

	s[0] = '/';
	path_is(s, NULL, 414);
	s[LIMIT_URL] = '\0';
	path_is(s, s, 0);
	free(s);
	s = repeat('a', LIMIT_QUERY + 1);
	w.vars[5] = s;
	ok(ask(&q, &w, &e) == RC_TOOBIG && q.status == 414, "%s", e.text);
	request_release(&q);
	s[LIMIT_QUERY] = '\0';
	error_clear(&e);
	ok(ask(&q, &w, &e) == RC_OK, "a query of the limit passes");
	is_int((long long)q.query.len, LIMIT_QUERY, "whole");
	request_release(&q);
	free(s);
	s = repeat('a', LIMIT_COOKIES + 1);
	w.vars[4] = "HTTP_COOKIE";
	w.vars[5] = s;
	ok(ask(&q, &w, &e) == RC_TOOBIG && q.status == 431, "%s", e.text);
	request_release(&q);
	free(s);
}

static void
a_query_holds_no_control_character(void)
{
	char s[] = "a?b";
	struct world w = { .vars = { "REQUEST_METHOD", "GET", "REQUEST_URI",
			       "/", "QUERY_STRING", s, NULL } };
	int c;

	for (c = 1; c < 256; c++) {
		struct error e = ERROR_NONE;
		struct request q;
		bool good = c > ' ' && c != 0x7f && c != '#';

		s[1] = (char)c;
		ok((ask(&q, &w, &e) == RC_OK) == good, "%02x: %s", (unsigned)c,
		    e.text);
		request_release(&q);
	}
}

static void
methods_are_case_sensitive(void)
{
	static const struct {
		const char *name;
		enum method method;
	} table[] = { { "GET", METHOD_GET }, { "HEAD", METHOD_HEAD },
		{ "get", METHOD_OTHER }, { "GETX", METHOD_OTHER },
		{ "PUT", METHOD_OTHER }, { "DELETE", METHOD_OTHER },
		{ "OPTIONS", METHOD_OTHER }, { "TRACE", METHOD_OTHER } };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct world w = { .vars = { "REQUEST_METHOD", table[i].name,
				       "REQUEST_URI", "/", NULL } };
		struct error e = ERROR_NONE;
		struct request q;

		ok(ask(&q, &w, &e) == RC_OK && q.method == table[i].method,
		    "%s", table[i].name);
		request_release(&q);
		w.vars[1] = "";
		ok(ask(&q, &w, &e) == RC_INVALID && q.status == 400, "%s",
		    e.text);
		request_release(&q);
	}
}

/* POST body under a stated length. */
static void
body_is(const char *length, const char *body, const char *want, int status)
{
	size_t piece;

	for (piece = 1; piece < 5; piece += 3) {
		struct world w = { .vars = { "REQUEST_METHOD", "POST",
				       "REQUEST_URI", "/", "CONTENT_LENGTH",
				       length, NULL },
			.body = body,
			.body_len = strlen(body),
			.piece = piece };
		struct error e = ERROR_NONE;
		struct request q;
		enum rc rc;

		if (length == NULL)
			w.vars[4] = NULL;
		rc = ask(&q, &w, &e);
		if (want != NULL) {
			ok(rc == RC_OK, "length %s passes %s", length, e.text);
			is_str(buf_str(&q.body), want, "body");
			is_int((long long)w.at, (long long)strlen(want),
			    "not a byte more was read");
		} else {
			ok(rc != RC_OK && q.status == status,
			    "length %s is %d: %s",
			    length == NULL ? "-" : length, q.status, e.text);
		}
		request_release(&q);
	}
}

static void
the_body_is_as_long_as_stated(void)
{
	body_is("5", "qty=1", "qty=1", 0);
	body_is("0", "", "", 0);
	body_is("0", "qty=1", "", 0);
	body_is("5", "qty=123", "qty=1", 0);
	body_is("005", "qty=1", "qty=1", 0);
	body_is("6", "qty=1", NULL, 400);
	body_is("1", "", NULL, 400);
}

static void
the_length_is_strict(void)
{
	static const char *const bad[] = { "-1", "-0", "+5", " 5", "5 ", "5,5",
		"0x5", "5.0", "1e1", "five", "-99999999999999999999", "-" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		body_is(bad[i], "qty=1", NULL, 400);
	body_is(NULL, "qty=1", NULL, 411);
	body_is("", "qty=1", NULL, 411);
	body_is("65537", "qty=1", NULL, 413);
	body_is("9223372036854775808", "qty=1", NULL, 413);
	body_is("99999999999999999999999", "qty=1", NULL, 413);
}

static void
a_body_that_cannot_be_read_is_refused(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "POST", "REQUEST_URI",
			       "/", "CONTENT_LENGTH", "5", NULL } };
	struct error e = ERROR_NONE;
	struct request q;

	ok(ask(&q, &w, &e) == RC_IO && q.status == 400, "%s", e.text);
	request_release(&q);
}

static void
only_a_post_has_its_body_read(void)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT" };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct world w = { .vars = { "REQUEST_METHOD", methods[i],
				       "REQUEST_URI", "/", "CONTENT_LENGTH",
				       "99999999", NULL },
			.body = "qty=1",
			.body_len = 5,
			.piece = 5 };
		struct error e = ERROR_NONE;
		struct request q;

		ok(ask(&q, &w, &e) == RC_OK && w.at == 0, "%s %s", methods[i],
		    e.text);
		request_release(&q);
	}
}

static void
a_body_of_the_limit_passes(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "POST", "REQUEST_URI",
			       "/", "CONTENT_LENGTH", "65536", NULL },
		.body_len = LIMIT_BODY,
		.piece = 10000 };
	struct error e = ERROR_NONE;
	struct request q;
	char *s = repeat('a', LIMIT_BODY);

	w.body = s;
	ok(ask(&q, &w, &e) == RC_OK && q.body.len == LIMIT_BODY, "%s", e.text);
	request_release(&q);
	free(s);
}

/* R38: every state change comes from a page of ours. */
static void
another_ceiling_and_any_header_can_be_asked_for(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "POST", "REQUEST_URI",
			       "/", "CONTENT_LENGTH", "5", "HTTP_X_MARK",
			       "here", NULL },
		.body = "a\r\n\tb",
		.body_len = 5,
		.piece = 2 };
	struct request_source src = { world_var, world_read, &w };
	struct error e = ERROR_NONE;
	struct request q;

	ok(request_read_up_to(&q, &src, 5, &e) == RC_OK, "as much as that");
	is_str(buf_str(&q.body), "a\r\n\tb", "raw");
	is_str(request_header(&q, "HTTP_X_MARK"), "here", "a header");
	ok(request_header(&q, "HTTP_X_OTHER") == NULL, "one that is not there");
	request_release(&q);
	w.at = 0;
	ok(request_read_up_to(&q, &src, 4, &e) == RC_TOOBIG, "and no more");
	is_int(q.status, 413, "status");
	request_release(&q);
}

static void
own_origin_is_told_from_others(void)
{
	static const char ours[] = "https://hats.example";
	static const struct {
		const char *origin, *site;
		bool own;
	} table[] = { { "https://hats.example", NULL, true },
		{ "https://hats.example", "cross-site", true },
		{ "https://hats.example.evil", "same-origin", false },
		{ "https://hats.exampl", NULL, false },
		{ "http://hats.example", NULL, false },
		{ "https://hats.example:444", NULL, false },
		{ "https://hats.example/", NULL, false },
		{ "null", "same-origin", false }, { "", NULL, false },
		{ NULL, "same-origin", true }, { NULL, "same-site", false },
		{ NULL, "none", false }, { NULL, "same-originx", false },
		{ NULL, NULL, false } };
	struct request q = { 0 };
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		q.origin = table[i].origin;
		q.fetch_site = table[i].site;
		ok(request_own_origin(&q, ours) == table[i].own,
		    "Origin %s, Sec-Fetch-Site %s",
		    q.origin == NULL ? "-" : q.origin,
		    q.fetch_site == NULL ? "-" : q.fetch_site);
	}
}

static void
a_form_is_known_by_its_type(void)
{
	struct request q = { 0 };

	ok(!request_is_form(&q), "no type");
	q.content_type = "application/x-www-form-urlencoded";
	ok(request_is_form(&q), "plain");
	q.content_type = "Application/X-WWW-form-urlencoded ; charset=UTF-8";
	ok(request_is_form(&q), "with a parameter");
	q.content_type = "application/x-www-form-urlencodedx";
	ok(!request_is_form(&q), "longer");
	q.content_type = "multipart/form-data; boundary=x";
	ok(!request_is_form(&q), "multipart");
	q.content_type = "text/plain";
	ok(!request_is_form(&q), "text");
}

static void
a_tail_is_one_segment(void)
{
	static const struct {
		const char *path, *tail;
	} table[] = { { "/hat/fez", "fez" }, { "/hat/", NULL },
		{ "/hat", NULL }, { "/hat/a/b", NULL }, { "/hat/a/", NULL },
		{ "/hats/a", NULL }, { "/x/hat/a", NULL } };
	struct request q = { 0 };
	const char *tail;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_init(&q.path, LIMIT_URL);
		buf_puts(&q.path, table[i].path);
		tail = NULL;
		ok(request_tail(&q, "/hat/", &tail) == (table[i].tail != NULL),
		    "%s", table[i].path);
		if (table[i].tail != NULL)
			is_str(tail, table[i].tail, "tail");
		request_release(&q);
	}
}

static void
headers_are_taken_as_they_came(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "GET", "REQUEST_URI",
			       "/", "HTTP_COOKIE", "a=1", "HTTPS", "on",
			       "REMOTE_ADDR", "127.0.0.1", "HTTP_ORIGIN",
			       "null", "CONTENT_TYPE", "text/plain", NULL } };
	struct error e = ERROR_NONE;
	struct request q, other;

	ok(ask(&q, &w, &e) == RC_OK, "passes");
	ok(q.https, "https");
	is_str(buf_str(&q.cookie), "a=1", "cookie");
	is_str(q.remote_addr, "127.0.0.1", "address");
	is_str(q.origin, "null", "origin");
	is_str(q.content_type, "text/plain", "type");
	ok(q.fetch_site == NULL, "no Sec-Fetch-Site");
	ok(strlen(q.id) == 16 && strspn(q.id, "0123456789abcdef") == 16,
	    "id %s", q.id);
	w.vars[7] = "off";
	ok(ask(&other, &w, &e) == RC_OK && !other.https, "http");
	ok(strcmp(q.id, other.id) != 0, "each has its own id");
	request_release(&q);
	request_release(&other);
}

static enum rc
ask_all(void)
{
	struct world w = { .vars = { "REQUEST_METHOD", "POST", "REQUEST_URI",
			       "/hat/red?x=1", "QUERY_STRING", "x=1",
			       "CONTENT_LENGTH", "5", "HTTP_COOKIE", "a=1",
			       NULL },
		.body = "qty=1",
		.body_len = 5,
		.piece = 5 };
	struct error e = ERROR_NONE;
	struct request q;
	enum rc rc = ask(&q, &w, &e);

	if (rc == RC_NOMEM && q.status != 500)
		rc = RC_IO;
	request_release(&q);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("request_read", ask_all) >= 4, "four were allocated");
}

int
main(void)
{
	RUN(the_path_is_decoded_once);
	RUN(a_path_that_could_mean_two_things_is_refused);
	RUN(all_256_bytes_are_decided);
	RUN(without_a_request_uri_the_cgi_path_counts);
	RUN(too_long_is_told_from_malformed);
	RUN(a_query_holds_no_control_character);
	RUN(methods_are_case_sensitive);
	RUN(the_body_is_as_long_as_stated);
	RUN(the_length_is_strict);
	RUN(a_body_that_cannot_be_read_is_refused);
	RUN(only_a_post_has_its_body_read);
	RUN(a_body_of_the_limit_passes);
	RUN(another_ceiling_and_any_header_can_be_asked_for);
	RUN(own_origin_is_told_from_others);
	RUN(a_form_is_known_by_its_type);
	RUN(a_tail_is_one_segment);
	RUN(headers_are_taken_as_they_came);
	RUN(every_allocation_may_fail);
	return tap_done();
}
