#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "t/tap.h"
#include "web/cookie.h"

/* Look for "hat" in header; the value must be want, or rc the reason. */
static void
look(const char *header, bool secure, enum rc rc, const char *want)
{
	char out[17] = "";
	enum rc got = cookie_get(header, "hat", secure, out, sizeof(out));

	ok(got == rc, "\"%s\" is %s, got %s", header == NULL ? "-" : header,
	    rc_name(rc), rc_name(got));
	if (rc == RC_OK)
		is_str(out, want, "value");
}

static void
the_name_is_compared_whole(void)
{
	look("hat=red", false, RC_OK, "red");
	look("a=1; hat=red", false, RC_OK, "red");
	look("hat=red; a=1", false, RC_OK, "red");
	look("a=1;\that=red\t; b=2", false, RC_OK, "red");
	look("hatter=red", false, RC_NOTFOUND, NULL);
	look("ha=red", false, RC_NOTFOUND, NULL);
	look("Hat=red", false, RC_NOTFOUND, NULL);
	look("xhat=red", false, RC_NOTFOUND, NULL);
	look("a=hat=red", false, RC_NOTFOUND, NULL);
	look("", false, RC_NOTFOUND, NULL);
	look(";;; ;", false, RC_NOTFOUND, NULL);
	look("hat", false, RC_NOTFOUND, NULL);
	look(NULL, false, RC_NOTFOUND, NULL);
	look("hat=", false, RC_OK, "");
	look("hat=a=b", false, RC_OK, "a=b");
}

static void
on_tls_only_the_host_prefix_counts(void)
{
	look("hat=forged; __Host-hat=red", true, RC_OK, "red");
	look("hat=forged", true, RC_NOTFOUND, NULL);
	look("__Host-hat=red", false, RC_NOTFOUND, NULL);
	look("__host-hat=red", true, RC_NOTFOUND, NULL);
	look("__Host-=red", true, RC_NOTFOUND, NULL);
}

static void
twice_too_long_or_quoted_is_refused(void)
{
	look("hat=a; hat=b", false, RC_INVALID, NULL);
	look("hat=a; hat=a", false, RC_INVALID, NULL);
	look("hat=0123456789abcdef", false, RC_OK, "0123456789abcdef");
	look("hat=0123456789abcdefg", false, RC_INVALID, NULL);
	look("hat=\"red\"", false, RC_INVALID, NULL);
}

static void
of_256_bytes_only_cookie_octets_pass(void)
{
	char header[] = "hat=a?b", out[8];
	int c, passed = 0;
	enum rc rc;

	for (c = 1; c < 256; c++) {
		header[5] = (char)c;
		rc = cookie_get(header, "hat", false, out, sizeof(out));
		if (rc == RC_OK && strlen(out) == 3)
			passed++;
		else if (c != ';')
			ok(rc == RC_INVALID && (c <= ' ' || c >= 0x7f ||
						   strchr("\",\\", c) != NULL),
			    "byte %02x is refused", (unsigned)c);
	}
	/* 0x21…0x7e without '"' ',' ';' '\'. */
	is_int(passed, 94 - 4, "bytes that pass");
}

static void
a_set_cookie_says_how_far_it_goes(void)
{
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	cookie_put(&b, "hat", false, "red", 3600);
	is_str(buf_str(&b),
	    "hat=red; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax", "http");
	buf_reset(&b);
	cookie_put(&b, "hat", true, "", 0);
	is_str(buf_str(&b),
	    "__Host-hat=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
	    "deleted, https");
	ok(buf_rc(&b) == RC_OK, "fits");
	buf_release(&b);
}

static enum rc
put_one(void)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	cookie_put(&b, "hat", true, "0123456789abcdef", 3600);
	rc = buf_rc(&b);
	buf_release(&b);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("cookie_put", put_one) > 0, "something was allocated");
}

int
main(void)
{
	RUN(the_name_is_compared_whole);
	RUN(on_tls_only_the_host_prefix_counts);
	RUN(twice_too_long_or_quoted_is_refused);
	RUN(of_256_bytes_only_cookie_octets_pass);
	RUN(a_set_cookie_says_how_far_it_goes);
	RUN(every_allocation_may_fail);
	return tap_done();
}
