/*
 * What a gateway tells by itself, as the shop hears it: who signed it, what it
 * is about, what it asks for.  An ear goes nowhere: the program that takes
 * webhooks links no client.
 *
 *	const struct gateway_ear *ear = ears_find("stripe");
 *
 *	if (ear != NULL && ear->configured(&settings))
 *		rc = ear->hear(&settings, &sent, now, &ev, &headers, &e);
 */
#ifndef PEER_EARS_H
#define PEER_EARS_H

#include "base/buf.h"
#include "base/gateways.h"
#include "base/jail.h"
#include "base/settings.h"

#define EVENT_NAME_SIZE 256
#define EVENT_NAMES 3
#define EVENT_OBJECT 2 /* of these: what the event is of */

enum errand {
	ERRAND_NONE,    /* not our business */
	ERRAND_LOOK,    /* something has changed: the order is due */
	ERRAND_MONEY,   /* the same, and there is money, whatever we thought */
	ERRAND_REFUND,  /* the order's refunds are looked at once more */
	ERRAND_DISPUTE, /* it is looked at, by the object's own name */
	ERRAND_TELL,    /* the journal has it, no more */
	ERRAND_BACK,    /* the same, of a refund that is not known as done */
	ERRAND_PERSON,  /* the journal has it, and a person must look */
};

/* An event as it was understood. */
struct gateway_event {
	char id[EVENT_NAME_SIZE], type[EVENT_NAME_SIZE];
	char why[EVENT_NAME_SIZE];   /* of a decline, a dispute; or "" */
	char order[EVENT_NAME_SIZE]; /* uid, or "" */
	/* of the attempt, the surest first; or "" */
	char names[EVENT_NAMES][EVENT_NAME_SIZE];
	enum errand errand;
	const char *kind; /* in the journal; NULL: it is not told there */
	int64_t at;       /* when it happened; 0: not told */
};

/* What came; all borrowed. */
struct gateway_sent {
	/* By its CGI name; NULL when it was not sent. */
	const char *(*header)(const void *ctx, const char *variable);
	const void *ctx;
	const void *body;
	size_t n;
};

struct gateway_ear {
	const char *name; /* of its gateway */
	bool unsure;      /* hear may not know who sent it: what was stored with
			     headers is still to be proven */
	bool (*configured)(const struct settings *s);
	/* What hear reads; NULL: nothing. */
	void (*needs)(const struct settings *s, struct jail *j);
	/* Check who sent it, over the bytes as they came; out has its id and
	 * type, and what is worth keeping of its headers is appended.
	 * RC_NOTFOUND: that cannot be known without asking, so who is unsure
	 * has a prove in peer/gateways.h.  RC_DENIED, RC_INVALID, RC_TOOBIG: refused. */
	enum rc (*hear)(const struct settings *s,
	    const struct gateway_sent *sent, int64_t now,
	    struct gateway_event *out, struct buf *headers, struct error *e);
	/* Understand the stored bytes; RC_INVALID: they are no event. */
	enum rc (*read)(const void *body, size_t n, struct gateway_event *out,
	    struct error *e);
};

#define EAR_DECLARE_SILENT(name)
#define EAR_DECLARE_TELLS(name)                                                \
	extern const struct gateway_ear gateway_ear_##name;
#define EAR_DECLARE(name, paid, witness, tells) EAR_DECLARE_##tells(name)
GATEWAYS(EAR_DECLARE)

/* NULL past the last. */
const struct gateway_ear *ears_at(size_t i);
/* The one of this gateway; NULL: there is none. */
const struct gateway_ear *ears_find(const char *name);

/* What a type of event asks for. */
struct ear_meaning {
	const char *type;
	enum errand errand;
	const char *kind;
};
/* Fill in what ev->type asks for. */
void ears_mean(
    struct gateway_event *ev, const struct ear_meaning *each, size_t n);

#endif
