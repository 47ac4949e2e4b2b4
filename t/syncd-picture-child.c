/*
 * picture_make: the child that decodes, and what becomes of its misdeeds.  The
 * GIF decoder is replaced by one that misbehaves as the picture's height says.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/hats.h"
#include "t/scratch.h"
#include "t/tap.h"
#include "t/valgrind.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN
#endif
#endif

enum misdeed {
	GOOD = 10,
	CRASH,
	LEAVE,
	LIE,
	SAY_NOTHING,
	ESCAPE,
	EAT,
	KILLED,
};

static char root[SCRATCH_SIZE], place[128];

gdImagePtr __real_gdImageCreateFromGifPtr(int size, void *data);
gdImagePtr __wrap_gdImageCreateFromGifPtr(int size, void *data);
pid_t __real_fork(void);
pid_t __wrap_fork(void);

/* Each way out that works is one bit. */
static int
ways_out(void)
{
	int ways = 0;

	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
		ways |= 1;
	if (open("/tmp/hs-escaped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		ways |= 2;
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		ways |= 4;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		ways |= 8;
	if (write(2, "x", 1) >= 0 || write(1, "x", 1) >= 0)
		ways |= 16;
	if (dup(0) >= 0)
		ways |= 32;
	if (kill(getppid(), 0) == 0)
		ways |= 64;
	execl("/bin/true", "true", (char *)NULL);
	return ways;
}

gdImagePtr
__wrap_gdImageCreateFromGifPtr(int size, void *data)
{
	static const char lie[600] = { 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 8 };
	const uint8_t *p = data;
	/* volatile, or clang leaves the call out */
	void *volatile much;

	switch ((enum misdeed)p[8]) {
	case GOOD:
		break;
	case CRASH:
		(void)signal(SIGSEGV, SIG_DFL);
		(void)raise(SIGSEGV);
		break;
	case LEAVE:
		_exit(7);
	case LIE:
		if (write(0, lie, sizeof(lie)) != sizeof(lie))
			abort();
		_exit(0);
	case SAY_NOTHING:
		_exit(0);
	case ESCAPE:
		_exit(100 + ways_out());
	case EAT:
		much = malloc((size_t)2 << 30);
		if (much == NULL)
			return NULL;
		break;
	case KILLED:
		(void)raise(SIGKILL);
		break;
	}
	return __real_gdImageCreateFromGifPtr(size, data);
}

static enum rc
make(const struct file *f, struct picture_info *info, struct error *e)
{
	struct store *st;
	enum rc rc;

	rc = store_folder_open(place, &st, e);
	if (rc == RC_OK)
		rc = picture_make(st, f->p, f->n, info, e);
	store_close(st);
	return rc;
}

static const char *
path_of(const char *hash, enum picture_size size)
{
	static char path[400];
	char name[STORE_NAME];

	picture_name(hash, size, name);
	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

/* R92: an old picture's address keeps its bytes. */
static void
a_picture_is_stored_in_three_sizes_once(void)
{
	struct error e = ERROR_NONE;
	struct picture_info info, again;
	struct file f = hat_file(PICTURE_JPEG, 1000, 500);
	struct stat before, after;
	char hash[HASH_SIZE];

	hash_hex(f.p, f.n, hash);
	ok(make(&f, &info, &e) == RC_OK && info.state == PICTURE_OK, "%s %s",
	    e.text, info.reason);
	is_str(info.hash, hash, "its name");
	is_int(info.width, 1000, "width");
	is_int(info.height, 500, "height");
	ok(access(path_of(hash, PICTURE_CARD), R_OK) == 0 &&
		access(path_of(hash, PICTURE_PAGE), R_OK) == 0 &&
		stat(path_of(hash, PICTURE_ZOOM), &before) == 0,
	    "three files");
	ok(make(&f, &again, &e) == RC_OK, "again %s", e.text);
	ok(memcmp(&info, &again, sizeof(info)) == 0, "says the same");
	ok(stat(path_of(hash, PICTURE_ZOOM), &after) == 0 &&
		before.st_ino == after.st_ino,
	    "and writes nothing");
	ok(unlink(path_of(hash, PICTURE_CARD)) == 0 &&
		unlink(path_of(hash, PICTURE_ZOOM)) == 0,
	    "as if killed before the last one");
	ok(make(&f, &again, &e) == RC_OK &&
		access(path_of(hash, PICTURE_CARD), R_OK) == 0 &&
		access(path_of(hash, PICTURE_ZOOM), R_OK) == 0,
	    "all are there again");
	file_free(&f);
}

static void
the_name_has_the_shard_before_it(void)
{
	char name[STORE_NAME];

	picture_name("ab12", PICTURE_CARD, name);
	is_str(name, "ab/ab12-card.webp", "card");
	picture_name("ab12", PICTURE_PAGE, name);
	is_str(name, "ab/ab12-page.webp", "page");
	picture_name("ab12", PICTURE_ZOOM, name);
	is_str(name, "ab/ab12-zoom.webp", "zoom");
}

/* What the misdeed comes to; RC_OK means a broken picture. */
static void
comes_to(enum misdeed deed, enum rc want, const char *why)
{
	struct error e = ERROR_NONE;
	struct picture_info info;
	struct file f = hat_file(PICTURE_GIF, 20, (int)deed);
	enum rc rc = make(&f, &info, &e);

	ok(rc == want, "%s %s", rc_name(rc), e.text);
	ok(strstr(rc == RC_OK ? info.reason : e.text, why) != NULL,
	    "\"%s\" has \"%s\"", rc == RC_OK ? info.reason : e.text, why);
	ok(rc != RC_OK || (info.state == PICTURE_BROKEN && info.width == 0),
	    "broken");
	ok(strlen(info.hash) == 64, "and known");
	ok(access(path_of(info.hash, PICTURE_ZOOM), F_OK) != 0,
	    "nothing is stored");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child left");
	file_free(&f);
}

static void
a_decoder_that_fails_is_a_broken_picture(void)
{
	comes_to(CRASH, RC_OK, "crashed with signal 11");
	comes_to(LEAVE, RC_OK, "ended with status 7");
	comes_to(SAY_NOTHING, RC_OK, "ended with status 0");
	comes_to(KILLED, RC_IO, "killed");
}

static void
a_decoder_that_was_taken_over_gets_nowhere(void)
{
	comes_to(LIE, RC_OK, "ended with status 0");
	/* 100 + nothing. */
	comes_to(ESCAPE, RC_OK, "ended with status 100");
	ok(access("/tmp/hs-escaped", F_OK) != 0, "no file was made");
}

static void
a_decoder_has_bounded_memory(void)
{
#ifdef WITH_ASAN
	tap_skip("ASan needs the address space");
#else
	comes_to(EAT, RC_OK, "GIF cannot be decoded");
#endif
}

static void
what_the_header_refuses_never_reaches_a_decoder(void)
{
	struct error e = ERROR_NONE;
	struct picture_info info;
	uint8_t svg[] = "<svg\n>";
	struct file f = { svg, 6 };

	ok(make(&f, &info, &e) == RC_OK && info.state == PICTURE_BROKEN, "%s",
	    info.reason);
	ok(strstr(info.reason, "SVG") != NULL, "says why");
}

static void
a_store_that_fails_is_tried_again_later(void)
{
	struct error e = ERROR_NONE;
	struct picture_info info;
	struct file f = hat_file(PICTURE_GIF, 21, GOOD);
	char shard[200];

	hash_hex(f.p, f.n, info.hash);
	snprintf(shard, sizeof(shard), "%s/%.2s", place, info.hash);
	(void)close(open(shard, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ok(make(&f, &info, &e) == RC_IO, "%s", e.text);
	error_clear(&e);
	(void)unlink(shard);
	ok(make(&f, &info, &e) == RC_OK && info.state == PICTURE_OK,
	    "later %s %s", e.text, info.reason);
	file_free(&f);
}

/* The parent is tortured here, so the child leaves the failing allocation
 * behind. */
pid_t
__wrap_fork(void)
{
	pid_t pid = __real_fork();
	void *volatile p;
	int i;

	for (i = 0; pid == 0 && i < 1000; i++) {
		p = malloc(1);
		free(p);
	}
	return pid;
}

static struct file tortured;

static enum rc
make_tortured(void)
{
	struct error e = ERROR_NONE;
	struct picture_info info;
	enum rc rc = make(&tortured, &info, &e);

	if (rc == RC_OK)
		(void)unlink(path_of(info.hash, PICTURE_ZOOM));
	return rc == RC_OK && info.state == PICTURE_BROKEN ? RC_IO : rc;
}

static void
every_allocation_may_fail(void)
{
	tortured = hat_file(PICTURE_PNG, 22, 22);
	ok(torture("picture_make", make_tortured) > 3, "some were allocated");
	file_free(&tortured);
}

static void
nothing_can_be_tried_here(void)
{
	tap_skip("valgrind does not let a limit of descriptors be lowered");
}

int
main(void)
{
	if (in_valgrind()) {
		RUN(nothing_can_be_tried_here);
		return tap_done();
	}
	scratch_make(root);
	snprintf(place, sizeof(place), "%s/pictures", root);
	RUN(a_picture_is_stored_in_three_sizes_once);
	RUN(the_name_has_the_shard_before_it);
	RUN(a_decoder_that_fails_is_a_broken_picture);
	RUN(a_decoder_that_was_taken_over_gets_nowhere);
	RUN(a_decoder_has_bounded_memory);
	RUN(what_the_header_refuses_never_reaches_a_decoder);
	RUN(a_store_that_fails_is_tried_again_later);
	RUN(every_allocation_may_fail);
	scratch_remove(root);
	return tap_done();
}
