/*
 * master-tool CONF WORD ...: lib/stock/master by hand, for stock-master.t.
 *
 *	take ATTEMPT ITEM QTY [ITEM QTY ...]
 *	refuse ATTEMPT ITEM QTY [...]
 *	give RETURN ATTEMPT ITEM QTY [...]
 *	level ITEM
 *
 * Prints one line: "taken", "refused [ITEM LEFT]", "given", the level, or the
 * rc's name and the reason.  $SOURCE is the identity that is expected.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stock/master.h"

struct order {
	struct master_line lines[MASTER_LINES];
	size_t n;
};

static enum rc
read_lines(struct order *o, int n, char **args, struct error *e)
{
	enum rc rc = RC_OK;

	for (int i = 0; i + 1 < n && o->n < MASTER_LINES && rc == RC_OK;
	     i += 2) {
		o->lines[o->n].item = args[i];
		rc = num_parse(args[i + 1], 1, 999, &o->lines[o->n++].qty);
	}
	if (rc == RC_OK && o->n == 0)
		rc = RC_INVALID;
	return rc == RC_OK ? rc : error_set(e, rc, "usage: see the source");
}

static void
print_answer(enum master_answer answer, const struct master_short *why)
{
	if (answer == MASTER_TAKEN)
		puts("taken");
	else if (why != NULL && why->item != NULL)
		printf("refused %s %" PRId64 "\n", why->item, why->left);
	else
		puts("refused");
}

static enum rc
act(const struct master *m, int n, char **args, struct error *e)
{
	struct master_short why = { NULL, 0 };
	enum master_answer answer = MASTER_REFUSED;
	struct order o = { .n = 0 };
	int64_t level = 0;
	bool give = strcmp(args[0], "give") == 0;
	enum rc rc;

	if (strcmp(args[0], "level") == 0) {
		rc = master_level(m, args[1], &level, e);
		if (rc == RC_OK)
			printf("%" PRId64 "\n", level);
		return rc;
	}
	rc = read_lines(&o, n - 2 - give, args + 2 + give, e);
	if (rc != RC_OK)
		return rc;
	if (give) {
		rc = master_give_back(m, args[1], args[2], o.lines, o.n, e);
		if (rc == RC_OK)
			puts("given");
		return rc;
	}
	if (strcmp(args[0], "take") == 0)
		rc = master_take(m, args[1], o.lines, o.n, &answer, &why, e);
	else
		rc = master_refuse(m, args[1], o.lines, o.n, &answer, e);
	if (rc == RC_OK)
		print_answer(answer, &why);
	return rc;
}

static enum rc
with_map(const struct settings *s, int n, char **args, struct error *e)
{
	struct master m = { .settings = s, .source = "" };
	const char *source = getenv("SOURCE");
	struct map *map = NULL;
	struct link *l = NULL;
	enum fault fault;
	bool changed;
	enum rc rc;

	rc = map_new(s, &map, e);
	if (rc == RC_OK)
		rc = link_open(s, &l, &fault, e);
	if (rc == RC_OK)
		rc = map_check(map, l, &changed, e);
	link_close(l);
	m.map = map;
	if (source != NULL)
		m.source = source;
	if (rc == RC_OK)
		rc = act(&m, n, args, e);
	map_free(map);
	return rc;
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	if (argc < 4) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	rc = settings_load(&s, argv[1], &e);
	if (rc == RC_OK) {
		rc = with_map(&s, argc - 2, argv + 2, &e);
		settings_release(&s);
	}
	if (rc != RC_OK)
		printf("%s: %s\n", rc_name(rc), e.text);
	return rc == RC_OK ? 0 : 1;
}
