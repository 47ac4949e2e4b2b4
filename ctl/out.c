#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/money.h"
#include "base/text.h"
#include "ctl/out.h"

/* What no memory leaves out fails the whole: out_print looks for it. */
static void
put(json_t *to, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(to, name, value) != 0)
		(void)json_object_set_new(to, "", json_null());
}

void
out_text(json_t *to, const char *name, const char *s)
{
	put(to, name, json_string(s));
}

void
out_number(json_t *to, const char *name, int64_t n)
{
	put(to, name, json_integer(n));
}

void
out_time(json_t *to, const char *name, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(at, iso);
	put(to, name, at == 0 ? json_null() : json_string(iso));
}

json_t *
out_list(json_t *to, const char *name)
{
	json_t *list = json_array();

	put(to, name, list);
	return list;
}

json_t *
out_row(json_t *list)
{
	json_t *row = json_object();

	return json_array_append_new(list, row) == 0 ? row : NULL;
}

static bool
is_amount(const char *name)
{
	static const char *const amounts[] = { "amount", "captured", "delivery",
		"goods", "price", "refunded", "tax", "total" };

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		if (strcmp(amounts[i], name) == 0)
			return true;
	return false;
}

static void
print_value(const char *name, const json_t *value, const char *currency)
{
	struct money m = { .minor = json_integer_value(value) };
	struct buf b;

	if (json_is_string(value)) {
		(void)fputs(json_string_value(value), stdout);
	} else if (!is_amount(name)) {
		(void)printf(
		    "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else {
		text_copy(m.currency, sizeof(m.currency), currency);
		buf_init(&b, LIMIT_LINE);
		money_put(&b, m);
		(void)fputs(buf_str(&b), stdout);
		buf_release(&b);
	}
}

static bool
is_empty(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static void
print_row(json_t *row, const char *currency)
{
	const char *name, *between = "  ";
	json_t *value;

	json_object_foreach(row, name, value)
	{
		if (is_empty(value))
			continue;
		(void)printf("%s%s ", between, name);
		print_value(name, value, currency);
		between = ", ";
	}
	(void)putchar('\n');
}

static void
print_list(const char *name, json_t *list, const char *currency)
{
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	(void)printf("\n%s\n", name);
	json_array_foreach(list, i, row) print_row(row, currency);
}

static void
print_all(json_t *all, const char *currency)
{
	const char *name;
	json_t *value;

	json_object_foreach(all, name, value)
	{
		if (json_is_array(value) || is_empty(value))
			continue;
		(void)printf("%-15s ", name);
		print_value(name, value, currency);
		(void)putchar('\n');
	}
	json_object_foreach(all, name, value) if (json_is_array(value))
	    print_list(name, value, currency);
}

/* Whether something was left out for want of memory. */
static bool
is_whole(json_t *all)
{
	const char *name;
	json_t *value;
	size_t i;

	if (json_is_array(all)) {
		json_array_foreach(
		    all, i, value) if (!is_whole(value)) return false;
		return true;
	}
	json_object_foreach(all, name,
	    value) if (name[0] == '\0' || !is_whole(value)) return false;
	return all != NULL;
}

enum rc
out_print(json_t *all, bool as_json, const char *currency, struct error *e)
{
	enum rc rc = RC_OK;

	if (!is_whole(all)) {
		rc = error_set(e, RC_NOMEM, "no memory to tell it");
	} else if (!as_json) {
		print_all(all, currency);
	} else if (json_dumpf(all, stdout, JSON_INDENT(2)) != 0 ||
		   putchar('\n') == EOF) {
		rc = error_errno(e, RC_IO, "could not print");
	}
	json_decref(all);
	return rc;
}
