#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "syncd/binlog.h"
#include "t/binlog-file.h"
#include "t/fuzz/fuzz.h"

/* Rows of an event whose values are looked at; the others are only found.  A few
 * bytes that unpack to millions of rows would be all the time there is. */
#define TOUCHED 100

/* Whatever a value says must be there: sanitizers see it touched. */
static void
touch(const struct binlog_value *v)
{
	struct buf b;
	volatile unsigned char sum = 0;

	buf_init(&b, 1024 * 1024);
	for (size_t i = 0; i < v->n; i++)
		sum = (unsigned char)(sum + (unsigned char)v->s[i]);
	if (v->kind == BINLOG_TEXT)
		assert(v->n > 0 && v->n <= BINLOG_TEXT_SIZE);
	if (v->kind == BINLOG_PACKED && binlog_unpack(v, &b, NULL) == RC_OK)
		assert(b.len <= b.max);
	buf_release(&b);
}

static void
touch_row(const struct binlog_table *t, const struct binlog_cell *image)
{
	struct binlog_value v;
	struct error e = ERROR_NONE;

	for (size_t i = 0; image != NULL && i < t->columns; i++)
		if (binlog_value(t, image, i, &v, &e) == RC_OK)
			touch(&v);
		else
			assert(e.text[0] != '\0');
}

static void
check_gtids(const struct binlog_event *ev)
{
	struct gtid_set set = GTID_SET_EMPTY, again = GTID_SET_EMPTY;
	struct gtid_pos pos = GTID_POS_EMPTY;
	struct buf b;

	buf_init(&b, LIMIT_GTID_SET);
	if (gtid_set_decode(&set, ev->raw.p, ev->raw.n, NULL) == RC_OK) {
		gtid_set_print(&set, &b);
		if (buf_rc(&b) == RC_OK) {
			enum rc rc =
			    gtid_set_parse(&again, buf_str(&b), b.len, NULL);

			assert(rc == RC_OK);
		}
		assert(gtid_set_contains(&again, &set));
		assert(gtid_set_contains(&set, &again));
	}
	if (gtid_pos_decode(&pos, ev->raw.p, ev->raw.n, NULL) == RC_OK)
		assert(gtid_pos_contains(&pos, &pos));
	buf_release(&b);
	gtid_set_release(&set);
	gtid_set_release(&again);
	gtid_pos_release(&pos);
}

static void
check_event(struct binlog *d, const struct binlog_event *ev)
{
	struct binlog_row row;
	int touched = 0;
	enum rc rc = RC_NOTFOUND;

	if (ev->kind == BINLOG_GTIDS)
		check_gtids(ev);
	if (ev->kind == BINLOG_ROTATE)
		assert(strcmp(ev->rotate.file, binlog_file(d)) == 0);
	if (ev->kind != BINLOG_ROWS)
		return;
	assert(ev->table->columns >= 1);
	while ((rc = binlog_row(d, &row, NULL)) == RC_OK) {
		assert((row.before == NULL) == (ev->change == BINLOG_INSERT));
		assert((row.after == NULL) == (ev->change == BINLOG_DELETE));
		if (touched++ >= TOUCHED)
			continue;
		touch_row(ev->table, row.before);
		touch_row(ev->table, row.after);
	}
	assert(rc == RC_NOTFOUND || rc == RC_INVALID || rc == RC_TOOBIG);
}

/*
 * A captured stream.  Checksums are not looked at: a mutation would get no
 * further.  A wrong length of an event is mended for the same reason.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes r = bytes_of(data, size);
	struct binlog *d = NULL;
	struct binlog_event ev;
	const uint8_t *p;
	uint8_t *copy;
	size_t n;
	enum rc rc = binlog_new(false, &d, NULL);

	while (rc != RC_NOMEM && bytes_left(&r) > 0 &&
	       binlog_file_next(&r, &p, &n)) {
		struct error e = ERROR_NONE;

		copy = malloc(n > 0 ? n : 1);
		if (copy == NULL)
			break;
		memcpy(copy, p, n);
		if (n >= 19)
			for (int i = 0; i < 4; i++)
				copy[9 + i] = (uint8_t)(n >> (8 * i));
		rc = binlog_feed(d, copy, n, &e);
		while (rc == RC_OK) {
			rc = binlog_next(d, &ev, &e);
			if (rc == RC_OK)
				check_event(d, &ev);
		}
		assert(rc == RC_NOTFOUND || rc == RC_INVALID ||
		       rc == RC_TOOBIG || rc == RC_NOMEM);
		assert((rc == RC_NOTFOUND) == (e.text[0] == '\0'));
		/* the stream ends with the first refusal; here it goes on, as
		 * the decoder must bear that too */
		free(copy);
	}
	binlog_free(d);
	return 0;
}
