#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

#define REQUEST_SIZE 33

/* The one mutable state of lib/base: a process has one standard error, and
 * passing it through every call would say nothing. */
static struct {
	const char *program; /* borrowed */
	enum log_level level;
	char request[REQUEST_SIZE];
} state = { "shop", LOG_INFO, "" };

const char *const log_level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
	NULL,
};

void
log_open(const char *program, enum log_level level)
{
	state.program = program;
	state.level = level;
}

void
log_level_set(enum log_level level)
{
	state.level = level;
}

void
log_request(const char *id)
{
	size_t n;

	if (id == NULL)
		id = "";
	n = text_clip(id, strlen(id), REQUEST_SIZE - 1);
	memcpy(state.request, id, n);
	state.request[n] = '\0';
}

/* A line of fixed size: out of memory must not silence the log. */
struct line {
	size_t len;
	char s[LIMIT_LINE];
};

/* Append, with control characters and malformed bytes as \xHH; stops at the
 * line's end, of which one byte is kept for the newline. */
static void
add(struct line *l, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t i, step, n = strlen(s);
	bool plain;
	uint32_t cp;

	while (n > 0) {
		step = text_decode(s, n, &cp);
		plain = step > 0 && !text_control(cp);
		if (step == 0)
			step = 1;
		if ((plain ? step : 4 * step) >= sizeof(l->s) - l->len)
			return;
		for (i = 0; i < step; i++) {
			if (plain) {
				l->s[l->len++] = s[i];
				continue;
			}
			l->s[l->len++] = '\\';
			l->s[l->len++] = 'x';
			l->s[l->len++] = hex[(unsigned char)s[i] >> 4];
			l->s[l->len++] = hex[(unsigned char)s[i] & 15];
		}
		s += step;
		n -= step;
	}
}

void
log_event(enum log_level level, const char *fmt, ...)
{
	struct line line = { .len = 0 };
	char text[LIMIT_LINE], head[64], now[CLOCK_ISO_SIZE];
	va_list ap;
	ssize_t n;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	clock_iso(clock_now(), now);
	add(&line, now);
	add(&line, " ");
	add(&line, state.program);
	(void)snprintf(
	    head, sizeof(head), "[%" PRIdMAX "] ", (intmax_t)getpid());
	add(&line, head);
	if (state.request[0] != '\0') {
		add(&line, state.request);
		add(&line, " ");
	}
	add(&line, log_level_names[level]);
	add(&line, ": ");
	add(&line, text);
	line.s[line.len++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	n = write(STDERR_FILENO, line.s, line.len);
	(void)n;
}

void
log_failure(const char *what, const struct error *e)
{
	log_event(LOG_ERROR, "%s: %s rc=%s", what, e->text, rc_name(e->rc));
}
