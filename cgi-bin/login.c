#include "config.h"

#include <string.h>

#include "cgi-bin/elsewhere.h"
#include "cgi-bin/login.h"
#include "cgi-bin/login_providers.h"
#include "shop/login.h"
#include "shop/password.h"
#include "shop/tally.h"

enum { F_LOGIN = F_OWN, F_PASSWORD, F_COUNT };
static const struct field posted[F_COUNT] = {
	LOGIN_FIELDS,
	[F_LOGIN] = { "login", FIELD_TEXT, 1, 254, FIELD_NEEDED },
	[F_PASSWORD] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
	    FIELD_NEEDED },
};

/*** Log in ***/

static void
other_ways(struct page *p, const struct where *to)
{
	struct html *h = &p->h;
	struct url u, back;

	page_div(p, "beside");
	elsewhere_buttons(p, to, "Log in");
	html_open(h, EL_P);
	page_link(p, "/login/reset", NULL, "Forgot your password?");
	html_close(h, EL_P);
	html_open(h, EL_P);
	html_text(h, "New here? ");
	url_init(&u, "/register");
	if (to->place != WHERE_NOWHERE) {
		url_arg(&u, "to", where_text(to, &back));
		url_release(&back);
	}
	html_el(h, EL_A, "Make an account", HREF(&u));
	url_release(&u);
	html_text(h, "; the basket comes along.");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
}

static enum rc
put_login(struct visit *v, int status, const char *sentence,
    const char *wrong[2], const char *login, const struct where *to,
    struct error *e)
{
	struct entry fields[] = {
		{ .name = "login",
		    .label = "User name or e-mail address",
		    .autocomplete = "username",
		    .value = login,
		    .wrong = wrong[0],
		    .max = 254 },
		{ .name = "password",
		    .label = "Password",
		    .type = "password",
		    .autocomplete = "current-password",
		    .wrong = wrong[1] },
	};
	const struct login_form lf = { .title = "Log in",
		.sentence = sentence,
		.action = "/login",
		.to = to,
		.fields = fields,
		.n = 2,
		.button = "Log in" };
	struct page p;
	enum rc rc;

	rc = login_form_page(v, &p, status, &lf, e);
	if (rc != RC_OK)
		return rc;
	other_ways(&p, to);
	return login_form_end(&p, e);
}

enum rc
login_page(struct visit *v, int status, const char *sentence, const char *login,
    const struct where *to, struct error *e)
{
	const char *wrong[2] = { NULL, NULL };

	return put_login(v, status, sentence, wrong, login, to, e);
}

/* The "to" of an address. */
static enum rc
query_to(struct visit *v, struct where *to, bool *page, struct error *e)
{
	static const struct field fields[] = {
		{ "to", FIELD_TEXT, 1, LIMIT_URL, 0 },
	};
	struct form f;
	enum rc rc;

	*page = false;
	rc =
	    form_read(&f, fields, 1, buf_str(&v->q->query), v->q->query.len, e);
	*to = where_of(form_text_or(&f, 0, ""));
	form_release(&f);
	if (rc != RC_INVALID && rc != RC_TOOBIG)
		return rc;
	error_clear(e);
	*page = true;
	return page_error(v, 400, e);
}

enum rc
login_query(struct visit *v, struct where *to, bool *page, struct error *e)
{
	enum rc rc = query_to(v, to, page, e);

	return rc == RC_OK && !*page ? who_read(v, e) : rc;
}

enum rc
login_show(struct visit *v, struct error *e)
{
	struct where to;
	bool page;
	enum rc rc;

	rc = login_query(v, &to, &page, e);
	if (rc != RC_OK || page)
		return rc;
	if (v->who.session.customer == 0)
		return login_page(v, 200, NULL, "", &to, e);
	login_go(v, &to);
	return RC_OK;
}

static enum rc
let_in(struct visit *v, const struct form *f, const struct where *to,
    struct error *e)
{
	const char *login = form_text(f, F_LOGIN);
	char place[PLACE_SIZE], checked[PASSWORD_SIZE], text[LOGIN_SENTENCE];
	const struct login_try t = { .login = login,
		.password = form_text(f, F_PASSWORD),
		.place = place,
		.checked = checked,
		.now = v->now };
	enum login_outcome outcome = LOGIN_WRONG;
	int64_t customer = 0, seconds = 0;
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	rc = login_password(
	    v->db, v->settings, &t, &outcome, &customer, &seconds, e);
	if (rc != RC_OK)
		return rc;
	switch (outcome) {
	case LOGIN_IN:
		rc = login_finish_password(v, customer, checked, to, e);
		explicit_bzero(checked, sizeof(checked));
		return rc;
	case LOGIN_WRONG:
		return login_page(v, 403,
		    "No account has this name with this password. Capital "
		    "letters count in the password, not in the name.",
		    login, to, e);
	case LOGIN_SLOW:
		login_wait(v, seconds, text);
		return login_page(v, 429, text, login, to, e);
	}
	return RC_INVALID;
}

enum rc
login_try_password(struct visit *v, struct error *e)
{
	const char *wrong[2];
	struct where to;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, posted, F_COUNT, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	to = login_to(&f);
	wrong[0] = login_lacks(&f, F_LOGIN);
	wrong[1] = login_lacks(&f, F_PASSWORD);
	if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc = login_page(
		    v, 403, LOGIN_LATE, form_typed(&f, F_LOGIN), &to, e);
	else if (!form_ok(&f))
		rc = put_login(
		    v, 422, NULL, wrong, form_typed(&f, F_LOGIN), &to, e);
	else
		rc = let_in(v, &f, &to, e);
	form_release(&f);
	return rc;
}

/*** Once more, before what must be the person ***/

static enum rc
put_prove(struct visit *v, int status, const char *sentence, const char *wrong,
    const struct where *to, struct error *e)
{
	struct customer c = { 0 };
	struct entry field = { .name = "password",
		.label = "Password",
		.type = "password",
		.autocomplete = "current-password",
		.wrong = wrong };
	struct login_form lf = { .title = "Is it really you?",
		.lead = "This is a thing that only you may do, and a browser "
			"can be left open. Please show once more who you are.",
		.sentence = sentence,
		.action = "/login/prove",
		.to = to,
		.fields = &field,
		.n = 1,
		.button = "It is me" };
	struct page p;
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK && !c.has_password) {
		lf.n = 0;
		lf.button = NULL;
	}
	if (rc == RC_OK)
		rc = login_form_page(v, &p, status, &lf, e);
	if (rc == RC_OK) {
		page_div(&p, "beside");
		elsewhere_buttons(&p, to, "Show it");
		html_open(&p.h, EL_P);
		page_link(&p, "/login/reset", NULL, "Forgot your password?");
		html_close(&p.h, EL_P);
		html_close(&p.h, EL_DIV);
		rc = login_form_end(&p, e);
	}
	customer_release(&c);
	return rc;
}

enum rc
prove_show(struct visit *v, struct error *e)
{
	struct where to;
	bool page;
	enum rc rc;

	rc = login_query(v, &to, &page, e);
	if (rc == RC_OK && !page && v->who.session.customer == 0)
		return login_page(v, 200, NULL, "", &to, e);
	if (rc != RC_OK || page)
		return rc;
	return put_prove(v, 200, NULL, NULL, &to, e);
}

/* The password of who is logged in, by the rules of logging in: it is slowed
 * and counted like any other. */
static enum rc
prove_it(struct visit *v, const char *password, const struct where *to,
    struct error *e)
{
	enum login_outcome outcome = LOGIN_WRONG;
	int64_t customer = 0, seconds = 0;
	char place[PLACE_SIZE], text[LOGIN_SENTENCE];
	struct login_try t = {
		.password = password, .place = place, .now = v->now
	};
	struct customer c = { 0 };
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		t.login = c.user_name[0] != '\0' ? c.user_name : c.email;
		rc = login_password(
		    v->db, v->settings, &t, &outcome, &customer, &seconds, e);
	}
	customer_release(&c);
	if (rc != RC_OK)
		return rc;
	if (outcome == LOGIN_IN && customer == v->who.session.customer)
		return login_again(v, to, e);
	if (outcome != LOGIN_SLOW)
		return put_prove(v, 403, NULL,
		    "This is not the password of this account.", to, e);
	login_wait(v, seconds, text);
	return put_prove(v, 429, text, NULL, to, e);
}

enum rc
prove_password(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
		    FIELD_NEEDED },
	};
	struct where to;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 1, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	to = login_to(&f);
	if (v->who.session.customer == 0)
		rc = login_page(v, 200, NULL, "", &to, e);
	else if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_prove(v, 403, LOGIN_LATE, NULL, &to, e);
	else if (!form_ok(&f))
		rc = put_prove(v, 422, NULL, login_lacks(&f, F_OWN), &to, e);
	else
		rc = prove_it(v, form_text(&f, F_OWN), &to, e);
	form_release(&f);
	return rc;
}

static const struct route routes[] = {
	{ "/login", ON_GET, login_show },
	{ "/login", ON_POST, login_try_password },
	{ "/login/prove", ON_GET, prove_show },
	{ "/login/prove", ON_POST, prove_password },
	{ "/register", ON_GET, register_show },
	{ "/register", ON_POST, register_make },
	{ "/logout", ON_GET, logout_show },
	{ "/logout", ON_POST, logout_here },
	{ "/logout/everywhere", ON_POST, logout_everywhere },
	{ "/login/reset", ON_GET, reset_show },
	{ "/login/reset", ON_POST, reset_ask },
	{ "/login/reset/", ON_GET | ON_TAIL | ON_SECRET, reset_link },
	{ "/login/reset/", ON_POST | ON_TAIL | ON_SECRET, reset_choose },
	{ "/login/confirm", ON_POST, confirm_again },
	{ "/login/confirm/", ON_GET | ON_TAIL | ON_SECRET, confirm_link },
	{ "/login/confirm/", ON_POST | ON_TAIL | ON_SECRET, confirm_use },
	{ "/login/email", ON_GET, email_show },
	{ "/login/email", ON_POST, email_ask },
	{ "/login/email/", ON_GET | ON_TAIL | ON_SECRET, email_link },
	{ "/login/email/", ON_POST | ON_TAIL | ON_SECRET, email_use },
	{ "/login/methods", ON_GET, methods_show },
	{ "/login/methods", ON_POST, methods_remove },
	{ "/login/password", ON_GET, password_show },
	{ "/login/password", ON_POST, password_change },
	{ "/login/google", ON_POST, google_start },
	{ "/login/google/callback", ON_GET, google_back },
	{ "/login/facebook", ON_POST, facebook_start },
	{ "/login/facebook/callback", ON_GET, facebook_back },
	{ "/login/facebook/deletion", ON_POST | ON_FOREIGN, facebook_deletion },
	{ "/login/facebook/deauthorise", ON_POST | ON_FOREIGN,
	    facebook_deauthorise },
	{ "/login/deletion/", ON_GET | ON_TAIL | ON_SECRET, deletion_show },
	{ "/login/join/", ON_GET | ON_TAIL | ON_SECRET, join_show },
	{ "/login/join/", ON_POST | ON_TAIL | ON_SECRET, join_password },
	{ "/login/join-mail/", ON_POST | ON_TAIL | ON_SECRET, join_ask_mail },
	{ "/login/link/", ON_GET | ON_TAIL | ON_SECRET, link_show },
	{ "/login/link/", ON_POST | ON_TAIL | ON_SECRET, link_use },
	{ "/login/erase", ON_GET, erase_show },
	{ "/login/erase", ON_POST, erase_do },
};

int
main(void)
{
	return cgi_main_calling("login", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error, login_jail);
}
