#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "db/split.h"

/* Past the string, name or comment that begins at p, or p itself when none
 * does; NULL when it is not closed. */
static const char *
skip_quoted(const char *p, const char *end)
{
	const char *q;

	if (*p == '\'' || *p == '"' || *p == '`') {
		/* A doubled quote is two strings side by side: same end. */
		q = memchr(p + 1, *p, (size_t)(end - p - 1));
		return q != NULL ? q + 1 : NULL;
	}
	if (end - p >= 2 && memcmp(p, "--", 2) == 0) {
		q = memchr(p, '\n', (size_t)(end - p));
		return q != NULL ? q : end;
	}
	if (end - p >= 2 && memcmp(p, "/*", 2) == 0) {
		q = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
		return q != NULL ? q + 2 : NULL;
	}
	return p;
}

/* Only blanks and comments of one line follow, to the line's end. */
static bool
at_line_end(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p == end || *p == '\n';
}

/* Without leading blanks and "--" lines, which the engines need not see. */
static const char *
skip_blank(const char *p, const char *end)
{
	while (p < end) {
		if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
			p++;
		else if (end - p >= 2 && memcmp(p, "--", 2) == 0)
			p = skip_quoted(p, end);
		else
			break;
	}
	return p;
}

enum rc
split_statements(
    const char *text, size_t n, split_put *put, void *ctx, struct error *e)
{
	const char *end = text + n;
	const char *start, *p, *q;
	enum rc rc;

	for (start = p = skip_blank(text, end); p < end;) {
		q = skip_quoted(p, end);
		if (q == NULL)
			return error_set(
			    e, RC_INVALID, "a string or comment is not closed");
		if (q != p) {
			p = q;
		} else if (*p == ';' && at_line_end(p + 1, end)) {
			rc = put(ctx, start, (size_t)(p - start), e);
			if (rc != RC_OK)
				return rc;
			start = p = skip_blank(p + 1, end);
		} else {
			p++;
		}
	}
	if (start != end)
		return error_set(e, RC_INVALID,
		    "the last statement has no ';' at its line's end");
	return RC_OK;
}
