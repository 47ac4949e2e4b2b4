#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/login.h"
#include "shop/outbox.h"
#include "shop/tally.h"
#include "shop/ticket.h"

void
login_mail_init(struct login_mail *m)
{
	memset(m, 0, sizeof(*m));
	buf_init(&m->bytes, LETTER_MAX);
}

void
login_mail_release(struct login_mail *m)
{
	buf_release(&m->bytes);
	free(m->to);
	m->to = NULL;
}

enum rc
login_post(
    struct db *db, const struct login_mail *m, int64_t now, struct error *e)
{
	struct outbox_letter l = { .uid = m->uid,
		.kind = m->kind,
		.customer = m->customer,
		.bytes = buf_str(&m->bytes),
		.len = m->bytes.len };
	const char *to[] = { m->to };

	if (m->to == NULL)
		return RC_OK;
	return outbox_put(db, &l, to, 1, now, e);
}

enum rc
login_mail_begin(struct visit *v, struct login_mail *m, const char *kind,
    const struct customer *c, const char *email, struct letter_to *to,
    struct error *e)
{
	enum rc rc;

	rc = uid_random(m->uid, e);
	if (rc != RC_OK)
		return rc;
	m->kind = kind;
	m->customer = c->id;
	m->to = strdup(email);
	if (m->to == NULL)
		return error_set(e, RC_NOMEM, "no memory for an address");
	to->settings = v->settings;
	to->uid = m->uid;
	to->name = c->name;
	to->address = m->to;
	to->now = v->now;
	return RC_OK;
}

enum rc
login_unsendable(struct login_mail *m, enum rc rc, struct error *e)
{
	if (rc != RC_INVALID)
		return rc;
	error_clear(e);
	free(m->to);
	m->to = NULL;
	return RC_OK;
}

enum rc
login_tell(struct visit *v, const struct customer *c, enum letter_event event,
    const char *detail, struct login_mail *m, struct error *e)
{
	struct letter_to to;
	struct url help;
	enum rc rc;

	if (!c->proven)
		return RC_OK;
	rc = login_mail_begin(v, m, "notice", c, c->email, &to, e);
	if (rc != RC_OK)
		return rc;
	url_init_at(&help, v->settings->shop_url, "/login/reset");
	rc = letter_notice(&to, event, detail, &help, &m->bytes, e);
	url_release(&help);
	return login_unsendable(m, rc, e);
}

enum rc
login_may_mail(struct visit *v, const char *what, const char *email, bool *may,
    struct error *e)
{
	static const struct tally_rule rule = { 3, 1200 };
	char key[CUSTOMER_KEY_SIZE], who[HASH_SIZE], kind[32];
	int64_t seconds;
	enum rc rc;

	*may = false;
	rc = customer_email_key(email, key, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(kind, sizeof(kind), "mail %s", what);
	tally_who(who, kind, key);
	rc = tally_take(v->db, who, &rule, v->now, &seconds, e);
	*may = rc == RC_OK && seconds == 0;
	return rc;
}

struct posting {
	struct visit *v;
	const struct login_mail *m;
};

static enum rc
post(struct db *db, void *ctx, struct error *e)
{
	const struct posting *p = ctx;

	return login_post(db, p->m, p->v->now, e);
}

enum rc
login_post_now(struct visit *v, const struct login_mail *m, struct error *e)
{
	struct posting p = { v, m };

	return m->to == NULL ? RC_OK : db_unit(v->db, post, &p, e);
}

/* The link's ticket, and the letter with it. */
static enum rc
confirm_letter(struct visit *v, const struct customer *c, struct login_mail *m,
    struct error *e)
{
	struct ticket t = { .customer = c->id,
		.data = c->email,
		.browser = "",
		.seconds = LOGIN_CONFIRM_SECONDS };
	char token[TOKEN_SIZE];
	struct letter_to to;
	struct url link;
	enum rc rc;

	rc = ticket_new(v->db, TICKET_CONFIRM, &t, v->now, token, e);
	if (rc == RC_OK)
		rc = login_mail_begin(v, m, "confirm", c, c->email, &to, e);
	if (rc != RC_OK)
		return rc;
	url_init_at(&link, v->settings->shop_url, "/login/confirm/");
	url_path(&link, token);
	rc = letter_confirm(&to, &link, t.seconds, &m->bytes, e);
	url_release(&link);
	return rc;
}

enum rc
login_mail_confirm(
    struct visit *v, const struct customer *c, bool *sent, struct error *e)
{
	struct login_mail m;
	enum rc rc;

	login_mail_init(&m);
	rc = login_may_mail(v, "claim", c->email, sent, e);
	if (rc == RC_OK && *sent)
		rc = confirm_letter(v, c, &m, e);
	if (rc == RC_OK && *sent)
		rc = login_post_now(v, &m, e);
	login_mail_release(&m);
	return rc;
}
