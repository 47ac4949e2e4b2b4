#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "syncd/snapshot.h"
#include "syncd/stream_impl.h"

/* Two readings of a clock in seconds differ by so much. */
#define STARTED_SLACK 3

/* -- what a position is bound to ------------------------------------------ */

/*
 * With another mapping, other rules or another program the same rows make other
 * items: a position says nothing then.
 */
enum rc
stream_rules(struct stream *st, struct error *e)
{
	static const enum map_sql texts[] = { MAP_ITEMS_FIRST,
		MAP_ITEM_OF_LEVEL };
	const struct settings *s = st->w->s;
	const struct map *m = st->w->map;
	struct buf b;
	enum rc rc;

	buf_init(&b, 4 * MAP_SQL_SIZE);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		map_sql(m, texts[i], &b);
	if (map_has_pictures(m))
		map_sql(m, MAP_PICTURES_FIRST, &b);
	buf_printf(&b, "\n%s\n%s\n%d\n%s", PACKAGE_VERSION, s->shop_currency,
	    (int)s->stock_rows,
	    s->item_visible_values != NULL ? s->item_visible_values : "");
	rc = buf_rc(&b);
	if (rc == RC_OK)
		position_hash(b.s, b.len, st->rules);
	else
		(void)error_set(e, rc, "no memory for the mapping");
	buf_release(&b);
	return rc;
}

/* One number of the first row. */
static enum rc
ask_number(struct stream *st, const char *sql, unsigned column, int64_t *out,
    struct error *e)
{
	struct link_query *q = NULL;
	enum rc rc;

	rc = link_prepare(st->w->link, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK &&
	    num_parse(link_text(q, column, NULL), 0, INT64_MAX, out) != RC_OK)
		rc = RC_NOTFOUND;
	link_free(q);
	if (rc == RC_NOTFOUND)
		return error_set(
		    e, RC_INVALID, "the stock system does not say \"%s\"", sql);
	return rc;
}

enum rc
stream_ask(struct stream *st, struct error *e)
{
	int64_t up, now;
	enum rc rc;

	rc = ask_number(st, "SHOW GLOBAL STATUS LIKE 'Uptime'", 1, &up, e);
	if (rc == RC_OK)
		rc = ask_number(st,
		    "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)",
		    0, &now, e);
	if (rc != RC_OK)
		return rc;
	st->ahead_ms = now - clock_now_ms();
	st->started = now / 1000 - up;
	return RC_OK;
}

/* -- where to begin -------------------------------------------------------- */

/* What it has not executed cannot have been followed: it was put back to an
 * older state, or its log was thrown away. */
static enum rc
check_executed(struct stream *st, const struct position *from, struct error *e)
{
	struct place now;
	enum rc rc;

	place_init(&now, false);
	rc = snapshot_place(st->w, false, &now, e);
	if (rc == RC_OK && !place_covers(&now, &from->at))
		rc = error_set(e, RC_NOTFOUND,
		    "the stock system has not executed what was followed");
	place_release(&now);
	return rc;
}

enum rc
stream_place(struct stream *st, const struct position *from,
    struct place *begin, struct error *e)
{
	enum rc rc;

	if (from == NULL) {
		rc = snapshot_place(st->w, true, &st->at, e);
		if (rc == RC_OK && st->at.mariadb)
			rc = place_set(begin, st->at.file, st->at.pos, e);
		else if (rc == RC_OK)
			rc = gtid_set_merge(&begin->set, &st->at.set, e);
		return rc;
	}
	if (strcmp(from->rules, st->rules) != 0)
		return error_set(e, RC_NOTFOUND,
		    "the mapping, its tables or the program have changed");
	rc = position_begin(from, begin, e);
	if (rc == RC_OK && st->at.mariadb)
		rc = place_set(&st->at, begin->file, begin->pos, e);
	else if (rc == RC_OK)
		rc = gtid_set_merge(&st->at.set, &from->at.set, e);
	if (rc == RC_OK && !st->at.mariadb)
		rc = check_executed(st, from, e);
	memcpy(st->witness, from->witness, sizeof(st->witness));
	st->restarted = llabs(st->started - from->started) > STARTED_SLACK;
	return rc;
}

/* -- transactions ---------------------------------------------------------- */

static enum rc
check_witness(struct stream *st, struct error *e)
{
	char hash[POSITION_HASH];

	position_hash(st->packet, st->packet_n, hash);
	if (strcmp(hash, st->witness) != 0) {
		st->foreign = true;
		return error_set(e, RC_NOTFOUND,
		    "the stock system's log is not the one that was followed");
	}
	st->witness[0] = '\0';
	st->again = true;
	return RC_OK;
}

enum rc
stream_begins(struct stream *st, const struct binlog_event *ev, struct error *e)
{
	struct stream_mark *m = &st->mark[!st->last];
	const char *file = binlog_file(st->decoder);

	st->began = true;
	m->n = 0;
	if (!ev->inside && ev->next_pos > st->packet_n &&
	    st->packet_n <= sizeof(m->bytes) && strlen(file) < PLACE_FILE) {
		memcpy(m->file, file, strlen(file) + 1);
		memcpy(m->bytes, st->packet, st->packet_n);
		m->n = st->packet_n;
		m->pos = ev->next_pos - st->packet_n;
		m->id = ev->gtid.id;
	}
	return st->witness[0] != '\0' ? check_witness(st, e) : RC_OK;
}

/* The log has seconds only: a change counts as of their end. */
static void
note_time(struct stream *st, const struct binlog_event *ev)
{
	int64_t now = clock_now_ms();
	int64_t lag = now + st->ahead_ms - ev->when * INT64_C(1000) - 999;

	st->lags.event_at = ev->when;
	st->lags.read_lag_ms = lag > 0 ? lag : 0;
	if (st->touching && st->read_ms == 0) {
		st->read_ms = now;
		st->read_lag_ms = st->lags.read_lag_ms;
	}
}

void
stream_ended(struct stream *st, const struct binlog_event *ev)
{
	if (ev->when != 0 && !st->again)
		note_time(st, ev);
	if (st->began)
		st->last = !st->last;
	st->began = st->again = false;
	st->inside = st->touching = st->has_gtid = false;
}

/* -- what is told ----------------------------------------------------------- */

bool
stream_same(const struct stream *st)
{
	return st->witness[0] == '\0';
}

bool
stream_proven(const struct stream *st)
{
	return st->probe[0] == '\0' && stream_same(st);
}

bool
stream_restarted(const struct stream *st)
{
	return st->restarted;
}

uint32_t
stream_id(const struct stream *st)
{
	return st->id;
}

enum rc
stream_position(const struct stream *st, struct buf *b, struct error *e)
{
	const struct stream_mark *m = &st->mark[st->last];
	struct position p;
	enum rc rc;

	if (m->n == 0 || !stream_proven(st) || st->inside)
		return RC_OK;
	position_init(&p, st->at.mariadb);
	p.at = st->at; /* borrowed */
	p.from = m->pos;
	memcpy(p.file, m->file, sizeof(p.file));
	p.last = m->id;
	position_hash(m->bytes, m->n, p.witness);
	memcpy(p.rules, st->rules, sizeof(p.rules));
	p.started = st->started;
	position_print(&p, b);
	rc = buf_rc(b);
	return rc == RC_OK || rc == RC_INVALID
		   ? RC_OK
		   : error_set(e, rc, "no memory for a position");
}

void
stream_lags(struct stream *st, struct mirror_lags *out)
{
	if (st->read_ms != 0)
		st->lags.apply_lag_ms =
		    clock_now_ms() - st->read_ms + st->read_lag_ms;
	*out = st->lags;
}
