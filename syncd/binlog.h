/*
 * The decoder of replication events: bytes of a binlog dump in, rows out.
 *
 *	struct binlog *b;
 *	struct binlog_event ev;
 *	struct binlog_row row;
 *
 *	rc = binlog_new(true, &b, &e);
 *	…for each packet of the dump, without its first byte (0):
 *	rc = binlog_feed(b, packet + 1, n - 1, &e);
 *	while (rc == RC_OK && (rc = binlog_next(b, &ev, &e)) == RC_OK) {
 *		if (ev.kind != BINLOG_ROWS)
 *			continue;
 *		while ((rc = binlog_row(b, &row, &e)) == RC_OK)
 *			rc = binlog_value(ev.table, row.after, 3, &v, &e);
 *		…RC_NOTFOUND: no more rows
 *	}
 *	…RC_NOTFOUND: feed the next one
 *	binlog_free(b);
 *
 * It knows no socket, database or log, only bytes; what they say is never
 * believed: each read is checked against the event's end, each count against
 * base/limits.h.  One decoder belongs to one stream and one thread.  Two events
 * wrap others (TRANSACTION_PAYLOAD, MariaDB's compressed rows and queries);
 * they are unpacked here and the caller sees only what was inside.
 *
 * Memory: pointers in an event, a row or a value are borrowed from the fed
 * bytes or the decoder, and valid until the next binlog_next, binlog_feed or
 * binlog_free.  Nothing is allocated per row or, when a table was seen before,
 * per event; the decoder keeps at most the maps (LIMIT_BINLOG_MAPS), one unpacked
 * event (LIMIT_BINLOG_UNPACKED) and the cells of one row.
 *
 * Errors: RC_INVALID when bytes break the format or the checksum; RC_TOOBIG
 * above a limit; RC_NOMEM.  The reason names the event's type and the offset
 * in it.  After any of these the stream's state is not to be trusted: feed
 * nothing more, make a new decoder and connect again at a position where
 * ev.ends was set.
 *
 * Rules: MySQL internals manual, "Replication Protocol" and "Binary Log Event";
 * MySQL server source documentation, mysql::binlog::event; MariaDB knowledge
 * base, "Replication Protocol".  What those leave open was found out on
 * MariaDB 10.11 and MySQL 9.7 and is tested on streams of both
 * (t/fuzz/corpus/binlog).
 */
#ifndef SYNCD_BINLOG_H
#define SYNCD_BINLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "syncd/binlog_query.h"
#include "syncd/binlog_value.h"
#include "syncd/gtid.h"

struct binlog;

enum binlog_kind {
	/* Nothing that a mirror needs: annotations, statistics, marks of
	 * servers, and any type whose header says that it may be ignored. */
	BINLOG_SKIP,
	/* A type that this decoder does not know and that may not be ignored,
	 * INCIDENT ("the log lost events"), or rows of which no column was
	 * logged (table says which): the data may have changed, copy again.
	 * Decoding can go on. */
	BINLOG_UNKNOWN,
	BINLOG_FORMAT,    /* format: a file begins; maps are forgotten */
	BINLOG_ROTATE,    /* rotate: the next file; maps are forgotten */
	BINLOG_HEARTBEAT, /* rotate: where the source is; nothing happened */
	BINLOG_GTID,      /* gtid: a transaction begins */
	BINLOG_GTIDS,     /* raw: PREVIOUS_GTIDS, for gtid_set_decode() */
	BINLOG_QUERY,     /* query: a statement as text */
	BINLOG_TABLE,     /* table: its columns; rows may follow, or not */
	BINLOG_ROWS,      /* table, rows: ask binlog_row() */
	BINLOG_COMMIT,    /* XID: the transaction is committed */
	BINLOG_PREPARE,   /* xa: the end of an XA branch's rows */
};

/* BINLOG_FORMAT */
struct binlog_format {
	char server[51]; /* the version as the server says it */
	bool checksums;  /* events of this file end with a CRC32 */
	bool mariadb;
};

/* BINLOG_ROTATE and BINLOG_HEARTBEAT; the name has no path. */
struct binlog_rotate {
	const char *file; /* with a NUL; valid until the next ROTATE */
	uint64_t pos;     /* bytes */
};

/*
 * BINLOG_GTID.  MySQL: uuid, tag and gno; anonymous when GTIDs are off, and
 * then they are empty.  MariaDB: domain, server and sequence.
 */
struct binlog_gtid {
	bool mariadb;
	bool anonymous;
	struct gtid id;        /* MySQL */
	struct gtid_maria pos; /* MariaDB */
	bool standalone;       /* MariaDB: one statement, no COMMIT follows */
	bool ddl;              /* MariaDB */
	bool xa_prepared;      /* MariaDB: rows up to BINLOG_PREPARE */
	bool xa_completed;     /* MariaDB: XA COMMIT or XA ROLLBACK follows */
};

/* BINLOG_QUERY */
struct binlog_query {
	const char
	    *db; /* the session's; not the one of the table; with a NUL */
	const char *text; /* no NUL; in the session's character set */
	size_t n;         /* bytes */
	enum binlog_statement statement;
	uint16_t error; /* of the source; not 0: it ended half-way */
};

/* BINLOG_ROWS */
enum binlog_change { BINLOG_INSERT, BINLOG_UPDATE, BINLOG_DELETE };

/* BINLOG_PREPARE */
struct binlog_xa {
	bool one_phase; /* committed here; else prepared: not yet committed */
	int32_t format;
	const uint8_t *gtrid, *bqual;
	uint8_t gtrid_n, bqual_n; /* bytes, at most 64 each */
};

/*
 * A column as a TABLE_MAP describes it.  The log knows names, keys and
 * character sets only when binlog_row_metadata is FULL, signs also when it is
 * MINIMAL (MySQL's default); MariaDB's default logs neither.
 */
enum binlog_sign { BINLOG_SIGN_UNKNOWN, BINLOG_SIGNED, BINLOG_UNSIGNED };

struct binlog_column {
	uint8_t type;       /* enum binlog_type */
	uint8_t sign;       /* enum binlog_sign; of numbers */
	bool nullable;      /* may hold NULL */
	bool key;           /* part of the primary key, when known */
	uint8_t precision;  /* digits of a decimal */
	uint8_t scale;      /* digits after its point; of seconds' fractions */
	uint8_t width;      /* bytes of a value; 0: a length is before it */
	uint8_t prefix;     /* bytes of that length */
	uint8_t bits;       /* of BIT */
	uint32_t length;    /* bytes that a CHAR, BINARY, VARCHAR may have */
	uint32_t collation; /* id; 0: not known; 63: binary */
	const char *name;   /* NULL: not known; no NUL */
	size_t name_n;      /* bytes */
};

/*
 * A table as of one TABLE_MAP.  Columns are in the table's order, counted from
 * 0.  serial differs whenever the table's layout may have changed: what a
 * caller found out about a table it may keep by serial.
 */
struct binlog_table {
	uint64_t id; /* the source's; names a layout until the file ends */
	uint64_t serial;
	const char *db;   /* with a NUL; UTF-8, in the source's letter case */
	const char *name; /* with a NUL */
	size_t columns;
	struct binlog_column *column; /* owned by the decoder */
	/*
	 * False when a column is of a type that this decoder does not know:
	 * column is NULL then, and rows are RC_INVALID if asked for.  Such a
	 * table does not hinder the others.
	 */
	bool known;
};

struct binlog_event {
	enum binlog_kind kind;
	uint8_t code;       /* the type byte of its header */
	uint16_t flags;     /* of its header */
	uint32_t when;      /* UTC seconds; 0: made for this connection */
	uint32_t server_id; /* of the server that wrote it first */
	/*
	 * Where the next event begins, bytes from the file's start; 0 when the
	 * event does not say.  The format has 32 bits for it, so it wraps in
	 * files above 4 GiB.  Of events inside of a payload, that of the payload.
	 */
	uint32_t next_pos;
	/*
	 * Nothing is open after this event: its next_pos (when not 0) is a
	 * position to begin at, and all rows since the last such event belong
	 * to what it says (commit, rollback, prepare, a statement).
	 */
	bool ends;
	bool artificial; /* made for this connection, not in the file */
	bool inside;     /* of a payload */

	const struct binlog_table
	    *table; /* BINLOG_TABLE, BINLOG_ROWS; or NULL */
	union {
		struct binlog_format format;
		struct binlog_rotate rotate;
		struct binlog_gtid gtid;
		struct binlog_query query;
		enum binlog_change change; /* BINLOG_ROWS */
		struct binlog_xa xa;
		struct {
			const uint8_t *p;
			size_t n;
		} raw; /* BINLOG_GTIDS */
	};
};

/* Images of one row; each has ev.table->columns cells, for binlog_value().
 * Cells of columns that the image does not hold are absent. */
struct binlog_row {
	const struct binlog_cell *before; /* NULL of BINLOG_INSERT */
	const struct binlog_cell *after;  /* NULL of BINLOG_DELETE */
};

/* verify: check every CRC32 that the stream has.  RC_NOMEM. */
enum rc binlog_new(bool verify, struct binlog **out, struct error *e) CHECKED;

void binlog_free(struct binlog *b); /* NULL is fine */

/*
 * Take the bytes of one event, header first, as the dump command sends it
 * after the packet's status byte.  The bytes stay the caller's and must stay as
 * they are until the next feed.  What was left of the last event is dropped.
 */
enum rc binlog_feed(
    struct binlog *b, const void *bytes, size_t n, struct error *e) CHECKED;

/* The next event of what was fed: one, or those of a payload.  RC_NOTFOUND when
 * there is none.  Rows of the last event that were not asked for are dropped. */
enum rc binlog_next(
    struct binlog *b, struct binlog_event *ev, struct error *e) CHECKED;

/* The next row of the BINLOG_ROWS that binlog_next gave.  RC_NOTFOUND when there
 * is none; then the event was whole. */
enum rc binlog_row(
    struct binlog *b, struct binlog_row *row, struct error *e) CHECKED;

/* The file that events come from, "" before the first ROTATE.  Borrowed until
 * the next one. */
const char *binlog_file(const struct binlog *b);

#endif
