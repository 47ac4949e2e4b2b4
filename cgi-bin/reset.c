#include "config.h"

#include <string.h>

#include "cgi-bin/login.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/tally.h"
#include "shop/ticket.h"

/*** Ask for a link ***/

static enum rc
put_ask(struct visit *v, int status, const char *sentence, const char *email,
    const char *wrong, struct error *e)
{
	struct entry field = { .name = "email",
		.label = "E-mail address",
		.type = "email",
		.autocomplete = "email",
		.max = 254,
		.value = email,
		.wrong = wrong };
	const struct login_form lf = { .title = "A new password",
		.lead = "We send you a link with which you can choose one. It "
			"works once, for 30 minutes.",
		.sentence = sentence,
		.action = "/login/reset",
		.fields = &field,
		.n = 1,
		.button = "Send me the link" };
	struct page p;
	enum rc rc;

	rc = login_form_page(v, &p, status, &lf, e);
	if (rc == RC_OK)
		rc = login_form_end(&p, e);
	return rc;
}

enum rc
reset_show(struct visit *v, struct error *e)
{
	return put_ask(v, 200, NULL, "", NULL, e);
}

/* Whose link it would be: the account that has proven the address, else the one
 * that claims it. */
static enum rc
whose(struct visit *v, const char *email, struct customer *c, struct error *e)
{
	enum rc rc;

	rc = customer_by_proven(v->db, email, c, e);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	return customer_by_claim(v->db, email, c, e);
}

/* A letter and a link either way, though the link of nobody's address goes
 * nowhere: the page must take as long (R14), and who does not remember their
 * address should hear that this was another one. */
static enum rc
write_link(struct visit *v, const char *email, struct customer *c,
    struct login_mail *m, struct error *e)
{
	struct ticket t = { .customer = c->id,
		.data = email,
		.browser = "",
		.seconds = LOGIN_RESET_SECONDS };
	struct letter_account a;
	char token[TOKEN_SIZE];
	struct letter_to to;
	struct url u;
	enum rc rc;

	rc = login_mail_begin(v, m, "reset", c, email, &to, e);
	if (rc != RC_OK)
		return rc;
	rc = ticket_new(v->db, TICKET_RESET, &t, v->now, token, e);
	if (rc != RC_OK)
		return rc;
	if (c->id == 0) {
		url_init_at(&u, v->settings->shop_url, "/register");
		rc = letter_notice(
		    &to, LETTER_NO_ACCOUNT, NULL, &u, &m->bytes, e);
		url_release(&u);
		return rc;
	}
	url_init_at(&u, v->settings->shop_url, "/login/reset/");
	url_path(&u, token);
	a.user_name = c->user_name[0] == '\0' ? NULL : c->user_name;
	a.link = &u;
	rc = letter_reset(&to, &a, 1, t.seconds, &m->bytes, e);
	url_release(&u);
	return rc;
}

static enum rc
send_link(struct visit *v, const char *email, struct error *e)
{
	struct customer c = { 0 };
	struct login_mail m;
	bool may;
	enum rc rc;

	login_mail_init(&m);
	rc = login_may_mail(v, "reset", email, &may, e);
	if (rc == RC_OK && may) {
		rc = whose(v, email, &c, e);
		if (rc == RC_NOTFOUND) {
			error_clear(e);
			memset(&c, 0, sizeof(c));
			rc = RC_OK;
		}
		if (rc == RC_OK)
			rc = login_unsendable(
			    &m, write_link(v, email, &c, &m, e), e);
		if (rc == RC_OK)
			rc = login_post_now(v, &m, e);
	}
	customer_release(&c);
	login_mail_release(&m);
	return rc;
}

/* The same page for every address (R14). */
static enum rc
asked(struct visit *v, const char *email, struct error *e)
{
	static const struct tally_rule rule = { 10, 120 };
	char place[PLACE_SIZE], who[HASH_SIZE], text[LOGIN_SENTENCE];
	int64_t seconds;
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	tally_who(who, "reset", place);
	rc = tally_take(v->db, who, &rule, v->now, &seconds, e);
	if (rc == RC_OK && seconds > 0) {
		login_wait(v, seconds, text);
		return put_ask(v, 429, text, email, NULL, e);
	}
	if (rc == RC_OK)
		rc = send_link(v, email, e);
	if (rc == RC_OK)
		rc = login_stop(v, 200, "Please look into your mail",
		    "A letter is on its way to the address you gave. With the "
		    "link in it you can choose a new password for half an "
		    "hour. If nothing comes, look among the junk, or ask for "
		    "it again in a while.",
		    e);
	return rc;
}

enum rc
reset_ask(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "email", FIELD_TEXT, 1, 254, FIELD_NEEDED },
	};
	struct error why = ERROR_NONE;
	char key[CUSTOMER_KEY_SIZE];
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 1, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc =
		    put_ask(v, 403, LOGIN_LATE, form_typed(&f, F_OWN), NULL, e);
	else if (!form_ok(&f))
		rc = put_ask(v, 422, NULL, form_typed(&f, F_OWN),
		    login_lacks(&f, F_OWN), e);
	else if (customer_email_key(form_text(&f, F_OWN), key, &why) != RC_OK)
		rc = put_ask(v, 422, NULL, form_typed(&f, F_OWN), why.text, e);
	else
		rc = asked(v, form_text(&f, F_OWN), e);
	form_release(&f);
	return rc;
}

/*** Choose ***/

struct choosing {
	struct visit *v;
	struct ticket t;   /* owned */
	struct customer c; /* owned */
	struct login_mail m;
	char encoded[PASSWORD_SIZE];
	char place[PLACE_SIZE];
};

static enum rc
dead_link(struct visit *v, struct error *e)
{
	error_clear(e);
	return login_stop(v, 410, "This link no longer works",
	    "It was used already, is older than half an hour, or a newer one "
	    "was sent. You can ask for another one at \"Forgot your "
	    "password?\" where you log in.",
	    e);
}

static enum rc
put_choose(struct choosing *ch, int status, const char *sentence,
    const char *wrong, struct error *e)
{
	struct entry fields[] = {
		{ .name = "user",
		    .label = "Account",
		    .autocomplete = "username",
		    .value = ch->c.user_name[0] != '\0' ? ch->c.user_name
							: ch->t.data },
		{ .name = "password",
		    .label = "New password",
		    .hint = "8 characters or more. A few words are easier to "
			    "keep in mind than signs.",
		    .type = "password",
		    .autocomplete = "new-password",
		    .wrong = wrong },
	};
	const struct login_form lf = { .title = "Choose a new password",
		.lead = "Wherever you are logged in, you will be logged out.",
		.sentence = sentence,
		.action = "/login/reset/",
		.tail = ch->v->tail,
		.fields = fields,
		.n = 2,
		.button = "Keep this password" };
	struct page p;
	enum rc rc;

	fields[0].fixed = true;
	rc = login_form_page(ch->v, &p, status, &lf, e);
	if (rc == RC_OK)
		rc = login_form_end(&p, e);
	return rc;
}

static void
choosing_release(struct choosing *ch)
{
	ticket_release(&ch->t);
	customer_release(&ch->c);
	login_mail_release(&ch->m);
	explicit_bzero(ch->encoded, sizeof(ch->encoded));
}

/* The link's ticket and customer. */
static enum rc
look(struct visit *v, struct choosing *ch, struct error *e)
{
	enum rc rc;

	memset(ch, 0, sizeof(*ch));
	ch->v = v;
	login_mail_init(&ch->m);
	tally_place(ch->place, v->q->remote_addr);
	rc = ticket_look(v->db, TICKET_RESET, v->tail, "", v->now, &ch->t, e);
	if (rc == RC_OK)
		rc = customer_by_id(v->db, ch->t.customer, &ch->c, e);
	return rc;
}

enum rc
reset_link(struct visit *v, struct error *e)
{
	struct choosing ch;
	enum rc rc;

	rc = look(v, &ch, e);
	if (rc == RC_OK)
		rc = put_choose(&ch, 200, NULL, NULL, e);
	else if (rc == RC_NOTFOUND)
		rc = dead_link(v, e);
	choosing_release(&ch);
	return rc;
}

/* Who follows the link has the address: it counts as proven.  If another
 * account has proven it since, that one is the owner's. */
static enum rc
choose(struct db *db, void *ctx, struct error *e)
{
	struct choosing *ch = ctx;
	int64_t id = ch->c.id, now = ch->v->now;
	struct ticket t = { 0 };
	bool lost = false;
	enum rc rc;

	rc = ticket_use(db, TICKET_RESET, ch->v->tail, "", now, &t, e);
	/* Whoever made an account that was never proven may be another. */
	if (rc == RC_OK && !ch->c.proven)
		rc = customer_take_over(db, id, e);
	if (rc == RC_OK)
		rc = customer_prove(db, id, t.data, now, &lost, e);
	if (rc == RC_OK && lost)
		rc = error_set(e, RC_NOTFOUND, "another account has it");
	if (rc == RC_OK)
		rc = customer_set_password(db, id, ch->encoded, e);
	if (rc == RC_OK)
		rc = session_end_all(db, id, NULL, e);
	if (rc == RC_OK)
		rc = seclog(db, id, "reset", ch->place, "", now, e);
	if (rc == RC_OK)
		rc = login_post(db, &ch->m, now, e);
	ticket_release(&t);
	return rc;
}

static enum rc
keep(struct choosing *ch, const char *password, struct error *e)
{
	const struct where to = { WHERE_ACCOUNT, "" };
	struct visit *v = ch->v;
	enum rc rc;

	rc = password_make(v->settings, password, ch->encoded, e);
	if (rc == RC_OK)
		rc = login_tell(
		    v, &ch->c, LETTER_PASSWORD_CHANGED, NULL, &ch->m, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, choose, ch, e);
	if (rc == RC_NOTFOUND)
		return dead_link(v, e);
	if (rc == RC_OK)
		rc = login_finish(v, ch->c.id, "link", &to, e);
	return rc;
}

static enum rc
chosen(struct choosing *ch, const struct form *f, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	if (!who_proof(ch->v, form_typed(f, F_PROOF)))
		return put_choose(ch, 403, LOGIN_LATE, NULL, e);
	if (!form_ok(f))
		return put_choose(ch, 422, NULL, login_lacks(f, F_OWN), e);
	rc = password_fit(
	    form_text(f, F_OWN), ch->c.user_name, ch->c.email, &why);
	if (rc == RC_INVALID)
		return put_choose(ch, 422, NULL, why.text, e);
	if (rc != RC_OK)
		return error_set(e, rc, "%s", why.text);
	return keep(ch, form_text(f, F_OWN), e);
}

enum rc
reset_choose(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
		    FIELD_NEEDED },
	};
	struct choosing ch;
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 1, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	rc = look(v, &ch, e);
	if (rc == RC_OK)
		rc = chosen(&ch, &f, e);
	else if (rc == RC_NOTFOUND)
		rc = dead_link(v, e);
	choosing_release(&ch);
	form_release(&f);
	return rc;
}
