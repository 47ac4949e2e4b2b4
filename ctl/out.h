/*
 * What a verb tells, gathered once and printed for people or for programs.
 *
 *	json_t *all = json_object();
 *
 *	out_time(all, "made", o->made_at);
 *	rc = out_print(all, as_json, currency, e);	uses it up
 */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Members of an object; a time of 0 is null, an amount is in minor units. */
void out_text(json_t *to, const char *name, const char *s);
void out_number(json_t *to, const char *name, int64_t n);
void out_time(json_t *to, const char *name, int64_t at);
/* A new list in the object, borrowed; and a new object in a list, borrowed. */
json_t *out_list(json_t *to, const char *name);
json_t *out_row(json_t *list);

/*
 * Print and free it: as one JSON document, or its plain members a line each and
 * each list under its name, a line a row.  For people, members that are empty
 * are left out and amounts (out_is_amount) are written in the currency.
 */
enum rc out_print(
    json_t *all, bool as_json, const char *currency, struct error *e) CHECKED;

#endif
