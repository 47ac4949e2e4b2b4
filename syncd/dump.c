#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "syncd/dump.h"

#define FLAG_GTID 4 /* BINLOG_THROUGH_GTID */

static void
put_le(struct buf *b, uint64_t u, size_t n)
{
	for (; n > 0; n--, u >>= 8)
		buf_putc(b, (char)(u & 0xff));
}

void
dump_at(struct buf *b, uint32_t server_id, const char *file, uint64_t pos,
    enum dump_flag flag)
{
	assert(file[0] != '\0');
	if (pos > UINT32_MAX) {
		buf_fail(b, RC_TOOBIG);
		return;
	}
	put_le(b, pos, 4);
	put_le(b, (uint64_t)flag, 2);
	put_le(b, server_id, 4);
	buf_puts(b, file);
}

void
dump_after(struct buf *b, uint32_t server_id, const struct gtid_set *set,
    enum dump_flag flag)
{
	struct buf bin;

	buf_init(&bin, LIMIT_GTID_SET);
	gtid_set_encode(set, &bin);
	put_le(b, (uint64_t)flag | FLAG_GTID, 2);
	put_le(b, server_id, 4);
	put_le(b, 0, 4); /* no file name: the set decides */
	put_le(b, 4, 8);
	put_le(b, bin.len, 4);
	buf_put(b, buf_str(&bin), bin.len);
	if (buf_rc(&bin) != RC_OK)
		buf_fail(b, buf_rc(&bin));
	buf_release(&bin);
}
