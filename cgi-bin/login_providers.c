#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "cgi-bin/login_providers.h"
#include "peer/facebook.h"
#include "peer/google.h"

static bool
offered(const struct settings *s, const char *provider)
{
	return strcmp(provider, "google") == 0 ? *s->google_client_id != '\0'
					       : *s->facebook_app_id != '\0';
}

/*** What both directions share ***/

void
login_browser(const struct visit *v, char hash[HASH_SIZE])
{
	hash_hex(v->who.browser, strlen(v->who.browser), hash);
}

bool
login_line(const char **s, char *out, size_t size)
{
	size_t n = strcspn(*s, "\n");

	if ((*s)[n] != '\n' || n >= size)
		return false;
	memcpy(out, *s, n);
	out[n] = '\0';
	*s += n + 1;
	return true;
}

enum rc
login_sorry(struct visit *v, int status, const char *sentence,
    const struct where *to, struct error *e)
{
	if (v->who.session.customer != 0)
		return login_stop(v, status, "That did not work", sentence, e);
	return login_page(v, status, sentence, "", to, e);
}

/* The provider is slow, broken, or does not know us: say so, and log why. */
static enum rc
absent(struct visit *v, const char *provider, const struct where *to,
    struct error *e)
{
	char sentence[200];

	log_failure("a provider of logins failed", e);
	error_clear(e);
	(void)snprintf(sentence, sizeof(sentence),
	    "%s does not answer as it should just now. Nothing was changed; "
	    "please try again in a while, or log in another way.",
	    login_provider_name(provider));
	return login_sorry(v, 503, sentence, to, e);
}

/* A login that is under way. */
struct trip {
	const char *provider;
	char nonce[TOKEN_SIZE], verifier[TOKEN_SIZE];
	int64_t customer; /* who was logged in when it began */
	struct where to;
	struct buf redirect; /* our address that it comes back to */
};

static void
trip_init(struct trip *t, const struct visit *v, const char *provider)
{
	memset(t, 0, sizeof(*t));
	t->provider = provider;
	buf_init(&t->redirect, LIMIT_URL);
	buf_printf(&t->redirect, "%s/login/%s/callback", v->settings->shop_url,
	    provider);
}

static void
trip_release(struct trip *t)
{
	buf_release(&t->redirect);
	explicit_bzero(t->verifier, sizeof(t->verifier));
}

/*** There ***/

static enum rc
make_state(struct visit *v, const struct trip *t, char state[TOKEN_SIZE],
    struct error *e)
{
	char browser[HASH_SIZE];
	struct ticket ticket = { .browser = browser, .seconds = TRIP_SECONDS };
	struct buf b;
	struct url u;
	enum rc rc;

	login_browser(v, browser);
	buf_init(&b, TICKET_DATA);
	buf_printf(&b, "%s\n%s\n%s\n%lld\n", t->provider, t->nonce, t->verifier,
	    (long long)v->who.session.customer);
	buf_printf(&b, "%s\n", where_text(&t->to, &u));
	url_release(&u);
	rc = buf_rc(&b);
	ticket.data = buf_str(&b);
	if (rc == RC_OK)
		rc = ticket_new(v->db, TICKET_LOGIN, &ticket, v->now, state, e);
	buf_release(&b);
	return rc;
}

static void
leave(struct visit *v, const struct oauth_page *there)
{
	struct url u;
	size_t i;

	url_init_at(&u, there->address, "");
	for (i = 0; i < there->n; i++)
		url_arg(&u, there->args[i].name, there->args[i].value);
	v->r->secret_address = true;
	reply_redirect(v->r, &u);
	url_release(&u);
}

static enum rc
leave_for_google(
    struct visit *v, struct trip *t, const char *state, struct error *e)
{
	struct google_try try = { buf_str(&t->redirect), state, t->nonce,
		t->verifier };
	char challenge[OAUTH_CHALLENGE_SIZE];
	struct oauth_page there;
	struct google g;
	enum rc rc;

	rc = google_find(
	    v->settings, v->now, clock_mono_ms() + OAUTH_TOTAL_MS, &g, e);
	if (rc == RC_OK) {
		google_page(&g, v->settings, &try, challenge, &there);
		leave(v, &there);
	}
	google_release(&g);
	return rc;
}

static void
leave_for_facebook(struct visit *v, struct trip *t, const char *state)
{
	struct facebook_try try = { buf_str(&t->redirect), state, false };
	struct oauth_page there;
	struct buf address;

	buf_init(&address, LIMIT_URL);
	facebook_page(v->settings, &try, &address, &there);
	leave(v, &there);
	buf_release(&address);
}

static enum rc
begin(struct visit *v, struct trip *t, struct error *e)
{
	struct error why = ERROR_NONE;
	char state[TOKEN_SIZE];
	enum rc rc;

	rc = token_random(t->nonce, e);
	if (rc == RC_OK)
		rc = token_random(t->verifier, e);
	if (rc == RC_OK)
		rc = make_state(v, t, state, e);
	if (rc != RC_OK)
		return rc;
	if (strcmp(t->provider, "facebook") == 0) {
		leave_for_facebook(v, t, state);
		return RC_OK;
	}
	rc = leave_for_google(v, t, state, &why);
	if (rc == RC_OK)
		return RC_OK;
	return absent(v, t->provider, &t->to, &why);
}

static enum rc
start(struct visit *v, const char *provider, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct trip t;
	struct form f;
	bool page;
	enum rc rc;

	if (!offered(v->settings, provider))
		return RC_NOTFOUND;
	trip_init(&t, v, provider);
	rc = login_read(v, &f, fields, F_OWN, &page, e);
	if (rc == RC_OK && !page) {
		t.to = login_to(&f);
		rc = who_proof(v, form_typed(&f, F_PROOF))
			 ? begin(v, &t, e)
			 : login_sorry(v, 403, LOGIN_LATE, &t.to, e);
	}
	form_release(&f);
	trip_release(&t);
	return rc;
}

enum rc
google_start(struct visit *v, struct error *e)
{
	return start(v, "google", e);
}

enum rc
facebook_start(struct visit *v, struct error *e)
{
	return start(v, "facebook", e);
}

/*** And back ***/

enum { B_CODE, B_STATE, B_ISS, B_ERROR, B_COUNT };
static const struct field back_fields[B_COUNT] = {
	[B_CODE] = { "code", FIELD_TEXT, 1, 2000, 0 },
	[B_STATE] = { "state", FIELD_TEXT, 1, TOKEN_SIZE, 0 },
	[B_ISS] = { "iss", FIELD_TEXT, 1, 300, 0 },
	[B_ERROR] = { "error", FIELD_TEXT, 1, 100, 0 },
};

struct using
{
	const struct visit *v;
	const char *state;
	struct ticket ticket;
};

static enum rc
use_state(struct db *db, void *ctx, struct error *e)
{
	struct using *u = ctx;
	char browser[HASH_SIZE];

	login_browser(u->v, browser);
	ticket_release(&u->ticket);
	return ticket_use(
	    db, TICKET_LOGIN, u->state, browser, u->v->now, &u->ticket, e);
}

/* The login that a state stands for, which ends here whatever comes of it. */
static enum rc
resume(struct visit *v, const char *state, struct trip *t, struct error *e)
{
	struct using u = { v, state, { 0 } };
	char provider[PROVIDER_SIZE], customer[24], to[LIMIT_URL];
	const char *s;
	enum rc rc;

	if (v->who.browser[0] == '\0')
		return RC_NOTFOUND;
	rc = db_unit(v->db, use_state, &u, e);
	if (rc == RC_OK) {
		s = u.ticket.data;
		if (!login_line(&s, provider, sizeof(provider)) ||
		    !login_line(&s, t->nonce, sizeof(t->nonce)) ||
		    !login_line(&s, t->verifier, sizeof(t->verifier)) ||
		    !login_line(&s, customer, sizeof(customer)) ||
		    !login_line(&s, to, sizeof(to)) ||
		    num_parse(customer, 0, INT64_MAX, &t->customer) != RC_OK ||
		    strcmp(provider, t->provider) != 0)
			rc = RC_NOTFOUND;
		else
			t->to = where_of(to);
	}
	ticket_release(&u.ticket);
	return rc;
}

/* Ask the provider who it is. */
static enum rc
ask(struct visit *v, struct trip *t, const struct form *f,
    struct oauth_person *who, struct error *e)
{
	const int64_t until = clock_mono_ms() + OAUTH_TOTAL_MS;
	struct facebook_try facebook = { buf_str(&t->redirect), "", false };
	struct google_try google = { buf_str(&t->redirect), "", t->nonce,
		t->verifier };
	struct google g;
	enum rc rc;

	if (strcmp(t->provider, "facebook") == 0)
		return facebook_person(v->settings, &facebook,
		    form_text(f, B_CODE), until, who, e);
	rc = google_find(v->settings, v->now, until, &g, e);
	if (rc == RC_OK)
		rc = google_person(&g, v->settings, &google,
		    form_text(f, B_CODE), v->now, until, who, e);
	google_release(&g);
	return rc == RC_DENIED || rc == RC_NOMEM || rc == RC_OK ? rc : RC_IO;
}

static enum rc
refused(struct visit *v, const struct trip *t, struct error *e)
{
	char sentence[200];

	(void)snprintf(sentence, sizeof(sentence),
	    "You were not logged in: %s was not allowed to tell us who you "
	    "are. Nothing was changed.",
	    login_provider_name(t->provider));
	return login_sorry(v, 403, sentence, &t->to, e);
}

static enum rc
denied(struct visit *v, const struct trip *t, const char *why, struct error *e)
{
	char sentence[200];

	log_event(
	    LOG_WARN, "refused a login provider=%s: %s", t->provider, why);
	(void)snprintf(sentence, sizeof(sentence),
	    "What came back from %s was not good: it was used before, is too "
	    "old, or is not from there. Please begin again.",
	    login_provider_name(t->provider));
	return login_sorry(v, 400, sentence, &t->to, e);
}

static enum rc
come_back(
    struct visit *v, struct trip *t, const struct form *f, struct error *e)
{
	struct error why = ERROR_NONE;
	struct arrived a = { .to = t->to };
	enum rc rc;

	if (strcmp(t->provider, "google") == 0 &&
	    !google_issuer(v->settings, form_text_or(f, B_ISS, NULL)))
		return denied(v, t, "another issuer", e);
	if (form_error(f, B_ERROR) == FIELD_OK) {
		if (strcmp(form_text(f, B_ERROR), "access_denied") == 0)
			return refused(v, t, e);
		return denied(v, t, form_text(f, B_ERROR), e);
	}
	if (form_error(f, B_CODE) != FIELD_OK)
		return denied(v, t, "no code", e);
	(void)snprintf(a.provider, sizeof(a.provider), "%s", t->provider);
	rc = ask(v, t, f, &a.who, &why);
	if (rc == RC_DENIED)
		return denied(v, t, why.text, e);
	if (rc == RC_IO)
		return absent(v, t->provider, &t->to, &why);
	if (rc != RC_OK)
		return error_set(e, rc, "%s", why.text);
	return login_settle(v, &a, t->customer, e);
}

static enum rc
back(struct visit *v, const char *provider, struct error *e)
{
	const struct where nowhere = { WHERE_NOWHERE, "" };
	struct trip t;
	struct form f;
	enum rc rc;

	if (!offered(v->settings, provider))
		return RC_NOTFOUND;
	/* who only looks uses nothing up */
	if (v->q->method != METHOD_GET)
		return page_error(v, 405, e);
	v->r->secret_address = true;
	trip_init(&t, v, provider);
	rc = form_read(&f, back_fields, B_COUNT, buf_str(&v->q->query),
	    v->q->query.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f.twice)) {
		error_clear(e);
		rc = page_error(v, 400, e);
	} else if (rc == RC_OK) {
		rc = who_read(v, e);
		if (rc == RC_OK)
			rc = resume(v, form_text_or(&f, B_STATE, ""), &t, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			rc = login_sorry(v, 400,
			    "This login was used before, is too old, or was "
			    "not begun in this browser. Please begin again.",
			    &nowhere, e);
		} else if (rc == RC_OK) {
			rc = come_back(v, &t, &f, e);
		}
	}
	form_release(&f);
	trip_release(&t);
	return rc;
}

enum rc
google_back(struct visit *v, struct error *e)
{
	return back(v, "google", e);
}

enum rc
facebook_back(struct visit *v, struct error *e)
{
	return back(v, "facebook", e);
}

/*** The jail ***/

void
login_jail(const struct settings *s, struct jail *j)
{
	jail_path(j, s->shop_run, JAIL_WRITE);
	/* names, authorities, OpenSSL's configuration */
	jail_path(j, "/etc", JAIL_READ);
	jail_path(j, "/usr/lib", JAIL_READ);
	jail_path(j, "/usr/share", JAIL_READ);
	jail_port(j, 53);
	jail_port(j, 443); /* hosts that the discovery document names */
	jail_address(j, s->google_issuer);
	jail_address(j, s->facebook_graph);
}
