/* Where the mirror is in a log, as text and back. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "syncd/position.h"
#include "t/tap.h"

#define U "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define V "00000000-71ca-11e1-9e33-c80aa9429562"
#define H "0123456789abcdef0123456789abcdef"
#define REST " witness=" H " rules=" H " started=1795359600"

static bool
reads(bool mariadb, const char *text, struct position *p)
{
	struct error e = ERROR_NONE;

	position_init(p, mariadb);
	return position_parse(p, text, &e) == RC_OK;
}

static void
comes_back(bool mariadb, const char *text)
{
	struct position p;
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	ok(reads(mariadb, text, &p), "read: %s", text);
	position_print(&p, &b);
	is_str(buf_str(&b), text, "the same");
	buf_release(&b);
	position_release(&p);
}

static void
a_position_is_written_as_it_is_read(void)
{
	comes_back(true, "binlog.000003:4711 last=binlog.000003:4388" REST);
	comes_back(true, "a:b.000004:4 last=a:b.000003:4388" REST);
	comes_back(false, U ":1-5:7 last=" U ":7" REST);
	comes_back(false, V ":3," U ":1-5:a_tag:1-2 last=" U ":a_tag:2" REST);
}

static void
what_is_no_position_is_refused(void)
{
	static const struct {
		bool mariadb;
		const char *text;
	} bad[] = {
		{ true, "" },
		{ true, "binlog.000003:4711" },
		{ true, "binlog.000003 last=binlog.000003:4388" REST },
		{ true, "binlog.000003:x last=binlog.000003:4388" REST },
		{ true, ":4 last=binlog.000003:4388" REST },
		{ true, "b.3:4 last=b.3:4" REST " more" },
		{ true, "b.3:4 last=b.3:4 witness=0 rules=" H " started=1" },
		{ false, "binlog.000003:4711 last=binlog.000003:4388" REST },
		{ false, U ":1-5 last=" U ":6" REST },
		{ false, U ":1-5 last=" U ":3-4" REST },
		{ false, U ":1-5 last=" REST },
	};
	struct position p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ok(!reads(bad[i].mariadb, bad[i].text, &p), "refused: %s",
		    bad[i].text);
		position_release(&p);
	}
}

static void
it_begins_before_the_last_transaction(void)
{
	struct error e = ERROR_NONE;
	struct position p;
	struct place at;
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	ok(reads(true, "b.000004:4 last=b.000003:4388" REST, &p), "MariaDB");
	place_init(&at, true);
	ok(position_begin(&p, &at, &e) == RC_OK, "%s", e.text);
	place_print(&at, &b);
	is_str(buf_str(&b), "b.000003:4388", "where that begins");
	position_release(&p);
	buf_reset(&b);
	ok(reads(false, U ":1-9 last=" U ":5" REST, &p), "MySQL");
	place_init(&at, false);
	ok(position_begin(&p, &at, &e) == RC_OK, "%s", e.text);
	place_print(&at, &b);
	is_str(buf_str(&b), U ":1-4:6-9", "all but that");
	place_release(&at);
	position_release(&p);
	buf_release(&b);
}

int
main(void)
{
	RUN(a_position_is_written_as_it_is_read);
	RUN(what_is_no_position_is_refused);
	RUN(it_begins_before_the_last_transaction);
	return tap_done();
}
