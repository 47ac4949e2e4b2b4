#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "markup/url.h"
#include "web/form.h"

/* Several lines: all but LF and TAB of what text_line refuses is refused. */
static bool
area_fit(const char *s, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i += len + 1) {
		len = 0;
		while (i + len < n && s[i + len] != '\n' && s[i + len] != '\t')
			len++;
		if (!text_line(s + i, len))
			return false;
	}
	return true;
}

/* HTML 4.10.21.4: browsers send CRLF; a lone CR is a line's end as well. */
static void
put_lf(struct buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] != '\r')
			buf_putc(b, s[i]);
		else if (i + 1 == n || s[i + 1] != '\n')
			buf_putc(b, '\n');
	}
}

static enum field_error
judge_size(const struct field *f, int64_t n)
{
	if (n < f->min)
		return FIELD_SHORT;
	return n > f->max ? FIELD_LONG : FIELD_OK;
}

static enum field_error
judge_number(const struct field *f, const char *s, size_t n, int64_t *out)
{
	switch (num_parse_n(s, n, INT64_MIN, INT64_MAX, out)) {
	case RC_OK:
		return judge_size(f, *out);
	case RC_TOOBIG:
		return *s == '-' ? FIELD_SHORT : FIELD_LONG;
	default:
		return FIELD_BAD;
	}
}

/* What is wrong with the trimmed bytes of a field that is there. */
static enum field_error
judge(const struct field *f, const char *s, size_t n, int64_t *number)
{
	switch (f->type) {
	case FIELD_INT:
		return judge_number(f, s, n, number);
	case FIELD_TEXT:
		if (!text_line(s, n))
			return FIELD_BAD;
		return judge_size(f, (int64_t)n);
	case FIELD_AREA:
		if (!area_fit(s, n))
			return FIELD_BAD;
		return judge_size(f, (int64_t)n);
	case FIELD_FLAG:
		break;
	}
	*number = 1;
	return FIELD_OK;
}

/* Keep what was typed in a state that a page may show again. */
static enum rc
keep(struct form_value *v, const char *s, size_t n)
{
	struct buf b;
	size_t len;
	enum rc rc;

	if (n == 0)
		return RC_OK;
	/* A malformed byte would become three; there are none here. */
	buf_init(&b, n);
	text_clean(&b, s, n);
	rc = buf_take(&b, &v->typed, &len);
	buf_release(&b);
	return rc;
}

static enum rc
set_value(struct form *f, size_t at, const struct buf *text)
{
	const struct field *field = &f->fields[at];
	struct form_value *v = &f->values[at];
	struct buf lf;
	size_t n;
	const char *s;
	enum rc rc;

	if (v->sent) {
		v->error = FIELD_TWICE;
		f->twice = true;
		return RC_OK;
	}
	v->sent = true;
	buf_init(&lf, text->len);
	if (field->type == FIELD_AREA)
		put_lf(&lf, buf_str(text), text->len);
	else
		buf_put(&lf, buf_str(text), text->len);
	rc = buf_rc(&lf);
	if (rc != RC_OK)
		goto out;
	n = lf.len;
	s = text_trim(buf_str(&lf), &n);
	if (n > 0 || field->type == FIELD_FLAG)
		v->error = judge(field, s, n, &v->number);
	rc = keep(v, s, n);
out:
	buf_release(&lf);
	return rc;
}

/* One name=value between two '&'. */
static enum rc
read_pair(struct form *f, const char *s, size_t n, struct error *e)
{
	const char *eq = memchr(s, '=', n);
	size_t at, name_len = eq == NULL ? n : (size_t)(eq - s);
	struct buf name, value;
	enum rc rc;

	buf_init(&name, n);
	buf_init(&value, n);
	rc = url_decode(&name, s, name_len);
	if (rc == RC_OK && eq != NULL)
		rc = url_decode(&value, eq + 1, n - name_len - 1);
	if (rc != RC_OK) {
		rc = error_set(e, rc, "form has a malformed field");
		goto out;
	}
	for (at = 0; at < f->n; at++)
		if (strcmp(f->fields[at].name, buf_str(&name)) == 0)
			break;
	if (at < f->n) {
		rc = set_value(f, at, &value);
		if (rc != RC_OK)
			error_set(e, rc, "no memory for a field");
	}
out:
	buf_release(&name);
	buf_release(&value);
	return rc;
}

/* All fields are absent, or missing if they are needed. */
static void
start(struct form *f, const struct field *fields, size_t n)
{
	size_t i;

	assert(n <= LIMIT_FIELDS);
	memset(f, 0, sizeof(*f));
	f->fields = fields;
	f->n = n;
	for (i = 0; i < n; i++)
		f->values[i].error = (fields[i].flags & FIELD_NEEDED) != 0
					 ? FIELD_MISSING
					 : FIELD_ABSENT;
}

enum rc
form_read(struct form *f, const struct field *fields, size_t nfields,
    const char *bytes, size_t n, struct error *e)
{
	size_t i, len, pairs = 0;
	const char *amp;
	enum rc rc = RC_OK;

	start(f, fields, nfields);
	for (i = 0; rc == RC_OK && i < n; i += len + 1) {
		amp = memchr(bytes + i, '&', n - i);
		len = amp == NULL ? n - i : (size_t)(amp - bytes) - i;
		if (len == 0)
			continue;
		if (++pairs > LIMIT_FIELDS)
			rc = error_set(e, RC_TOOBIG,
			    "form has more than %d fields", LIMIT_FIELDS);
		else
			rc = read_pair(f, bytes + i, len, e);
	}
	if (rc != RC_OK) {
		form_release(f);
		start(f, fields, nfields);
	}
	return rc;
}

void
form_release(struct form *f)
{
	size_t i;

	for (i = 0; i < LIMIT_FIELDS; i++) {
		free(f->values[i].typed);
		f->values[i].typed = NULL;
	}
}

bool
form_ok(const struct form *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->values[i].error != FIELD_OK &&
		    f->values[i].error != FIELD_ABSENT)
			return false;
	return true;
}

enum field_error
form_error(const struct form *f, size_t field)
{
	assert(field < f->n);
	return f->values[field].error;
}

int64_t
form_int(const struct form *f, size_t field)
{
	assert(form_error(f, field) == FIELD_OK);
	return f->values[field].number;
}

const char *
form_text(const struct form *f, size_t field)
{
	assert(form_error(f, field) == FIELD_OK);
	return form_typed(f, field);
}

int64_t
form_int_or(const struct form *f, size_t field, int64_t otherwise)
{
	return form_error(f, field) == FIELD_OK ? form_int(f, field)
						: otherwise;
}

const char *
form_text_or(const struct form *f, size_t field, const char *otherwise)
{
	return form_error(f, field) == FIELD_OK ? form_text(f, field)
						: otherwise;
}

const char *
form_typed(const struct form *f, size_t field)
{
	assert(field < f->n);
	return f->values[field].typed == NULL ? "" : f->values[field].typed;
}
