#include "config.h"

#include <string.h>

#include "base/file.h"
#include "cgi-bin/hats.h"
#include "cgi-bin/page.h"
#include "markup/prose.h"

/* Names of pages are ours: short, lower case, no dot, so no path either. */
static bool
page_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= LIMIT_SLUG && s[n] == '\0';
}

static enum rc
write_page(
    struct visit *v, const struct buf *text, const char *title, struct error *e)
{
	struct page_head head = { .title = title };
	struct page p;
	struct url u;
	enum rc rc;

	url_init_at(&u, v->settings->shop_url, "/page/");
	url_path(&u, v->tail);
	head.canonical = &u;
	rc = page_open(&p, v, &head, e);
	if (rc == RC_OK) {
		page_div(&p, "wide");
		html_open(&p.h, EL_ARTICLE, CLASS("prose"));
		if (title[0] == '\0')
			html_el(&p.h, EL_H1, v->tail);
		prose_put(&p.h, buf_str(text), text->len);
		html_close(&p.h, EL_ARTICLE);
		html_close(&p.h, EL_DIV);
		rc = page_close(&p, e);
	}
	url_release(&u);
	return rc;
}

enum rc
text_page(struct visit *v, struct error *e)
{
	struct buf path, text, title;
	enum rc rc;

	if (!page_name(v->tail))
		return RC_NOTFOUND;
	buf_init(&path, LIMIT_LINE);
	buf_init(&text, LIMIT_PROSE);
	buf_init(&title, LIMIT_PROSE * 3);
	buf_printf(&path, "%s/%s.txt", v->settings->shop_pages, v->tail);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = file_read(buf_str(&path), &text, e);
	if (rc == RC_OK) {
		prose_title(&title, buf_str(&text), text.len);
		rc = buf_rc(&title);
	}
	if (rc == RC_OK)
		rc = write_page(v, &text, buf_str(&title), e);
	buf_release(&path);
	buf_release(&text);
	buf_release(&title);
	return rc;
}
