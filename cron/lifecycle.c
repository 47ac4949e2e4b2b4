/*
 * lifecycle: what has to happen without anybody asking for a page.
 *
 * Started by cron each minute as "lifecycle -w 60": two may overlap for a
 * moment, and several machines may run it.  Each group of steps has a lease, so
 * that a mail server that hangs does not stop the others' work; who does not
 * get it does the other groups.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jail.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "base/token.h"
#include "cron/lifecycle.h"
#include "flow/wiring.h"
#include "peer/smtp.h"

/* Under -w each lane is a process of its own: a mail server that hangs holds up
 * letters, and no capture. */
enum lane { LANE_MONEY, LANE_PARCELS, LANE_REST, LANES };

enum status { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

#define MAX_WAIT 86400

/* Between two rounds of -w. */
static const int64_t breath_ms[LANES] = {
	[LANE_MONEY] = 500, [LANE_PARCELS] = 500, [LANE_REST] = 1000
};

static volatile sig_atomic_t stop_asked;
static int64_t stop_at; /* monotonic; set once, in main */

static const struct group {
	const char *name; /* of the lease */
	/* Looks before the lease is written, so that a shop in which nothing
	 * happens writes nothing each second; NULL: always. */
	enum rc (*due)(struct run *r, bool *any, struct error *e);
	enum rc (*step)(struct run *r, struct error *e);
	enum rc (*tell)(struct run *r, struct error *e); /* -n */
	/* 0: the lease is given back after each round; otherwise kept, so
	 * that the step is done once in so many seconds, by whoever. */
	int64_t seconds;
	enum lane lane;
} groups[] = {
	{ "payments", payments_due, payments_step, payments_tell, 0,
	    LANE_MONEY },
	{ "parcels", parcels_due, parcels_step, parcels_tell, 0, LANE_PARCELS },
	{ "invoices", invoices_due, invoices_step, invoices_tell, 0,
	    LANE_REST },
	{ "bounces", bounces_due, bounces_step, bounces_tell, 0, LANE_REST },
	{ "mail", mail_due, mail_step, mail_tell, 0, LANE_REST },
	{ "purge", NULL, purge_step, purge_tell, 3600, LANE_REST },
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* What a run came to, for its last line; shared by the lanes, each of which
 * writes its own groups. */
struct sums {
	int64_t done[GROUPS];   /* pieces of work */
	int64_t failed[GROUPS]; /* rounds */
};

struct options {
	const char *file;
	bool dry, verbose, no_leases;
	int64_t wait;
};

static void
on_signal(int sig)
{
	(void)sig;
	stop_asked = 1;
}

static bool
stopping(void)
{
	return stop_asked || (stop_at != 0 && clock_mono_ms() >= stop_at);
}

static void
usage(FILE *out)
{
	(void)fputs("usage: lifecycle [-iv] [-f FILE] [-w SECONDS]\n"
		    "       lifecycle -n [-f FILE]\n"
		    "       lifecycle --version | --help\n",
	    out);
}

/* Returns -1 to go on, or a status to leave with. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longer[] = {
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "f:invw:", longer, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->file = optarg;
			break;
		case 'i':
			o->no_leases = true;
			break;
		case 'n':
			o->dry = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'w':
			if (num_parse(optarg, 1, MAX_WAIT, &o->wait) == RC_OK)
				break;
			(void)fprintf(stderr,
			    "lifecycle: -w takes 1 to %d seconds\n", MAX_WAIT);
			return STATUS_USAGE;
		case 'V':
			(void)printf("lifecycle %s, Landlock ABI %d\n",
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
	if (optind == argc && !(o->dry && o->wait != 0))
		return -1;
	usage(stderr);
	return STATUS_USAGE;
}

/* host:pid:random, so that two processes never think they are the same. */
static enum rc
name_holder(struct lease *l, struct error *e)
{
	char host[33] = "", random[UID_SIZE];
	enum rc rc;

	rc = uid_random(random, e);
	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(l->holder, sizeof(l->holder), "%s:%d:%.8s", host,
	    (int)getpid(), random);
	return rc;
}

/* Nothing can be written but the sales database, nothing run, nobody called
 * but the mail server, gateways and the stock system; all may be read, as a
 * login loads plug-ins. */
static enum rc
enter_jail(const struct settings *s, struct error *e)
{
	char *sales = strdup(s->db_file);
	struct jail j = JAIL_NONE;
	enum rc rc;

	if (sales == NULL)
		return error_set(e, RC_NOMEM, "no memory for the jail");
	jail_path(&j, "/", JAIL_READ);
	jail_path(&j, "/dev/null", JAIL_WRITE);
	if (s->db_engine == ENGINE_SQLITE)
		jail_path(&j, dirname(sales), JAIL_WRITE);
	else
		jail_port(&j, (uint16_t)s->db_port);
	if (s->mail_bounces[0] != '\0')
		jail_path(&j, s->mail_bounces, JAIL_WRITE);
	jail_port(&j, (uint16_t)s->mail_port);
	wiring_needs(s, &j);
	if (s->courier_url[0] != '\0')
		jail_address(&j, s->courier_url);
	rc = jail_enter(&j, e);
	free(sales);
	return rc;
}

enum rc
run_renew(struct run *r, struct error *e)
{
	return r->no_leases ? RC_OK
			    : lease_take(r->db, &r->lease, RUN_LEASE, e);
}

/* Log what failed once, and that it is over. */
static void
tell(struct run *r, const char *name, const struct error *e)
{
	if (e->rc == RC_OK || strcmp(r->said, e->text) == 0)
		return;
	(void)snprintf(r->said, sizeof(r->said), "%s", e->text);
	log_failure(name, e);
}

static enum rc
run_group(struct run *r, const struct group *g)
{
	struct error e = ERROR_NONE, drop = ERROR_NONE;
	bool any = true;
	enum rc rc = RC_OK;

	r->lease.name = g->name;
	r->lease.fence = 0;
	if (g->due != NULL)
		rc = g->due(r, &any, &e);
	if (rc == RC_OK && !any)
		return RC_OK;
	if (rc == RC_OK && !r->no_leases)
		rc = lease_take(r->db, &r->lease,
		    g->seconds != 0 ? g->seconds : RUN_LEASE, &e);
	if (rc == RC_CONFLICT) {
		log_event(LOG_DEBUG, "left to another: %s", e.text);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = g->step(r, &e);
	if (!r->no_leases && g->seconds == 0 && r->lease.fence != 0)
		(void)!lease_drop(r->db, &r->lease, &drop);
	if (rc == RC_CONFLICT)
		return RC_OK; /* taken over, or too busy: next round */
	tell(r, g->name, &e);
	return rc;
}

/* Round after round until time is up; the worst of the last one.  LANES: all
 * groups, once. */
static enum status
run_lane(struct run *r, enum lane lane, struct sums *sums)
{
	int64_t purged = 0, now;
	bool again = lane != LANES;
	enum status status;
	size_t i;

	do {
		status = STATUS_OK;
		now = clock_mono_ms() + 1;
		for (i = 0; i < GROUPS; i++) {
			if (again && groups[i].lane != lane)
				continue;
			if (groups[i].seconds != 0 && purged != 0 &&
			    now - purged < groups[i].seconds * 1000)
				continue;
			if (groups[i].seconds != 0)
				purged = now;
			r->done = 0;
			if (run_group(r, &groups[i]) != RC_OK) {
				status = STATUS_FAILED;
				sums->failed[i]++;
			}
			sums->done[i] += r->done;
		}
		if (again && !stopping())
			clock_sleep_ms(breath_ms[lane]);
	} while (again && !stopping());
	return status;
}

/* -n */
static enum rc
tell_all(struct run *r, struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < GROUPS && rc == RC_OK; i++)
		rc = groups[i].tell(r, e);
	return rc;
}

/* One line a run, if there was anything to say. */
static void
sum_up(const struct run *r, const struct sums *sums, int64_t began)
{
	bool any = r->verbose;
	struct buf b;

	buf_init(&b, LIMIT_LINE);
	for (size_t i = 0; i < GROUPS; i++) {
		buf_printf(&b, " %s=%" PRId64, groups[i].name, sums->done[i]);
		if (sums->failed[i] > 0)
			buf_printf(&b, " %s.failed=%" PRId64, groups[i].name,
			    sums->failed[i]);
		any |= sums->done[i] > 0 || sums->failed[i] > 0;
	}
	if (any && buf_rc(&b) == RC_OK)
		log_event(LOG_INFO, "run over ms=%" PRId64 "%s",
		    clock_mono_ms() - began, buf_str(&b));
	buf_release(&b);
}

/* With a connection of its own, which no process may share. */
static enum status
work(struct run *r, enum lane lane, struct sums *sums, struct error *e)
{
	enum status status = STATUS_FAILED;
	enum rc rc;

	rc = db_open(r->s, DB_WRITE, &r->db, e);
	if (rc == RC_OK)
		rc = name_holder(&r->lease, e);
	if (rc == RC_OK && r->dry)
		rc = tell_all(r, e);
	else if (rc == RC_OK)
		status = run_lane(r, lane, sums);
	if (rc == RC_OK && r->dry)
		status = STATUS_OK;
	wiring_courier_close(&r->courier);
	wiring_close(r->wiring);
	db_close(r->db);
	if (e->rc != RC_OK)
		(void)fprintf(stderr, "lifecycle: %s\n", e->text);
	return status;
}

/* Another lane, which ends when we do, however that comes. */
static pid_t
start_lane(struct run *r, enum lane lane, struct sums *sums)
{
	struct error e = ERROR_NONE;
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(STATUS_OK);
	_exit((int)work(r, lane, sums, &e));
}

/* Whether the other lane has ended well. */
static bool
end_lane(pid_t pid)
{
	int status = 0;

	if (pid < 0)
		return false;
	if (stop_asked)
		(void)kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (stop_asked)
			(void)kill(pid, SIGTERM);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static enum status
work_in_lanes(struct run *r, struct sums *sums, struct error *e)
{
	pid_t others[LANE_REST];
	enum status status;

	for (int i = 0; i < LANE_REST; i++) {
		others[i] = start_lane(r, (enum lane)i, sums);
		if (others[i] < 0)
			(void)fprintf(stderr,
			    "lifecycle: could not start another process\n");
	}
	status = work(r, LANE_REST, sums, e);
	for (int i = 0; i < LANE_REST; i++)
		if (!end_lane(others[i]))
			status = STATUS_FAILED;
	return status;
}

static enum status
run_all(struct run *r, int64_t wait, struct error *e)
{
	int64_t began = clock_mono_ms();
	enum status status;
	struct sums *sums;

	sums = mmap(NULL, sizeof(*sums), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sums == MAP_FAILED) {
		(void)fprintf(stderr, "lifecycle: no memory\n");
		return STATUS_FAILED;
	}
	status =
	    wait != 0 ? work_in_lanes(r, sums, e) : work(r, LANES, sums, e);
	if (!r->dry)
		sum_up(r, sums, began);
	(void)munmap(sums, sizeof(*sums));
	return status;
}

static void
catch_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct error e = ERROR_NONE;
	struct run r = { 0 };
	enum status status;
	struct settings s;
	int left;

	left = read_options(argc, argv, &o);
	if (left >= 0)
		return left;
	log_open("lifecycle", LOG_INFO);
	if (settings_load(&s, o.file, &e) != RC_OK) {
		(void)fprintf(stderr, "lifecycle: %s\n", e.text);
		return STATUS_USAGE;
	}
	log_level_set((enum log_level)s.log_level);
	if (o.wait != 0)
		stop_at = clock_mono_ms() + o.wait * 1000;
	catch_signals();
	post_prepare();
	r.s = &s;
	r.dry = o.dry;
	r.verbose = o.verbose;
	r.no_leases = o.no_leases;
	r.stopping = stopping;
	if (enter_jail(&s, &e) != RC_OK) {
		(void)fprintf(stderr, "lifecycle: %s\n", e.text);
		status = STATUS_FAILED;
	} else {
		status = run_all(&r, o.wait, &e);
	}
	if (fflush(stdout) != 0)
		status = STATUS_FAILED;
	settings_release(&s);
	return (int)status;
}
