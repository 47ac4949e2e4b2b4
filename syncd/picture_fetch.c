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
#include "peer/http.h"
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

/* base/SEGMENT/SEGMENT, each segment encoded. */
static enum rc
put_below(struct buf *url, const char *base, const char *name)
{
	char segment[256];
	size_t n, len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	buf_put(url, base, len);
	for (; *name != '\0'; name += n) {
		name += strspn(name, "/");
		n = strcspn(name, "/");
		if (n == 0)
			break;
		if (n >= sizeof(segment))
			return RC_INVALID;
		memcpy(segment, name, n);
		segment[n] = '\0';
		if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return RC_INVALID;
		buf_putc(url, '/');
		http_escape(url, segment);
	}
	return buf_rc(url);
}

static enum rc
fetch_url(const char *url, bool private_too, struct buf *out, struct error *e)
{
	/* What it is, its content tells; this keeps pages and downloads away. */
	static const char *const types[] = { "image/",
		"application/octet-stream", "binary/octet-stream", NULL };
	struct http_get get = {
		.url = url, .types = types, .private_too = private_too
	};

	return http_get(&get, out, e);
}

static enum rc
fetch_below(
    const char *base, const char *name, struct buf *out, struct error *e)
{
	struct buf url;
	enum rc rc;

	buf_init(&url, LIMIT_URL);
	rc = put_below(&url, base, name);
	if (rc == RC_OK)
		/* The administrator wrote the base: it may be near. */
		rc = fetch_url(buf_str(&url), true, out, e);
	else
		rc = error_set(e, rc,
		    "picture \"%.200s\" makes no address below \"%s\"", name,
		    base);
	buf_release(&url);
	return rc;
}

/* An address from the stock system leads outside, or to the very server that
 * the administrator wrote as the base. */
static enum rc
fetch_address(
    const char *base, const char *url, struct buf *out, struct error *e)
{
	struct buf ours, theirs;
	bool near;

	buf_init(&ours, LIMIT_URL);
	buf_init(&theirs, LIMIT_URL);
	near = http_origin(&ours, base) == RC_OK &&
	       http_origin(&theirs, url) == RC_OK &&
	       strcmp(buf_str(&ours), buf_str(&theirs)) == 0;
	buf_release(&ours);
	buf_release(&theirs);
	return fetch_url(url, near, out, e);
}

enum rc
picture_fetch(enum settings_picture kind, const char *base, const char *name,
    struct buf *out, struct error *e)
{
	switch (kind) {
	case PICTURE_PATH:
		return *base == '/' ? fetch_file(base, name, out, e)
				    : fetch_below(base, name, out, e);
	case PICTURE_URL:
		return fetch_address(base, name, out, e);
	case PICTURE_NONE:
	case PICTURE_BLOB:
		break;
	}
	return error_set(
	    e, RC_INVALID, "picture \"%.200s\" is not fetched", name);
}
