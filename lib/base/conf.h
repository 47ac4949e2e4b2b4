/*
 * Configuration files: "key = value", one a line, '#' begins a comment line.
 *
 *	static const struct conf_key keys[] = {
 *		CONF_TEXT("shop.name", struct settings, shop_name,
 *		    1, 200, "The Funny Hat Online Shop"),
 *		CONF_INT("stock.poll_ms", struct settings, stock_poll_ms,
 *		    200, 3600000, 1000),
 *	};
 *
 *	rc = conf_read(keys, N_KEYS, CONF_PLAIN, path, &settings, &e);
 *
 * A value goes to the line's end, without the blanks around it.  Unknown and
 * repeated keys, a value out of bounds and a malformed line are errors that
 * name file and line.  The table is the single list of what may be set: the
 * manual page shop.conf(5) is compared with it by a test.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum conf_type {
	CONF_T_INT,  /* int64_t, min…max */
	CONF_T_BOOL, /* int64_t, "yes" or "no" */
	CONF_T_TEXT, /* char *, min…max bytes of clean UTF-8 */
	CONF_T_WORD  /* int64_t, index into words */
};

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset;            /* of the member in the settings struct */
	int64_t min, max;         /* see the type */
	int64_t number;           /* default of INT, BOOL, WORD */
	const char *text;         /* default of TEXT; NULL: must be set */
	const char *const *words; /* of WORD, NULL-terminated */
	int secret;               /* only allowed in the secrets file */
};

/* clang-format off */
#define CONF_INT(n, st, m, lo, hi, def) \
	{ n, CONF_T_INT, offsetof(st, m), lo, hi, def, NULL, NULL, 0 }
#define CONF_BOOL(n, st, m, def) \
	{ n, CONF_T_BOOL, offsetof(st, m), 0, 1, def, NULL, NULL, 0 }
#define CONF_TEXT(n, st, m, lo, hi, def) \
	{ n, CONF_T_TEXT, offsetof(st, m), lo, hi, 0, def, NULL, 0 }
#define CONF_SECRET(n, st, m, lo, hi, def) \
	{ n, CONF_T_TEXT, offsetof(st, m), lo, hi, 0, def, NULL, 1 }
#define CONF_WORD(n, st, m, words, def) \
	{ n, CONF_T_WORD, offsetof(st, m), 0, 0, def, NULL, words, 0 }
/* clang-format on */

enum conf_kind {
	CONF_PLAIN,  /* refuses secret keys */
	CONF_SECRETS /* takes only secret keys; refuses a file that others can
			read (mode & 07) */
};

/* Set every member that keys names to its default.  Text is copied.  settings
 * needs no initialisation; on failure it is safe for conf_release. */
enum rc conf_defaults(const struct conf_key *keys, size_t n, void *settings,
    struct error *e) CHECKED;

/* Read a file over what settings holds; on failure settings may be partly
 * changed, and is still safe for conf_release. */
enum rc conf_read(const struct conf_key *keys, size_t n, enum conf_kind kind,
    const char *path, void *settings, struct error *e) CHECKED;

/* The same from memory; name stands for the path in messages.  It is what the
 * fuzz driver calls. */
enum rc conf_parse(const struct conf_key *keys, size_t n, enum conf_kind kind,
    const char *name, const char *bytes, size_t len, void *settings,
    struct error *e) CHECKED;

/* RC_INVALID, naming the key, when a TEXT without default was never set. */
enum rc conf_complete(const struct conf_key *keys, size_t n,
    const void *settings, struct error *e) CHECKED;

/* Free the text members and set them to NULL. */
void conf_release(const struct conf_key *keys, size_t n, void *settings);

#endif
