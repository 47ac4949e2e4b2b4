/* The status: what comes from outside harms none of its forms, advice for each
 * trouble, and each call failed once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd/tell.h"
#include "t/shop.h"

static bool
advises(const struct tell *t, const char *words)
{
	const char *advice[TELL_ADVICE];
	size_t n = tell_advice(t, advice);

	for (size_t i = 0; i < n; i++)
		if (strstr(advice[i], words) != NULL)
			return true;
	return false;
}

static void
each_trouble_has_its_advice(void)
{
	struct settings s = { .stock_mode = MODE_AUTO };
	struct tell t = { .s = &s, .runs = true, .state = TELL_FRESH };
	const char *advice[TELL_ADVICE];

	is_int((long long)tell_advice(&t, advice), 0, "all is well: none");
	t.runs = false;
	ok(advises(&t, "start it"), "nobody is at work");
	t.runs = true;
	t.state = TELL_STALE;
	ok(advises(&t, "read its log"), "stale without a reason");
	(void)snprintf(t.m.problem, sizeof(t.m.problem), "no link");
	ok(advises(&t, "mend the problem"), "stale with one");
	t.m.problem[0] = '\0';
	t.state = TELL_PARTIAL;
	ok(advises(&t, "wait"), "partial");
	t.state = TELL_NEVER;
	ok(advises(&t, "first copy"), "never copied");
	t.state = TELL_FRESH;
	(void)snprintf(t.m.mode, sizeof(t.m.mode), "poll");
	(void)snprintf(t.m.reason, sizeof(t.m.reason), "no grant");
	(void)snprintf(t.m.store_problem, sizeof(t.m.store_problem), "full");
	t.m.broken = 1;
	is_int((long long)tell_advice(&t, advice), 3,
	    "polling, the store, and broken pictures at once");
	s.stock_mode = MODE_POLL;
	is_int((long long)tell_advice(&t, advice), 2,
	    "to poll as one was told to needs no advice");
}

/* Every byte but NUL; what is no text becomes U+FFFD. */
static void
fill(char *to, size_t size)
{
	size_t n = 0;

	for (int c = 1; c < 256 && n + 1 < size; c++)
		to[n++] = (char)c;
	to[n] = '\0';
}

/* Between "name" and the line's end there is no byte that ends it. */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((*text > 0 && *text < ' ' && *text != '\n') || *text == 127)
			return false;
	return true;
}

static size_t
lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
no_byte_breaks_a_form(void)
{
	static void (*const forms[])(const struct tell *,
	    struct buf *) = { tell_text, tell_json, tell_prometheus };
	struct settings s = { .stock_mode = MODE_AUTO };
	struct tell plain = { .s = &s, .now = 1000 }, odd;
	struct buf a, b;

	(void)snprintf(plain.m.mode, sizeof(plain.m.mode), "binlog");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		odd = plain;
		fill(odd.m.source, sizeof(odd.m.source));
		fill(odd.m.reason, sizeof(odd.m.reason));
		fill(odd.m.position, sizeof(odd.m.position));
		fill(odd.holder.name, sizeof(odd.holder.name));
		odd.runs = plain.runs = true;
		buf_init(&a, LIMIT_TELL);
		buf_init(&b, LIMIT_TELL);
		forms[i](&plain, &a);
		forms[i](&odd, &b);
		ok(buf_rc(&a) == RC_OK && buf_rc(&b) == RC_OK, "written");
		is_int((long long)lines(buf_str(&b)),
		    (long long)lines(buf_str(&a)), "no line more");
		ok(is_clean(buf_str(&b)), "no control byte");
		buf_release(&a);
		buf_release(&b);
	}
}

static const struct settings *used;

static enum rc
tell_all(void)
{
	struct error e = ERROR_NONE;
	struct tell t;
	struct buf b;
	enum rc rc;

	rc = tell_gather(used, &t, &e);
	buf_init(&b, LIMIT_TELL);
	if (rc == RC_OK) {
		tell_text(&t, &b);
		tell_json(&t, &b);
		tell_prometheus(&t, &b);
		rc = buf_rc(&b);
	}
	buf_release(&b);
	tell_release(&t);
	return rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	used = s;
	shop_hat(&sh, "A1", "Crimson Fez", .flaw = FLAW_LEVEL_NEGATIVE);
	shop_hat(&sh, "A2", "Green Fez");
	sales_sql(s, "UPDATE item SET picture = '', picture_source = 'url:x'");
	ok(tell_all() == RC_OK, "it goes well");
	ok(torture("status", tell_all) > 10, "allocations were failed");
	ok(shop_db_torture("status", tell_all) > 5, "calls were failed");
	shop_close(&sh);
}

int
main(void)
{
	RUN(each_trouble_has_its_advice);
	RUN(no_byte_breaks_a_form);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
