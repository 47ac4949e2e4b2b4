#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/token.h"
#include "peer/google.h"
#include "peer/http.h"
#include "peer/jwt.h"
#include "peer/kept.h"

#define LIVE "https://accounts.google.com"
#define LIVE_SHORT "accounts.google.com" /* what old tokens of it say */
#define SLACK 60                         /* seconds that clocks differ */
#define TOKEN_AGE 600                    /* seconds; it came this moment */
#define KEEP_LEAST 60                    /* seconds */
#define KEEP_UNSAID 3600                 /* seconds, when it does not say */
#define KEYS_EVERY 60 /* seconds between two looks for an unknown key */

/*** What it says of itself ***/

static bool
same_host(const char *a, const char *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, LIMIT_URL);
	buf_init(&y, LIMIT_URL);
	same = http_origin(&x, a) == RC_OK && http_origin(&y, b) == RC_OK &&
	       strcmp(buf_str(&x), buf_str(&y)) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

/* An address of the document: over TLS, or of the issuer's own host when that
 * is asked without (which settings allow in a test only). */
static enum rc
take_address(const struct settings *s, const struct jdoc *doc, const char *name,
    bool query, const char **out, struct error *e)
{
	const char *url = jdoc_text(doc, name);

	if (url == NULL || strlen(url) > LIMIT_URL / 2 ||
	    strpbrk(url, query ? " #\\\"" : " ?#\\\"") != NULL)
		return error_set(e, RC_DENIED,
		    "the discovery document of \"%s\" has no %s",
		    s->google_issuer, name);
	if (strncmp(url, "https://", 8) != 0 &&
	    (strncmp(s->google_issuer, "http://", 7) != 0 ||
		strncmp(url, "http://", 7) != 0 ||
		!same_host(url, s->google_issuer)))
		return error_set(e, RC_DENIED,
		    "the %s of \"%s\" is \"%.200s\", without TLS", name,
		    s->google_issuer, url);
	*out = url;
	return RC_OK;
}

enum rc
google_read(const struct settings *s, struct jdoc *doc, struct google *g,
    struct error *e)
{
	const char *issuer;
	enum rc rc;

	memset(g, 0, sizeof(*g));
	g->doc = *doc;
	doc->root = NULL;
	issuer = jdoc_text(&g->doc, "issuer");
	/* OIDC Discovery section 4.3: identical, or somebody else's. */
	if (issuer == NULL || strcmp(issuer, s->google_issuer) != 0)
		return error_set(e, RC_DENIED,
		    "the discovery document of \"%s\" is of \"%.100s\"",
		    s->google_issuer, issuer == NULL ? "" : issuer);
	rc = take_address(
	    s, &g->doc, "authorization_endpoint", false, &g->page, e);
	if (rc == RC_OK && !same_host(g->page, s->google_issuer))
		rc = error_set(e, RC_DENIED,
		    "the page of \"%s\" is on another host: \"%.200s\"",
		    s->google_issuer, g->page);
	if (rc == RC_OK)
		rc = take_address(
		    s, &g->doc, "token_endpoint", true, &g->token, e);
	if (rc == RC_OK)
		rc = take_address(s, &g->doc, "jwks_uri", true, &g->keys, e);
	return rc;
}

/* From the file, or from the provider and then into the file.  fresh: not from
 * the file. */
static enum rc
fetch(const struct kept *k, const char *what, bool fresh, int64_t now,
    int64_t until, struct jdoc *out, struct error *e)
{
	struct oauth_call call = { .what = what, .until = until };
	struct error note = ERROR_NONE;
	struct oauth_page p;
	int64_t at, keep = 0;
	struct buf b;
	long status;
	enum rc rc = RC_NOTFOUND;

	out->root = NULL;
	buf_init(&b, LIMIT_JSON);
	if (!fresh)
		rc = kept_get(k, now, &b, &at, e);
	if (rc == RC_OK && jdoc_read(out, buf_str(&b), b.len, &note) == RC_OK)
		goto out;
	buf_reset(&b);
	oauth_page(&p, k->source);
	rc = oauth_ask(&p, &call, &status, out, &keep, e);
	if (rc == RC_OK && status != 200)
		rc = error_set(
		    e, RC_IO, "%s was answered with %ld", what, status);
	if (rc != RC_OK)
		goto out;
	if (keep == 0)
		keep = KEEP_UNSAID;
	if (keep < KEEP_LEAST)
		keep = KEEP_LEAST;
	jdoc_put(&b, out);
	/* without the file it is slower, no more */
	if (buf_rc(&b) == RC_OK)
		(void)(kept_put(k, now, now + keep, &b, &note) == RC_OK);
out:
	buf_release(&b);
	return rc;
}

enum rc
google_find(const struct settings *s, int64_t now, int64_t until,
    struct google *g, struct error *e)
{
	struct kept k = { s->shop_run, "google-site", NULL };
	struct jdoc doc = { NULL };
	struct buf url;
	enum rc rc;

	memset(g, 0, sizeof(*g));
	buf_init(&url, LIMIT_URL);
	buf_puts(&url, s->google_issuer);
	buf_puts(&url, "/.well-known/openid-configuration");
	rc = buf_rc(&url);
	if (rc == RC_OK) {
		k.source = buf_str(&url);
		rc = fetch(&k, "Google's discovery document", false, now, until,
		    &doc, e);
	}
	if (rc == RC_OK)
		rc = google_read(s, &doc, g, e);
	jdoc_release(&doc);
	buf_release(&url);
	return rc;
}

void
google_release(struct google *g)
{
	jdoc_release(&g->doc);
}

/*** There and back ***/

void
google_page(const struct google *g, const struct settings *s,
    const struct google_try *t, char challenge[OAUTH_CHALLENGE_SIZE],
    struct oauth_page *out)
{
	oauth_challenge(t->verifier, challenge);
	oauth_page(out, g->page);
	oauth_arg(out, "client_id", s->google_client_id);
	oauth_arg(out, "redirect_uri", t->redirect);
	oauth_arg(out, "response_type", "code");
	oauth_arg(out, "scope", "openid email profile");
	oauth_arg(out, "state", t->state);
	oauth_arg(out, "nonce", t->nonce);
	oauth_arg(out, "code_challenge", challenge);
	oauth_arg(out, "code_challenge_method", "S256");
}

static bool
is_issuer(const struct settings *s, const char *iss)
{
	return strcmp(iss, s->google_issuer) == 0 ||
	       (strcmp(s->google_issuer, LIVE) == 0 &&
		   strcmp(iss, LIVE_SHORT) == 0);
}

bool
google_issuer(const struct settings *s, const char *iss)
{
	return iss == NULL || strcmp(iss, s->google_issuer) == 0;
}

/*** The ID token ***/

static enum rc
check_audience(const struct jdoc *claims, const char *client, struct error *e)
{
	const char *aud = jdoc_text(claims, "aud");
	const char *azp = jdoc_text(claims, "azp");
	size_t i, n = jdoc_count(claims, "aud");

	for (i = 0; aud == NULL && i < n; i++) {
		aud = jdoc_text_at(claims, "aud", i);
		if (aud != NULL && strcmp(aud, client) != 0)
			aud = NULL;
	}
	if (aud == NULL || strcmp(aud, client) != 0)
		return error_set(e, RC_DENIED, "an ID token is for another");
	if (azp == NULL ? n > 0 : strcmp(azp, client) != 0)
		return error_set(
		    e, RC_DENIED, "an ID token was made for another");
	return RC_OK;
}

static enum rc
check_times(const struct jdoc *claims, int64_t now, struct error *e)
{
	int64_t exp, iat;

	if (!jdoc_whole(claims, "exp", &exp) || exp <= now - SLACK)
		return error_set(e, RC_DENIED, "an ID token has expired");
	if (!jdoc_whole(claims, "iat", &iat) || iat > now + SLACK)
		return error_set(e, RC_DENIED, "an ID token is of the future");
	if (iat < now - TOKEN_AGE)
		return error_set(e, RC_DENIED, "an ID token is old");
	return RC_OK;
}

static enum rc
check_nonce(const struct jdoc *claims, const char *nonce, struct error *e)
{
	const char *got = jdoc_text(claims, "nonce");

	if (got == NULL || strlen(got) != strlen(nonce) ||
	    !token_equal(got, nonce, strlen(nonce)))
		return error_set(
		    e, RC_DENIED, "an ID token is of another login");
	return RC_OK;
}

enum rc
google_check(const char *token, size_t n, const struct jdoc *keys,
    const struct settings *s, const char *nonce, int64_t now,
    struct oauth_person *out, struct error *e)
{
	struct jdoc claims;
	const char *iss;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = jwt_open(token, n, keys, &claims, e);
	if (rc == RC_OK) {
		iss = jdoc_text(&claims, "iss");
		if (iss == NULL || !is_issuer(s, iss))
			rc = error_set(
			    e, RC_DENIED, "an ID token is of another issuer");
	}
	if (rc == RC_OK)
		rc = check_audience(&claims, s->google_client_id, e);
	if (rc == RC_OK)
		rc = check_times(&claims, now, e);
	if (rc == RC_OK)
		rc = check_nonce(&claims, nonce, e);
	if (rc == RC_OK && !oauth_subject(out, jdoc_text(&claims, "sub")))
		rc = error_set(e, RC_DENIED, "an ID token names nobody");
	if (rc == RC_OK) {
		oauth_describe(out, jdoc_text(&claims, "email"),
		    jdoc_text(&claims, "name"));
		out->email_proven = out->email[0] != '\0' &&
				    jdoc_yes(&claims, "email_verified");
	}
	jdoc_release(&claims);
	if (rc != RC_OK)
		memset(out, 0, sizeof(*out));
	return rc;
}

/*** The code ***/

/* RFC 6749 section 5.2.  Only a bad grant is the visitor's; the rest is ours or
 * the provider's to mend. */
static enum rc
judge(long status, const struct jdoc *answer, struct error *e)
{
	const char *word = jdoc_text(answer, "error");

	if (status == 200 && jdoc_text(answer, "id_token") != NULL)
		return RC_OK;
	if (word != NULL && strcmp(word, "invalid_grant") == 0)
		return error_set(e, RC_DENIED, "the code is not good");
	return error_set(e, RC_IO,
	    "the token of Google was answered with %ld \"%.60s\"", status,
	    word == NULL ? "" : word);
}

static enum rc
exchange_code(const struct google *g, const struct settings *s,
    const struct google_try *t, const char *code, int64_t until,
    struct jdoc *answer, struct error *e)
{
	struct oauth_call call = {
		.what = "the token of Google", .until = until, .post = true
	};
	struct oauth_page p;
	long status;
	enum rc rc;

	oauth_page(&p, g->token);
	oauth_arg(&p, "grant_type", "authorization_code");
	oauth_arg(&p, "code", code);
	oauth_arg(&p, "redirect_uri", t->redirect);
	oauth_arg(&p, "client_id", s->google_client_id);
	oauth_arg(&p, "client_secret", s->google_secret);
	oauth_arg(&p, "code_verifier", t->verifier);
	rc = oauth_ask(&p, &call, &status, answer, NULL, e);
	return rc == RC_OK ? judge(status, answer, e) : rc;
}

enum rc
google_person(const struct google *g, const struct settings *s,
    const struct google_try *t, const char *code, int64_t now, int64_t until,
    struct oauth_person *out, struct error *e)
{
	struct kept k = { s->shop_run, "google-keys", g->keys };
	struct jdoc answer, keys = { NULL };
	struct error why = ERROR_NONE;
	const char *token;
	enum rc rc;

	rc = exchange_code(g, s, t, code, until, &answer, e);
	if (rc == RC_OK)
		rc = fetch(
		    &k, "the keys of Google", false, now, until, &keys, e);
	if (rc == RC_OK) {
		token = jdoc_text(&answer, "id_token");
		rc = google_check(
		    token, strlen(token), &keys, s, t->nonce, now, out, &why);
		if (rc == RC_NOTFOUND && kept_turn(&k, now, KEYS_EVERY)) {
			error_clear(&why);
			jdoc_release(&keys);
			rc = fetch(&k, "the keys of Google", true, now, until,
			    &keys, &why);
			if (rc == RC_OK)
				rc = google_check(token, strlen(token), &keys,
				    s, t->nonce, now, out, &why);
		}
		if (rc == RC_NOTFOUND)
			rc = RC_DENIED;
		if (rc != RC_OK)
			(void)error_set(e, rc, "%s", why.text);
	}
	jdoc_release(&keys);
	jdoc_release(&answer);
	return rc;
}
