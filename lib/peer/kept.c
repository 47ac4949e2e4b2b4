#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "peer/kept.h"

#define PATH_SIZE 1200
#define FILE_SIZE (LIMIT_JSON + LIMIT_URL)

static enum rc
path_of(const struct kept *k, const char *end, char path[PATH_SIZE],
    struct error *e)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s%s", k->folder, k->name, end);

	if (n < 0 || n >= PATH_SIZE)
		return error_set(
		    e, RC_TOOBIG, "the path of \"%s\" is too long", k->name);
	return RC_OK;
}

/* Its first line: when it is due, when it was fetched, where from. */
static enum rc
read_head(const struct kept *k, int64_t now, const char *line, int64_t *at)
{
	const char *second = strchr(line, ' '), *third;
	int64_t due;

	third = second == NULL ? NULL : strchr(second + 1, ' ');
	if (third == NULL || strcspn(third + 1, "\n") != strlen(k->source) ||
	    strncmp(third + 1, k->source, strlen(k->source)) != 0 ||
	    num_parse_n(line, (size_t)(second - line), 0, INT64_MAX, &due) !=
		RC_OK ||
	    num_parse_n(second + 1, (size_t)(third - second - 1), 0, INT64_MAX,
		at) != RC_OK)
		return RC_NOTFOUND;
	/* a clock that was set back must not keep it for ever */
	return now < due && now >= *at ? RC_OK : RC_NOTFOUND;
}

enum rc
kept_get(const struct kept *k, int64_t now, struct buf *out, int64_t *at,
    struct error *e)
{
	struct error why = ERROR_NONE;
	char path[PATH_SIZE];
	const char *end;
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_SIZE);
	rc = path_of(k, "", path, e);
	if (rc == RC_OK && file_read(path, &b, &why) != RC_OK)
		rc = RC_NOTFOUND;
	if (rc == RC_OK) {
		end = strchr(buf_str(&b), '\n');
		rc = end == NULL ? RC_NOTFOUND
				 : read_head(k, now, buf_str(&b), at);
	}
	if (rc == RC_OK) {
		end++;
		buf_put(out, end, b.len - (size_t)(end - b.s));
		rc = buf_rc(out);
	}
	buf_release(&b);
	return rc;
}

static bool
write_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		s += done;
		n -= (size_t)done;
	}
	return true;
}

static enum rc
replace(const char *path, const struct buf *b, struct error *e)
{
	char draft[PATH_SIZE + 8];
	bool good;
	int fd;

	(void)snprintf(draft, sizeof(draft), "%s.XXXXXX", path);
	fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, RC_IO, "could not write \"%s\"", path);
	good = write_all(fd, b->s, b->len);
	good = close(fd) == 0 && good;
	if (good && rename(draft, path) == 0)
		return RC_OK;
	(void)error_errno(e, RC_IO, "could not write \"%s\"", path);
	(void)unlink(draft);
	return RC_IO;
}

enum rc
kept_put(const struct kept *k, int64_t now, int64_t due,
    const struct buf *bytes, struct error *e)
{
	char path[PATH_SIZE];
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_SIZE);
	buf_putd(&b, due);
	buf_putc(&b, ' ');
	buf_putd(&b, now);
	buf_putc(&b, ' ');
	buf_puts(&b, k->source);
	buf_putc(&b, '\n');
	buf_put(&b, buf_str(bytes), bytes->len);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		rc = path_of(k, "", path, e);
	if (rc == RC_OK)
		rc = replace(path, &b, e);
	buf_release(&b);
	return rc;
}

/* The file's time is when the last turn was. */
bool
kept_turn(const struct kept *k, int64_t now, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = now }, { .tv_sec = now } };
	char path[PATH_SIZE];
	bool mine = false;
	struct stat st;
	int fd;

	if (path_of(k, ".turn", path, NULL) != RC_OK)
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
	    (st.st_size == 0 || now - st.st_mtim.tv_sec >= seconds ||
		st.st_mtim.tv_sec > now))
		mine = (st.st_size > 0 || write_all(fd, "1", 1)) &&
		       futimens(fd, times) == 0;
	(void)close(fd);
	return mine;
}
