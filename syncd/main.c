#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/log.h"
#include "stock/map.h"
#include "syncd/daemon.h"
#include "syncd/notify.h"
#include "syncd/report.h"
#include "syncd/signals.h"
#include "syncd/store.h"

struct options {
	const char *file, *pid_file;
	bool check, once, front, status;
	bool json, prometheus; /* how the status is told */
};

static void
usage(FILE *out)
{
	(void)fputs("usage: syncd [-d] [-f FILE] [-p PIDFILE]\n"
		    "       syncd -1 | -n [-f FILE]\n"
		    "       syncd --status [--json | --prometheus] [-f FILE]\n"
		    "       syncd --version | --help\n",
	    out);
}

/* Returns -1 to go on, or a status to leave with. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longer[] = {
		{ "status", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'm' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "1df:np:", longer, NULL)) != -1) {
		switch (c) {
		case '1':
			o->once = true;
			break;
		case 'd':
			o->front = true;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'n':
			o->check = true;
			break;
		case 'p':
			o->pid_file = optarg;
			break;
		case 's':
			o->status = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'm':
			o->prometheus = true;
			break;
		case 'v':
			(void)printf("syncd %s, Landlock ABI %d\n",
			    PACKAGE_VERSION, jail_abi());
			return STATUS_OK;
		case 'h':
			usage(stdout);
			return STATUS_OK;
		default:
			usage(stderr);
			return STATUS_USAGE;
		}
	}
	if (optind != argc || (o->once + o->check + o->status) > 1 ||
	    o->json + o->prometheus > o->status) {
		usage(stderr);
		return STATUS_USAGE;
	}
	return -1;
}

/* Locked for as long as the process lives: a second one is refused.  -1 when
 * there is none to write. */
static enum rc
open_pid_file(const char *path, int *fd, struct error *e)
{
	*fd = -1;
	if (path == NULL)
		return RC_OK;
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (*fd < 0)
		return error_errno(e, RC_IO, "could not open \"%s\"", path);
	if (lockf(*fd, F_TEST, 0) != 0)
		return error_set(e, RC_CONFLICT,
		    "\"%s\" belongs to a syncd that is running", path);
	return RC_OK;
}

/* After the fork: the lock is the process's. */
static enum rc
write_pid_file(const char *path, int fd, struct error *e)
{
	char text[32];
	int n;

	if (fd < 0)
		return RC_OK;
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (lockf(fd, F_TLOCK, 0) != 0 || ftruncate(fd, 0) != 0 ||
	    write(fd, text, (size_t)n) != n)
		return error_errno(e, RC_IO, "could not write \"%s\"", path);
	return RC_OK;
}

/* Leave the terminal; the log stays where standard error goes. */
static enum rc
go_to_background(struct error *e)
{
	pid_t pid;
	int fd;

	pid = fork();
	if (pid < 0)
		return error_errno(e, RC_IO, "could not fork");
	if (pid > 0)
		_exit(STATUS_OK);
	fd = open("/dev/null", O_RDWR);
	if (setsid() < 0 || chdir("/") != 0 || fd < 0 ||
	    dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return error_errno(e, RC_IO, "could not go to the background");
	if (fd > STDERR_FILENO)
		(void)close(fd);
	return RC_OK;
}

/*
 * From here on nothing can be written but the sales database, the pictures
 * and the pid file, and nothing run.  All may be read: a reload may name
 * another CA, and a login of the stock system loads a plugin.
 */
static enum rc
enter_jail(const struct settings *s, const char *pid_file, struct error *e)
{
	struct jail j = JAIL_NONE;
	char *sales = strdup(s->db_file), *pid = NULL;
	enum rc rc;

	if (pid_file != NULL)
		pid = strdup(pid_file);
	if (sales == NULL || (pid_file != NULL && pid == NULL)) {
		free(sales);
		free(pid);
		return error_set(e, RC_NOMEM, "no memory for the jail");
	}
	jail_path(&j, "/", JAIL_READ);
	jail_path(&j, "/dev/null", JAIL_WRITE);
	if (s->db_engine == ENGINE_SQLITE)
		jail_path(&j, dirname(sales), JAIL_WRITE);
	if (s->pictures_store == STORE_FOLDER)
		jail_path(&j, s->pictures_folder, JAIL_WRITE);
	jail_path(&j, s->shop_run, JAIL_WRITE);
	if (pid != NULL)
		jail_path(&j, dirname(pid), JAIL_WRITE);
	j.any_port = 1; /* a picture's address may have any */
	rc = jail_enter(&j, e);
	free(sales);
	free(pid);
	return rc;
}

/* The folder has to be there before the jail closes around it. */
static enum rc
make_picture_folder(const struct settings *s, struct error *e)
{
	struct store *st = NULL;
	enum rc rc;

	if (s->picture_kind == PICTURE_NONE ||
	    s->pictures_store != STORE_FOLDER)
		return RC_OK;
	rc = store_folder_open(s->pictures_folder, &st, e);
	store_close(st);
	return rc;
}

static enum status
mirror(const struct options *o, struct settings *s, struct error *e)
{
	struct error ignored = ERROR_NONE;
	struct map *m = NULL;
	struct notify n;
	enum status status = STATUS_FAILED;
	int fd = -1;
	enum rc rc;

	if (map_new(s, &m, e) != RC_OK)
		return STATUS_USAGE;
	map_free(m);
	notify_init(&n);
	rc = open_pid_file(o->pid_file, &fd, e);
	if (rc == RC_OK)
		rc = make_picture_folder(s, e);
	if (rc == RC_OK && !o->front && !o->once)
		rc = go_to_background(e);
	if (rc == RC_OK)
		rc = write_pid_file(o->pid_file, fd, e);
	if (rc == RC_OK)
		rc = signals_catch(e);
	if (rc == RC_OK && !o->once && notify_open(&n, &ignored) != RC_OK)
		log_failure("not heard by a supervisor", &ignored);
	if (rc == RC_OK)
		rc = enter_jail(s, o->pid_file, e);
	if (rc == RC_OK)
		status = daemon_run(o->file, s, o->once, &n, e);
	notify_close(&n);
	if (fd >= 0) {
		if (rc == RC_OK)
			(void)unlink(o->pid_file);
		(void)close(fd);
	}
	return status;
}

static enum report_form
form_of(const struct options *o)
{
	if (o->json)
		return REPORT_JSON;
	return o->prometheus ? REPORT_PROMETHEUS : REPORT_TEXT;
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct error e = ERROR_NONE;
	struct settings s;
	enum status status;
	int left;

	left = read_options(argc, argv, &o);
	if (left >= 0)
		return left;
	log_open("syncd", LOG_INFO);
	if (settings_load(&s, o.file, &e) != RC_OK) {
		(void)fprintf(stderr, "syncd: %s\n", e.text);
		return e.rc == RC_NOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	log_level_set((enum log_level)s.log_level);
	if (o.check)
		status = report_check(&s, &e);
	else if (o.status)
		status = report_status(&s, form_of(&o), &e);
	else
		status = mirror(&o, &s, &e);
	if (fflush(stdout) != 0)
		status = STATUS_FAILED;
	if (status != STATUS_OK)
		(void)fprintf(stderr, "syncd: %s\n", e.text);
	settings_release(&s);
	return (int)status;
}
