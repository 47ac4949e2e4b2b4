/*
 * /health, for load balancers and monitors: 200 and "ok", or 503 and what is
 * wrong.  A mirror that is stale is said but stays 200: the pages still work,
 * and taking every web host out of service would not make the stock system
 * answer (design, "Stale data does not sell").
 */
#include "config.h"

#include <inttypes.h>

#include "cgi-bin/cgi.h"
#include "shop/mirror.h"

static void
put_mirror(struct visit *v, const struct mirror *m)
{
	struct buf *b = &v->r->body;

	if (m->confirmed_at == 0)
		buf_puts(b, "mirror: never filled\n");
	else if (m->partial)
		buf_puts(b, "mirror: a publication is under way\n");
	else if (v->now - m->confirmed_at > v->settings->stock_stale_after)
		buf_printf(b, "mirror: stale, confirmed %" PRId64 " s ago\n",
		    v->now - m->confirmed_at);
	else
		buf_printf(b, "mirror: confirmed %" PRId64 " s ago\n",
		    v->now - m->confirmed_at);
}

/* Details name files and hosts: they are in the log, not on the page. */
static void
database_down(struct visit *v, enum rc why)
{
	reply_status(v->r, 503);
	buf_reset(&v->r->body);
	buf_puts(&v->r->body, "not ok\n");
	if (why == RC_INVALID)
		buf_puts(&v->r->body, "database: schema of another version\n");
	else if (why == RC_NOTFOUND)
		buf_puts(&v->r->body, "database: not made yet\n");
	else
		buf_puts(&v->r->body, "database: not reachable\n");
}

static enum rc
health(struct visit *v, struct error *e)
{
	struct mirror m;
	enum rc rc;

	v->r->type = "text/plain; charset=utf-8";
	if (v->db == NULL) {
		database_down(v, v->db_error->rc);
		return RC_OK;
	}
	rc = mirror_read(v->db, &m, e);
	if (rc == RC_NOTFOUND) {
		buf_puts(&v->r->body, "ok\nmirror: never filled\n");
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	buf_puts(&v->r->body, "ok\n");
	put_mirror(v, &m);
	return RC_OK;
}

int
main(void)
{
	static const struct route routes[] = {
		{ "/health", ON_GET | ON_NO_DB, health },
	};

	return cgi_main("health", DB_READ, routes,
	    sizeof(routes) / sizeof(routes[0]), NULL);
}
