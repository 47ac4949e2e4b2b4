/*
 * The life of syncd: take the lease, follow the stock system pass by pass,
 * outlive whatever fails, say each change of state once.
 *
 *	rc = signals_catch(&e);
 *	status = daemon_run(path, &settings, false, &e);
 *
 * It is in one of these states, and logs a line when it changes:
 *
 *	following   the last pass was published
 *	standby     another syncd has the lease
 *	in trouble  the stock system (one state for each fault) or the sales
 *	            database fails; tried again after growing pauses
 *
 * SIGTERM and SIGINT end it, cutting off what waits for the stock system;
 * SIGHUP makes it read its configuration again and keep the old one when the
 * new one is wrong.
 */
#ifndef SYNCD_DAEMON_H
#define SYNCD_DAEMON_H

#include <stdbool.h>

#include "base/settings.h"
#include "syncd/notify.h"
#include "syncd/status.h"

/*
 * Run until told to stop, or with once for one pass and the pictures.  path is
 * where *s was read from (NULL: the usual place); *s may be replaced by a
 * reload and stays the caller's.  notify is told of all that matters to a
 * supervisor.
 */
enum status daemon_run(const char *path, struct settings *s, bool once,
    struct notify *notify, struct error *e);

#endif
