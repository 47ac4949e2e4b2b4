/*
 * Parameters in form encoding with brackets, checked against a table as a
 * strict service does: what the table does not name is refused.
 *
 *	static const struct param table[] = {
 *		{ "mode", PARAM_WORD, 0, 0, "payment" },
 *		{ "items[#][quantity]", PARAM_INT, 1, 999, NULL },
 *		{ "metadata[*]", PARAM_TEXT, 0, 500, NULL },
 *	};
 *	rc = params_read(&p, bytes, n, &e);
 *	fault = params_check(&p, table, N, &e);
 *
 * "[#]" is any index ("[]" counts up by itself), "[*]" any key.
 */
#ifndef SANDBOX_PARAMS_H
#define SANDBOX_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define PARAMS_MAX 1000
#define PARAM_NAME_SIZE 200

struct param {
	const char *name;
	enum {
		PARAM_INT,  /* min…max */
		PARAM_TEXT, /* min…max characters */
		PARAM_WORD, /* one of words */
		PARAM_BOOL,
	} type;
	int64_t min, max;
	const char *words; /* "one|two" */
};

struct params {
	size_t n;
	struct {
		char *name, *value; /* owned */
	} * each;
};

enum params_fault {
	PARAMS_FINE,
	PARAMS_UNKNOWN,
	PARAMS_TWICE,
	PARAMS_SHAPE, /* a value where there are members, or the reverse */
	PARAMS_NO_INT,
	PARAMS_RANGE,
	PARAMS_LONG,
	PARAMS_EMPTY,
	PARAMS_NO_WORD,
	PARAMS_NO_BOOL,
};

/* *p needs no initialisation; to be released after a failure too.  RC_INVALID:
 * not form encoding. */
enum rc params_read(
    struct params *p, const char *bytes, size_t n, struct error *e) CHECKED;
void params_release(struct params *p);

/* The first fault; *at is then the parameter's index, and *rule its line of the
 * table, NULL when it has none. */
enum params_fault params_check(const struct params *p,
    const struct param *table, size_t n, size_t *at, const struct param **rule);

/* The value of the name, written as by printf; NULL: not sent. */
const char *params_get(const struct params *p, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* A number that was checked; otherwise when it was not sent. */
int64_t params_int(const struct params *p, int64_t otherwise, const char *fmt,
    ...) PRINTF_LIKE(3, 4);
/* Whether any parameter begins so: "items[2]". */
bool params_has(const struct params *p, const char *prefix);

/* The key in name that stands for the '*' of "prefix[*]"; false when name is
 * none of those. */
bool params_key(
    const char *name, const char *prefix, char out[PARAM_NAME_SIZE]);

#endif
