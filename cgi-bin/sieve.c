#include "config.h"

#include <string.h>

#include "base/money.h"
#include "cgi-bin/sieve.h"
#include "shop/category.h"

/* Longest price that anybody types: "£1000000000.00". */
#define PRICE_CHARS 20

static const struct field fields[S_COUNT] = {
	[S_Q] = { "q", FIELD_TEXT, 1, LIMIT_SEARCH, 0 },
	[S_KIND] = { "kind", FIELD_TEXT, 1, LIMIT_SLUG, 0 },
	[S_MIN] = { "min", FIELD_TEXT, 1, PRICE_CHARS, 0 },
	[S_MAX] = { "max", FIELD_TEXT, 1, PRICE_CHARS, 0 },
	[S_STOCK] = { "stock", FIELD_FLAG, 0, 0, 0 },
	[S_SORT] = { "sort", FIELD_TEXT, 1, 16, 0 },
	[S_PAGE] = { "page", FIELD_INT, 1, SIEVE_LAST_PAGE, 0 },
};

static const struct {
	enum item_sort sort;
	const char *word, *text;
} orders[] = {
	{ SORT_NEW, "new", "Newest first" },
	{ SORT_PRICE_UP, "cheap", "Price, lowest first" },
	{ SORT_PRICE_DOWN, "dear", "Price, highest first" },
	{ SORT_NAME, "name", "Name, A to Z" },
};
#define N_ORDERS (sizeof(orders) / sizeof(orders[0]))

static bool
wrong(const struct form *f, enum sieve_field field)
{
	enum field_error err = form_error(f, field);

	return err != FIELD_OK && err != FIELD_ABSENT;
}

/* A price as typed, with or without its sign; 0 when it is absent or bad. */
static int64_t
price(const struct form *f, enum sieve_field field, const struct visit *v,
    bool *bad)
{
	static const char *const signs[] = { "£", "€", "$" };
	struct money m = { 0 };
	const char *s;
	size_t i;

	*bad = wrong(f, field);
	if (form_error(f, field) != FIELD_OK)
		return 0;
	s = form_text(f, field);
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strncmp(s, signs[i], strlen(signs[i])) == 0) {
			s += strlen(signs[i]);
			break;
		}
	}
	if (money_parse(s, v->settings->shop_currency, &m) != RC_OK ||
	    m.minor < 0) {
		*bad = true;
		return 0;
	}
	return m.minor;
}

static void
read_order(struct sieve *s)
{
	const char *word = form_text_or(&s->form, S_SORT, "");
	size_t i;

	s->filter.sort = orders[0].sort;
	s->by_rank = true;
	s->sort_bad = wrong(&s->form, S_SORT);
	if (word[0] == '\0')
		return;
	for (i = 0; i < N_ORDERS; i++) {
		if (strcmp(orders[i].word, word) == 0) {
			s->filter.sort = orders[i].sort;
			s->by_rank = false;
			return;
		}
	}
	s->sort_bad = true;
}

enum rc
sieve_read(struct sieve *s, const struct visit *v, struct error *e)
{
	const struct buf *query = &v->q->query;
	struct item_filter *f = &s->filter;
	int64_t low;
	enum rc rc;

	memset(s, 0, sizeof(*s));
	rc =
	    form_read(&s->form, fields, S_COUNT, buf_str(query), query->len, e);
	if (rc != RC_OK)
		return rc;
	if (s->form.twice)
		return error_set(e, RC_INVALID, "a field was sent twice");
	s->query = form_text_or(&s->form, S_Q, "");
	s->query_bad = wrong(&s->form, S_Q);
	s->kind = form_text_or(&s->form, S_KIND, "");
	s->kind_bad = wrong(&s->form, S_KIND);
	f->price_min = price(&s->form, S_MIN, v, &s->min_bad);
	f->price_max = price(&s->form, S_MAX, v, &s->max_bad);
	/* "From 50 to 20" can only mean 20 to 50. */
	if (f->price_max > 0 && f->price_min > f->price_max) {
		low = f->price_max;
		f->price_max = f->price_min;
		f->price_min = low;
	}
	f->in_stock = form_error(&s->form, S_STOCK) == FIELD_OK;
	read_order(s);
	s->page = form_int_or(&s->form, S_PAGE, 1);
	s->page_bad = wrong(&s->form, S_PAGE);
	f->limit = SIEVE_PER_PAGE;
	f->offset = (s->page - 1) * SIEVE_PER_PAGE;
	return RC_OK;
}

void
sieve_release(struct sieve *s)
{
	form_release(&s->form);
}

bool
sieve_bad(const struct sieve *s)
{
	return s->min_bad || s->max_bad || s->sort_bad || s->page_bad ||
	       s->kind_bad || s->query_bad;
}

bool
sieve_filters(const struct sieve *s)
{
	return s->kind[0] != '\0' || s->filter.in_stock ||
	       s->filter.price_min > 0 || s->filter.price_max > 0;
}

void
sieve_args(const struct sieve *s, struct url *u, int64_t page)
{
	static const enum sieve_field texts[] = { S_Q, S_KIND, S_MIN, S_MAX,
		S_SORT };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (form_error(&s->form, texts[i]) == FIELD_OK)
			url_arg(u, fields[texts[i]].name,
			    form_text(&s->form, texts[i]));
	}
	if (s->filter.in_stock)
		url_arg(u, "stock", "1");
	if (page > 1)
		url_argd(u, "page", page);
}

static void
complain(struct page *p, const char *what, const char *typed)
{
	html_open(&p->h, EL_LI);
	html_textf(&p->h, "%s: “%s”", what, typed);
	html_close(&p->h, EL_LI);
}

static void
complaints(struct page *p, const struct sieve *s)
{
	const struct form *f = &s->form;
	struct html *h = &p->h;

	if (!sieve_bad(s))
		return;
	html_open(h, EL_DIV, CLASS("notice bad"), AT(AT_ROLE, "alert"));
	page_p(p, NULL,
	    "Some of that we could not read, so we left it out of the search:");
	html_open(h, EL_UL);
	if (s->query_bad)
		complain(p, "Words to look for", form_typed(f, S_Q));
	if (s->kind_bad)
		complain(p, "Kind of hat", form_typed(f, S_KIND));
	if (s->min_bad)
		complain(p, "Lowest price", form_typed(f, S_MIN));
	if (s->max_bad)
		complain(p, "Highest price", form_typed(f, S_MAX));
	if (s->sort_bad)
		complain(p, "Order", form_typed(f, S_SORT));
	if (s->page_bad)
		complain(p, "Page", form_typed(f, S_PAGE));
	html_close(h, EL_UL);
	html_close(h, EL_DIV);
}

static void
option(struct page *p, const char *value, const char *text, bool chosen)
{
	html_el(&p->h, EL_OPTION, text, AT(AT_VALUE, value),
	    FLAG_IF(AT_SELECTED, chosen));
}

struct kinds {
	struct page *p;
	const char *chosen;
};

static enum rc
put_kind(void *ctx, const struct category *c, struct error *e)
{
	struct kinds *k = ctx;

	(void)e;
	option(k->p, c->slug, c->name, strcmp(c->slug, k->chosen) == 0);
	return RC_OK;
}

static enum rc
kind_field(struct page *p, const struct sieve *s, struct error *e)
{
	struct kinds k = { .p = p, .chosen = s->kind };
	struct html *h = &p->h;
	enum rc rc;

	page_div(p, "field grow");
	html_el(h, EL_LABEL, "Kind of hat", AT(AT_FOR, "kind"));
	html_open(h, EL_SELECT, ID("kind"), NAME("kind"));
	option(p, "", "Every kind", s->kind[0] == '\0');
	rc = category_list(p->v->db, put_kind, &k, e);
	html_close(h, EL_SELECT);
	html_close(h, EL_DIV);
	return rc;
}

static void
price_field(struct page *p, const struct sieve *s, enum sieve_field field,
    const char *label)
{
	const char *name = fields[field].name;

	html_el(&p->h, EL_LABEL, label, CLASS("aside"), AT(AT_FOR, name));
	html_open(&p->h, EL_INPUT, ID(name), NAME(name),
	    AT(AT_INPUTMODE, "decimal"), ATD(AT_MAXLENGTH, PRICE_CHARS),
	    AT(AT_PLACEHOLDER, field == S_MIN ? "from" : "to"),
	    AT(AT_AUTOCOMPLETE, "off"), VALUE(form_typed(&s->form, field)));
}

static void
price_fields(struct page *p, const struct sieve *s)
{
	struct html *h = &p->h;

	html_open(h, EL_FIELDSET);
	html_open(h, EL_LEGEND);
	html_textf(h, "Price in %s", p->v->settings->shop_currency);
	html_close(h, EL_LEGEND);
	price_field(p, s, S_MIN, "Lowest price");
	html_el(h, EL_SPAN, "–", AT(AT_ARIA_HIDDEN, "true"));
	price_field(p, s, S_MAX, "Highest price");
	html_close(h, EL_FIELDSET);
}

static void
order_field(struct page *p, const struct sieve *s)
{
	bool searching = s->query[0] != '\0';
	struct html *h = &p->h;
	size_t i;

	page_div(p, "field grow");
	html_el(h, EL_LABEL, "Order", AT(AT_FOR, "sort"));
	html_open(h, EL_SELECT, ID("sort"), NAME("sort"));
	if (searching)
		option(p, "", "Best match", s->by_rank);
	for (i = 0; i < N_ORDERS; i++)
		option(p, orders[i].word, orders[i].text,
		    s->by_rank ? !searching && i == 0
			       : orders[i].sort == s->filter.sort);
	html_close(h, EL_SELECT);
	html_close(h, EL_DIV);
}

enum rc
sieve_put(struct page *p, const struct sieve *s, struct error *e)
{
	bool searching = s->query[0] != '\0';
	struct html *h = &p->h;
	struct url u;
	enum rc rc;

	complaints(p, s);
	if (searching)
		url_init(&u, "/search");
	else
		url_init(&u, "/hats");
	html_open(h, EL_FORM, CLASS("sieve"), ACTION(&u),
	    AT(AT_ARIA_LABEL, "Choose among these hats"));
	url_release(&u);
	if (searching)
		html_open(
		    h, EL_INPUT, TYPE("hidden"), NAME("q"), VALUE(s->query));
	rc = kind_field(p, s, e);
	if (rc != RC_OK)
		return rc;
	price_fields(p, s);
	order_field(p, s);
	html_open(h, EL_LABEL, CLASS("tick"));
	html_open(h, EL_INPUT, TYPE("checkbox"), NAME("stock"), VALUE("1"),
	    FLAG_IF(AT_CHECKED, s->filter.in_stock));
	html_text(h, "In stock only");
	html_close(h, EL_LABEL);
	html_el(h, EL_BUTTON, "Show them", CLASS("button"), TYPE("submit"));
	html_close(h, EL_FORM);
	return RC_OK;
}
