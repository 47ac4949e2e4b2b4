#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "markup/url.h"
#include "sandbox/params.h"

/*** Reading ***/

static enum rc
decoded(const char *s, size_t n, char **out, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_BODY);
	rc = url_decode(&b, s, n);
	if (rc == RC_OK)
		rc = buf_take(&b, out, NULL);
	buf_release(&b);
	if (rc != RC_OK)
		return error_set(e, rc, "malformed form encoding");
	return rc;
}

/* "a[]" becomes a[0], then a[1]… */
static enum rc
counted(struct params *p, char **name)
{
	char *at = strstr(*name, "[]");
	char text[PARAM_NAME_SIZE + 24], *copy;
	size_t count = 0, i, n;

	if (at == NULL)
		return RC_OK;
	n = (size_t)(at - *name) + 1;
	for (i = 0; i < p->n; i++)
		if (strncmp(p->each[i].name, *name, n) == 0)
			count++;
	(void)snprintf(
	    text, sizeof(text), "%.*s%zu%s", (int)n, *name, count, at + 1);
	copy = strdup(text);
	if (copy == NULL)
		return RC_NOMEM;
	free(*name);
	*name = copy;
	return RC_OK;
}

static enum rc
add(struct params *p, const char *s, size_t n, struct error *e)
{
	size_t at = 0;
	char **name = &p->each[p->n].name, **value = &p->each[p->n].value;
	enum rc rc;

	while (at < n && s[at] != '=')
		at++;
	*name = *value = NULL;
	p->n++; /* released with the others whatever happens */
	rc = decoded(s, at, name, e);
	if (rc == RC_OK)
		rc = decoded(s + at, n - at, value, e);
	if (rc == RC_OK && (*value)[0] == '=')
		memmove(*value, *value + 1, strlen(*value));
	if (rc == RC_OK && strlen(*name) >= PARAM_NAME_SIZE)
		rc = error_set(e, RC_INVALID, "a name is too long");
	if (rc == RC_OK) {
		p->n--; /* do not count itself */
		rc = counted(p, name);
		p->n++;
	}
	return rc;
}

enum rc
params_read(struct params *p, const char *bytes, size_t n, struct error *e)
{
	size_t start = 0, end;
	enum rc rc = RC_OK;

	p->n = 0;
	p->each = calloc(PARAMS_MAX, sizeof(*p->each));
	if (p->each == NULL)
		return error_set(e, RC_NOMEM, "no memory for parameters");
	for (; rc == RC_OK && start < n; start = end + 1) {
		for (end = start; end < n && bytes[end] != '&';)
			end++;
		if (end == start)
			continue;
		if (p->n == PARAMS_MAX)
			return error_set(e, RC_TOOBIG, "too many parameters");
		rc = add(p, bytes + start, end - start, e);
	}
	return rc;
}

void
params_release(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->each[i].name);
		free(p->each[i].value);
	}
	free(p->each);
	*p = (struct params){ 0 };
}

/*** Checking ***/

/* The part up to and with the next ']'. */
static size_t
bracket(const char *s)
{
	size_t n = strcspn(s, "]");

	return s[n] == ']' ? n + 1 : 0;
}

static bool
is_index(const char *s, size_t n)
{
	return n >= 3 && n <= 6 && strspn(s + 1, "0123456789") == n - 2;
}

enum fit { FIT_NOT, FIT_PART, FIT_WHOLE };

/* FIT_PART: one of the two ends where the other goes on. */
static enum fit
fits(const char *name, const char *rule)
{
	size_t n;

	while (*rule != '\0' && *name != '\0') {
		if (strncmp(rule, "[#]", 3) == 0 ||
		    strncmp(rule, "[*]", 3) == 0) {
			n = *name == '[' ? bracket(name) : 0;
			if (n <= 2 || (rule[1] == '#' && !is_index(name, n)))
				return FIT_NOT;
			name += n;
			rule += 3;
		} else if (*rule++ != *name++) {
			return FIT_NOT;
		}
	}
	if (*rule == *name)
		return FIT_WHOLE;
	return *rule == '[' || *name == '[' ? FIT_PART : FIT_NOT;
}

static bool
is_word(const char *words, const char *value)
{
	size_t n = strlen(value);
	const char *at = words;

	for (; at != NULL; at = strchr(at, '|')) {
		at += *at == '|';
		if (n > 0 && strncmp(at, value, n) == 0 &&
		    (at[n] == '|' || at[n] == '\0'))
			return true;
	}
	return false;
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static enum params_fault
value_fault(const char *value, const struct param *rule)
{
	int64_t n;

	switch (rule->type) {
	case PARAM_INT:
		if (num_parse(value, INT64_MIN, INT64_MAX, &n) != RC_OK)
			return PARAMS_NO_INT;
		return n < rule->min || n > rule->max ? PARAMS_RANGE
						      : PARAMS_FINE;
	case PARAM_TEXT:
		if (value[0] == '\0' && rule->min > 0)
			return PARAMS_EMPTY;
		return (int64_t)characters(value) > rule->max ? PARAMS_LONG
							      : PARAMS_FINE;
	case PARAM_WORD:
		return is_word(rule->words, value) ? PARAMS_FINE
						   : PARAMS_NO_WORD;
	case PARAM_BOOL:
		return is_word("true|false", value) ? PARAMS_FINE
						    : PARAMS_NO_BOOL;
	}
	return PARAMS_UNKNOWN;
}

static enum params_fault
fault_of(const struct params *p, size_t i, const struct param *table, size_t n,
    const struct param **rule)
{
	enum params_fault fault = PARAMS_UNKNOWN;
	size_t k;

	*rule = NULL;
	for (k = 0; k < i; k++)
		if (strcmp(p->each[k].name, p->each[i].name) == 0)
			return PARAMS_TWICE;
	for (k = 0; k < n; k++) {
		switch (fits(p->each[i].name, table[k].name)) {
		case FIT_WHOLE:
			*rule = &table[k];
			return value_fault(p->each[i].value, &table[k]);
		case FIT_PART:
			fault = PARAMS_SHAPE;
			break;
		case FIT_NOT:
			break;
		}
	}
	return fault;
}

enum params_fault
params_check(const struct params *p, const struct param *table, size_t n,
    size_t *at, const struct param **rule)
{
	enum params_fault fault = PARAMS_FINE;

	for (*at = 0; *at < p->n; (*at)++) {
		fault = fault_of(p, *at, table, n, rule);
		if (fault != PARAMS_FINE)
			break;
	}
	return fault;
}

/*** Reading them again ***/

static const char *vget(const struct params *p, const char *fmt, va_list ap)
    PRINTF_LIKE(2, 0);

static const char *
vget(const struct params *p, const char *fmt, va_list ap)
{
	char name[PARAM_NAME_SIZE];

	(void)vsnprintf(name, sizeof(name), fmt, ap);
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->each[i].name, name) == 0)
			return p->each[i].value;
	return NULL;
}

const char *
params_get(const struct params *p, const char *fmt, ...)
{
	const char *value;
	va_list ap;

	va_start(ap, fmt);
	value = vget(p, fmt, ap);
	va_end(ap);
	return value;
}

int64_t
params_int(const struct params *p, int64_t otherwise, const char *fmt, ...)
{
	const char *value;
	int64_t n = otherwise;
	va_list ap;

	va_start(ap, fmt);
	value = vget(p, fmt, ap);
	va_end(ap);
	if (value != NULL &&
	    num_parse(value, INT64_MIN, INT64_MAX, &n) != RC_OK)
		n = otherwise;
	return n;
}

bool
params_has(const struct params *p, const char *prefix)
{
	size_t n = strlen(prefix);

	for (size_t i = 0; i < p->n; i++)
		if (strncmp(p->each[i].name, prefix, n) == 0)
			return true;
	return false;
}

bool
params_key(const char *name, const char *prefix, char out[PARAM_NAME_SIZE])
{
	size_t n = strlen(prefix), len;

	if (strncmp(name, prefix, n) != 0 || name[n] != '[')
		return false;
	len = bracket(name + n);
	if (len <= 2 || name[n + len] != '\0' || len >= PARAM_NAME_SIZE)
		return false;
	memcpy(out, name + n + 1, len - 2);
	out[len - 2] = '\0';
	return true;
}
