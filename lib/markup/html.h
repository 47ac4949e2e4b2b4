/*
 * A writer of HTML that cannot emit unescaped text.
 *
 *	struct html h;
 *
 *	html_init(&h, &reply.body);
 *	html_open(&h, EL_A, HREF(&u), CLASS("hat"));
 *	html_text(&h, item->name);
 *	html_close(&h, EL_A);
 *	rc = html_rc(&h);
 *
 * Elements and attributes are enums; text and values are always escaped;
 * links are struct url, so HREF("javascript:…") does not compile.  There is
 * no raw call, no script and no on…= attribute.  Elements are
 * closed by name, checked against the stack (assert).  What fails fails the
 * buffer below and so the page.
 */
#ifndef MARKUP_HTML_H
#define MARKUP_HTML_H

#include <stddef.h>

#include "base/buf.h"
#include "base/limits.h"
#include "markup/url.h"

/* The elements we use; markup/html.c holds name and content model. */
enum html_el {
	EL_HTML,
	EL_HEAD,
	EL_TITLE,
	EL_META,
	EL_LINK,
	EL_BODY,
	EL_HEADER,
	EL_FOOTER,
	EL_MAIN,
	EL_NAV,
	EL_SECTION,
	EL_ARTICLE,
	EL_ASIDE,
	EL_DIV,
	EL_SPAN,
	EL_H1,
	EL_H2,
	EL_H3,
	EL_P,
	EL_A,
	EL_UL,
	EL_OL,
	EL_LI,
	EL_DL,
	EL_DT,
	EL_DD,
	EL_STRONG,
	EL_EM,
	EL_SMALL,
	EL_S,
	EL_BR,
	EL_HR,
	EL_IMG,
	EL_PICTURE,
	EL_SOURCE,
	EL_FIGURE,
	EL_FIGCAPTION,
	EL_TABLE,
	EL_CAPTION,
	EL_THEAD,
	EL_TBODY,
	EL_TFOOT,
	EL_TR,
	EL_TH,
	EL_TD,
	EL_FORM,
	EL_FIELDSET,
	EL_LEGEND,
	EL_LABEL,
	EL_INPUT,
	EL_SELECT,
	EL_OPTION,
	EL_TEXTAREA,
	EL_BUTTON,
	EL_OUTPUT,
	EL_TIME,
	EL_DATA,
	EL_DETAILS,
	EL_SUMMARY,
	EL_ADDRESS,
	EL_BLOCKQUOTE,
	EL_ABBR,
	EL_IFRAME,
	EL_COUNT_
};

enum html_at {
	AT_END_,
	AT_ID,
	AT_CLASS,
	AT_LANG,
	AT_DIR,
	AT_TITLE,
	AT_HREF,
	AT_SRC,
	AT_SRCSET,
	AT_SIZES,
	AT_ALT,
	AT_WIDTH,
	AT_HEIGHT,
	AT_LOADING,
	AT_DECODING,
	AT_FETCHPRIORITY,
	AT_REL,
	AT_TYPE,
	AT_MEDIA,
	AT_NAME,
	AT_CONTENT,
	AT_CHARSET,
	AT_VALUE,
	AT_ACTION,
	AT_METHOD,
	AT_FOR,
	AT_MIN,
	AT_MAX,
	AT_STEP,
	AT_MAXLENGTH,
	AT_MINLENGTH,
	AT_PATTERN,
	AT_PLACEHOLDER,
	AT_AUTOCOMPLETE,
	AT_INPUTMODE,
	AT_ROLE,
	AT_ARIA_LABEL,
	AT_ARIA_LABELLEDBY,
	AT_ARIA_DESCRIBEDBY,
	AT_ARIA_CURRENT,
	AT_ARIA_HIDDEN,
	AT_ARIA_LIVE,
	AT_ARIA_INVALID,
	AT_SCOPE,
	AT_COLSPAN,
	AT_ROWS,
	AT_COLS,
	AT_DATETIME,
	AT_ITEMPROP,
	AT_ITEMTYPE,
	AT_ITEMSCOPE,
	AT_PROPERTY,
	AT_REQUIRED,
	AT_CHECKED,
	AT_SELECTED,
	AT_DISABLED,
	AT_READONLY,
	AT_OPEN,
	AT_AUTOFOCUS,
	AT_NOVALIDATE,
	AT_TABINDEX,
	AT_SANDBOX,
	AT_STYLE,
	AT_COUNT_
};

/*
 * One attribute.  Use the macros.  A NULL text or url leaves the attribute out.
 * href, src, srcset and action take a struct url only (assert).  Several
 * SRCSET that follow each other become one attribute: srcset="/a 320w, /b
 * 640w".
 */
struct html_attr {
	enum html_at at;
	enum {
		HTML_NONE,
		HTML_TEXT,
		HTML_NUMBER,
		HTML_URL,
		HTML_FLAG,
		HTML_STYLE
	} kind;
	const char *text;      /* borrowed */
	const struct url *url; /* borrowed */
	int64_t number;        /* for AT_SRCSET the picture's width */
};

/* clang-format off */
#define AT(at, s) ((struct html_attr){ (at), HTML_TEXT, (s), NULL, 0 })
#define ATD(at, n) ((struct html_attr){ (at), HTML_NUMBER, NULL, NULL, (n) })
#define ATU(at, u) ((struct html_attr){ (at), HTML_URL, NULL, (u), 0 })
#define FLAG(at) ((struct html_attr){ (at), HTML_FLAG, NULL, NULL, 1 })
#define FLAG_IF(at, on) \
	((struct html_attr){ (at), HTML_FLAG, NULL, NULL, (on) ? 1 : 0 })
#define HREF(u) ATU(AT_HREF, (u))
#define SRC(u) ATU(AT_SRC, (u))
#define SRCSET(u, w) \
	((struct html_attr){ AT_SRCSET, HTML_URL, NULL, (u), (w) })
#define ACTION(u) ATU(AT_ACTION, (u))
#define CLASS(s) AT(AT_CLASS, (s))
#define ID(s) AT(AT_ID, (s))
#define NAME(s) AT(AT_NAME, (s))
#define TYPE(s) AT(AT_TYPE, (s))
#define VALUE(s) AT(AT_VALUE, (s))
/* Only a literal of ours, only for letters: no mail program loads a sheet, and
 * the pages' policy refuses it. */
#define STYLE(s) \
	((struct html_attr){ AT_STYLE, HTML_STYLE, "" s "", NULL, 0 })
#define HTML_END_ ((struct html_attr){ AT_END_, HTML_NONE, NULL, NULL, 0 })
/* The first one only parts the comma from an empty list. */
#define HTML_ATTRS_(...) \
	(((const struct html_attr[]){ HTML_END_, ##__VA_ARGS__, HTML_END_ }) + 1)
/* clang-format on */

struct html {
	struct buf *b; /* borrowed */
	int depth;
	enum html_el stack[LIMIT_DEPTH];
};

/* Writes into b, which outlives h. */
void html_init(struct html *h, struct buf *b);

/* "<!DOCTYPE html>", once and first. */
void html_doctype(struct html *h);

/* Open an element with its attributes.  Void elements (EL_BR, EL_IMG, …) are
 * written and not put on the stack. */
#define html_open(h, el, ...) html_open_((h), (el), HTML_ATTRS_(__VA_ARGS__))
void html_open_(struct html *h, enum html_el el, const struct html_attr *attrs);

/* Close the innermost element, which must be el (assert). */
void html_close(struct html *h, enum html_el el);

/* Escaped text.  A malformed byte of UTF-8 appears as U+FFFD, and so does a
 * control character but TAB, LF and CR, which HTML does not allow. */
void html_text(struct html *h, const char *s);
void html_text_n(struct html *h, const char *s, size_t n);
void html_textf(struct html *h, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A sheet of style, where STYLE may stand: a literal of ours without '<' (assert),
 * only for letters, which have no other way to follow the reader's colours. */
#define html_style(h, s) html_style_((h), "" s "")
void html_style_(struct html *h, const char *s);

/* Open, text, close; not for void elements (assert). */
#define html_el(h, el, s, ...)                                                 \
	html_el_((h), (el), (s), HTML_ATTRS_(__VA_ARGS__))
void html_el_(struct html *h, enum html_el el, const char *s,
    const struct html_attr *attrs);

/* Whether all went well; if it did, an element left open is an assert. */
enum rc html_rc(const struct html *h) CHECKED;

#endif
