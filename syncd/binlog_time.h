/*
 * Dates and times in row images; for binlog_value() only.
 */
#ifndef SYNCD_BINLOG_TIME_H
#define SYNCD_BINLOG_TIME_H

#include <stdint.h>

#include "base/error.h"

struct binlog_column;
struct binlog_value;

/* Write the text of a value of column->width bytes at p, all of which are
 * there.  RC_INVALID, without a reason, when there is no such day or time.  A
 * zero in month or day, and the zero date, are values to both servers. */
enum rc binlog_time(const struct binlog_column *column, const uint8_t *p,
    struct binlog_value *v) CHECKED;

/* Bytes of the fraction of a second that has scale digits. */
uint8_t binlog_time_fraction(uint8_t scale);

#endif
