#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/limits.h"
#include "base/text.h"
#include "t/random.h"
#include "t/tap.h"

struct hat {
	char *name, *brim, *key;
	int64_t size, felt, mood;
};

static const char *const moods[] = { "grave", "merry", NULL };

static const struct conf_key keys[] = {
	CONF_TEXT("hat.name", struct hat, name, 1, 20, "bowler"),
	CONF_TEXT("hat.brim", struct hat, brim, 0, 20, NULL),
	CONF_SECRET("hat.key", struct hat, key, 0, 20, ""),
	CONF_INT("hat.size", struct hat, size, -5, 70, 57),
	CONF_BOOL("hat.felt", struct hat, felt, 1),
	CONF_WORD("hat.mood", struct hat, mood, moods, 1),
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* Parse over the defaults. */
static enum rc
parse(struct hat *h, enum conf_kind kind, const char *s, size_t n,
    struct error *e)
{
	enum rc rc;

	rc = conf_defaults(keys, N_KEYS, h, e);
	if (rc != RC_OK)
		return rc;
	return conf_parse(keys, N_KEYS, kind, "hat.conf", s, n, h, e);
}

static void
without_a_file_the_defaults_hold(void)
{
	struct error e = ERROR_NONE;
	struct hat h;

	is_int(parse(&h, CONF_PLAIN, "", 0, &e), RC_OK, "rc");
	is_str(h.name, "bowler", "name");
	ok(h.brim == NULL, "no default of brim");
	is_int(h.size, 57, "size");
	is_int(h.felt, 1, "felt");
	is_int(h.mood, 1, "mood");
	is_int(conf_complete(keys, N_KEYS, &h, &e), RC_INVALID, "incomplete");
	is_str(e.text, "hat.brim must be set", "text");
	conf_release(keys, N_KEYS, &h);
	ok(h.name == NULL, "released");
	conf_release(keys, N_KEYS, &h);
}

static void
each_type_is_read(void)
{
	static const char s[] = "# a comment\n"
				"\n"
				"  hat.name =  top hat = tall  \r\n"
				"\that.size=-5\n"
				"hat.felt = no\n"
				"hat.mood = grave\n"
				"   # another\n"
				"hat.brim =";
	struct error e = ERROR_NONE;
	struct hat h;

	is_int(parse(&h, CONF_PLAIN, s, sizeof(s) - 1, &e), RC_OK, e.text);
	is_str(h.name, "top hat = tall", "name");
	is_str(h.brim, "", "brim");
	is_int(h.size, -5, "size");
	is_int(h.felt, 0, "felt");
	is_int(h.mood, 0, "mood");
	is_int(conf_complete(keys, N_KEYS, &h, &e), RC_OK, "complete");
	conf_release(keys, N_KEYS, &h);
}

static void
errors_name_file_line_and_key(void)
{
	static const struct {
		const char *s, *why;
	} cases[] = {
		{ "\n\nhat.weight = 3",
		    "hat.conf:3: unknown key \"hat.weight\"" },
		{ "hat.nam = x", "hat.conf:1: unknown key \"hat.nam\"" },
		{ "hat.names = x", "hat.conf:1: unknown key \"hat.names\"" },
		{ "= x", "hat.conf:1: unknown key \"\"" },
		{ "hat.name top", "hat.conf:1: expected \"key = value\"" },
		{ "hat.name = a\nhat.size = 3\nhat.name = b",
		    "hat.conf:3: hat.name is already set in line 1" },
		{ "hat.size = 71",
		    "hat.conf:1: hat.size is \"71\", outside -5 to 70" },
		{ "hat.size = 99999999999999999999",
		    "hat.conf:1: hat.size is \"99999999999999999999\", "
		    "outside -5 to 70" },
		{ "hat.size = big",
		    "hat.conf:1: hat.size is \"big\", not a whole number" },
		{ "hat.size =",
		    "hat.conf:1: hat.size is \"\", not a whole number" },
		{ "hat.felt = maybe",
		    "hat.conf:1: hat.felt is \"maybe\", not one of: no, yes" },
		{ "hat.mood = mer", "hat.conf:1: hat.mood is \"mer\", "
				    "not one of: grave, merry" },
		{ "hat.name =",
		    "hat.conf:1: hat.name has 0 bytes, outside 1 to 20" },
		{ "hat.name = 123456789012345678901",
		    "hat.conf:1: hat.name has 21 bytes, outside 1 to 20" },
		{ "hat.name = a\tb",
		    "hat.conf:1: hat.name is not clean UTF-8 text" },
		{ "hat.name = a\xff",
		    "hat.conf:1: hat.name is not clean UTF-8 text" },
		{ "hat.key = x",
		    "hat.conf:1: hat.key belongs into the secrets file" },
	};
	struct error e;
	struct hat h;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error_clear(&e);
		is_int(
		    parse(&h, CONF_PLAIN, cases[i].s, strlen(cases[i].s), &e),
		    RC_INVALID, "rc");
		is_str(e.text, cases[i].why, "text");
		conf_release(keys, N_KEYS, &h);
	}
}

static void
what_is_too_long_is_refused(void)
{
	static char s[LIMIT_CONF + 1];
	struct error e = ERROR_NONE;
	struct hat h;

	memset(s, '#', sizeof(s));
	is_int(parse(&h, CONF_PLAIN, s, LIMIT_LINE, &e), RC_OK, "a long line");
	conf_release(keys, N_KEYS, &h);
	is_int(parse(&h, CONF_PLAIN, s, LIMIT_LINE + 1, &e), RC_TOOBIG,
	    "a longer line");
	conf_release(keys, N_KEYS, &h);
	memset(s, '\n', sizeof(s));
	error_clear(&e);
	is_int(parse(&h, CONF_PLAIN, s, LIMIT_CONF, &e), RC_OK, "a long file");
	conf_release(keys, N_KEYS, &h);
	is_int(parse(&h, CONF_PLAIN, s, sizeof(s), &e), RC_TOOBIG,
	    "a longer file");
	conf_release(keys, N_KEYS, &h);
}

static void
the_secrets_file_holds_secrets_only(void)
{
	struct error e = ERROR_NONE;
	struct hat h;

	is_int(parse(&h, CONF_SECRETS, "hat.key = s", 11, &e), RC_OK, e.text);
	is_str(h.key, "s", "key");
	conf_release(keys, N_KEYS, &h);
	is_int(
	    parse(&h, CONF_SECRETS, "hat.felt = no", 13, &e), RC_INVALID, "rc");
	is_str(e.text,
	    "hat.conf:1: hat.felt is no secret and belongs into the main file",
	    "text");
	conf_release(keys, N_KEYS, &h);
}

static char path[] = "/tmp/hatshop-conf-XXXXXX";

static void
write_file(const char *s, size_t n, mode_t mode)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(s, 1, n, f) != n || fclose(f) != 0 ||
	    chmod(path, mode) != 0)
		ok(0, "could not write %s", path);
}

static enum rc
read_file(struct hat *h, enum conf_kind kind, struct error *e)
{
	enum rc rc;

	rc = conf_defaults(keys, N_KEYS, h, e);
	if (rc != RC_OK)
		return rc;
	rc = conf_read(keys, N_KEYS, kind, path, h, e);
	if (rc != RC_OK)
		conf_release(keys, N_KEYS, h);
	return rc;
}

static void
a_secrets_file_that_others_can_read_is_refused(void)
{
	struct error e = ERROR_NONE;
	struct hat h;

	write_file("hat.key = s\n", 12, 0644);
	is_int(read_file(&h, CONF_SECRETS, &e), RC_DENIED, e.text);
	error_clear(&e);
	write_file("hat.key = s\n", 12, 0641);
	is_int(read_file(&h, CONF_SECRETS, &e), RC_DENIED, e.text);
	error_clear(&e);
	write_file("hat.key = s\n", 12, 0640);
	is_int(read_file(&h, CONF_SECRETS, &e), RC_OK, "0640");
	is_str(h.key, "s", "key");
	conf_release(keys, N_KEYS, &h);
}

static void
a_file_is_read_whole_or_not_at_all(void)
{
	static char s[LIMIT_CONF + 5000];
	struct error e = ERROR_NONE;
	struct hat h;

	memset(s, '\n', sizeof(s));
	memcpy(s + LIMIT_CONF - 14, "hat.felt = no", 13);
	write_file(s, LIMIT_CONF, 0600);
	is_int(read_file(&h, CONF_PLAIN, &e), RC_OK, e.text);
	is_int(h.felt, 0, "the last line counts");
	conf_release(keys, N_KEYS, &h);
	write_file(s, LIMIT_CONF + 1, 0600);
	is_int(read_file(&h, CONF_PLAIN, &e), RC_TOOBIG, "one byte more");
	error_clear(&e);
	write_file(s, sizeof(s), 0600);
	is_int(read_file(&h, CONF_PLAIN, &e), RC_TOOBIG, "many bytes more");
}

static void
a_file_that_cannot_be_read_says_so(void)
{
	struct error e = ERROR_NONE;
	struct hat h;

	if (conf_defaults(keys, N_KEYS, &h, &e) != RC_OK)
		return;
	is_int(conf_read(keys, N_KEYS, CONF_PLAIN, "/nowhere/hat.conf", &h, &e),
	    RC_IO, "rc");
	is_str(e.text,
	    "could not open file \"/nowhere/hat.conf\": "
	    "No such file or directory",
	    "text");
	error_clear(&e);
	is_int(conf_read(keys, N_KEYS, CONF_PLAIN, "/", &h, &e), RC_IO,
	    "a folder");
	is_str(e.text, "could not read file \"/\": Is a directory", "text");
	conf_release(keys, N_KEYS, &h);
}

static enum rc
read_all(void)
{
	struct error e = ERROR_NONE;
	struct hat h;
	enum rc rc;

	rc = read_file(&h, CONF_PLAIN, &e);
	ok((rc == RC_OK) == (e.rc == RC_OK) &&
		(rc == RC_OK) == (h.name != NULL),
	    "a reason if and only if it failed: %s", e.text);
	if (rc == RC_OK)
		conf_release(keys, N_KEYS, &h);
	return rc;
}

static enum rc
read_wrong_word(void)
{
	struct error e = ERROR_NONE;
	struct hat h;
	enum rc rc;

	rc = parse(&h, CONF_PLAIN, "hat.mood = x", 12, &e);
	conf_release(keys, N_KEYS, &h);
	return rc == RC_INVALID ? RC_OK : rc;
}

static void
each_allocation_may_fail(void)
{
	write_file("hat.name = a\nhat.brim = b\n", 26, 0600);
	is_int(torture("conf", read_all), 6, "allocations");
	is_int(torture("a wrong word", read_wrong_word), 4, "allocations");
}

static void
random_lines_never_leave_a_broken_struct(void)
{
	static const char *const parts[] = { "hat.name", "hat.size", "hat.key",
		" = ", "=", "\n", "#", "57", "-5", "no", "x", "\xc3\xa4",
		"\xff", " ", "\r\n" };
	struct random r = random_seeded();
	struct error e;
	struct hat h;
	struct buf b;
	int i, k, bad = 0;
	enum rc rc;

	buf_init(&b, 1000);
	for (i = 0; i < RANDOM_CASES; i++) {
		buf_reset(&b);
		for (k = 0; k < 10; k++)
			buf_puts(&b, parts[random_below(&r,
					 sizeof(parts) / sizeof(parts[0]))]);
		error_clear(&e);
		rc = parse(&h, CONF_PLAIN, b.s, b.len, &e);
		bad += (rc == RC_OK) != (e.text[0] == '\0') || h.size < -5 ||
		       h.size > 70 || h.name == NULL ||
		       !text_line(h.name, strlen(h.name));
		conf_release(keys, N_KEYS, &h);
	}
	is_int(bad, 0, "broken");
	buf_release(&b);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd < 0 || close(fd) != 0)
		return 1;
	RUN(without_a_file_the_defaults_hold);
	RUN(each_type_is_read);
	RUN(errors_name_file_line_and_key);
	RUN(what_is_too_long_is_refused);
	RUN(the_secrets_file_holds_secrets_only);
	RUN(a_secrets_file_that_others_can_read_is_refused);
	RUN(a_file_is_read_whole_or_not_at_all);
	RUN(a_file_that_cannot_be_read_says_so);
	RUN(each_allocation_may_fail);
	RUN(random_lines_never_leave_a_broken_struct);
	(void)unlink(path);
	return tap_done();
}
