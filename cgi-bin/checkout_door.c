/*
 * Who are you?  The forms are those of the pages to log in and to register;
 * what goes wrong is shown there, and both lead back to the checkout.
 */
#include "config.h"

#include "cgi-bin/checkout.h"
#include "cgi-bin/elsewhere.h"
#include "cgi-bin/where.h"

static const struct where back = { WHERE_CHECKOUT, "" };

static void
register_form(struct page *p)
{
	static const struct entry fields[] = {
		{ .name = "name",
		    .label = "Your name",
		    .autocomplete = "name",
		    .max = SESSION_NAME_SIZE - 1 },
		{ .name = "email",
		    .label = "E-mail address",
		    .hint = "The confirmation of your order goes there.",
		    .type = "email",
		    .autocomplete = "email",
		    .max = 254 },
		{ .name = "user_name",
		    .label = "User name",
		    .hint = "To log in with next time: 3 to 32 letters, "
			    "digits, dots, hyphens or underscores.",
		    .autocomplete = "username",
		    .max = 32 },
		{ .name = "password",
		    .label = "Password",
		    .hint = "8 characters or more.",
		    .type = "password",
		    .autocomplete = "new-password" },
	};
	struct url u;
	size_t i;

	url_init(&u, "/register");
	entry_open(p, &u);
	url_release(&u);
	entry_where(p, &back);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		entry_put(p, &fields[i]);
	entry_close(p, "Register and go on");
}

/* Names of fields are ids too, and "password" is one of the other form. */
static void
login_door(struct page *p)
{
	struct html *h = &p->h;
	struct url u, to;

	url_init(&u, "/login");
	url_arg(&u, "to", where_text(&back, &to));
	html_open(h, EL_P);
	html_el(h, EL_A, "Log in", CLASS("button"), HREF(&u));
	html_close(h, EL_P);
	url_release(&to);
	url_release(&u);
	elsewhere_buttons(p, &back, "Go on");
}

enum rc
door_page(struct visit *v, struct error *e)
{
	int64_t basket, pieces = 0;
	struct page p;
	struct url u;
	enum rc rc;

	rc = page_basket(v, &basket, e);
	if (rc == RC_OK)
		rc = basket_pieces(v->db, basket, &pieces, e);
	if (rc == RC_NOTFOUND || (rc == RC_OK && pieces == 0)) {
		error_clear(e);
		url_init(&u, "/basket");
		reply_redirect(v->r, &u);
		url_release(&u);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	rc = checkout_open(
	    v, &p, 200, STEP_YOU, NULL, "Who shall it be for?", e);
	if (rc != RC_OK)
		return rc;
	page_p(&p, "lead",
	    "Your basket stays as it is. An account is where you find the "
	    "order again.");
	page_div(&p, "doorway");
	html_open(&p.h, EL_SECTION, CLASS("been"));
	html_el(&p.h, EL_H2, "I have been here before");
	login_door(&p);
	html_close(&p.h, EL_SECTION);
	html_open(&p.h, EL_SECTION);
	html_el(&p.h, EL_H2, "I am new here");
	register_form(&p);
	html_close(&p.h, EL_SECTION);
	html_close(&p.h, EL_DIV);
	return checkout_close(&p, e);
}
