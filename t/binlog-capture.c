/*
 * Streams of a real server, as they come.
 *
 *	binlog-capture get SOCKET FILE POS OUT      what follows a position
 *	binlog-capture gtid SOCKET SET OUT          what a set does not have
 *	binlog-capture wait SOCKET FILE POS OUT     up to the first heartbeat
 *	binlog-capture print IN                     decoded, for t/binlog-streams.t
 *	binlog-capture bench IN TIMES               rows a second
 *	binlog-capture rate SOCKET FILE POS ROWS    the same, from a server
 *
 * BINLOG_READER in the environment is the number of this reader.
 *
 * The first two stop at the end of the source's log.  What print writes:
 *
 *	FORMAT server checksums
 *	ROTATE file pos
 *	GTID id [standalone] [prepared] [completed]
 *	GTIDS set
 *	QUERY statement db text
 *	TABLE db name columns [sign,collation,key,name …]
 *	ROW I|U|D db name before… | after…
 *	COMMIT, PREPARE one|two, UNKNOWN code, HEARTBEAT pos
 *
 * split by tabs, an event that ends a transaction followed by "END next_pos".
 * Values: - absent, N null, i<signed>/<unsigned>, t<text>, x<hex>, p<hex of what
 * was compressed>, j<hex>, d<hex>.
 */
#include "config.h"

#include <inttypes.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "syncd/binlog.h"
#include "syncd/dump.h"
#include "t/binlog-file.h"

#define SERVER_ID 4711

/* By which a source tells its readers apart; the environment may set it. */
static uint32_t
server_id(void)
{
	int64_t id = SERVER_ID;

	(void)!num_parse(getenv("BINLOG_READER"), 1, UINT32_MAX, &id);
	return (uint32_t)id;
}

static void
put_value(struct buf *b, const struct binlog_value *v)
{
	struct buf raw;

	buf_init(&raw, LIMIT_VALUE);
	switch (v->kind) {
	case BINLOG_ABSENT:
		buf_putc(b, '-');
		break;
	case BINLOG_NULL:
		buf_putc(b, 'N');
		break;
	case BINLOG_INT:
		buf_printf(b, "i%" PRId64 "/%" PRIu64, v->i, v->u);
		break;
	case BINLOG_TEXT:
		buf_printf(b, "t%.*s", (int)v->n, v->s);
		break;
	case BINLOG_PACKED:
		buf_putc(b, 'p');
		if (binlog_unpack(v, &raw, NULL) != RC_OK)
			buf_fail(b, RC_INVALID);
		buf_puthex(b, buf_str(&raw), raw.len);
		break;
	case BINLOG_BYTES:
	case BINLOG_JSON:
	case BINLOG_JSON_DIFF:
		buf_putc(b, v->kind == BINLOG_BYTES  ? 'x'
			    : v->kind == BINLOG_JSON ? 'j'
						     : 'd');
		buf_puthex(b, v->s, v->n);
		break;
	}
	buf_release(&raw);
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
		buf_putc(b, '\t');
		if (rc == RC_OK)
			put_value(b, &v);
	}
	return rc;
}

static enum rc
put_rows(struct binlog *d, const struct binlog_event *ev, struct buf *b,
    struct error *e)
{
	struct binlog_row row;
	enum rc rc;

	while ((rc = binlog_row(d, &row, e)) == RC_OK) {
		buf_printf(b, "ROW\t%c\t%s\t%s", "IUD"[ev->change],
		    ev -> table -> db, ev -> table -> name);
		rc = put_image(b, ev->table, row.before, e);
		buf_puts(b, "\t|");
		if (rc == RC_OK)
			rc = put_image(b, ev->table, row.after, e);
		buf_putc(b, '\n');
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void
put_table(struct buf *b, const struct binlog_table *t)
{
	buf_printf(b, "TABLE\t%s\t%s\t%zu", t->db, t->name, t->columns);
	for (size_t i = 0; i < t->columns && t->known; i++) {
		const struct binlog_column *c = &t->column[i];

		buf_printf(b, "\t%d,%d,%" PRIu32 ",%s,%.*s", c->type, c->sign,
		    c->collation, c->key ? "key" : "", (int)c->name_n,
		    c->name == NULL ? "" : c->name);
	}
	buf_putc(b, '\n');
}

static void
put_gtid(struct buf *b, const struct binlog_gtid *g)
{
	buf_puts(b, "GTID\t");
	if (g->mariadb)
		gtid_maria_print(&g->pos, b);
	else
		gtid_print(&g->id, b);
	buf_printf(b, "%s%s%s\n", g->standalone ? "\tstandalone" : "",
	    g->xa_prepared ? "\tprepared" : "",
	    g->xa_completed ? "\tcompleted" : "");
}

static enum rc
put_gtids(struct buf *b, const struct binlog_event *ev, struct error *e)
{
	struct gtid_set set = GTID_SET_EMPTY;
	struct gtid_pos pos = GTID_POS_EMPTY;
	enum rc rc;

	buf_puts(b, "GTIDS\t");
	if (ev->code == 35) {
		rc = gtid_set_decode(&set, ev->raw.p, ev->raw.n, e);
		gtid_set_print(&set, b);
	} else {
		rc = gtid_pos_decode(&pos, ev->raw.p, ev->raw.n, e);
		gtid_pos_print(&pos, b);
	}
	buf_putc(b, '\n');
	gtid_set_release(&set);
	gtid_pos_release(&pos);
	return rc;
}

static enum rc
put_event(struct binlog *d, const struct binlog_event *ev, struct buf *b,
    struct error *e)
{
	enum rc rc = RC_OK;

	switch (ev->kind) {
	case BINLOG_SKIP:
		break;
	case BINLOG_UNKNOWN:
		buf_printf(b, "UNKNOWN\t%d\n", ev->code);
		break;
	case BINLOG_FORMAT:
		buf_printf(b, "FORMAT\t%s\t%d\n", ev->format.server,
		    ev->format.checksums);
		break;
	case BINLOG_ROTATE:
		buf_printf(b, "ROTATE\t%s\t%" PRIu64 "\n", ev->rotate.file,
		    ev->rotate.pos);
		break;
	case BINLOG_HEARTBEAT:
		buf_printf(b, "HEARTBEAT\t%" PRIu64 "\n", ev->rotate.pos);
		break;
	case BINLOG_GTID:
		put_gtid(b, &ev->gtid);
		break;
	case BINLOG_GTIDS:
		rc = put_gtids(b, ev, e);
		break;
	case BINLOG_QUERY:
		buf_printf(
		    b, "QUERY\t%u\t%s\t", ev->query.statement, ev->query.db);
		for (size_t i = 0; i < ev->query.n; i++)
			buf_putc(b, strchr("\t\n\r", ev->query.text[i]) == NULL
					? ev->query.text[i]
					: ' ');
		buf_putc(b, '\n');
		break;
	case BINLOG_TABLE:
		put_table(b, ev->table);
		break;
	case BINLOG_ROWS:
		rc = put_rows(d, ev, b, e);
		break;
	case BINLOG_COMMIT:
		buf_puts(b, "COMMIT\n");
		break;
	case BINLOG_PREPARE:
		buf_printf(
		    b, "PREPARE\t%s\n", ev->xa.one_phase ? "one" : "two");
		break;
	}
	if (ev->ends)
		buf_printf(b, "END\t%" PRIu32 "\n", ev->next_pos);
	return rc;
}

static enum rc
print_one(struct binlog *d, const uint8_t *p, size_t n, struct error *e)
{
	struct binlog_event ev;
	struct buf b;
	enum rc rc = binlog_feed(d, p, n, e);

	buf_init(&b, LIMIT_BINLOG_UNPACKED);
	while (rc == RC_OK) {
		buf_reset(&b);
		rc = binlog_next(d, &ev, e);
		if (rc == RC_OK)
			rc = put_event(d, &ev, &b, e);
		if (rc == RC_OK)
			rc = buf_rc(&b);
		(void)fwrite(buf_str(&b), 1, b.len, stdout);
	}
	buf_release(&b);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
print(const char *path, struct error *e)
{
	struct binlog *d = NULL;
	const uint8_t *p;
	size_t n;
	uint8_t *all = binlog_file_read(path, &n);
	struct bytes r = bytes_of(all, n);
	enum rc rc;

	if (all == NULL)
		return error_errno(e, RC_IO, "could not read \"%s\"", path);
	rc = binlog_new(true, &d, e);
	while (
	    rc == RC_OK && bytes_left(&r) > 0 && binlog_file_next(&r, &p, &n))
		rc = print_one(d, p, n, e);
	if (rc == RC_OK && r.bad)
		rc = error_set(e, RC_INVALID, "\"%s\" is cut", path);
	binlog_free(d);
	free(all);
	return rc;
}

static enum rc
read_image(const struct binlog_table *t, const struct binlog_cell *image,
    struct error *e)
{
	struct binlog_value v;
	enum rc rc = RC_OK;

	for (size_t i = 0; image != NULL && i < t->columns && rc == RC_OK; i++)
		rc = binlog_value(t, image, i, &v, e);
	return rc;
}

/* Every value of every row, before and after. */
static enum rc
count_rows(struct binlog *d, int64_t *rows, struct error *e)
{
	struct binlog_event ev;
	struct binlog_row row;
	enum rc rc;

	while ((rc = binlog_next(d, &ev, e)) == RC_OK)
		while (rc == RC_OK && ev.kind == BINLOG_ROWS &&
		       (rc = binlog_row(d, &row, e)) == RC_OK) {
			++*rows;
			rc = read_image(ev.table, row.before, e);
			if (rc == RC_OK)
				rc = read_image(ev.table, row.after, e);
		}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void
say_rate(int64_t rows, const struct timespec *began)
{
	struct timespec now;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = (double)(now.tv_sec - began->tv_sec) +
		  (double)(now.tv_nsec - began->tv_nsec) / 1e9;
	printf("%" PRId64 " rows in %.2f s: %.0f rows/s\n", rows, seconds,
	    (double)rows / seconds);
}

static enum rc
bench(const char *path, int64_t times, struct error *e)
{
	struct timespec began;
	int64_t rows = 0;
	size_t n, all_n;
	const uint8_t *p;
	uint8_t *all = binlog_file_read(path, &all_n);
	enum rc rc = all == NULL ? RC_IO : RC_OK;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (; times > 0 && rc == RC_OK; times--) {
		struct bytes r = bytes_of(all, all_n);
		struct binlog *d = NULL;

		rc = binlog_new(true, &d, e);
		while (rc == RC_OK && bytes_left(&r) > 0 &&
		       binlog_file_next(&r, &p, &n)) {
			rc = binlog_feed(d, p, n, e);
			if (rc != RC_OK)
				break;
			/* RC_NOTFOUND inside of a rows loop ends that only */
			rc = count_rows(d, &rows, e);
		}
		binlog_free(d);
	}
	say_rate(rows, &began);
	free(all);
	return rc;
}

static enum rc
my_error(MYSQL *m, struct error *e, const char *what)
{
	return error_set(
	    e, RC_DB, "%s: %u %s", what, mysql_errno(m), mysql_error(m));
}

static enum rc
open_source(const char *socket, MYSQL **out, struct error *e)
{
	static const char *const settings[] = {
		"SET @master_binlog_checksum='CRC32'",
		"SET @master_heartbeat_period=1000000000",
		"SET @mariadb_slave_capability=4",
	};
	MYSQL *m = *out = mysql_init(NULL);

	if (m == NULL)
		return RC_NOMEM;
	if (mysql_real_connect(m, NULL, "root", "", NULL, 0, socket, 0) == NULL)
		return my_error(m, e, "could not connect");
	for (size_t i = 0; i < 3; i++)
		if (mysql_query(m, settings[i]) != 0)
			return my_error(m, e, "could not set up the stream");
	return RC_OK;
}

/* command: COM_BINLOG_DUMP or, as libmariadb has no name for it, 30. */
static enum rc
get(MYSQL *m, int command, const struct buf *arg, FILE *f, struct error *e)
{
	for (bool first = true;; first = false) {
		unsigned long n;
		uint8_t head[4];

		if (first &&
		    m->methods->db_command(m, (enum enum_server_command)command,
			buf_str(arg), arg->len, 1, NULL) != 0)
			return my_error(m, e, "could not ask for the log");
		n = mysql_net_read_packet(m);
		if (n == packet_error)
			return my_error(m, e, "could not read an event");
		if (m->net.read_pos[0] == 0xfe && n < 9)
			return RC_OK;
		n--;
		for (size_t i = 0; i < 4; i++)
			head[i] = (uint8_t)(n >> (8 * i));
		if (fwrite(head, 1, 4, f) != 4 ||
		    fwrite(m->net.read_pos + 1, 1, n, f) != n)
			return error_errno(e, RC_IO, "could not write");
		/* HEARTBEAT, HEARTBEAT_V2; only a stream that waits has them */
		if (n > 4 &&
		    (m->net.read_pos[5] == 27 || m->net.read_pos[5] == 41))
			return RC_OK;
	}
}

/* What to ask for: "FILE POS" or "SET". */
static enum rc
make_command(struct buf *b, char **arg, bool by_gtid, enum dump_flag flag,
    struct error *e)
{
	struct gtid_set set = GTID_SET_EMPTY;
	int64_t pos = 4;
	enum rc rc;

	if (by_gtid) {
		rc = gtid_set_parse(&set, arg[0], strlen(arg[0]), e);
		if (rc == RC_OK)
			dump_after(b, server_id(), &set, flag);
	} else {
		rc = num_parse(arg[1], 4, UINT32_MAX, &pos);
		if (rc == RC_OK)
			dump_at(b, server_id(), arg[0], (uint64_t)pos, flag);
	}
	gtid_set_release(&set);
	return rc == RC_OK ? buf_rc(b) : rc;
}

static enum rc
capture(char **arg, bool by_gtid, bool wait, struct error *e)
{
	enum dump_flag flag = DUMP_ONCE;
	MYSQL *m = NULL;
	struct buf b;
	FILE *f = fopen(arg[by_gtid ? 2 : 3], "wb");
	enum rc rc = RC_OK;

	buf_init(&b, LIMIT_GTID_SET);
	if (f == NULL)
		rc = error_errno(e, RC_IO, "could not write the capture");
	if (rc == RC_OK)
		rc = open_source(arg[0], &m, e);
	if (rc == RC_OK && wait)
		flag = mariadb_connection(m) ? DUMP_BLOCK : DUMP_WIDE;
	if (rc == RC_OK)
		rc = make_command(&b, arg + 1, by_gtid, flag, e);
	if (rc == RC_OK)
		rc = get(m, by_gtid ? 30 : COM_BINLOG_DUMP, &b, f, e);
	if (f != NULL && fclose(f) != 0 && rc == RC_OK)
		rc = error_errno(e, RC_IO, "could not write the capture");
	if (m != NULL)
		mysql_close(m);
	buf_release(&b);
	return rc;
}

static enum rc
ask_from(MYSQL *m, char **arg, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_GTID_SET);
	rc = make_command(&b, arg, false, DUMP_ONCE, e);
	if (rc == RC_OK && m->methods->db_command(m, COM_BINLOG_DUMP,
			       buf_str(&b), b.len, 1, NULL) != 0)
		rc = my_error(m, e, "could not ask for the log");
	buf_release(&b);
	return rc;
}

/* From the connection on, as a reader of the log does it. */
static enum rc
rate(char **arg, int64_t want, struct error *e)
{
	struct timespec began;
	struct binlog *d = NULL;
	MYSQL *m = NULL;
	int64_t rows = 0;
	enum rc rc;

	clock_gettime(CLOCK_MONOTONIC, &began);
	rc = open_source(arg[0], &m, e);
	if (rc == RC_OK)
		rc = binlog_new(true, &d, e);
	if (rc == RC_OK)
		rc = ask_from(m, arg + 1, e);
	while (rc == RC_OK && rows < want) {
		unsigned long n = mysql_net_read_packet(m);

		if (n == packet_error)
			rc = my_error(m, e, "could not read an event");
		else if (m->net.read_pos[0] == 0xfe && n < 9)
			rc = error_set(e, RC_NOTFOUND, "the log ends");
		else
			rc = binlog_feed(d, m->net.read_pos + 1, n - 1, e);
		if (rc == RC_OK)
			rc = count_rows(d, &rows, e);
	}
	if (rc == RC_OK)
		say_rate(rows, &began);
	binlog_free(d);
	if (m != NULL)
		mysql_close(m);
	return rc;
}

static enum rc
measure(int argc, char **arg, struct error *e)
{
	int64_t n;

	if (argc == 4 && strcmp(arg[1], "bench") == 0 &&
	    num_parse(arg[3], 1, 1000000, &n) == RC_OK)
		return bench(arg[2], n, e);
	if (argc == 6 && strcmp(arg[1], "rate") == 0 &&
	    num_parse(arg[5], 1, INT64_MAX, &n) == RC_OK)
		return rate(arg + 2, n, e);
	return error_set(e, RC_INVALID, "not used like this");
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	if (argc == 6 && strcmp(argv[1], "get") == 0)
		rc = capture(argv + 2, false, false, &e);
	else if (argc == 5 && strcmp(argv[1], "gtid") == 0)
		rc = capture(argv + 2, true, false, &e);
	else if (argc == 6 && strcmp(argv[1], "wait") == 0)
		rc = capture(argv + 2, false, true, &e);
	else if (argc == 3 && strcmp(argv[1], "print") == 0)
		rc = print(argv[2], &e);
	else
		rc = measure(argc, argv, &e);
	if (rc == RC_OK)
		return 0;
	fprintf(stderr, "binlog-capture: %s: %s\n", rc_name(rc), e.text);
	return 1;
}
