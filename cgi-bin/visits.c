#include "config.h"

#include <string.h>

#include "cgi-bin/account.h"
#include "shop/mydata.h"
#include "shop/seclog.h"
#include "shop/session.h"
#include "shop/tally.h"

/*** Where one is logged in ***/

enum { F_PROOF, F_UID, F_COUNT };
static const struct field posted[F_COUNT] = {
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	[F_UID] = { "uid", FIELD_TEXT, UID_SIZE - 1, UID_SIZE - 1,
	    FIELD_NEEDED },
};

/* What people call their browser; its own name for itself is no reading. */
static const char *
browser_of(const char *agent)
{
	static const struct {
		const char *in, *name;
	} known[] = {
		{ "Firefox/", "Firefox" },
		{ "Edg/", "Edge" },
		{ "OPR/", "Opera" },
		{ "SamsungBrowser/", "Samsung Internet" },
		{ "Chrome/", "Chrome" },
		{ "Safari/", "Safari" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (agent != NULL && strstr(agent, known[i].in) != NULL)
			return known[i].name;
	}
	return "A browser";
}

static const char *
system_of(const char *agent)
{
	static const struct {
		const char *in, *name;
	} known[] = {
		{ "Android", "Android" },
		{ "iPhone", "an iPhone" },
		{ "iPad", "an iPad" },
		{ "Windows", "Windows" },
		{ "Mac OS X", "a Mac" },
		{ "Linux", "Linux" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (agent != NULL && strstr(agent, known[i].in) != NULL)
			return known[i].name;
	}
	return NULL;
}

static const char *
method_of(const char *method)
{
	if (strcmp(method, "google") == 0)
		return "with Google";
	if (strcmp(method, "facebook") == 0)
		return "with Facebook";
	if (strcmp(method, "link") == 0)
		return "by a link in a letter";
	return "by password";
}

static enum rc
put_session(void *ctx, const struct session_row *row, struct error *e)
{
	struct page *p = ctx;
	struct html *h = &p->h;
	const char *os = system_of(row->agent);
	bool here = strcmp(row->uid, p->v->who.session.uid) == 0;
	struct url u;

	(void)e;
	html_open(h, EL_LI);
	html_open(h, EL_P);
	html_open(h, EL_STRONG);
	html_text(h, browser_of(row->agent));
	if (os != NULL)
		html_textf(h, " on %s", os);
	html_close(h, EL_STRONG);
	if (here)
		html_text(h, " – this one");
	html_open(h, EL_BR);
	html_textf(h, "%s, from %s", method_of(row->method),
	    row->place == NULL || row->place[0] == '\0' ? "somewhere"
							: row->place);
	html_open(h, EL_BR);
	html_text(h, "since ");
	account_time(p, row->made_at);
	html_text(h, ", last seen ");
	account_time(p, row->seen_at);
	html_close(h, EL_P);
	if (!here) {
		url_init(&u, "/account/sessions");
		entry_button(
		    p, &u, "uid", row->uid, "Log out there", "button plain");
		url_release(&u);
	}
	html_close(h, EL_LI);
	return RC_OK;
}

static enum rc
put_sessions(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct page p;
	struct url u;
	enum rc rc;

	rc = account_open(v, &p, status, "Where you are logged in", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	html_open(&p.h, EL_UL, CLASS("ledger"));
	rc = session_list(v->db, v->settings, v->who.session.customer, v->now,
	    put_session, &p, e);
	html_close(&p.h, EL_UL);
	if (rc != RC_OK)
		return rc;
	page_p(&p, "small", "Times are UTC.");
	url_init(&u, "/logout/everywhere");
	entry_button(&p, &u, NULL, NULL, "Log out everywhere", "button plain");
	url_release(&u);
	return account_close(&p, e);
}

enum rc
sessions_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_SESSIONS, &page, e);
	if (rc == RC_OK && !page)
		rc = put_sessions(v, 200, NULL, e);
	return rc;
}

enum rc
sessions_end(struct visit *v, struct error *e)
{
	struct form f;
	bool page;
	enum rc rc;

	rc = account_read(v, WHERE_SESSIONS, &f, posted, F_COUNT, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF))) {
		rc = put_sessions(v, 403, ACCOUNT_LATE, e);
	} else if (rc == RC_OK && !page) {
		rc = session_end_one(
		    v->db, v->who.session.customer, form_typed(&f, F_UID), e);
		if (rc == RC_OK)
			account_go(v, WHERE_SESSIONS);
	}
	form_release(&f);
	return rc;
}

/*** What happened ***/

#define EVENTS 100

static const char *
event_words(const char *kind)
{
	static const struct {
		const char *kind, *words;
	} known[] = {
		{ "register", "The account was made" },
		{ "login", "Logged in" },
		{ "login-failed", "A wrong password was tried" },
		{ "logout", "Logged out" },
		{ "reset", "A new password was chosen by a mailed link" },
		{ "password", "The password was changed" },
		{ "email", "The e-mail address was changed" },
		{ "confirm", "The e-mail address was confirmed" },
		{ "link", "A way to log in was added" },
		{ "unlink", "A way to log in was removed" },
		{ "taken-over", "The address's owner took the account over" },
		{ "staff", "The rights of the account were changed" },
		{ "export", "Your data was fetched" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(kind, known[i].kind) == 0)
			return known[i].words;
	}
	return kind;
}

static enum rc
put_event(void *ctx, const struct seclog_row *row, struct error *e)
{
	struct page *p = ctx;
	struct html *h = &p->h;

	(void)e;
	html_open(h, EL_LI);
	html_open(h, EL_P);
	html_el(h, EL_STRONG, event_words(row->kind));
	if (row->detail != NULL && row->detail[0] != '\0')
		html_textf(h, " (%s)", row->detail);
	html_open(h, EL_BR);
	account_time(p, row->at);
	if (row->place != NULL && row->place[0] != '\0')
		html_textf(h, ", from %s", row->place);
	html_close(h, EL_P);
	html_close(h, EL_LI);
	return RC_OK;
}

enum rc
events_show(struct visit *v, struct error *e)
{
	struct page p;
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_ACCOUNT, &page, e);
	if (rc != RC_OK || page)
		return rc;
	rc = account_open(v, &p, 200, "What happened to your account", e);
	if (rc != RC_OK)
		return rc;
	page_p(&p, NULL,
	    "If something here was not you: choose another password, and log "
	    "out everywhere.");
	html_open(&p.h, EL_OL, CLASS("ledger"));
	rc = seclog_list(
	    v->db, v->who.session.customer, EVENTS, put_event, &p, e);
	html_close(&p.h, EL_OL);
	if (rc != RC_OK)
		return rc;
	page_p(&p, "small", "Newest first. Times are UTC.");
	return account_close(&p, e);
}

/*** What is kept ***/

static enum rc
put_data(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct page p;
	struct url u;
	enum rc rc;

	rc = account_open(v, &p, status, "Your data", e);
	if (rc != RC_OK)
		return rc;
	entry_say(&p, "notice bad", sentence);
	html_el(&p.h, EL_H2, "Take it with you");
	page_p(
	    &p, NULL, "Everything that we keep about you, as one JSON file.");
	url_init(&u, "/account/export");
	entry_button(&p, &u, NULL, NULL, "Fetch my data", "button");
	url_release(&u);
	html_el(&p.h, EL_H2, "Have it erased");
	page_p(&p, NULL,
	    "The account, its addresses, its ways to log in and its basket "
	    "go at once. What the law makes us keep about orders stays "
	    "without your account.");
	html_open(&p.h, EL_P);
	page_link(&p, "/login/erase", "button plain", "Erase my account");
	html_close(&p.h, EL_P);
	return account_close(&p, e);
}

enum rc
data_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = account_need(v, WHERE_DATA, &page, e);
	if (rc == RC_OK && !page)
		rc = put_data(v, 200, NULL, e);
	return rc;
}

struct taking {
	struct visit *v;
	char place[PLACE_SIZE];
};

static enum rc
note_export(struct db *db, void *ctx, struct error *e)
{
	const struct taking *t = ctx;

	return seclog(db, t->v->who.session.customer, "export", t->place, "",
	    t->v->now, e);
}

static enum rc
put_file(struct visit *v, struct error *e)
{
	struct taking t = { .v = v };
	enum rc rc;

	tally_place(t.place, v->q->remote_addr);
	rc = db_unit(v->db, note_export, &t, e);
	if (rc == RC_OK)
		rc = mydata_export(
		    v->db, v->who.session.customer, v->now, &v->r->body, e);
	v->r->type = "application/json";
	reply_header(v->r, "Content-Disposition",
	    "attachment; filename=\"hat-shop-data.json\"");
	return rc;
}

/* A browser that was left open must not tell all of its customer. */
enum rc
data_export(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },
	};
	struct form f;
	bool page;
	struct url u;
	enum rc rc;

	rc = account_read(v, WHERE_DATA, &f, fields, 1, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF))) {
		rc = put_data(v, 403, ACCOUNT_LATE, e);
	} else if (rc == RC_OK && !page && !who_proved(v)) {
		url_init(&u, "/login/prove");
		url_arg(&u, "to", "/account/data");
		reply_redirect(v->r, &u);
		url_release(&u);
	} else if (rc == RC_OK && !page) {
		rc = put_file(v, e);
	}
	form_release(&f);
	return rc;
}
