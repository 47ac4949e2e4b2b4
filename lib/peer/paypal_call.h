/*
 * Calls to PayPal with its access token; for lib/peer/paypal*.c only.
 *
 *	struct paypal_call c = { .method = "POST", .path = path, … };
 *
 *	rc = paypal_call(pp, &c, reply, &e);
 *
 * The token is kept in a file of pp->folder for all processes of this machine
 * until shortly before it ends; when it is not taken any more another is
 * fetched once and the call repeated.
 */
#ifndef PEER_PAYPAL_CALL_H
#define PEER_PAYPAL_CALL_H

#include "peer/paypal.h"

struct paypal_call {
	const char *method, *path;
	const char *key; /* PayPal-Request-Id, or NULL */
	const void *body;
	size_t n;
};

/* RC_IO: no whole answer came, or no token could be had.  reply->body is the
 * caller's. */
enum rc paypal_call(const struct paypal *pp, const struct paypal_call *c,
    struct gateway_reply *reply, struct error *e) CHECKED;

/*** What its files share ***/

struct jdoc;
struct json_t;

/* "12.34" with its currency; NULL, which fails what it becomes part of, when
 * there is no memory. */
struct json_t *paypal_amount(int64_t minor, const char *currency);
/* Append it; takes over what is passed. */
enum rc paypal_put_json(
    struct buf *b, struct json_t *o, struct error *e) CHECKED;
/* The amount of an object; 0 when it is none. */
int64_t paypal_read_amount(const struct jdoc *d, char currency[4]);

/* Refunds (paypal_refund.c). */
enum rc paypal_put_refund(const struct gateway_job *job, struct buf *path,
    struct buf *request, struct error *e) CHECKED;
void paypal_read_refund(const struct jdoc *d, struct gateway_answer *out);
enum rc paypal_look_refund(const struct gateway *g,
    const struct gateway_job *job, struct gateway_answer *out,
    struct error *e) CHECKED;

/* Disputes (paypal_dispute.c). */
enum rc paypal_look_dispute(const struct gateway *g, const char *object,
    struct gateway_dispute *out, struct error *e) CHECKED;
/* RFC 3339 in UTC, with or without a fraction. */
bool paypal_read_time(const char *s, int64_t *out);
/* The amount of one of an object's members, as paypal_read_amount. */
int64_t paypal_read_money(
    const struct jdoc *d, const char *member, char currency[4]);

/* Its list (paypal_list.c). */
enum rc paypal_ledger(const struct gateway *g, int64_t since, gateway_put *put,
    void *ctx, struct error *e) CHECKED;

/* The file that holds the certificate of an address, for struct kept. */
#define PAYPAL_CERT_SIZE 80
void paypal_cert_name(const char *url, char out[PAYPAL_CERT_SIZE]);

#endif
