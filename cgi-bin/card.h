/*
 * A hat as it stands on a shelf, and the parts that its own page shares with
 * it: price label, words of availability, picture.
 */
#ifndef CGI_CARD_H
#define CGI_CARD_H

#include "cgi-bin/page.h"
#include "shop/item.h"

/* With so few left or fewer, the page says how many. */
#define CARD_FEW 5

enum stock_word { STOCK_IN, STOCK_LOW, STOCK_OUT, STOCK_WAIT };

/* Hats from here on are below the fold of most screens. */
#define SHELF_SEEN 8

/* What the page may say, and whether it may offer: IN and LOW are for sale. */
enum stock_word card_stock(const struct page *p, const struct item *it);
bool card_for_sale(const struct page *p, const struct item *it);

/* "In stock", "Only 2 left", "Sold out", "Checking availability". */
void card_put_stock(struct page *p, const struct item *it);

/* "£24.99 incl. VAT". */
void card_put_price(struct page *p, int64_t minor);

/* The widths that syncd makes (syncd/picture.h): 480, 960, 1600 pixels. */
enum card_size { SIZE_CARD, SIZE_PAGE, SIZE_ZOOM };

/* Where a hat's picture is, or the placeholder; u is the caller's to release. */
void card_picture(const struct page *p, const struct item *it,
    enum card_size size, struct url *u);

/* A hat of px pixels in its arched window, beside its name (so without words of
 * its own); lazy: loaded when it comes near. */
void card_put_niche(
    struct page *p, const struct item *it, int64_t px, bool lazy);

void card_url(const struct item *it, struct url *u);

/* One hat on a shelf (<li>). */
void card_put(struct page *p, const struct item *it, bool lazy);

/*
 * Hats kept from a query until the page can write them, because what goes
 * above them (how many there are) is known only afterwards.
 */
struct shelf {
	struct item *items; /* owned: key, text and category left out */
	size_t n, max;
};

enum rc shelf_init(struct shelf *s, size_t max, struct error *e) CHECKED;
void shelf_release(struct shelf *s);
enum rc shelf_keep(void *ctx, const struct item *it, struct error *e);
void shelf_put(struct page *p, const struct shelf *s);

#endif
