/*
 * The statements of a migration file.  One ends with ';' at its line's end,
 * outside strings, quoted names and comments; a ';' inside a trigger's body
 * therefore has something behind it on its line.  Backslashes mean nothing,
 * as in standard SQL; "--" and slash-star comments are known, '#' is not.
 *
 *	rc = split_statements(text, n, put, ctx, &e);
 */
#ifndef DB_SPLIT_H
#define DB_SPLIT_H

#include <stddef.h>

#include "base/error.h"

/* One statement, without its ';' and without comments before it; borrowed for
 * the call. */
typedef enum rc split_put(
    void *ctx, const char *text, size_t n, struct error *e);

/*
 * Call put for each statement in n bytes, in order; its rc ends the walk when
 * not RC_OK.  RC_INVALID when text is left over after the last ';' or a string
 * or comment is not closed; what came before has been put then.
 */
enum rc split_statements(const char *text, size_t n, split_put *put, void *ctx,
    struct error *e) CHECKED;

#endif
