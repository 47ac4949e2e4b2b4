#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/elsewhere.h"
#include "cgi-bin/entry.h"

void
elsewhere_allow(struct visit *v, const char *address)
{
	static const char facebook[] = "https://www.facebook.com";
	const char *host = strstr(address, "://");
	size_t n = strlen(v->form_origins), len;

	if (host == NULL)
		return;
	len = (size_t)(host - address) + 3 + strcspn(host + 3, "/");
	/* which goes on to m.facebook.com and others */
	if (len == sizeof(facebook) - 1 &&
	    strncmp(address, facebook, len) == 0) {
		address = "https://*.facebook.com";
		len = strlen(address);
	}
	if (n + len + 2 > sizeof(v->form_origins) ||
	    strncmp(v->form_origins, address, len) == 0)
		return;
	(void)snprintf(v->form_origins + n, sizeof(v->form_origins) - n,
	    "%s%.*s", n == 0 ? "" : " ", (int)len, address);
	v->r->form_origins = v->form_origins;
}

void
elsewhere_go(struct visit *v, const char *address)
{
	struct url u;

	url_init_whole(&u, address);
	reply_redirect(v->r, &u);
	url_release(&u);
}

void
elsewhere_buttons(struct page *p, const struct where *to, const char *verb)
{
	const struct settings *s = p->v->settings;
	const struct {
		const char *name, *slug, *id, *address;
	} all[] = {
		{ "Google", "google", s->google_client_id, s->google_issuer },
		{ "Facebook", "facebook", s->facebook_app_id,
		    s->facebook_dialog },
	};
	struct url u, back;
	const char *text;
	char label[100];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].id[0] == '\0')
			continue;
		elsewhere_allow(p->v, all[i].address);
		(void)snprintf(
		    label, sizeof(label), "%s with %s", verb, all[i].name);
		url_init(&u, "/login/");
		url_path(&u, all[i].slug);
		text = where_text(to, &back);
		entry_button(p, &u, *text == '\0' ? NULL : "to", text, label,
		    "button plain");
		url_release(&back);
		url_release(&u);
	}
}
