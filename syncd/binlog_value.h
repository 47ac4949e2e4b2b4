/*
 * One column's value in a row image.
 *
 *	struct binlog_value v;
 *
 *	rc = binlog_value(ev.table, row.after, 3, &v, &e);
 *	if (rc == RC_OK && v.kind == BINLOG_INT)
 *		level = v.i;
 *
 * Values come out as the source's SELECT would give them as text, with these
 * exceptions.  CHAR has no padding and BINARY(n) lost its trailing zero bytes:
 * pad to column.length.  ENUM and SET are numbers.  TIMESTAMP is UTC.  Bytes of
 * text are in the column's character set: syncd/charset.h.  FLOAT(m,d) and
 * DOUBLE(m,d) have their shortest digits, ZEROFILL no zeros: the log does not
 * know either.  Whether an integer is unsigned is often not in the log
 * (column.sign), so integers are given in both readings.
 */
#ifndef SYNCD_BINLOG_VALUE_H
#define SYNCD_BINLOG_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct binlog_column;
struct binlog_table;

/* Column types as TABLE_MAP names them; a CHAR's type byte also stands for ENUM
 * and SET, which are told apart here. */
enum binlog_type {
	BINLOG_T_DECIMAL = 0, /* of MySQL 4; not decoded */
	BINLOG_T_TINY = 1,
	BINLOG_T_SHORT = 2,
	BINLOG_T_LONG = 3,
	BINLOG_T_FLOAT = 4,
	BINLOG_T_DOUBLE = 5,
	BINLOG_T_NULL = 6,
	BINLOG_T_TIMESTAMP = 7,
	BINLOG_T_LONGLONG = 8,
	BINLOG_T_INT24 = 9,
	BINLOG_T_DATE = 10,
	BINLOG_T_TIME = 11,
	BINLOG_T_DATETIME = 12,
	BINLOG_T_YEAR = 13,
	BINLOG_T_NEWDATE = 14,
	BINLOG_T_VARCHAR = 15,
	BINLOG_T_BIT = 16,
	BINLOG_T_TIMESTAMP2 = 17,
	BINLOG_T_DATETIME2 = 18,
	BINLOG_T_TIME2 = 19,
	BINLOG_T_BLOB_PACKED = 140,    /* MariaDB: BLOB COMPRESSED */
	BINLOG_T_VARCHAR_PACKED = 141, /* MariaDB: VARCHAR COMPRESSED */
	BINLOG_T_VECTOR = 242,         /* MySQL 9 */
	BINLOG_T_JSON = 245,           /* MySQL */
	BINLOG_T_NEWDECIMAL = 246,
	BINLOG_T_ENUM = 247,
	BINLOG_T_SET = 248,
	BINLOG_T_TINY_BLOB = 249,
	BINLOG_T_MEDIUM_BLOB = 250,
	BINLOG_T_LONG_BLOB = 251,
	BINLOG_T_BLOB = 252,
	BINLOG_T_VAR_STRING = 253,
	BINLOG_T_STRING = 254,
	BINLOG_T_GEOMETRY = 255,
};

/* Where a value lies in an image; made by binlog_row. */
enum binlog_cell_state {
	BINLOG_CELL_ABSENT, /* the image does not hold this column */
	BINLOG_CELL_NULL,
	BINLOG_CELL_HERE,
	BINLOG_CELL_DIFF, /* a partial update of a JSON column */
};

struct binlog_cell {
	const uint8_t *p; /* borrowed: behind the length, if it has one */
	uint32_t n;       /* bytes */
	uint8_t state;    /* enum binlog_cell_state */
};

enum binlog_value_kind {
	BINLOG_ABSENT, /* unchanged, or not told: MINIMAL and NOBLOB images */
	BINLOG_NULL,   /* SQL NULL */
	BINLOG_INT,    /* i, u: integers, YEAR, ENUM, SET, BIT */
	BINLOG_TEXT,   /* s, n: ASCII; decimals, floats, times */
	BINLOG_BYTES,  /* s, n: CHAR, BINARY, VARCHAR, TEXT, BLOB … */
	BINLOG_PACKED, /* s, n: bytes for binlog_unpack() */
	BINLOG_JSON,   /* s, n: MySQL's binary JSON */
	BINLOG_JSON_DIFF, /* s, n: differences to the value before */
};

#define BINLOG_TEXT_SIZE 96 /* a decimal has at most 68 bytes */

struct binlog_value {
	enum binlog_value_kind kind;
	int64_t i;     /* signed unless the log says unsigned; TIMESTAMP: UTC
			* seconds */
	uint64_t u;    /* the same bits of the column's width, unsigned */
	double real;   /* FLOAT, DOUBLE */
	const char *s; /* borrowed from the event, or from text below: a copy
			* of the struct does not do */
	size_t n;      /* bytes; no NUL is counted, none may follow */
	char text[BINLOG_TEXT_SIZE];
};

/* Decode column number column (below table->columns, assert) of an image.
 * RC_INVALID for digits, days or hours that cannot be. */
enum rc binlog_value(const struct binlog_table *table,
    const struct binlog_cell *image, size_t column, struct binlog_value *v,
    struct error *e) CHECKED;

/* Append what a BINLOG_PACKED value holds.  RC_INVALID, RC_NOMEM, RC_TOOBIG
 * when it is above out's ceiling. */
enum rc binlog_unpack(
    const struct binlog_value *v, struct buf *out, struct error *e) CHECKED;

/*
 * For binlog_row: find the value at p, of which left bytes are there.  Returns
 * the bytes it takes, the length in front of it included; 0 when it is cut.
 */
size_t binlog_cell_find(const struct binlog_column *c, const uint8_t *p,
    size_t left, struct binlog_cell *cell);

#endif
