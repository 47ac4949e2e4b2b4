/*
 * What stream.c, stream_begin.c and stream_rows.c share; nobody else includes
 * it.
 */
#ifndef SYNCD_STREAM_IMPL_H
#define SYNCD_STREAM_IMPL_H

#include "base/token.h"
#include "syncd/binlog.h"
#include "syncd/charset.h"
#include "syncd/stream.h"

struct stream_part {
	bool mapped;
	struct map_table table; /* borrows from the mapping */
	enum charset charset;   /* of its key */
	bool plain;             /* its names are written alike everywhere */
};

struct stream {
	struct work *w;         /* borrowed */
	struct link *link;      /* owned */
	struct binlog *decoder; /* owned */
	struct stream_part part[MAP_PARTS];

	struct place at, need;
	bool inside;   /* of a transaction */
	bool touching; /* which touched something */
	bool has_gtid;
	struct gtid gtid; /* MySQL: of the transaction */

	char probe[UID_SIZE]; /* what has to come back; "": nothing */
	struct buf text;      /* a key */
};

/* Whether the server's log can be followed at all, and why not. */
enum rc stream_check(struct stream *st, struct error *e) CHECKED;

/* Write the row that has to come back. */
enum rc stream_probe(struct stream *st, bool must, struct error *e) CHECKED;

/* Note what the rows of an event touch. */
enum rc stream_rows(struct stream *st, const struct binlog_event *ev,
    struct touched *t, struct error *e) CHECKED;

/* Whether a DDL may be about a mapped table. */
bool stream_ddl_concerns(const struct stream *st, const struct binlog_query *q);

#endif
