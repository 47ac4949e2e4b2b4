#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "base/token.h"
#include "peer/b64.h"
#include "peer/exchange.h"
#include "peer/http.h"
#include "peer/oauth.h"

#define FORM_SIZE (16 * 1024)
#define DAY INT64_C(86400)

/*** Addresses ***/

void
oauth_page(struct oauth_page *p, const char *address)
{
	p->address = address;
	p->n = 0;
}

void
oauth_arg(struct oauth_page *p, const char *name, const char *value)
{
	assert(p->n < OAUTH_ARGS);
	p->args[p->n].name = name;
	p->args[p->n].value = value;
	p->n++;
}

void
oauth_put_args(struct buf *b, const struct oauth_page *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (i > 0)
			buf_putc(b, '&');
		buf_puts(b, p->args[i].name);
		buf_putc(b, '=');
		http_escape(b, p->args[i].value);
	}
}

void
oauth_challenge(const char *verifier, char out[OAUTH_CHALLENGE_SIZE])
{
	uint8_t hash[HASH_BYTES];
	struct buf b;

	hash_bytes(verifier, strlen(verifier), hash);
	buf_init(&b, OAUTH_CHALLENGE_SIZE);
	b64_put(&b, hash, sizeof(hash));
	(void)snprintf(out, OAUTH_CHALLENGE_SIZE, "%s", buf_str(&b));
	buf_release(&b);
}

/*** People ***/

void
oauth_describe(struct oauth_person *p, const char *email, const char *name)
{
	size_t n;

	if (email != NULL && text_line(email, strlen(email)) &&
	    strlen(email) < sizeof(p->email))
		memcpy(p->email, email, strlen(email) + 1);
	if (name == NULL || !text_line(name, strlen(name)))
		return;
	n = text_clip(name, strlen(name), sizeof(p->name) - 1);
	memcpy(p->name, name, n);
	p->name[n] = '\0';
}

bool
oauth_subject(struct oauth_person *p, const char *subject)
{
	size_t i, n = subject == NULL ? 0 : strlen(subject);

	if (n == 0 || n >= sizeof(p->subject))
		return false;
	for (i = 0; i < n; i++)
		if (subject[i] <= ' ' || subject[i] > '~')
			return false;
	memcpy(p->subject, subject, n + 1);
	return true;
}

/*** Calls ***/

/* RFC 9111 section 5.2.2: seconds of "max-age=", 0 when it is not there. */
static int64_t
max_age_of(const struct exchange *x)
{
	struct buf b;
	int64_t seconds = 0;
	const char *at;

	buf_init(&b, EXCHANGE_HEAD);
	if (exchange_answer(x, "Cache-Control", &b) == RC_OK &&
	    strcasestr(buf_str(&b), "no-store") == NULL &&
	    (at = strcasestr(buf_str(&b), "max-age=")) != NULL &&
	    num_parse_n(at + 8, strspn(at + 8, "0123456789"), 0, DAY,
		&seconds) == RC_TOOBIG)
		seconds = DAY;
	buf_release(&b);
	return seconds;
}

static void
build(struct exchange *x, struct buf *form, const struct oauth_page *p,
    const struct oauth_call *call)
{
	char bearer[EXCHANGE_HEAD / 2];

	x->name = call->what;
	x->total_ms = call->until - clock_mono_ms();
	if (x->total_ms < 1)
		x->total_ms = 1;
	if (x->connect_ms > x->total_ms)
		x->connect_ms = x->total_ms;
	buf_puts(&x->url, p->address);
	oauth_put_args(form, p);
	if (call->post) {
		exchange_header(
		    x, "Content-Type", "application/x-www-form-urlencoded");
		x->body = buf_str(form);
		x->nbody = form->len;
	} else if (p->n > 0) {
		buf_putc(&x->url, '?');
		buf_puts(&x->url, buf_str(form));
	}
	exchange_header(x, "Accept", "application/json");
	if (call->bearer == NULL)
		return;
	if (strlen(call->bearer) + 8 > sizeof(bearer)) {
		buf_fail(&x->headers, RC_TOOBIG);
		return;
	}
	(void)snprintf(bearer, sizeof(bearer), "Bearer %s", call->bearer);
	exchange_header(x, "Authorization", bearer);
	explicit_bzero(bearer, sizeof(bearer));
}

static enum rc
read_answer(const struct exchange *x, const char *what, struct jdoc *answer,
    struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = jdoc_read(answer, buf_str(&x->out), x->out.len, &why);
	if (rc == RC_OK)
		return RC_OK;
	return error_set(e, rc == RC_NOMEM ? rc : RC_IO,
	    "%s was answered with %ld and %s", what, x->status, why.text);
}

enum rc
oauth_ask(const struct oauth_page *p, const struct oauth_call *call,
    long *status, struct jdoc *answer, int64_t *max_age, struct error *e)
{
	struct exchange_pool *pool = NULL;
	struct exchange x;
	struct buf form;
	enum rc rc;

	answer->root = NULL;
	*status = 0;
	exchange_init(
	    &x, call->post ? "POST" : "GET", EXCHANGE_SITE, LIMIT_JSON);
	buf_init(&form, FORM_SIZE);
	build(&x, &form, p, call);
	rc = buf_rc(&form);
	if (rc == RC_OK)
		rc = exchange_pool_new(&pool, e);
	if (rc == RC_OK) {
		exchange_run(pool, &x, 1, 1);
		rc = x.rc;
		if (rc != RC_OK)
			rc = error_set(
			    e, rc == RC_NOMEM ? rc : RC_IO, "%s", x.e.text);
	}
	if (rc == RC_OK) {
		*status = x.status;
		if (max_age != NULL)
			*max_age = max_age_of(&x);
		rc = read_answer(&x, call->what, answer, e);
	}
	exchange_pool_free(pool);
	if (form.s != NULL)
		explicit_bzero(form.s, form.cap);
	buf_release(&form);
	exchange_release(&x);
	return rc;
}
