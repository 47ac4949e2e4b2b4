#include "config.h"

#include "cgi-bin/checkout.h"

static void
put_option(struct page *p, const struct checkout *c,
    const struct tariff_option *o, bool checked)
{
	struct checkout_radio r = { .name = "delivery",
		.value = o->key,
		.title = o->name,
		.checked = checked };
	struct html *h = &p->h;
	struct buf day;

	checkout_radio(p, &r);
	html_open(h, EL_SPAN, CLASS("cost"));
	if (o->price == 0)
		html_text(h, "free");
	else
		page_money(p, o->price);
	html_close(h, EL_SPAN);
	buf_init(&day, LIMIT_LINE);
	checkout_promise(c, o, &day);
	html_open(h, EL_SPAN);
	html_textf(h, "With you by %s", buf_str(&day));
	html_close(h, EL_SPAN);
	html_open(h, EL_SPAN, CLASS("small"));
	if (o->days_min != o->days_max)
		html_textf(h, "%lld to %lld working days",
		    (long long)o->days_min, (long long)o->days_max);
	else
		html_textf(h, "%lld working %s", (long long)o->days_max,
		    o->days_max == 1 ? "day" : "days");
	html_text(h, ", if you pay now");
	html_close(h, EL_SPAN);
	if (buf_rc(&day) != RC_OK)
		buf_fail(h->b, buf_rc(&day));
	buf_release(&day);
	checkout_radio_end(p);
}

static enum rc
put_page(struct checkout *c, struct error *e)
{
	const struct tariff_option *o = NULL;
	const char *country = c->to.country;
	struct html *h;
	struct page p;
	struct url u;
	enum rc rc;

	rc = checkout_open(
	    c->v, &p, 200, STEP_DELIVERY, c, "How fast shall it be?", e);
	if (rc != RC_OK)
		return rc;
	h = &p.h;
	page_div(&p, "till");
	page_div(&p, "way");
	url_init(&u, "/checkout/review");
	html_open(h, EL_FORM, CLASS("entries"), ACTION(&u));
	url_release(&u);
	html_open(h, EL_INPUT, TYPE("hidden"), NAME("address"),
	    ATD(AT_VALUE, c->to.id));
	html_open(h, EL_FIELDSET, CLASS("choices"));
	html_open(h, EL_LEGEND);
	html_textf(h, "To %s in %s", c->to.name, c->to.town);
	html_close(h, EL_LEGEND);
	html_open(h, EL_UL);
	while ((o = tariff_next(&c->tariff, country, o)) != NULL)
		put_option(&p, c, o,
		    c->option == NULL
			? o == tariff_next(&c->tariff, country, NULL)
			: o == c->option);
	html_close(h, EL_UL);
	html_close(h, EL_FIELDSET);
	entry_close(&p, "On to the review");
	html_close(h, EL_DIV);
	c->option = NULL; /* what is not confirmed is in no sum */
	checkout_side(&p, c);
	html_close(h, EL_DIV);
	return checkout_close(&p, e);
}

enum rc
delivery_show(struct visit *v, struct error *e)
{
	struct checkout c;
	bool page;
	enum rc rc;

	rc = checkout_begin_asked(v, &c, &page, e);
	if (rc == RC_OK && !page) {
		if (c.to.id == 0)
			checkout_go(&c);
		else
			rc = put_page(&c, e);
	}
	checkout_end(&c);
	return rc;
}
