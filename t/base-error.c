#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "t/tap.h"

static void
the_first_reason_is_kept(void)
{
	struct error e = ERROR_NONE;

	is_int(error_set(&e, RC_INVALID, "port %d", 7), RC_INVALID, "rc");
	is_int(error_set(&e, RC_IO, "later"), RC_IO, "the later rc");
	is_int(e.rc, RC_INVALID, "the rc kept");
	is_str(e.text, "port 7", "the text kept");
	error_clear(&e);
	is_str(e.text, "", "cleared");
	(void)error_set(&e, RC_IO, "later");
	is_str(e.text, "later", "used again");
}

static void
nobody_has_to_ask_for_the_reason(void)
{
	is_int(error_set(NULL, RC_DB, "x"), RC_DB, "set");
	is_int(error_errno(NULL, RC_IO, "x"), RC_IO, "errno");
	error_prefix(NULL, "x");
}

static void
errno_is_told_in_words(void)
{
	struct error e = ERROR_NONE;

	errno = ENOENT;
	(void)error_errno(&e, RC_IO, "could not open \"%s\"", "hat");
	is_str(e.text, "could not open \"hat\": No such file or directory",
	    "text");
	errno = EACCES;
	(void)error_errno(&e, RC_IO, "second");
	ok(strstr(e.text, "hat") != NULL, "the first is kept");
}

static void
a_prefix_goes_before_a_reason_and_nowhere_else(void)
{
	struct error e = ERROR_NONE;

	error_prefix(&e, "item");
	is_str(e.text, "", "no reason, no prefix");
	(void)error_set(&e, RC_DB, "lost");
	error_prefix(&e, "item %d (%s)", 3, e.text);
	is_str(e.text, "item 3 (lost): lost", "text");
}

static void
a_long_text_is_cut_at_a_characters_end(void)
{
	struct error e = ERROR_NONE;
	char want[ERROR_TEXT_SIZE + 10];
	size_t pad, n;

	for (pad = 0; pad < 5; pad++) {
		memset(want, 'x', pad);
		for (n = pad; n < ERROR_TEXT_SIZE; n += 3)
			memcpy(want + n, "\xe2\x82\xac", 3);
		want[n] = '\0';
		error_clear(&e);
		(void)error_set(&e, RC_IO, "%s", want);
		ok(text_utf8(e.text, strlen(e.text)) &&
			strlen(e.text) >= ERROR_TEXT_SIZE - 8,
		    "%zu bytes, %zu before", strlen(e.text), pad);
		error_prefix(&e, "%s", want);
		ok(text_utf8(e.text, strlen(e.text)), "prefix, %zu bytes",
		    strlen(e.text));
		errno = EIO;
		error_clear(&e);
		(void)error_errno(&e, RC_IO, "%.*s", 500, want);
		ok(strlen(e.text) < ERROR_TEXT_SIZE, "errno, %zu bytes",
		    strlen(e.text));
	}
}

static void
every_rc_has_a_name_of_its_own(void)
{
	int i, j, same = 0;

	for (i = 0; i < RC_COUNT; i++)
		for (j = 0; j < i; j++)
			same += strcmp(rc_name((enum rc)i),
				    rc_name((enum rc)j)) == 0;
	is_int(same, 0, "equal names");
	is_str(rc_name(RC_OK), "ok", "ok");
	is_str(rc_name(RC_UNCERTAIN), "uncertain", "uncertain");
}

int
main(void)
{
	RUN(the_first_reason_is_kept);
	RUN(nobody_has_to_ask_for_the_reason);
	RUN(errno_is_told_in_words);
	RUN(a_prefix_goes_before_a_reason_and_nowhere_else);
	RUN(a_long_text_is_cut_at_a_characters_end);
	RUN(every_rc_has_a_name_of_its_own);
	return tap_done();
}
