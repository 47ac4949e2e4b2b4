#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/limits.h"
#include "peer/b64.h"
#include "peer/facebook.h"

#define REQUEST_SIZE 8192
#define REQUEST_AGE 3600 /* seconds; what it asks for may be done twice */
#define SLACK 60         /* seconds that clocks differ */

/*** Proofs ***/

static bool
sign(const char *secret, const void *bytes, size_t n, uint8_t out[HASH_BYTES])
{
	unsigned len = 0;

	return HMAC(EVP_sha256(), secret, (int)strlen(secret), bytes, n, out,
		   &len) != NULL &&
	       len == HASH_BYTES;
}

void
facebook_proof(const char *secret, const char *token, char out[HASH_SIZE])
{
	uint8_t mac[HASH_BYTES] = { 0 };
	struct buf b;

	buf_init(&b, HASH_SIZE);
	/* an empty proof is none that is taken */
	if (sign(secret, token, strlen(token), mac))
		buf_puthex(&b, mac, sizeof(mac));
	(void)snprintf(out, HASH_SIZE, "%s", buf_str(&b));
	buf_release(&b);
}

static enum rc
read_word(const struct jdoc *d, int64_t now, struct facebook_word *out,
    struct error *e)
{
	const char *algorithm = jdoc_text(d, "algorithm");
	struct oauth_person who = { 0 };

	if (algorithm == NULL || strcmp(algorithm, "HMAC-SHA256") != 0)
		return error_set(
		    e, RC_DENIED, "a signed request has another algorithm");
	if (!jdoc_whole(d, "issued_at", &out->issued_at) ||
	    out->issued_at < now - REQUEST_AGE || out->issued_at > now + SLACK)
		return error_set(e, RC_DENIED, "a signed request is old");
	if (!oauth_subject(&who, jdoc_text(d, "user_id")))
		return error_set(e, RC_DENIED, "a signed request names nobody");
	memcpy(out->user, who.subject, sizeof(out->user));
	return RC_OK;
}

enum rc
facebook_signed(const char *secret, const char *request, size_t n, int64_t now,
    struct facebook_word *out, struct error *e)
{
	const char *dot = n > REQUEST_SIZE ? NULL : memchr(request, '.', n);
	struct error why = ERROR_NONE;
	struct jdoc d = { NULL };
	uint8_t want[HASH_BYTES];
	struct buf mac, text;
	size_t left;
	enum rc rc = RC_DENIED;

	memset(out, 0, sizeof(*out));
	buf_init(&mac, HASH_BYTES);
	buf_init(&text, REQUEST_SIZE);
	if (dot == NULL || secret[0] == '\0')
		goto out;
	left = n - (size_t)(dot + 1 - request);
	rc = b64_get(&mac, request, (size_t)(dot - request));
	if (rc == RC_OK &&
	    (mac.len != HASH_BYTES || !sign(secret, dot + 1, left, want) ||
		!token_equal(want, mac.s, HASH_BYTES)))
		rc = RC_DENIED;
	if (rc == RC_OK)
		rc = b64_get(&text, dot + 1, left);
	if (rc == RC_OK)
		rc = jdoc_read(&d, buf_str(&text), text.len, &why);
	if (rc == RC_OK)
		rc = read_word(&d, now, out, &why);
	if (rc != RC_OK && rc != RC_NOMEM)
		rc = RC_DENIED;
out:
	jdoc_release(&d);
	buf_release(&mac);
	buf_release(&text);
	if (rc == RC_OK)
		return RC_OK;
	memset(out, 0, sizeof(*out));
	return error_set(e, rc, "%s",
	    why.text[0] != '\0' ? why.text
				: "a signed request is not Facebook's");
}

/*** There and back ***/

void
facebook_page(const struct settings *s, const struct facebook_try *t,
    struct buf *address, struct oauth_page *out)
{
	buf_printf(address, "%s/%s/dialog/oauth", s->facebook_dialog,
	    s->facebook_version);
	oauth_page(out, buf_str(address));
	oauth_arg(out, "client_id", s->facebook_app_id);
	oauth_arg(out, "redirect_uri", t->redirect);
	oauth_arg(out, "state", t->state);
	oauth_arg(out, "response_type", "code");
	oauth_arg(out, "scope", "public_profile email");
	if (t->again)
		oauth_arg(out, "auth_type", "rerequest");
}

/* Whose fault it is.  A code that is not good is 100 (with a subcode) at
 * Facebook, invalid_grant at others. */
static enum rc
judge(const char *what, long status, const struct jdoc *answer, struct error *e)
{
	const char *word = jdoc_text(answer, "error");
	const char *trace = jdoc_text(answer, "error.fbtrace_id");
	int64_t code = 0, sub = 0;

	if (status == 200 && !jdoc_has(answer, "error"))
		return RC_OK;
	(void)jdoc_whole(answer, "error.code", &code);
	(void)jdoc_whole(answer, "error.error_subcode", &sub);
	return error_set(e,
	    code == 190 || sub == 36009 || sub == 36007 ||
		    (word != NULL && strcmp(word, "invalid_grant") == 0)
		? RC_DENIED
		: RC_IO,
	    "%s was answered with %ld, code %lld.%lld, trace \"%.40s\"", what,
	    status, (long long)code, (long long)sub,
	    trace != NULL ? trace : (word != NULL ? word : ""));
}

/* One call of the Graph API; p has its arguments already. */
static enum rc
ask(const struct settings *s, const char *path, struct oauth_page *p,
    const struct oauth_call *call, struct jdoc *answer, struct error *e)
{
	struct buf b;
	long status;
	enum rc rc;

	answer->root = NULL;
	buf_init(&b, LIMIT_URL);
	buf_printf(&b, "%s/%s%s", s->facebook_graph, s->facebook_version, path);
	rc = buf_rc(&b);
	if (rc == RC_OK) {
		p->address = buf_str(&b);
		rc = oauth_ask(p, call, &status, answer, NULL, e);
	}
	if (rc == RC_OK)
		rc = judge(call->what, status, answer, e);
	buf_release(&b);
	return rc;
}

static enum rc
exchange_code(const struct settings *s, const struct facebook_try *t,
    const char *code, int64_t until, struct jdoc *answer, struct error *e)
{
	struct oauth_call call = {
		.what = "the token of Facebook", .until = until, .post = true
	};
	struct oauth_page p;
	enum rc rc;

	oauth_page(&p, NULL);
	oauth_arg(&p, "grant_type", "authorization_code");
	oauth_arg(&p, "client_id", s->facebook_app_id);
	oauth_arg(&p, "redirect_uri", t->redirect);
	oauth_arg(&p, "client_secret", s->facebook_secret);
	oauth_arg(&p, "code", code);
	rc = ask(s, "/oauth/access_token", &p, &call, answer, e);
	if (rc == RC_OK && jdoc_text(answer, "access_token") == NULL)
		rc = error_set(e, RC_IO, "the token of Facebook is none");
	return rc;
}

/* A token that was issued for another app says who somebody is, and not that
 * they are here. */
static enum rc
check_token(const struct settings *s, const char *token, int64_t until,
    struct oauth_person *who, struct error *e)
{
	struct oauth_call call = { .what = "Facebook's word on a token",
		.until = until };
	struct oauth_page p;
	struct jdoc answer;
	const char *app;
	struct buf own;
	enum rc rc;

	buf_init(&own, LIMIT_URL);
	buf_printf(&own, "%s|%s", s->facebook_app_id, s->facebook_secret);
	oauth_page(&p, NULL);
	oauth_arg(&p, "input_token", token);
	oauth_arg(&p, "access_token", buf_str(&own));
	rc = ask(s, "/debug_token", &p, &call, &answer, e);
	if (rc == RC_OK) {
		app = jdoc_text(&answer, "data.app_id");
		if (app == NULL || strcmp(app, s->facebook_app_id) != 0 ||
		    !jdoc_yes(&answer, "data.is_valid") ||
		    !oauth_subject(who, jdoc_text(&answer, "data.user_id")))
			rc = error_set(e, RC_DENIED,
			    "a token is not valid, or another app's");
	}
	jdoc_release(&answer);
	if (own.s != NULL)
		explicit_bzero(own.s, own.cap);
	buf_release(&own);
	return rc;
}

static enum rc
ask_who(const struct settings *s, const char *token, int64_t until,
    struct oauth_person *who, struct error *e)
{
	struct oauth_call call = { .what = "Facebook's word on a person",
		.bearer = token,
		.until = until };
	char proof[HASH_SIZE];
	struct oauth_page p;
	struct jdoc answer;
	const char *id;
	enum rc rc;

	facebook_proof(s->facebook_secret, token, proof);
	oauth_page(&p, NULL);
	oauth_arg(&p, "fields", "id,name,email");
	oauth_arg(&p, "appsecret_proof", proof);
	rc = ask(s, "/me", &p, &call, &answer, e);
	if (rc == RC_OK) {
		id = jdoc_text(&answer, "id");
		if (id == NULL || strcmp(id, who->subject) != 0)
			rc = error_set(e, RC_DENIED,
			    "a token is of another person than it says");
		oauth_describe(who, jdoc_text(&answer, "email"),
		    jdoc_text(&answer, "name"));
	}
	jdoc_release(&answer);
	return rc;
}

enum rc
facebook_person(const struct settings *s, const struct facebook_try *t,
    const char *code, int64_t until, struct oauth_person *out, struct error *e)
{
	struct jdoc answer;
	const char *token;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = exchange_code(s, t, code, until, &answer, e);
	if (rc == RC_OK) {
		token = jdoc_text(&answer, "access_token");
		rc = check_token(s, token, until, out, e);
		if (rc == RC_OK)
			rc = ask_who(s, token, until, out, e);
	}
	jdoc_release(&answer);
	if (rc != RC_OK)
		memset(out, 0, sizeof(*out));
	return rc;
}
