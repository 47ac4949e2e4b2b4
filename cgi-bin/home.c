#include "config.h"

#include "cgi-bin/card.h"
#include "cgi-bin/hats.h"

/* Three rows of four; 2 and 3 abreast come out even too. */
#define WINDOW_HATS 12

static void
opening(struct page *p)
{
	struct html *h = &p->h;

	html_open(h, EL_SECTION, CLASS("opening"));
	page_div(p, "wide");
	page_div(p, "patter");
	html_el(h, EL_H1, "Hats for people who get stared at anyway");
	page_p(p, "lead",
	    "Bowlers, ducks, thunderclouds and one very tall topper. Properly "
	    "made, plainly priced, and if the label says it is in stock, it is "
	    "in stock.");
	html_open(h, EL_P, CLASS("doors"));
	page_link(p, "/hats", "button", "See every hat");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	page_drawing(p, "/chorus.svg",
	    "Five people in a row. They wear a very tall topper, a flowerpot "
	    "with its tulip, a propeller cap, a small fez and a live hen.",
	    1200, 560);
	html_close(h, EL_DIV);
	html_close(h, EL_SECTION);
}

static void
window(struct page *p, const struct shelf *hats)
{
	struct html *h = &p->h;

	html_open(h, EL_SECTION, CLASS("act wide"));
	page_div(p, "bill");
	html_el(h, EL_H2, "In the window today");
	html_open(h, EL_P);
	page_link(p, "/hats", NULL, "See every hat");
	html_close(h, EL_P);
	html_close(h, EL_DIV);
	if (hats->n > 0)
		shelf_put(p, hats);
	else
		page_p(p, "lead",
		    "The window is being dressed. Please look again in a "
		    "minute.");
	html_close(h, EL_SECTION);
}

enum rc
home_page(struct visit *v, struct error *e)
{
	struct page_head head = { .home = true };
	struct shelf hats;
	struct page p;
	struct url u;
	enum rc rc;

	url_init_at(&u, v->settings->shop_url, "/");
	head.canonical = &u;
	head.describe = "A hatter's shop for funny hats: bowlers, ducks, "
			"thunderclouds and one very tall topper.";
	rc = shelf_init(&hats, WINDOW_HATS, e);
	if (rc == RC_OK)
		rc = item_window(
		    v->db, v->now / 86400, WINDOW_HATS, shelf_keep, &hats, e);
	if (rc == RC_OK)
		rc = page_open(&p, v, &head, e);
	if (rc == RC_OK) {
		opening(&p);
		window(&p, &hats);
		rc = page_close(&p, e);
	}
	shelf_release(&hats);
	url_release(&u);
	return rc;
}
