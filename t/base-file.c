#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "t/tap.h"

#define SIZE 20000 /* more than one read */

static char path[] = "/tmp/hatshop-file-XXXXXX";
static char bytes[SIZE];

static void
a_file_is_appended_whole(void)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, SIZE + 2);
	buf_puts(&b, "x:");
	is_int(file_read(path, &b, &e), RC_OK, e.text);
	is_int((long long)b.len, SIZE + 2, "length");
	ok(memcmp(buf_str(&b), "x:", 2) == 0 &&
		memcmp(buf_str(&b) + 2, bytes, SIZE) == 0,
	    "bytes");
	buf_release(&b);
}

static void
a_longer_file_is_refused(void)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, SIZE - 1);
	is_int(file_read(path, &b, &e), RC_TOOBIG, "rc");
	ok(strstr(e.text, "has more than 19999 bytes") != NULL, "%s", e.text);
	buf_release(&b);
}

static void
what_cannot_be_read_says_why(void)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, SIZE);
	is_int(file_read("/nowhere/at/all", &b, &e), RC_NOTFOUND, e.text);
	is_str(e.text,
	    "could not open file \"/nowhere/at/all\": "
	    "No such file or directory",
	    "text");
	error_clear(&e);
	is_int(file_read("/etc/passwd/below", &b, &e), RC_NOTFOUND, e.text);
	error_clear(&e);
	is_int(file_read("/", &b, &e), RC_IO, e.text);
	buf_release(&b);
}

static void
what_others_may_read_is_denied_to_us(void)
{
	struct error e = ERROR_NONE;
	struct buf b;

	if (geteuid() == 0) {
		tap_skip("root reads everything");
		return;
	}
	buf_init(&b, SIZE);
	(void)chmod(path, 0);
	is_int(file_read(path, &b, &e), RC_DENIED, e.text);
	(void)chmod(path, 0600);
	buf_release(&b);
}

static enum rc
read_it(void)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, SIZE);
	rc = file_read(path, &b, NULL);
	buf_release(&b);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	is_int(torture("file", read_it), 2, "allocations");
}

int
main(void)
{
	int fd = mkstemp(path);
	size_t i;

	for (i = 0; i < SIZE; i++)
		bytes[i] = (char)(i * 7);
	if (fd < 0 || write(fd, bytes, SIZE) != SIZE || close(fd) != 0)
		return 1;
	RUN(a_file_is_appended_whole);
	RUN(a_longer_file_is_refused);
	RUN(what_cannot_be_read_says_why);
	RUN(what_others_may_read_is_denied_to_us);
	RUN(each_allocation_may_fail);
	(void)unlink(path);
	return tap_done();
}
