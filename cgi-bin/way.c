#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/login.h"
#include "shop/basket.h"
#include "shop/tally.h"

/*** The way in ***/

struct arriving {
	struct visit *v;
	struct session_start start;
	char token[TOKEN_SIZE]; /* the new session's */
};

static enum rc
merge(struct db *db, const struct arriving *a, struct error *e)
{
	const struct who *w = &a->v->who;
	int64_t basket;
	enum rc rc;

	if (w->browser[0] == '\0')
		return RC_OK;
	rc = basket_find(db, w->browser, &basket, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = basket_merge(db, basket, a->start.customer, a->v->now, e);
	return rc;
}

static enum rc
arrive(struct db *db, void *ctx, struct error *e)
{
	struct arriving *a = ctx;
	const char *old = a->v->who.token;
	enum rc rc;

	rc = session_begin(
	    db, &a->start, old[0] == '\0' ? NULL : old, a->v->now, a->token, e);
	if (rc == RC_OK)
		rc = merge(db, a, e);
	return rc;
}

void
login_go(struct visit *v, const struct where *to)
{
	struct url u;

	where_url(to, &u);
	reply_redirect(v->r, &u);
	url_release(&u);
}

/* checked as in struct session_start. */
static enum rc
come_in(struct visit *v, int64_t customer, const char *method,
    const char *checked, const struct where *to, struct error *e)
{
	struct arriving a = { .v = v };
	char place[PLACE_SIZE];
	enum rc rc;

	tally_place(place, v->q->remote_addr);
	a.start.customer = customer;
	a.start.method = method;
	a.start.agent = v->q->agent;
	a.start.place = place;
	a.start.checked = checked;
	rc = who_read(v, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, arrive, &a, e);
	if (rc == RC_OK)
		rc = who_name_browser(v, e);
	if (rc == RC_OK)
		rc = who_set_session(v, a.token, e);
	if (rc == RC_OK)
		login_go(v, to);
	return rc;
}

enum rc
login_finish(struct visit *v, int64_t customer, const char *method,
    const struct where *to, struct error *e)
{
	return come_in(v, customer, method, NULL, to, e);
}

enum rc
login_finish_password(struct visit *v, int64_t customer, const char *checked,
    const struct where *to, struct error *e)
{
	enum rc rc = come_in(v, customer, "password", checked, to, e);

	if (rc != RC_DENIED)
		return rc;
	error_clear(e);
	return login_page(v, 403,
	    "The password of this account was changed just now.", "", to, e);
}

static enum rc
prove(struct db *db, void *ctx, struct error *e)
{
	const struct visit *v = ctx;

	return session_proved(db, v->who.token, v->now, e);
}

enum rc
login_again(struct visit *v, const struct where *to, struct error *e)
{
	enum rc rc;

	rc = db_unit(v->db, prove, v, e);
	if (rc == RC_OK)
		login_go(v, to);
	return rc;
}

enum rc
login_need(struct visit *v, bool proved, enum where_place back, bool *page,
    struct error *e)
{
	const struct where to = { back, "" };
	struct url u, b;
	enum rc rc;

	*page = false;
	rc = who_read(v, e);
	if (rc != RC_OK)
		return rc;
	if (v->who.session.customer == 0)
		url_init(&u, "/login");
	else if (proved && !who_proved(v))
		url_init(&u, "/login/prove");
	else
		return RC_OK;
	*page = true;
	url_arg(&u, "to", where_text(&to, &b));
	url_release(&b);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

/*** Forms ***/

enum rc
login_read(struct visit *v, struct form *f, const struct field *fields,
    size_t n, bool *page, struct error *e)
{
	enum rc rc;

	*page = false;
	rc = form_read(f, fields, n, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f->twice)) {
		error_clear(e);
		*page = true;
		return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	}
	if (rc == RC_OK)
		rc = who_read(v, e);
	return rc;
}

struct where
login_to(const struct form *f)
{
	return where_of(form_text_or(f, F_TO, ""));
}

const char *
login_lacks(const struct form *f, size_t field)
{
	switch (form_error(f, field)) {
	case FIELD_OK:
	case FIELD_ABSENT:
		break;
	case FIELD_MISSING:
		return "Please fill this in.";
	case FIELD_SHORT:
		return "This is too short.";
	case FIELD_LONG:
		return "This is too long.";
	case FIELD_BAD:
	case FIELD_TWICE:
		return "There is a character in this that we cannot take.";
	}
	return NULL;
}

enum rc
login_form_page(struct visit *v, struct page *p, int status,
    const struct login_form *lf, struct error *e)
{
	struct page_head head = { .title = lf->title, .form = true };
	struct url u;
	size_t i;
	enum rc rc;

	reply_status(v->r, status);
	rc = page_open(p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(p, "wide slip");
	html_el(&p->h, EL_H1, lf->title);
	entry_say(
	    p, lf->class == NULL ? "notice bad" : lf->class, lf->sentence);
	entry_summary(p, lf->fields, lf->n);
	if (lf->lead != NULL)
		page_p(p, "lead", lf->lead);
	if (lf->button == NULL)
		return RC_OK;
	url_init_literal(&u, lf->action);
	if (lf->tail != NULL)
		url_path(&u, lf->tail);
	entry_open(p, &u);
	url_release(&u);
	entry_where(p, lf->to);
	for (i = 0; i < lf->n; i++)
		entry_put(p, &lf->fields[i]);
	entry_close(p, lf->button);
	return RC_OK;
}

enum rc
login_form_end(struct page *p, struct error *e)
{
	html_close(&p->h, EL_DIV);
	return page_close(p, e);
}

enum rc
login_stop(struct visit *v, int status, const char *title, const char *sentence,
    struct error *e)
{
	struct page_head head = { .title = title };
	struct page p;
	enum rc rc;

	reply_status(v->r, status);
	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide slip");
	html_el(&p.h, EL_H1, title);
	page_p(&p, "lead", sentence);
	html_open(&p.h, EL_P, CLASS("doors"));
	if (v->who.session.customer != 0)
		page_link(&p, "/account", "button", "To your account");
	else
		page_link(&p, "/login", "button", "Log in");
	html_text(&p.h, " ");
	page_link(&p, "/hats", NULL, "See every hat");
	html_close(&p.h, EL_P);
	return login_form_end(&p, e);
}

void
login_wait(struct visit *v, int64_t seconds, char text[LOGIN_SENTENCE])
{
	int64_t minutes = (seconds + 59) / 60;
	char number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)seconds);
	reply_header(v->r, "Retry-After", number);
	if (seconds < 120)
		(void)snprintf(text, LOGIN_SENTENCE,
		    "There were many tries in a short time. Please wait %lld "
		    "seconds and try again.",
		    (long long)seconds);
	else
		(void)snprintf(text, LOGIN_SENTENCE,
		    "There were many tries in a short time. Please wait %lld "
		    "minutes and try again.",
		    (long long)minutes);
}
