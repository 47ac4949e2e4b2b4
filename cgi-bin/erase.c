#include "config.h"

#include "cgi-bin/login.h"
#include "shop/mydata.h"
#include "shop/tally.h"

static enum rc
put_erase(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct customer c = { 0 };
	struct entry field = {
		.name = "user", .label = "Account", .fixed = true
	};
	const struct login_form lf = { .title = "Erase my account",
		.lead = "Your name, addresses, ways to log in and basket go at "
			"once, and nobody can bring them back. What the law "
			"makes us keep about orders stays, without your "
			"account.",
		.sentence = sentence,
		.action = "/login/erase",
		.fields = &field,
		.n = 1,
		.button = "Erase it for good" };
	struct page p;
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		field.value = c.user_name[0] != '\0' ? c.user_name
			      : c.email[0] != '\0'   ? c.email
						     : c.name;
		rc = login_form_page(v, &p, status, &lf, e);
	}
	if (rc == RC_OK) {
		html_open(&p.h, EL_P, CLASS("back"));
		page_link(&p, "/account", NULL, "No, back to my account");
		html_close(&p.h, EL_P);
		rc = login_form_end(&p, e);
	}
	customer_release(&c);
	return rc;
}

enum rc
erase_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = login_need(v, true, WHERE_ERASE, &page, e);
	if (rc == RC_OK && !page)
		rc = put_erase(v, 200, NULL, e);
	return rc;
}

struct erasing {
	struct visit *v;
	struct login_mail m;
};

static enum rc
erase(struct db *db, void *ctx, struct error *e)
{
	const struct erasing *er = ctx;
	const struct visit *v = er->v;
	char place[PLACE_SIZE];
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	rc = mydata_erase(db, v->who.session.customer, place, v->now, e);
	if (rc == RC_OK)
		rc = login_post(db, &er->m, v->now, e);
	return rc;
}

static enum rc
forget(struct visit *v, struct error *e)
{
	struct customer c = { 0 };
	struct erasing er = { .v = v };
	enum rc rc;

	login_mail_init(&er.m);
	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK)
		rc = login_tell(v, &c, LETTER_ERASED, NULL, &er.m, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, erase, &er, e);
	customer_release(&c);
	login_mail_release(&er.m);
	if (rc == RC_OK)
		rc = who_set_session(v, "", e);
	if (rc != RC_OK)
		return rc;
	who_nobody(v);
	return login_stop(v, 200, "Your account is gone",
	    "Nothing of it is left but what the law makes us keep. Thank you "
	    "for having been here; the hats will miss you.",
	    e);
}

enum rc
erase_do(struct visit *v, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN, &page, e);
	if (rc == RC_OK && !page)
		rc = login_need(v, true, WHERE_ERASE, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_erase(v, 403, LOGIN_LATE, e);
	else if (rc == RC_OK && !page)
		rc = forget(v, e);
	form_release(&f);
	return rc;
}
