#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "syncd/progress.h"

#define EVERY_MS 250

void
progress_tell(struct progress *p, const char *what, int64_t done, int64_t all)
{
	int64_t now = clock_mono_ms();

	if (p->told_ms == 0)
		p->told_ms = now;
	if (now - p->told_ms < EVERY_MS || isatty(STDERR_FILENO) == 0)
		return;
	p->told_ms = now;
	p->open = true;
	/* the blanks cover what a longer line has left */
	if (all > 0)
		(void)fprintf(stderr,
		    "\r%s %" PRId64 " of %" PRId64 " items    ", what, done,
		    all);
	else
		(void)fprintf(stderr, "\r%s %" PRId64 " items    ", what, done);
}

void
progress_end(struct progress *p)
{
	if (p->open)
		(void)fputc('\n', stderr);
	p->open = false;
	p->told_ms = 0;
}
