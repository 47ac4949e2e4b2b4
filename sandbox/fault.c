#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/fault.h"

void
fault_take(
    struct store *st, const char *kinds, const char *on, struct fault *out)
{
	struct store_rows q;
	int64_t id = 0;

	memset(out, 0, sizeof(*out));
	store_ask(st, &q,
	    "SELECT id, kind, seconds, skip FROM fault WHERE "
	    "instr(?1, '|' || kind || '|') > 0 AND (\"on\" = ?2 OR \"on\" = "
	    "'any') ORDER BY id LIMIT 1",
	    "ss", kinds, on);
	if (store_next(&q)) {
		id = store_int(&q, 0);
		if (store_int(&q, 3) == 0)
			(void)snprintf(out->kind, sizeof(out->kind), "%s",
			    store_text(&q, 1));
		out->seconds = store_int(&q, 2);
	}
	store_done(&q);
	if (id == 0)
		return;
	if (out->kind[0] == '\0') {
		store_run(st, "UPDATE fault SET skip = skip - 1 WHERE id = ?",
		    "i", id);
		return;
	}
	/* times 0 stays 0: for ever */
	store_run(st, "DELETE FROM fault WHERE id = ? AND times = 1", "i", id);
	store_run(st,
	    "UPDATE fault SET times = times - 1 WHERE id = ? AND times > 1",
	    "i", id);
}

enum rc
fault_list(struct box *b, struct store *st, struct error *e)
{
	json_t *all = json_array();
	struct store_rows q;

	store_ask(st, &q,
	    "SELECT kind, \"on\", seconds, skip, times FROM fault ORDER BY id",
	    "");
	while (store_next(&q))
		(void)json_array_append_new(
		    all, json_pack("{s:s, s:s, s:I, s:I, s:I}", "kind",
			     store_text(&q, 0), "on", store_text(&q, 1),
			     "seconds", (json_int_t)store_int(&q, 2), "skip",
			     (json_int_t)store_int(&q, 3), "times",
			     (json_int_t)store_int(&q, 4)));
	store_done(&q);
	if (store_rc(st, e) != RC_OK) {
		json_decref(all);
		return e->rc;
	}
	return box_json(b, 200, json_pack("{s:o}", "faults", all), e);
}

enum rc
own_params(struct box *b, struct params *p, const struct param *table, size_t n,
    struct error *e)
{
	const struct param *rule;
	size_t at;
	enum rc rc;

	rc = params_read(p, buf_str(&b->q.body), b->q.body.len, e);
	if (rc == RC_OK && params_check(p, table, n, &at, &rule) != PARAMS_FINE)
		rc = error_set(e, RC_INVALID, "parameter \"%s\" is wrong",
		    p->each[at].name);
	return rc;
}

enum rc
own_refused(struct box *b, struct error *e)
{
	enum rc rc =
	    box_json(b, 400, json_pack("{s:s}", "error", e->text), NULL);

	error_clear(e);
	return rc;
}
