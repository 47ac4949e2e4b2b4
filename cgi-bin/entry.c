#include "config.h"

#include <string.h>

#include "cgi-bin/entry.h"

/* The id of what describes a field: "login-wrong". */
static void
id_of(struct page *p, struct buf *b, const char *name, const char *what)
{
	buf_init(b, LIMIT_LINE);
	buf_puts(b, name);
	buf_puts(b, what);
	if (buf_rc(b) != RC_OK)
		buf_fail(p->h.b, buf_rc(b));
}

void
entry_say(struct page *p, const char *class, const char *sentence)
{
	struct html *h = &p->h;

	if (sentence == NULL)
		return;
	html_open(h, EL_DIV, CLASS(class),
	    AT(AT_ROLE, strcmp(class, "notice bad") == 0 ? "alert" : "status"));
	html_el(h, EL_P, sentence);
	html_close(h, EL_DIV);
}

void
entry_summary(struct page *p, const struct entry *fields, size_t n)
{
	struct html *h = &p->h;
	struct url u;
	size_t i, wrong = 0;

	for (i = 0; i < n; i++)
		wrong += fields[i].wrong != NULL;
	if (wrong == 0)
		return;
	html_open(h, EL_DIV, CLASS("notice bad"), AT(AT_ROLE, "alert"),
	    AT(AT_TABINDEX, "-1"));
	html_el(h, EL_P, wrong == 1 ? "One thing to mend:" : "To be mended:");
	html_open(h, EL_UL);
	for (i = 0; i < n; i++) {
		if (fields[i].wrong == NULL)
			continue;
		url_init(&u, "");
		url_fragment(&u, fields[i].name);
		html_open(h, EL_LI);
		html_open(h, EL_A, HREF(&u));
		html_textf(h, "%s: %s", fields[i].label, fields[i].wrong);
		html_close(h, EL_A);
		html_close(h, EL_LI);
		url_release(&u);
	}
	html_close(h, EL_UL);
	html_close(h, EL_DIV);
}

/* Our answer names what is wrong, the browser's own bubbles would come first
 * and know less. */
void
entry_open(struct page *p, const struct url *action)
{
	html_open(&p->h, EL_FORM, CLASS("entries"), ACTION(action),
	    AT(AT_METHOD, "post"), FLAG(AT_NOVALIDATE));
	page_proof(p);
}

/* What a screen reader says of the field after its label. */
static void
describe(struct page *p, const struct entry *f, struct buf *by)
{
	buf_init(by, LIMIT_LINE);
	if (f->wrong != NULL)
		buf_printf(by, "%s-wrong", f->name);
	if (f->hint != NULL)
		buf_printf(
		    by, "%s%s-hint", f->wrong == NULL ? "" : " ", f->name);
	if (buf_rc(by) != RC_OK)
		buf_fail(p->h.b, buf_rc(by));
}

static void
put_input(struct page *p, const struct entry *f)
{
	struct buf by;
	struct html_attr most = ATD(AT_MAXLENGTH, f->max);

	if (f->max == 0)
		most = AT(AT_MAXLENGTH, NULL);
	describe(p, f, &by);
	html_open(&p->h, EL_INPUT, ID(f->name), NAME(f->name),
	    TYPE(f->type == NULL ? "text" : f->type),
	    VALUE(f->value == NULL || f->value[0] == '\0' ? NULL : f->value),
	    AT(AT_AUTOCOMPLETE,
		f->autocomplete == NULL ? "off" : f->autocomplete),
	    AT(AT_INPUTMODE, f->inputmode), most,
	    FLAG_IF(AT_REQUIRED, !f->optional && !f->fixed),
	    FLAG_IF(AT_READONLY, f->fixed),
	    AT(AT_ARIA_INVALID, f->wrong == NULL ? NULL : "true"),
	    AT(AT_ARIA_DESCRIBEDBY, by.len == 0 ? NULL : buf_str(&by)));
	buf_release(&by);
}

void
entry_put(struct page *p, const struct entry *f)
{
	struct html *h = &p->h;
	struct buf id;

	html_open(h, EL_DIV,
	    CLASS(f->wrong == NULL ? "field entry" : "field entry wrong"));
	html_open(h, EL_LABEL, AT(AT_FOR, f->name));
	html_text(h, f->label);
	if (f->optional)
		html_el(h, EL_SPAN, " (if you like)", CLASS("quiet"));
	html_close(h, EL_LABEL);
	if (f->hint != NULL) {
		id_of(p, &id, f->name, "-hint");
		html_el(h, EL_P, f->hint, CLASS("hint"), ID(buf_str(&id)));
		buf_release(&id);
	}
	if (f->wrong != NULL) {
		id_of(p, &id, f->name, "-wrong");
		html_el(h, EL_P, f->wrong, CLASS("fault"), ID(buf_str(&id)));
		buf_release(&id);
	}
	put_input(p, f);
	html_close(h, EL_DIV);
}

void
entry_hidden(struct page *p, const char *name, const char *value)
{
	html_open(&p->h, EL_INPUT, TYPE("hidden"), NAME(name), VALUE(value));
}

void
entry_where(struct page *p, const struct where *to)
{
	struct url u;

	if (to == NULL || to->place == WHERE_NOWHERE)
		return;
	entry_hidden(p, "to", where_text(to, &u));
	if (url_rc(&u) != RC_OK)
		buf_fail(p->h.b, url_rc(&u));
	url_release(&u);
}

void
entry_close(struct page *p, const char *button)
{
	html_el(&p->h, EL_BUTTON, button, CLASS("button"), TYPE("submit"));
	html_close(&p->h, EL_FORM);
}

void
entry_button(struct page *p, const struct url *action, const char *field,
    const char *value, const char *text, const char *class)
{
	struct html *h = &p->h;

	html_open(
	    h, EL_FORM, CLASS("one"), ACTION(action), AT(AT_METHOD, "post"));
	page_proof(p);
	if (field != NULL)
		entry_hidden(p, field, value);
	html_el(h, EL_BUTTON, text, CLASS(class), TYPE("submit"));
	html_close(h, EL_FORM);
}
