#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl/mail.h"
#include "flow/bounce.h"

/* What fits; the rest is read too, so that whoever writes does not fail. */
static enum rc
read_all(struct buf *b, struct error *e)
{
	char part[8192];
	size_t room;
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, part, sizeof(part));
		if (n == 0)
			return buf_rc(b) == RC_OK
				   ? RC_OK
				   : error_set(e, buf_rc(b),
					 "no memory for the letter");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(
			    e, RC_IO, "could not read standard input");
		room = BOUNCE_MAX - b->len;
		buf_put(b, part, (size_t)n < room ? (size_t)n : room);
	}
}

static void
tell(const struct bounce *b)
{
	static const char *const words[] = { [BOUNCE_BACK] = "came back",
		[BOUNCE_KNOWN] = "came back, which was known",
		[BOUNCE_LATE] = "is late",
		[BOUNCE_NOTHING] = "is not the matter" };

	for (size_t i = 0; i < b->n; i++) {
		if (b->of[i].what == BOUNCE_BACK)
			log_event(LOG_WARN,
			    "letter %" PRId64
			    " came back kind=%s order=%" PRId64,
			    b->of[i].row, b->of[i].kind, b->of[i].order);
		(void)printf("letter %" PRId64 " %s: %s\n", b->of[i].row,
		    words[b->of[i].what], b->of[i].why);
	}
	if (b->person[0] != '\0')
		(void)printf("it is for a person: %s%s\n", b->person,
		    b->again ? " (known)" : "");
	else if (b->n == 0)
		(void)puts("there is nothing to do");
}

enum rc
mail_bounce(struct mail_task *t, struct error *e)
{
	struct bounce b;
	struct buf bytes;
	enum rc rc;

	buf_init(&bytes, BOUNCE_MAX + 1);
	rc = read_all(&bytes, e);
	if (rc == RC_OK && bytes.len == 0)
		rc = error_set(e, RC_INVALID, "standard input is empty");
	if (rc == RC_OK)
		rc = bounce_take(
		    t->db, buf_str(&bytes), bytes.len, clock_now(), &b, e);
	if (rc == RC_OK)
		tell(&b);
	buf_release(&bytes);
	return rc;
}
