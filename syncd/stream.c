#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "syncd/dump.h"
#include "syncd/snapshot.h"
#include "syncd/stream_impl.h"

#define COMMAND_FROM_FILE 18 /* COM_BINLOG_DUMP */
#define COMMAND_FROM_SET 30  /* COM_BINLOG_DUMP_GTID */

/* -- beginning ----------------------------------------------------------- */

static enum rc
connect_dump(struct stream *st, struct error *e)
{
	static const char *const set[] = {
		"SET @master_binlog_checksum = 'CRC32'",
		"SET @source_binlog_checksum = 'CRC32'",
		"SET @master_heartbeat_period = 200000000",
		"SET @source_heartbeat_period = 200000000",
		"SET @mariadb_slave_capability = 4",
	};
	struct work *w = st->w;
	enum rc rc;

	_Static_assert(STREAM_BEAT_MS == 200, "the same in nanoseconds above");
	rc = link_open_dump(w->s, &st->link, &w->fault, e);
	if (rc != RC_OK)
		return rc;
	if (strcmp(link_identity(st->link), link_identity(w->link)) != 0)
		return error_set(e, RC_IO,
		    "two links to the stock system reached %.100s and %.100s",
		    link_identity(w->link), link_identity(st->link));
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]) && rc == RC_OK; i++)
		rc = link_do(st->link, set[i], e);
	return rc;
}

/* One that no other reader of the log has: the older of two is thrown out. */
static enum rc
choose_id(uint32_t *id, struct error *e)
{
	char random[UID_SIZE];
	enum rc rc;

	rc = uid_random(random, e);
	*id = UINT32_C(2166136261);
	for (const char *p = random; rc == RC_OK && *p != '\0'; p++)
		*id = (*id ^ (unsigned char)*p) * UINT32_C(16777619);
	/* people number their servers from 1 */
	*id |= UINT32_C(0x80000000);
	return rc;
}

static enum rc
send_dump(struct stream *st, const struct place *from, struct error *e)
{
	struct buf args;
	enum rc rc;

	rc = choose_id(&st->id, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&args, LIMIT_GTID_SET);
	if (from->mariadb)
		dump_at(&args, st->id, from->file, from->pos, DUMP_BLOCK);
	else
		dump_after(&args, st->id, &from->set, DUMP_BLOCK);
	rc = buf_rc(&args);
	if (rc != RC_OK)
		(void)error_set(e, rc,
		    "could not ask for the stock system's "
		    "log");
	else
		rc = link_dump(st->link,
		    from->mariadb ? COMMAND_FROM_FILE : COMMAND_FROM_SET,
		    buf_str(&args), args.len, e);
	buf_release(&args);
	return rc;
}

static enum rc
begin(struct stream *st, const struct position *from, struct error *e)
{
	struct place first;
	enum rc rc;

	place_init(&first, st->at.mariadb);
	rc = stream_check(st, e);
	if (rc == RC_OK)
		rc = stream_ask(st, e);
	if (rc == RC_OK)
		rc = stream_place(st, from, &first, e);
	if (rc == RC_OK)
		rc = connect_dump(st, e);
	if (rc == RC_OK)
		rc = binlog_new(true, &st->decoder, e);
	if (rc == RC_OK)
		rc = send_dump(st, &first, e);
	place_release(&first);
	return rc;
}

static enum rc
begin_new(struct work *w, const struct position *from, struct stream **out,
    struct error *e)
{
	struct stream *st = calloc(1, sizeof(*st));

	*out = st;
	if (st == NULL)
		return error_set(e, RC_NOMEM, "no memory for a stream");
	st->w = w;
	place_init(&st->at, link_is_mariadb(w->link));
	place_init(&st->need, st->at.mariadb);
	buf_init(&st->text, LIMIT_LINE);
	w->fault = FAULT_NONE;
	return begin(st, from, e);
}

enum rc
stream_open(struct work *w, bool must, const struct position *from,
    struct stream **out, struct error *e)
{
	struct stream *st;
	enum rc rc;

	*out = NULL;
	rc = begin_new(w, from, &st, e);
	if (rc == RC_OK)
		rc = stream_probe(st, must, e);
	if (rc == RC_OK)
		*out = st;
	else
		stream_free(st);
	return rc;
}

/* The server says no when it is asked for the first event, not before. */
enum rc
stream_try(struct work *w, struct error *e)
{
	const void *event;
	struct stream *st;
	size_t n;
	enum rc rc;

	rc = begin_new(w, NULL, &st, e);
	if (rc == RC_OK) {
		rc = link_packet(st->link, &event, &n, e);
		if (rc != RC_OK)
			w->fault = link_fault(st->link);
	}
	stream_free(st);
	return rc;
}

void
stream_free(struct stream *st)
{
	if (st == NULL)
		return;
	link_close(st->link);
	binlog_free(st->decoder);
	place_release(&st->at);
	place_release(&st->need);
	buf_release(&st->text);
	free(st);
}

/* -- following ----------------------------------------------------------- */

static enum rc
take_gtid(struct stream *st, const struct binlog_event *ev, struct error *e)
{
	const struct binlog_gtid *g = &ev->gtid;

	st->inside = true;
	st->touching = false;
	if (!st->at.mariadb && !g->mariadb) {
		if (g->anonymous)
			return error_set(e, RC_INVALID,
			    "the stock system logs without GTIDs");
		st->gtid = g->id;
		st->has_gtid = true;
	}
	return stream_begins(st, ev, e);
}

static void
take_query(struct stream *st, const struct binlog_query *q, struct touched *t)
{
	const char *why = NULL;

	switch (q->statement) {
	case BINLOG_DDL:
	case BINLOG_DDL_ROWS:
		if (stream_ddl_concerns(st, q))
			why = "a mapped table may have been altered";
		break;
	case BINLOG_DML:
		why = "a statement was logged as text";
		break;
	case BINLOG_XA_COMMIT:
		why = "a distributed transaction was committed";
		break;
	case BINLOG_BEGIN:
	case BINLOG_END_COMMIT:
	case BINLOG_END_ROLLBACK:
	case BINLOG_SAVEPOINT:
	case BINLOG_ROLLBACK_TO:
	case BINLOG_XA_START:
	case BINLOG_XA_END:
	case BINLOG_XA_ROLLBACK:
	case BINLOG_ADMIN:
		break;
	}
	if (why != NULL) {
		touched_all(t, why);
		st->touching = true;
	}
}

/* A place in a file has 32 bits in an event: a file of more than 4 GiB begins
 * again at 0. */
static bool
wrapped(const struct stream *st, uint32_t next)
{
	return strcmp(st->at.file, binlog_file(st->decoder)) == 0 &&
	       st->at.pos > next && st->at.pos - next > UINT32_MAX / 2;
}

/* Behind a transaction, or what stands between two. */
static enum rc
move_on(struct stream *st, const struct binlog_event *ev, struct error *e)
{
	enum rc rc = RC_OK;

	if (st->at.mariadb) {
		if (wrapped(st, ev->next_pos))
			return error_set(
			    e, RC_TOOBIG, "a file of the log is above 4 GiB");
		if (ev->next_pos != 0)
			rc = place_set(
			    &st->at, binlog_file(st->decoder), ev->next_pos, e);
		else if (st->touching)
			return error_set(e, RC_INVALID,
			    "the log does not say where a transaction ends");
		if (rc == RC_OK && st->touching)
			rc = place_set(&st->need, st->at.file, st->at.pos, e);
	} else if (st->has_gtid) {
		rc = gtid_set_add(&st->at.set, &st->gtid, e);
		if (rc == RC_OK && st->touching)
			rc = gtid_set_add(&st->need.set, &st->gtid, e);
	} else if (st->touching) {
		return error_set(
		    e, RC_INVALID, "the log has a transaction without a GTID");
	}
	stream_ended(st, ev);
	return rc;
}

/* Another file: of MariaDB a place too. */
static enum rc
move_to(struct stream *st, const struct binlog_rotate *r, struct error *e)
{
	if (!st->at.mariadb || st->inside || r->file[0] == '\0')
		return RC_OK;
	return place_set(&st->at, r->file, r->pos, e);
}

static enum rc
take_event(struct stream *st, const struct binlog_event *ev, struct touched *t,
    bool *quiet, struct error *e)
{
	bool known = st->again; /* what it touches was published */
	enum rc rc = RC_OK;

	switch (ev->kind) {
	case BINLOG_UNKNOWN:
		if (known)
			break;
		touched_all(t, "the log has an event that is not known");
		st->touching = true;
		break;
	case BINLOG_ROTATE:
		return move_to(st, &ev->rotate, e);
	case BINLOG_HEARTBEAT:
		*quiet = true;
		return move_to(st, &ev->rotate, e);
	case BINLOG_GTID:
		return take_gtid(st, ev, e);
	case BINLOG_QUERY:
		if (!known)
			take_query(st, &ev->query, t);
		break;
	case BINLOG_ROWS:
		if (!known)
			rc = stream_rows(st, ev, t, e);
		break;
	case BINLOG_SKIP:
	case BINLOG_FORMAT:
	case BINLOG_GTIDS:
	case BINLOG_TABLE:
	case BINLOG_COMMIT:
	case BINLOG_PREPARE:
		break;
	}
	if (rc == RC_OK && ev->ends && !ev->artificial)
		rc = move_on(st, ev, e);
	return rc;
}

enum rc
stream_step(struct stream *st, struct touched *t, bool *quiet, struct error *e)
{
	struct binlog_event ev;
	const void *event;
	size_t n;
	enum rc rc;

	*quiet = false;
	rc = link_packet(st->link, &event, &n, e);
	if (rc != RC_OK) {
		st->w->fault = link_fault(st->link);
		return rc == RC_NOTFOUND ? RC_IO : rc;
	}
	st->packet = event;
	st->packet_n = n;
	rc = binlog_feed(st->decoder, event, n, e);
	while (rc == RC_OK && (rc = binlog_next(st->decoder, &ev, e)) == RC_OK)
		rc = take_event(st, &ev, t, quiet, e);
	if (rc == RC_NOTFOUND && !st->foreign)
		return RC_OK;
	st->w->fault = FAULT_OTHER;
	return rc;
}

bool
stream_between(const struct stream *st)
{
	return !st->inside;
}

/* Only a hint: the library may have read ahead. */
bool
stream_waiting(const struct stream *st)
{
	struct pollfd p = { .fd = link_socket(st->link), .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

const struct place *
stream_at(const struct stream *st)
{
	return &st->at;
}

const struct place *
stream_need(const struct stream *st)
{
	return &st->need;
}

void
stream_done(struct stream *st)
{
	place_release(&st->need);
	st->read_ms = 0;
}
