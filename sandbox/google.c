/*
 * google - the stand-in of Google's OpenID provider: discovery, the page where
 * a person is chosen instead of a password typed, and back.
 *
 * Strict where Google is, and in one thing more: PKCE must be there.
 */
#include "config.h"

#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/token.h"
#include "sandbox/google.h"

#define CALLBACK "/login/google/callback"

struct person {
	const char *word, *subject, *name, *email, *shown;
	bool verified;
};

static const struct person people[] = {
	{ "vera", "109000000000000000001", "Vera Verified", "vera@hats.example",
	    "address verified", true },
	{ "una", "109000000000000000002", "Una Unverified", "una@hats.example",
	    "address not verified", false },
	{ "nora", "109000000000000000003", "Nora Noaddress", "",
	    "without an address", false },
};

/*** Discovery ***/

static json_t *
below(const struct box *b, const char *path)
{
	return json_sprintf("%s%s", b->settings->google_issuer, path);
}

static enum rc
discovery(struct box *b, struct error *e)
{
	reply_header(&b->r, "X-Sandbox", "google");
	return box_json(b, 200,
	    json_pack("{s:s, s:o, s:o, s:o, s:[s], s:[s], s:[s], s:[s], s:[s], "
		      "s:[s, s, s], s:b}",
		"issuer", b->settings->google_issuer, "authorization_endpoint",
		below(b, "/o/oauth2/v2/auth"), "token_endpoint",
		below(b, "/token"), "jwks_uri", below(b, "/oauth2/v3/certs"),
		"response_types_supported", "code", "subject_types_supported",
		"public", "id_token_signing_alg_values_supported", "RS256",
		"token_endpoint_auth_methods_supported", "client_secret_post",
		"code_challenge_methods_supported", "S256", "scopes_supported",
		"openid", "email", "profile",
		"authorization_response_iss_parameter_supported", 1),
	    e);
}

/*** There ***/

enum {
	A_CLIENT,
	A_REDIRECT,
	A_TYPE,
	A_SCOPE,
	A_STATE,
	A_NONCE,
	A_CHALLENGE,
	A_METHOD,
	A_COUNT
};
static const struct field auth_fields[A_COUNT] = {
	[A_CLIENT] = { "client_id", FIELD_TEXT, 1, 300, FIELD_NEEDED },
	[A_REDIRECT] = { "redirect_uri", FIELD_TEXT, 1, 600, FIELD_NEEDED },
	[A_TYPE] = { "response_type", FIELD_TEXT, 1, 60, FIELD_NEEDED },
	[A_SCOPE] = { "scope", FIELD_TEXT, 1, 300, FIELD_NEEDED },
	[A_STATE] = { "state", FIELD_TEXT, 1, 600, 0 },
	[A_NONCE] = { "nonce", FIELD_TEXT, 1, 600, 0 },
	[A_CHALLENGE] = { "code_challenge", FIELD_TEXT, 1, 200, 0 },
	[A_METHOD] = { "code_challenge_method", FIELD_TEXT, 1, 20, 0 },
};

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == list || at[-1] == ' ') &&
		    (at[n] == ' ' || at[n] == '\0'))
			return true;
		at += n;
	}
	return false;
}

/* The error that the browser is sent back with, or NULL. */
static const char *
fault(const struct form *f)
{
	if (strcmp(form_text_or(f, A_TYPE, ""), "code") != 0)
		return form_error(f, A_TYPE) == FIELD_OK
			   ? "unsupported_response_type"
			   : "invalid_request";
	if (!has_word(form_text_or(f, A_SCOPE, ""), "openid"))
		return "invalid_scope";
	if (strcmp(form_text_or(f, A_METHOD, ""), "S256") != 0 ||
	    !token_plausible(form_text_or(f, A_CHALLENGE, "")))
		return "invalid_request";
	return NULL;
}

static void
put_person(struct box *b, const struct person *p)
{
	html_open(&b->h, EL_P);
	html_open(
	    &b->h, EL_BUTTON, TYPE("submit"), NAME("person"), VALUE(p->word));
	html_textf(&b->h, "%s (%s)", p->name, p->shown);
	html_close(&b->h, EL_BUTTON);
	html_close(&b->h, EL_P);
}

static enum rc
choose(struct box *b, const char *ask, struct error *e)
{
	struct url u;
	size_t i;

	url_init(&u, "/sandbox/google/pick");
	box_page(b, 200, "Sign in with Google (sandbox)");
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	html_open(&b->h, EL_INPUT, TYPE("hidden"), NAME("ask"), VALUE(ask));
	box_choices(
	    b, "mishap", "And then", google_mishaps, google_mishap_count);
	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		put_person(b, &people[i]);
	html_open(&b->h, EL_P);
	html_el(&b->h, EL_BUTTON, "Refuse", TYPE("submit"), NAME("person"),
	    VALUE("refuse"));
	html_close(&b->h, EL_P);
	html_el(&b->h, EL_H2, "Somebody else");
	box_field(b, "subject", "Number", "");
	box_field(b, "name", "Name", "");
	box_field(b, "email", "Address", "");
	html_open(&b->h, EL_P);
	html_open(&b->h, EL_LABEL);
	html_open(
	    &b->h, EL_INPUT, TYPE("checkbox"), NAME("verified"), VALUE("1"));
	html_text(&b->h, " The address is verified");
	html_close(&b->h, EL_LABEL);
	html_close(&b->h, EL_P);
	html_el(&b->h, EL_BUTTON, "Be that one", TYPE("submit"), NAME("person"),
	    VALUE("other"));
	html_close(&b->h, EL_FORM);
	url_release(&u);
	return box_page_end(b, e);
}

static void
send_back(struct box *b, const char *redirect, const char *state,
    const char *name, const char *value, const char *issuer)
{
	struct buf to;

	buf_init(&to, LIMIT_URL);
	buf_puts(&to, redirect);
	box_arg(&to, name, value);
	if (state[0] != '\0')
		box_arg(&to, "state", state);
	box_arg(&to, "iss", issuer);
	box_redirect(b, &to);
	buf_release(&to);
}

static enum rc
ask_person(struct box *b, const struct form *f, struct error *e)
{
	char ask[BOX_KEY];
	enum rc rc;

	rc = box_store(b, "google-ask",
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "redirect",
		form_text(f, A_REDIRECT), "state", form_text_or(f, A_STATE, ""),
		"nonce", form_text_or(f, A_NONCE, ""), "scope",
		form_text(f, A_SCOPE), "challenge", form_text(f, A_CHALLENGE)),
	    ask, e);
	return rc == RC_OK ? choose(b, ask, e) : rc;
}

static enum rc
auth(struct box *b, struct error *e)
{
	const char *redirect, *why;
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, auth_fields, A_COUNT, buf_str(&b->q.query), b->q.query.len, e);
	redirect = form_text_or(&f, A_REDIRECT, "");
	if (rc != RC_OK || f.twice) {
		error_clear(e);
		rc = box_refuse(b, "invalid_request", e);
	} else if (strcmp(form_text_or(&f, A_CLIENT, ""),
		       b->settings->google_client_id) != 0) {
		rc = box_refuse(b, "invalid_client", e);
	} else if (!box_registered(b, redirect, CALLBACK)) {
		rc = box_refuse(b, "redirect_uri_mismatch", e);
	} else if ((why = fault(&f)) != NULL) {
		send_back(b, redirect, form_text_or(&f, A_STATE, ""), "error",
		    why, b->settings->google_issuer);
	} else {
		rc = ask_person(b, &f, e);
	}
	form_release(&f);
	return rc;
}

/*** And back ***/

enum {
	P_ASK,
	P_PERSON,
	P_MISHAP,
	P_SUBJECT,
	P_NAME,
	P_EMAIL,
	P_VERIFIED,
	P_COUNT
};
static const struct field pick_fields[P_COUNT] = {
	[P_ASK] = { "ask", FIELD_TEXT, 1, BOX_KEY, FIELD_NEEDED },
	[P_PERSON] = { "person", FIELD_TEXT, 1, 20, FIELD_NEEDED },
	[P_MISHAP] = { "mishap", FIELD_TEXT, 1, 20, 0 },
	[P_SUBJECT] = { "subject", FIELD_TEXT, 1, 255, 0 },
	[P_NAME] = { "name", FIELD_TEXT, 1, 200, 0 },
	[P_EMAIL] = { "email", FIELD_TEXT, 1, 254, 0 },
	[P_VERIFIED] = { "verified", FIELD_FLAG, 0, 1, 0 },
};

static struct person
person_of(const struct form *f)
{
	const char *word = form_text_or(f, P_PERSON, "");
	struct person typed = { "other", form_text_or(f, P_SUBJECT, ""),
		form_text_or(f, P_NAME, ""), form_text_or(f, P_EMAIL, ""), "",
		form_int_or(f, P_VERIFIED, 0) != 0 };
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (strcmp(people[i].word, word) == 0)
			return people[i];
	return typed;
}

static enum rc
consent(struct box *b, const struct jdoc *ask, const struct form *f,
    struct error *e)
{
	const char *mishap = form_text_or(f, P_MISHAP, "none");
	const char *redirect = jdoc_text(ask, "redirect");
	const char *state = jdoc_text(ask, "state");
	struct person p = person_of(f);
	char code[BOX_KEY], other[TOKEN_SIZE];
	enum rc rc;

	if (p.subject[0] == '\0')
		return box_refuse(b, "nobody was chosen", e);
	rc = box_store(b, "google-code",
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:I}",
		"redirect", redirect, "nonce", jdoc_text(ask, "nonce"),
		"challenge", jdoc_text(ask, "challenge"), "scope",
		jdoc_text(ask, "scope"), "subject", p.subject, "name", p.name,
		"email", p.email, "verified", (int)p.verified, "mishap", mishap,
		"until", (json_int_t)b->now + 600),
	    code, e);
	if (rc == RC_OK && strcmp(mishap, "state") == 0) {
		rc = token_random(other, e);
		state = other;
	}
	if (rc == RC_OK)
		send_back(b, redirect, state, "code", code,
		    strcmp(mishap, "mixup") == 0 ? "https://evil.example"
						 : b->settings->google_issuer);
	return rc;
}

static enum rc
pick(struct box *b, struct error *e)
{
	const char *key;
	struct jdoc ask = { NULL };
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, pick_fields, P_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	key = form_text_or(&f, P_ASK, "");
	if (rc == RC_OK)
		rc = box_look(b, "google-ask", key, &ask, e);
	if (rc == RC_OK && !box_use(b, "google-ask", key))
		rc = RC_NOTFOUND;
	if (rc != RC_OK) {
		error_clear(e);
		rc = box_refuse(b, "this page was used already", e);
	} else if (strcmp(form_text_or(&f, P_PERSON, ""), "refuse") == 0) {
		send_back(b, jdoc_text(&ask, "redirect"),
		    jdoc_text(&ask, "state"), "error", "access_denied",
		    b->settings->google_issuer);
	} else {
		rc = consent(b, &ask, &f, e);
	}
	jdoc_release(&ask);
	form_release(&f);
	return rc;
}

static void
own_addresses(const struct settings *s, const char *out[BOX_ADDRESSES])
{
	out[0] = s->google_issuer;
}

int
main(void)
{
	static const struct box_route routes[] = {
		{ "/.well-known/openid-configuration", METHOD_GET, discovery },
		{ "/o/oauth2/v2/auth", METHOD_GET, auth },
		{ "/pick", METHOD_POST, pick },
		{ "/token", METHOD_POST, google_token },
		{ "/oauth2/v3/certs", METHOD_GET, google_keys },
	};

	return box_main("google", own_addresses, routes,
	    sizeof(routes) / sizeof(routes[0]));
}
