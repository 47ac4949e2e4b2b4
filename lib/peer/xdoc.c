#include "config.h"

#include <string.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/buf.h"
#include "base/text.h"
#include "peer/xdoc.h"

#define OPTIONS                                                                \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |           \
	    XML_PARSE_NOCDATA | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC)

/* The one seam between libxml2's bytes and ours. */
static const char *
chars(const xmlChar *s)
{
	return s == NULL ? "" : (const char *)s;
}

static bool
is_blank(const xmlNode *node)
{
	const char *s = chars(node->content);

	return node->type == XML_TEXT_NODE && s[strspn(s, " \t\r\n")] == '\0';
}

static bool
has_elements(const xmlNode *node)
{
	const xmlNode *n;

	for (n = node->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

/* libxml2 reads no more than 256 elements inside each other. */
static void
strip(xmlNode *node)
{
	bool elements = has_elements(node);
	xmlNode *n, *next;

	for (n = node->children; n != NULL; n = next) {
		next = n->next;
		if (n->type == XML_ELEMENT_NODE) {
			strip(n);
		} else if (n->type == XML_COMMENT_NODE ||
			   n->type == XML_PI_NODE ||
			   (elements && is_blank(n))) {
			xmlUnlinkNode(n);
			xmlFreeNode(n);
		}
	}
}

enum rc
xdoc_read(
    struct xdoc *d, const void *bytes, size_t n, size_t max, struct error *e)
{
	static const char doctype[] = "<!DOCTYPE";

	memset(d, 0, sizeof(*d));
	if (n > max)
		return error_set(
		    e, RC_TOOBIG, "an XML text is above %zu bytes", max);
	if (!text_utf8(bytes, n))
		return error_set(e, RC_INVALID, "an XML text is not UTF-8");
	if (memmem(bytes, n, doctype, sizeof(doctype) - 1) != NULL)
		return error_set(
		    e, RC_DENIED, "an XML text has a document type");
	/* only UTF-8 is read, whatever it says of itself: libxml2's converters
	 * print */
	d->doc = xmlReadMemory(bytes, (int)n, NULL, "UTF-8", OPTIONS);
	if (d->doc != NULL)
		d->root = xmlDocGetRootElement(d->doc);
	if (d->root == NULL || d->doc->intSubset != NULL) {
		xdoc_release(d);
		return error_set(
		    e, RC_INVALID, "an XML text is not well-formed");
	}
	strip(d->root);
	return RC_OK;
}

void
xdoc_release(struct xdoc *d)
{
	xmlFreeDoc(d->doc);
	memset(d, 0, sizeof(*d));
}

/*** Looking ***/

static bool
named(const xmlNode *node, const char *name, size_t n)
{
	return node != NULL && node->type == XML_ELEMENT_NODE &&
	       strlen(chars(node->name)) == n &&
	       memcmp(chars(node->name), name, n) == 0;
}

bool
xdoc_named(const struct _xmlNode *node, const char *name)
{
	return named(node, name, strlen(name));
}

static const xmlNode *
child(const xmlNode *node, const char *name, size_t n)
{
	const xmlNode *c = node == NULL ? NULL : node->children;

	while (c != NULL && !named(c, name, n))
		c = c->next;
	return c;
}

const struct _xmlNode *
xdoc_child(const struct _xmlNode *node, const char *name)
{
	return child(node, name, strlen(name));
}

const struct _xmlNode *
xdoc_next(const struct _xmlNode *node)
{
	const xmlNode *n = node->next;

	while (n != NULL && !xdoc_named(n, chars(node->name)))
		n = n->next;
	return n;
}

/* What is in the node, or an attribute's value, in pieces. */
static bool
join(const xmlNode *pieces, char *out, size_t size)
{
	const char *text;
	struct buf b;
	bool fits;
	size_t n;

	buf_init(&b, size * 4);
	for (; pieces != NULL; pieces = pieces->next)
		if (pieces->type == XML_TEXT_NODE)
			buf_puts(&b, chars(pieces->content));
	n = b.len;
	text = text_trim(buf_str(&b), &n);
	fits = buf_rc(&b) == RC_OK && n < size;
	if (fits)
		memcpy(out, text, n);
	out[fits ? n : 0] = '\0';
	buf_release(&b);
	return fits;
}

bool
xdoc_text(const struct _xmlNode *node, const char *path, char *out, size_t size)
{
	size_t n;

	for (; node != NULL && *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		node = child(node, path, n);
	}
	out[0] = '\0';
	return node != NULL && join(node->children, out, size);
}

bool
xdoc_attribute(
    const struct _xmlNode *node, const char *name, char *out, size_t size)
{
	const xmlAttr *a = node == NULL ? NULL : node->properties;

	while (a != NULL && strcmp(chars(a->name), name) != 0)
		a = a->next;
	out[0] = '\0';
	return a != NULL && join(a->children, out, size);
}

enum rc
xdoc_hash(const struct xdoc *d, char out[HASH_SIZE], struct error *e)
{
	xmlChar *text = NULL;
	int n;

	n = xmlC14NDocDumpMemory(d->doc, NULL, XML_C14N_1_1, NULL, 0, &text);
	if (n < 0 || text == NULL)
		return error_set(e, RC_NOMEM, "no memory for canonical XML");
	hash_hex(text, (size_t)n, out);
	xmlFree(text);
	return RC_OK;
}
