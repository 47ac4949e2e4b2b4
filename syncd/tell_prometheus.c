#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "syncd/tell.h"

#define PREFIX "hatshop_sync_"

/* help has neither a line's end nor a backslash, which would be escaped. */
static void
head(struct buf *b, const char *name, const char *help)
{
	buf_printf(b, "# HELP " PREFIX "%s %s\n", name, help);
	buf_printf(b, "# TYPE " PREFIX "%s gauge\n", name);
}

static void
gauge(struct buf *b, const char *name, int64_t value, const char *help)
{
	head(b, name, help);
	buf_printf(b, PREFIX "%s %" PRId64 "\n", name, value);
}

/* In seconds; without a sample when it is not known. */
static void
lag(struct buf *b, const char *name, bool known, int64_t ms, const char *help)
{
	head(b, name, help);
	if (ms < 0)
		ms = 0;
	if (known)
		buf_printf(b, PREFIX "%s %" PRId64 ".%03d\n", name, ms / 1000,
		    (int)(ms % 1000));
}

/* A label's value: backslash, quote and line's end are escaped, the last of
 * which tell_line leaves none of. */
static void
put_label(struct buf *b, const char *name, const char *value)
{
	struct buf clean;

	buf_init(&clean, LIMIT_TELL);
	tell_line(&clean, value);
	if (buf_rc(&clean) != RC_OK)
		buf_fail(b, buf_rc(&clean));
	buf_printf(b, "%s=\"", name);
	for (const char *p = buf_str(&clean); *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			buf_putc(b, '\\');
		buf_putc(b, *p);
	}
	buf_putc(b, '"');
	buf_release(&clean);
}

static void
info(struct buf *b, const struct mirror *m)
{
	head(b, "info", "How the mirror follows which stock system; always 1.");
	buf_puts(b, PREFIX "info{");
	put_label(b, "mode", m->mode);
	buf_putc(b, ',');
	put_label(b, "source", m->source);
	buf_puts(b, "} 1\n");
}

static void
times(struct buf *b, const struct mirror *m)
{
	bool follows = strcmp(m->mode, "binlog") == 0;
	bool event = follows && m->event_at != 0;

	gauge(b, "confirmed_timestamp_seconds", m->confirmed_at,
	    "When the mirror was last known equal to the stock system.");
	gauge(b, "published_timestamp_seconds", m->published_at,
	    "When something in the mirror last changed.");
	gauge(b, "binlog", follows,
	    "1 if changes come by the binary log, 0 if they are polled.");
	gauge(b, "event_timestamp_seconds", follows ? m->event_at : 0,
	    "When the newest change was made that came by the binary log.");
	lag(b, "read_lag_seconds", event, m->read_lag_ms,
	    "From a change in the stock system until it was read.");
	lag(b, "apply_lag_seconds", event, m->apply_lag_ms,
	    "From a change in the stock system until it was published.");
	gauge(b, "compared_timestamp_seconds", m->compared_at,
	    "When all items were last compared.");
	gauge(b, "differences", m->differences,
	    "Differences that the last comparison of all items found.");
}

static void
counts(struct buf *b, const struct mirror *m)
{
	gauge(b, "items", m->items, "Items in the mirror.");
	gauge(b, "items_shown", m->visible, "Items that the shop shows.");
	gauge(b, "items_flawed", m->flawed, "Items with an unusable value.");
	gauge(b, "pictures", m->pictures, "Items that show their picture.");
	gauge(b, "pictures_broken", m->broken,
	    "Items whose picture is broken or cannot be had.");
	gauge(b, "pictures_waiting", m->waiting,
	    "Items whose picture is not looked at or not stored yet.");
	gauge(b, "store_failing", m->store_problem[0] != '\0',
	    "1 if pictures cannot be stored.");
}

void
tell_prometheus(const struct tell *t, struct buf *b)
{
	const struct mirror *m = &t->m;

	gauge(b, "running", t->runs, "1 if a syncd holds the mirror's lease.");
	gauge(b, "healthy", t->healthy,
	    "1 if the mirror is fresh, whole and without a problem.");
	gauge(b, "partial", m->partial,
	    "1 while a large publication is under way.");
	gauge(b, "problem", m->problem[0] != '\0',
	    "1 if the stock system cannot be mirrored.");
	info(b, m);
	gauge(b, "stale_after_seconds", t->s->stock_stale_after,
	    "The age of the confirmation at which nothing is sold.");
	times(b, m);
	counts(b, m);
	gauge(b, "suspected", t->suspected,
	    "Items whose level may have been overwritten.");
	gauge(b, "to_take_again", m->vanished,
	    "Payments to be done again with the stock system, -1 not known.");
}
