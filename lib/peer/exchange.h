/*
 * Requests to a service that the configuration names: any method, our headers,
 * several at once over connections that stay open.
 *
 *	struct exchange x;
 *
 *	exchange_init(&x, "PUT", EXCHANGE_SITE, 65536);
 *	buf_puts(&x.url, "https://s3.example/hats/ab12");
 *	exchange_header(&x, "Content-Type", "image/webp");
 *	exchange_run(pool, &x, 1, 1);
 *	if (x.rc == RC_OK && x.status == 200)
 *		…
 *	exchange_release(&x);
 *
 * What is bounded: the answer's body and head, the time, the addresses.
 * Nothing is redirected, no proxy is used, TLS is always verified, the URL's
 * path is sent as it is.
 *
 * Not inside a unit or view of the sales database.
 */
#ifndef PEER_EXCHANGE_H
#define PEER_EXCHANGE_H

#include <stdint.h>

#include "base/buf.h"

#define EXCHANGE_HEAD (16 * 1024) /* of an answer, and of a request */
#define EXCHANGE_CONNECT_MS 5000
#define EXCHANGE_TOTAL_MS 60000

/* Which addresses may be connected to. */
enum exchange_reach {
	EXCHANGE_SITE,    /* all but those of this link: the metadata of a
			     cloud's machine are not for every request */
	EXCHANGE_METADATA /* those of this link and of this machine only */
};

struct exchange {
	/* the request */
	const char *method; /* borrowed */
	enum exchange_reach reach;
	struct buf url;
	struct buf headers; /* lines */
	const void *body;   /* borrowed; NULL: none */
	size_t nbody;
	const char *ca_file; /* borrowed; NULL or "": the system's */
	const char *name;    /* borrowed; what messages call it when the URL
				holds a secret; NULL: the URL */
	int64_t connect_ms, total_ms;

	/* the answer, of any status */
	enum rc rc; /* RC_OK: there is one; RC_IO, RC_DENIED, RC_TOOBIG,
		       RC_NOMEM, RC_INVALID */
	struct error e;
	long status;
	struct buf head, out;
};

/* max is the ceiling of the answer's body. */
void exchange_init(struct exchange *x, const char *method,
    enum exchange_reach reach, size_t max);

/* Free all; what may be a secret is overwritten first. */
void exchange_release(struct exchange *x);

/* Add a header of the request: neither part has a control byte (assert). */
void exchange_header(struct exchange *x, const char *name, const char *value);

/* Append the value of a header of the answer.  RC_NOTFOUND. */
enum rc exchange_answer(
    const struct exchange *x, const char *name, struct buf *value) CHECKED;

/* Connections kept from one run to the next, to be used with one reach only: an
 * address is looked at when it is connected to. */
struct exchange_pool;
enum rc exchange_pool_new(struct exchange_pool **out, struct error *e) CHECKED;
void exchange_pool_free(struct exchange_pool *p); /* NULL is fine */

/* Run all of them, at most parallel at once; each has its rc and e after. */
void exchange_run(
    struct exchange_pool *p, struct exchange *x, size_t n, size_t parallel);

#endif
