#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "t/tap.h"

static char written[4 * LIMIT_LINE];

/* Run fn with standard error in a file; what it wrote is in written. */
static void
capture(void (*fn)(void))
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	written[0] = '\0';
	if (f == NULL || saved < 0 || dup2(fileno(f), STDERR_FILENO) < 0) {
		ok(0, "could not redirect standard error");
		return;
	}
	fn();
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	rewind(f);
	n = fread(written, 1, sizeof(written) - 1, f);
	written[n] = '\0';
	(void)fclose(f);
}

static int
lines(void)
{
	const char *p;
	int n = 0;

	for (p = written; *p != '\0'; p++)
		n += *p == '\n';
	return n;
}

static void
warn_of_age(void)
{
	log_open("hats", LOG_INFO);
	log_request("a1b2c3");
	log_event(LOG_WARN, "mirror is stale age=%d", 95);
	log_request(NULL);
}

static void
a_line_has_time_program_request_and_level(void)
{
	char tail[100];

	capture(warn_of_age);
	(void)snprintf(tail, sizeof(tail),
	    "Z hats[%ld] a1b2c3 warn: mirror is stale age=95\n",
	    (long)getpid());
	is_int(lines(), 1, "lines");
	ok(strlen(written) == 19 + strlen(tail) && written[10] == 'T',
	    "a time before: %.20s", written);
	is_str(strchr(written, 'Z'), tail, "line");
}

static void
write_each_level(void)
{
	int asked, event;

	for (asked = LOG_ERROR; asked <= LOG_DEBUG; asked++) {
		log_level_set((enum log_level)asked);
		for (event = LOG_ERROR; event <= LOG_DEBUG; event++)
			log_event((enum log_level)event, "x");
	}
	log_level_set(LOG_INFO);
}

static void
less_important_events_are_left_out(void)
{
	capture(write_each_level);
	is_int(lines(), 1 + 2 + 3 + 4, "lines");
	ok(strstr(written, " debug: x\n") != NULL, "debug is named");
}

static void
write_every_byte(void)
{
	char s[256];
	int c;

	for (c = 1; c < 256; c++)
		s[c - 1] = (char)c;
	s[255] = '\0';
	log_event(LOG_ERROR, "%s|\xc3\xa4|\xc2\x85|", s);
}

static void
no_byte_forges_a_line(void)
{
	size_t i, bad = 0;
	char hex[8];
	int c;

	capture(write_every_byte);
	is_int(lines(), 1, "lines");
	for (i = 0; written[i] != '\0'; i++)
		bad +=
		    ((unsigned char)written[i] < 0x20 && written[i] != '\n') ||
		    written[i] == 0x7f;
	is_int((long long)bad, 0, "control bytes");
	bad = 0;
	for (c = 1; c < 256; c++) {
		(void)snprintf(hex, sizeof(hex), "\\x%02x", (unsigned int)c);
		bad +=
		    (strstr(written, hex) != NULL) != (c < 0x20 || c >= 0x7f);
	}
	is_int((long long)bad, 0, "bytes escaped wrongly");
	ok(strstr(written, "|\xc3\xa4|\\xc2\\x85|") != NULL,
	    "well-formed text stays, C1 does not");
}

static void
write_long_ones(void)
{
	static char s[2 * LIMIT_LINE];
	size_t i;

	memset(s, 'x', sizeof(s) - 1);
	log_event(LOG_ERROR, "%s", s);
	for (i = 0; i + 3 < sizeof(s); i += 3)
		memcpy(s + i, "\xe2\x82\xac", 3);
	log_event(LOG_ERROR, "%s", s);
	memset(s, '\n', sizeof(s) - 1);
	log_event(LOG_ERROR, "%s", s);
	log_request(s);
	log_event(LOG_ERROR, "y");
	log_request("");
}

static void
a_long_event_is_cut(void)
{
	const char *p = written, *end;
	int n;

	capture(write_long_ones);
	for (n = 0; (end = strchr(p, '\n')) != NULL; n++, p = end + 1)
		ok(end - p < LIMIT_LINE && text_line(p, (size_t)(end - p)),
		    "line %d has %zu bytes", n, (size_t)(end - p));
	is_int(n, 4, "lines");
}

static void
write_failure(void)
{
	struct error e = ERROR_NONE;

	(void)error_set(&e, RC_DB, "no such table");
	log_failure("home page", &e);
}

static void
a_failure_has_its_reason_and_rc(void)
{
	capture(write_failure);
	ok(strstr(written, "error: home page: no such table rc=database\n") !=
		NULL,
	    "line: %s", written);
}

static enum rc
log_once(void)
{
	capture(warn_of_age);
	return RC_OK;
}

static void
out_of_memory_does_not_silence_it(void)
{
	is_int(torture("log", log_once), 0, "allocations");
}

static void
write_nowhere(void)
{
	(void)close(STDERR_FILENO);
	log_event(LOG_ERROR, "x");
}

static void
a_closed_standard_error_fails_nothing(void)
{
	capture(write_nowhere);
	is_str(written, "", "nothing");
}

int
main(void)
{
	RUN(a_line_has_time_program_request_and_level);
	RUN(less_important_events_are_left_out);
	RUN(no_byte_forges_a_line);
	RUN(a_long_event_is_cut);
	RUN(a_failure_has_its_reason_and_rc);
	RUN(out_of_memory_does_not_silence_it);
	RUN(a_closed_standard_error_fails_nothing);
	return tap_done();
}
