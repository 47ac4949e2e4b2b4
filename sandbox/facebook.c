/*
 * facebook - the stand-in of Facebook's login dialog and Graph API.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/token.h"
#include "peer/facebook.h"
#include "sandbox/facebook.h"

#define CALLBACK "/login/facebook/callback"
#define HOUR 3600

struct person {
	const char *word, *id, *name, *email, *shown;
};

static const struct person people[] = {
	{ "fay", "10200000000000001", "Fay Friendly", "fay@hats.example",
	    "with an address" },
	{ "nora", "10200000000000003", "Nora Noaddress", "",
	    "without an address" },
};

static const struct box_choice mishaps[] = {
	{ "none", "all goes well" },
	{ "slow", "the token takes too long" },
	{ "down", "the token endpoint is down" },
	{ "garbage", "the token is no JSON" },
	{ "state", "another state comes back" },
	{ "other-app", "the token is another app's" },
	{ "invalid", "the token is not valid any more" },
	{ "other-user", "the token is another person's than it says" },
};

/* The Graph API's way to say no. */
static enum rc
fault(struct box *b, int status, const char *type, int code, int sub,
    const char *message, struct error *e)
{
	json_t *inner = json_pack("{s:s, s:s, s:i, s:s}", "message", message,
	    "type", type, "code", code, "fbtrace_id", b->q.id);

	if (sub != 0)
		(void)json_object_set_new(
		    inner, "error_subcode", json_integer(sub));
	return box_json(b, status, json_pack("{s:o}", "error", inner), e);
}

static bool
is(const struct jdoc *d, const char *name, const char *want)
{
	const char *got = jdoc_text(d, name);

	return got != NULL && strcmp(got, want) == 0;
}

/*** The dialog ***/

enum { D_CLIENT, D_REDIRECT, D_TYPE, D_SCOPE, D_STATE, D_COUNT };
static const struct field dialog_fields[D_COUNT] = {
	[D_CLIENT] = { "client_id", FIELD_TEXT, 1, 64, FIELD_NEEDED },
	[D_REDIRECT] = { "redirect_uri", FIELD_TEXT, 1, 600, FIELD_NEEDED },
	[D_TYPE] = { "response_type", FIELD_TEXT, 1, 60, 0 },
	[D_SCOPE] = { "scope", FIELD_TEXT, 1, 300, 0 },
	[D_STATE] = { "state", FIELD_TEXT, 1, 600, 0 },
};

static enum rc
choose(struct box *b, const char *ask, struct error *e)
{
	struct url u;
	size_t i;

	url_init(&u, "/sandbox/facebook/pick");
	box_page(b, 200, "Log in with Facebook (sandbox)");
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	html_open(&b->h, EL_INPUT, TYPE("hidden"), NAME("ask"), VALUE(ask));
	box_choices(b, "mishap", "And then", mishaps,
	    sizeof(mishaps) / sizeof(mishaps[0]));
	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		html_open(&b->h, EL_P);
		html_open(&b->h, EL_BUTTON, TYPE("submit"), NAME("person"),
		    VALUE(people[i].word));
		html_textf(&b->h, "%s (%s)", people[i].name, people[i].shown);
		html_close(&b->h, EL_BUTTON);
		html_close(&b->h, EL_P);
	}
	html_open(&b->h, EL_P);
	html_el(&b->h, EL_BUTTON, "Refuse", TYPE("submit"), NAME("person"),
	    VALUE("refuse"));
	html_close(&b->h, EL_P);
	html_el(&b->h, EL_H2, "Somebody else");
	box_field(b, "id", "Number", "");
	box_field(b, "name", "Name", "");
	box_field(b, "email", "Address", "");
	html_el(&b->h, EL_BUTTON, "Be that one", TYPE("submit"), NAME("person"),
	    VALUE("other"));
	html_close(&b->h, EL_FORM);
	url_release(&u);
	return box_page_end(b, e);
}

static enum rc
ask_person(struct box *b, const struct form *f, struct error *e)
{
	char ask[BOX_KEY];
	enum rc rc;

	rc = box_store(b, "facebook-ask",
	    json_pack("{s:s, s:s, s:s}", "redirect", form_text(f, D_REDIRECT),
		"state", form_text_or(f, D_STATE, ""), "scope",
		form_text_or(f, D_SCOPE, "public_profile")),
	    ask, e);
	return rc == RC_OK ? choose(b, ask, e) : rc;
}

static enum rc
dialog(struct box *b, struct error *e)
{
	struct form f;
	enum rc rc;

	rc = form_read(&f, dialog_fields, D_COUNT, buf_str(&b->q.query),
	    b->q.query.len, e);
	if (rc != RC_OK || f.twice ||
	    strcmp(form_text_or(&f, D_TYPE, "code"), "code") != 0) {
		error_clear(e);
		rc = box_refuse(b, "Invalid parameter", e);
	} else if (strcmp(form_text_or(&f, D_CLIENT, ""),
		       b->settings->facebook_app_id) != 0) {
		rc = box_refuse(b, "Invalid App ID", e);
	} else if (!box_registered(
		       b, form_text_or(&f, D_REDIRECT, ""), CALLBACK)) {
		rc = box_refuse(b,
		    "URL blocked: the redirect address is not registered", e);
	} else {
		rc = ask_person(b, &f, e);
	}
	form_release(&f);
	return rc;
}

/*** And back ***/

enum { P_ASK, P_PERSON, P_MISHAP, P_ID, P_NAME, P_EMAIL, P_COUNT };
static const struct field pick_fields[P_COUNT] = {
	[P_ASK] = { "ask", FIELD_TEXT, 1, BOX_KEY, FIELD_NEEDED },
	[P_PERSON] = { "person", FIELD_TEXT, 1, 20, FIELD_NEEDED },
	[P_MISHAP] = { "mishap", FIELD_TEXT, 1, 20, 0 },
	[P_ID] = { "id", FIELD_TEXT, 1, 20, 0 },
	[P_NAME] = { "name", FIELD_TEXT, 1, 200, 0 },
	[P_EMAIL] = { "email", FIELD_TEXT, 1, 254, 0 },
};

static void
send_back(
    struct box *b, const struct jdoc *ask, const char *state, const char *code)
{
	struct buf to;

	buf_init(&to, LIMIT_URL);
	buf_puts(&to, jdoc_text(ask, "redirect"));
	if (code != NULL) {
		box_arg(&to, "code", code);
	} else {
		box_arg(&to, "error", "access_denied");
		box_arg(&to, "error_code", "200");
		box_arg(&to, "error_reason", "user_denied");
		box_arg(&to, "error_description", "Permissions error");
	}
	if (state[0] != '\0')
		box_arg(&to, "state", state);
	buf_puts(&to, "#_=_");
	box_redirect(b, &to);
	buf_release(&to);
}

static struct person
person_of(const struct form *f)
{
	struct person typed = { "other", form_text_or(f, P_ID, ""),
		form_text_or(f, P_NAME, ""), form_text_or(f, P_EMAIL, ""), "" };
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		if (strcmp(people[i].word, form_text_or(f, P_PERSON, "")) == 0)
			return people[i];
	return typed;
}

static enum rc
consent(struct box *b, const struct jdoc *ask, const struct form *f,
    struct error *e)
{
	const char *mishap = form_text_or(f, P_MISHAP, "none");
	const char *state = jdoc_text(ask, "state");
	struct person p = person_of(f);
	char code[BOX_KEY], other[TOKEN_SIZE];
	enum rc rc;

	if (p.id[0] == '\0')
		return box_refuse(b, "nobody was chosen", e);
	rc = box_store(b, "facebook-code",
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "redirect",
		jdoc_text(ask, "redirect"), "scope", jdoc_text(ask, "scope"),
		"id", p.id, "name", p.name, "email", p.email, "mishap", mishap,
		"until", (json_int_t)b->now + 600),
	    code, e);
	if (rc == RC_OK && strcmp(mishap, "state") == 0) {
		rc = token_random(other, e);
		state = other;
	}
	if (rc == RC_OK)
		send_back(b, ask, state, code);
	return rc;
}

static enum rc
pick(struct box *b, struct error *e)
{
	struct jdoc ask = { NULL };
	const char *key;
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, pick_fields, P_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	key = form_text_or(&f, P_ASK, "");
	if (rc == RC_OK)
		rc = box_look(b, "facebook-ask", key, &ask, e);
	if (rc == RC_OK && !box_use(b, "facebook-ask", key))
		rc = RC_NOTFOUND;
	if (rc != RC_OK) {
		error_clear(e);
		rc = box_refuse(b, "this page was used already", e);
	} else if (strcmp(form_text_or(&f, P_PERSON, ""), "refuse") == 0) {
		send_back(b, &ask, jdoc_text(&ask, "state"), NULL);
	} else {
		rc = consent(b, &ask, &f, e);
	}
	jdoc_release(&ask);
	form_release(&f);
	return rc;
}

/*** The token ***/

enum { T_CLIENT, T_REDIRECT, T_SECRET, T_CODE, T_COUNT };
static const struct field token_fields[T_COUNT] = {
	[T_CLIENT] = { "client_id", FIELD_TEXT, 1, 64, FIELD_NEEDED },
	[T_REDIRECT] = { "redirect_uri", FIELD_TEXT, 1, 600, FIELD_NEEDED },
	[T_SECRET] = { "client_secret", FIELD_TEXT, 1, 300, FIELD_NEEDED },
	[T_CODE] = { "code", FIELD_TEXT, 1, 600, FIELD_NEEDED },
};

static enum rc
issue(struct box *b, const struct jdoc *code, struct error *e)
{
	char token[BOX_KEY];
	enum rc rc;

	rc = box_store(b, "facebook-token",
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "scope",
		jdoc_text(code, "scope"), "id", jdoc_text(code, "id"), "name",
		jdoc_text(code, "name"), "email", jdoc_text(code, "email"),
		"mishap", jdoc_text(code, "mishap"), "until",
		(json_int_t)b->now + HOUR),
	    token, e);
	if (rc != RC_OK)
		return rc;
	return box_json(b, 200,
	    json_pack("{s:s, s:s, s:i}", "access_token", token, "token_type",
		"bearer", "expires_in", HOUR),
	    e);
}

static enum rc
redeem(struct box *b, const struct form *f, struct error *e)
{
	const char *key = form_text(f, T_CODE);
	struct jdoc code;
	int64_t until = 0;
	enum rc rc;

	rc = box_look(b, "facebook-code", key, &code, e);
	if (rc == RC_NOTFOUND)
		return fault(b, 400, "OAuthException", 100, 36009,
		    "This authorization code has been used.", e);
	if (rc == RC_OK && !is(&code, "redirect", form_text(f, T_REDIRECT)))
		rc = fault(b, 400, "OAuthException", 100, 36008,
		    "Error validating verification code. Please make sure "
		    "your redirect_uri is identical to the one you used in "
		    "the OAuth dialog request",
		    e);
	else if (rc == RC_OK &&
		 (!jdoc_whole(&code, "until", &until) || until < b->now))
		rc = fault(b, 400, "OAuthException", 100, 36007,
		    "This authorization code has expired.", e);
	else if (rc == RC_OK && !box_use(b, "facebook-code", key))
		rc = fault(b, 400, "OAuthException", 100, 36009,
		    "This authorization code has been used.", e);
	else if (rc == RC_OK && is(&code, "mishap", "down"))
		reply_plain(&b->r, 500, b->q.id);
	else if (rc == RC_OK && is(&code, "mishap", "garbage"))
		buf_puts(&b->r.body, "<html>Sorry, something went wrong.");
	else if (rc == RC_OK) {
		if (is(&code, "mishap", "slow"))
			box_sleep();
		rc = issue(b, &code, e);
	}
	jdoc_release(&code);
	return rc;
}

static enum rc
token(struct box *b, struct error *e)
{
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, token_fields, T_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	if (rc != RC_OK || f.twice || !form_ok(&f)) {
		error_clear(e);
		rc = fault(b, 400, "OAuthException", 100, 0,
		    "Missing or invalid parameter.", e);
	} else if (strcmp(form_text(&f, T_CLIENT),
		       b->settings->facebook_app_id) != 0) {
		rc = fault(b, 400, "OAuthException", 101, 0,
		    "Error validating application. Cannot get application "
		    "info due to a system error.",
		    e);
	} else if (strcmp(form_text(&f, T_SECRET),
		       b->settings->facebook_secret) != 0) {
		rc = fault(b, 400, "OAuthException", 1, 0,
		    "Error validating client secret.", e);
	} else {
		rc = redeem(b, &f, e);
	}
	form_release(&f);
	return rc;
}

/*** The Graph API ***/

enum { G_INPUT, G_TOKEN, G_PROOF, G_FIELDS, G_COUNT };
static const struct field graph_fields[G_COUNT] = {
	[G_INPUT] = { "input_token", FIELD_TEXT, 1, 600, 0 },
	[G_TOKEN] = { "access_token", FIELD_TEXT, 1, 600, 0 },
	[G_PROOF] = { "appsecret_proof", FIELD_TEXT, 1, 200, 0 },
	[G_FIELDS] = { "fields", FIELD_TEXT, 1, 200, 0 },
};

/* The token of the query, or of the Authorization header as Apache passes it
 * on: it does so only when it is told to. */
static const char *
token_of(const struct form *f)
{
	const char *header = getenv("HTTP_AUTHORIZATION");
	const char *asked = form_text_or(f, G_TOKEN, "");

	if (*asked == '\0' && header != NULL &&
	    strncmp(header, "Bearer ", 7) == 0)
		return header + 7;
	return asked;
}

static enum rc
debug_token(struct box *b, struct error *e)
{
	const struct settings *s = b->settings;
	struct jdoc t = { NULL };
	char own[400];
	struct form f;
	bool valid;
	enum rc rc;

	(void)snprintf(
	    own, sizeof(own), "%s|%s", s->facebook_app_id, s->facebook_secret);
	rc = form_read(
	    &f, graph_fields, G_COUNT, buf_str(&b->q.query), b->q.query.len, e);
	if (rc != RC_OK || strcmp(token_of(&f), own) != 0) {
		error_clear(e);
		rc = fault(b, 400, "OAuthException", 190, 0,
		    "Invalid OAuth access token signature.", e);
	} else {
		rc = box_look(
		    b, "facebook-token", form_text_or(&f, G_INPUT, ""), &t, e);
		valid = rc == RC_OK && !is(&t, "mishap", "invalid");
		rc = box_json(b, 200,
		    json_pack("{s:{s:s, s:s, s:b, s:s, s:I, s:[s, s]}}", "data",
			"app_id",
			is(&t, "mishap", "other-app") ? "999999"
						      : s->facebook_app_id,
			"type", "USER", "is_valid", (int)valid, "user_id",
			rc != RC_OK                      ? "0"
			: is(&t, "mishap", "other-user") ? "10299999999999999"
							 : jdoc_text(&t, "id"),
			"expires_at", (json_int_t)b->now + HOUR, "scopes",
			"public_profile", "email"),
		    e);
	}
	jdoc_release(&t);
	form_release(&f);
	return rc;
}

static bool
wanted(const struct form *f, const char *name)
{
	const char *fields = form_text_or(f, G_FIELDS, "id,name"), *at;
	size_t n = strlen(name);

	for (at = fields; (at = strstr(at, name)) != NULL; at += n)
		if ((at == fields || at[-1] == ',') &&
		    (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

static enum rc
describe(
    struct box *b, const struct form *f, const struct jdoc *t, struct error *e)
{
	json_t *j = json_pack("{s:s}", "id", jdoc_text(t, "id"));

	if (wanted(f, "name"))
		(void)json_object_set_new(
		    j, "name", json_string(jdoc_text(t, "name")));
	/* the field is simply not there when there is none to tell */
	if (wanted(f, "email") && !is(t, "email", "") &&
	    strstr(jdoc_text(t, "scope"), "email") != NULL)
		(void)json_object_set_new(
		    j, "email", json_string(jdoc_text(t, "email")));
	return box_json(b, 200, j, e);
}

static enum rc
me(struct box *b, struct error *e)
{
	const char *key, *proof;
	struct jdoc t = { NULL };
	char want[HASH_SIZE];
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, graph_fields, G_COUNT, buf_str(&b->q.query), b->q.query.len, e);
	key = token_of(&f);
	if (rc == RC_OK)
		rc = box_look(b, "facebook-token", key, &t, e);
	proof = form_text_or(&f, G_PROOF, "");
	facebook_proof(b->settings->facebook_secret, key, want);
	if (rc != RC_OK) {
		error_clear(e);
		rc = fault(b, 401, "OAuthException", 190, 0,
		    "Invalid OAuth access token.", e);
	} else if (proof[0] == '\0') {
		rc = fault(b, 400, "GraphMethodException", 100, 0,
		    "API calls from the server require an appsecret_proof "
		    "argument",
		    e);
	} else if (strcmp(proof, want) != 0) {
		rc = fault(b, 400, "GraphMethodException", 100, 0,
		    "Invalid appsecret_proof provided in the API argument", e);
	} else {
		rc = describe(b, &f, &t, e);
	}
	jdoc_release(&t);
	form_release(&f);
	return rc;
}

static void
own_addresses(const struct settings *s, const char *out[BOX_ADDRESSES])
{
	out[0] = s->facebook_dialog;
	out[1] = s->facebook_graph;
	out[2] = s->shop_url;
}

int
main(void)
{
	static const struct box_route routes[] = {
		{ "/VERSION/dialog/oauth", METHOD_GET, dialog },
		{ "/pick", METHOD_POST, pick },
		{ "/VERSION/oauth/access_token", METHOD_POST, token },
		{ "/VERSION/debug_token", METHOD_GET, debug_token },
		{ "/VERSION/me", METHOD_GET, me },
		{ "/leave", METHOD_GET, facebook_leave },
		{ "/leave", METHOD_POST, facebook_send },
	};

	return box_main("facebook", own_addresses, routes,
	    sizeof(routes) / sizeof(routes[0]));
}
