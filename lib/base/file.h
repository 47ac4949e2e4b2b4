/*
 * Small files, read whole.
 *
 *	buf_init(&b, LIMIT_CONF);
 *	rc = file_read(path, &b, &e);
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/*
 * Append the file's bytes to b, whose ceiling they must fit.  RC_NOTFOUND when
 * there is no such file, RC_DENIED when it may not be read, RC_TOOBIG, RC_NOMEM,
 * RC_IO.
 */
enum rc file_read(const char *path, struct buf *b, struct error *e) CHECKED;

/* The same from an open descriptor; path is for messages. */
enum rc file_read_fd(
    int fd, const char *path, struct buf *b, struct error *e) CHECKED;

#endif
