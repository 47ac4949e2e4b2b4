/*
 * What stream.c, stream_begin.c and stream_rows.c share; nobody else includes
 * it.
 */
#ifndef SYNCD_STREAM_IMPL_H
#define SYNCD_STREAM_IMPL_H

#include "base/token.h"
#include "syncd/binlog.h"
#include "syncd/charset.h"
#include "syncd/position.h"
#include "syncd/stream.h"

struct stream_part {
	bool mapped;
	struct map_table table; /* borrows from the mapping */
	enum charset charset;   /* of its key */
	bool plain;             /* its names are written alike everywhere */
};

/* The first event of a transaction, by which it is known again. */
#define STREAM_WITNESS 256 /* bytes; a longer one is none to begin at */
struct stream_mark {
	char file[PLACE_FILE];
	uint64_t pos; /* MariaDB: where it begins */
	struct gtid id;
	unsigned char bytes[STREAM_WITNESS];
	size_t n; /* 0: none */
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

	struct stream_mark mark[2];
	int last;   /* which of them is of the last whole transaction */
	bool began; /* the other one is of the transaction under way */
	bool restarted;
	bool foreign;                /* what came is not what had to */
	char witness[POSITION_HASH]; /* of what has to come; "": nothing */
	bool again;                  /* that transaction is under way */
	char rules[POSITION_HASH];
	int64_t started, ahead_ms; /* of the server, and of its clock */

	uint32_t id;
	const void *packet; /* borrowed: what is decoded */
	size_t packet_n;

	struct mirror_lags lags;
	int64_t
	    read_ms; /* when what has to be applied first was read; 0: none */
	int64_t read_lag_ms;

	char probe[UID_SIZE]; /* what has to come back; "": nothing */
	struct buf text;      /* a key */
};

/* Whether the server's log can be followed at all, and why not. */
enum rc stream_check(struct stream *st, struct error *e) CHECKED;

/* Write the row that has to come back. */
enum rc stream_probe(struct stream *st, bool must, struct error *e) CHECKED;

/* By which rules items are made of rows now. */
enum rc stream_rules(struct stream *st, struct error *e) CHECKED;

/* Ask the server what a position needs that is not in the log. */
enum rc stream_ask(struct stream *st, struct error *e) CHECKED;

/* Be at from, or where the log is now when it is NULL; *begin (initialised) is
 * where to begin to read.  RC_NOTFOUND: the server has not been there. */
enum rc stream_place(struct stream *st, const struct position *from,
    struct place *begin, struct error *e) CHECKED;

/* A transaction begins.  RC_NOTFOUND: it is not the one that has to come. */
enum rc stream_begins(
    struct stream *st, const struct binlog_event *ev, struct error *e) CHECKED;
/* It has ended. */
void stream_ended(struct stream *st, const struct binlog_event *ev);

/* Note what the rows of an event touch. */
enum rc stream_rows(struct stream *st, const struct binlog_event *ev,
    struct touched *t, struct error *e) CHECKED;

/* Whether a DDL may be about a mapped table. */
bool stream_ddl_concerns(const struct stream *st, const struct binlog_query *q);

#endif
