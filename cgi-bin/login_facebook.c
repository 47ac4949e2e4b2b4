#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cgi-bin/login_providers.h"
#include "peer/facebook.h"
#include "shop/leave.h"
#include "shop/tally.h"

/* How long somebody can look what became of it. */
#define STATUS_SECONDS (90 * 24 * 3600)

static const struct field fields[] = {
	{ "signed_request", FIELD_TEXT, 1, 8192, FIELD_NEEDED },
};

struct doing {
	struct visit *v;
	struct leaving l;
	enum left planned, left;
	struct login_mail m;
	char code[TOKEN_SIZE];
};

static enum rc
do_it(struct db *db, void *ctx, struct error *e)
{
	struct doing *d = ctx;
	char what[8];
	struct ticket t = {
		.data = what, .browser = "", .seconds = STATUS_SECONDS
	};
	enum rc rc;

	rc = leave(db, &d->l, &d->left, e);
	(void)snprintf(what, sizeof(what), "%d", (int)d->left);
	if (rc == RC_OK && d->l.forget)
		rc = ticket_new(db, TICKET_DELETION, &t, d->v->now, d->code, e);
	/* what changed in between is told by whoever changed it */
	if (rc == RC_OK && d->left == d->planned)
		rc = login_post(db, &d->m, d->v->now, e);
	return rc;
}

/* The owner is told, at an address that is proven. */
static enum rc
write_notice(struct doing *d, int64_t id, struct error *e)
{
	struct customer c = { 0 };
	enum rc rc;

	if (d->planned != LEFT_UNLINKED && d->planned != LEFT_ERASED)
		return RC_OK;
	rc = customer_by_id(d->v->db, id, &c, e);
	if (rc == RC_OK)
		rc = login_tell(d->v, &c,
		    d->planned == LEFT_ERASED ? LETTER_ERASED
					      : LETTER_METHOD_REMOVED,
		    "Facebook", &d->m, e);
	customer_release(&c);
	return rc;
}

/* RC_DENIED: nobody who knows the secret has sent it. */
static enum rc
take(struct doing *d, char user[OAUTH_SUBJECT], struct error *e)
{
	struct visit *v = d->v;
	struct facebook_word word;
	const char *text;
	struct form f;
	enum rc rc;

	rc = form_read(&f, fields, 1, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_OK && (f.twice || !form_ok(&f)))
		rc = error_set(e, RC_DENIED, "no signed request");
	if (rc == RC_OK) {
		text = form_text(&f, 0);
		rc = facebook_signed(v->settings->facebook_secret, text,
		    strlen(text), v->now, &word, e);
	}
	if (rc == RC_OK)
		memcpy(user, word.user, sizeof(word.user));
	form_release(&f);
	return rc;
}

static enum rc
obey(struct doing *d, struct error *e)
{
	char user[OAUTH_SUBJECT], place[PLACE_SIZE];
	struct error why = ERROR_NONE;
	int64_t customer = 0;
	enum rc rc;

	if (*d->v->settings->facebook_app_id == '\0')
		return RC_NOTFOUND;
	rc = take(d, user, &why);
	if (rc == RC_DENIED || rc == RC_INVALID || rc == RC_TOOBIG) {
		log_event(LOG_WARN, "refused a signed request: %s", why.text);
		return RC_DENIED;
	}
	if (rc != RC_OK)
		return error_set(e, rc, "%s", why.text);
	tally_place(place, d->v->q->remote_addr);
	d->l.provider = "facebook";
	d->l.subject = user;
	d->l.place = place;
	d->l.now = d->v->now;
	rc = leave_plan(d->v->db, &d->l, &d->planned, &customer, e);
	if (rc == RC_OK)
		rc = write_notice(d, customer, e);
	return rc == RC_OK ? db_unit(d->v->db, do_it, d, e) : rc;
}

static enum rc
answer(struct visit *v, bool forget, struct error *e)
{
	struct doing d = { .v = v, .l = { .forget = forget } };
	struct url u;
	enum rc rc;

	login_mail_init(&d.m);
	rc = obey(&d, e);
	login_mail_release(&d.m);
	if (rc == RC_DENIED) {
		error_clear(e);
		return page_error(v, 400, e);
	}
	if (rc != RC_OK)
		return rc;
	v->r->type = "application/json";
	if (!forget) {
		buf_puts(&v->r->body, "{\"success\":true}");
		return RC_OK;
	}
	url_init_at(&u, v->settings->shop_url, "/login/deletion/");
	url_path(&u, d.code);
	buf_printf(&v->r->body, "{\"url\":\"%s\",\"confirmation_code\":\"%s\"}",
	    url_str(&u), d.code);
	url_release(&u);
	return RC_OK;
}

enum rc
facebook_deletion(struct visit *v, struct error *e)
{
	return answer(v, true, e);
}

enum rc
facebook_deauthorise(struct visit *v, struct error *e)
{
	return answer(v, false, e);
}

static const char *
sentence_of(int64_t left)
{
	switch ((enum left)left) {
	case LEFT_NOBODY:
		return "Nothing that came from Facebook was kept of you, so "
		       "there was nothing to delete.";
	case LEFT_UNLINKED:
	case LEFT_KEPT:
		return "What Facebook had told us of you is deleted, and "
		       "Facebook is no way into your account any more. The "
		       "account itself has another way in and stays; you can "
		       "erase it on its page.";
	case LEFT_ERASED:
		return "Your account and what it knew of you are deleted. Of "
		       "orders, we keep without further use what the law "
		       "wants kept: invoices, for as long as it says.";
	}
	return "";
}

enum rc
deletion_show(struct visit *v, struct error *e)
{
	struct ticket t = { 0 };
	int64_t left = 0;
	enum rc rc;

	v->r->secret_address = true;
	rc = who_read(v, e);
	if (rc == RC_OK)
		rc = ticket_look(
		    v->db, TICKET_DELETION, v->tail, "", v->now, &t, e);
	if (rc == RC_OK &&
	    num_parse(t.data, LEFT_NOBODY, LEFT_ERASED, &left) != RC_OK)
		rc = RC_NOTFOUND;
	ticket_release(&t);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return login_stop(v, 404, "No such request",
		    "There is no request to delete data with this code, or "
		    "it was more than ninety days ago.",
		    e);
	}
	if (rc != RC_OK)
		return rc;
	return login_stop(v, 200, "Your data is deleted", sentence_of(left), e);
}
