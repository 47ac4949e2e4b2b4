#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

enum rc
file_read_fd(int fd, const char *path, struct buf *b, struct error *e)
{
	char chunk[8192];
	ssize_t got = 1;

	while (got != 0 && buf_rc(b) == RC_OK) {
		got = read(fd, chunk, sizeof(chunk));
		if (got < 0 && errno != EINTR)
			return error_errno(
			    e, RC_IO, "could not read file \"%s\"", path);
		if (got > 0)
			buf_put(b, chunk, (size_t)got);
	}
	if (buf_rc(b) == RC_TOOBIG)
		return error_set(e, RC_TOOBIG,
		    "file \"%s\" has more than %zu bytes", path, b->max);
	if (buf_rc(b) != RC_OK)
		return error_set(e, buf_rc(b), "could not read file \"%s\": %s",
		    path, rc_name(buf_rc(b)));
	return RC_OK;
}

static enum rc
word_of(int code)
{
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		return RC_NOTFOUND;
	case EACCES:
	case EPERM:
		return RC_DENIED;
	default:
		return RC_IO;
	}
}

enum rc
file_read(const char *path, struct buf *b, struct error *e)
{
	enum rc rc;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(
		    e, word_of(errno), "could not open file \"%s\"", path);
	rc = file_read_fd(fd, path, b, e);
	(void)close(fd);
	return rc;
}
