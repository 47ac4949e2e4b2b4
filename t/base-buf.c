#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "t/random.h"
#include "t/tap.h"

static void
an_empty_one_has_an_empty_text_and_no_memory(void)
{
	struct buf b;

	buf_init(&b, 10);
	is_str(buf_str(&b), "", "text");
	is_int(buf_rc(&b), RC_OK, "rc");
	ok(b.s == NULL, "nothing allocated");
	buf_cut(&b, 0);
	buf_release(&b);
	buf_release(&b);
}

static void
each_kind_of_put_appends(void)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_puts(&b, "hat=");
	buf_putd(&b, -42);
	buf_putc(&b, ';');
	buf_put(&b, "\0x", 2);
	buf_puthex(&b, "\x00\x9f\xff", 3);
	buf_printf(&b, "%s:%d", "n", 7);
	is_int((long long)b.len, 19, "length");
	ok(memcmp(b.s, "hat=-42;\0x009fffn:7", 20) == 0, "bytes and NUL");
	buf_cut(&b, 4);
	is_str(buf_str(&b), "hat=", "after the cut");
	buf_reset(&b);
	is_str(buf_str(&b), "", "after the reset");
	buf_release(&b);
}

static void
the_extreme_numbers_are_written_whole(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_putd(&b, INT64_MIN);
	buf_putc(&b, ' ');
	buf_putd(&b, INT64_MAX);
	buf_putc(&b, ' ');
	buf_putd(&b, 0);
	is_str(
	    buf_str(&b), "-9223372036854775808 9223372036854775807 0", "text");
	buf_release(&b);
}

static void
exactly_the_ceiling_fits(void)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "abc");
	buf_printf(&b, "%s", "de");
	is_str(buf_str(&b), "abcde", "text");
	is_int(buf_rc(&b), RC_OK, "rc");
	buf_release(&b);
}

static void
over_the_ceiling_fails_for_good(void)
{
	struct buf b;

	buf_init(&b, 5);
	buf_puts(&b, "abc");
	buf_puts(&b, "def");
	is_int(buf_rc(&b), RC_TOOBIG, "rc");
	is_str(buf_str(&b), "", "empty");
	buf_puts(&b, "x");
	buf_putd(&b, 1);
	buf_puthex(&b, "x", 1);
	buf_printf(&b, "x");
	is_str(buf_str(&b), "", "still empty");
	buf_reset(&b);
	buf_puthex(&b, "abc", 3);
	is_int(buf_rc(&b), RC_TOOBIG, "hex counts twice");
	buf_reset(&b);
	buf_printf(&b, "%6d", 1);
	is_int(buf_rc(&b), RC_TOOBIG, "printf");
	buf_reset(&b);
	buf_puts(&b, "abc");
	is_int(buf_rc(&b), RC_OK, "reset forgets");
	buf_release(&b);
}

static void
the_first_failure_by_hand_is_kept(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, "half a page");
	buf_fail(&b, RC_INVALID);
	buf_fail(&b, RC_NOMEM);
	is_int(buf_rc(&b), RC_INVALID, "rc");
	is_str(buf_str(&b), "", "empty");
	buf_release(&b);
}

static void
take_hands_over_the_bytes(void)
{
	struct buf b;
	char *s;
	size_t n;

	buf_init(&b, 100);
	buf_puts(&b, "hat");
	is_int(buf_take(&b, &s, &n), RC_OK, "rc");
	is_str(s, "hat", "text");
	is_int((long long)n, 3, "length");
	free(s);
	is_str(buf_str(&b), "", "empty afterwards");
	is_int(buf_take(&b, &s, NULL), RC_OK, "rc of nothing");
	is_str(s, "", "text of nothing");
	free(s);
	buf_fail(&b, RC_IO);
	is_int(buf_take(&b, &s, &n), RC_IO, "rc of a failed one");
	ok(s == NULL && n == 0, "no text of a failed one");
	buf_release(&b);
}

static void
random_puts_equal_a_plain_copy(void)
{
	struct random r = random_seeded();
	char want[4096], chunk[64];
	size_t len, n;
	struct buf b;
	int i, bad = 0;

	for (i = 0; i < RANDOM_CASES; i++) {
		buf_init(&b, sizeof(want));
		len = 0;
		while (len + sizeof(chunk) < sizeof(want)) {
			n = random_below(&r, sizeof(chunk));
			random_fill(&r, chunk, n);
			buf_put(&b, chunk, n);
			memcpy(want + len, chunk, n);
			len += n;
		}
		bad += b.len != len || memcmp(buf_str(&b), want, len) != 0 ||
		       buf_str(&b)[len] != '\0';
		buf_release(&b);
	}
	is_int(bad, 0, "different texts");
}

static enum rc
use_everything(void)
{
	struct buf b;
	char *s;
	enum rc rc;

	buf_init(&b, 1000);
	buf_puts(&b, "0123456789012345678901234567890123456789");
	buf_puthex(&b, "0123456789012345", 16);
	buf_printf(&b, "%0100d", 7);
	rc = buf_take(&b, &s, NULL);
	ok((rc == RC_OK) == (s != NULL), "a text if and only if ok");
	free(s);
	if (rc == RC_OK)
		rc = buf_take(&b, &s, NULL);
	if (rc == RC_OK)
		free(s);
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	is_int(torture("buf", use_everything), 4, "allocations");
}

int
main(void)
{
	RUN(an_empty_one_has_an_empty_text_and_no_memory);
	RUN(each_kind_of_put_appends);
	RUN(the_extreme_numbers_are_written_whole);
	RUN(exactly_the_ceiling_fits);
	RUN(over_the_ceiling_fails_for_good);
	RUN(the_first_failure_by_hand_is_kept);
	RUN(take_hands_over_the_bytes);
	RUN(random_puts_equal_a_plain_copy);
	RUN(each_allocation_may_fail);
	return tap_done();
}
