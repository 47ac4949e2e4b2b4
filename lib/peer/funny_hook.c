/* What a program needs that only stores Funny Deliveries' webhooks. */
#include "config.h"

#include <string.h>

#include "base/token.h"
#include "peer/funny_deliveries.h"
#include "peer/signed.h"

enum rc
funny_deliveries_signed(const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, struct error *e)
{
	return signed_check(FUNNY_DELIVERIES_SIGNATURE, header, body, n,
	    secrets, now, FUNNY_DELIVERIES_SKEW, e);
}

/* The text of the first <EventId>, when it is digits. */
static size_t
look(const char *body, size_t n, const char **digits)
{
	static const char tag[] = "<EventId>";
	const char *at = memmem(body, n, tag, sizeof(tag) - 1);
	size_t len = 0, left;

	if (at == NULL)
		return 0;
	*digits = at + sizeof(tag) - 1;
	left = n - (size_t)(*digits - body);
	while (len < left && (*digits)[len] >= '0' && (*digits)[len] <= '9')
		len++;
	return len < left && (*digits)[len] == '<' && len < 19 ? len : 0;
}

void
funny_deliveries_event_name(
    const void *body, size_t n, char out[COURIER_KEY_SIZE])
{
	const char *digits = NULL;
	size_t len = look(body, n, &digits);

	_Static_assert(COURIER_KEY_SIZE == HASH_SIZE, "a hash fits");
	if (len == 0) {
		hash_hex(body, n, out);
		return;
	}
	memcpy(out, digits, len);
	out[len] = '\0';
}
