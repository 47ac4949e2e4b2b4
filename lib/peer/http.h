/*
 * One GET from somewhere that need not be friendly.
 *
 *	static const char *const types[] = { "image/", NULL };
 *	struct http_get get = {
 *		.url = "https://stock.example/pictures/fez.png",
 *		.types = types,
 *	};
 *	struct buf body;
 *
 *	buf_init(&body, LIMIT_PICTURE_BYTES);
 *	rc = http_get(&get, &body, &e);
 *
 * What is bounded: the body (by the buffer's ceiling), the time, the redirects
 * (HTTP_REDIRECTS, never from https to http), and the address: loopback,
 * private, link-local and other addresses that are not public are refused
 * unless they are asked for, at the moment of connecting, so neither a
 * redirect nor a name server can lead inside.  TLS is always verified.  No
 * proxy, cookie, user name or compressed body.
 *
 * Not inside a unit or view of the sales database.
 */
#ifndef PEER_HTTP_H
#define PEER_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"

#define HTTP_REDIRECTS 3
#define HTTP_CONNECT_MS 5000
#define HTTP_TOTAL_MS 30000

struct http_get {
	const char *url;          /* http:// or https:// */
	const char *const *types; /* how Content-Type may begin, NULL at the
				     end; NULL: any */
	const char *ca_file;      /* NULL: the system's authorities */
	int64_t total_ms;         /* 0: HTTP_TOTAL_MS */
	bool private_too;         /* addresses that are not public, too */
};

/*
 * Append the body of a 200 to out.  RC_NOTFOUND 404 or 410; RC_INVALID no
 * address of the kind; RC_DENIED refused by us (address, type, redirect,
 * certificate) or by the server (4xx); RC_TOOBIG; RC_IO what may work later:
 * no connection, time out, 408, 429, 5xx; RC_NOMEM.  After a failure out is as
 * before, or failed itself (RC_TOOBIG, RC_NOMEM).
 */
enum rc http_get(
    const struct http_get *get, struct buf *out, struct error *e) CHECKED;

/* Whether an address is one of the public internet (IANA's special-purpose
 * registries of IPv4 and IPv6). */
bool http_public(const struct sockaddr *sa);

/* Append s as one segment of a path: everything but RFC 3986's unreserved
 * characters as %HH. */
void http_escape(struct buf *b, const char *s);

/* Append the host of an address, in lower case, and its port when it is not
 * the scheme's: what two addresses of one server have in common.  RC_INVALID
 * when it is no address of the kind. */
enum rc http_origin(struct buf *b, const char *url) CHECKED;

#endif
