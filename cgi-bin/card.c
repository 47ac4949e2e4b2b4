#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cgi-bin/card.h"

enum stock_word
card_stock(const struct page *p, const struct item *it)
{
	int64_t n = item_available(it);

	if (it->gone)
		return STOCK_OUT;
	if (!p->fresh)
		return STOCK_WAIT;
	if (n <= 0)
		return STOCK_OUT;
	return n <= CARD_FEW ? STOCK_LOW : STOCK_IN;
}

bool
card_for_sale(const struct page *p, const struct item *it)
{
	enum stock_word w = card_stock(p, it);

	return w == STOCK_IN || w == STOCK_LOW;
}

void
card_put_stock(struct page *p, const struct item *it)
{
	struct html *h = &p->h;

	switch (card_stock(p, it)) {
	case STOCK_IN:
		page_p(p, "stock in", "In stock");
		break;
	case STOCK_LOW:
		html_open(h, EL_P, CLASS("stock low"));
		html_textf(h, "Only %lld left", (long long)item_available(it));
		html_close(h, EL_P);
		break;
	case STOCK_OUT:
		page_p(
		    p, "stock out", it->gone ? "No longer sold" : "Sold out");
		break;
	case STOCK_WAIT:
		page_p(p, "stock wait", "Checking availability");
		break;
	}
}

void
card_put_price(struct page *p, int64_t minor)
{
	html_open(&p->h, EL_P, CLASS("price"));
	page_money(p, minor);
	html_text(&p->h, " ");
	html_el(&p->h, EL_SMALL, "incl. VAT");
	html_close(&p->h, EL_P);
}

void
card_picture(const struct page *p, const struct item *it, enum card_size size,
    struct url *u)
{
	static const char *const names[] = {
		[SIZE_CARD] = "card",
		[SIZE_PAGE] = "page",
		[SIZE_ZOOM] = "zoom",
	};
	const struct settings *s = p->v->settings;
	struct buf name;

	if (it->picture == NULL || it->picture[0] == '\0') {
		url_init_at(u, s->shop_static, "/placeholder.svg");
		return;
	}
	/* AB/HASH-card.webp, where AB begins the hash. */
	url_init_at(u, s->pictures_base_url, "/");
	buf_init(&name, LIMIT_LINE);
	buf_printf(&name, "%.2s", it->picture);
	url_path(u, buf_str(&name));
	buf_reset(&name);
	buf_printf(&name, "%s-%s.webp", it->picture, names[size]);
	url_path(u, buf_str(&name));
	buf_release(&name);
}

void
card_put_niche(struct page *p, const struct item *it, int64_t px, bool lazy)
{
	struct url u;

	page_div(p, "niche");
	card_picture(p, it, SIZE_CARD, &u);
	html_open(&p->h, EL_IMG, SRC(&u), AT(AT_ALT, ""), ATD(AT_WIDTH, px),
	    ATD(AT_HEIGHT, px), AT(AT_LOADING, lazy ? "lazy" : NULL));
	url_release(&u);
	html_close(&p->h, EL_DIV);
}

void
card_url(const struct item *it, struct url *u)
{
	url_init(u, "/hat/");
	url_path(u, it->slug);
}

void
card_put(struct page *p, const struct item *it, bool lazy)
{
	struct html *h = &p->h;
	struct url u;

	html_open(h, EL_LI,
	    CLASS(card_stock(p, it) == STOCK_OUT ? "hat away" : "hat"));
	card_put_niche(p, it, 320, lazy);
	page_div(p, "label");
	card_put_price(p, it->price);
	html_open(h, EL_H3);
	card_url(it, &u);
	html_el(h, EL_A, it->name, HREF(&u));
	url_release(&u);
	html_close(h, EL_H3);
	card_put_stock(p, it);
	html_close(h, EL_DIV);
	html_close(h, EL_LI);
}

enum rc
shelf_init(struct shelf *s, size_t max, struct error *e)
{
	s->n = 0;
	s->max = max;
	s->items = calloc(max, sizeof(*s->items));
	if (s->items == NULL)
		return error_set(e, RC_NOMEM, "no memory for a shelf");
	return RC_OK;
}

void
shelf_release(struct shelf *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		item_release(&s->items[i]);
	free(s->items);
	memset(s, 0, sizeof(*s));
}

/* Copy s to *at, which moves on behind it. */
static const char *
keep(char **at, const char *s)
{
	size_t n = strlen(s) + 1;
	char *mine = *at;

	memcpy(mine, s, n);
	*at += n;
	return mine;
}

enum rc
shelf_keep(void *ctx, const struct item *it, struct error *e)
{
	struct shelf *s = ctx;
	struct item *mine;
	char *at;

	assert(s->n < s->max);
	mine = &s->items[s->n];
	at = malloc(
	    strlen(it->slug) + strlen(it->name) + strlen(it->picture) + 3);
	if (at == NULL)
		return error_set(e, RC_NOMEM, "no memory for a hat");
	s->n++;
	*mine = *it;
	mine->mem = at;
	mine->key = mine->text = NULL;
	mine->category_name = mine->category_slug = NULL;
	mine->slug = keep(&at, it->slug);
	mine->name = keep(&at, it->name);
	mine->picture = keep(&at, it->picture);
	return RC_OK;
}

void
shelf_put(struct page *p, const struct shelf *s)
{
	size_t i;

	html_open(&p->h, EL_UL, CLASS("shelf"));
	for (i = 0; i < s->n; i++)
		card_put(p, &s->items[i], i >= SHELF_SEEN);
	html_close(&p->h, EL_UL);
}
