#include "config.h"

#include "cgi-bin/list.h"

static enum rc
find(struct db *db, const struct sieve *s, struct shelf *hats,
    struct search_result *found, struct error *e)
{
	struct words *w = NULL;
	enum rc rc;

	rc = words_new(&w, e);
	if (rc == RC_OK)
		rc = search_items(db, w, s->query, &s->filter, s->by_rank,
		    shelf_keep, hats, found, e);
	words_free(w);
	return rc;
}

static enum rc
search(struct visit *v, struct error *e)
{
	return list_page(v, LIST_SEARCH, find, e);
}

static const struct route routes[] = {
	{ "/search", ON_GET, search },
};

int
main(void)
{
	return cgi_main("search", DB_READ, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error);
}
