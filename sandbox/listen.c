/*
 * A stand-in without a web server, for tests that start and kill it: one process
 * that listens, WORKERS that answer one request after the other, and one that
 * does its work.  HTTP/1.1 as far as libcurl and the tests speak it, one
 * request a connection.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "sandbox/box_impl.h"

#define WORKERS 24 /* some may be asleep on purpose */
#define HEAD 16384
#define VARS 60
#define WAIT_SECONDS 30
#define BIND_MS 5000
#define LINGER_SECONDS 5

struct peer {
	int fd;
	char head[HEAD + 1];
	size_t body, len; /* where the body begins, and what came */
	struct {
		char name[64];
		const char *value;
	} vars[VARS];
	size_t n;
};

struct server {
	const char *name;
	const struct box_route *routes;
	size_t n;
	box_handler *work;
	int fd;
	struct box *b; /* as box_begin made it */
};

/*** A request as CGI has it ***/

static void
put_var(struct peer *p, const char *prefix, const char *name, const char *value)
{
	char *out = p->vars[p->n].name;
	size_t i;

	if (p->n == VARS)
		return;
	(void)snprintf(out, sizeof(p->vars[0].name), "%s%s", prefix, name);
	for (i = 0; out[i] != '\0'; i++) {
		if (out[i] >= 'a' && out[i] <= 'z')
			out[i] = (char)(out[i] - 'a' + 'A');
		else if (out[i] == '-')
			out[i] = '_';
	}
	p->vars[p->n++].value = value;
}

static const char *
var(void *ctx, const char *name)
{
	const struct peer *p = ctx;

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->vars[i].name, name) == 0)
			return p->vars[i].value;
	return NULL;
}

static ssize_t
body(void *ctx, void *out, size_t n)
{
	struct peer *p = ctx;

	if (p->body == p->len)
		return recv(p->fd, out, n, 0);
	if (n > p->len - p->body)
		n = p->len - p->body;
	memcpy(out, p->head + p->body, n);
	p->body += n;
	return (ssize_t)n;
}

/* Up to the empty line. */
static bool
receive(struct peer *p)
{
	char *end = NULL;
	ssize_t n;

	while (end == NULL && p->len < HEAD) {
		n = recv(p->fd, p->head + p->len, HEAD - p->len, 0);
		if (n <= 0)
			return false;
		p->len += (size_t)n;
		p->head[p->len] = '\0';
		end = strstr(p->head, "\r\n\r\n");
	}
	if (end == NULL)
		return false;
	end[2] = '\0';
	p->body = (size_t)(end - p->head) + 4;
	return true;
}

/* "METHOD TARGET HTTP/1.1", then "Name: value". */
static bool
understand(struct peer *p)
{
	char *line = p->head, *next, *value, *query;

	next = strstr(line, "\r\n");
	value = strchr(line, ' ');
	if (next == NULL || value == NULL || value > next)
		return false;
	*next = *value++ = '\0';
	put_var(p, "", "REQUEST_METHOD", line);
	value[strcspn(value, " ")] = '\0';
	put_var(p, "", "REQUEST_URI", value);
	query = strchr(value, '?');
	put_var(p, "", "QUERY_STRING", query == NULL ? "" : query + 1);
	put_var(p, "", "REMOTE_ADDR", "127.0.0.1");
	for (line = next + 2; *line != '\0'; line = next + 2) {
		next = strstr(line, "\r\n");
		value = strchr(line, ':');
		if (value == NULL || value > next)
			return false;
		*next = *value++ = '\0';
		value += strspn(value, " \t");
		put_var(p, strncasecmp(line, "content-", 8) == 0 ? "" : "HTTP_",
		    line, value);
	}
	return true;
}

static void
send_all(int fd, const char *s, size_t n)
{
	ssize_t done;

	for (; n > 0; s += done, n -= (size_t)done) {
		done = send(fd, s, n, MSG_NOSIGNAL);
		if (done <= 0)
			return;
	}
}

static void
serve(const struct server *s, struct peer *p)
{
	const struct request_source src = { var, body, p };
	struct box b = *s->b;
	const char *bytes;
	size_t n, first;

	if (!receive(p) || !understand(p))
		return;
	if (var(p, "HTTP_EXPECT") != NULL)
		send_all(p->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	b.src = &src;
	b.now = clock_now();
	bytes = box_answer(&b, s->name, s->routes, s->n, &n);
	/* "Status: 200 OK" */
	first = strcspn(bytes, "\r");
	if (first > 8 && first < n) {
		send_all(p->fd, "HTTP/1.1 ", 9);
		send_all(p->fd, bytes + 8, first - 8);
		send_all(p->fd, "\r\nConnection: close", 19);
		send_all(p->fd, bytes + first, n - first);
	}
	box_end(&b);
}

/* Not before the peer has sent all: who closes while something is unread resets
 * the connection, and the answer may be lost with it. */
static void
hang_up(struct peer *p)
{
	const struct timeval wait = { LINGER_SECONDS, 0 };

	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)shutdown(p->fd, SHUT_WR);
	while (recv(p->fd, p->head, HEAD, 0) > 0)
		;
	(void)close(p->fd);
}

/*** Processes ***/

static void
worker(const struct server *s)
{
	const struct timeval wait = { WAIT_SECONDS, 0 };
	const int one = 1;
	struct peer *p = calloc(1, sizeof(*p));

	while (p != NULL) {
		memset(p, 0, sizeof(*p));
		p->fd = accept(s->fd, NULL, NULL);
		if (p->fd < 0) {
			if (errno != EINTR && errno != ECONNABORTED)
				clock_sleep_ms(10);
			continue;
		}
		(void)setsockopt(
		    p->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		(void)setsockopt(
		    p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		serve(s, p);
		hang_up(p);
	}
}

/* A child that ends with us, however that is. */
static pid_t
begin(const struct server *s, bool works)
{
	pid_t parent = getpid(), child = fork();
	struct error e = ERROR_NONE;

	if (child != 0)
		return child;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (!works)
		worker(s);
	else if (s->work(s->b, &e) != RC_OK)
		log_failure("could not go on", &e);
	_exit(1);
}

/* Who has died is replaced, but not in a hurry. */
static int
keep(const struct server *s)
{
	pid_t child, work;
	size_t i;

	work = begin(s, true);
	for (i = 0; i < WORKERS; i++)
		(void)begin(s, false);
	for (;;) {
		child = wait(NULL);
		if (child < 0 && errno != EINTR)
			return 1;
		if (child <= 0)
			continue;
		if (access(s->b->folder, F_OK) != 0)
			return 0;
		clock_sleep_ms(100);
		if (child == work)
			work = begin(s, true);
		else
			(void)begin(s, false);
	}
}

/* The children of one that was killed just now may not be gone yet. */
static int
bind_soon(int fd, const struct sockaddr_in *at)
{
	int64_t end = clock_mono_ms() + BIND_MS;
	int rc;

	do {
		rc = bind(fd, (const struct sockaddr *)at, sizeof(*at));
		if (rc == 0 || errno != EADDRINUSE)
			return rc;
		clock_sleep_ms(20);
	} while (clock_mono_ms() < end);
	return rc;
}

static int
bound(const char *port, int *number)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	const int one = 1;
	int64_t n;
	int fd;

	if (num_parse(port, 0, 65535, &n) != RC_OK)
		return -1;
	at.sin_port = htons((uint16_t)n);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind_soon(fd, &at) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		(void)close(fd);
		return -1;
	}
	*number = ntohs(at.sin_port);
	return fd;
}

int
box_listen(const char *name, box_addresses *addresses,
    const struct box_route *routes, size_t n, const char *port,
    box_handler *work)
{
	struct server s = { name, routes, n, work, -1, NULL };
	struct settings settings;
	int number = 0, rc;
	struct box b;

	/* before the rights are gone */
	s.fd = bound(port, &number);
	if (!box_begin(&b, &settings, name, addresses, 0))
		return 1;
	s.b = &b;
	if (s.fd < 0) {
		log_event(LOG_ERROR, "could not listen: port=%s", port);
		rc = 1;
	} else {
		(void)printf("up %d\n", number);
		(void)fflush(stdout);
		rc = keep(&s);
	}
	settings_release(&settings);
	return rc;
}
