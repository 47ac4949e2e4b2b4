/*
 * Typed fields from a query string or a posted form.
 *
 *	enum { F_QTY, F_ITEM, F_COUNT };
 *	static const struct field fields[F_COUNT] = {
 *		[F_QTY] = { "qty", FIELD_INT, 0, LIMIT_QTY, FIELD_NEEDED },
 *		[F_ITEM] = { "item", FIELD_TEXT, 1, LIMIT_SLUG, 0 },
 *	};
 *	struct form f;
 *
 *	rc = form_read(&f, fields, F_COUNT, bytes, n, &e);
 *	if (form_error(&f, F_QTY) == FIELD_OK)
 *		qty = form_int(&f, F_QTY);
 *
 * A page declares its fields in one table; handlers see typed values or the
 * field's error, and what was typed, to show it again.  Undeclared fields are
 * ignored; a single field sent twice is FIELD_TWICE.  Names are compared
 * whole.
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"

/* min and max are included; bytes are counted in UTF-8. */
enum field_type {
	FIELD_INT,  /* min…max */
	FIELD_TEXT, /* one line, min…max bytes after trimming */
	FIELD_AREA, /* several lines; CRLF becomes LF */
	FIELD_FLAG, /* present with any value: 1 */
};
enum { FIELD_NEEDED = 1 };

struct field {
	const char *name;
	enum field_type type;
	int64_t min, max;
	unsigned flags;
};

enum field_error {
	FIELD_OK,
	FIELD_ABSENT,  /* not sent or empty, and not needed: no error to show */
	FIELD_MISSING, /* needed */
	FIELD_BAD,     /* not a number, control characters, not UTF-8 */
	FIELD_SHORT,   /* below min */
	FIELD_LONG,    /* above max */
	FIELD_TWICE,
};

struct form_value {
	enum field_error error;
	bool sent; /* at least once, even if empty */
	int64_t number;
	char *typed; /* owned; what came, trimmed, without control characters;
			NULL when empty */
};

struct form {
	const struct field *fields; /* borrowed */
	size_t n;
	struct form_value values[LIMIT_FIELDS];
	bool twice; /* a declared field was sent twice: answer 400 */
};

/*
 * Parse n bytes of application/x-www-form-urlencoded.  fields is borrowed and
 * has at most LIMIT_FIELDS (assert).  RC_OK even when fields have errors (ask
 * form_error / form_ok); RC_INVALID when the text itself is malformed (answer
 * 400), RC_TOOBIG over LIMIT_FIELDS pairs (413), RC_NOMEM.  *f needs no
 * initialisation and is safe to ask and to release after a failure too: as if
 * nothing had been sent.
 */
enum rc form_read(struct form *f, const struct field *fields, size_t nfields,
    const char *bytes, size_t n, struct error *e) CHECKED;
void form_release(struct form *f);

/* No field has an error to show. */
bool form_ok(const struct form *f);
enum field_error form_error(const struct form *f, size_t field);

/* The value; asserts that form_error is FIELD_OK. */
int64_t form_int(const struct form *f, size_t field);
const char *form_text(const struct form *f, size_t field);

/* The value, or a default when it is absent or wrong. */
int64_t form_int_or(const struct form *f, size_t field, int64_t otherwise);
const char *form_text_or(
    const struct form *f, size_t field, const char *otherwise);

/* What was typed, for showing it again; "" when nothing was. */
const char *form_typed(const struct form *f, size_t field);

#endif
