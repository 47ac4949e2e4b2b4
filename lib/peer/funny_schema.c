#include "config.h"

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include "base/text.h"
#include "peer/courier.h"
#include "peer/funny_schema.h"

/* The bytes of the file, made at build time. */
static const char schema[] = {
#include "funny-deliveries.inc"
};

static const char *
chars(const xmlChar *s)
{
	return s == NULL ? "" : (const char *)s;
}

/*** What is known ***/

#define BOOKING                                                                \
	" Key ClientReference TrackingNumber State CollectionWindow "          \
	"PriceMinor TrackingUrl "
#define EVENT                                                                  \
	" EventId TrackingNumber ClientReference State Detail OccurredAt "     \
	"RecordedAt Place "

struct known {
	const char *name, *children, *attributes; /* with blanks around each */
};

static const struct known *
known_of(const xmlNode *node)
{
	static const struct known all[] = {
		{ "Booking", BOOKING, " " },
		{ "Shipment", BOOKING "Event ", " " },
		{ "Events", " Event ", " next more " },
		{ "Event", EVENT, " " },
		{ "StatusEvent", EVENT, " " },
		{ "Error", " Code Message Field Retryable RequestId ", " " },
		{ "CollectionWindow", " ", " from to " },
		{ "PriceMinor", " ", " currency " },
		{ "Detail", " ", " code " },
	};
	static const struct known plain = { "", " ", " " };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (xdoc_named(node, all[i].name))
			return &all[i];
	return &plain;
}

static bool
listed(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *at;

	for (at = list; n > 0 && (at = strstr(at, word)) != NULL; at += n)
		if (at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

static bool
is_ours(const xmlNode *node, const struct known *k)
{
	return node->ns != NULL &&
	       strcmp(chars(node->ns->href), FUNNY_NAMESPACE) == 0 &&
	       listed(k->children, chars(node->name));
}

/* No deeper than what is known, so it ends. */
static void
prune(xmlNode *node)
{
	const struct known *k = known_of(node);
	xmlAttr *a, *next_a;
	xmlNode *n, *next;

	for (a = node->properties; a != NULL; a = next_a) {
		next_a = a->next;
		if (a->ns != NULL || !listed(k->attributes, chars(a->name)))
			(void)xmlRemoveProp(a);
	}
	for (n = node->children; n != NULL; n = next) {
		next = n->next;
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (is_ours(n, k)) {
			prune(n);
		} else {
			xmlUnlinkNode(n);
			xmlFreeNode(n);
		}
	}
}

/* Those that we do not know stand as one that is, while it is validated. */
static void
tame_states(xmlNode *node)
{
	char word[COURIER_NAME_SIZE];
	xmlNode *n;

	for (n = node->children; n != NULL; n = n->next) {
		if (xdoc_named(n, "Event"))
			tame_states(n);
		if (xdoc_named(n, "State") &&
		    xdoc_text(n, "", word, sizeof(word)) && word[0] != '\0' &&
		    courier_state_of(word) == COURIER_UNKNOWN)
			xmlNodeSetContent(
			    n, (const xmlChar *)courier_state_name(
				   COURIER_EXCEPTION));
	}
}

/*** Validated ***/

static void
keep_first(void *ctx, xmlErrorPtr why)
{
	struct error *e = ctx;
	struct buf b;

	buf_init(&b, 4096);
	if (why->message != NULL)
		text_clean(&b, why->message, strlen(why->message));
	(void)error_set(
	    e, RC_INVALID, "line %d: %.300s", why->line, buf_str(&b));
	for (char *p = e->text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	buf_release(&b);
}

static void
quiet(void *ctx, xmlErrorPtr why)
{
	(void)ctx;
	(void)why;
}

static xmlSchema *
load(void)
{
	xmlSchemaParserCtxt *p;
	xmlSchema *s;

	p = xmlSchemaNewMemParserCtxt(schema, (int)sizeof(schema));
	if (p == NULL)
		return NULL;
	xmlSchemaSetParserStructuredErrors(p, quiet, NULL);
	s = xmlSchemaParse(p);
	xmlSchemaFreeParserCtxt(p);
	return s;
}

static enum rc
validate(xmlDoc *doc, struct error *e)
{
	xmlSchema *s = load();
	xmlSchemaValidCtxt *v = s == NULL ? NULL : xmlSchemaNewValidCtxt(s);
	struct error why = ERROR_NONE;
	int wrong = -1;
	enum rc rc;

	if (v != NULL && doc != NULL) {
		xmlSchemaSetValidStructuredErrors(v, keep_first, &why);
		wrong = xmlSchemaValidateDoc(v, doc);
	}
	if (wrong == 0)
		rc = RC_OK;
	else if (wrong > 0)
		rc = error_set(e, RC_INVALID,
		    "an XML text is not valid by the schema: %s", why.text);
	else
		rc = error_set(e, RC_NOMEM, "no memory for a schema");
	xmlSchemaFreeValidCtxt(v);
	xmlSchemaFree(s);
	return rc;
}

enum rc
funny_check(struct xdoc *d, enum funny_way way, struct error *e)
{
	xmlDoc *copy;
	enum rc rc;

	if (way == FUNNY_STRICT)
		return validate(d->doc, e);
	prune(d->root);
	copy = xmlCopyDoc(d->doc, 1);
	if (copy != NULL)
		tame_states(xmlDocGetRootElement(copy));
	rc = validate(copy, e);
	xmlFreeDoc(copy);
	return rc;
}
