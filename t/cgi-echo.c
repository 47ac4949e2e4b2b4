/*
 * A CGI program for cgi-loop.t and cgi-apache.t: each route shows one thing that the loop in
 * cgi-bin/cgi.c does.  It needs no database.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cgi-bin/cgi.h"
#include "web/cookie.h"

static enum rc
echo(struct visit *v, struct error *e)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "OTHER" };
	struct buf *b = &v->r->body;

	(void)e;
	buf_printf(b, "method=%s\npath=%s\nquery=%s\ncookie=%s\n",
	    methods[v->q->method], buf_str(&v->q->path), buf_str(&v->q->query),
	    buf_str(&v->q->cookie));
	buf_printf(b,
	    "tail=%s\ndb=%s\nbody=%zu:", v->tail == NULL ? "" : v->tail,
	    v->db == NULL ? "none" : "open", v->q->body.len);
	buf_put(b, buf_str(&v->q->body), v->q->body.len);
	buf_puts(b, "\n");
	return RC_OK;
}

/* /fail/N: half a page, then rc number N. */
static enum rc
fail(struct visit *v, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = num_parse(v->tail, 0, RC_COUNT - 1, &n);
	if (rc != RC_OK)
		return error_set(e, rc, "no such rc");
	buf_puts(&v->r->body, "half a page");
	reply_header(v->r, "X-Half", "yes");
	v->r->cache = CACHE_PUBLIC;
	if (n == RC_OK)
		return RC_OK;
	return error_set(e, (enum rc)n, "told to fail\nas \"%s\"", v->tail);
}

static enum rc public(struct visit *v, struct error *e) {
	v->r->cache = CACHE_PUBLIC; return echo(v, e);
}

static enum rc
inject(struct visit *v, struct error *e)
{
	(void)e;
	reply_header(v->r, "X-Tail", v->tail);
	reply_header(v->r, "X-Evil", "a\r\nSet-Cookie: stolen=1");
	return RC_OK;
}

static enum rc
redirect(struct visit *v, struct error *e)
{
	struct url u;

	(void)e;
	url_init(&u, "/tail/");
	url_path(&u, v->tail == NULL ? "there" : v->tail);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

static enum rc
big(struct visit *v, struct error *e)
{
	int64_t n = 0, i;
	enum rc rc;

	rc = num_parse(v->tail, 0, INT64_C(1) << 30, &n);
	if (rc != RC_OK)
		return error_set(e, rc, "no such size");
	for (i = 0; i < n; i++)
		buf_putc(&v->r->body, (char)('a' + i % 26));
	return RC_OK;
}

static enum rc
large(struct visit *v, struct error *e)
{
	v->tail = "1000000";
	return big(v, e);
}

/* What a program that was broken into could still do. */
static enum rc
jail(struct visit *v, struct error *e)
{
	int fd;

	(void)e;
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	buf_printf(&v->r->body, "open: %s\n", fd < 0 ? strerror(errno) : "yes");
	if (fd >= 0)
		close(fd);
	execl("/bin/true", "true", (char *)NULL);
	buf_printf(&v->r->body, "exec: %s\n", strerror(errno));
	return RC_OK;
}

static enum rc
pid(struct visit *v, struct error *e)
{
	(void)e;
	buf_printf(&v->r->body, "pid=%d\n", (int)getpid());
	return RC_OK;
}

/* Fails as told, to show that a plain page takes its place. */
static enum rc
branded(struct visit *v, int status, struct error *e)
{
	if (strstr(buf_str(&v->q->query), "broken") != NULL)
		return error_set(e, RC_NOMEM, "branded page is broken");
	buf_printf(&v->r->body, "branded %d %s db=%s\n", status, v->q->id,
	    v->db == NULL ? "none" : "open");
	return RC_OK;
}

int
main(void)
{
	static const struct route routes[] = {
		{ "/", ON_GET | ON_NO_DB, echo },
		{ "/echo", ON_GET | ON_POST | ON_NO_DB, echo },
		{ "/post", ON_POST | ON_NO_DB, echo },
		{ "/foreign", ON_POST | ON_FOREIGN | ON_NO_DB, echo },
		{ "/basket", ON_POST | ON_NO_DB, echo },
		{ "/hat/", ON_GET | ON_TAIL | ON_NO_DB, echo },
		{ "/page/redirect", ON_GET | ON_NO_DB, redirect },
		{ "/page/large", ON_GET | ON_NO_DB, large },
		{ "/both", ON_GET | ON_NO_DB, echo },
		{ "/both", ON_POST | ON_NO_DB, echo },
		{ "/tail/", ON_GET | ON_TAIL | ON_NO_DB, echo },
		{ "/fail/", ON_GET | ON_TAIL | ON_NO_DB, fail },
		{ "/inject/", ON_GET | ON_TAIL | ON_NO_DB, inject },
		{ "/redirect/", ON_GET | ON_TAIL | ON_NO_DB, redirect },
		{ "/big/", ON_GET | ON_TAIL | ON_NO_DB, big },
		{ "/public", ON_GET | ON_NO_DB, public },
		{ "/jail", ON_GET | ON_NO_DB, jail },
		{ "/pid", ON_GET | ON_NO_DB, pid },
		{ "/db", ON_GET, echo },
	};

	return cgi_main("cgi-echo", DB_READ, routes,
	    sizeof(routes) / sizeof(routes[0]), branded);
}
