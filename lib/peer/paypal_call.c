#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "peer/exchange.h"
#include "peer/jdoc.h"
#include "peer/kept.h"
#include "peer/paypal_call.h"

#define TOTAL_MS 20000  /* a call with all that it needs */
#define TOKEN_EARLY 300 /* seconds before its end that a token is not used */
#define TOKEN_SIZE_MAX 4096

static void
wipe(struct buf *b)
{
	if (b->s != NULL)
		explicit_bzero(b->s, b->cap);
	buf_release(b);
}

/* One request; what is left of the time is its limit. */
static void
run(const struct paypal *pp, struct exchange *x, int64_t until)
{
	x->ca_file = pp->ca_file;
	x->total_ms = until - clock_mono_ms();
	if (x->total_ms < 1)
		x->total_ms = 1;
	exchange_run(pp->pool, x, 1, 1);
}

/*** The token ***/

/* RFC 7617; RFC 6749 section 2.3.1. */
static enum rc
put_basic(struct exchange *x, const struct paypal *pp)
{
	unsigned char coded[1500];
	struct buf plain, value;
	enum rc rc;

	buf_init(&plain, 1000);
	buf_init(&value, 1600);
	buf_printf(&plain, "%s:%s", pp->client_id, pp->secret);
	rc = buf_rc(&plain);
	if (rc == RC_OK) {
		(void)EVP_EncodeBlock(coded,
		    (const unsigned char *)buf_str(&plain), (int)plain.len);
		buf_printf(&value, "Basic %s", (const char *)coded);
		exchange_header(x, "Authorization", buf_str(&value));
		explicit_bzero(coded, sizeof(coded));
	}
	wipe(&plain);
	wipe(&value);
	return rc;
}

static enum rc
read_token(const struct exchange *x, struct buf *token, int64_t *seconds,
    struct error *e)
{
	struct error why = ERROR_NONE;
	const char *text = NULL;
	struct jdoc d;
	enum rc rc;

	rc = jdoc_read(&d, buf_str(&x->out), x->out.len, &why);
	if (rc == RC_OK)
		text = jdoc_text(&d, "access_token");
	/* it becomes a header */
	if (text != NULL && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~+/=") != strlen(text))
		text = NULL;
	if (x->status == 200 && text != NULL) {
		if (!jdoc_whole(&d, "expires_in", seconds))
			*seconds = 0;
		buf_puts(token, text);
		rc = buf_rc(token);
	} else {
		text = rc == RC_OK ? jdoc_text(&d, "error") : NULL;
		rc = error_set(e, RC_IO,
		    "PayPal gives no access token: %ld \"%.60s\"", x->status,
		    text == NULL ? "" : text);
	}
	jdoc_release(&d);
	return rc;
}

static enum rc
fetch_token(const struct paypal *pp, const struct kept *k, int64_t until,
    struct buf *token, struct error *e)
{
	static const char form[] = "grant_type=client_credentials";
	struct error note = ERROR_NONE;
	int64_t seconds = 0, now = clock_now();
	struct exchange x;
	enum rc rc;

	exchange_init(&x, "POST", EXCHANGE_SITE, LIMIT_JSON);
	buf_printf(&x.url, "%s/v1/oauth2/token", pp->base);
	rc = put_basic(&x, pp);
	exchange_header(&x, "Accept", "application/json");
	exchange_header(
	    &x, "Content-Type", "application/x-www-form-urlencoded");
	x.body = form;
	x.nbody = sizeof(form) - 1;
	if (rc == RC_OK) {
		run(pp, &x, until);
		rc =
		    x.rc == RC_OK ? RC_OK : error_set(e, RC_IO, "%s", x.e.text);
	}
	if (rc == RC_OK)
		rc = read_token(&x, token, &seconds, e);
	/* without the file each call fetches one: slower, no more */
	if (rc == RC_OK && seconds > TOKEN_EARLY)
		(void)(kept_put(k, now, now + seconds - TOKEN_EARLY, token,
			   &note) == RC_OK);
	exchange_release(&x);
	return rc;
}

/*** A call ***/

static enum rc
call_once(const struct paypal *pp, const struct paypal_call *c,
    const char *token, int64_t until, struct gateway_reply *reply,
    struct error *e)
{
	struct exchange x;
	struct buf bearer;
	enum rc rc;

	exchange_init(&x, c->method, EXCHANGE_SITE, LIMIT_CALL);
	buf_printf(&x.url, "%s%s", pp->base, c->path);
	buf_init(&bearer, TOKEN_SIZE_MAX + 16);
	buf_printf(&bearer, "Bearer %s", token);
	exchange_header(&x, "Authorization", buf_str(&bearer));
	exchange_header(&x, "Accept", "application/json");
	exchange_header(&x, "Prefer", "return=representation");
	if (c->key != NULL)
		exchange_header(&x, "PayPal-Request-Id", c->key);
	if (c->n > 0) {
		exchange_header(&x, "Content-Type", "application/json");
		x.body = c->body;
		x.nbody = c->n;
	}
	rc = buf_rc(&bearer);
	if (rc == RC_OK) {
		run(pp, &x, until);
		rc = x.rc == RC_OK || x.rc == RC_NOMEM ? x.rc : RC_IO;
		if (rc != RC_OK)
			(void)error_set(e, rc, "%s", x.e.text);
	}
	if (rc == RC_OK) {
		reply->status = x.status;
		reply->final = false;
		buf_reset(&reply->body);
		buf_put(&reply->body, buf_str(&x.out), x.out.len);
		rc = buf_rc(&reply->body);
	}
	wipe(&bearer);
	exchange_release(&x);
	return rc;
}

enum rc
paypal_call(const struct paypal *pp, const struct paypal_call *c,
    struct gateway_reply *reply, struct error *e)
{
	int64_t at, until = clock_mono_ms() + TOTAL_MS;
	struct kept k = { pp->folder, "paypal-token", NULL };
	struct buf token, source;
	bool fresh = false;
	enum rc rc;

	buf_init(&token, TOKEN_SIZE_MAX);
	buf_init(&source, LIMIT_URL);
	buf_printf(&source, "%s %s", pp->base, pp->client_id);
	rc = buf_rc(&source);
	k.source = buf_str(&source);
	if (rc == RC_OK)
		rc = kept_get(&k, clock_now(), &token, &at, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		fresh = true;
		rc = fetch_token(pp, &k, until, &token, e);
	}
	if (rc == RC_OK)
		rc = call_once(pp, c, buf_str(&token), until, reply, e);
	/* it was taken back before its time */
	if (rc == RC_OK && reply->status == 401 && !fresh) {
		buf_reset(&token);
		rc = fetch_token(pp, &k, until, &token, e);
		if (rc == RC_OK)
			rc = call_once(pp, c, buf_str(&token), until, reply, e);
	}
	wipe(&token);
	buf_release(&source);
	return rc;
}
