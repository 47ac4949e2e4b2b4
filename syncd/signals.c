#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "syncd/signals.h"

/* Set by the handlers, read everywhere. */
static volatile sig_atomic_t stop_asked, reload_asked;
static volatile sig_atomic_t stock_fd = -1;
static int wake_fd = -1;

static void
on_signal(int number)
{
	static const uint64_t one = 1;
	int fd = (int)stock_fd, saved = errno;

	if (number == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
	/* a read of the stock system repeats when interrupted: end it */
	if (number != SIGHUP && fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
	/* can only fail when it is full, and then it wakes all the same */
	(void)!write(wake_fd, &one, sizeof(one));
	errno = saved;
}

enum rc
signals_catch(struct error *e)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa;

	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return error_errno(e, RC_IO, "could not make an eventfd");
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], &sa, NULL) != 0)
			return error_errno(e, RC_IO, "could not catch signals");
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, NULL) != 0)
		return error_errno(e, RC_IO, "could not ignore SIGPIPE");
	return RC_OK;
}

bool
signals_pending(void)
{
	return stop_asked || reload_asked;
}

void
signals_wait(int64_t ms, struct notify *n)
{
	struct pollfd p = { .fd = wake_fd, .events = POLLIN };
	int64_t left, end = clock_mono_ms() + ms;
	uint64_t count;

	do {
		notify_beat(n);
		left = end - clock_mono_ms();
		if (left > notify_pause(n))
			left = notify_pause(n);
		if (left < 0)
			left = 0;
		if (!signals_pending() && poll(&p, 1, (int)left) > 0)
			(void)!read(wake_fd, &count, sizeof(count));
	} while (!signals_pending() && clock_mono_ms() < end);
}

bool
signals_stop(void)
{
	return stop_asked;
}

bool
signals_reload(void)
{
	bool asked = reload_asked;

	reload_asked = 0;
	return asked;
}

void
signals_cut(int fd)
{
	stock_fd = fd;
}
