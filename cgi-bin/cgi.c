#include "config.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/num.h"
#include "cgi-bin/cgi.h"

/* Leak checkers want the teardown that visitors should not wait for. */
#define TEARDOWN JAIL_ASAN

#define DRAIN_BYTES (1024 * 1024) /* the most that site.conf lets through */
#define DRAIN_MS 2000
#define RETRY_AFTER "5" /* seconds; a failover takes longer, a lock less */

/* What one process knows from its start to its end. */
struct program {
	enum db_mode mode;
	const struct route *routes;
	size_t nroutes;
	cgi_error_page *error_page;
	cgi_needs *needs; /* or NULL */
	const char *conf; /* borrowed; path of the configuration file */
	struct timespec conf_time;
	bool configured; /* settings are there */
	struct settings settings;
	char pictures[256]; /* where they are when not here, for the policy */
	struct db *db;      /* owned; NULL: not open */
	struct error down;  /* why there is no db, or nothing at all */
};

/*** The two sources of requests ***/

/* ctx of these two is a count of the bytes that were read. */
static const char *
env_var(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static ssize_t
stdin_read(void *ctx, void *p, size_t n)
{
	int64_t *count = ctx;
	ssize_t got;

	do
		got = read(STDIN_FILENO, p, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		*count += got;
	return got;
}

/*
 * Read what is left of a body that nobody wanted.  Under mod_cgid standard
 * input and output are one socket: closing it with bytes unread resets the
 * connection, and the reply is lost with it.  Bounded in size and time, for
 * other servers need not say where a body ends.
 */
static void
drain_stdin(int64_t count)
{
	const char *chunked = getenv("HTTP_TRANSFER_ENCODING");
	struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };
	int64_t left = 0, ms, until = clock_mono_ms() + DRAIN_MS;
	char piece[4096];
	ssize_t n;

	if (chunked != NULL || num_parse(getenv("CONTENT_LENGTH"), 0,
				   DRAIN_BYTES, &left) == RC_TOOBIG)
		left = DRAIN_BYTES;
	for (left -= count; left > 0; left -= n) {
		ms = until - clock_mono_ms();
		if (ms <= 0 || poll(&pfd, 1, (int)ms) <= 0)
			return;
		n = stdin_read(&count, piece,
		    left < (int64_t)sizeof(piece) ? (size_t)left
						  : sizeof(piece));
		if (n <= 0)
			return;
	}
}

static const char *
fcgi_var(void *ctx, const char *name)
{
	const FCGX_Request *fcgi = ctx;

	return FCGX_GetParam(name, fcgi->envp);
}

static ssize_t
fcgi_read(void *ctx, void *p, size_t n)
{
	const FCGX_Request *fcgi = ctx;

	assert(n <= INT32_MAX);
	return FCGX_GetStr(p, (int)n, fcgi->in);
}

/*** Start ***/

/* CSP3 section 2.3.1: scheme and host of an address, "" for a path of ours. */
static void
origin_of(const char *base, char *out, size_t size)
{
	const char *host = strstr(base, "://"), *end;

	out[0] = '\0';
	if (host == NULL)
		return;
	end = strchr(host + 3, '/');
	if (end == NULL)
		end = base + strlen(base);
	if ((size_t)(end - base) < size)
		snprintf(out, size, "%.*s", (int)(end - base), base);
}

static void
configure(struct program *p, const char *name)
{
	struct stat st;

	log_open(name, LOG_INFO);
	p->conf = getenv("HATSHOP_CONF");
	if (p->conf == NULL)
		p->conf = SHOP_SYSCONFDIR "/shop.conf";
	if (stat(p->conf, &st) == 0)
		p->conf_time = st.st_mtim;
	if (settings_load(&p->settings, p->conf, &p->down) != RC_OK) {
		log_failure("could not read the configuration", &p->down);
		return;
	}
	p->configured = true;
	origin_of(
	    p->settings.pictures_base_url, p->pictures, sizeof(p->pictures));
	log_level_set((enum log_level)p->settings.log_level);
}

static void
open_db(struct program *p)
{
	error_clear(&p->down);
	if (db_open(&p->settings, p->mode, &p->db, &p->down) == RC_OK)
		return;
	p->db = NULL;
	log_failure("could not open the sales database", &p->down);
}

/* The folder of a path, for the files that SQLite makes beside its own. */
static void
folder_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL || n >= size)
		snprintf(out, size, "%s", slash == NULL ? "." : path);
	else
		snprintf(out, size, "%.*s", n == 0 ? 1 : (int)n, path);
}

/* What a page still needs: the database, and the editable text pages. */
static enum rc
lock_up(const struct program *p, bool fcgi, struct error *e)
{
	const struct settings *s = &p->settings;
	struct jail j = JAIL_NONE;
	char folder[4096];

	if (s->db_engine == ENGINE_SQLITE) {
		folder_of(s->db_file, folder, sizeof(folder));
		jail_path(&j, folder, JAIL_WRITE);
	} else if (fcgi) {
		/* To connect again: plugins, names, CA. */
		jail_path(&j, "/usr/lib", JAIL_READ);
		jail_path(&j, "/etc/hosts", JAIL_READ);
		jail_path(&j, "/etc/nsswitch.conf", JAIL_READ);
		jail_path(&j, "/etc/resolv.conf", JAIL_READ);
		if (*s->db_ca != '\0')
			jail_path(&j, s->db_ca, JAIL_READ);
		jail_port(&j, (uint16_t)s->db_port);
	}
	jail_path(&j, s->shop_pages, JAIL_READ);
	if (p->needs != NULL)
		p->needs(s, &j);
	if (TEARDOWN)
		jail_path(&j, "/proc", JAIL_READ);
	/* A process that serves many may take any time in all. */
	j.cpu_seconds = fcgi ? 0 : 20;
	j.memory_bytes = INT64_C(1) << 30;
	return jail_enter(&j, e);
}

static bool
conf_changed(const struct program *p)
{
	struct stat st;

	return stat(p->conf, &st) != 0 ||
	       st.st_mtim.tv_sec != p->conf_time.tv_sec ||
	       st.st_mtim.tv_nsec != p->conf_time.tv_nsec;
}

/*** One request ***/

/* The route for path and method, or NULL; *allowed is what the path takes. */
static const struct route *
find_route(const struct program *p, struct visit *v, unsigned *allowed)
{
	const struct route *r, *found = NULL;
	unsigned method = 0;
	const char *tail;

	if (v->q->method == METHOD_GET || v->q->method == METHOD_HEAD)
		method = ON_GET;
	else if (v->q->method == METHOD_POST)
		method = ON_POST;
	*allowed = 0;
	for (r = p->routes; r < p->routes + p->nroutes; r++) {
		tail = NULL;
		if ((r->on & ON_TAIL) != 0
			? !request_tail(v->q, r->path, &tail)
			: strcmp(r->path, buf_str(&v->q->path)) != 0)
			continue;
		*allowed |= r->on & (ON_GET | ON_POST);
		if (found == NULL && (r->on & method) != 0) {
			found = r;
			v->tail = tail;
		}
	}
	return found;
}

static void
put_allow(struct reply *r, unsigned allowed)
{
	static const char *const names[] = {
		[ON_GET] = "GET, HEAD",
		[ON_POST] = "POST",
		[ON_GET | ON_POST] = "GET, HEAD, POST",
	};

	reply_header(r, "Allow", names[allowed]);
}

static int
status_of(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return 200;
	case RC_NOTFOUND:
		return 404;
	case RC_DB:
	case RC_IO:
	case RC_CONFLICT:
		return 503;
	case RC_INVALID:
	case RC_DENIED:
	case RC_TOOBIG:
	case RC_NOMEM:
	case RC_UNCERTAIN:
		break;
	}
	return 500;
}

/* What the request is refused with before any handler sees it, or 0. */
static int
refusal(const struct program *p, const struct visit *v,
    const struct route *route, unsigned allowed)
{
	if (!p->configured)
		return 500;
	if (allowed == 0)
		return 404;
	if (route == NULL)
		return 405;
	if (v->q->method == METHOD_POST && (route->on & ON_RAW) == 0) {
		if ((route->on & ON_FOREIGN) == 0 &&
		    !request_own_origin(v->q, p->settings.shop_url))
			return 403;
		if (v->q->body.len > LIMIT_BODY)
			return 413;
		if (v->q->body.len > 0 && !request_is_form(v->q))
			return 415;
	}
	if (v->db == NULL && (route->on & ON_NO_DB) == 0)
		return 503;
	return 0;
}

/* Throw away what there is and put the error page in its place. */
static void
fail(const struct program *p, struct visit *v, int status, unsigned allowed)
{
	struct error e = ERROR_NONE;
	enum rc rc = RC_NOTFOUND;

	reply_reset(v->r);
	reply_status(v->r, status);
	reply_header(v->r, "X-Request-Id", v->q->id);
	if (status == 405)
		put_allow(v->r, allowed);
	if (status == 503)
		reply_header(v->r, "Retry-After", RETRY_AFTER);
	if (status >= 500)
		v->db = NULL;
	if (p->error_page != NULL && p->configured)
		rc = p->error_page(v, status, &e);
	if (p->error_page == NULL) { /* no browser asks it */
		v->r->type = "text/plain; charset=utf-8";
		buf_printf(&v->r->body, "%d, request %s\n", status, v->q->id);
		rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = reply_seal(v->r, &e);
	if (rc == RC_OK)
		return;
	if (e.rc != RC_OK)
		log_failure("could not build the error page", &e);
	reply_plain(v->r, status, v->q->id);
}

static void
finish(const struct program *p, struct visit *v, const struct route *route,
    enum rc rc, struct error *e)
{
	if (rc == RC_OK) {
		if (v->r->cache == CACHE_PUBLIC && v->q->cookie.len > 0)
			v->r->cache = CACHE_NONE;
		reply_header(v->r, "X-Request-Id", v->q->id);
		rc = reply_seal(v->r, e);
		if (rc == RC_OK)
			return;
	}
	if (rc != RC_NOTFOUND) {
		error_prefix(e, "%s",
		    (route->on & ON_SECRET) != 0 ? route->path
						 : buf_str(&v->q->path));
		log_failure("could not answer", e);
	}
	fail(p, v, status_of(rc), 0);
}

struct handling {
	struct visit *v;
	cgi_handler *handler;
};

static enum rc
handle(struct db *db, void *ctx, struct error *e)
{
	struct handling *h = ctx;

	(void)db;
	reply_reset(h->v->r);
	return h->handler(h->v, e);
}

/* A page that only reads does it in one view: what it says is of one moment,
 * and SQLite takes its locks once. */
static enum rc
run_handler(const struct program *p, struct visit *v, cgi_handler *handler,
    struct error *e)
{
	struct handling h = { v, handler };

	if (v->db == NULL || p->mode != DB_READ)
		return handler(v, e);
	return db_view(v->db, handle, &h, e);
}

/* On TLS, but never for localhost: it would hold for every other server there. */
static bool
wants_hsts(const char *url)
{
	static const char scheme[] = "https://", host[] = "localhost";

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	url += sizeof(scheme) - 1;
	return strncmp(url, host, sizeof(host) - 1) != 0 ||
	       strchr(":/", url[sizeof(host) - 1]) == NULL;
}

/* The largest body that any of its routes takes. */
static size_t
largest_body(const struct program *p)
{
	for (size_t i = 0; i < p->nroutes; i++)
		if ((p->routes[i].on & ON_RAW) != 0)
			return LIMIT_HOOK;
	return LIMIT_BODY;
}

/* From the request to the bytes that answer it. */
static void
answer(struct program *p, struct request *q, struct reply *r,
    const struct request_source *src)
{
	struct error e = ERROR_NONE;
	struct visit v = { 0 };
	const struct route *route;
	unsigned allowed = 0;
	int status;
	enum rc rc;

	v.settings = p->configured ? &p->settings : NULL;
	v.db = p->db;
	v.db_error = p->db == NULL ? &p->down : NULL;
	v.q = q;
	v.r = r;
	v.now = clock_now();
	r->img_origin = p->pictures;
	r->form_origins = NULL;
	r->https = p->configured && wants_hsts(p->settings.shop_url);
	rc = request_read_up_to(q, src, largest_body(p), &e);
	log_request(q->id);
	r->head = q->method == METHOD_HEAD;
	if (rc != RC_OK) {
		log_event(LOG_INFO, "refused a request status=%d: %s",
		    q->status, e.text);
		fail(p, &v, q->status, 0);
		return;
	}
	route = find_route(p, &v, &allowed);
	r->secret_address = route != NULL && (route->on & ON_SECRET) != 0;
	status = refusal(p, &v, route, allowed);
	if (status != 0) {
		if (status >= 500) /* now with the request's number */
			log_failure("could not answer", &p->down);
		fail(p, &v, status, allowed);
		return;
	}
	rc = run_handler(p, &v, route->handler, &e);
	finish(p, &v, route, rc, &e);
	if (rc == RC_DB) {
		db_close(p->db);
		p->db = NULL;
	}
}

/*** Both loops ***/

static int
send_all(const char *s, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDOUT_FILENO, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return 1;
		s += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
serve_one(struct program *p)
{
	int64_t count = 0;
	struct request_source src = { env_var, stdin_read, &count };
	struct request q;
	struct reply r;
	const char *bytes;
	size_t n;
	int status;

	reply_init(&r);
	answer(p, &q, &r, &src);
	drain_stdin(count);
	bytes = reply_bytes(&r, &n);
	status = send_all(bytes, n);
	if (!TEARDOWN)
		_exit(status);
	request_release(&q);
	reply_release(&r);
	return status;
}

static void
on_term(int sig)
{
	(void)sig;
	FCGX_ShutdownPending();
}

static void
catch_term(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_term;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
}

static int
serve_many(struct program *p)
{
	struct request_source src = { fcgi_var, fcgi_read, NULL };
	FCGX_Request fcgi;
	struct request q;
	struct reply r;
	const char *bytes;
	size_t n;
	bool more = true;

	if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi, STDIN_FILENO,
				    FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		return 1;
	catch_term();
	src.ctx = &fcgi;
	reply_init(&r);
	while (more && FCGX_Accept_r(&fcgi) == 0) {
		if (p->configured && p->db == NULL)
			open_db(p);
		reply_reset(&r);
		answer(p, &q, &r, &src);
		bytes = reply_bytes(&r, &n);
		FCGX_PutStr(bytes, (int)n, fcgi.out);
		FCGX_Finish_r(&fcgi);
		request_release(&q);
		log_request(NULL);
		more = !conf_changed(p);
	}
	FCGX_Free(&fcgi, 1);
	reply_release(&r);
	return 0;
}

/* FastCGI, chapter 2.2: standard input is a listening socket. */
static bool
is_fcgi(void)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(STDIN_FILENO, (struct sockaddr *)&peer, &len) != 0 &&
	       errno == ENOTCONN;
}

int
cgi_main(const char *program, enum db_mode mode, const struct route *routes,
    size_t nroutes, cgi_error_page *error_page)
{
	return cgi_main_calling(
	    program, mode, routes, nroutes, error_page, NULL);
}

int
cgi_main_calling(const char *program, enum db_mode mode,
    const struct route *routes, size_t nroutes, cgi_error_page *error_page,
    cgi_needs *needs)
{
	struct program p = { .mode = mode,
		.routes = routes,
		.nroutes = nroutes,
		.error_page = error_page,
		.needs = needs };
	bool fcgi = is_fcgi();
	int status;

	configure(&p, program);
	if (p.configured) {
		open_db(&p);
		if (lock_up(&p, fcgi, &p.down) != RC_OK) {
			/* Rather no page than one outside the jail. */
			log_failure("could not drop rights", &p.down);
			p.configured = false;
		}
	}
	status = fcgi ? serve_many(&p) : serve_one(&p);
	db_close(p.db);
	if (p.configured)
		settings_release(&p.settings);
	return status;
}
