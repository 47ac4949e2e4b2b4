/*
 * What syncd is told by signals: to stop, or to read its configuration again.
 *
 *	rc = signals_catch(&e);
 *	while (!signals_stop()) {
 *		if (signals_reload())
 *			…
 *		…until signals_pending()
 *		signals_wait(ms);
 *	}
 */
#ifndef SYNCD_SIGNALS_H
#define SYNCD_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "syncd/notify.h"

/* Catch SIGTERM, SIGINT and SIGHUP, ignore SIGPIPE; once. */
enum rc signals_catch(struct error *e) CHECKED;

/* To stop, or to reload: what is under way is to end. */
bool signals_pending(void);
bool signals_stop(void);
bool signals_reload(void); /* true once */

/* Until the time is over or a signal comes, with beats meanwhile. */
void signals_wait(int64_t ms, struct notify *n);

/* The socket (-1: none) whose reads are ended by a signal to stop. */
void signals_cut(int fd);

#endif
