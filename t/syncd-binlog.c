#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "syncd/binlog.h"
#include "syncd/charset.h"
#include "t/binlog-file.h"
#include "t/tap.h"

#define CORPUS T_SRCDIR "/t/fuzz/corpus/binlog/"
#define TEXT_MAX (8 * 1024 * 1024)

/* What a caller can see of a value, as text. */
static void
put_value(struct buf *b, const struct binlog_value *v)
{
	buf_printf(b, " %d:", (int)v->kind);
	if (v->kind == BINLOG_INT)
		buf_putd(b, v->i);
	buf_puthex(b, v->n > 0 ? v->s : "", v->n);
}

static enum rc
put_image(struct buf *b, const struct binlog_table *t,
    const struct binlog_cell *image, struct error *e)
{
	struct binlog_value v;
	enum rc rc = RC_OK;

	for (size_t i = 0; image != NULL && i < t->columns && rc == RC_OK;
	     i++) {
		rc = binlog_value(t, image, i, &v, e);
		if (rc == RC_OK)
			put_value(b, &v);
	}
	return rc;
}

static enum rc
put_event(struct binlog *d, const struct binlog_event *ev, struct buf *b,
    struct error *e)
{
	struct binlog_row row;
	enum rc rc = RC_OK;

	buf_printf(b, "%d %d %d", (int)ev->kind, ev->code, ev->ends);
	if (ev->kind == BINLOG_QUERY)
		buf_puthex(b, ev->query.text, ev->query.n);
	while (ev->kind == BINLOG_ROWS && rc == RC_OK) {
		rc = binlog_row(d, &row, e);
		if (rc == RC_OK)
			rc = put_image(b, ev->table, row.before, e);
		if (rc == RC_OK)
			rc = put_image(b, ev->table, row.after, e);
		buf_putc(b, ';');
	}
	buf_putc(b, '\n');
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* One event and all that is inside of it. */
static enum rc
digest(struct binlog *d, const uint8_t *p, size_t n, struct buf *b,
    struct error *e)
{
	struct binlog_event ev;
	enum rc rc = binlog_feed(d, p, n, e);

	while (rc == RC_OK) {
		rc = binlog_next(d, &ev, e);
		if (rc == RC_OK)
			rc = put_event(d, &ev, b, e);
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
digest_stream(const uint8_t *all, size_t all_n, bool verify, struct buf *b,
    struct error *e)
{
	struct bytes r = bytes_of(all, all_n);
	struct binlog *d = NULL;
	const uint8_t *p;
	size_t n;
	enum rc rc = binlog_new(verify, &d, e);

	while (
	    rc == RC_OK && bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n))
		rc = digest(d, p, n, b, e);
	binlog_free(d);
	if (rc == RC_OK)
		rc = buf_rc(b);
	return rc;
}

static void
each_stream(void (*test)(const char *, const uint8_t *, size_t))
{
	struct dirent *entry;
	char path[1300];
	DIR *dir = opendir(CORPUS);
	int streams = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		uint8_t *all;
		size_t n;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), CORPUS "%s", entry->d_name);
		all = binlog_file_read(path, &n);
		if (all != NULL)
			test(entry->d_name, all, n);
		free(all);
		streams++;
	}
	if (dir != NULL)
		(void)closedir(dir);
	ok(streams >= 20, "%d streams", streams);
}

static void
is_whole(const char *name, const uint8_t *all, size_t n)
{
	struct error e = ERROR_NONE;
	struct buf b;
	enum rc rc;

	buf_init(&b, TEXT_MAX);
	rc = digest_stream(all, n, true, &b, &e);
	ok(rc == RC_OK && b.len > 0, "%s: %s", name, e.text);
	buf_release(&b);
}

static void
captured_streams_of_both_servers_are_decoded_whole(void)
{
	each_stream(is_whole);
}

/*
 * One event, cut to each length with its header mended, against what the whole
 * one says.  A decoder is made anew for each and fed what came before, but only
 * what the event can depend on: that keeps this quadratic in single events.
 */
struct cut {
	const uint8_t *format, *map;
	size_t format_n, map_n;
	long refused, equal, shorter;
	long wrong; /* RC_INVALID without a reason, or another rc */
};

static struct binlog *
prepared(const struct cut *c)
{
	struct binlog *d = NULL;
	struct buf b;
	enum rc rc = binlog_new(false, &d, NULL);

	buf_init(&b, TEXT_MAX);
	if (rc == RC_OK && c->format != NULL)
		rc = digest(d, c->format, c->format_n, &b, NULL);
	if (rc == RC_OK && c->map != NULL)
		rc = digest(d, c->map, c->map_n, &b, NULL);
	buf_release(&b);
	if (rc == RC_OK)
		return d;
	binlog_free(d);
	return NULL;
}

static void
cut_at(struct cut *c, const uint8_t *p, size_t n, const struct buf *whole)
{
	struct error e = ERROR_NONE;
	struct binlog *d = prepared(c);
	/* of its exact size: a read behind it is seen */
	uint8_t *copy = malloc(n > 0 ? n : 1);
	struct buf b;
	enum rc rc = RC_NOMEM;

	buf_init(&b, TEXT_MAX);
	if (d != NULL && copy != NULL) {
		memcpy(copy, p, n);
		if (n >= 19)
			for (size_t i = 0; i < 4; i++)
				copy[9 + i] = (uint8_t)(n >> (8 * i));
		rc = digest(d, copy, n, &b, &e);
	}
	if (rc == RC_INVALID && e.text[0] != '\0')
		c->refused++;
	else if (rc != RC_OK)
		c->wrong++;
	else if (strcmp(buf_str(&b), buf_str(whole)) == 0)
		c->equal++;
	else
		c->shorter++;
	buf_release(&b);
	binlog_free(d);
	free(copy);
}

static void
cut_event(struct cut *c, const uint8_t *p, size_t n)
{
	struct binlog *d = prepared(c);
	struct buf whole;
	enum rc rc;

	buf_init(&whole, TEXT_MAX);
	rc = d == NULL ? RC_NOMEM : digest(d, p, n, &whole, NULL);
	binlog_free(d);
	if (rc != RC_OK)
		c->wrong++;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		cut_at(c, p, i, &whole);
	buf_release(&whole);
}

/* Rows and texts end where the event ends, so one that was cut between two rows
 * or inside of a text is a shorter one: only the checksum and the packet can
 * tell, and the next test is about those. */
static void
is_refused_when_cut(const char *name, const uint8_t *all, size_t all_n)
{
	struct bytes r = bytes_of(all, all_n);
	struct cut c = { .format = NULL };
	const uint8_t *p;
	size_t n;

	while (bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n)) {
		if (n < 19 || n > 2500)
			continue;
		/* the rows of two tables at once need both maps */
		if (p[4] == 19 || strstr(name, "cascade") == NULL)
			cut_event(&c, p, n);
		if (p[4] == 15) {
			c.format = p;
			c.format_n = n;
		} else if (p[4] == 19) {
			c.map = p;
			c.map_n = n;
		}
	}
	ok(c.wrong == 0 && c.refused > 100,
	    "%s: %ld refused, %ld equal, %ld shorter, %ld wrong", name,
	    c.refused, c.equal, c.shorter, c.wrong);
}

static void
an_event_cut_at_any_length_is_refused_or_a_shorter_one(void)
{
	each_stream(is_refused_when_cut);
}

/* As it came, with its own length and checksum: nothing shorter passes. */
static void
is_refused_by_its_length(const char *name, const uint8_t *all, size_t all_n)
{
	struct bytes r = bytes_of(all, all_n);
	struct binlog *d = NULL;
	enum rc rc = binlog_new(true, &d, NULL);
	const uint8_t *p;
	size_t n;
	long passed = 0;

	while (
	    rc == RC_OK && bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n))
		for (size_t i = 0; i < n; i++)
			passed += binlog_feed(d, p, i, NULL) != RC_INVALID;
	binlog_free(d);
	is_int(passed, 0, name);
}

static void
a_packet_that_was_cut_is_refused_whatever_it_holds(void)
{
	each_stream(is_refused_by_its_length);
}

static void
breaks_its_checksum(const char *name, const uint8_t *all, size_t all_n)
{
	struct bytes r = bytes_of(all, all_n);
	struct buf b;
	const uint8_t *p;
	uint8_t *copy = malloc(all_n);
	size_t n, last = 0;
	enum rc rc;
	struct error e = ERROR_NONE;

	buf_init(&b, TEXT_MAX);
	while (bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n))
		last = (size_t)(p - all) + 19;
	if (copy != NULL && strstr(name, "nosum") == NULL) {
		memcpy(copy, all, all_n);
		copy[last] ^= 1;
		rc = digest_stream(copy, all_n, true, &b, &e);
		ok(rc == RC_INVALID && strstr(e.text, "checksum") != NULL,
		    "%s: %s", name, e.text);
	}
	free(copy);
	buf_release(&b);
}

static void
one_wrong_bit_breaks_the_checksum(void)
{
	each_stream(breaks_its_checksum);
}

/* Torture: a stream that needs each kind of memory. */
static uint8_t *tortured;
static size_t tortured_n;

static enum rc
decode_tortured(void)
{
	struct error e = ERROR_NONE;
	struct buf b;
	enum rc rc;

	buf_init(&b, TEXT_MAX);
	rc = digest_stream(tortured, tortured_n, true, &b, &e);
	buf_release(&b);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	static const char *const names[] = { "mariadb-packed", "mysql-packed",
		"mysql-json", "mariadb-minimal" };
	char path[1300];
	int n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), CORPUS "%s", names[i]);
		tortured = binlog_file_read(path, &tortured_n);
		n = torture(names[i], decode_tortured);
		ok(n > 5, "%d allocations", n);
		free(tortured);
	}
}

/* Memory and work do not grow with the stream. */
static uint8_t *twice;
static size_t twice_n;
static struct binlog *kept;

static enum rc
decode_again(void)
{
	struct bytes r = bytes_of(twice, twice_n);
	struct binlog_event ev;
	struct binlog_row row;
	struct binlog_value v;
	const uint8_t *p;
	size_t n;
	enum rc rc = RC_NOTFOUND;

	while (rc == RC_NOTFOUND && bytes_left(&r) > 0 &&
	       binlog_file_next(&r, &p, &n)) {
		/* all but what makes the decoder forget its tables */
		if (p[4] == 4 || p[4] == 15)
			continue;
		rc = binlog_feed(kept, p, n, NULL);
		while (
		    rc == RC_OK && (rc = binlog_next(kept, &ev, NULL)) == RC_OK)
			while (ev.kind == BINLOG_ROWS && rc == RC_OK) {
				rc = binlog_row(kept, &row, NULL);
				if (rc == RC_OK && row.after != NULL)
					rc = binlog_value(
					    ev.table, row.after, 0, &v, NULL);
				if (rc == RC_NOTFOUND) {
					rc = RC_OK;
					break;
				}
			}
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void
rows_of_a_table_seen_before_need_no_memory(void)
{
	struct buf b;
	struct bytes r;
	const uint8_t *p;
	size_t n;
	enum rc rc = binlog_new(true, &kept, NULL);

	twice = binlog_file_read(CORPUS "mysql-many", &twice_n);
	r = bytes_of(twice, twice_n);
	buf_init(&b, TEXT_MAX);
	while (
	    rc == RC_OK && bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n))
		rc = digest(kept, p, n, &b, NULL);
	is_int(rc, RC_OK, "first time");
	is_int(torture("second time", decode_again), 0, "allocations");
	buf_release(&b);
	binlog_free(kept);
	free(twice);
}

/* Events made by hand: what no server would send. */
static size_t
make(uint8_t *out, uint8_t code, uint16_t flags, const void *body, size_t n)
{
	memset(out, 0, 19);
	out[4] = code;
	for (size_t i = 0; i < 4; i++)
		out[9 + i] = (uint8_t)((n + 19) >> (8 * i));
	out[17] = (uint8_t)flags;
	out[18] = (uint8_t)(flags >> 8);
	memcpy(out + 19, body, n);
	return n + 19;
}

static enum rc
one(uint8_t code, uint16_t flags, const void *body, size_t n,
    enum binlog_kind *kind, struct error *e)
{
	uint8_t bytes[600];
	struct binlog_event ev = { .kind = BINLOG_SKIP };
	struct binlog *d = NULL;
	enum rc rc = binlog_new(true, &d, e);

	if (rc == RC_OK)
		rc =
		    binlog_feed(d, bytes, make(bytes, code, flags, body, n), e);
	if (rc == RC_OK)
		rc = binlog_next(d, &ev, e);
	*kind = ev.kind;
	binlog_free(d);
	return rc;
}

static void
is_refused(uint8_t code, const void *body, size_t n, const char *why)
{
	struct error e = ERROR_NONE;
	enum binlog_kind kind;
	enum rc rc = one(code, 0, body, n, &kind, &e);

	ok(rc == RC_INVALID && strstr(e.text, why) != NULL &&
		strstr(e.text, "offset") != NULL,
	    "%s: %s", rc_name(rc), e.text);
}

static void
hostile_events_are_refused_with_their_name_and_offset(void)
{
	is_refused(
	    30, "\1\0\0\0\0\0\0\0\2\0\1\xff\xff", 13, "without TABLE_MAP");
	is_refused(30, "\1\0\0\0\0\0\0\0\1\0\1", 11, "extra data");
	is_refused(19, "\1\0\0\0\0\0\0\0\1d\0\1t\0\0", 15, "columns");
	is_refused(19, "\1\0\0\0\0\0\0\0\1d\0\1t\0\xfe\0\0\0\0\1\0\0\0", 23,
	    "columns");
	is_refused(19, "\1\0\0\0\0\0\0\0\1d\1\1t\0\1\3\0\0", 18, "cut");
	is_refused(4, "\4\0\0\0\0\0\0\0../x", 12, "file name");
	is_refused(4, "\4\0\0\0\0\0\0\0", 8, "file name");
	is_refused(33, "\0ABCDEFGHIJKLMNOP\0\0\0\0\0\0\0\0", 25, "GTID number");
	is_refused(42, "\2\2\0\0\0\2\0", 7, "GTID_TAGGED");
	is_refused(16, "\0\0\0\0", 4, "XID");
	is_refused(40, "\2\1\0\0", 4, "TRANSACTION_PAYLOAD");
	is_refused(165, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x84\xff\xff\xff\xffx", 20,
	    "QUERY_COMPRESSED");
	is_refused(38,
	    "\0\1\0\0\0\x41\0\0\0\0\0\0\0"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "ABCDEFGHIJKLM",
	    78, "64 bytes");
}

static void
a_payload_inside_of_a_payload_is_refused(void)
{
	uint8_t inner[64];
	uint8_t body[80] = { 2, 3, 252, 255, 0, 1, 1, 0, 0 };
	size_t n = make(inner, 40, 0, "\0", 1);

	body[7] = (uint8_t)n;
	memcpy(body + 9, inner, n);
	is_refused(40, body, 9 + n, "inside of another");
}

static void
events_that_are_not_known_are_told_from_those_that_may_be_ignored(void)
{
	enum binlog_kind kind;
	enum rc rc = one(99, 0, "abc", 3, &kind, NULL);

	ok(rc == RC_OK && kind == BINLOG_UNKNOWN, "not known");
	rc = one(99, 0x80, "abc", 3, &kind, NULL);
	ok(rc == RC_OK && kind == BINLOG_SKIP, "may be ignored");
	rc = one(26, 0x80, "\1\0\0", 3, &kind, NULL);
	ok(rc == RC_OK && kind == BINLOG_UNKNOWN, "events were lost");
	rc = one(160, 0, "UPDATE t", 8, &kind, NULL);
	ok(rc == RC_OK && kind == BINLOG_SKIP, "an annotation");
}

static void
a_table_with_a_type_that_is_not_known_hinders_no_other(void)
{
	static const char map[] = "\1\0\0\0\0\0\0\0\1d\0\1t\0\1\x14\0\1";
	static const char rows[] = "\1\0\0\0\0\0\1\0\2\0\1\xff\0\0\0";
	struct error e = ERROR_NONE;
	struct binlog_event ev;
	struct binlog_row row;
	struct binlog *d = NULL;
	uint8_t bytes[100];
	enum rc rc = binlog_new(true, &d, NULL);

	if (rc == RC_OK)
		rc = binlog_feed(d, bytes, make(bytes, 19, 0, map, 18), &e);
	if (rc == RC_OK)
		rc = binlog_next(d, &ev, &e);
	ok(rc == RC_OK && !ev.table->known, "map: %s", e.text);
	if (rc == RC_OK)
		rc = binlog_feed(d, bytes, make(bytes, 30, 0, rows, 15), &e);
	if (rc == RC_OK)
		rc = binlog_next(d, &ev, &e);
	ok(rc == RC_OK && ev.kind == BINLOG_ROWS, "rows: %s", e.text);
	rc = binlog_row(d, &row, &e);
	ok(rc == RC_INVALID, "the row itself: %s", e.text);
	binlog_free(d);
}

static void
too_many_tables_in_one_statement_are_too_big(void)
{
	static uint8_t body[60000], bytes[60100];
	struct error e = ERROR_NONE;
	struct binlog_event ev;
	struct binlog *d = NULL;
	enum rc rc = binlog_new(true, &d, NULL);
	size_t n = 0, maps = 0;

	memcpy(body, "\0\0\0\0\0\0\0\0\1d\0\1t\0\xfc\0\x10", 17);
	n = 17;
	memset(body + n, 3, 4096); /* INT */
	n += 4096;
	body[n++] = 0;
	n += 512;
	for (; rc == RC_OK && maps < 2000; maps++) {
		body[0] = (uint8_t)maps;
		body[1] = (uint8_t)(maps >> 8);
		rc = binlog_feed(d, bytes, make(bytes, 19, 0, body, n), &e);
		if (rc == RC_OK)
			rc = binlog_next(d, &ev, &e);
	}
	ok(rc == RC_TOOBIG && maps > 100, "%zu maps: %s", maps, e.text);
	binlog_free(d);
}

static void
statements_are_told_by_their_first_words(void)
{
	static const struct {
		const char *text;
		enum binlog_statement is;
	} t[] = {
		{ "BEGIN", BINLOG_BEGIN },
		{ "begin ", BINLOG_BEGIN },
		{ "START TRANSACTION", BINLOG_BEGIN },
		{ "COMMIT", BINLOG_END_COMMIT },
		{ "ROLLBACK", BINLOG_END_ROLLBACK },
		{ "ROLLBACK TO `a`", BINLOG_ROLLBACK_TO },
		{ "rollback work to savepoint a", BINLOG_ROLLBACK_TO },
		{ "SAVEPOINT `a`", BINLOG_SAVEPOINT },
		{ "RELEASE SAVEPOINT a", BINLOG_SAVEPOINT },
		{ "XA START X'61',X'',1", BINLOG_XA_START },
		{ "XA END X'61',X'',1", BINLOG_XA_END },
		{ "XA COMMIT X'61',X'',1", BINLOG_XA_COMMIT },
		{ "XA ROLLBACK X'61',X'',1", BINLOG_XA_ROLLBACK },
		{ "/* a */ -- b\n # c\n\t/*!40000 ALTER TABLE t ENABLE KEYS */",
		    BINLOG_DDL },
		{ "/*M!100 DROP TABLE t */", BINLOG_DDL },
		{ "TRUNCATE t", BINLOG_DDL },
		{ "RENAME TABLE a TO b", BINLOG_DDL },
		{ "CREATE TABLE t (id INT)", BINLOG_DDL },
		{ "CREATE TABLE t (id INT) START TRANSACTION",
		    BINLOG_DDL_ROWS },
		{ "GRANT ALL ON *.* TO a", BINLOG_ADMIN },
		{ "UPDATE t SET a = 1", BINLOG_DML },
		{ "(SELECT f())", BINLOG_DML },
		{ "BEGINNING", BINLOG_DML },
		{ "DROPS", BINLOG_DML },
		{ "/* never closed", BINLOG_DML },
		{ "", BINLOG_DML },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		is_int(binlog_statement(t[i].text, strlen(t[i].text)), t[i].is,
		    t[i].text);
}

static void
every_latin1_byte_becomes_the_right_character(void)
{
	enum charset cs;
	struct buf b;
	enum rc rc = charset_of_name("latin1", &cs);

	is_int(rc, RC_OK, "latin1");
	buf_init(&b, 1000);
	for (int i = 1; i < 256; i++)
		charset_put(&b, cs, &(char){ (char)i }, 1);
	ok(buf_rc(&b) == RC_OK && strstr(b.s, "\xe2\x82\xac") != NULL &&
		strstr(b.s, "\xc3\xbf") != NULL && strstr(b.s, "A") != NULL,
	    "the euro, y with dots, A");
	is_int((long long)b.len, 127 + 128 * 2 + 17, "bytes");
	buf_reset(&b);
	charset_put(&b, CHARSET_UTF8, "\xc3\xa9", 2);
	is_str(buf_str(&b), "\xc3\xa9", "UTF-8 stays");
	buf_release(&b);
	is_int(charset_of_name("koi8r", &cs), RC_NOTFOUND, "koi8r");
	ok(charset_of_collation(8, &cs) == RC_OK && cs == CHARSET_LATIN1, "8");
	ok(charset_of_collation(255, &cs) == RC_OK && cs == CHARSET_UTF8,
	    "255");
	is_int(charset_of_collation(7, &cs), RC_NOTFOUND, "koi8r's id");
}

int
main(void)
{
	RUN(captured_streams_of_both_servers_are_decoded_whole);
	RUN(an_event_cut_at_any_length_is_refused_or_a_shorter_one);
	RUN(a_packet_that_was_cut_is_refused_whatever_it_holds);
	RUN(one_wrong_bit_breaks_the_checksum);
	RUN(every_allocation_may_fail);
	RUN(rows_of_a_table_seen_before_need_no_memory);
	RUN(hostile_events_are_refused_with_their_name_and_offset);
	RUN(a_payload_inside_of_a_payload_is_refused);
	RUN(events_that_are_not_known_are_told_from_those_that_may_be_ignored);
	RUN(a_table_with_a_type_that_is_not_known_hinders_no_other);
	RUN(too_many_tables_in_one_statement_are_too_big);
	RUN(statements_are_told_by_their_first_words);
	RUN(every_latin1_byte_becomes_the_right_character);
	return tap_done();
}
