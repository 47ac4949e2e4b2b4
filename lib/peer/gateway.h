/*
 * A payment gateway as the shop sees it.  A further one is a file that fills
 * this struct and a line in base/gateways.h; nothing else that pays knows which
 * there are.
 *
 *	rc = g->prepare(g, GATEWAY_CAPTURE, &job, &path, &request, &e);
 *	…path and request are stored with a key, committed…
 *	rc = g->send(g, GATEWAY_CAPTURE, path, key, request, n, &reply, &e);
 *	rc = g->read(g, GATEWAY_CAPTURE, &reply, &answer, &e);
 *
 * prepare and read are pure: what leaves can be stored before, and what came is
 * understood again from the stored bytes.  Only send and look go out; not
 * inside a unit or view (the caller asserts).
 */
#ifndef PEER_GATEWAY_H
#define PEER_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define GATEWAY_OBJECT_SIZE 256
#define GATEWAY_PAGE_SIZE 2001
#define GATEWAY_LINES 50

enum gateway_action {
	GATEWAY_CREATE,    /* a page to pay on */
	GATEWAY_AUTHORISE, /* reserve; gateways whose page does it have none */
	GATEWAY_CAPTURE,
	GATEWAY_VOID,
	GATEWAY_EXPIRE, /* end the page before it is paid */
	GATEWAY_REFUND, /* give back what was captured, or a part of it */
	GATEWAY_ACTIONS,
};
/* "create", …; borrowed, a literal. */
const char *gateway_action_name(enum gateway_action action);

struct gateway_line {
	const char *name;
	int64_t qty, price; /* each, tax included */
};

/* Where it goes; "" is none. */
struct gateway_place {
	const char *name, *line1, *line2, *town, *region, *postcode;
	const char *country; /* ISO 3166-1 alpha-2 */
};

/* What a call is about; all borrowed. */
struct gateway_job {
	const char *order, *attempt; /* uids: never the order's number */
	int64_t amount;              /* minor units */
	const char *currency;        /* ISO 4217, upper case */
	const char *email, *return_url, *cancel_url;
	const char *delivery_name;
	int64_t delivery; /* its price */
	struct gateway_place to;
	struct gateway_line lines[GATEWAY_LINES];
	size_t n;
	int64_t expires_at;
	const char *checkout_object, *payment_object; /* "": not known */
	const char *refund;        /* our name for it, one an order */
	const char *refund_object; /* the gateway's; "": not known */
	int64_t refund_amount;
};

struct gateway_reply {
	int64_t status;  /* of HTTP */
	bool final;      /* the same bytes again would get the same again */
	struct buf body; /* owned by who made the struct */
};

enum gateway_news {
	NEWS_OPEN,     /* nobody has paid yet */
	NEWS_APPROVED, /* the customer has agreed; GATEWAY_AUTHORISE is due */
	NEWS_WAITS,    /* the gateway is at it: look again */
	NEWS_AUTHORISED,
	NEWS_CAPTURED,
	NEWS_VOIDED,
	NEWS_FAILED,   /* for good */
	NEWS_EXPIRED,  /* the page is closed, unpaid */
	NEWS_REFUNDED, /* of a refund, which may also be NEWS_WAITS or _FAILED */
	NEWS_REFUSED,  /* of a call: it was not done; look at the object */
	NEWS_AGAIN,    /* of a call: it may or may not be done; the same bytes
			 with the same key, later */
};

struct gateway_answer {
	enum gateway_news news;
	int64_t amount, captured;
	int64_t refunded; /* of it, when a payment that was looked at is told */
	char currency[4];
	char order[GATEWAY_OBJECT_SIZE]; /* the uid it was given, "" if none */
	char attempt[GATEWAY_OBJECT_SIZE]; /* the same; not each gateway's */
	char checkout_object[GATEWAY_OBJECT_SIZE];
	char payment_object[GATEWAY_OBJECT_SIZE];
	char refund_object[GATEWAY_OBJECT_SIZE];
	char page[GATEWAY_PAGE_SIZE];
	char method[GATEWAY_OBJECT_SIZE]; /* "card ending 4242" */
	char why[GATEWAY_OBJECT_SIZE];    /* for people, when it went wrong */
};

/* What a customer's bank, or the gateway for a customer, asks back. */
enum gateway_dispute_news {
	DISPUTE_WARNS,    /* the bank warns of fraud: nothing is taken yet */
	DISPUTE_OPEN,     /* the shop is to answer by due_at */
	DISPUTE_ANSWERED, /* others decide */
	DISPUTE_WON,      /* over: the money is ours */
	DISPUTE_LOST,     /* over: `amount` of it is gone */
};

struct gateway_dispute {
	enum gateway_dispute_news news;
	bool warning;   /* no dispute: DISPUTE_WARNS, or over and WON */
	int64_t amount; /* minor units; 0: not told */
	int64_t due_at; /* 0: not told */
	char currency[4];
	char object[GATEWAY_OBJECT_SIZE];
	char
	    payment[GATEWAY_OBJECT_SIZE]; /* the payment object that it is of */
	char attempt[GATEWAY_OBJECT_SIZE]; /* the uid it was given, or "" */
	char reason[GATEWAY_OBJECT_SIZE];  /* the gateway's word for it */
};

typedef enum rc gateway_put(
    void *ctx, const struct gateway_answer *one, struct error *e);

struct gateway {
	const char *name;    /* as it is stored: "stripe" */
	int64_t key_seconds; /* how long the same key means the same call */
	bool authorises;     /* money is reserved by GATEWAY_AUTHORISE, never
			    without; the page needs no GATEWAY_EXPIRE */
	void *ctx;           /* the gateway's own */

	enum rc (*prepare)(const struct gateway *g, enum gateway_action action,
	    const struct gateway_job *job, struct buf *path,
	    struct buf *request, struct error *e);
	/* RC_IO: no whole answer came; what it did is not known. */
	enum rc (*send)(const struct gateway *g, const char *path,
	    const char *key, const void *request, size_t n,
	    struct gateway_reply *reply, struct error *e);
	/* RC_INVALID: not understood; counts as NEWS_AGAIN. */
	enum rc (*read)(const struct gateway *g, enum gateway_action action,
	    const struct gateway_reply *reply, struct gateway_answer *out,
	    struct error *e);
	/* What has become of it.  RC_NOTFOUND: the gateway does not know it. */
	enum rc (*look)(const struct gateway *g, const struct gateway_job *job,
	    struct gateway_answer *out, struct error *e);
	/* What has become of a refund: by the gateway's name for it, or by ours.
	 * RC_NOTFOUND: it was never made.  NULL: this gateway refunds by hand. */
	enum rc (*look_refund)(const struct gateway *g,
	    const struct gateway_job *job, struct gateway_answer *out,
	    struct error *e);
	/* What a dispute or a warning is now, by the gateway's name for it.
	 * RC_NOTFOUND: there is none.  NULL: this gateway has none. */
	enum rc (*look_dispute)(const struct gateway *g, const char *object,
	    struct gateway_dispute *out, struct error *e);
	/* Seconds that its list reaches back; it then tells what has happened,
	 * so what is now is to be asked for.  0: all of time, as it is now. */
	int64_t ledger_reach;
	/* Call put for each payment that was begun since then, whosever.  NULL:
	 * this gateway has no such list, and is to be asked for each one. */
	enum rc (*ledger)(const struct gateway *g, int64_t since,
	    gateway_put *put, void *ctx, struct error *e);
};

#endif
