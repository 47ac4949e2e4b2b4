#include "config.h"

#include "base/clock.h"
#include "base/limits.h"
#include "cgi-bin/account.h"
#include "shop/customer.h"

/*** What the pages share ***/

void
account_go(struct visit *v, enum where_place place)
{
	const struct where to = { place, "" };
	struct url u;

	where_url(&to, &u);
	reply_redirect(v->r, &u);
	url_release(&u);
}

enum rc
account_need(
    struct visit *v, enum where_place back, bool *page, struct error *e)
{
	const struct where to = { back, "" };
	struct url u, b;
	enum rc rc;

	*page = false;
	rc = who_seen(v, e);
	if (rc != RC_OK || v->who.session.customer != 0)
		return rc;
	*page = true;
	url_init(&u, "/login");
	url_arg(&u, "to", where_text(&to, &b));
	reply_redirect(v->r, &u);
	url_release(&b);
	url_release(&u);
	return RC_OK;
}

enum rc
account_read(struct visit *v, enum where_place back, struct form *f,
    const struct field *fields, size_t n, bool *page, struct error *e)
{
	enum rc rc;

	rc = form_read(f, fields, n, buf_str(&v->q->body), v->q->body.len, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG || (rc == RC_OK && f->twice)) {
		error_clear(e);
		*page = true;
		return page_error(v, rc == RC_TOOBIG ? 413 : 400, e);
	}
	return rc == RC_OK ? account_need(v, back, page, e) : rc;
}

enum rc
account_open(struct visit *v, struct page *p, int status, const char *title,
    struct error *e)
{
	struct page_head head = { .title = title, .form = true };
	enum rc rc;

	reply_status(v->r, status);
	rc = page_open(p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(p, "wide slip");
	html_el(&p->h, EL_H1, title);
	return RC_OK;
}

enum rc
account_close(struct page *p, struct error *e)
{
	html_open(&p->h, EL_P, CLASS("back"));
	page_link(p, "/account", NULL, "Back to your account");
	html_close(&p->h, EL_P);
	html_close(&p->h, EL_DIV);
	return page_close(p, e);
}

void
account_time(struct page *p, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];
	struct buf b;

	clock_iso(at, iso);
	buf_init(&b, LIMIT_LINE);
	clock_put_date(&b, at);
	buf_printf(&b, ", %.5s", iso + 11);
	if (buf_rc(&b) == RC_OK)
		html_el(&p->h, EL_TIME, buf_str(&b), AT(AT_DATETIME, iso));
	else
		buf_fail(p->h.b, buf_rc(&b));
	buf_release(&b);
}

/*** Overview ***/

static void
fact(struct page *p, const char *term, const char *text)
{
	html_el(&p->h, EL_DT, term);
	html_el(&p->h, EL_DD, text[0] == '\0' ? "none" : text);
}

static void
ask_to_confirm(struct page *p, const struct customer *c)
{
	struct url u;

	if (c->proven || c->email[0] == '\0')
		return;
	page_div(p, "notice");
	html_open(&p->h, EL_P);
	html_text(&p->h, "We have sent a link to ");
	html_el(&p->h, EL_STRONG, c->email);
	html_text(&p->h, ". Please follow it, so that we know the address is "
			 "yours.");
	html_close(&p->h, EL_P);
	url_init(&u, "/login/confirm");
	entry_button(p, &u, NULL, NULL, "Send the link again", "button plain");
	url_release(&u);
	html_close(&p->h, EL_DIV);
}

static void
ask_for_address(struct page *p, const struct customer *c)
{
	if (c->email[0] != '\0')
		return;
	page_div(p, "notice");
	html_open(&p->h, EL_P);
	html_text(&p->h, "Your account has no e-mail address yet. ");
	page_link(p, "/login/email", NULL, "Give it one");
	html_text(&p->h, ", so that the letters about your orders find you.");
	html_close(&p->h, EL_P);
	html_close(&p->h, EL_DIV);
}

#define DOOR(p, path, text)                                                    \
	do {                                                                   \
		html_open(&(p)->h, EL_LI);                                     \
		page_link((p), path, NULL, text);                              \
		html_close(&(p)->h, EL_LI);                                    \
	} while (0)

static void
doors(struct page *p, const struct customer *c)
{
	struct html *h = &p->h;

	html_open(h, EL_UL, CLASS("doorplates"));
	if (c->staff)
		DOOR(p, "/desk", "The manager's desk");
	DOOR(p, "/orders", "Your orders");
	DOOR(p, "/account/addresses", "Addresses");
	DOOR(p, "/account/details", "Your name");
	DOOR(p, "/login/email", "E-mail address");
	if (c->has_password)
		DOOR(p, "/login/password", "Password");
	else
		DOOR(p, "/login/password", "Add a password");
	DOOR(p, "/login/methods", "Ways to log in");
	DOOR(p, "/account/sessions", "Where you are logged in");
	DOOR(p, "/account/events", "What happened to your account");
	DOOR(p, "/account/data", "Your data");
	html_close(h, EL_UL);
}

static void
way_out(struct page *p)
{
	struct url u;

	page_div(p, "doors");
	url_init(&u, "/logout");
	entry_button(p, &u, NULL, NULL, "Log out", "button");
	url_release(&u);
	url_init(&u, "/logout/everywhere");
	entry_button(p, &u, NULL, NULL, "Log out everywhere", "button plain");
	url_release(&u);
	html_close(&p->h, EL_DIV);
}

static enum rc
put_overview(struct visit *v, const struct customer *c, struct error *e)
{
	struct page_head head = { .title = "Your account", .form = true };
	struct page p;
	struct html *h = &p.h;
	enum rc rc;

	rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	v->r->cache = CACHE_NONE;
	page_div(&p, "wide slip");
	html_el(h, EL_H1, head.title);
	ask_to_confirm(&p, c);
	ask_for_address(&p, c);
	html_open(h, EL_DL, CLASS("facts"));
	fact(&p, "Name", c->name);
	if (c->user_name[0] != '\0')
		fact(&p, "User name", c->user_name);
	fact(&p, "E-mail", c->email);
	html_el(h, EL_DT, "With us since");
	html_open(h, EL_DD);
	account_time(&p, c->made_at);
	html_close(h, EL_DD);
	html_close(h, EL_DL);
	doors(&p, c);
	way_out(&p);
	html_close(h, EL_DIV);
	return page_close(&p, e);
}

enum rc
overview(struct visit *v, struct error *e)
{
	struct customer c = { 0 };
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_ACCOUNT, &page, e);
	if (rc != RC_OK || page)
		return rc;
	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK)
		rc = put_overview(v, &c, e);
	customer_release(&c);
	return rc;
}

/*** Details ***/

enum { F_PROOF, F_NAME, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_NAME] = { "name", FIELD_TEXT, 1, SESSION_NAME_SIZE - 1,
	    FIELD_NEEDED },
};

static enum rc
put_details(struct visit *v, int status, const char *sentence, const char *name,
    const char *wrong, struct error *e)
{
	struct entry field = { .name = "name",
		.label = "Your name",
		.hint = "As we shall call you. Any name will do.",
		.autocomplete = "name",
		.max = SESSION_NAME_SIZE - 1,
		.value = name,
		.wrong = wrong };
	struct page p;
	struct url u;
	enum rc rc;

	rc = account_open(v, &p, status, "Your name", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	entry_summary(&p, &field, 1);
	url_init(&u, "/account/details");
	entry_open(&p, &u);
	url_release(&u);
	entry_put(&p, &field);
	entry_close(&p, "Keep");
	return account_close(&p, e);
}

enum rc
details_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_DETAILS, &page, e);
	if (rc == RC_OK && !page)
		rc = put_details(v, 200, NULL, v->who.session.name, NULL, e);
	return rc;
}

enum rc
details_change(struct visit *v, struct error *e)
{
	struct form f;
	bool page;
	enum rc rc;

	rc = account_read(v, WHERE_DETAILS, &f, posted, F_COUNT, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	if (!who_proof(v, form_typed(&f, F_PROOF))) {
		rc = put_details(
		    v, 403, ACCOUNT_LATE, form_typed(&f, F_NAME), NULL, e);
	} else if (!form_ok(&f)) {
		rc = put_details(v, 422, NULL, form_typed(&f, F_NAME),
		    form_error(&f, F_NAME) == FIELD_MISSING
			? "Please fill this in."
			: "This is too long, or has a character that we "
			  "cannot take.",
		    e);
	} else {
		rc = customer_rename(
		    v->db, v->who.session.customer, form_text(&f, F_NAME), e);
		if (rc == RC_OK)
			account_go(v, WHERE_ACCOUNT);
	}
	form_release(&f);
	return rc;
}

static const struct route routes[] = {
	{ "/account", ON_GET, overview },
	{ "/account/details", ON_GET, details_show },
	{ "/account/details", ON_POST, details_change },
	{ "/account/addresses", ON_GET, addresses_show },
	{ "/account/addresses/new", ON_GET, address_new },
	{ "/account/addresses/keep", ON_POST, address_keep },
	{ "/account/addresses/remove", ON_POST, address_drop },
	{ "/account/address/", ON_GET | ON_TAIL, address_one },
	{ "/account/sessions", ON_GET, sessions_show },
	{ "/account/sessions", ON_POST, sessions_end },
	{ "/account/events", ON_GET, events_show },
	{ "/account/data", ON_GET, data_show },
	{ "/account/export", ON_POST, data_export },
};

int
main(void)
{
	return cgi_main("account", DB_WRITE, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error);
}
