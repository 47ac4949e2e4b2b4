/*
 * The outside world in a box: what the programs that play a provider of logins
 * share.  They speak the real wire formats, are strict, keep what they know in
 * files of $HATSHOP_SANDBOX, and misbehave when they are asked to.
 *
 *	static const struct box_route routes[] = {
 *		{ "/token", METHOD_POST, token },
 *	};
 *
 *	int
 *	main(void)
 *	{
 *		return box_main("google", own_addresses, routes, N_ROUTES);
 *	}
 *
 * They serve this machine only, and only a shop whose configuration names
 * addresses of this machine in their place: else they refuse to start.
 */
#ifndef SANDBOX_BOX_H
#define SANDBOX_BOX_H

#include "base/settings.h"
#include "markup/html.h"
#include "peer/jdoc.h"
#include "web/form.h"
#include "web/reply.h"
#include "web/request.h"

#define BOX_ADDRESSES 3
#define BOX_STARS 2
#define BOX_KEY 65 /* of what is stored, with its NUL */

struct json_t;

struct box {
	const struct settings *settings;
	const char *folder; /* what is stored */
	const struct request_source *src;
	struct buf shops; /* where forms may lead to, for the policy */
	struct request q;
	struct reply r;
	int64_t now;
	const char *star[BOX_STARS]; /* the segments that the route's "*" are */
	char stars[512];
	bool cut; /* the answer is to break off in its middle */
	/* of box_page: */
	struct html h;
};

typedef enum rc box_handler(struct box *b, struct error *e);

struct box_route {
	const char *path; /* below /sandbox/NAME; "/VERSION/…": that of the
			     configured version of the Graph API; a segment
			     "*": any; "**" at the end: the rest */
	enum method method;
	box_handler *handler;
};

/* The addresses of the configuration that the program stands for. */
typedef void box_addresses(
    const struct settings *s, const char *out[BOX_ADDRESSES]);

int box_main(const char *name, box_addresses *addresses,
    const struct box_route *routes, size_t n);

/* Not a request: work, with the same rights and no end but its own. */
int box_work(const char *name, box_addresses *addresses, box_handler *work);

/* Without a web server: serve 127.0.0.1:port (0: any) and do the work as well,
 * until the process is ended; its children end with it.  Says "up PORT". */
int box_listen(const char *name, box_addresses *addresses,
    const struct box_route *routes, size_t n, const char *port,
    box_handler *work);

/* A header of the request, as CGI names it ("HTTP_AUTHORIZATION"); NULL. */
const char *box_var(const struct box *b, const char *name);

/*** Answers ***/

/* JSON; takes over what is passed. */
enum rc box_json(
    struct box *b, int status, struct json_t *body, struct error *e) CHECKED;

/* A page up to its heading, and its end. */
void box_page(struct box *b, int status, const char *title);
enum rc box_page_end(struct box *b, struct error *e) CHECKED;

/* A page that says why the browser is not sent back. */
enum rc box_refuse(struct box *b, const char *why, struct error *e) CHECKED;

/* To an address outside, which was checked. */
void box_redirect(struct box *b, const struct buf *address);

/* Append "?name=value" or "&name=value", encoded. */
void box_arg(struct buf *address, const char *name, const char *value);

/* One labelled field, and one choice of n {word, meaning}, in an open form. */
void box_field(
    struct box *b, const char *name, const char *label, const char *value);
struct box_choice {
	const char *word, *meaning;
};
void box_choices(struct box *b, const char *name, const char *label,
    const struct box_choice *choices, size_t n);

/*** What it knows ***/

/* Whether a redirect address is registered: one of the shops of the file
 * "shops" (an origin a line), followed by path. */
bool box_registered(const struct box *b, const char *address, const char *path);
/* The first of the shops. */
enum rc box_shop(const struct box *b, struct buf *out, struct error *e) CHECKED;

/* Store something under a new random key; takes over what is passed. */
enum rc box_store(struct box *b, const char *kind, struct json_t *what,
    char key[BOX_KEY], struct error *e) CHECKED;
/* RC_NOTFOUND: no such key, or it was used up. */
enum rc box_look(const struct box *b, const char *kind, const char *key,
    struct jdoc *out, struct error *e) CHECKED;
/* Whether the caller is the one, of any number at once, that uses it up. */
bool box_use(const struct box *b, const char *kind, const char *key);

/* Waits longer than any shop does. */
void box_sleep(void);

#endif
