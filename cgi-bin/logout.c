#include "config.h"

#include "cgi-bin/login.h"
#include "shop/seclog.h"
#include "shop/tally.h"

enum rc
logout_show(struct visit *v, struct error *e)
{
	struct page_head head = { .title = "Log out", .form = true };
	struct page p;
	struct url u;
	enum rc rc;

	rc = who_read(v, e);
	if (rc == RC_OK && v->who.session.customer == 0)
		return login_stop(v, 200, "You are logged out",
		    "Nobody is logged in in this browser.", e);
	if (rc == RC_OK)
		rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "wide slip");
	html_el(&p.h, EL_H1, head.title);
	url_init(&u, "/logout");
	entry_button(&p, &u, NULL, NULL, "Log out here", "button");
	url_release(&u);
	url_init(&u, "/logout/everywhere");
	entry_button(&p, &u, NULL, NULL, "Log out everywhere", "button plain");
	url_release(&u);
	return login_form_end(&p, e);
}

struct leaving {
	struct visit *v;
	bool everywhere;
	char place[PLACE_SIZE];
};

static enum rc
leave(struct db *db, void *ctx, struct error *e)
{
	const struct leaving *l = ctx;
	const struct who *w = &l->v->who;
	enum rc rc;

	if (l->everywhere)
		rc = session_end_all(db, w->session.customer, NULL, e);
	else
		rc = session_end(db, w->token, e);
	if (rc == RC_OK)
		rc = seclog(db, w->session.customer, "logout", l->place,
		    l->everywhere ? "everywhere" : "", l->v->now, e);
	return rc;
}

static enum rc
logout(struct visit *v, bool everywhere, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct leaving l = { .v = v, .everywhere = everywhere };
	struct where to = { WHERE_HOME, "" };
	struct form f;
	bool page, ours;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN, &page, e);
	ours = rc == RC_OK && !page && who_proof(v, form_typed(&f, F_PROOF));
	form_release(&f);
	if (rc != RC_OK || page)
		return rc;
	if (v->who.session.customer != 0 && !ours) {
		reply_status(v->r, 403);
		return logout_show(v, e);
	}
	tally_place(l.place, v->q->remote_addr);
	if (v->who.session.customer != 0)
		rc = db_unit(v->db, leave, &l, e);
	if (rc == RC_OK && v->who.token[0] != '\0')
		rc = who_set_session(v, "", e);
	if (rc == RC_OK)
		login_go(v, &to);
	return rc;
}

enum rc
logout_here(struct visit *v, struct error *e)
{
	return logout(v, false, e);
}

enum rc
logout_everywhere(struct visit *v, struct error *e)
{
	return logout(v, true, e);
}
