/*
 * /sandbox/mail: the letters that the private mail server of ./dev up has
 * kept in $HATSHOP_SANDBOX/mail, for this machine only.
 *
 *	/sandbox/mail			who got what, newest first
 *	/sandbox/mail/NAME		one letter: headers, text, HTML
 *	/sandbox/mail/NAME/html		its HTML part alone, for the frame
 *	/sandbox/mail/NAME/raw		its bytes
 *
 * What is in a letter is not ours: the page escapes it, the HTML part is shown
 * in a sandboxed frame under a policy without script.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gmime/gmime.h>

#include "base/file.h"
#include "base/jail.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/settings.h"
#include "markup/html.h"

#define ROOT "/sandbox/mail"
#define MOST 200      /* letters in the list */
#define NAME_SIZE 100 /* bytes of a file's name */
#define LETTER (4 * 1024 * 1024)

#define FRAME_POLICY                                                           \
	"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors "      \
	"'self'; sandbox allow-top-navigation-by-user-activation"
#define PAGE_POLICY                                                            \
	"default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "    \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#define PAPER                                                                  \
	"margin:2em auto;max-width:50em;padding:0 1em;font:16px/1.5 "          \
	"sans-serif"
#define AS_TYPED                                                               \
	"white-space:pre-wrap;word-break:break-word;padding:1em;"              \
	"background:#f4f0e8;color:#222"
#define FRAME "width:100%;height:36em;border:1px solid #999"

struct viewer {
	struct settings s;
	char folder[1000];
	struct buf body;
	struct html h;
	const char *type, *policy;
	int status;
};

static void
begin(struct viewer *v, const char *title)
{
	html_init(&v->h, &v->body);
	html_doctype(&v->h);
	html_open(&v->h, EL_HTML, AT(AT_LANG, "en"));
	html_open(&v->h, EL_HEAD);
	html_open(&v->h, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(&v->h, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width, initial-scale=1"));
	html_el(&v->h, EL_TITLE, title);
	html_close(&v->h, EL_HEAD);
	html_open(&v->h, EL_BODY, STYLE(PAPER));
	html_el(&v->h, EL_H1, title);
}

static void
end(struct viewer *v)
{
	html_close(&v->h, EL_BODY);
	html_close(&v->h, EL_HTML);
}

static enum rc
not_found(struct viewer *v)
{
	v->status = 404;
	begin(v, "There is no such letter");
	end(v);
	return RC_OK;
}

/* One letter as GMime sees it; NULL when it cannot be read. */
static GMimeMessage *
parse(const struct viewer *v, const char *name, struct buf *bytes)
{
	struct error e = ERROR_NONE;
	GMimeMessage *m = NULL;
	GMimeParser *parser;
	GMimeStream *stream;
	char path[1200];

	(void)snprintf(path, sizeof(path), "%s/%s", v->folder, name);
	if (file_read(path, bytes, &e) != RC_OK || bytes->len == 0)
		return NULL;
	stream = g_mime_stream_mem_new_with_buffer(bytes->s, bytes->len);
	parser = g_mime_parser_new_with_stream(stream);
	m = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return m;
}

struct search {
	const char *subtype;
	char *text; /* owned by GLib */
};

static void
look(GMimeObject *parent, GMimeObject *part, gpointer data)
{
	struct search *s = data;
	GMimeContentType *type = g_mime_object_get_content_type(part);

	(void)parent;
	if (s->text == NULL && GMIME_IS_TEXT_PART(part) &&
	    g_mime_content_type_is_type(type, "text", s->subtype))
		s->text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
}

/* The first text part of this kind, to be freed; NULL: none. */
static char *
text_of(GMimeMessage *m, const char *subtype)
{
	GMimeObject *top = g_mime_message_get_mime_part(m);
	struct search s = { subtype, NULL };

	if (top == NULL)
		return NULL;
	if (GMIME_IS_MULTIPART(top))
		g_mime_multipart_foreach(GMIME_MULTIPART(top), look, &s);
	else
		look(NULL, top, &s);
	return s.text;
}

static const char *
header(GMimeMessage *m, const char *name)
{
	const char *s = g_mime_object_get_header(GMIME_OBJECT(m), name);

	return s != NULL ? s : "";
}

/* A line that is an address of this machine and nothing else is a link. */
static bool
is_own_address(const char *line, size_t n)
{
	static const char *const ours[] = { "https://localhost",
		"http://127.0.0.1" };
	static const char fit[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~:/?&=%+";
	size_t i, len;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		len = strlen(ours[i]);
		if (n > len && memcmp(line, ours[i], len) == 0 &&
		    strchr(":/", line[len]) != NULL)
			return strspn(line, fit) >= n;
	}
	return false;
}

static void
put_text(struct html *h, const char *text)
{
	struct url u;
	char line[LIMIT_URL];
	size_t n;

	html_open(h, EL_DIV, ID("text"), STYLE(AS_TYPED));
	while (*text != '\0') {
		n = strcspn(text, "\r\n");
		if (n < sizeof(line) && is_own_address(text, n)) {
			memcpy(line, text, n);
			line[n] = '\0';
			url_init_origin(&u, line, "");
			html_el(h, EL_A, line, HREF(&u));
			url_release(&u);
		} else {
			html_text_n(h, text, n);
		}
		text += n;
		text += *text == '\r';
		if (*text == '\n') {
			html_text(h, "\n");
			text++;
		}
	}
	html_close(h, EL_DIV);
}

static void
put_headers(struct html *h, GMimeMessage *m)
{
	static const char *const names[] = { "Delivered-To", "From", "To",
		"Subject", "Date", "Message-Id" };
	InternetAddressList *list;
	char *text;
	size_t i;

	html_open(h, EL_DL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		list = NULL;
		if (i == 1)
			list = g_mime_message_get_from(m);
		else if (i == 2)
			list = g_mime_message_get_to(m);
		text = list == NULL
			   ? g_mime_utils_header_decode_text(
				 NULL, header(m, names[i]))
			   : internet_address_list_to_string(list, NULL, FALSE);
		html_el(h, EL_DT, names[i]);
		html_el(h, EL_DD, text != NULL ? text : "");
		g_free(text);
	}
	html_close(h, EL_DL);
}

static void
link_to(struct url *u, const char *name)
{
	url_init(u, ROOT);
	url_path(u, name);
}

static void
put_letter(struct viewer *v, GMimeMessage *m, const char *name)
{
	const char *subject = g_mime_message_get_subject(m);
	char *text = text_of(m, "plain"), *page = text_of(m, "html");
	struct url u;

	begin(v, subject != NULL ? subject : "(no subject)");
	url_init(&u, ROOT);
	html_open(&v->h, EL_P);
	html_el(&v->h, EL_A, "All letters", HREF(&u));
	html_close(&v->h, EL_P);
	url_release(&u);
	put_headers(&v->h, m);
	put_text(&v->h, text != NULL ? text : "");
	if (page != NULL) {
		html_el(&v->h, EL_H2, "As HTML");
		link_to(&u, name);
		url_tail(&u, "/html");
		html_open(&v->h, EL_IFRAME, SRC(&u),
		    AT(AT_TITLE, "The letter as HTML"), STYLE(FRAME),
		    AT(AT_SANDBOX, "allow-top-navigation-by-user-activation"));
		html_close(&v->h, EL_IFRAME);
		url_release(&u);
	}
	link_to(&u, name);
	url_tail(&u, "/raw");
	html_open(&v->h, EL_P);
	html_el(&v->h, EL_A, "As it came", HREF(&u));
	html_close(&v->h, EL_P);
	url_release(&u);
	end(v);
	g_free(text);
	g_free(page);
}

/* Its links lead out of the frame. */
static void
put_frame(struct viewer *v, GMimeMessage *m)
{
	char *page = text_of(m, "html");
	const char *head = page != NULL ? strstr(page, "<head>") : NULL;
	size_t n;

	v->policy = FRAME_POLICY;
	if (head == NULL) {
		buf_puts(&v->body, page != NULL ? page : "");
	} else {
		n = (size_t)(head - page) + strlen("<head>");
		buf_put(&v->body, page, n);
		buf_puts(&v->body, "<base target=\"_top\">");
		buf_puts(&v->body, page + n);
	}
	g_free(page);
}

static bool
is_name(const char *s, size_t n)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return n > 0 && n < NAME_SIZE && s[0] != '.' && strspn(s, fit) == n;
}

/* tail: "NAME", "NAME/html" or "NAME/raw". */
static enum rc
letter(struct viewer *v, const char *tail)
{
	size_t n = strcspn(tail, "/");
	const char *what = tail + n;
	char name[NAME_SIZE];
	GMimeMessage *m;
	struct buf bytes;

	if (n >= sizeof(name))
		return not_found(v);
	memcpy(name, tail, n);
	name[n] = '\0';
	if (!is_name(name, n))
		return not_found(v);
	buf_init(&bytes, LETTER);
	m = parse(v, name, &bytes);
	if (m != NULL && what[0] == '\0') {
		put_letter(v, m, name);
	} else if (m != NULL && strcmp(what, "/html") == 0) {
		put_frame(v, m);
	} else if (m != NULL && strcmp(what, "/raw") == 0) {
		v->type = "text/plain; charset=utf-8";
		buf_put(&v->body, bytes.s, bytes.len);
	} else {
		(void)not_found(v);
	}
	if (m != NULL)
		g_object_unref(m);
	buf_release(&bytes);
	return RC_OK;
}

static int
newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

static int
is_letter(const struct dirent *d)
{
	return is_name(d->d_name, strlen(d->d_name));
}

static void
put_line(struct viewer *v, const char *name)
{
	GMimeMessage *m;
	struct buf bytes;
	struct url u;
	const char *subject;

	buf_init(&bytes, LETTER);
	m = parse(v, name, &bytes);
	if (m != NULL) {
		subject = g_mime_message_get_subject(m);
		link_to(&u, name);
		html_open(&v->h, EL_LI);
		html_el(&v->h, EL_A, subject != NULL ? subject : "(no subject)",
		    HREF(&u));
		html_textf(&v->h, " to %s, %s", header(m, "Delivered-To"),
		    header(m, "Date"));
		html_close(&v->h, EL_LI);
		url_release(&u);
		g_object_unref(m);
	}
	buf_release(&bytes);
}

static enum rc
list(struct viewer *v)
{
	struct dirent **all = NULL;
	int i, n;

	n = scandir(v->folder, &all, is_letter, newest_first);
	begin(v, "Letters that the shop has sent");
	html_el(&v->h, EL_P,
	    "This is the mail server of a shop for tests on this machine. It "
	    "keeps every letter, whoever it is to, and delivers none.");
	if (n <= 0)
		html_el(&v->h, EL_P, "There is none yet.");
	html_open(&v->h, EL_UL);
	for (i = 0; i < n && i < MOST; i++)
		put_line(v, all[i]->d_name);
	html_close(&v->h, EL_UL);
	end(v);
	for (i = 0; i < n; i++)
		free(all[i]);
	free(all);
	return RC_OK;
}

static enum rc
enter(struct viewer *v, struct error *e)
{
	const char *folder = getenv("HATSHOP_SANDBOX");
	struct jail j = JAIL_NONE;
	enum rc rc;

	rc = settings_load(&v->s, NULL, e);
	if (rc != RC_OK)
		return rc;
	if (!v->s.shop_test)
		return error_set(e, RC_DENIED,
		    "a sandbox is for a shop with shop.test only");
	if (folder == NULL || strlen(folder) > sizeof(v->folder) - 10)
		return error_set(e, RC_INVALID, "no $HATSHOP_SANDBOX");
	(void)snprintf(v->folder, sizeof(v->folder), "%s/mail/new", folder);
	/* GMime opens its character sets by dlopen. */
	g_mime_init();
	jail_path(&j, "/usr", JAIL_READ);
	jail_path(&j, "/lib", JAIL_READ);
	jail_path(&j, v->folder, JAIL_READ);
	j.cpu_seconds = 10;
	return jail_enter(&j, e);
}

static enum rc
answer(struct viewer *v)
{
	const char *path = getenv("PATH_INFO"), *tail;
	const size_t n = strlen(ROOT);

	if (path == NULL || strncmp(path, ROOT, n) != 0)
		return not_found(v);
	tail = path + n;
	if (tail[0] == '\0' || strcmp(tail, "/") == 0)
		return list(v);
	return tail[0] == '/' ? letter(v, tail + 1) : not_found(v);
}

int
main(void)
{
	struct viewer v = { .status = 200,
		.type = "text/html; charset=utf-8",
		.policy = PAGE_POLICY };
	struct error e = ERROR_NONE;
	enum rc rc;

	log_open("mail", LOG_INFO);
	buf_init(&v.body, LETTER);
	rc = enter(&v, &e);
	if (rc == RC_OK)
		rc = answer(&v);
	if (rc == RC_OK)
		rc = buf_rc(&v.body);
	if (rc != RC_OK) {
		log_failure("mail", &e);
		buf_reset(&v.body);
		v.status = 500;
		v.type = "text/plain; charset=utf-8";
		buf_puts(&v.body, "This page could not be made.\n");
	}
	(void)printf("Status: %d\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		     "Content-Security-Policy: %s\r\n"
		     "X-Content-Type-Options: nosniff\r\n"
		     "Referrer-Policy: no-referrer\r\n"
		     "Cache-Control: no-store\r\n\r\n",
	    v.status, v.type, v.body.len, v.policy);
	(void)fwrite(buf_str(&v.body), 1, v.body.len, stdout);
	buf_release(&v.body);
	return fflush(stdout) == 0 ? 0 : 1;
}
