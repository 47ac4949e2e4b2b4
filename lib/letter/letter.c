#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "letter/letter.h"
#include "letter/mime.h"

#define MAX_NAME 64 /* characters of a name that a letter says */
#define WIDTH 72    /* columns of the plain text */

/* Turns what follows, or the eye: U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069. */
static bool
turns(uint32_t cp)
{
	return cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

/* "hats.example", which a mail program makes a link of; not "J.R.R. Mad". */
static bool
looks_like_a_host(const char *name)
{
	const char *dot;

	for (dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
		if (dot - name >= 2 && is_word(dot[-1]) && is_word(dot[-2]) &&
		    is_word(dot[1]) && is_word(dot[2]))
			return true;
	return false;
}

bool
letter_name_fits(const char *name)
{
	size_t i, n, len = strlen(name);
	uint32_t cp;

	if (len == 0 || !text_line(name, len) || text_count(name) > MAX_NAME ||
	    strpbrk(name, "/:@<>\\") != NULL || looks_like_a_host(name))
		return false;
	for (i = 0; i < len; i += n) {
		n = text_decode(name + i, len - i, &cp);
		if (n == 0 || turns(cp))
			return false;
	}
	return true;
}

/* Hebrew, Arabic and their neighbours, and their presentation forms. */
static bool
from_the_right(uint32_t cp)
{
	return (cp >= 0x0590 && cp <= 0x08FF) ||
	       (cp >= 0xFB1D && cp <= 0xFDFF) ||
	       (cp >= 0xFE70 && cp <= 0xFEFC) ||
	       (cp >= 0x10800 && cp <= 0x10FFF) ||
	       (cp >= 0x1E800 && cp <= 0x1EFFF);
}

void
letter_put_name(struct buf *b, const char *name)
{
	size_t i, n, len = strlen(name);
	bool right = false;
	uint32_t cp;

	for (i = 0; i<len; i += n> 0 ? n : 1) {
		n = text_decode(name + i, len - i, &cp);
		right |= n > 0 && from_the_right(cp);
	}
	if (right)
		text_encode(b, 0x2068);
	for (i = 0; i<len; i += n> 0 ? n : 1) {
		n = text_decode(name + i, len - i, &cp);
		if (n == 0 || !turns(cp))
			buf_put(b, name + i, n > 0 ? n : 1);
	}
	if (right)
		text_encode(b, 0x2069);
}

void
letter_put_span(struct buf *b, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };
	size_t i = 0;
	int64_t n;

	while (i < 2 && (seconds % units[i].seconds != 0 ||
			    seconds < 2 * units[i].seconds))
		i++;
	n = seconds / units[i].seconds;
	buf_printf(
	    b, "%lld %s%s", (long long)n, units[i].name, n == 1 ? "" : "s");
}

/* Words of s in lines of at most so many characters, where words allow. */
static void
put_wrapped(struct buf *b, const char *s, size_t most)
{
	size_t column = 0, n, width;
	struct buf word;

	buf_init(&word, LETTER_MAX);
	while (*s != '\0') {
		n = strcspn(s, " ");
		buf_reset(&word);
		buf_put(&word, s, n);
		width = text_count(buf_str(&word));
		if (column > 0 && column + 1 + width > most) {
			buf_putc(b, '\n');
			column = 0;
		} else if (column > 0) {
			buf_putc(b, ' ');
			column++;
		}
		buf_put(b, s, n);
		column += width;
		s += n;
		s += strspn(s, " ");
	}
	if (buf_rc(&word) != RC_OK)
		buf_fail(b, buf_rc(&word));
	buf_release(&word);
}

/* Control characters, which break lines, become blanks. */
static void
put_line(struct buf *b, const char *s)
{
	size_t i, n, len = strlen(s);
	uint32_t cp;

	for (i = 0; i < len; i += n) {
		n = text_decode(s + i, len - i, &cp);
		if (n == 0) {
			text_encode(b, 0xFFFD);
			n = 1;
		} else if (text_control(cp) || cp == 0x2028 || cp == 0x2029) {
			buf_putc(b, ' ');
		} else {
			buf_put(b, s + i, n);
		}
	}
}

/* The colours of shop.css. */
#define PAPER                                                                  \
	"margin:0;padding:24px 12px;background:#ffe4df;color:#2a1135;"         \
	"font:17px/1.5 Georgia,serif"
#define SHEET                                                                  \
	"max-width:560px;margin:0 auto;padding:8px 28px;background:#fffaf3;"   \
	"border-top:10px solid #2a1135;overflow-wrap:anywhere"
#define BUTTON                                                                 \
	"display:inline-block;padding:12px 22px;background:#c8202f;"           \
	"color:#fff;text-decoration:none;border-radius:3px;font-weight:bold"
#define CELL "padding:6px 0;vertical-align:top;text-align:left"
#define SUM CELL ";border-top:2px solid #2a1135;font-weight:bold"
#define AMOUNT ";text-align:right;white-space:nowrap;padding-left:10px"
#define THUMB 56
#define THUMBED ";width:56px;padding-right:10px;text-align:center"
/* The words are for who does not load it. */
#define PICTURE                                                                \
	"display:block;margin:0 auto;border:0;border-radius:3px;"              \
	"overflow:hidden;font-size:9px;line-height:1.1"
#define FINE "font-size:14px;color:#64476f;word-break:break-word"
/* A small screen and the dark, over the styles of the elements; who does not
 * know it shows those, or turns them by rules of its own. */
#define SCREENS                                                                \
	"@media (max-width:400px){.sheet{padding:8px 14px!important}}"         \
	"@media (prefers-color-scheme:dark){"                                  \
	".paper{background:#1b0f22!important;color:#f5e9f0!important}"         \
	".sheet{background:#2a1835!important;"                                 \
	"border-color:#e58a9a!important}"                                      \
	".sum{border-color:#f5e9f0!important}"                                 \
	".fine{color:#c9b3d4!important}"                                       \
	"}"

void
letter_begin(struct letter *l, const struct letter_to *to, const char *subject)
{
	l->to = to;
	l->subject = subject;
	l->file = NULL;
	buf_init(&l->text, LETTER_MAX / 4);
	buf_init(&l->page, LETTER_MAX / 4);
	html_init(&l->html, &l->page);
	html_doctype(&l->html);
	html_open(&l->html, EL_HTML, AT(AT_LANG, "en"));
	html_open(&l->html, EL_HEAD);
	html_open(&l->html, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(&l->html, EL_META, NAME("color-scheme"),
	    AT(AT_CONTENT, "light dark"));
	html_open(&l->html, EL_META, NAME("supported-color-schemes"),
	    AT(AT_CONTENT, "light dark"));
	html_open(&l->html, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width"));
	html_el(&l->html, EL_TITLE, subject);
	html_style(&l->html, SCREENS);
	html_close(&l->html, EL_HEAD);
	html_open(&l->html, EL_BODY, CLASS("paper"), STYLE(PAPER));
	html_open(&l->html, EL_DIV, CLASS("sheet"), STYLE(SHEET));
	if (to->name != NULL && letter_name_fits(to->name))
		letter_say(l, "Hello %s,", to->name);
	else
		letter_say(l, "Hello,");
}

void
letter_say(struct letter *l, const char *fmt, ...)
{
	struct buf said, line;
	va_list ap;

	buf_init(&said, LIMIT_TEXT);
	buf_init(&line, LIMIT_TEXT);
	va_start(ap, fmt);
	buf_vprintf(&said, fmt, ap);
	va_end(ap);
	put_line(&line, buf_str(&said));
	if (buf_rc(&said) != RC_OK)
		buf_fail(&l->text, buf_rc(&said));
	if (buf_rc(&line) != RC_OK)
		buf_fail(&l->text, buf_rc(&line));
	put_wrapped(&l->text, buf_str(&line), WIDTH);
	buf_puts(&l->text, "\n\n");
	html_el(&l->html, EL_P, buf_str(&line));
	buf_putc(&l->page, '\n');
	buf_release(&said);
	buf_release(&line);
}

void
letter_link(struct letter *l, const char *label, const struct url *link)
{
	if (url_rc(link) != RC_OK)
		buf_fail(&l->text, url_rc(link));
	buf_printf(&l->text, "%s\n\n", url_str(link));
	html_open(&l->html, EL_P);
	html_el(&l->html, EL_A, label, HREF(link), STYLE(BUTTON));
	html_close(&l->html, EL_P);
	html_open(&l->html, EL_P, CLASS("fine"), STYLE(FINE));
	html_text(&l->html, url_str(link));
	html_close(&l->html, EL_P);
	buf_putc(&l->page, '\n');
}

/* s with nothing in it that breaks a line; line is empty. */
static const char *
one_line(struct letter *l, struct buf *line, const char *s)
{
	put_line(line, s);
	if (buf_rc(line) != RC_OK)
		buf_fail(&l->text, buf_rc(line));
	return buf_str(line);
}

/* The words on the left, the amount at the end of their last line. */
static void
row_as_text(struct letter *l, const char *what, const char *amount)
{
	size_t width = text_count(amount), column;
	const char *last;
	struct buf left;

	buf_init(&left, LIMIT_TEXT);
	put_wrapped(&left, what, WIDTH - 2 - width);
	if (buf_rc(&left) != RC_OK)
		buf_fail(&l->text, buf_rc(&left));
	last = strrchr(buf_str(&left), '\n');
	last = last == NULL ? buf_str(&left) : last + 1;
	buf_puts(&l->text, buf_str(&left));
	for (column = text_count(last); column + width < WIDTH; column++)
		buf_putc(&l->text, ' ');
	buf_printf(&l->text, "%s\n", amount);
	buf_release(&left);
}

/* As wide and high as fits a square of THUMB, never 0. */
static void
put_picture(struct letter *l, const struct letter_row *r)
{
	int64_t w = THUMB, h = THUMB;
	struct buf alt;

	if (r->width > r->height && r->height > 0)
		h = THUMB * r->height / r->width;
	else if (r->height > r->width && r->width > 0)
		w = THUMB * r->width / r->height;
	buf_init(&alt, LIMIT_TEXT);
	html_open(&l->html, EL_IMG, SRC(r->picture),
	    AT(AT_ALT, one_line(l, &alt, r->alt)), ATD(AT_WIDTH, w > 0 ? w : 1),
	    ATD(AT_HEIGHT, h > 0 ? h : 1), STYLE(PICTURE));
	buf_release(&alt);
}

/* pictures: some row has one, so that all have a place for it. */
static void
row_as_html(struct letter *l, const struct letter_row *r, const char *what,
    const char *amount, bool pictures)
{
	html_open(&l->html, EL_TR);
	if (r->picture != NULL) {
		html_open(&l->html, EL_TD, STYLE(CELL THUMBED));
		put_picture(l, r);
		html_close(&l->html, EL_TD);
	}
	if (r->sum) {
		html_el(&l->html, EL_TD, what, CLASS("sum"), STYLE(SUM));
		html_el(
		    &l->html, EL_TD, amount, CLASS("sum"), STYLE(SUM AMOUNT));
	} else {
		html_open(&l->html, EL_TD,
		    AT(AT_COLSPAN, pictures && r->picture == NULL ? "2" : NULL),
		    STYLE(CELL));
		html_text(&l->html, what);
		html_close(&l->html, EL_TD);
		html_el(&l->html, EL_TD, amount, STYLE(CELL AMOUNT));
	}
	html_close(&l->html, EL_TR);
	buf_putc(&l->page, '\n');
}

static void
open_table(struct letter *l)
{
	html_open(&l->html, EL_TABLE, AT(AT_ROLE, "presentation"),
	    STYLE("width:100%;border-collapse:collapse"));
}

void
letter_rows(struct letter *l, const char *currency,
    const struct letter_row *rows, size_t n)
{
	struct buf amount, line;
	struct money m = { .minor = 0 };
	const char *what;
	bool pictures = false;

	for (size_t i = 0; i < n; i++)
		pictures |= rows[i].picture != NULL;
	text_copy(m.currency, sizeof(m.currency), currency);
	open_table(l);
	for (size_t i = 0; i < n; i++) {
		/* a large sum takes no room from the names above it */
		if (rows[i].sum && i > 0) {
			html_close(&l->html, EL_TABLE);
			open_table(l);
		}
		buf_init(&amount, LIMIT_LINE);
		buf_init(&line, LIMIT_TEXT);
		m.minor = rows[i].amount;
		money_put(&amount, m);
		if (buf_rc(&amount) != RC_OK)
			buf_fail(&l->text, buf_rc(&amount));
		what = one_line(l, &line, rows[i].what);
		for (size_t c = 0; rows[i].sum && c < WIDTH; c++)
			buf_putc(&l->text, '-');
		if (rows[i].sum)
			buf_putc(&l->text, '\n');
		row_as_text(l, what, buf_str(&amount));
		row_as_html(l, &rows[i], what, buf_str(&amount), pictures);
		buf_release(&line);
		buf_release(&amount);
	}
	html_close(&l->html, EL_TABLE);
	buf_putc(&l->text, '\n');
}

static void
put_block(struct letter *l, const char *heading, const char *const *lines,
    size_t n, const char *dir)
{
	struct buf line;
	const char *s;

	buf_printf(&l->text, "%s\n", heading);
	html_open(&l->html, EL_P);
	html_el(&l->html, EL_STRONG, heading);
	for (size_t i = 0; i < n; i++) {
		if (lines[i][0] == '\0')
			continue;
		buf_init(&line, LIMIT_TEXT);
		s = one_line(l, &line, lines[i]);
		buf_printf(&l->text, "    %s\n", s);
		html_open(&l->html, EL_BR);
		html_el(&l->html, EL_SPAN, s, AT(AT_DIR, dir));
		buf_release(&line);
	}
	html_close(&l->html, EL_P);
	buf_puts(&l->text, "\n");
	buf_putc(&l->page, '\n');
}

void
letter_lines(
    struct letter *l, const char *heading, const char *const *lines, size_t n)
{
	put_block(l, heading, lines, n, "auto");
}

void
letter_goods(
    struct letter *l, const char *heading, const char *const *lines, size_t n)
{
	put_block(l, heading, lines, n, "ltr");
}

void
letter_attach(struct letter *l, const struct letter_file *file)
{
	assert(l->file == NULL);
	l->file = file;
}

static void
sign(struct letter *l, const struct settings *s)
{
	buf_printf(&l->text, "-- \n%s\n%s\n", s->shop_name, s->shop_url);
	html_open(&l->html, EL_P, CLASS("fine"), STYLE(FINE));
	html_text(&l->html, s->shop_name);
	html_open(&l->html, EL_BR);
	html_text(&l->html, s->shop_url);
	html_close(&l->html, EL_P);
	html_close(&l->html, EL_DIV);
	html_close(&l->html, EL_BODY);
	html_close(&l->html, EL_HTML);
	buf_putc(&l->page, '\n');
}

enum rc
letter_end(struct letter *l, struct buf *out, struct error *e)
{
	const struct settings *s = l->to->settings;
	const char *name = l->to->name;
	struct mime_letter m;
	struct buf from;
	enum rc rc;

	buf_init(&from, LIMIT_LINE);
	settings_mail_from(s, &from);
	sign(l, s);
	rc = buf_rc(&l->text);
	if (rc == RC_OK)
		rc = html_rc(&l->html);
	if (rc == RC_OK)
		rc = buf_rc(&from);
	if (rc != RC_OK) {
		(void)error_set(e, rc, "the letter could not be made");
		goto out;
	}
	m = (struct mime_letter){
		.from_name =
		    s->mail_name[0] != '\0' ? s->mail_name : s->shop_name,
		.from = buf_str(&from),
		.to_name = name != NULL && letter_name_fits(name) ? name : "",
		.to = l->to->address,
		.reply_to = s->mail_reply_to,
		.subject = l->subject,
		.uid = l->to->uid,
		.now = l->to->now,
		.text = buf_str(&l->text),
		.html = buf_str(&l->page),
	};
	if (l->file != NULL) {
		m.file_name = l->file->name;
		m.file_type = l->file->type;
		m.file = l->file->bytes;
		m.nfile = l->file->n;
	}
	rc = mime_write(&m, out, e);
out:
	buf_release(&from);
	buf_release(&l->text);
	buf_release(&l->page);
	return rc;
}
