#include "config.h"

#include <string.h>

#include "cgi-bin/login_providers.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/tally.h"

static bool
read_kept(const char *s, struct arrived *a)
{
	char proven[2], to[LIMIT_URL];

	memset(a, 0, sizeof(*a));
	if (!login_line(&s, a->provider, sizeof(a->provider)) ||
	    !login_line(&s, a->who.subject, sizeof(a->who.subject)) ||
	    !login_line(&s, a->who.email, sizeof(a->who.email)) ||
	    !login_line(&s, proven, sizeof(proven)) ||
	    !login_line(&s, a->who.name, sizeof(a->who.name)) ||
	    !login_line(&s, to, sizeof(to)))
		return false;
	a->who.email_proven = proven[0] == '1';
	a->to = where_of(to);
	return true;
}

/* What v->tail stands for.  RC_OK with *page set: it stands for nothing, and
 * the page that says so has been written. */
static enum rc
look(struct visit *v, enum ticket_kind kind, struct arrived *a,
    struct customer *c, bool *page, struct error *e)
{
	const struct where nowhere = { WHERE_NOWHERE, "" };
	char browser[HASH_SIZE];
	struct ticket t = { 0 };
	enum rc rc;

	*page = false;
	v->r->secret_address = true;
	rc = who_read(v, e);
	login_browser(v, browser);
	if (rc == RC_OK && v->who.browser[0] == '\0')
		rc = RC_NOTFOUND;
	if (rc == RC_OK)
		rc = ticket_look(v->db, kind, v->tail, browser, v->now, &t, e);
	if (rc == RC_OK && !read_kept(t.data, a))
		rc = RC_NOTFOUND;
	if (rc == RC_OK)
		rc = customer_by_id(v->db, t.customer, c, e);
	ticket_release(&t);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	*page = true;
	return login_sorry(v, 410,
	    "This link was used before, is too old, or is not of this "
	    "browser. Please begin again.",
	    &nowhere, e);
}

/*** The account must be proven: by password ***/

static enum rc
put_join(struct visit *v, int status, const struct arrived *a,
    const struct customer *c, const char *sentence, const char *wrong,
    struct error *e)
{
	struct entry fields[] = {
		{ .name = "email",
		    .label = "Account",
		    .value = c->email,
		    .fixed = true },
		{ .name = "password",
		    .label = "Password",
		    .type = "password",
		    .autocomplete = "current-password",
		    .wrong = wrong },
	};
	struct login_form lf = { .title = "You have an account here",
		.lead = "There is an account with your address already. "
			"Please show once that it is yours; from then on both "
			"ways lead into it.",
		.sentence = sentence,
		.action = "/login/join/",
		.tail = v->tail,
		.to = &a->to,
		.fields = fields,
		.n = 2,
		.button = c->has_password ? "It is mine" : NULL };
	struct page p;
	struct url u;
	enum rc rc;

	rc = login_form_page(v, &p, status, &lf, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "beside");
	url_init(&u, "/login/join-mail/");
	url_path(&u, v->tail);
	entry_button(&p, &u, NULL, NULL, "Send a link to the address instead",
	    "button plain");
	url_release(&u);
	html_close(&p.h, EL_DIV);
	return login_form_end(&p, e);
}

enum rc
join_show(struct visit *v, struct error *e)
{
	struct customer c = { 0 };
	struct arrived a;
	bool page;
	enum rc rc;

	rc = look(v, TICKET_ARRIVED, &a, &c, &page, e);
	if (rc == RC_OK && !page)
		rc = put_join(v, 200, &a, &c, NULL, NULL, e);
	customer_release(&c);
	return rc;
}

struct joining {
	struct visit *v;
	enum ticket_kind kind;
	int64_t customer;
	const struct arrived *a;
	bool taken;
};

/* With what allows it used up in the same unit. */
static enum rc
join(struct db *db, void *ctx, struct error *e)
{
	struct joining *j = ctx;
	const struct arrival a = login_arrival_of(j->a);
	char browser[HASH_SIZE], place[PLACE_SIZE];
	struct ticket t = { 0 };
	enum rc rc;

	login_browser(j->v, browser);
	tally_place(place, j->v->q->remote_addr);
	rc = ticket_use(db, j->kind, j->v->tail, browser, j->v->now, &t, e);
	ticket_release(&t);
	if (rc == RC_OK)
		rc = login_join(db, j->customer, &a, j->v->now, &j->taken, e);
	if (rc == RC_OK && !j->taken)
		rc = seclog(
		    db, j->customer, "link", place, a.provider, j->v->now, e);
	return rc;
}

/* Join, tell, and let in.  checked as for login_finish_password, or NULL. */
static enum rc
join_and_enter(struct visit *v, enum ticket_kind kind, const struct arrived *a,
    int64_t customer, const char *checked, struct error *e)
{
	struct joining j = { v, kind, customer, a, false };
	enum rc rc;

	rc = db_unit(v->db, join, &j, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return login_sorry(
		    v, 410, "This was done already. Please log in.", &a->to, e);
	}
	if (rc == RC_OK && j.taken)
		return login_stop(v, 409, "Another account's",
		    "This way of logging in belongs to another account by "
		    "now. Nothing was changed.",
		    e);
	if (rc == RC_OK)
		rc = login_announce(
		    v, customer, LETTER_METHOD_ADDED, a->provider, e);
	if (rc != RC_OK)
		return rc;
	if (checked != NULL)
		return login_finish_password(v, customer, checked, &a->to, e);
	return login_finish(v, customer, a->provider, &a->to, e);
}

static enum rc
try_password(struct visit *v, const struct arrived *a, const struct customer *c,
    const char *password, struct error *e)
{
	enum login_outcome outcome = LOGIN_WRONG;
	char place[PLACE_SIZE], checked[PASSWORD_SIZE], text[LOGIN_SENTENCE];
	const struct login_try t = { .login = c->email,
		.password = password,
		.place = place,
		.checked = checked,
		.now = v->now };
	int64_t customer = 0, seconds = 0;
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	rc = login_password(
	    v->db, v->settings, &t, &outcome, &customer, &seconds, e);
	if (rc != RC_OK)
		return rc;
	if (outcome == LOGIN_SLOW) {
		login_wait(v, seconds, text);
		return put_join(v, 429, a, c, text, NULL, e);
	}
	if (outcome != LOGIN_IN || customer != c->id)
		return put_join(v, 403, a, c, NULL,
		    "This is not the password of this account.", e);
	rc = join_and_enter(v, TICKET_ARRIVED, a, customer, checked, e);
	explicit_bzero(checked, sizeof(checked));
	return rc;
}

enum rc
join_password(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
		    FIELD_NEEDED },
	};
	struct customer c = { 0 };
	struct arrived a;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 1, &page, e);
	if (rc == RC_OK && !page)
		rc = look(v, TICKET_ARRIVED, &a, &c, &page, e);
	if (rc != RC_OK || page)
		;
	else if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_join(v, 403, &a, &c, LOGIN_LATE, NULL, e);
	else if (!form_ok(&f))
		rc = put_join(v, 422, &a, &c, NULL, login_lacks(&f, F_OWN), e);
	else
		rc = try_password(v, &a, &c, form_text(&f, F_OWN), e);
	customer_release(&c);
	form_release(&f);
	return rc;
}

/*** Or by a link in a letter ***/

static enum rc
write_link(struct visit *v, const struct arrived *a, const struct customer *c,
    struct login_mail *m, struct error *e)
{
	char token[TOKEN_SIZE];
	struct letter_to to;
	struct url u;
	enum rc rc;

	rc = login_keep(v, a, TICKET_LINK, c->id, token, e);
	if (rc == RC_OK)
		rc = login_mail_begin(v, m, "link", c, c->email, &to, e);
	if (rc != RC_OK)
		return rc;
	url_init_at(&u, v->settings->shop_url, "/login/link/");
	url_path(&u, token);
	rc = letter_link_proof(&to, login_provider_name(a->provider), &u,
	    ARRIVAL_SECONDS, &m->bytes, e);
	url_release(&u);
	return login_unsendable(m, rc, e);
}

static enum rc
send_link(struct visit *v, const struct arrived *a, const struct customer *c,
    struct error *e)
{
	struct login_mail m;
	bool may;
	enum rc rc;

	login_mail_init(&m);
	rc = login_may_mail(v, "join", c->email, &may, e);
	if (rc == RC_OK && may)
		rc = write_link(v, a, c, &m, e);
	if (rc == RC_OK && may)
		rc = login_post_now(v, &m, e);
	login_mail_release(&m);
	if (rc != RC_OK)
		return rc;
	if (!may)
		return put_join(v, 429, a, c,
		    "We have sent letters to this address lately. Please look "
		    "into its junk too, and try again in a while.",
		    NULL, e);
	return login_stop(v, 200, "Please look into your mail",
	    "A letter with a link is on its way. It works for half an hour, "
	    "in this browser.",
	    e);
}

enum rc
join_ask_mail(struct visit *v, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct customer c = { 0 };
	struct arrived a;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN, &page, e);
	if (rc == RC_OK && !page)
		rc = look(v, TICKET_ARRIVED, &a, &c, &page, e);
	if (rc == RC_OK && !page)
		rc = who_proof(v, form_typed(&f, F_PROOF))
			 ? send_link(v, &a, &c, e)
			 : put_join(v, 403, &a, &c, LOGIN_LATE, NULL, e);
	customer_release(&c);
	form_release(&f);
	return rc;
}

static enum rc
put_link(struct visit *v, int status, const struct arrived *a,
    const struct customer *c, const char *sentence, struct error *e)
{
	struct entry field = { .name = "email",
		.label = "Account",
		.value = c->email,
		.fixed = true };
	const struct login_form lf = { .title = "Is this your account?",
		.lead = "From now on the login that you came with leads into "
			"this account, too.",
		.sentence = sentence,
		.action = "/login/link/",
		.tail = v->tail,
		.to = &a->to,
		.fields = &field,
		.n = 1,
		.button = "It is mine" };
	struct page p;
	enum rc rc;

	rc = login_form_page(v, &p, status, &lf, e);
	return rc == RC_OK ? login_form_end(&p, e) : rc;
}

enum rc
link_show(struct visit *v, struct error *e)
{
	struct customer c = { 0 };
	struct arrived a;
	bool page;
	enum rc rc;

	rc = look(v, TICKET_LINK, &a, &c, &page, e);
	if (rc == RC_OK && !page)
		rc = put_link(v, 200, &a, &c, NULL, e);
	customer_release(&c);
	return rc;
}

enum rc
link_use(struct visit *v, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct customer c = { 0 };
	struct arrived a;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN, &page, e);
	if (rc == RC_OK && !page)
		rc = look(v, TICKET_LINK, &a, &c, &page, e);
	if (rc == RC_OK && !page)
		rc = who_proof(v, form_typed(&f, F_PROOF))
			 ? join_and_enter(v, TICKET_LINK, &a, c.id, NULL, e)
			 : put_link(v, 403, &a, &c, LOGIN_LATE, e);
	customer_release(&c);
	form_release(&f);
	return rc;
}
