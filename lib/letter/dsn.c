#include "config.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "letter/dsn.h"

#define MAX_GROUPS 100          /* of fields; more are left out */
#define MAX_STATUS (128 * 1024) /* bytes of them */
#define MAX_VALUE 4096          /* bytes of one */

/* A clean line, cut to fit, with single blanks and none at its ends. */
static void
copy(char *out, size_t size, const char *s)
{
	struct buf b;
	const char *p;
	size_t n, used = 0;

	out[0] = '\0';
	if (s == NULL)
		return;
	buf_init(&b, MAX_VALUE * 4);
	text_clean(&b, s, text_clip(s, strlen(s), MAX_VALUE));
	if (buf_rc(&b) == RC_OK && b.len > 0) {
		for (p = b.s; used + 2 < size; p += n) {
			p += strspn(p, " \t\r\n");
			n = text_clip(
			    p, strcspn(p, " \t\r\n"), size - used - 2);
			if (n == 0)
				break;
			if (used > 0)
				out[used++] = ' ';
			memcpy(out + used, p, n);
			used += n;
		}
		out[used] = '\0';
	}
	buf_release(&b);
}

/* The value behind the type, "rfc822; hatter@example.com". */
static const char *
typed(GMimeObject *fields, const char *name)
{
	const char *s = g_mime_object_get_header(fields, name);
	const char *value = s != NULL ? strchr(s, ';') : NULL;

	return value != NULL ? value + 1 : s;
}

static void
copy_address(char *out, size_t size, const char *s)
{
	size_t n;

	copy(out, size, s);
	n = strlen(out);
	if (n >= 2 && out[0] == '<' && out[n - 1] == '>') {
		memmove(out, out + 1, n - 2);
		out[n - 2] = '\0';
	}
}

static void
copy_id(char *out, size_t size, const char *header)
{
	char *id =
	    header != NULL ? g_mime_utils_decode_message_id(header) : NULL;

	copy(out, size, id);
	g_free(id);
}

static GMimeObject *
parse_fields(const char *s, size_t n)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeParser *parser;
	GMimeObject *o;

	(void)g_mime_stream_write(stream, s, n);
	(void)g_mime_stream_write(stream, "\n\n", 2);
	(void)g_mime_stream_reset(stream);
	parser = g_mime_parser_new_with_stream(stream);
	o = g_mime_parser_construct_part(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return o;
}

static void
read_receiver(GMimeObject *fields, struct dsn *d)
{
	const char *action = g_mime_object_get_header(fields, "Action");
	struct dsn_of *of = &d->of[d->n];
	char status[16], code[380];

	if (action == NULL || d->n == DSN_MOST)
		return;
	memset(of, 0, sizeof(*of));
	action += strspn(action, " \t");
	if (strncasecmp(action, "failed", 6) == 0)
		of->action = DSN_FAILED;
	else if (strncasecmp(action, "delayed", 7) == 0)
		of->action = DSN_DELAYED;
	else
		of->action = DSN_DONE;
	copy_address(
	    of->final, sizeof(of->final), typed(fields, "Final-Recipient"));
	copy_address(of->original, sizeof(of->original),
	    typed(fields, "Original-Recipient"));
	copy(
	    status, sizeof(status), g_mime_object_get_header(fields, "Status"));
	copy(code, sizeof(code), typed(fields, "Diagnostic-Code"));
	(void)snprintf(of->why, sizeof(of->why), "%s%s%s", status,
	    status[0] != '\0' && code[0] != '\0' ? " " : "", code);
	d->n++;
}

static void
read_group(const char *s, size_t n, struct dsn *d)
{
	GMimeObject *fields = parse_fields(s, n);

	if (fields == NULL)
		return;
	if (d->envid[0] == '\0')
		copy(d->envid, sizeof(d->envid),
		    g_mime_object_get_header(fields, "Original-Envelope-Id"));
	read_receiver(fields, d);
	g_object_unref(fields);
}

/* Length of the group of fields at s, up to an empty line. */
static size_t
group_length(const char *s)
{
	size_t n = 0, line;

	for (;;) {
		line = strcspn(s + n, "\n");
		if (line == 0 || (line == 1 && s[n] == '\r'))
			return n;
		n += line;
		if (s[n] == '\0')
			return n;
		n++;
	}
}

static void
read_status(const char *s, struct dsn *d)
{
	size_t n;

	for (int i = 0; i < MAX_GROUPS && *s != '\0'; i++) {
		s += strspn(s, "\r\n");
		n = group_length(s);
		if (n > 0)
			read_group(s, n, d);
		s += n;
	}
}

/* The part's content, decoded, to be freed by buf_release. */
static void
content_of(GMimeObject *part, struct buf *out)
{
	GMimeDataWrapper *w;
	GMimeStream *stream;
	GByteArray *bytes;

	buf_init(out, MAX_STATUS);
	w = GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part))
				: NULL;
	if (w == NULL)
		return;
	stream = g_mime_stream_mem_new();
	(void)g_mime_data_wrapper_write_to_stream(w, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	buf_put(out, bytes->data,
	    bytes->len < MAX_STATUS / 2 ? bytes->len : MAX_STATUS / 2);
	g_object_unref(stream);
}

static void
see_part(GMimeObject *parent, GMimeObject *part, gpointer data)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	struct dsn *d = data;
	GMimeMessage *inner;
	GMimeObject *fields;
	struct buf text;

	(void)parent;
	if (type == NULL)
		return;
	if (GMIME_IS_MESSAGE_PART(part)) {
		inner =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
		if (inner != NULL && d->message_id[0] == '\0')
			copy_id(d->message_id, sizeof(d->message_id),
			    g_mime_object_get_header(
				GMIME_OBJECT(inner), "Message-Id"));
		return;
	}
	content_of(part, &text);
	if (g_mime_content_type_is_type(type, "message", "delivery-status") ||
	    g_mime_content_type_is_type(
		type, "message", "global-delivery-status")) {
		read_status(buf_str(&text), d);
	} else if (g_mime_content_type_is_type(
		       type, "text", "rfc822-headers") &&
		   d->message_id[0] == '\0') {
		fields = parse_fields(buf_str(&text), text.len);
		if (fields != NULL) {
			copy_id(d->message_id, sizeof(d->message_id),
			    g_mime_object_get_header(fields, "Message-Id"));
			g_object_unref(fields);
		}
	}
	buf_release(&text);
}

static void
read_message(GMimeMessage *m, struct dsn *d)
{
	GMimeObject *top = g_mime_message_get_mime_part(m);
	GMimeContentType *type;
	const char *automatic;

	copy_id(d->own_id, sizeof(d->own_id),
	    g_mime_object_get_header(GMIME_OBJECT(m), "Message-Id"));
	type = top != NULL ? g_mime_object_get_content_type(top) : NULL;
	if (type != NULL && GMIME_IS_MULTIPART(top) &&
	    g_mime_content_type_is_type(type, "multipart", "report")) {
		g_mime_multipart_foreach(GMIME_MULTIPART(top), see_part, d);
		if (d->n > 0)
			d->kind = DSN_REPORT;
		return;
	}
	automatic = g_mime_object_get_header(GMIME_OBJECT(m), "Auto-Submitted");
	if (automatic != NULL && strncasecmp(automatic + strspn(automatic, " "),
				     "auto-replied", 12) == 0)
		d->kind = DSN_ANSWER;
}

void
dsn_read(const void *bytes, size_t len, struct dsn *out)
{
	GMimeMessage *m;
	GMimeParser *parser;
	GMimeStream *stream;

	memset(out, 0, sizeof(*out));
	g_mime_init();
	stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	parser = g_mime_parser_new_with_stream(stream);
	m = g_mime_parser_construct_message(parser, NULL);
	if (m != NULL) {
		read_message(m, out);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}
