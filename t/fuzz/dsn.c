#include "config.h"

#include <string.h>

#include "base/text.h"
#include "letter/dsn.h"
#include "t/fuzz/fuzz.h"

/* One clean line, without blanks at its ends. */
static void
is_line(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	assert(n < size);
	assert(text_line(s, n));
	assert(n == 0 || (s[0] != ' ' && s[n - 1] != ' '));
}

/* Whatever comes, what is read of it fits and can be shown and stored. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dsn d;

	dsn_read(data, size, &d);
	assert(d.n <= DSN_MOST);
	assert(d.kind != DSN_REPORT || d.n > 0);
	is_line(d.own_id, sizeof(d.own_id));
	is_line(d.envid, sizeof(d.envid));
	is_line(d.message_id, sizeof(d.message_id));
	for (size_t i = 0; i < d.n; i++) {
		assert(d.of[i].action <= DSN_DONE);
		is_line(d.of[i].final, sizeof(d.of[i].final));
		is_line(d.of[i].original, sizeof(d.of[i].original));
		is_line(d.of[i].why, sizeof(d.of[i].why));
	}
	return 0;
}
