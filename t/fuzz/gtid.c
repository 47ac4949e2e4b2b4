#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "syncd/gtid.h"
#include "t/fuzz/fuzz.h"

static void
same(const struct gtid_set *a, const struct gtid_set *b)
{
	assert(gtid_set_contains(a, b));
	assert(gtid_set_contains(b, a));
}

/* What was parsed comes back from its own text and from its binary form. */
static void
round_trip(const struct gtid_set *set)
{
	struct gtid_set again = GTID_SET_EMPTY;
	struct buf b, c;
	enum rc rc;

	buf_init(&b, LIMIT_GTID_SET);
	buf_init(&c, LIMIT_GTID_SET);
	gtid_set_print(set, &b);
	rc = gtid_set_parse(&again, buf_str(&b), b.len, NULL);
	assert(rc == RC_OK);
	same(set, &again);
	gtid_set_print(&again, &c);
	assert(strcmp(buf_str(&b), buf_str(&c)) == 0);
	buf_reset(&b);
	gtid_set_encode(set, &b);
	rc = gtid_set_decode(&again, buf_str(&b), b.len, NULL);
	assert(rc == RC_OK);
	same(set, &again);
	rc = gtid_set_merge(&again, set, NULL);
	assert(rc == RC_OK);
	same(set, &again);
	gtid_set_release(&again);
	buf_release(&b);
	buf_release(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gtid_set set = GTID_SET_EMPTY;
	struct gtid_pos pos = GTID_POS_EMPTY, again = GTID_POS_EMPTY;
	const char *s = (const char *)data;
	struct buf b;
	enum rc rc;

	if (gtid_set_parse(&set, s, size, NULL) == RC_OK)
		round_trip(&set);
	else
		assert(set.n == 0);
	if (gtid_set_decode(&set, data, size, NULL) == RC_OK)
		round_trip(&set);
	else
		assert(set.n == 0);
	if (gtid_pos_parse(&pos, s, size, NULL) == RC_OK) {
		buf_init(&b, LIMIT_GTID_SET);
		gtid_pos_print(&pos, &b);
		rc = gtid_pos_parse(&again, buf_str(&b), b.len, NULL);
		assert(rc == RC_OK);
		assert(gtid_pos_contains(&pos, &again));
		assert(gtid_pos_contains(&again, &pos));
		buf_release(&b);
	}
	gtid_set_release(&set);
	gtid_pos_release(&pos);
	gtid_pos_release(&again);
	return 0;
}
