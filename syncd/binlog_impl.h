/*
 * What the parts of the decoder share; nobody else includes this.
 *
 *	binlog.c        what is fed, checksums, transactions, dispatch
 *	binlog_event.c  bodies of single events
 *	binlog_map.c    TABLE_MAP, and the maps that are remembered
 *	binlog_rows.c   rows events
 *	binlog_pack.c   what is compressed
 *
 * An event's cursor starts at its header, so that offsets in messages are the
 * event's; it ends before the checksum.
 */
#ifndef SYNCD_BINLOG_IMPL_H
#define SYNCD_BINLOG_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "syncd/binlog.h"
#include "syncd/bytes.h"

#define BINLOG_HEADER 19 /* bytes of an event's header */
#define BINLOG_SUM 4     /* bytes of its checksum */
#define BINLOG_BUCKETS 256

/* Type bytes (Log_event_type of both servers). */
enum {
	EV_STOP = 3,
	EV_QUERY = 2,
	EV_ROTATE = 4,
	EV_INTVAR = 5,
	EV_RAND = 13,
	EV_USER_VAR = 14,
	EV_FORMAT = 15,
	EV_XID = 16,
	EV_BEGIN_LOAD = 17,
	EV_EXECUTE_LOAD = 18,
	EV_TABLE_MAP = 19,
	EV_WRITE_V1 = 23,
	EV_UPDATE_V1 = 24,
	EV_DELETE_V1 = 25,
	EV_INCIDENT = 26,
	EV_HEARTBEAT = 27,
	EV_IGNORABLE = 28,
	EV_ROWS_QUERY = 29,
	EV_WRITE_V2 = 30,
	EV_UPDATE_V2 = 31,
	EV_DELETE_V2 = 32,
	EV_GTID = 33,
	EV_ANONYMOUS_GTID = 34,
	EV_PREVIOUS_GTIDS = 35,
	EV_TRANSACTION_CONTEXT = 36,
	EV_VIEW_CHANGE = 37,
	EV_XA_PREPARE = 38,
	EV_PARTIAL_UPDATE = 39,
	EV_PAYLOAD = 40,
	EV_HEARTBEAT_V2 = 41,
	EV_GTID_TAGGED = 42,
	EV_M_ANNOTATE = 160,
	EV_M_CHECKPOINT = 161,
	EV_M_GTID = 162,
	EV_M_GTID_LIST = 163,
	EV_M_START_ENCRYPTION = 164,
	EV_M_QUERY_PACKED = 165,
	EV_M_WRITE_PACKED_V1 = 166,
	EV_M_UPDATE_PACKED_V1 = 167,
	EV_M_DELETE_PACKED_V1 = 168,
	EV_M_WRITE_PACKED_V2 = 169,
	EV_M_UPDATE_PACKED_V2 = 170,
	EV_M_DELETE_PACKED_V2 = 171,
};

#define EV_FLAG_ARTIFICIAL 0x20
#define EV_FLAG_IGNORABLE 0x80

/* A remembered TABLE_MAP. */
struct binlog_map {
	struct binlog_table table;
	struct binlog_map *next; /* in its bucket */
	uint8_t *body; /* owned: the event's bytes; names point here */
	size_t body_n;
	size_t cost;        /* bytes of all this */
	uint64_t statement; /* the last one that used it */
};

/* A column that an image holds.  A row costs what it holds, not what its table
 * is wide: else few bytes of a hostile event would be hours of work. */
struct binlog_held {
	uint16_t column;
	uint16_t json; /* which of the table's JSON columns, if it is one */
};

/* The rows event that binlog_row() reads. */
struct binlog_rows {
	const struct binlog_table *table; /* NULL: none */
	enum binlog_change change;
	bool packed;  /* MariaDB's compressed rows */
	bool begun;   /* unpacked, and cells are there */
	bool partial; /* PARTIAL_UPDATE_ROWS: options before after-images */
	const uint8_t *before_has, *after_has; /* bitmaps by column */
	size_t before_n, after_n;              /* bits that are set */
	size_t json_n;                         /* JSON columns of the table */
	struct bytes r;
};

/* A transaction payload that is being read. */
struct binlog_payload {
	bool active;
	void *zstd;     /* owned; ZSTD_DCtx, NULL before the first one */
	struct bytes r; /* what is not yet decompressed */
	bool plain;     /* not compressed at all */
	bool flushed;   /* zstd has no more of what it took */
	uint64_t declared, made; /* bytes: said and so far */
	uint32_t next_pos;
	uint8_t *event; /* owned; the event inside */
	size_t cap, have;
};

enum binlog_sum { SUM_UNKNOWN, SUM_NONE, SUM_CRC32 };

/* Where in a transaction the stream is. */
enum binlog_open {
	TX_NONE,       /* between two */
	TX_BEGUN,      /* GTID seen; its first statement decides */
	TX_STANDALONE, /* MariaDB: the next QUERY is all of it */
	TX_OPEN,       /* until COMMIT, XID, ROLLBACK, PREPARE */
};

struct binlog {
	bool verify;
	bool mariadb;
	enum binlog_sum sum;
	enum binlog_open open;
	char file[LIMIT_BINLOG_FILE];

	struct bytes r; /* the current event */
	uint8_t code;
	bool fed; /* it is still to be decoded */

	struct binlog_map *bucket[BINLOG_BUCKETS];
	size_t map_bytes;
	uint64_t serial;    /* of the newest map */
	uint64_t statement; /* counts statements of rows */

	struct binlog_rows rows;
	struct binlog_cell *cells; /* owned; two images of cells_cap / 2 */
	struct binlog_held *held;  /* owned; likewise, before and after */
	size_t cells_cap;
	struct binlog_payload payload;
	void *zlib;        /* owned; z_stream, NULL before its first use */
	uint8_t *unpacked; /* owned */
	size_t unpacked_cap;
};

/* Note why the current event is refused: "WRITE_ROWS (30), offset 42: what". */
enum rc binlog_refuse(const struct binlog *b, const struct bytes *r, enum rc rc,
    struct error *e, const char *what);

/* Its reason when r is bad: "is cut". */
enum rc binlog_cut(
    const struct binlog *b, const struct bytes *r, struct error *e);

const char *binlog_code_name(uint8_t code);

/* Room for n bytes in an owned buffer of *cap; its old bytes stay. */
enum rc binlog_room(const struct binlog *b, uint8_t **p, size_t *cap, size_t n,
    struct error *e);

/* binlog_event.c: each fills its part of ev from b->r. */
enum rc binlog_read_format(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_rotate(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_heartbeat(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_query(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_gtid(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_gtid_tagged(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_gtid_maria(
    struct binlog *b, struct binlog_event *ev, struct error *e);
enum rc binlog_read_prepare(
    struct binlog *b, struct binlog_event *ev, struct error *e);

/* binlog_map.c */
enum rc binlog_read_map(
    struct binlog *b, struct binlog_event *ev, struct error *e);
struct binlog_map *binlog_map_find(struct binlog *b, uint64_t id);
void binlog_map_forget(struct binlog *b);

/* binlog_columns.c: fill t->column from the types, their metadata and the
 * optional metadata; t->known is false when a type is not known. */
enum rc binlog_read_columns(
    struct binlog *b, struct binlog_table *t, struct bytes *r, struct error *e);

/* binlog_rows.c */
enum rc binlog_read_rows(
    struct binlog *b, struct binlog_event *ev, struct error *e);

/* binlog_pack.c */

/* MariaDB's compressed record: r becomes what it holds. */
enum rc binlog_inflate(struct binlog *b, struct bytes *r, struct error *e);

/* Begin a payload, b->r at its body; the next event inside of it: RC_NOTFOUND at
 * its end. */
enum rc binlog_payload_begin(struct binlog *b, struct error *e);
enum rc binlog_payload_next(struct binlog *b, struct error *e);
void binlog_payload_end(struct binlog *b);
void binlog_pack_free(struct binlog *b);

#endif
