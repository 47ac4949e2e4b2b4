#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jail.h"
#include "base/limits.h"
#include "syncd/picture.h"

#define CPU_SECONDS 20 /* 40 Mpx take 2 s here */
#define WALL_MS 120000 /* the machine may be busy, but not for ever */
#define MEMORY                                                                 \
	(1 << 30)  /* 40 Mpx are 160 MB, the decoders want as much again */
#define NICENESS 5 /* pages go before pictures */

/* What the child says before the bytes of the three files. */
struct verdict {
	uint32_t rc;
	uint32_t sizes[PICTURE_SIZES];
	char reason[160];
};

void
picture_name(const char *hash, enum picture_size size, char out[STORE_NAME])
{
	static const char *const words[PICTURE_SIZES] = {
		[PICTURE_CARD] = "card",
		[PICTURE_PAGE] = "page",
		[PICTURE_ZOOM] = "zoom",
	};

	snprintf(out, STORE_NAME, "%.2s/%s-%s.webp", hash, hash, words[size]);
}

/*** The child ***/

static void
send_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			_exit(1);
		p += done;
		n -= (size_t)done;
	}
}

/* From here on: no file, no socket, no other process; only memory, time and
 * one pipe, descriptor 0. */
static enum rc
lock_up(int pipe_fd, struct error *e)
{
	struct jail j = JAIL_NONE;
	struct rlimit none = { 0, 0 };
	struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS + 5 };
	enum rc rc;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	if (dup2(pipe_fd, 0) < 0 || close_range(1, ~0U, 0) != 0)
		return error_errno(e, RC_IO, "could not close descriptors");
	/* The soft limit's signal tells slowness from a kill from outside. */
	if (setrlimit(RLIMIT_CPU, &cpu) != 0)
		return error_errno(e, RC_IO, "could not limit CPU time");
	j.memory_bytes = MEMORY;
	rc = jail_enter(&j, e);
	if (rc != RC_OK)
		return rc;
	/* Without descriptors there is no open(2), socket(2) or exec. */
	if (setrlimit(RLIMIT_NPROC, &none) != 0 ||
	    setrlimit(RLIMIT_NOFILE, &none) != 0)
		return error_errno(e, RC_IO, "could not limit descriptors");
	return RC_OK;
}

static void
be_child(const void *bytes, size_t n, const struct picture_header *h, int fd)
{
	struct error e = ERROR_NONE;
	struct verdict v;
	struct picture_set set;
	size_t i;
	enum rc rc;

	picture_set_init(&set);
	rc = lock_up(fd, &e);
	if (rc == RC_OK)
		rc = picture_render(bytes, n, h, &set, &e);
	memset(&v, 0, sizeof(v));
	v.rc = (uint32_t)rc;
	snprintf(v.reason, sizeof(v.reason), "%.159s", e.text);
	for (i = 0; rc == RC_OK && i < PICTURE_SIZES; i++)
		v.sizes[i] = (uint32_t)set.webp[i].len;
	send_all(0, &v, sizeof(v));
	for (i = 0; rc == RC_OK && i < PICTURE_SIZES; i++)
		send_all(0, set.webp[i].s, set.webp[i].len);
	_exit(0);
}

/*** The parent ***/

/* n bytes before the deadline; RC_NOTFOUND when the child ended first. */
static enum rc
receive(int fd, void *out, size_t n, int64_t deadline, struct error *e)
{
	struct pollfd pfd = { fd, POLLIN, 0 };
	char *p = out;
	int64_t left;
	ssize_t got;
	int ready;

	while (n > 0) {
		left = deadline - clock_mono_ms();
		ready = left <= 0 ? 0 : poll(&pfd, 1, (int)left);
		if (ready == 0)
			return error_set(e, RC_IO,
			    "decoding a picture took more than %d s",
			    WALL_MS / 1000);
		if (ready > 0) {
			got = read(fd, p, n);
			if (got == 0)
				return RC_NOTFOUND;
			if (got > 0) {
				p += got;
				n -= (size_t)got;
				continue;
			}
		}
		if (errno != EINTR)
			return error_errno(
			    e, RC_IO, "could not hear from the decoder");
	}
	return RC_OK;
}

/* One file from the child, which may have been taken over by the picture. */
static enum rc
receive_file(
    int fd, uint32_t size, struct buf *out, int64_t deadline, struct error *e)
{
	struct picture_header h;
	char piece[16384];
	size_t n;
	enum rc rc;

	for (; size > 0; size -= (uint32_t)n) {
		n = size < sizeof(piece) ? size : sizeof(piece);
		rc = receive(fd, piece, n, deadline, e);
		if (rc != RC_OK)
			return rc;
		buf_put(out, piece, n);
		if (buf_rc(out) != RC_OK)
			return error_set(
			    e, RC_NOMEM, "no memory for a picture");
	}
	if (picture_check(buf_str(out), out->len, &h, NULL) != RC_OK ||
	    h.format != PICTURE_WEBP)
		return RC_NOTFOUND;
	return RC_OK;
}

static enum rc
receive_set(int fd, struct picture_set *set, struct verdict *v,
    int64_t deadline, struct error *e)
{
	size_t i;
	enum rc rc;

	rc = receive(fd, v, sizeof(*v), deadline, e);
	if (rc != RC_OK || v->rc != RC_OK)
		return rc;
	for (i = 0; rc == RC_OK && i < PICTURE_SIZES; i++) {
		if (v->sizes[i] > set->webp[i].max)
			return RC_NOTFOUND;
		rc = receive_file(fd, v->sizes[i], &set->webp[i], deadline, e);
	}
	return rc;
}

static void
broken(struct picture_info *out, const char *reason)
{
	size_t i;

	out->state = PICTURE_BROKEN;
	out->width = out->height = 0;
	snprintf(out->reason, sizeof(out->reason), "%.159s", reason);
	/* It may come from the decoder, and goes to the log and the status. */
	for (i = 0; out->reason[i] != '\0'; i++)
		if (out->reason[i] < ' ' || out->reason[i] == 0x7f)
			out->reason[i] = '?';
}

/* What a child that ended without a whole answer means. */
static enum rc
judge_end(int status, struct picture_info *out, struct error *e)
{
	char reason[100];

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return error_set(e, RC_IO, "the picture decoder was killed");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		snprintf(reason, sizeof(reason),
		    "decoding takes more than %d s", CPU_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason),
		    "the decoder crashed with signal %d", WTERMSIG(status));
	else
		snprintf(reason, sizeof(reason),
		    "the decoder ended with status %d", WEXITSTATUS(status));
	broken(out, reason);
	return RC_OK;
}

static int
reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Render in a child.  RC_OK with out->state; RC_IO: try again later. */
static enum rc
render_apart(const void *bytes, size_t n, const struct picture_header *h,
    struct picture_set *set, struct picture_info *out, struct error *e)
{
	struct verdict v;
	int fds[2], status;
	pid_t pid;
	enum rc rc;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return error_errno(e, RC_IO, "could not make a pipe");
	pid = fork();
	if (pid == 0)
		be_child(bytes, n, h, fds[1]);
	(void)close(fds[1]);
	if (pid < 0) {
		rc = error_errno(e, RC_IO, "could not start the decoder");
		(void)close(fds[0]);
		return rc;
	}
	rc = receive_set(fds[0], set, &v, clock_mono_ms() + WALL_MS, e);
	(void)close(fds[0]);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		(void)kill(pid, SIGKILL);
	status = reap(pid);
	if (rc == RC_NOTFOUND)
		return judge_end(status, out, e);
	if (rc != RC_OK)
		return rc;
	if (v.rc == RC_IO)
		return error_set(e, RC_IO, "%.159s", v.reason);
	if (v.rc != RC_OK) {
		v.reason[sizeof(v.reason) - 1] = '\0';
		broken(out, v.reason);
	}
	return RC_OK;
}

/* Whether the store has them all: zoom is put last. */
static enum rc
look_up(struct store *st, struct picture_info *out, struct error *e)
{
	char name[STORE_NAME], first[32];
	size_t got = 0;
	enum rc rc;

	picture_name(out->hash, PICTURE_ZOOM, name);
	rc = store_head(st, name, first, sizeof(first), &got, e);
	if (rc == RC_OK &&
	    !picture_webp_size(first, got, &out->width, &out->height))
		return error_set(e, RC_IO, "\"%s\" is no WebP file", name);
	return rc;
}

static enum rc
store_set(struct store *st, const struct picture_set *set,
    struct picture_info *out, struct error *e)
{
	struct store_object objects[PICTURE_SIZES];
	char names[PICTURE_SIZES][STORE_NAME];
	size_t i;
	enum rc rc;

	for (i = 0; i < PICTURE_SIZES; i++) {
		picture_name(out->hash, (enum picture_size)i, names[i]);
		objects[i] = (struct store_object){ names[i],
			buf_str(&set->webp[i]), set->webp[i].len };
	}
	/* the last one says that all are there */
	rc = store_put_all(st, objects, PICTURE_ZOOM, e);
	if (rc == RC_OK)
		rc = store_put_all(st, &objects[PICTURE_ZOOM], 1, e);
	if (!picture_webp_size(buf_str(&set->webp[PICTURE_ZOOM]),
		set->webp[PICTURE_ZOOM].len, &out->width, &out->height))
		broken(out, "the decoder gave no picture");
	return rc;
}

enum rc
picture_make(struct store *st, const void *bytes, size_t n,
    struct picture_info *out, struct error *e)
{
	struct error why = ERROR_NONE;
	struct picture_header h;
	struct picture_set set;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	out->state = PICTURE_OK;
	hash_hex(bytes, n, out->hash);
	if (picture_check(bytes, n, &h, &why) != RC_OK) {
		broken(out, why.text);
		return RC_OK;
	}
	rc = look_up(st, out, e);
	if (rc != RC_NOTFOUND)
		return rc;
	picture_set_init(&set);
	rc = render_apart(bytes, n, &h, &set, out, e);
	if (rc == RC_OK && out->state == PICTURE_OK)
		rc = store_set(st, &set, out, e);
	picture_set_release(&set);
	return rc;
}
