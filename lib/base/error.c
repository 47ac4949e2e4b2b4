#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const char *const names[] = {
	[RC_OK] = "ok",
	[RC_NOTFOUND] = "not found",
	[RC_INVALID] = "invalid",
	[RC_CONFLICT] = "conflict",
	[RC_DENIED] = "denied",
	[RC_TOOBIG] = "too big",
	[RC_NOMEM] = "no memory",
	[RC_IO] = "i/o",
	[RC_DB] = "database",
	[RC_UNCERTAIN] = "uncertain",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == RC_COUNT, "one name each");

/* vsnprintf may have cut inside a character: drop the beginning of it. */
static void
mend_cut(char text[ERROR_TEXT_SIZE])
{
	size_t n = ERROR_TEXT_SIZE - 1;

	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((unsigned char)text[n - 1] & 0x80) != 0)
		n--;
	text[n] = '\0';
}

static void PRINTF_LIKE(2, 0)
    write_text(char text[ERROR_TEXT_SIZE], const char *fmt, va_list ap)
{
	int n;

	n = vsnprintf(text, ERROR_TEXT_SIZE, fmt, ap);
	if (n < 0)
		text[0] = '\0';
	else if (n >= ERROR_TEXT_SIZE)
		mend_cut(text);
}

/* The arguments may point into e->text, so the new text is made beside it. */
static void
append(struct error *e, const char *head, const char *tail)
{
	char text[ERROR_TEXT_SIZE];
	size_t n = strlen(head);
	size_t room = ERROR_TEXT_SIZE - 1 - n;
	size_t m = strlen(tail);

	memcpy(text, head, n);
	memcpy(text + n, tail, m < room ? m : room);
	if (m > room)
		mend_cut(text);
	else
		text[n + m] = '\0';
	memcpy(e->text, text, sizeof(text));
}

enum rc
error_set(struct error *e, enum rc rc, const char *fmt, ...)
{
	va_list ap;

	assert(rc != RC_OK);
	if (e == NULL || e->rc != RC_OK)
		return rc;
	va_start(ap, fmt);
	write_text(e->text, fmt, ap);
	va_end(ap);
	e->rc = rc;
	return rc;
}

enum rc
error_errno(struct error *e, enum rc rc, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	assert(rc != RC_OK);
	if (e == NULL || e->rc != RC_OK)
		return rc;
	va_start(ap, fmt);
	write_text(e->text, fmt, ap);
	va_end(ap);
	append(e, e->text, ": ");
	append(e, e->text, why);
	e->rc = rc;
	return rc;
}

void
error_prefix(struct error *e, const char *fmt, ...)
{
	char head[ERROR_TEXT_SIZE];
	char old[ERROR_TEXT_SIZE];
	va_list ap;

	if (e == NULL || e->rc == RC_OK)
		return;
	va_start(ap, fmt);
	write_text(head, fmt, ap);
	va_end(ap);
	memcpy(old, e->text, sizeof(old));
	append(e, head, ": ");
	append(e, e->text, old);
}

void
error_clear(struct error *e)
{
	e->rc = RC_OK;
	e->text[0] = '\0';
}

const char *
rc_name(enum rc rc)
{
	assert((unsigned int)rc < RC_COUNT);
	return names[rc];
}
