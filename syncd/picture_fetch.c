#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "base/limits.h"
#include "syncd/picture.h"

/* openat(2) that never leaves the folder: "..", links and /proc included. */
static int
open_below(int folder, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
}

static enum rc
read_all(int fd, const char *name, struct buf *out, struct error *e)
{
	char piece[16384];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(e, RC_IO,
			    "could not read the picture \"%s\"", name);
		if (n == 0)
			break;
		buf_put(out, piece, (size_t)n);
		if (buf_rc(out) != RC_OK)
			return error_set(e, out->rc,
			    "picture \"%s\" is above %zu bytes", name,
			    out->max);
	}
	return RC_OK;
}

static enum rc
open_failed(const char *name, struct error *e)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return error_set(
		    e, RC_NOTFOUND, "there is no picture \"%s\"", name);
	case EXDEV:
	case ELOOP:
	case ENAMETOOLONG:
		return error_set(e, RC_INVALID,
		    "picture \"%s\" is outside its folder", name);
	default:
		return error_errno(
		    e, RC_IO, "could not open the picture \"%s\"", name);
	}
}

static enum rc
fetch_file(const char *base, const char *name, struct buf *out, struct error *e)
{
	const char *below = name + strspn(name, "/");
	struct stat st;
	int folder, fd;
	enum rc rc;

	folder = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return error_errno(e, RC_IO,
		    "could not open the folder of pictures \"%s\"", base);
	fd = open_below(folder, below);
	if (fd < 0)
		rc = open_failed(name, e);
	else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc =
		    error_set(e, RC_INVALID, "picture \"%s\" is no file", name);
	else
		rc = read_all(fd, name, out, e);
	if (fd >= 0)
		(void)close(fd);
	(void)close(folder);
	return rc;
}

enum rc
picture_fetch(enum settings_picture kind, const char *base, const char *name,
    struct buf *out, struct error *e)
{
	if (kind == PICTURE_PATH && *base == '/')
		return fetch_file(base, name, out, e);
	return error_set(e, RC_IO, "pictures cannot be fetched by address yet");
}
