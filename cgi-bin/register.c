#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cgi-bin/elsewhere.h"
#include "cgi-bin/login.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/tally.h"

enum { F_USER = F_OWN, F_NAME, F_EMAIL, F_PASSWORD, F_COUNT };
static const struct field posted[F_COUNT] = {
	LOGIN_FIELDS,
	[F_USER] = { "user_name", FIELD_TEXT, 1, 200, FIELD_NEEDED },
	[F_NAME] = { "name", FIELD_TEXT, 1, SESSION_NAME_SIZE - 1,
	    FIELD_NEEDED },
	[F_EMAIL] = { "email", FIELD_TEXT, 1, 254, FIELD_NEEDED },
	[F_PASSWORD] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
	    FIELD_NEEDED },
};

#define SUGGESTIONS 3

/* What was typed, and what is wrong with it. */
struct applicant {
	struct visit *v;
	struct form f;
	struct where to;
	const char *wrong[F_COUNT];
	struct error why[F_COUNT]; /* what wrong[] may point to */
	char taken[LOGIN_SENTENCE];
};

/*** The page ***/

static enum rc
put_register(
    struct applicant *a, int status, const char *sentence, struct error *e)
{
	struct entry fields[] = {
		{ .name = "name",
		    .label = "Your name",
		    .hint = "As we shall call you. Any name will do.",
		    .autocomplete = "name",
		    .max = SESSION_NAME_SIZE - 1,
		    .value = form_typed(&a->f, F_NAME),
		    .wrong = a->wrong[F_NAME] },
		{ .name = "email",
		    .label = "E-mail address",
		    .hint = "For news of your orders. We send a link to make "
			    "sure that it is yours.",
		    .type = "email",
		    .autocomplete = "email",
		    .max = 254,
		    .value = form_typed(&a->f, F_EMAIL),
		    .wrong = a->wrong[F_EMAIL] },
		{ .name = "user_name",
		    .label = "User name",
		    .hint = "To log in with: 3 to 32 letters, digits, dots, "
			    "hyphens or underscores.",
		    .autocomplete = "username",
		    .max = 32,
		    .value = form_typed(&a->f, F_USER),
		    .wrong = a->wrong[F_USER] },
		{ .name = "password",
		    .label = "Password",
		    .hint = "8 characters or more. A few words are easier to "
			    "keep in mind than signs.",
		    .type = "password",
		    .autocomplete = "new-password",
		    .wrong = a->wrong[F_PASSWORD] },
	};
	const struct login_form lf = { .title = "Make an account",
		.sentence = sentence,
		.action = "/register",
		.to = &a->to,
		.fields = fields,
		.n = sizeof(fields) / sizeof(fields[0]),
		.button = "Make the account" };
	struct page p;
	struct url u, back;
	enum rc rc;

	rc = login_form_page(a->v, &p, status, &lf, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "beside");
	elsewhere_buttons(&p, &a->to, "Register");
	html_open(&p.h, EL_P);
	html_text(&p.h, "Have one already? ");
	url_init(&u, "/login");
	if (a->to.place != WHERE_NOWHERE) {
		url_arg(&u, "to", where_text(&a->to, &back));
		url_release(&back);
	}
	html_el(&p.h, EL_A, "Log in", HREF(&u));
	url_release(&u);
	html_close(&p.h, EL_P);
	html_open(&p.h, EL_P, CLASS("small"));
	html_text(&p.h, "What we keep, and for how long: ");
	page_link(&p, "/page/privacy", NULL, "Privacy");
	html_close(&p.h, EL_P);
	html_close(&p.h, EL_DIV);
	return login_form_end(&p, e);
}

enum rc
register_show(struct visit *v, struct error *e)
{
	struct applicant a = { .v = v };
	bool page;
	enum rc rc;

	rc = login_query(v, &a.to, &page, e);
	if (rc != RC_OK || page)
		return rc;
	if (v->who.session.customer != 0) {
		login_go(v, &a.to);
		return RC_OK;
	}
	rc = form_read(&a.f, posted, F_COUNT, "", 0, e);
	if (rc == RC_OK)
		rc = put_register(&a, 200, NULL, e);
	form_release(&a.f);
	return rc;
}

/*** What is wrong ***/

/* A field that has a rule of its own: its sentence, if it has one. */
static enum rc
judged(struct applicant *a, size_t field, enum rc rc, struct error *e)
{
	if (rc == RC_INVALID) {
		a->wrong[field] = a->why[field].text;
		return RC_OK;
	}
	if (rc != RC_OK)
		(void)error_set(e, rc, "%s", a->why[field].text);
	return rc;
}

static enum rc
judge(struct applicant *a, struct error *e)
{
	char key[CUSTOMER_KEY_SIZE];
	enum rc rc = RC_OK;
	size_t i;

	for (i = F_OWN; i < F_COUNT; i++)
		a->wrong[i] = login_lacks(&a->f, i);
	if (a->wrong[F_USER] == NULL)
		rc = judged(a, F_USER,
		    customer_user_key(
			form_text(&a->f, F_USER), key, &a->why[F_USER]),
		    e);
	if (rc == RC_OK && a->wrong[F_EMAIL] == NULL)
		rc = judged(a, F_EMAIL,
		    customer_email_key(
			form_text(&a->f, F_EMAIL), key, &a->why[F_EMAIL]),
		    e);
	if (rc == RC_OK && a->wrong[F_PASSWORD] == NULL)
		rc = judged(a, F_PASSWORD,
		    password_fit(form_text(&a->f, F_PASSWORD),
			form_typed(&a->f, F_USER), form_typed(&a->f, F_EMAIL),
			&a->why[F_PASSWORD]),
		    e);
	return rc;
}

static bool
faultless(const struct applicant *a)
{
	size_t i;

	for (i = F_OWN; i < F_COUNT; i++) {
		if (a->wrong[i] != NULL)
			return false;
	}
	return true;
}

static enum rc
is_free(struct db *db, const char *user_name, bool *unused, struct error *e)
{
	struct customer c = { 0 };
	enum rc rc;

	rc = customer_by_user(db, user_name, &c, e);
	customer_release(&c);
	*unused = rc == RC_NOTFOUND;
	if (rc == RC_NOTFOUND || rc == RC_INVALID) {
		error_clear(e);
		rc = RC_OK;
	}
	return rc;
}

/* A taken name is told, with some that are free: the name with a number that
 * is not the next one, so that nothing tells how many there are. */
static enum rc
suggest(struct applicant *a, struct error *e)
{
	const char *name = form_text(&a->f, F_USER);
	char uid[UID_SIZE], other[64];
	int i, found = 0;
	bool unused;
	struct buf b;
	enum rc rc;

	rc = uid_random(uid, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, LOGIN_SENTENCE - 1);
	buf_puts(&b, "This name is somebody's.");
	for (i = 0; rc == RC_OK && found < SUGGESTIONS && i < 8; i++) {
		(void)snprintf(other, sizeof(other), "%.29s%d", name,
		    10 + ((uid[2 * i] * 7 + uid[2 * i + 1] * 3) % 90));
		rc = is_free(a->v->db, other, &unused, e);
		if (rc != RC_OK || !unused)
			continue;
		buf_puts(&b, found == 0 ? " These are free: " : ", ");
		buf_puts(&b, other);
		found++;
	}
	(void)snprintf(a->taken, sizeof(a->taken), "%s.",
	    buf_rc(&b) == RC_OK ? buf_str(&b) : "This name is somebody's");
	buf_release(&b);
	a->wrong[F_USER] = a->taken;
	return rc;
}

/*** The account ***/

struct making {
	struct applicant *a;
	struct registration r;
	char place[PLACE_SIZE];
	bool taken;
	int64_t id;
};

static enum rc
make(struct db *db, void *ctx, struct error *e)
{
	struct making *m = ctx;
	int64_t now = m->a->v->now;
	enum rc rc;

	rc = customer_register(db, &m->r, now, &m->taken, &m->id, e);
	if (rc == RC_OK && !m->taken)
		rc = seclog(db, m->id, "register", m->place, "", now, e);
	return rc;
}

/* The account is there whatever becomes of the letter: it can be asked for
 * again. */
static void
send_link(struct visit *v, int64_t id)
{
	struct error e = ERROR_NONE;
	struct customer c = { 0 };
	bool sent;
	enum rc rc;

	rc = customer_by_id(v->db, id, &c, &e);
	if (rc == RC_OK)
		rc = login_mail_confirm(v, &c, &sent, &e);
	if (rc != RC_OK && rc != RC_INVALID)
		log_failure("could not post a link", &e);
	customer_release(&c);
}

static enum rc
make_account(struct applicant *a, const char *place, struct error *e)
{
	char encoded[PASSWORD_SIZE];
	struct making m = { .a = a };
	struct visit *v = a->v;
	enum rc rc;

	rc = password_make(
	    v->settings, form_text(&a->f, F_PASSWORD), encoded, e);
	if (rc != RC_OK)
		return rc;
	m.r.user_name = form_text(&a->f, F_USER);
	m.r.email = form_text(&a->f, F_EMAIL);
	m.r.name = form_text(&a->f, F_NAME);
	m.r.password = encoded;
	(void)snprintf(m.place, sizeof(m.place), "%s", place);
	rc = db_unit(v->db, make, &m, e);
	if (rc == RC_OK && m.taken) {
		rc = suggest(a, e);
		if (rc == RC_OK)
			rc = put_register(a, 422, NULL, e);
	} else if (rc == RC_OK) {
		send_link(v, m.id);
		rc = login_finish_password(v, m.id, encoded, &a->to, e);
	}
	explicit_bzero(encoded, sizeof(encoded));
	return rc;
}

/* Accounts from one place come slowly: each costs us a hash and a letter. */
static enum rc
slowly(struct applicant *a, struct error *e)
{
	static const struct tally_rule rule = { 20, 60 };
	char place[PLACE_SIZE], who[HASH_SIZE], text[LOGIN_SENTENCE];
	int64_t seconds;
	enum rc rc;

	tally_place(place, a->v->q->remote_addr);
	tally_who(who, "register", place);
	rc = tally_take(a->v->db, who, &rule, a->v->now, &seconds, e);
	if (rc == RC_OK && seconds > 0) {
		login_wait(a->v, seconds, text);
		return put_register(a, 429, text, e);
	}
	if (rc == RC_OK)
		rc = make_account(a, place, e);
	return rc;
}

enum rc
register_make(struct visit *v, struct error *e)
{
	struct applicant a = { .v = v };
	bool page;
	enum rc rc;

	rc = login_read(v, &a.f, posted, F_COUNT, &page, e);
	if (rc != RC_OK || page) {
		form_release(&a.f);
		return rc;
	}
	a.to = login_to(&a.f);
	if (v->who.session.customer != 0)
		login_go(v, &a.to);
	else if (!who_proof(v, form_typed(&a.f, F_PROOF)))
		rc = put_register(&a, 403, LOGIN_LATE, e);
	else {
		rc = judge(&a, e);
		if (rc == RC_OK)
			rc = faultless(&a) ? slowly(&a, e)
					   : put_register(&a, 422, NULL, e);
	}
	form_release(&a.f);
	return rc;
}
