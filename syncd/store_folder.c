/*
 * The folder: AB/HASH-card.webp below its root.  A file is written below
 * "new", synced, and renamed to its place; then the place's folder is synced.
 * So under its own name a file is whole or not there, also after a loss of
 * power.  What a killed process left in "new" is removed a day later.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/token.h"
#include "syncd/store.h"

#define NEW "new"
#define LEFT_SECONDS 86400 /* no write takes that long */

struct folder {
	struct store store; /* first */
	char *path;         /* owned; for messages */
	int root, new;      /* owned */
};

/* Where callers have a struct store, it is the first member of ours. */
static struct folder *
folder_of(struct store *st)
{
	return (struct folder *)(void *)st;
}

/* Make a folder that may be there already; *fd is the caller's. */
static enum rc
make_folder(int at, const char *name, int *fd, struct error *e)
{
	bool made = mkdirat(at, name, 0755) == 0;
	int why = errno;

	*fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0) {
		/* Why it could not be made matters only when it is not there. */
		if (!made && errno == ENOENT && why != EEXIST)
			errno = why;
		return error_errno(
		    e, RC_IO, "could not make or open the folder \"%s\"", name);
	}
	/* A name is there for good when its folder is synced. */
	if (made &&
	    (fchmod(*fd, 0755) != 0 || (at != AT_FDCWD && fsync(at) != 0))) {
		(void)close(*fd);
		return error_errno(
		    e, RC_IO, "could not keep the folder \"%s\"", name);
	}
	return RC_OK;
}

static enum rc
write_all(int fd, const char *p, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return RC_IO;
		p += done;
		n -= (size_t)done;
	}
	return RC_OK;
}

/* A synced file below "new"; its name goes to temp. */
static enum rc
write_new(struct folder *f, const void *bytes, size_t n, char temp[UID_SIZE],
    struct error *e)
{
	int fd;
	enum rc rc;

	rc = uid_random(temp, e);
	if (rc != RC_OK)
		return rc;
	fd =
	    openat(f->new, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(
		    e, RC_IO, "could not make a file in \"%s\"", f->path);
	if (write_all(fd, bytes, n) != RC_OK || fchmod(fd, 0644) != 0 ||
	    fsync(fd) != 0)
		rc = error_errno(
		    e, RC_IO, "could not write a file in \"%s\"", f->path);
	if (close(fd) != 0 && rc == RC_OK)
		rc = error_errno(
		    e, RC_IO, "could not close a file in \"%s\"", f->path);
	if (rc != RC_OK)
		(void)unlinkat(f->new, temp, 0);
	return rc;
}

static enum rc
put_one(struct folder *f, const char *name, const void *bytes, size_t n,
    struct error *e)
{
	const char *slash = strchr(name, '/');
	char shard[STORE_NAME], temp[UID_SIZE];
	int dir = -1;
	enum rc rc;

	snprintf(shard, sizeof(shard), "%.*s", (int)(slash - name), name);
	rc = make_folder(f->root, shard, &dir, e);
	if (rc != RC_OK) {
		error_prefix(e, "picture store \"%s\"", f->path);
		return rc;
	}
	if (faccessat(dir, slash + 1, F_OK, 0) == 0)
		goto out;
	rc = write_new(f, bytes, n, temp, e);
	if (rc != RC_OK)
		goto out;
	if (renameat(f->new, temp, dir, slash + 1) != 0) {
		rc = error_errno(e, RC_IO, "could not put \"%s\" into \"%s\"",
		    name, f->path);
		(void)unlinkat(f->new, temp, 0);
	} else if (fsync(dir) != 0) {
		rc = error_errno(
		    e, RC_IO, "could not keep \"%s\" in \"%s\"", name, f->path);
	}
out:
	(void)close(dir);
	return rc;
}

static enum rc
put(struct store *st, const struct store_object *objects, size_t n,
    struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = put_one(folder_of(st), objects[i].name, objects[i].bytes,
		    objects[i].n, e);
	return rc;
}

static enum rc
head(struct store *st, const char *name, void *out, size_t size, size_t *got,
    struct error *e)
{
	struct folder *f = folder_of(st);
	ssize_t n;
	int fd;

	fd = openat(f->root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return RC_NOTFOUND;
	if (fd < 0)
		return error_errno(
		    e, RC_IO, "could not open \"%s\" in \"%s\"", name, f->path);
	do
		n = read(fd, out, size);
	while (n < 0 && errno == EINTR);
	(void)close(fd);
	if (n < 0)
		return error_errno(
		    e, RC_IO, "could not read \"%s\" in \"%s\"", name, f->path);
	*got = (size_t)n;
	return RC_OK;
}

/* The files of one folder below the root; "new" has names without a meaning. */
static enum rc
list_shard(struct folder *f, const char *shard, store_visit *visit, void *ctx,
    struct error *e)
{
	char name[STORE_NAME];
	struct dirent *d;
	struct stat st;
	enum rc rc = RC_OK;
	DIR *dir;
	int fd, n;

	fd = openat(
	    f->root, shard, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		/* a file, or gone */
		return RC_OK;
	}
	while (rc == RC_OK && (d = readdir(dir)) != NULL) {
		n = snprintf(name, sizeof(name), "%s/%s", shard, d->d_name);
		if (n < (int)sizeof(name) &&
		    fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode))
			rc = visit(
			    ctx, name, (int64_t)st.st_size, st.st_mtime, e);
	}
	(void)closedir(dir);
	return rc;
}

static enum rc
list(struct store *st, store_visit *visit, void *ctx, struct error *e)
{
	struct folder *f = folder_of(st);
	struct dirent *d;
	enum rc rc = RC_OK;
	DIR *dir;
	int fd;

	fd = openat(f->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		rc = error_errno(
		    e, RC_IO, "could not list the folder \"%s\"", f->path);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while (rc == RC_OK && (d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.' && strcmp(d->d_name, NEW) != 0)
			rc = list_shard(f, d->d_name, visit, ctx, e);
	(void)closedir(dir);
	return rc;
}

static enum rc
remove_all(
    struct store *st, const char *const *names, size_t n, struct error *e)
{
	struct folder *f = folder_of(st);

	for (size_t i = 0; i < n; i++)
		if (unlinkat(f->root, names[i], 0) != 0 && errno != ENOENT)
			return error_errno(e, RC_IO,
			    "could not delete \"%s\" in \"%s\"", names[i],
			    f->path);
	return RC_OK;
}

static void
close_folder(struct store *st)
{
	struct folder *f = folder_of(st);

	if (f->root >= 0)
		(void)close(f->root);
	if (f->new >= 0)
		(void)close(f->new);
	free(f->path);
	free(f);
}

/* Best effort: what stays is found the next time. */
static void
sweep(const struct folder *f)
{
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int fd;

	fd = openat(f->new, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (fstatat(f->new, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    st.st_mtime < clock_now() - LEFT_SECONDS)
			(void)unlinkat(f->new, d->d_name, 0);
	(void)closedir(dir);
}

enum rc
store_folder_open(const char *path, struct store **out, struct error *e)
{
	static const struct store_ops ops = { put, head, list, remove_all,
		close_folder };
	struct folder *f = calloc(1, sizeof(*f));
	enum rc rc;

	*out = NULL;
	if (f == NULL)
		return error_set(e, RC_NOMEM, "no memory for a picture store");
	f->store.ops = &ops;
	f->root = f->new = -1;
	f->path = strdup(path);
	if (f->path == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for a picture store");
	else
		rc = make_folder(AT_FDCWD, path, &f->root, e);
	if (rc == RC_OK)
		rc = make_folder(f->root, NEW, &f->new, e);
	if (rc != RC_OK) {
		close_folder(&f->store);
		return rc;
	}
	sweep(f);
	*out = &f->store;
	return RC_OK;
}
