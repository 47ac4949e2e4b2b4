#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cron/lifecycle.h"
#include "flow/bounce.h"

#define MOST 200 /* messages in one step */
#define PATH_SIZE 1400
#define BAD "bad" /* folder beside new: what could not be taken */

/* A message's file in new, NULL when there is none. */
static const char *
next_file(DIR *d)
{
	const struct dirent *entry;

	do
		entry = readdir(d);
	while (entry != NULL && entry->d_name[0] == '.');
	return entry != NULL ? entry->d_name : NULL;
}

static enum rc
open_new(const struct run *r, DIR **d, struct error *e)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/new", r->s->mail_bounces);
	*d = opendir(path);
	return *d != NULL ? RC_OK
			  : error_errno(e, RC_IO,
				"could not read mail.bounces \"%s\"", path);
}

enum rc
bounces_due(struct run *r, bool *any, struct error *e)
{
	enum rc rc;
	DIR *d;

	*any = false;
	if (r->s->mail_bounces[0] == '\0')
		return RC_OK;
	rc = open_new(r, &d, e);
	if (rc != RC_OK)
		return rc;
	*any = next_file(d) != NULL;
	(void)closedir(d);
	return RC_OK;
}

/* As much as is looked at.  RC_NOTFOUND: somebody else has moved it. */
static enum rc
read_some(const char *path, struct buf *b, struct error *e)
{
	char part[8192];
	struct stat st;
	ssize_t n = 1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return error_errno(e, errno == ENOENT ? RC_NOTFOUND : RC_IO,
		    "could not read \"%s\"", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return error_set(e, RC_IO, "\"%s\" is no plain file", path);
	}
	while (n > 0 && b->len < BOUNCE_MAX) {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_put(b, part, (size_t)n);
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	(void)close(fd);
	if (n < 0)
		return error_errno(e, RC_IO, "could not read \"%s\"", path);
	return buf_rc(b) == RC_OK
		   ? RC_OK
		   : error_set(e, buf_rc(b), "no memory for \"%s\"", path);
}

/* No address: a log is read by many. */
static void
tell(const struct run *r, const char *file, const struct bounce *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->of[i].what == BOUNCE_BACK)
			log_event(LOG_WARN,
			    "letter %" PRId64
			    " came back kind=%s order=%" PRId64
			    "; see \"shopctl mail show %" PRId64 "\"",
			    b->of[i].row, b->of[i].kind, b->of[i].order,
			    b->of[i].row);
		else if (r->verbose)
			log_event(LOG_INFO, "news of letter %" PRId64 " in %s",
			    b->of[i].row, file);
	if (b->person[0] != '\0' && !b->again)
		log_event(LOG_WARN,
		    "mail that came back is for a person file=%s: %s; see "
		    "\"shopctl inbox\"",
		    file, b->person);
}

/* RC_OK too when somebody else has moved it meanwhile. */
static enum rc
move(const struct run *r, const char *file, const char *folder,
    const char *mark, struct error *e)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	(void)snprintf(
	    from, sizeof(from), "%s/new/%s", r->s->mail_bounces, file);
	(void)snprintf(to, sizeof(to), "%s/%s/%s%s", r->s->mail_bounces, folder,
	    file, mark);
	if (rename(from, to) == 0 || errno == ENOENT)
		return RC_OK;
	return error_errno(e, RC_IO, "could not move \"%s\" to \"%s/%s\"", from,
	    r->s->mail_bounces, folder);
}

/* Done with it: from new to cur, seen; who has to look at it finds it
 * flagged. */
static enum rc
take(struct run *r, const char *file, struct error *e)
{
	char path[PATH_SIZE];
	struct error none = ERROR_NONE;
	struct bounce b;
	struct buf bytes;
	enum rc rc;

	(void)snprintf(
	    path, sizeof(path), "%s/new/%s", r->s->mail_bounces, file);
	buf_init(&bytes, BOUNCE_MAX + 8192);
	rc = read_some(path, &bytes, &none);
	if (rc == RC_NOTFOUND) {
		buf_release(&bytes);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = bounce_take(
		    r->db, buf_str(&bytes), bytes.len, clock_now(), &b, &none);
	buf_release(&bytes);
	if (rc != RC_OK)
		return error_set(e, rc, "%s", none.text);
	tell(r, file, &b);
	r->done++;
	return move(r, file, "cur", b.person[0] != '\0' ? ":2,F" : ":2,S", e);
}

/* Out of the way of those behind it; a person sees why in the log. */
static enum rc
set_aside(
    struct run *r, const char *file, const struct error *why, struct error *e)
{
	char path[PATH_SIZE], mark[32] = "";
	struct stat st;
	enum rc rc;

	(void)snprintf(path, sizeof(path), "%s/" BAD, r->s->mail_bounces);
	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		return error_errno(e, RC_IO, "could not make \"%s\"", path);
	(void)snprintf(
	    path, sizeof(path), "%s/" BAD "/%s", r->s->mail_bounces, file);
	if (lstat(path, &st) == 0) /* another of this name */
		(void)snprintf(
		    mark, sizeof(mark), ".%" PRId64, clock_mono_ms());
	rc = move(r, file, BAD, mark, e);
	if (rc != RC_OK)
		return rc;
	r->done++;
	log_event(LOG_ERROR,
	    "mail that came back is set aside, as it could not be taken "
	    "file=%s folder=\"%s/" BAD "\": %s",
	    file, r->s->mail_bounces, why->text);
	return RC_OK;
}

/* Whether the message is what its failure is about.  The database is not when
 * it takes a write, and then this message still not. */
static bool
is_to_blame(struct run *r, const char *file, struct error *why)
{
	struct error none = ERROR_NONE;
	enum rc rc = why->rc;

	if (rc != RC_IO) {
		if (run_renew(r, &none) != RC_OK)
			return false;
		error_clear(why);
		rc = take(r, file, why);
	}
	return rc != RC_OK && rc != RC_CONFLICT && rc != RC_UNCERTAIN &&
	       rc != RC_NOMEM;
}

/* RC_IO: this one could neither be taken nor moved.  Any other failure: so
 * would the others. */
static enum rc
take_or_set_aside(struct run *r, const char *file, struct error *e)
{
	struct error why = ERROR_NONE, aside = ERROR_NONE;

	if (take(r, file, &why) == RC_OK)
		return RC_OK;
	if (is_to_blame(r, file, &why)) {
		if (set_aside(r, file, &why, &aside) == RC_OK)
			return RC_OK;
		return error_set(e, RC_IO, "%s; %s", why.text, aside.text);
	}
	return why.rc != RC_OK ? error_set(e, why.rc, "%s", why.text) : RC_OK;
}

/* One that fails stops no other; the first reason is told. */
enum rc
bounces_step(struct run *r, struct error *e)
{
	struct error why = ERROR_NONE;
	const char *file;
	enum rc rc;
	DIR *d;

	if (r->s->mail_bounces[0] == '\0')
		return RC_OK;
	rc = open_new(r, &d, e);
	if (rc != RC_OK)
		return rc;
	for (int left = MOST; rc == RC_OK && left > 0 && !r->stopping();) {
		file = next_file(d);
		if (file == NULL)
			break;
		rc = run_renew(r, e);
		if (rc != RC_OK)
			break;
		rc = take_or_set_aside(r, file, &why);
		if (rc == RC_IO)
			rc = RC_OK; /* it stays: others get their turn */
		else
			left--;
	}
	(void)closedir(d);
	return e->rc == RC_OK && why.rc != RC_OK
		   ? error_set(e, why.rc, "%s", why.text)
		   : rc;
}

/* Entries of a folder of the mailbox; -1: there is none. */
static int64_t
count(const struct run *r, const char *folder)
{
	char path[PATH_SIZE];
	int64_t n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", r->s->mail_bounces, folder);
	d = opendir(path);
	if (d == NULL)
		return -1;
	while (next_file(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

enum rc
bounces_tell(struct run *r, struct error *e)
{
	int64_t bad;
	enum rc rc;
	DIR *d;

	if (r->s->mail_bounces[0] == '\0')
		return RC_OK;
	rc = open_new(r, &d, e);
	if (rc != RC_OK)
		return rc;
	(void)closedir(d);
	(void)printf("bounces: %" PRId64 " messages to look at in \"%s\"\n",
	    count(r, "new"), r->s->mail_bounces);
	bad = count(r, BAD);
	if (bad > 0)
		(void)printf("bounces: %" PRId64 " set aside in \"%s/" BAD
			     "\", for a person\n",
		    bad, r->s->mail_bounces);
	return RC_OK;
}
