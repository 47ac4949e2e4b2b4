/*
 * Time.  Stored times are seconds since 1970 in UTC; durations that must not
 * jump with the wall clock use the monotonic one.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

int64_t clock_now(void);     /* UTC seconds */
int64_t clock_now_ms(void);  /* UTC milliseconds */
int64_t clock_mono_ms(void); /* monotonic milliseconds, for durations */

/* "2026-11-22T09:30:00Z" (RFC 3339).  Here and below a time outside the years
 * 1 to 9999 is written as the nearest one inside. */
#define CLOCK_ISO_SIZE 21
void clock_iso(int64_t t, char out[CLOCK_ISO_SIZE]);
void clock_put_iso(struct buf *b, int64_t t);

/* "Sun, 22 Nov 2026 09:30:00 GMT" (RFC 9110 section 5.6.7). */
void clock_put_http(struct buf *b, int64_t t);

/* "22 November 2026", for pages. */
void clock_put_date(struct buf *b, int64_t t);

/* Sleep; returns early on a signal. */
void clock_sleep_ms(int64_t ms);

#endif
