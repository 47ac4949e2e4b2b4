#include "config.h"

#include "base/clock.h"
#include "cgi-bin/hats.h"
#include "cgi-bin/page.h"
#include "markup/xml.h"
#include "shop/category.h"
#include "shop/item.h"

struct sitemap {
	struct visit *v;
	struct xml x;
};

static void
location(struct sitemap *m, const struct url *u, int64_t changed_at)
{
	struct buf b;

	xml_open(&m->x, "url", NULL);
	xml_open(&m->x, "loc", NULL);
	xml_url(&m->x, u);
	xml_close(&m->x, "loc");
	if (changed_at > 0) {
		buf_init(&b, LIMIT_LINE);
		clock_put_iso(&b, changed_at);
		xml_open(&m->x, "lastmod", NULL);
		xml_text(&m->x, buf_str(&b));
		xml_close(&m->x, "lastmod");
		buf_release(&b);
	}
	xml_close(&m->x, "url");
}

static enum rc
put_hat(void *ctx, const char *slug, int64_t changed_at, struct error *e)
{
	struct sitemap *m = ctx;
	struct url u;

	(void)e;
	url_init_at(&u, m->v->settings->shop_url, "/hat/");
	url_path(&u, slug);
	location(m, &u, changed_at);
	url_release(&u);
	return RC_OK;
}

static enum rc
put_category(void *ctx, const struct category *c, struct error *e)
{
	struct sitemap *m = ctx;
	struct url u;

	(void)e;
	url_init_at(&u, m->v->settings->shop_url, "/category/");
	url_path(&u, c->slug);
	location(m, &u, 0);
	url_release(&u);
	return RC_OK;
}

/* sitemaps.org protocol 0.9. */
enum rc
sitemap_xml(struct visit *v, struct error *e)
{
	struct sitemap m = { .v = v };
	struct url u;
	enum rc rc;

	v->r->type = "application/xml; charset=utf-8";
	v->r->cache = CACHE_HOUR;
	xml_init(&m.x, &v->r->body);
	xml_open(&m.x, "urlset", "http://www.sitemaps.org/schemas/sitemap/0.9");
	url_init_at(&u, v->settings->shop_url, "/");
	location(&m, &u, 0);
	url_release(&u);
	url_init_at(&u, v->settings->shop_url, "/hats");
	location(&m, &u, 0);
	url_release(&u);
	rc = category_list(v->db, put_category, &m, e);
	if (rc == RC_OK)
		rc = item_slugs(v->db, put_hat, &m, e);
	if (rc != RC_OK)
		return rc;
	xml_close(&m.x, "urlset");
	rc = xml_rc(&m.x);
	if (rc != RC_OK)
		return error_set(e, rc, "could not write the sitemap");
	return RC_OK;
}

/* RFC 9309.  Baskets and ways in are nobody's search result. */
enum rc
robots_txt(struct visit *v, struct error *e)
{
	struct buf *b = &v->r->body;
	struct url u;
	enum rc rc;

	v->r->type = "text/plain; charset=utf-8";
	v->r->cache = CACHE_HOUR;
	url_init_at(&u, v->settings->shop_url, "/sitemap.xml");
	buf_printf(b,
	    "User-agent: *\nDisallow: /basket\nDisallow: /login\n"
	    "Disallow: /register\nDisallow: /account\n\nSitemap: %s\n",
	    url_str(&u));
	rc = url_rc(&u);
	url_release(&u);
	if (rc != RC_OK)
		return error_set(e, rc, "could not write robots.txt");
	return RC_OK;
}
