/*
 * flow-tool CONF ORDER ...: order_advance in the real world of lib/flow/wiring,
 * for tests that look at what it does with the stock system.
 */
#include "config.h"

#include <stdio.h>

#include "base/num.h"
#include "flow/wiring.h"

static enum rc
advance_all(const struct settings *s, int n, char **orders, struct error *e)
{
	struct wiring *w = NULL;
	struct db *db = NULL;
	int64_t order;
	enum rc rc;

	rc = db_open(s, DB_WRITE, &db, e);
	if (rc == RC_OK)
		rc = wiring_open(s, db, &w, e);
	for (int i = 0; i < n && rc == RC_OK; i++) {
		rc = num_parse(orders[i], 1, INT64_MAX, &order);
		if (rc == RC_OK)
			rc = order_advance(wiring_flow(w), order, e);
	}
	wiring_close(w);
	db_close(db);
	return rc;
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	if (argc < 3) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	rc = settings_load(&s, argv[1], &e);
	if (rc == RC_OK) {
		rc = advance_all(&s, argc - 2, argv + 2, &e);
		settings_release(&s);
	}
	if (rc != RC_OK)
		printf("%s: %s\n", rc_name(rc), e.text);
	return rc == RC_OK ? 0 : 1;
}
