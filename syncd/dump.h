/*
 * What to send to a source so that it streams its log: the arguments of the two
 * dump commands (client/server protocol, COM_BINLOG_DUMP = 18 and
 * COM_BINLOG_DUMP_GTID = 30), without the command's own byte.
 *
 *	buf_init(&b, LIMIT_GTID_SET);
 *	dump_at(&b, server_id, "binlog.000003", 4, DUMP_BLOCK);
 *	if (buf_rc(&b) == RC_OK)
 *		…send
 */
#ifndef SYNCD_DUMP_H
#define SYNCD_DUMP_H

#include <stdint.h>

#include "base/buf.h"
#include "syncd/gtid.h"

/* DUMP_ONCE: the source sends EOF at the end of its log instead of waiting.
 * DUMP_WIDE: heartbeats have 64 bits for the position; MySQL only, to MariaDB
 * the same bit means something else. */
enum dump_flag { DUMP_BLOCK = 0, DUMP_ONCE = 1, DUMP_WIDE = 2 };

/* From byte pos of a file; the name is not empty, or the source would begin at
 * its first file without an error (assert).  Above 4 GiB: RC_TOOBIG in b. */
void dump_at(struct buf *b, uint32_t server_id, const char *file, uint64_t pos,
    enum dump_flag flag);

/* MySQL: all but the transactions of set. */
void dump_after(struct buf *b, uint32_t server_id, const struct gtid_set *set,
    enum dump_flag flag);

#endif
