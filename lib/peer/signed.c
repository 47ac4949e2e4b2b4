#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/token.h"
#include "peer/signed.h"

#define SIGNATURES 8 /* two while a secret is changed */

struct signature {
	int64_t at;
	bool timed;
	const char *v1[SIGNATURES]; /* 64 characters each */
	size_t n;
};

static bool
is_hex(const char *s, size_t n)
{
	return n == 2 * HASH_BYTES &&
	       strspn(s, "0123456789abcdef") >= 2 * HASH_BYTES;
}

/* "t=1760000000,v1=HEX,v1=HEX,v0=…": no blanks; a second t is refused. */
static bool
read_header(const char *header, struct signature *s)
{
	const char *at = header;
	size_t n;

	memset(s, 0, sizeof(*s));
	while (*at != '\0') {
		n = strcspn(at, ",");
		if (strncmp(at, "t=", 2) == 0) {
			if (s->timed || num_parse_n(at + 2, n - 2, 0, INT64_MAX,
					    &s->at) != RC_OK)
				return false;
			s->timed = true;
		} else if (strncmp(at, "v1=", 3) == 0 &&
			   is_hex(at + 3, n - 3)) {
			if (s->n == SIGNATURES)
				return false;
			s->v1[s->n++] = at + 3;
		}
		at += n + (at[n] == ',');
	}
	return s->timed && s->n > 0;
}

static bool
matches(const struct signature *s, const char *secret, const struct buf *text)
{
	char want[HASH_SIZE];
	bool right = false;

	hash_keyed(secret, strlen(secret), text->s, text->len, want);
	for (size_t k = 0; k < s->n; k++)
		right |= token_equal(want, s->v1[k], HASH_SIZE - 1) != 0;
	return right;
}

enum rc
signed_check(const char *name, const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, int64_t skew, struct error *e)
{
	struct signature s;
	struct buf text; /* t "." body */
	bool right = false;
	enum rc rc;

	if (n > LIMIT_HOOK)
		return error_set(e, RC_TOOBIG, "an event is too large");
	if (!read_header(header, &s))
		return error_set(e, RC_DENIED, "the %s is malformed", name);
	buf_init(&text, LIMIT_HOOK + 64);
	buf_putd(&text, s.at);
	buf_putc(&text, '.');
	buf_put(&text, body, n);
	rc = buf_rc(&text);
	for (int i = 0; i < 2 && rc == RC_OK; i++)
		if (secrets[i] != NULL && secrets[i][0] != '\0')
			right |= matches(&s, secrets[i], &text);
	buf_release(&text);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a signature");
	if (!right)
		return error_set(e, RC_DENIED, "the %s is not ours", name);
	if (s.at < now - skew || s.at > now + skew)
		return error_set(e, RC_DENIED,
		    "the %s's time is more than %lld s off", name,
		    (long long)skew);
	return RC_OK;
}
