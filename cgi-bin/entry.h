/*
 * Forms as people fill them in: a label above each field, what is wrong with it
 * below the label, and all of that once more in a summary at the top whose
 * links lead to the fields (WCAG 2.2, 3.3.1 and 2.4.3).
 *
 *	struct entry fields[] = {
 *		{ .name = "login", .label = "User name or e-mail",
 *		    .autocomplete = "username", .value = typed,
 *		    .wrong = "Please fill this in." },
 *	};
 *
 *	entry_summary(p, fields, 1);
 *	entry_open(p, &u);
 *	entry_put(p, &fields[0]);
 *	entry_close(p, "Log in");
 */
#ifndef CGI_ENTRY_H
#define CGI_ENTRY_H

#include "cgi-bin/page.h"
#include "cgi-bin/where.h"

struct entry {
	const char *name; /* of the field; its id too */
	const char *label;
	const char *hint;         /* or NULL */
	const char *type;         /* NULL: "text" */
	const char *autocomplete; /* HTML, "Autofill"; NULL: "off" */
	const char *inputmode;    /* or NULL */
	const char *value;        /* what was typed; NULL for passwords */
	const char *wrong;        /* a sentence, or NULL */
	int64_t max;              /* characters; 0: as many as fit */
	bool optional;
	bool fixed; /* shown, not to be changed */
};

/* Says which of them are wrong; nothing when none is. */
void entry_summary(struct page *p, const struct entry *fields, size_t n);

/* <form method="post"> with the browser's proof; action is borrowed. */
void entry_open(struct page *p, const struct url *action);
void entry_put(struct page *p, const struct entry *f);
void entry_hidden(struct page *p, const char *name, const char *value);
void entry_where(struct page *p, const struct where *to); /* field "to" */
/* The button and </form>. */
void entry_close(struct page *p, const char *button);

/* A form that is nothing but a button; field and value may be NULL. */
void entry_button(struct page *p, const struct url *action, const char *field,
    const char *value, const char *text, const char *class);

/* A sentence above a form: class "notice", "notice good" or "notice bad". */
void entry_say(struct page *p, const char *class, const char *sentence);

#endif
