#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "peer/b64.h"
#include "peer/jdoc.h"
#include "peer/kept.h"
#include "peer/oauth.h"
#include "t/tap.h"

/*** base64url ***/

static void
reads(const char *text, enum rc want, const char *bytes)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, 100);
	buf_puts(&b, "x");
	rc = b64_get(&b, text, strlen(text));
	ok(rc == want, "\"%s\" is %s, got %s", text, rc_name(want),
	    rc_name(rc));
	is_str(buf_str(&b) + 1, bytes, "bytes");
	buf_release(&b);
}

/* RFC 4648 section 10. */
static void
base64url_is_read_back_in_one_form_only(void)
{
	static const char *const plain[] = { "", "f", "fo", "foo", "foob",
		"fooba", "foobar" };
	static const char *const coded[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg",
		"Zm9vYmE", "Zm9vYmFy" };
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		buf_init(&b, 100);
		b64_put(&b, plain[i], strlen(plain[i]));
		is_str(buf_str(&b), coded[i], "written");
		buf_release(&b);
		reads(coded[i], RC_OK, plain[i]);
	}
	is_int((long long)b64_size("Zm9vYg", 6), 4, "size");
	is_int((long long)b64_size("Zm9vYmE", 7), 5, "size");
	is_int((long long)b64_size("Zm9v", 4), 3, "size");
	is_int((long long)b64_size("Zm9vY", 5), 0, "no size");
	is_int((long long)b64_size("Zm9=", 4), 0, "another alphabet");
	reads("_-8", RC_OK, "\xff\xef");
	reads("/+8", RC_INVALID, "");
	reads("Zg==", RC_INVALID, "");
	reads("Z", RC_INVALID, "");
	reads("Zh", RC_INVALID, "");
	reads("Zm9", RC_INVALID, "");
	reads("Zm9v Yg", RC_INVALID, "");
	reads("Zm9v\n", RC_INVALID, "");
}

/*** JSON ***/

static enum rc
read_rc(const char *text)
{
	struct error e = ERROR_NONE;
	struct jdoc d;
	enum rc rc = jdoc_read(&d, text, strlen(text), &e);

	ok(rc == RC_OK || e.text[0] != '\0', "a failure says why: %s", e.text);
	jdoc_release(&d);
	return rc;
}

static void
json_is_bounded_and_unambiguous(void)
{
	char deep[200] = "", *large;
	size_t i;

	is_int(read_rc("{}"), RC_OK, "an empty object");
	is_int(read_rc("[]"), RC_INVALID, "an array");
	is_int(read_rc(""), RC_INVALID, "nothing");
	is_int(read_rc("{\"a\":1}x"), RC_INVALID, "something behind it");
	is_int(read_rc("{\"a\":1,\"a\":2}"), RC_INVALID, "a member twice");
	is_int(read_rc("{\"a\":\"x\\u0000y\"}"), RC_INVALID, "a NUL");
	is_int(read_rc("{\"a\":\"\xff\"}"), RC_INVALID, "no UTF-8");
	for (i = 0; i < LIMIT_JSON_DEPTH; i++)
		(void)snprintf(deep + 5 * i, sizeof(deep) - 5 * i, "{\"a\":");
	is_int(read_rc(deep), RC_INVALID, "cut off");
	deep[0] = '\0';
	for (i = 0; i < LIMIT_JSON_DEPTH; i++)
		deep[i] = '[';
	deep[i] = '\0';
	is_int(read_rc("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[\"}"), RC_OK,
	    "brackets in a text are none");
	is_int(read_rc("[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]"), RC_INVALID,
	    "too deep");
	large = calloc(1, LIMIT_JSON + 10);
	if (large == NULL)
		abort();
	memset(large, ' ', LIMIT_JSON + 1);
	large[0] = '{';
	large[1] = '}';
	is_int(read_rc(large), RC_TOOBIG, "too large");
	large[LIMIT_JSON] = '\0';
	is_int(read_rc(large), RC_OK, "as large as may be");
	free(large);
}

static void
members_are_found_by_path_and_type(void)
{
	static const char text[] =
	    "{\"a\":{\"b\":\"x\",\"n\":7,\"t\":true,\"s\":\"true\"},"
	    "\"l\":[\"p\",1,{\"k\":\"v\"}]}";
	struct error e = ERROR_NONE;
	struct jdoc d, in;
	int64_t n = 0;

	is_int(jdoc_read(&d, text, strlen(text), &e), RC_OK, e.text);
	is_str(jdoc_text(&d, "a.b"), "x", "text");
	ok(jdoc_text(&d, "a.n") == NULL, "a number is no text");
	ok(jdoc_text(&d, "a.b.c") == NULL, "nothing is inside a text");
	ok(jdoc_text(&d, "z.b") == NULL, "nothing is inside nothing");
	ok(jdoc_whole(&d, "a.n", &n) && n == 7, "number");
	ok(!jdoc_whole(&d, "a.b", &n), "a text is no number");
	ok(jdoc_yes(&d, "a.t") && !jdoc_yes(&d, "a.s"), "true is true");
	is_int((long long)jdoc_count(&d, "l"), 3, "elements");
	is_str(jdoc_text_at(&d, "l", 0), "p", "the first");
	ok(jdoc_text_at(&d, "l", 1) == NULL, "the second is no text");
	ok(jdoc_text_at(&d, "l", 9) == NULL, "there is no tenth");
	ok(jdoc_at(&d, "l", 2, &in), "the third");
	is_str(jdoc_text(&in, "k"), "v", "inside the third");
	ok(!jdoc_at(&d, "l", 0, &in), "the first is no object");
	jdoc_release(&d);
}

/*** What logins are made of ***/

/* RFC 7636 appendix B. */
static void
the_challenge_is_the_verifiers_hash(void)
{
	char got[OAUTH_CHALLENGE_SIZE];

	oauth_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", got);
	is_str(got, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "S256");
}

static void
arguments_are_encoded(void)
{
	struct oauth_page p;
	struct buf b;

	oauth_page(&p, "https://a.example/");
	oauth_arg(&p, "a", "x y&z=1");
	oauth_arg(&p, "b", "\xc3\xbc-._~");
	buf_init(&b, 200);
	oauth_put_args(&b, &p);
	is_str(buf_str(&b), "a=x%20y%26z%3D1&b=%C3%BC-._~", "arguments");
	buf_release(&b);
}

static void
what_is_said_of_a_person_breaks_no_line(void)
{
	struct oauth_person p = { 0 };
	char large[300];

	oauth_describe(&p, "a@example.com", "Al\xc3\xa9");
	is_str(p.email, "a@example.com", "address");
	is_str(p.name, "Al\xc3\xa9", "name");
	memset(&p, 0, sizeof(p));
	oauth_describe(&p, "a@example.com\r\nBcc: x@example.com", "A\nB");
	is_str(p.email, "", "an address of two lines");
	is_str(p.name, "", "a name of two lines");
	memset(large, 'a', sizeof(large));
	large[299] = '\0';
	oauth_describe(&p, large, large);
	is_str(p.email, "", "an address that is too long");
	is_int((long long)strlen(p.name), OAUTH_NAME - 1, "a long name is cut");
	ok(!oauth_subject(&p, large), "a subject that is too long");
	ok(!oauth_subject(&p, "") && !oauth_subject(&p, NULL), "none");
	ok(!oauth_subject(&p, "a b"), "one with a blank");
	ok(!oauth_subject(&p, "\xc3\xa9"), "one that is not ASCII");
	ok(oauth_subject(&p, "109123456789"), "one");
}

/*** What is kept ***/

static char folder[] = "/tmp/hatshop-kept-XXXXXX";

static void
what_is_kept_is_due_and_has_a_source(void)
{
	struct kept k = { folder, "keys", "https://a.example/keys" };
	struct kept other = { folder, "keys", "https://a.example/key" };
	struct error e = ERROR_NONE;
	struct buf b, out;
	int64_t at = 0;

	buf_init(&b, 100);
	buf_init(&out, 100);
	buf_puts(&b, "{\"a\":\n1}");
	is_int(kept_get(&k, 1000, &out, &at, &e), RC_NOTFOUND, "nothing yet");
	is_int(kept_put(&k, 1000, 1060, &b, &e), RC_OK, e.text);
	is_int(kept_get(&k, 1059, &out, &at, &e), RC_OK, "there");
	is_str(buf_str(&out), "{\"a\":\n1}", "as it was");
	is_int(at, 1000, "and since when");
	is_int(kept_get(&k, 1060, &out, &at, &e), RC_NOTFOUND, "due");
	is_int(kept_get(&k, 999, &out, &at, &e), RC_NOTFOUND,
	    "the clock was set back");
	is_int(kept_get(&other, 1001, &out, &at, &e), RC_NOTFOUND,
	    "from elsewhere");
	buf_release(&b);
	buf_release(&out);
}

static void
one_of_many_processes_has_the_turn(void)
{
	struct kept k = { folder, "turns", "x" };
	int i, status, turns = 0;

	ok(kept_turn(&k, 5000, 60), "the first");
	ok(!kept_turn(&k, 5059, 60), "not again within the minute");
	for (i = 0; i < 20; i++)
		if (fork() == 0)
			_exit(kept_turn(&k, 5060, 60) ? 1 : 0);
	while (wait(&status) > 0)
		turns += WIFEXITED(status) && WEXITSTATUS(status) == 1;
	is_int(turns, 1, "turns of twenty processes");
}

int
main(void)
{
	char path[100];

	if (mkdtemp(folder) == NULL)
		return 1;
	RUN(base64url_is_read_back_in_one_form_only);
	RUN(json_is_bounded_and_unambiguous);
	RUN(members_are_found_by_path_and_type);
	RUN(the_challenge_is_the_verifiers_hash);
	RUN(arguments_are_encoded);
	RUN(what_is_said_of_a_person_breaks_no_line);
	RUN(what_is_kept_is_due_and_has_a_source);
	RUN(one_of_many_processes_has_the_turn);
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/turns.turn", folder);
	(void)unlink(path);
	(void)rmdir(folder);
	return tap_done();
}
