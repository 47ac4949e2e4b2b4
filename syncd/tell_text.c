#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "syncd/tell.h"

/* "name         value", a line, clean whatever is in it. */
static void line(struct buf *b, const char *name, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
line(struct buf *b, const char *name, const char *fmt, ...)
{
	struct buf value;
	va_list ap;

	buf_init(&value, LIMIT_TELL);
	va_start(ap, fmt);
	buf_vprintf(&value, fmt, ap);
	va_end(ap);
	if (buf_rc(&value) != RC_OK)
		buf_fail(b, buf_rc(&value));
	buf_printf(b, "%-12s ", name);
	tell_line(b, buf_str(&value));
	buf_putc(b, '\n');
	buf_release(&value);
}

/* Seconds as a person says them. */
static void
put_age(struct buf *b, int64_t s)
{
	if (s < 0)
		buf_puts(b, "in the future");
	else if (s < 120)
		buf_printf(b, "%" PRId64 " s ago", s);
	else if (s < 7200)
		buf_printf(b, "%" PRId64 " min ago", s / 60);
	else if (s < 172800)
		buf_printf(b, "%" PRId64 " h ago", s / 3600);
	else
		buf_printf(b, "%" PRId64 " days ago", s / 86400);
}

static void
line_time(
    struct buf *b, const char *name, int64_t t, int64_t now, const char *more)
{
	struct buf when;

	buf_init(&when, 128);
	clock_put_iso(&when, t);
	buf_puts(&when, ", ");
	put_age(&when, now - t);
	if (t == 0)
		line(b, name, "never");
	else
		line(b, name, "%s%s", buf_str(&when), more);
	buf_release(&when);
}

/* The identity as lib/stock/link.h makes it, in words. */
static void
line_source(struct buf *b, const char *source)
{
	const char *id = strchr(source, ' '), *at = NULL;

	if (id != NULL)
		at = strchr(id + 1, ' ');
	if (source[0] == '\0')
		line(b, "source", "none yet");
	else if (strncmp(source, "mariadb ", 8) == 0 && at != NULL)
		line(b, "source", "MariaDB at %s, server_id %.*s", at + 1,
		    (int)(at - id - 1), id + 1);
	else if (strncmp(source, "mysql ", 6) == 0)
		line(b, "source", "MySQL, server_uuid %s", id + 1);
	else
		line(b, "source", "%s", source);
}

static void
line_mode(struct buf *b, const struct tell *t)
{
	const struct mirror *m = &t->m;

	if (m->mode[0] == '\0')
		line(b, "mode", "none yet");
	else if (m->reason[0] != '\0')
		line(b, "mode", "%s: %s", m->mode, m->reason);
	else
		line(b, "mode", "%s", m->mode);
}

static void
lines_of_log(struct buf *b, const struct tell *t)
{
	const struct mirror *m = &t->m;
	char more[100];

	if (strcmp(m->mode, "binlog") != 0)
		return;
	(void)snprintf(more, sizeof(more),
	    "; read after %" PRId64 " ms, published after %" PRId64 " ms",
	    m->read_lag_ms, m->apply_lag_ms);
	line_time(b, "last change", m->event_at, t->now, more);
	/* what follows the first blank is for syncd: position.h */
	line(b, "position", "%.*s",
	    m->position[0] != '\0' ? (int)strcspn(m->position, " ") : 9,
	    m->position[0] != '\0' ? m->position : "none kept");
}

static void
lines_of_counts(struct buf *b, const struct mirror *m)
{
	line(
	    b, "items", "%" PRId64 ", %" PRId64 " shown", m->items, m->visible);
	line(b, "flaws", "%" PRId64, m->flawed);
	line(b, "pictures",
	    "%" PRId64 ", %" PRId64 " broken, %" PRId64 " waiting", m->pictures,
	    m->broken, m->waiting);
	if (m->store_problem[0] != '\0')
		line(b, "store", "fails: %s", m->store_problem);
}

static void
lines_of_rows(struct buf *b, const struct tell *t)
{
	for (size_t i = 0; i < t->nflawed; i++)
		line(b, "flawed", "\"%s\": %s", t->flawed[i].key,
		    t->flawed[i].why);
	for (size_t i = 0; i < t->nbroken; i++)
		line(b, "broken", "picture of \"%s\": %s", t->broken[i].key,
		    t->broken[i].why);
}

void
tell_text(const struct tell *t, struct buf *b)
{
	const struct mirror *m = &t->m;
	const char *advice[TELL_ADVICE];
	char more[60];
	size_t n;

	line(b, "state", "%s", tell_state_name(t->state));
	if (t->runs)
		line(b, "syncd", "at work: %s", t->holder.name);
	else
		line(b, "syncd", "none is at work");
	line_mode(b, t);
	line_source(b, m->source);
	line_time(b, "confirmed", m->confirmed_at, t->now, "");
	line_time(b, "published", m->published_at, t->now, "");
	lines_of_log(b, t);
	(void)snprintf(
	    more, sizeof(more), ": %" PRId64 " differences", m->differences);
	line_time(b, "compared", m->compared_at, t->now, more);
	lines_of_counts(b, m);
	if (t->suspected > 0)
		line(b, "suspected",
		    "%" PRId64 " levels may have been overwritten",
		    t->suspected);
	if (m->vanished < 0)
		line(b, "lost",
		    "it is being found out what the stock system "
		    "has lost");
	if (m->vanished > 0)
		line(b, "lost", "%" PRId64 " payments are to be done again",
		    m->vanished);
	line(b, "problem", "%s", m->problem[0] != '\0' ? m->problem : "none");
	if (m->problem[0] != '\0')
		line_time(b, "since", m->problem_at, t->now, "");
	lines_of_rows(b, t);
	n = tell_advice(t, advice);
	for (size_t i = 0; i < n; i++)
		line(b, "to do", "%s", advice[i]);
}
