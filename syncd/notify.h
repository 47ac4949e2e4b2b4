/*
 * Word to whoever supervises syncd, as sd_notify(3) sends it: lines in a
 * datagram to the socket that NOTIFY_SOCKET names.  Without one, or when it
 * fails, all of it does nothing.
 *
 *	rc = notify_open(&n, &e);
 *	notify_beat(&n);		between any two steps
 *	notify_status(&n, "polling");
 *	notify_ready(&n);		after each turn; sent once
 *	notify_close(&n);
 */
#ifndef SYNCD_NOTIFY_H
#define SYNCD_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct notify {
	int fd;            /* -1: nobody listens */
	int64_t beat_ms;   /* a beat is due after this */
	int64_t beaten_ms; /* monotonic; 0: never */
	bool watched;      /* beats are waited for also when it is ready */
	bool ready;        /* that was sent */
	char status[ERROR_TEXT_SIZE];
};

/* Nobody listens. */
void notify_init(struct notify *n);

/* Before the jail, and in the process that stays.  *n is in a defined state in
 * any case and the caller's: notify_close. */
enum rc notify_open(struct notify *n, struct error *e) CHECKED;
void notify_close(struct notify *n);

/* It does its work: READY=1. */
void notify_ready(struct notify *n);

/* It reads its configuration again; notify_ready ends that. */
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);

/* One line for people; sent when it is another one than before. */
void notify_status(struct notify *n, const char *text);

/* It goes on: WATCHDOG=1 when that is due, and more time while it is not ready.
 * Costs next to nothing.  n may be NULL. */
void notify_beat(struct notify *n);

/* Milliseconds that may pass until the next beat. */
int64_t notify_pause(const struct notify *n);

#endif
