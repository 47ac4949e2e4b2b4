#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "syncd/dump.h"
#include "syncd/gtid.h"
#include "t/random.h"
#include "t/tap.h"

#define A "0b2c3d4e-0000-1111-2222-333344445555"
#define B "1b2c3d4e-0000-1111-2222-333344445555"

static void
prints(const char *text, const char *want)
{
	struct gtid_set set = GTID_SET_EMPTY;
	struct error e = ERROR_NONE;
	struct buf b;
	enum rc rc = gtid_set_parse(&set, text, strlen(text), &e);

	buf_init(&b, 10000);
	gtid_set_print(&set, &b);
	ok(rc == RC_OK, "%s: %s", rc_name(rc), e.text);
	is_str(buf_str(&b), want, text);
	buf_release(&b);
	gtid_set_release(&set);
}

static void
sets_come_out_sorted_merged_and_in_lower_case(void)
{
	prints("", "");
	prints(A ":1", A ":1");
	prints(A ":1-1", A ":1");
	prints(A ":7:1-3:4-5:2", A ":1-5:7");
	prints(B ":1,\n" A ":2 , " B ":2-3", A ":2," B ":1-3");
	prints("0B2C3D4E-0000-1111-2222-333344445555:1:FELT:2", A ":1:felt:2");
	prints(A ":b:1:a:1-2:5", A ":a:1-2:5:b:1");
	prints(A ":1-9223372036854775806", A ":1-9223372036854775806");
	prints(A ":1-3:5:4", A ":1-5");
}

static void
what_is_no_set_is_refused_and_leaves_it_empty(void)
{
	static const char *const bad[] = { "x", A, A ":", A ":0", A ":-1",
		A ":5-4", A ":1-", A ":9223372036854775807", A ":a", A ":1:a",
		A ":a:b:1", A ":a-b:1",
		A ":abcdefghijabcdefghijabcdefghijabc:1",
		"0b2c3d4e000011112222333344445555:1", A " 1", A ":1;" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct gtid_set set = GTID_SET_EMPTY;
		struct error e = ERROR_NONE;
		enum rc rc = gtid_set_parse(&set, bad[i], strlen(bad[i]), &e);

		ok(rc == RC_INVALID && set.n == 0 && e.text[0] != '\0', "%s",
		    bad[i]);
		gtid_set_release(&set);
	}
}

static struct gtid
numbered(int64_t gno)
{
	struct gtid id = { .gno = gno };

	memcpy(id.uuid, "ABCDEFGHIJKLMNOP", GTID_UUID);
	return id;
}

/* Against the plainest model there is: one byte per number. */
static void
adding_and_removing_is_what_a_table_of_numbers_says(void)
{
	struct gtid_set set = GTID_SET_EMPTY;
	struct random r = random_seeded();
	char has[201] = "";
	int wrong = 0, intervals = 0;

	for (int i = 0; i < 400; i++) {
		int64_t n = 1 + (int64_t)random_below(&r, 200);
		struct gtid id = numbered(n);

		has[n] = random_below(&r, 4) != 0;
		if (has[n])
			wrong += gtid_set_add(&set, &id, NULL) != RC_OK;
		else
			wrong += gtid_set_remove(&set, &id, NULL) != RC_OK;
		for (int64_t k = 1; k <= 200; k++) {
			id = numbered(k);
			wrong += gtid_set_has(&set, &id) != (has[k] != 0);
		}
	}
	for (int k = 1; k <= 200; k++)
		intervals += has[k] != 0 && has[k - 1] == 0;
	is_int(wrong, 0, "differences");
	is_int((long long)set.source[0].n, intervals, "intervals");
	gtid_set_release(&set);
}

static void
contains_and_merge_agree(void)
{
	struct gtid_set a = GTID_SET_EMPTY, b = GTID_SET_EMPTY;
	enum rc rc;

	rc = gtid_set_parse(&a, A ":1-5:8:t:1", strlen(A ":1-5:8:t:1"), NULL);
	if (rc == RC_OK)
		rc = gtid_set_parse(
		    &b, A ":4-8," B ":1", strlen(A ":4-8," B ":1"), NULL);
	is_int(rc, RC_OK, "parsed");
	ok(!gtid_set_contains(&a, &b) && !gtid_set_contains(&b, &a), "neither");
	rc = gtid_set_merge(&a, &b, NULL);
	is_int(rc, RC_OK, "merged");
	ok(gtid_set_contains(&a, &b) && !gtid_set_contains(&b, &a), "one");
	gtid_set_release(&a);
	gtid_set_release(&b);
}

static void
the_binary_forms_are_the_servers(void)
{
	struct gtid_set set = GTID_SET_EMPTY, again = GTID_SET_EMPTY;
	struct gtid id = numbered(3);
	struct buf b;
	enum rc rc = gtid_set_add(&set, &id, NULL);

	buf_init(&b, 1000);
	gtid_set_encode(&set, &b);
	ok(rc == RC_OK && b.len == 48 &&
		memcmp(b.s,
		    "\1\0\0\0\0\0\0\0ABCDEFGHIJKLMNOP\1\0\0\0\0\0\0\0"
		    "\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0",
		    48) == 0,
	    "without tags");
	memcpy(id.tag, "felt", 5);
	rc = gtid_set_add(&set, &id, NULL);
	buf_reset(&b);
	gtid_set_encode(&set, &b);
	ok(rc == RC_OK && b.len == 8 + 41 + 45 &&
		memcmp(b.s, "\1\2\0\0\0\0\0\1", 8) == 0 &&
		memcmp(b.s + 8 + 41 + 16, "\10felt\1", 6) == 0,
	    "with tags");
	rc = gtid_set_decode(&again, b.s, b.len, NULL);
	ok(rc == RC_OK && gtid_set_contains(&again, &set) &&
		gtid_set_contains(&set, &again),
	    "and back");
	for (size_t n = 0; n < b.len; n++) {
		rc = gtid_set_decode(&again, b.s, n, NULL);
		ok(rc == RC_INVALID && again.n == 0, "cut at %zu", n);
	}
	buf_release(&b);
	gtid_set_release(&set);
	gtid_set_release(&again);
}

static void
a_dump_command_has_its_fields_in_order(void)
{
	struct gtid_set none = GTID_SET_EMPTY;
	struct buf b;

	buf_init(&b, 1000);
	dump_at(&b, 7, "binlog.000001", 0x10203, DUMP_ONCE);
	ok(b.len == 23 &&
		memcmp(b.s, "\3\2\1\0\1\0\7\0\0\0binlog.000001", 23) == 0,
	    "by position");
	buf_reset(&b);
	dump_after(&b, 7, &none, DUMP_BLOCK);
	ok(b.len == 30 && memcmp(b.s,
			      "\4\0\7\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\10\0\0\0"
			      "\0\0\0\0\0\0\0\0",
			      30) == 0,
	    "by set");
	buf_reset(&b);
	dump_at(&b, 7, "f", (uint64_t)UINT32_MAX + 1, DUMP_BLOCK);
	is_int(buf_rc(&b), RC_TOOBIG, "behind 4 GiB");
	buf_release(&b);
}

static void
mariadb_positions_are_kept_by_domain(void)
{
	static const char *const bad[] = { "0", "0-1", "0-1-", "0-1-2-3",
		"0-1-2,", ",0-1-2", "0-1-2,0-1-3", "4294967296-1-1", "a-1-1",
		"0-1-2 " };
	static const char text[] = "7-11-3,0-11-42";
	struct gtid_maria id = { 0, 12, 50 };
	struct gtid_pos pos = GTID_POS_EMPTY, old = GTID_POS_EMPTY;
	struct buf b;
	enum rc rc = gtid_pos_parse(&pos, text, strlen(text), NULL);

	if (rc == RC_OK)
		rc = gtid_pos_merge(&old, &pos, NULL);
	if (rc == RC_OK)
		rc = gtid_pos_set(&pos, &id, NULL);
	is_int(rc, RC_OK, "parsed, copied, set");
	buf_init(&b, 1000);
	gtid_pos_print(&pos, &b);
	is_str(buf_str(&b), "0-12-50,7-11-3", "text");
	ok(gtid_pos_contains(&pos, &old) && !gtid_pos_contains(&old, &pos),
	    "is further");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rc = gtid_pos_parse(&old, bad[i], strlen(bad[i]), NULL);
		ok(rc == RC_INVALID && old.n == 0, "%s", bad[i]);
	}
	rc = gtid_pos_parse(&old, "", 0, NULL);
	ok(rc == RC_OK && old.n == 0, "none");
	buf_release(&b);
	gtid_pos_release(&pos);
	gtid_pos_release(&old);
}

static enum rc
build_both(void)
{
	static const char text[] = A ":1:3:5:7:9:t:1," B ":1";
	static const char maria[] = "0-1-1,1-1-1,2-1-1,3-1-1,4-1-1";
	struct gtid_set set = GTID_SET_EMPTY, copy = GTID_SET_EMPTY;
	struct gtid_pos pos = GTID_POS_EMPTY;
	struct buf b;
	enum rc rc = gtid_set_parse(&set, text, strlen(text), NULL);

	buf_init(&b, 1000);
	if (rc == RC_OK)
		rc = gtid_set_merge(&copy, &set, NULL);
	if (rc == RC_OK)
		rc = gtid_pos_parse(&pos, maria, strlen(maria), NULL);
	if (rc == RC_OK) {
		dump_after(&b, 1, &copy, DUMP_BLOCK);
		rc = buf_rc(&b);
	}
	buf_release(&b);
	gtid_set_release(&set);
	gtid_set_release(&copy);
	gtid_pos_release(&pos);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("sets and positions", build_both) > 8, "allocations");
}

int
main(void)
{
	RUN(sets_come_out_sorted_merged_and_in_lower_case);
	RUN(what_is_no_set_is_refused_and_leaves_it_empty);
	RUN(adding_and_removing_is_what_a_table_of_numbers_says);
	RUN(contains_and_merge_agree);
	RUN(the_binary_forms_are_the_servers);
	RUN(a_dump_command_has_its_fields_in_order);
	RUN(mariadb_positions_are_kept_by_domain);
	RUN(every_allocation_may_fail);
	return tap_done();
}
