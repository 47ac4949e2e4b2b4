#include "config.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "peer/aws_credentials.h"
#include "peer/s3_xml.h"

#define OPTIONS                                                                \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |           \
	    XML_PARSE_NOCDATA | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC)

static bool
contains(const char *s, size_t n, const char *what)
{
	return memmem(s, n, what, strlen(what)) != NULL;
}

/* NULL when it is not to be trusted; the caller frees it.  Only UTF-8 is read,
 * whatever it says of itself: that is what S3 sends, and libxml2's converters
 * print. */
static xmlDoc *
parse(const char *bytes, size_t n)
{
	xmlDoc *doc;

	if (n > S3_XML_MAX || !text_utf8(bytes, n) ||
	    contains(bytes, n, "<!DOCTYPE"))
		return NULL;
	doc = xmlReadMemory(bytes, (int)n, NULL, "UTF-8", OPTIONS);
	if (doc != NULL && doc->intSubset != NULL) {
		xmlFreeDoc(doc);
		return NULL;
	}
	return doc;
}

/* The one seam between libxml2's bytes and ours. */
static const char *
chars(const xmlChar *s)
{
	return (const char *)s;
}

static bool
named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp(chars(node->name), name) == 0;
}

static const xmlNode *
child(const xmlNode *node, const char *name)
{
	const xmlNode *n;

	for (n = node == NULL ? NULL : node->children; n != NULL; n = n->next)
		if (named(n, name))
			return n;
	return NULL;
}

/* The text of a child, of at most size - 1 bytes; false when there is none, or
 * it is longer. */
static bool
text_of(const xmlNode *node, const char *name, char *out, size_t size)
{
	const xmlNode *n = child(node, name);
	size_t len = 0, more;

	out[0] = '\0';
	if (n == NULL)
		return false;
	for (n = n->children; n != NULL; n = n->next) {
		if (n->type != XML_TEXT_NODE || n->content == NULL)
			continue;
		more = strlen(chars(n->content));
		if (more >= size - len)
			return false;
		memcpy(out + len, n->content, more + 1);
		len += more;
	}
	return true;
}

static enum rc
visit_one(const xmlNode *contents, s3_visit *visit, void *ctx, struct error *e)
{
	char key[S3_KEY_SIZE], size[24], modified[48];
	struct s3_object o = { .key = key };

	if (!text_of(contents, "Key", key, sizeof(key)) || key[0] == '\0' ||
	    !text_of(contents, "Size", size, sizeof(size)) ||
	    num_parse(size, 0, INT64_MAX, &o.size) != RC_OK ||
	    !text_of(contents, "LastModified", modified, sizeof(modified)) ||
	    aws_time(modified, &o.modified_at) != RC_OK)
		return error_set(e, RC_INVALID,
		    "a list of objects has one without key, size or time");
	return visit(ctx, &o, e);
}

static enum rc
read_list(const xmlNode *root, s3_visit *visit, void *ctx, struct s3_page *page,
    struct error *e)
{
	char truncated[8];
	const xmlNode *n;
	enum rc rc = RC_OK;

	if (root == NULL || !named(root, "ListBucketResult") ||
	    !text_of(root, "IsTruncated", truncated, sizeof(truncated)))
		return error_set(
		    e, RC_INVALID, "what came is no list of objects");
	page->more = strcmp(truncated, "true") == 0;
	if (page->more && (!text_of(root, "NextContinuationToken", page->token,
			       sizeof(page->token)) ||
			      page->token[0] == '\0'))
		return error_set(e, RC_INVALID,
		    "a list of objects does not say how it goes on");
	for (n = root->children; rc == RC_OK && n != NULL; n = n->next)
		if (named(n, "Contents"))
			rc = visit_one(n, visit, ctx, e);
	return rc;
}

enum rc
s3_xml_list(const char *bytes, size_t n, s3_visit *visit, void *ctx,
    struct s3_page *page, struct error *e)
{
	xmlDoc *doc;
	enum rc rc;

	memset(page, 0, sizeof(*page));
	doc = parse(bytes, n);
	if (doc == NULL)
		return error_set(
		    e, RC_INVALID, "a list of objects is no XML that we read");
	rc = read_list(xmlDocGetRootElement(doc), visit, ctx, page, e);
	xmlFreeDoc(doc);
	return rc;
}

/* For a log line: one line, cut. */
static void
message_of(const xmlNode *root, char *out, size_t size)
{
	char text[2048];
	struct buf b;
	size_t n;

	out[0] = '\0';
	if (!text_of(root, "Message", text, sizeof(text)))
		return;
	buf_init(&b, sizeof(text) * 3);
	text_clean(&b, text, strlen(text));
	n = text_clip(buf_str(&b), b.len, size - 1);
	memcpy(out, buf_str(&b), n);
	out[n] = '\0';
	for (char *p = out; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	buf_release(&b);
}

/* A word: what is none is left out. */
static void
word_of(const xmlNode *root, const char *name, char *out, size_t size)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

	if (!text_of(root, name, out, size) || out[strspn(out, set)] != '\0')
		out[0] = '\0';
}

void
s3_xml_fault(const char *bytes, size_t n, struct s3_fault *out)
{
	const xmlNode *root;
	xmlDoc *doc;

	memset(out, 0, sizeof(*out));
	doc = n == 0 ? NULL : parse(bytes, n);
	if (doc == NULL)
		return;
	root = xmlDocGetRootElement(doc);
	if (root != NULL && named(root, "Error")) {
		word_of(root, "Code", out->code, sizeof(out->code));
		word_of(root, "Region", out->region, sizeof(out->region));
		message_of(root, out->message, sizeof(out->message));
	}
	xmlFreeDoc(doc);
}
