#include "config.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/text.h"
#include "letter/mime.h"

#define MAX_LOCAL 64    /* RFC 5321 section 4.5.3.1.1 */
#define MAX_ADDRESS 254 /* section 4.5.3.1.3, without < and > */

/* An address that stands in a header and an envelope as it is.  Quoted local
 * parts and such beyond ASCII are no address that a server has to take. */
static bool
is_address(const char *s)
{
	static const char atom[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.!#$%&'*+-/=?^_`{|}~";
	static const char domain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t n = strspn(s, atom);

	return strlen(s) <= MAX_ADDRESS && n > 0 && n <= MAX_LOCAL &&
	       s[n] == '@' && s[n + 1] != '\0' &&
	       s[n + 1 + strspn(s + n + 1, domain)] == '\0';
}

/* s as the bytes of p. */
static void
set_bytes(GMimePart *p, const void *s, size_t n)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(s, n);
	GMimeDataWrapper *w = g_mime_data_wrapper_new_with_stream(
	    stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(p, w);
	g_object_unref(w);
	g_object_unref(stream);
}

/* Not g_mime_text_part_set_text, which would turn it into the first charset
 * that has all its characters: the page says itself that it is UTF-8. */
static GMimeObject *
part(const char *subtype, const char *text)
{
	GMimeTextPart *p = g_mime_text_part_new_with_subtype(subtype);

	g_mime_text_part_set_charset(p, "utf-8");
	set_bytes(GMIME_PART(p), text, strlen(text));
	g_mime_part_set_content_encoding(
	    GMIME_PART(p), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(p);
}

/* Both texts, the better one last (RFC 2046 section 5.1.4). */
static GMimeObject *
body(const struct mime_letter *m)
{
	GMimeMultipart *both;
	GMimeObject *p;
	char *boundary;

	both = g_mime_multipart_new_with_subtype("alternative");
	/* "=_" is in no quoted-printable text (RFC 2045 section 6.7). */
	boundary = g_strdup_printf("=_%s", m->uid);
	g_mime_multipart_set_boundary(both, boundary);
	g_free(boundary);
	p = part("plain", m->text);
	g_mime_multipart_add(both, p);
	g_object_unref(p);
	p = part("html", m->html);
	g_mime_multipart_add(both, p);
	g_object_unref(p);
	return GMIME_OBJECT(both);
}

static GMimeObject *
attachment(const struct mime_letter *m)
{
	GMimePart *p = g_mime_part_new_with_type("application", m->file_type);

	set_bytes(p, m->file, m->nfile);
	g_mime_part_set_content_encoding(p, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_object_set_disposition(GMIME_OBJECT(p), "attachment");
	g_mime_part_set_filename(p, m->file_name);
	return GMIME_OBJECT(p);
}

/* The texts, and the file behind them. */
static GMimeObject *
body_and_file(const struct mime_letter *m)
{
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
	GMimeObject *p;
	char *boundary;

	/* None may begin with another (RFC 2046 section 5.1.1). */
	boundary = g_strdup_printf("=_mixed-%s", m->uid);
	g_mime_multipart_set_boundary(mixed, boundary);
	g_free(boundary);
	p = body(m);
	g_mime_multipart_add(mixed, p);
	g_object_unref(p);
	p = attachment(m);
	g_mime_multipart_add(mixed, p);
	g_object_unref(p);
	return GMIME_OBJECT(mixed);
}

static void
put_headers(GMimeMessage *message, const struct mime_letter *m)
{
	GMimeObject *o = GMIME_OBJECT(message);
	GDateTime *date;
	char *id;

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM,
	    m->from_name[0] != '\0' ? m->from_name : NULL, m->from);
	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO,
	    m->to_name[0] != '\0' ? m->to_name : NULL, m->to);
	if (m->reply_to[0] != '\0')
		g_mime_message_add_mailbox(
		    message, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, m->reply_to);
	g_mime_message_set_subject(message, m->subject, "utf-8");
	date = g_date_time_new_from_unix_utc(m->now);
	if (date != NULL) {
		g_mime_message_set_date(message, date);
		g_date_time_unref(date);
	}
	id = g_strdup_printf("%s@%s", m->uid, strrchr(m->from, '@') + 1);
	g_mime_message_set_message_id(message, id);
	g_free(id);
	/* No vacation notice or list answers this (RFC 3834). */
	g_mime_object_set_header(o, "Auto-Submitted", "auto-generated", NULL);
	g_mime_object_set_header(o, "Content-Language", "en", NULL);
}

enum rc
mime_write(const struct mime_letter *m, struct buf *out, struct error *e)
{
	GMimeFormatOptions *format;
	GMimeMessage *message;
	GMimeStream *stream;
	GMimeObject *both;
	GByteArray *bytes;

	if (!is_address(m->to) || !is_address(m->from))
		return error_set(
		    e, RC_INVALID, "mail cannot be sent to this address");
	g_mime_init();
	format = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(
	    format, GMIME_NEWLINE_FORMAT_DOS);
	message = g_mime_message_new(FALSE);
	put_headers(message, m);
	both = m->file != NULL ? body_and_file(m) : body(m);
	g_mime_message_set_mime_part(message, both);
	g_object_unref(both);

	stream = g_mime_stream_mem_new();
	if (g_mime_object_write_to_stream(
		GMIME_OBJECT(message), format, stream) < 0)
		buf_fail(out, RC_NOMEM);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	buf_put(out, bytes->data, bytes->len);
	g_object_unref(stream);
	g_object_unref(message);
	g_mime_format_options_free(format);
	return buf_rc(out) == RC_OK
		   ? RC_OK
		   : error_set(e, buf_rc(out), "the letter could not be made");
}
