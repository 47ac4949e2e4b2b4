/*
 * What logging in elsewhere (OAuth 2.0, RFC 6749) is made of, whoever the
 * provider is: where the browser is sent, the calls behind its back, and the
 * person that comes of it.
 *
 *	struct oauth_page there;
 *
 *	oauth_page(&there, "https://accounts.example/auth");
 *	oauth_arg(&there, "state", state);
 *
 * No call is made twice: a code works once, so after an unclear answer the
 * login begins anew.
 */
#ifndef PEER_OAUTH_H
#define PEER_OAUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "peer/jdoc.h"

#define OAUTH_ARGS 12
#define OAUTH_TOTAL_MS 9000 /* all calls of one login: a shopper waits */
#define OAUTH_SUBJECT 256
#define OAUTH_EMAIL 255
#define OAUTH_NAME 201

/* An address with arguments not yet encoded; all is borrowed. */
struct oauth_page {
	const char *address;
	size_t n;
	struct {
		const char *name, *value;
	} args[OAUTH_ARGS];
};

void oauth_page(struct oauth_page *p, const char *address);
/* More than OAUTH_ARGS is a broken promise (assert). */
void oauth_arg(struct oauth_page *p, const char *name, const char *value);
/* Append the arguments, encoded, as a query or a form. */
void oauth_put_args(struct buf *b, const struct oauth_page *p);

/* RFC 7636: BASE64URL(SHA256(verifier)), 43 characters. */
#define OAUTH_CHALLENGE_SIZE 44
void oauth_challenge(const char *verifier, char out[OAUTH_CHALLENGE_SIZE]);

/* Who came.  Nothing in it can break a line. */
struct oauth_person {
	char subject[OAUTH_SUBJECT]; /* the provider's name for them */
	char email[OAUTH_EMAIL];     /* "" when there is none */
	bool email_proven;           /* the provider says it is theirs */
	char name[OAUTH_NAME];       /* "" when there is none */
};

/* Take over what fits; *p was zeroed.  An address or a name that is no clean
 * line is as if there were none. */
void oauth_describe(
    struct oauth_person *p, const char *email, const char *name);
/* 1 to 255 characters of printable ASCII (OIDC Core section 2, "sub"). */
bool oauth_subject(struct oauth_person *p, const char *subject);

struct oauth_call {
	const char *what;   /* "the token of Google", for messages: never the
			       address, which may hold a secret */
	const char *bearer; /* sent as Authorization, or NULL */
	int64_t until;      /* clock_mono_ms() at which to give up */
	bool post;          /* the arguments as a form; else as a query */
};

/*
 * Ask p and read the JSON that comes, whatever its status.  RC_IO: slow,
 * broken, gone; RC_NOMEM.  *answer needs no initialisation and is safe to
 * release after a failure.  max_age, when not NULL: how many seconds it may be
 * kept (Cache-Control), at most a day; 0: not said.
 */
enum rc oauth_ask(const struct oauth_page *p, const struct oauth_call *call,
    long *status, struct jdoc *answer, int64_t *max_age,
    struct error *e) CHECKED;

#endif
