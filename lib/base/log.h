/*
 * One event, one line, on standard error (Apache's error log, the journal):
 *
 *	2026-11-22T09:30:00Z hats[4711] a1b2c3 warn: mirror is stale age=95
 *
 *	log_event(LOG_WARN, "mirror is stale age=%" PRId64, age);
 *
 * Control characters and malformed bytes are written as \xHH, so no value can
 * forge a line; what does not fit LIMIT_LINE is cut.  Nothing is allocated.
 * Never log a card, a password, a token or a full address.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* "error", "warn", "info", "debug", NULL: the words of log.level. */
extern const char *const log_level_names[];

/* Name the program (borrowed, a literal) and the least important level that
 * is written.  Without it: "shop", LOG_INFO. */
void log_open(const char *program, enum log_level level);
void log_level_set(enum log_level level);

/* Names the request in the lines that follow; copied, cut at 32 bytes; NULL
 * or "" for none. */
void log_request(const char *id);

/* Best effort: a log that cannot be written fails nothing. */
void log_event(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* log_event(LOG_ERROR, "what: reason rc=…"). */
void log_failure(const char *what, const struct error *e);

#endif
