#include "config.h"

#include <string.h>

#include "cgi-bin/login.h"
#include "shop/ticket.h"

static enum rc
put_email(struct visit *v, int status, const char *sentence, const char *typed,
    const char *wrong, struct error *e)
{
	struct customer c = { 0 };
	struct entry fields[] = {
		{ .name = "now", .label = "Your address now", .fixed = true },
		{ .name = "email",
		    .label = "New e-mail address",
		    .type = "email",
		    .autocomplete = "email",
		    .max = 254,
		    .value = typed,
		    .wrong = wrong },
	};
	const struct login_form lf = { .title = "Another e-mail address",
		.lead = "We send a link to the new address. The old one stays "
			"until you follow it, and is told then.",
		.sentence = sentence,
		.action = "/login/email",
		.fields = fields,
		.n = 2,
		.button = "Send me the link" };
	struct page p;
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		fields[0].value = c.email[0] == '\0' ? "none" : c.email;
		rc = login_form_page(v, &p, status, &lf, e);
	}
	if (rc == RC_OK)
		rc = login_form_end(&p, e);
	customer_release(&c);
	return rc;
}

enum rc
email_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = login_need(v, true, WHERE_EMAIL, &page, e);
	if (rc == RC_OK && !page)
		rc = put_email(v, 200, NULL, "", NULL, e);
	return rc;
}

static enum rc
write_link(struct visit *v, const struct customer *c, const char *email,
    struct login_mail *m, struct error *e)
{
	struct ticket t = { .customer = c->id,
		.data = email,
		.browser = "",
		.seconds = LOGIN_EMAIL_SECONDS };
	char token[TOKEN_SIZE];
	struct letter_to to;
	struct url u;
	enum rc rc;

	rc = ticket_new(v->db, TICKET_EMAIL, &t, v->now, token, e);
	if (rc == RC_OK)
		rc = login_mail_begin(v, m, "change", c, email, &to, e);
	if (rc != RC_OK)
		return rc;
	url_init_at(&u, v->settings->shop_url, "/login/email/");
	url_path(&u, token);
	rc = letter_change_email(&to, &u, t.seconds, &m->bytes, e);
	url_release(&u);
	return rc;
}

/* To any address: whether it has an account is not told. */
static enum rc
send_link(struct visit *v, const char *email, struct error *e)
{
	struct customer c = { 0 };
	struct login_mail m;
	bool may;
	enum rc rc;

	login_mail_init(&m);
	rc = login_may_mail(v, "claim", email, &may, e);
	if (rc == RC_OK && may) {
		rc = customer_by_id(v->db, v->who.session.customer, &c, e);
		if (rc == RC_OK)
			rc = login_unsendable(
			    &m, write_link(v, &c, email, &m, e), e);
		if (rc == RC_OK)
			rc = login_post_now(v, &m, e);
	}
	customer_release(&c);
	login_mail_release(&m);
	if (rc != RC_OK)
		return rc;
	if (!may)
		return put_email(v, 429,
		    "We have sent letters to this address lately. Please look "
		    "into its junk too, and try again in a while.",
		    email, NULL, e);
	return login_stop(v, 200, "Please look into your mail",
	    "A letter with a link is on its way to the new address. The link "
	    "works for a day; until then nothing changes.",
	    e);
}

enum rc
email_ask(struct visit *v, struct error *e)
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
	if (rc == RC_OK && !page)
		rc = login_need(v, true, WHERE_EMAIL, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_email(
		    v, 403, LOGIN_LATE, form_typed(&f, F_OWN), NULL, e);
	else if (!form_ok(&f))
		rc = put_email(v, 422, NULL, form_typed(&f, F_OWN),
		    login_lacks(&f, F_OWN), e);
	else if (customer_email_key(form_text(&f, F_OWN), key, &why) != RC_OK)
		rc =
		    put_email(v, 422, NULL, form_typed(&f, F_OWN), why.text, e);
	else
		rc = send_link(v, form_text(&f, F_OWN), e);
	form_release(&f);
	return rc;
}
