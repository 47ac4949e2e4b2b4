#include "config.h"

#include "cgi-bin/hats.h"
#include "cgi-bin/list.h"

static enum rc
list_all(struct visit *v, struct error *e)
{
	return list_page(v, LIST_ALL, NULL, e);
}

static enum rc
list_category(struct visit *v, struct error *e)
{
	return list_page(v, LIST_CATEGORY, NULL, e);
}

static const struct route routes[] = {
	{ "/", ON_GET, home_page },
	{ "/hats", ON_GET, list_all },
	{ "/category/", ON_GET | ON_TAIL, list_category },
	{ "/hat/", ON_GET | ON_TAIL, hat_page },
	{ "/page/", ON_GET | ON_TAIL, text_page },
	{ "/sitemap.xml", ON_GET, sitemap_xml },
	{ "/robots.txt", ON_GET | ON_NO_DB, robots_txt },
};

int
main(void)
{
	return cgi_main("hats", DB_READ, routes,
	    sizeof(routes) / sizeof(routes[0]), page_error);
}
