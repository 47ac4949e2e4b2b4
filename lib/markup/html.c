#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "markup/escape.h"
#include "markup/html.h"

/* Names as they are written.  A void element has neither content nor end tag
 * (HTML, section 13.1.2). */
static const struct element {
	const char *name;
	bool is_void;
} elements[] = {
	[EL_HTML] = { "html", false },
	[EL_HEAD] = { "head", false },
	[EL_TITLE] = { "title", false },
	[EL_META] = { "meta", true },
	[EL_LINK] = { "link", true },
	[EL_BODY] = { "body", false },
	[EL_HEADER] = { "header", false },
	[EL_FOOTER] = { "footer", false },
	[EL_MAIN] = { "main", false },
	[EL_NAV] = { "nav", false },
	[EL_SECTION] = { "section", false },
	[EL_ARTICLE] = { "article", false },
	[EL_ASIDE] = { "aside", false },
	[EL_DIV] = { "div", false },
	[EL_SPAN] = { "span", false },
	[EL_H1] = { "h1", false },
	[EL_H2] = { "h2", false },
	[EL_H3] = { "h3", false },
	[EL_P] = { "p", false },
	[EL_A] = { "a", false },
	[EL_UL] = { "ul", false },
	[EL_OL] = { "ol", false },
	[EL_LI] = { "li", false },
	[EL_DL] = { "dl", false },
	[EL_DT] = { "dt", false },
	[EL_DD] = { "dd", false },
	[EL_STRONG] = { "strong", false },
	[EL_EM] = { "em", false },
	[EL_SMALL] = { "small", false },
	[EL_S] = { "s", false },
	[EL_BR] = { "br", true },
	[EL_HR] = { "hr", true },
	[EL_IMG] = { "img", true },
	[EL_PICTURE] = { "picture", false },
	[EL_SOURCE] = { "source", true },
	[EL_FIGURE] = { "figure", false },
	[EL_FIGCAPTION] = { "figcaption", false },
	[EL_TABLE] = { "table", false },
	[EL_CAPTION] = { "caption", false },
	[EL_THEAD] = { "thead", false },
	[EL_TBODY] = { "tbody", false },
	[EL_TFOOT] = { "tfoot", false },
	[EL_TR] = { "tr", false },
	[EL_TH] = { "th", false },
	[EL_TD] = { "td", false },
	[EL_FORM] = { "form", false },
	[EL_FIELDSET] = { "fieldset", false },
	[EL_LEGEND] = { "legend", false },
	[EL_LABEL] = { "label", false },
	[EL_INPUT] = { "input", true },
	[EL_SELECT] = { "select", false },
	[EL_OPTION] = { "option", false },
	[EL_TEXTAREA] = { "textarea", false },
	[EL_BUTTON] = { "button", false },
	[EL_OUTPUT] = { "output", false },
	[EL_TIME] = { "time", false },
	[EL_DATA] = { "data", false },
	[EL_DETAILS] = { "details", false },
	[EL_SUMMARY] = { "summary", false },
	[EL_ADDRESS] = { "address", false },
	[EL_BLOCKQUOTE] = { "blockquote", false },
	[EL_ABBR] = { "abbr", false },
	[EL_IFRAME] = { "iframe", false },
};
_Static_assert(
    sizeof(elements) / sizeof(elements[0]) == EL_COUNT_, "one name each");

/* A url attribute takes a struct url and nothing else. */
static const struct attribute {
	const char *name;
	bool is_url;
} attributes[] = {
	[AT_END_] = { "", false },
	[AT_ID] = { "id", false },
	[AT_CLASS] = { "class", false },
	[AT_LANG] = { "lang", false },
	[AT_DIR] = { "dir", false },
	[AT_TITLE] = { "title", false },
	[AT_HREF] = { "href", true },
	[AT_SRC] = { "src", true },
	[AT_SRCSET] = { "srcset", true },
	[AT_SIZES] = { "sizes", false },
	[AT_ALT] = { "alt", false },
	[AT_WIDTH] = { "width", false },
	[AT_HEIGHT] = { "height", false },
	[AT_LOADING] = { "loading", false },
	[AT_DECODING] = { "decoding", false },
	[AT_FETCHPRIORITY] = { "fetchpriority", false },
	[AT_REL] = { "rel", false },
	[AT_TYPE] = { "type", false },
	[AT_MEDIA] = { "media", false },
	[AT_NAME] = { "name", false },
	[AT_CONTENT] = { "content", false },
	[AT_CHARSET] = { "charset", false },
	[AT_VALUE] = { "value", false },
	[AT_ACTION] = { "action", true },
	[AT_METHOD] = { "method", false },
	[AT_FOR] = { "for", false },
	[AT_MIN] = { "min", false },
	[AT_MAX] = { "max", false },
	[AT_STEP] = { "step", false },
	[AT_MAXLENGTH] = { "maxlength", false },
	[AT_MINLENGTH] = { "minlength", false },
	[AT_PATTERN] = { "pattern", false },
	[AT_PLACEHOLDER] = { "placeholder", false },
	[AT_AUTOCOMPLETE] = { "autocomplete", false },
	[AT_INPUTMODE] = { "inputmode", false },
	[AT_ROLE] = { "role", false },
	[AT_ARIA_LABEL] = { "aria-label", false },
	[AT_ARIA_LABELLEDBY] = { "aria-labelledby", false },
	[AT_ARIA_DESCRIBEDBY] = { "aria-describedby", false },
	[AT_ARIA_CURRENT] = { "aria-current", false },
	[AT_ARIA_HIDDEN] = { "aria-hidden", false },
	[AT_ARIA_LIVE] = { "aria-live", false },
	[AT_ARIA_INVALID] = { "aria-invalid", false },
	[AT_SCOPE] = { "scope", false },
	[AT_COLSPAN] = { "colspan", false },
	[AT_ROWS] = { "rows", false },
	[AT_COLS] = { "cols", false },
	[AT_DATETIME] = { "datetime", false },
	[AT_ITEMPROP] = { "itemprop", false },
	[AT_ITEMTYPE] = { "itemtype", false },
	[AT_ITEMSCOPE] = { "itemscope", false },
	[AT_PROPERTY] = { "property", false },
	[AT_REQUIRED] = { "required", false },
	[AT_CHECKED] = { "checked", false },
	[AT_SELECTED] = { "selected", false },
	[AT_DISABLED] = { "disabled", false },
	[AT_READONLY] = { "readonly", false },
	[AT_OPEN] = { "open", false },
	[AT_AUTOFOCUS] = { "autofocus", false },
	[AT_NOVALIDATE] = { "novalidate", false },
	[AT_TABINDEX] = { "tabindex", false },
	[AT_SANDBOX] = { "sandbox", false },
	[AT_STYLE] = { "style", false },
};
_Static_assert(
    sizeof(attributes) / sizeof(attributes[0]) == AT_COUNT_, "one name each");

static void
put_text(struct buf *b, const char *s)
{
	escape_put(b, s, strlen(s), ESCAPE_REPLACEMENT);
}

/* A link that could not be made must not become an empty one. */
static void
put_url(struct buf *b, const struct url *u)
{
	if (url_rc(u) != RC_OK)
		buf_fail(b, url_rc(u));
	else
		put_text(b, url_str(u));
}

static void
begin_attr(struct buf *b, enum html_at at)
{
	buf_putc(b, ' ');
	buf_puts(b, attributes[at].name);
}

/* A run of AT_SRCSET entries is one attribute; returns its last entry. */
static const struct html_attr *
put_srcset(struct buf *b, const struct html_attr *a)
{
	begin_attr(b, AT_SRCSET);
	buf_puts(b, "=\"");
	for (;;) {
		put_url(b, a->url);
		buf_putc(b, ' ');
		buf_putd(b, a->number);
		buf_putc(b, 'w');
		if (a[1].at != AT_SRCSET)
			break;
		buf_puts(b, ", ");
		a++;
	}
	buf_putc(b, '"');
	return a;
}

/* Write the attribute at a; returns the last entry that was used for it. */
static const struct html_attr *
put_attr(struct buf *b, const struct html_attr *a)
{
	assert(a->at > AT_END_ && a->at < AT_COUNT_);
	assert(a->kind == HTML_URL || !attributes[a->at].is_url);
	assert((a->kind == HTML_STYLE) == (a->at == AT_STYLE));
	if (a->at == AT_SRCSET)
		return put_srcset(b, a);
	switch (a->kind) {
	case HTML_NONE:
		return a;
	case HTML_FLAG:
		if (a->number != 0)
			begin_attr(b, a->at);
		return a;
	case HTML_TEXT:
	case HTML_STYLE:
		if (a->text == NULL)
			return a;
		begin_attr(b, a->at);
		buf_puts(b, "=\"");
		put_text(b, a->text);
		break;
	case HTML_NUMBER:
		begin_attr(b, a->at);
		buf_puts(b, "=\"");
		buf_putd(b, a->number);
		break;
	case HTML_URL:
		if (a->url == NULL)
			return a;
		begin_attr(b, a->at);
		buf_puts(b, "=\"");
		put_url(b, a->url);
		break;
	}
	buf_putc(b, '"');
	return a;
}

void
html_init(struct html *h, struct buf *b)
{
	h->b = b;
	h->depth = 0;
}

void
html_doctype(struct html *h)
{
	assert(h->depth == 0 && h->b->len == 0);
	buf_puts(h->b, "<!DOCTYPE html>\n");
}

void
html_open_(struct html *h, enum html_el el, const struct html_attr *attrs)
{
	const struct html_attr *a;

	assert(el < EL_COUNT_);
	buf_putc(h->b, '<');
	buf_puts(h->b, elements[el].name);
	for (a = attrs; a->at != AT_END_; a++)
		a = put_attr(h->b, a);
	buf_putc(h->b, '>');
	if (elements[el].is_void)
		return;
	assert(h->depth < LIMIT_DEPTH);
	h->stack[h->depth++] = el;
	/* A newline right after this tag is not part of the text: give it one,
	 * so that a text which begins with a newline keeps its own. */
	if (el == EL_TEXTAREA)
		buf_putc(h->b, '\n');
}

void
html_close(struct html *h, enum html_el el)
{
	assert(h->depth > 0 && h->stack[h->depth - 1] == el);
	h->depth--;
	buf_puts(h->b, "</");
	buf_puts(h->b, elements[el].name);
	buf_putc(h->b, '>');
}

void
html_text(struct html *h, const char *s)
{
	put_text(h->b, s);
}

void
html_text_n(struct html *h, const char *s, size_t n)
{
	escape_put(h->b, s, n, ESCAPE_REPLACEMENT);
}

void
html_textf(struct html *h, const char *fmt, ...)
{
	struct buf t;
	va_list ap;

	buf_init(&t, h->b->max);
	va_start(ap, fmt);
	buf_vprintf(&t, fmt, ap);
	va_end(ap);
	if (buf_rc(&t) != RC_OK)
		buf_fail(h->b, buf_rc(&t));
	else
		put_text(h->b, buf_str(&t));
	buf_release(&t);
}

void
html_el_(struct html *h, enum html_el el, const char *s,
    const struct html_attr *attrs)
{
	html_open_(h, el, attrs);
	html_text(h, s);
	html_close(h, el);
}

void
html_style_(struct html *h, const char *s)
{
	assert(strchr(s, '<') == NULL);
	buf_puts(h->b, "<style>");
	buf_puts(h->b, s);
	buf_puts(h->b, "</style>");
}

enum rc
html_rc(const struct html *h)
{
	if (buf_rc(h->b) == RC_OK)
		assert(h->depth == 0);
	return buf_rc(h->b);
}
