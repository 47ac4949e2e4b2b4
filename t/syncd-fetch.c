/*
 * picture_fetch: from a mounted folder, and which addresses it would go to.
 * What comes back from an address is t/peer-http.c's matter; here nobody
 * listens.
 */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "syncd/picture.h"
#include "t/scratch.h"
#include "t/tap.h"
#include "t/valgrind.h"

static char root[SCRATCH_SIZE], base[128];

static const char *
below(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	int fd = open(below(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ok(fd >= 0 && write(fd, text, strlen(text)) >= 0 && close(fd) == 0,
	    "wrote %s", name);
}

static void
make_files(void)
{
	snprintf(base, sizeof(base), "%s/mnt", root);
	ok(mkdir(base, 0700) == 0 && mkdir(below("mnt/a"), 0700) == 0, "made");
	write_file("secret", "secret");
	write_file("mnt/fez.png", "red fez");
	write_file("mnt/a/b c.png", "blue cap");
	ok(symlink("../secret", below("mnt/out")) == 0 &&
		symlink("/etc/passwd", below("mnt/far")) == 0 &&
		symlink("..", below("mnt/up")) == 0 &&
		symlink("a/b c.png", below("mnt/in")) == 0 &&
		symlink("round", below("mnt/round")) == 0 &&
		mkfifo(below("mnt/pipe"), 0600) == 0,
	    "linked");
}

/* The reason must have part; for RC_OK it is the bytes. */
static void
fetches(enum settings_picture kind, const char *from, const char *name,
    enum rc want, const char *part)
{
	struct error e = ERROR_NONE;
	struct buf out;
	enum rc rc;

	buf_init(&out, 1000);
	rc = picture_fetch(kind, from, name, &out, &e);
	ok(rc == want, "\"%.40s\" is %s: %s", name, rc_name(rc), e.text);
	if (rc == RC_OK)
		is_str(buf_str(&out), part, "bytes");
	else
		ok(strstr(e.text, part) != NULL, "\"%s\" has \"%s\"", e.text,
		    part);
	buf_release(&out);
}

static void
a_path_is_read_below_its_folder(void)
{
	fetches(PICTURE_PATH, base, "fez.png", RC_OK, "red fez");
	fetches(PICTURE_PATH, base, "/fez.png", RC_OK, "red fez");
	fetches(PICTURE_PATH, base, "a/b c.png", RC_OK, "blue cap");
	fetches(PICTURE_PATH, base, "a/../fez.png", RC_OK, "red fez");
	fetches(PICTURE_PATH, base, "in", RC_OK, "blue cap");
}

/* R40: path. */
static void
no_path_leaves_its_folder(void)
{
	static const char *const names[] = { "../secret", "/../secret",
		"a/../../secret", "out", "far", "up/secret", "round" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fetches(PICTURE_PATH, base, names[i], RC_INVALID,
		    "outside its folder");
}

static void
only_files_are_read(void)
{
	fetches(PICTURE_PATH, base, "a", RC_INVALID, "no file");
	fetches(PICTURE_PATH, base, "pipe", RC_INVALID, "no file");
	fetches(PICTURE_PATH, base, "none.png", RC_NOTFOUND, "none.png");
	fetches(PICTURE_PATH, base, "fez.png/x", RC_NOTFOUND, "no picture");
	fetches(PICTURE_PATH, base, "", RC_NOTFOUND, "no picture");
	fetches(
	    PICTURE_PATH, "/no/such/mount", "fez.png", RC_IO, "/no/such/mount");
	fetches(PICTURE_NONE, base, "fez.png", RC_INVALID, "not fetched");
}

static void
a_large_file_is_refused(void)
{
	char text[1002];

	memset(text, 'x', sizeof(text));
	text[1000] = '\0';
	write_file("mnt/most", text);
	fetches(PICTURE_PATH, base, "most", RC_OK, text);
	text[1000] = 'x';
	text[1001] = '\0';
	write_file("mnt/more", text);
	fetches(PICTURE_PATH, base, "more", RC_TOOBIG, "above 1000 bytes");
}

static void
a_path_below_an_address_is_encoded(void)
{
	static const char web[] = "http://127.0.0.1:1/p/";

	fetches(PICTURE_PATH, web, "/a b//\xc3\xbc?#%.png", RC_IO,
	    "\"http://127.0.0.1:1/p/a%20b/%C3%BC%3F%23%25.png\"");
	fetches(PICTURE_PATH, web, "a@b:c", RC_IO, "/p/a%40b%3Ac\"");
	fetches(PICTURE_PATH, web, "../secret", RC_INVALID, "no address");
	fetches(PICTURE_PATH, web, "a/./b", RC_INVALID, "no address");
	fetches(PICTURE_PATH, "", "fez.png", RC_INVALID, "no web address");
}

static void
an_address_leads_outside_or_to_the_base(void)
{
	static const char url[] = "http://127.0.0.1:1/fez.png";

	fetches(PICTURE_URL, "", url, RC_DENIED, "not public");
	fetches(
	    PICTURE_URL, "http://127.0.0.1:2/", url, RC_DENIED, "not public");
	fetches(PICTURE_URL, "http://127.0.0.1:1/pictures/", url, RC_IO,
	    "could not get");
	fetches(PICTURE_URL, "", "fez.png", RC_INVALID, "no web address");
	fetches(PICTURE_URL, "", "file:///etc/passwd", RC_INVALID,
	    "no web address");
}

static void
nothing_can_be_tried_here(void)
{
	tap_skip("valgrind does not know openat2");
}

int
main(void)
{
	if (in_valgrind()) {
		RUN(nothing_can_be_tried_here);
		return tap_done();
	}
	scratch_make(root);
	RUN(make_files);
	RUN(a_path_is_read_below_its_folder);
	RUN(no_path_leaves_its_folder);
	RUN(only_files_are_read);
	RUN(a_large_file_is_refused);
	RUN(a_path_below_an_address_is_encoded);
	RUN(an_address_leads_outside_or_to_the_base);
	scratch_remove(root);
	return tap_done();
}
