#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "syncd/store.h"
#include "t/scratch.h"
#include "t/tap.h"

static char root[SCRATCH_SIZE];
static char place[128]; /* below root */

static const char *
at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

static struct store *
open_store(void)
{
	struct error e = ERROR_NONE;
	struct store *st;

	ok(store_folder_open(place, &st, &e) == RC_OK, "open %s", e.text);
	return st;
}

static void
what_is_put_is_there(void)
{
	struct error e = ERROR_NONE;
	struct store *st = open_store();
	char got[16] = "";
	size_t n = 0;
	struct stat s;

	umask(077);
	ok(store_head(st, "ab/ab12-card.webp", got, 4, &n, &e) == RC_NOTFOUND,
	    "not yet");
	ok(store_put(st, "ab/ab12-card.webp", "red fez", 7, &e) == RC_OK,
	    "put %s", e.text);
	ok(store_head(st, "ab/ab12-card.webp", got, 4, &n, &e) == RC_OK &&
		n == 4 && memcmp(got, "red ", 4) == 0,
	    "its head");
	ok(store_head(st, "ab/ab12-card.webp", got, 16, &n, &e) == RC_OK &&
		n == 7,
	    "no more than there is");
	ok(stat(at("ab/ab12-card.webp"), &s) == 0 &&
		(s.st_mode & 0777) == 0644 && s.st_size == 7,
	    "others may read the file");
	ok(stat(at("ab"), &s) == 0 && (s.st_mode & 0777) == 0755,
	    "and the folder");
	ok(rmdir(at("new")) == 0, "nothing is left in \"new\"");
	umask(022);
	store_close(st);
	store_close(NULL);
}

static enum rc
count(
    void *ctx, const char *name, int64_t size, int64_t put_at, struct error *e)
{
	int *n = ctx;

	(*n)++;
	if (strcmp(name, "1a/stop.webp") == 0)
		return error_set(e, RC_CONFLICT, "enough");
	ok(strcmp(name, "1a/1a-card.webp") != 0 ||
		(size == 3 && put_at > time(NULL) - 60),
	    "%s has %d bytes", name, (int)size);
	return RC_OK;
}

static void
what_is_there_is_listed_and_removed(void)
{
	static const char *const names[] = { "1a/1a-card.webp", "1a/none.webp",
		"zz/none.webp" };
	struct store_object objects[] = { { names[0], "fez", 3 },
		{ "1a/1a-zoom.webp", "zoom", 4 } };
	struct error e = ERROR_NONE;
	struct store *st = open_store();
	int before = 0, after = 0;

	ok(store_list(st, count, &before, &e) == RC_OK, "%s", e.text);
	ok(store_put_all(st, objects, 2, &e) == RC_OK, "%s", e.text);
	ok(symlink("1a-card.webp", at("1a/link.webp")) == 0 &&
		mkdir(at("1a/folder"), 0755) == 0 &&
		symlink("1a", at("link")) == 0,
	    "what is no object");
	ok(store_list(st, count, &after, &e) == RC_OK && after == before + 2,
	    "%d and then %d", before, after);
	ok(store_remove(st, names, 3, &e) == RC_OK, "%s", e.text);
	after = 0;
	ok(store_list(st, count, &after, &e) == RC_OK && after == before + 1,
	    "%d and then %d", before, after);
	ok(store_put(st, "1a/stop.webp", "x", 1, &e) == RC_OK, "%s", e.text);
	ok(store_list(st, count, &after, &e) == RC_CONFLICT, "%s", e.text);
	ok(unlink(at("1a/link.webp")) == 0 && unlink(at("link")) == 0 &&
		rmdir(at("1a/folder")) == 0 && unlink(at("1a/stop.webp")) == 0,
	    "cleaned");
	store_close(st);
}

static void
what_is_there_is_never_written_again(void)
{
	struct error e = ERROR_NONE;
	struct store *st = open_store();
	struct stat before, after;

	ok(store_put(st, "cd/cd-page.webp", "one", 3, &e) == RC_OK, "put");
	ok(stat(at("cd/cd-page.webp"), &before) == 0, "is there");
	ok(store_put(st, "cd/cd-page.webp", "two!", 4, &e) == RC_OK, "again");
	ok(stat(at("cd/cd-page.webp"), &after) == 0 && after.st_size == 3 &&
		after.st_ino == before.st_ino,
	    "the same file");
	store_close(st);
}

static void
a_folder_that_cannot_be_is_told(void)
{
	struct error e = ERROR_NONE;
	struct store *st;

	ok(store_folder_open("/nowhere/at/all", &st, &e) == RC_IO && st == NULL,
	    "%s", e.text);
	ok(strstr(e.text, "/nowhere/at/all") != NULL, "by its name");
	error_clear(&e);
	st = open_store();
	ok(close(open(at("ef"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0,
	    "a file where a folder should be");
	ok(store_put(st, "ef/ef-card.webp", "x", 1, &e) == RC_IO, "%s", e.text);
	store_close(st);
}

/* Root may write anywhere. */
static void
a_folder_that_may_not_be_written_is_told_why(void)
{
	struct error e = ERROR_NONE;
	struct store *st = open_store();

	ok(chmod(at(""), 0555) == 0 && chmod(at("new"), 0777) == 0,
	    "a folder that only root may write");
	ok(geteuid() != 0 || seteuid(65534) == 0, "nobody");
	ok(store_put(st, "77/77-card.webp", "x", 1, &e) == RC_IO &&
		strstr(e.text, "\"77\": Permission denied") != NULL,
	    "%s", e.text);
	ok(getuid() != 0 || seteuid(0) == 0, "back");
	ok(chmod(at(""), 0755) == 0, "and writable again");
	store_close(st);
}

static void
leftovers_go_after_a_day(void)
{
	struct timespec old[2] = { { .tv_sec = time(NULL) - 90000 },
		{ .tv_sec = time(NULL) - 90000 } };
	struct stat s;

	store_close(open_store());
	(void)close(open(at("new/old"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	(void)close(
	    open(at("new/young"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ok(utimensat(AT_FDCWD, at("new/old"), old, 0) == 0, "aged");
	store_close(open_store());
	ok(stat(at("new/old"), &s) != 0, "old is gone");
	ok(stat(at("new/young"), &s) == 0, "young may still be written");
}

/* Two that put the same names at once both succeed, nothing is torn. */
static void
two_writers_do_not_meet(void)
{
	struct error e = ERROR_NONE;
	struct store *st = open_store();
	char name[64], bytes[5000], got[5001];
	int i, status = -1, whole = 0;
	size_t n;
	pid_t pid;
	bool good = true;

	memset(bytes, 'x', sizeof(bytes));
	fflush(stdout);
	pid = fork();
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%02d/%d-card.webp", i % 7, i);
		good = good &&
		       store_put(st, name, bytes, sizeof(bytes), &e) == RC_OK;
	}
	if (pid == 0)
		_exit(good ? 0 : 1);
	ok(good, "one wrote all %s", e.text);
	ok(waitpid(pid, &status, 0) == pid && status == 0, "so did the other");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%02d/%d-card.webp", i % 7, i);
		whole +=
		    store_head(st, name, got, sizeof(got), &n, &e) == RC_OK &&
		    n == sizeof(bytes) && memcmp(got, bytes, n) == 0;
	}
	is_int(whole, 100, "whole files");
	store_close(st);
}

static enum rc
open_and_put(void)
{
	struct error e = ERROR_NONE;
	struct store *st;
	enum rc rc;

	rc = store_folder_open(place, &st, &e);
	if (rc == RC_OK)
		rc = store_put(st, "aa/aa-card.webp", "x", 1, &e);
	store_close(st);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("store", open_and_put) >= 2, "two were allocated");
}

static char dead[] = "http://127.0.0.1:1", eu[] = "eu-west-2", hats[] = "hats",
	    nothing[] = "", key[] = "key";

/* R92: levels do not wait for pictures. */
static void
a_bucket_that_fails_is_left_alone_for_a_while(void)
{
	struct settings s = { .s3_endpoint = dead,
		.s3_region = eu,
		.s3_bucket = hats,
		.s3_prefix = nothing,
		.s3_ca = nothing,
		.s3_access_key = key,
		.s3_secret_key = key,
		.s3_style = STYLE_PATH,
		.pictures_store = STORE_S3 };
	struct error e = ERROR_NONE;
	struct store *st = NULL;
	int64_t began;
	int n = 0;

	ok(store_open(&s, &st, &e) == RC_OK, "%s", e.text);
	ok(store_put(st, "ab/ab.webp", "x", 1, &e) == RC_IO, "%s", e.text);
	began = clock_mono_ms();
	error_clear(&e);
	ok(store_put(st, "ab/ab.webp", "x", 1, &e) == RC_IO &&
		strstr(e.text, "could not ask") != NULL,
	    "for the same reason: %s", e.text);
	ok(store_list(st, count, &n, &e) == RC_IO, "nor is it listed");
	ok(clock_mono_ms() - began < 2000, "at once");
	store_close(st);
}

int
main(void)
{
	scratch_make(root);
	snprintf(place, sizeof(place), "%s/pictures", root);
	RUN(what_is_put_is_there);
	RUN(what_is_there_is_listed_and_removed);
	RUN(a_bucket_that_fails_is_left_alone_for_a_while);
	RUN(what_is_there_is_never_written_again);
	RUN(a_folder_that_cannot_be_is_told);
	RUN(a_folder_that_may_not_be_written_is_told_why);
	RUN(leftovers_go_after_a_day);
	RUN(two_writers_do_not_meet);
	RUN(every_allocation_may_fail);
	scratch_remove(root);
	return tap_done();
}
