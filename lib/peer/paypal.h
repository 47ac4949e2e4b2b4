/*
 * PayPal Orders v2, intent AUTHORIZE: the customer agrees on PayPal's page, our
 * own call reserves the money, another takes it.
 *
 *	struct paypal pp = { .base = "https://api-m.paypal.com",
 *		.client_id = …, .secret = …, .folder = "/var/lib/hatshop/run",
 *		.brand = "Funny Hats" };
 *	struct gateway g;
 *
 *	paypal_gateway(&pp, &g);
 *
 * Facts: PayPal's OpenAPI files checkout_orders_v2, payments_payment_v2 and
 * notifications_webhooks_v1.
 */
#ifndef PEER_PAYPAL_H
#define PEER_PAYPAL_H

#include "base/token.h"
#include "peer/gateway.h"

struct exchange_pool;
struct settings;

struct paypal {
	const char *base; /* origin, no slash at its end */
	const char *client_id, *secret;
	const char *ca_file;        /* "": the system's authorities */
	const char *folder;         /* where the access token is kept */
	const char *brand;          /* what PayPal's page calls the shop */
	struct exchange_pool *pool; /* borrowed */
};

/* pp is borrowed for as long as the gateway lives. */
void paypal_gateway(struct paypal *pp, struct gateway *out);

/* The sum of the lines and the delivery: the one place that computes what
 * PayPal checks as the break-down.  RC_TOOBIG when it is no sum. */
enum rc paypal_sum(const struct gateway_job *job, int64_t *goods,
    int64_t *total, struct error *e) CHECKED;

/*** Webhooks: paypal_hook.c, which goes nowhere ***/

/* What came with an event; all borrowed, NULL when it was not there. */
struct paypal_sent {
	const char *id;       /* PAYPAL-TRANSMISSION-ID */
	const char *time;     /* PAYPAL-TRANSMISSION-TIME */
	const char *sig;      /* PAYPAL-TRANSMISSION-SIG */
	const char *cert_url; /* PAYPAL-CERT-URL */
	const char *algo;     /* PAYPAL-AUTH-ALGO */
	const void *body;
	size_t n;
};

/* Whom to believe. */
struct paypal_trust {
	const char *base;    /* decides whose certificates count */
	const char *ca_file; /* "": the system's authorities */
	/* of the webhook, as PayPal named it; NULL or "": none.  Never from the
	 * request. */
	const char *webhook_ids[2];
};

#define PAYPAL_SIMULATOR "WEBHOOK_ID" /* whose events have this one */
#define PAYPAL_AGE (4 * 86400)        /* seconds: PayPal tries for 3 days */

/* Whether a certificate may be fetched from there and counts: TLS, a host of
 * PayPal's (of the sandbox when base is the sandbox's), its folder. */
bool paypal_cert_ours(const char *base, const char *url);

/* Append the certificate that was fetched from there (PEM).  RC_NOTFOUND: not
 * yet, or long ago. */
enum rc paypal_cert_kept(const char *folder, const char *url, int64_t now,
    struct buf *pem, struct error *e) CHECKED;

/* Whether it could be one at all: shape, algorithm, address of the certificate,
 * time.  RC_DENIED. */
enum rc paypal_sent_well(const struct paypal_sent *sent, const char *base,
    int64_t now, struct error *e) CHECKED;

/* Its headers as one line, and what such a line was made of: text is cut to
 * pieces that sent borrows, false when it is none. */
void paypal_sent_put(struct buf *b, const struct paypal_sent *sent);
bool paypal_sent_get(char *text, struct paypal_sent *sent);

/*
 * Check the signature over the body's bytes as they came.  RC_DENIED: malformed,
 * old, or not PayPal's.  RC_INVALID: the certificate does not count (it may be
 * that PayPal has changed it: ask PayPal).
 */
enum rc paypal_signed(const struct paypal_sent *sent, const struct buf *pem,
    const struct paypal_trust *trust, int64_t now, struct error *e) CHECKED;

bool paypal_configured(const struct settings *s);
/* As it is configured; borrows from s. */
struct paypal_trust paypal_trusts(const struct settings *s);

#define PAYPAL_NAME_SIZE 256

/* What an event is about.  Unknown types are fine: whoever reads looks at the
 * object itself. */
struct paypal_event {
	char id[PAYPAL_NAME_SIZE], type[PAYPAL_NAME_SIZE];
	char order[PAYPAL_NAME_SIZE];    /* our uid, "" when it has none */
	char attempt[PAYPAL_NAME_SIZE];  /* the same */
	char object[PAYPAL_NAME_SIZE];   /* PayPal's name for what it is of */
	char checkout[PAYPAL_NAME_SIZE]; /* PayPal's order, or "" */
};

/* RC_INVALID when it is no event. */
enum rc paypal_event(const void *body, size_t n, struct paypal_event *out,
    struct error *e) CHECKED;

/*** The list of its events: paypal_list.c ***/

#define PAYPAL_LIST_SECONDS (30 * 86400) /* that it reaches back */
#define PAYPAL_TOLD_SIZE 64

enum paypal_told_kind {
	PAYPAL_TOLD_RESERVED,
	PAYPAL_TOLD_LET_GO,
	PAYPAL_TOLD_TAKEN,
	PAYPAL_TOLD_BACK,
};

/* An event of a payment that has our uids. */
struct paypal_told {
	enum paypal_told_kind kind;
	char order[UID_SIZE], attempt[UID_SIZE];
	char checkout[PAYPAL_TOLD_SIZE]; /* PayPal's order, or "" */
	char object[PAYPAL_TOLD_SIZE];   /* PayPal's name for the payment */
	char of[PAYPAL_TOLD_SIZE];       /* the capture of a refund, or "" */
	char currency[4];
	int64_t amount;
};

struct paypal_list {
	struct paypal_told *each; /* owned */
	size_t n, room;
};

/* Add what a page says; next is where the list goes on, "" at its end.
 * RC_INVALID when it is no page, or goes on at another place. */
enum rc paypal_list_page(struct paypal_list *l, const void *body, size_t n,
    struct buf *next, struct error *e) CHECKED;
/* Call put once for each payment of what was added; sorts the list. */
enum rc paypal_list_put(struct paypal_list *l, gateway_put *put, void *ctx,
    struct error *e) CHECKED;
void paypal_list_release(struct paypal_list *l);

/*** Webhooks: paypal_ask.c, which asks PayPal ***/

/* Fetch the certificate and keep it; RC_DENIED when paypal_cert_ours says no,
 * RC_IO when it cannot be had now. */
enum rc paypal_cert_fetch(const struct paypal *pp, const char *url, int64_t now,
    struct buf *pem, struct error *e) CHECKED;

/* Ask PayPal whether it is genuine, when its certificate cannot be had or does
 * not count.  RC_DENIED: it says no; RC_IO: it cannot say now. */
enum rc paypal_confirms(const struct paypal *pp, const char *webhook_id,
    const struct paypal_sent *sent, struct error *e) CHECKED;

/* Whether PayPal sent what was stored unproven: by its certificate, fetched if
 * need be, or by asking.  As prove of peer/gateways.h; headers is cut. */
enum rc paypal_prove(const struct gateway *g, const struct settings *s,
    char *headers, const void *body, size_t n, int64_t now,
    struct error *e) CHECKED;

#endif
