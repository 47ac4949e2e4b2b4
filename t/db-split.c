#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "db/split.h"
#include "t/tap.h"

/* Statements joined by '|'. */
static enum rc
join(void *ctx, const char *text, size_t n, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	if (b->len > 0)
		buf_putc(b, '|');
	buf_put(b, text, n);
	return buf_rc(b);
}

static void
gives(const char *text, const char *want)
{
	struct error e = ERROR_NONE;
	struct buf b;
	enum rc rc;

	buf_init(&b, 1000);
	rc = split_statements(text, strlen(text), join, &b, &e);
	ok(rc == RC_OK, "%s: %s", text, e.text);
	is_str(buf_str(&b), want, "statements");
	buf_release(&b);
}

static void
is_refused(const char *text)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 1000);
	ok(split_statements(text, strlen(text), join, &b, &e) == RC_INVALID &&
		e.rc == RC_INVALID,
	    "%s: %s", text, e.text);
	buf_release(&b);
}

static void
a_statement_ends_at_a_semicolon_at_a_lines_end(void)
{
	gives("", "");
	gives("\n \t\r\n-- only a comment", "");
	gives("a;", "a");
	gives("a;\nb;\n", "a|b");
	gives("a; \t\r\nb;", "a|b");
	gives("a\nb\n;\n\n\nc;", "a\nb\n|c");
	gives("a; b;", "a; b");
	gives("BEGIN x; END;\n", "BEGIN x; END");
	gives("a;-- no end here\nb;", "a;-- no end here\nb");
}

static void
quotes_and_comments_hide_a_semicolon(void)
{
	gives("'a;\n';", "'a;\n'");
	gives("'it''s;\n';\nb;", "'it''s;\n'|b");
	gives("\"a;\n\";", "\"a;\n\"");
	gives("`a;\n`;", "`a;\n`");
	gives("a -- it's;\nb;", "a -- it's;\nb");
	gives("a /* ;\n ' */ b;", "a /* ;\n ' */ b");
	gives("'\\';\nb;", "'\\'|b");
	gives("'--';\nb;", "'--'|b");
}

static void
comments_before_a_statement_are_dropped(void)
{
	gives("-- why\n\n-- it's so\na;\n-- b\nb;", "a|b");
	gives("/* kept */ a;", "/* kept */ a");
	gives("a;\n-- the end", "a");
}

static void
what_is_left_over_or_open_is_refused(void)
{
	is_refused("a");
	is_refused("a;\nb");
	is_refused("a; b");
	is_refused("'a;");
	is_refused("\"a;");
	is_refused("`");
	is_refused("a /* ;");
	is_refused("/*/;");
	is_refused("'");
}

static enum rc
refuse(void *ctx, const char *text, size_t n, struct error *e)
{
	(void)text;
	(void)n;
	++*(int *)ctx;
	return error_set(e, RC_CONFLICT, "enough");
}

static void
the_callers_word_ends_the_walk(void)
{
	int calls = 0;

	ok(split_statements("a;\nb;", 5, refuse, &calls, NULL) == RC_CONFLICT,
	    "its rc is returned");
	is_int(calls, 1, "calls");
}

int
main(void)
{
	RUN(a_statement_ends_at_a_semicolon_at_a_lines_end);
	RUN(quotes_and_comments_hide_a_semicolon);
	RUN(comments_before_a_statement_are_dropped);
	RUN(what_is_left_over_or_open_is_refused);
	RUN(the_callers_word_ends_the_walk);
	return tap_done();
}
