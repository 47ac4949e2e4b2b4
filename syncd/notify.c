#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "syncd/notify.h"

#define BEAT_MS 5000         /* unless the watchdog wants it more often */
#define MORE_TIME "60000000" /* microseconds to the next beat at most */

void
notify_init(struct notify *n)
{
	memset(n, 0, sizeof(*n));
	n->fd = -1;
	n->beat_ms = BEAT_MS;
}

/* Not waiting for a supervisor that does not read. */
static bool
tell(const struct notify *n, const char *text)
{
	return n->fd >= 0 && send(n->fd, text, strlen(text),
				 MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* "@name" is an abstract one. */
static enum rc
address(
    const char *path, struct sockaddr_un *a, socklen_t *len, struct error *e)
{
	size_t n = strlen(path);

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if ((path[0] != '/' && path[0] != '@') || n < 2 ||
	    n >= sizeof(a->sun_path))
		return error_set(e, RC_INVALID,
		    "NOTIFY_SOCKET \"%.200s\" is no socket's name", path);
	memcpy(a->sun_path, path, n);
	if (path[0] == '@')
		a->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return RC_OK;
}

/* The watchdog of another process is none of ours. */
static void
read_watchdog(struct notify *n)
{
	const char *us = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t value, who;

	if (us == NULL || num_parse(us, 1, INT64_MAX, &value) != RC_OK)
		return;
	if (pid != NULL &&
	    (num_parse(pid, 1, INT64_MAX, &who) != RC_OK || who != getpid()))
		return;
	n->watched = true;
	/* twice in the time, as sd_watchdog_enabled(3) advises */
	if (value / 2000 < n->beat_ms)
		n->beat_ms = value / 2000 > 0 ? value / 2000 : 1;
}

enum rc
notify_open(struct notify *n, struct error *e)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a;
	socklen_t len;
	enum rc rc;

	notify_init(n);
	if (path == NULL || path[0] == '\0')
		return RC_OK;
	rc = address(path, &a, &len, e);
	if (rc != RC_OK)
		return rc;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd < 0 ||
	    connect(n->fd, (const struct sockaddr *)&a, len) != 0) {
		rc = error_errno(e, RC_IO,
		    "could not connect to NOTIFY_SOCKET \"%s\"", path);
		notify_close(n);
		return rc;
	}
	read_watchdog(n);
	return RC_OK;
}

void
notify_close(struct notify *n)
{
	if (n->fd >= 0)
		(void)close(n->fd);
	notify_init(n);
}

void
notify_ready(struct notify *n)
{
	if (!n->ready)
		n->ready = tell(n, "READY=1");
}

void
notify_reloading(struct notify *n)
{
	char text[64];

	(void)snprintf(text, sizeof(text),
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_ms() * 1000);
	(void)tell(n, text);
	n->ready = false;
}

void
notify_stopping(struct notify *n)
{
	(void)tell(n, "STOPPING=1");
}

void
notify_status(struct notify *n, const char *text)
{
	char line[sizeof("STATUS=") + ERROR_TEXT_SIZE] = "STATUS=";
	size_t len = text_clip(text, strlen(text), sizeof(n->status) - 1);
	char *p = line + strlen(line);

	if (strncmp(n->status, text, len) == 0 && n->status[len] == '\0')
		return;
	memcpy(p, text, len);
	p[len] = '\0';
	for (; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	if (tell(n, line)) {
		memcpy(n->status, text, len);
		n->status[len] = '\0';
	}
}

int64_t
notify_pause(const struct notify *n)
{
	return n->beat_ms;
}

void
notify_beat(struct notify *n)
{
	int64_t now;

	if (n == NULL || n->fd < 0)
		return;
	now = clock_mono_ms();
	if (n->beaten_ms != 0 && now - n->beaten_ms < n->beat_ms)
		return;
	if (!n->ready)
		(void)tell(n, "EXTEND_TIMEOUT_USEC=" MORE_TIME);
	if (n->watched)
		(void)tell(n, "WATCHDOG=1");
	n->beaten_ms = now;
}
