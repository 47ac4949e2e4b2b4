#include "config.h"

#include <string.h>

#include "cgi-bin/card.h"
#include "cgi-bin/list.h"
#include "shop/category.h"

/* A few hats to look at where a search found none. */
#define CONSOLATION 4

/* One list of hats: what was asked, what was found. */
struct list {
	enum list_kind kind;
	list_search *search; /* of LIST_SEARCH */
	struct visit *v;
	struct sieve sieve;
	struct category category; /* id 0: all */
	struct shelf hats;
	int64_t total;
	struct search_result found;
};

static void
list_release(struct list *l)
{
	sieve_release(&l->sieve);
	category_release(&l->category);
	shelf_release(&l->hats);
}

static int64_t
last_page(const struct list *l)
{
	if (l->total <= SIEVE_PER_PAGE)
		return 1;
	return (l->total + SIEVE_PER_PAGE - 1) / SIEVE_PER_PAGE;
}

/* The kind that was asked for, in the path or in the form. */
static enum rc
find_category(struct list *l, struct error *e)
{
	const char *slug = l->sieve.kind;
	enum rc rc;

	if (l->kind == LIST_CATEGORY)
		slug = l->v->tail;
	if (slug[0] == '\0')
		return RC_OK;
	rc = category_by_slug(l->v->db, slug, &l->category, e);
	if (rc == RC_NOTFOUND && l->kind != LIST_CATEGORY) {
		error_clear(e);
		memset(&l->category, 0, sizeof(l->category));
		l->sieve.kind_bad = true;
		l->sieve.kind = "";
		return RC_OK;
	}
	if (rc == RC_OK) {
		l->sieve.filter.category = l->category.id;
		l->sieve.kind = l->category.slug;
	}
	return rc;
}

static enum rc
look(struct list *l, struct error *e)
{
	enum rc rc;

	rc = find_category(l, e);
	if (rc == RC_OK)
		rc = shelf_init(&l->hats, SIEVE_PER_PAGE, e);
	if (rc != RC_OK)
		return rc;
	if (l->kind != LIST_SEARCH)
		return item_list(l->v->db, &l->sieve.filter, shelf_keep,
		    &l->hats, &l->total, e);
	if (l->sieve.query[0] == '\0')
		return RC_OK;
	rc = l->search(l->v->db, &l->sieve, &l->hats, &l->found, e);
	l->total = l->found.total;
	return rc;
}

/* The list's own address, without filters. */
static void
plain_url(const struct list *l, struct url *u, const char *origin)
{
	switch (l->kind) {
	case LIST_ALL:
		url_init_origin(u, origin, "/hats");
		break;
	case LIST_CATEGORY:
		url_init_origin(u, origin, "/category/");
		url_path(u, l->category.slug);
		break;
	case LIST_SEARCH:
		url_init_origin(u, origin, "/search");
		break;
	}
}

/* The same list, same filters, another page.  The kind in the path need not be
 * an argument too. */
static void
page_url(const struct list *l, struct url *u, int64_t page)
{
	plain_url(l, u, "");
	sieve_args(&l->sieve, u, page);
}

/* What the list holds, for the title and the heading. */
static const char *
list_name(const struct list *l)
{
	if (l->category.id != 0)
		return l->category.name;
	return sieve_filters(&l->sieve) ? "The hats you asked for"
					: "Every hat we have";
}

static void
heading(struct page *p, const struct list *l)
{
	struct html *h = &p->h;

	html_open(h, EL_H1);
	if (l->kind == LIST_SEARCH) {
		if (l->sieve.query[0] == '\0')
			html_text(h, "What are you looking for?");
		else if (l->total == 0)
			html_textf(h, "No hat answers to “%s”", l->sieve.query);
		else
			html_textf(h, "%lld %s for “%s”", (long long)l->total,
			    l->total == 1 ? "hat" : "hats",
			    l->found.corrected ? l->found.meant
					       : l->sieve.query);
	} else {
		html_text(h, list_name(l));
	}
	html_close(h, EL_H1);
	if (l->found.corrected && l->total > 0) {
		html_open(h, EL_P, CLASS("lead"));
		html_textf(h, "Nothing is called “%s”. We took it for “%s”.",
		    l->sieve.query, l->found.meant);
		html_close(h, EL_P);
	}
}

static void
count(struct page *p, const struct list *l)
{
	int64_t first = l->sieve.filter.offset + 1;
	int64_t last = l->sieve.filter.offset + (int64_t)l->hats.n;

	html_open(&p->h, EL_H2, CLASS("count"));
	if (l->total == 1)
		html_text(&p->h, "One hat");
	else if (last_page(l) == 1)
		html_textf(&p->h, "%lld hats", (long long)l->total);
	else
		html_textf(&p->h, "Hats %lld to %lld of %lld", (long long)first,
		    (long long)last, (long long)l->total);
	html_close(&p->h, EL_H2);
}

static void
turn_link(struct page *p, const struct list *l, const char *rel,
    const char *text, int64_t page)
{
	struct url u;

	page_url(l, &u, page);
	html_el(&p->h, EL_A, text, HREF(&u), CLASS("button plain"),
	    AT(AT_REL, rel));
	url_release(&u);
}

static void
paging(struct page *p, const struct list *l)
{
	int64_t page = l->sieve.page, last = last_page(l);
	struct html *h = &p->h;

	if (last == 1)
		return;
	html_open(h, EL_NAV, CLASS("pages"), AT(AT_ARIA_LABEL, "Pages"));
	if (page > 1)
		turn_link(p, l, "prev", "Previous page", page - 1);
	html_open(h, EL_P);
	html_textf(h, "Page %lld of %lld", (long long)page, (long long)last);
	html_close(h, EL_P);
	if (page < last)
		turn_link(p, l, "next", "Next page", page + 1);
	html_close(h, EL_NAV);
}

static void
plainer_words(struct page *p)
{
	static const char *const words[] = { "fez", "duck", "bowler", "rain" };
	struct html *h = &p->h;
	struct url u;
	size_t i;

	html_open(h, EL_P, CLASS("lead"));
	html_text(
	    h, "We looked in every box. Try fewer words, or a plainer one: ");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		html_text(h, i == 0 ? "" : ", ");
		url_init(&u, "/search");
		url_arg(&u, "q", words[i]);
		html_el(h, EL_A, words[i], HREF(&u));
		url_release(&u);
	}
	html_text(h, ".");
	html_close(h, EL_P);
}

/* Ways on where there is nothing to show. */
static enum rc
nothing(struct page *p, const struct list *l, struct error *e)
{
	struct html *h = &p->h;
	struct shelf some;
	enum rc rc;

	if (l->total > 0) {
		html_open(h, EL_P, CLASS("lead"));
		html_textf(h, "There are only %lld pages of these hats. ",
		    (long long)last_page(l));
		turn_link(p, l, "first", "Back to the first", 1);
		html_close(h, EL_P);
		return RC_OK;
	}
	if (l->kind != LIST_SEARCH) {
		page_p(p, "lead",
		    "No hat passes all of that. Loosen the price or look at "
		    "every "
		    "kind.");
	} else if (l->sieve.query[0] != '\0') {
		plainer_words(p);
	} else {
		page_p(p, "lead",
		    "Type a word into the box at the top: what it looks like, "
		    "who "
		    "would wear it, what it keeps off.");
	}
	html_open(h, EL_P, CLASS("doors"));
	page_link(p, "/hats", "button", "See every hat");
	html_close(h, EL_P);
	rc = shelf_init(&some, CONSOLATION, e);
	if (rc == RC_OK)
		rc = item_window(p->v->db, p->v->now / 86400, CONSOLATION,
		    shelf_keep, &some, e);
	if (rc == RC_OK && some.n > 0) {
		html_open(h, EL_SECTION, CLASS("act row"));
		html_el(h, EL_H2, "While you are here");
		shelf_put(p, &some);
		html_close(h, EL_SECTION);
	}
	shelf_release(&some);
	return rc;
}

/* A search that found nothing, unfiltered, has nothing to filter. */
static bool
wants_sieve(const struct list *l)
{
	return l->kind != LIST_SEARCH || l->total > 0 || sieve_bad(&l->sieve) ||
	       sieve_filters(&l->sieve);
}

static enum rc
body(struct page *p, const struct list *l, struct error *e)
{
	enum rc rc = RC_OK;

	page_div(p, "wide");
	heading(p, l);
	if (wants_sieve(l))
		rc = sieve_put(p, &l->sieve, e);
	if (rc != RC_OK)
		return rc;
	if (l->hats.n > 0) {
		count(p, l);
		shelf_put(p, &l->hats);
		paging(p, l);
	} else {
		rc = nothing(p, l, e);
	}
	html_close(&p->h, EL_DIV);
	return rc;
}

static void
set_status(const struct list *l)
{
	if (sieve_bad(&l->sieve))
		reply_status(l->v->r, 400);
	else if (l->sieve.page > last_page(l))
		reply_status(l->v->r, 404);
}

static enum rc
write_list(struct list *l, struct error *e)
{
	struct page_head head = { .query = l->sieve.query };
	struct url own, prev, next;
	struct page p;
	enum rc rc;

	plain_url(l, &own, l->v->settings->shop_url);
	if (l->sieve.page > 1)
		url_argd(&own, "page", l->sieve.page);
	page_url(l, &prev, l->sieve.page - 1);
	page_url(l, &next, l->sieve.page + 1);
	head.title = l->kind == LIST_SEARCH ? "Search" : list_name(l);
	head.category = l->category.slug;
	if (l->kind != LIST_SEARCH && l->hats.n > 0)
		head.canonical = &own;
	if (l->sieve.page > 1 && l->hats.n > 0)
		head.prev = &prev;
	if (l->sieve.page < last_page(l))
		head.next = &next;
	set_status(l);
	rc = page_open(&p, l->v, &head, e);
	if (rc == RC_OK)
		rc = body(&p, l, e);
	if (rc == RC_OK)
		rc = page_close(&p, e);
	url_release(&own);
	url_release(&prev);
	url_release(&next);
	return rc;
}

enum rc
list_page(
    struct visit *v, enum list_kind kind, list_search *search, struct error *e)
{
	struct list l = { .kind = kind, .search = search, .v = v };
	enum rc rc;

	rc = sieve_read(&l.sieve, v, e);
	if (rc == RC_INVALID || rc == RC_TOOBIG) {
		error_clear(e);
		sieve_release(&l.sieve);
		return page_error(v, 400, e);
	}
	if (rc == RC_OK)
		rc = look(&l, e);
	if (rc == RC_OK)
		rc = write_list(&l, e);
	list_release(&l);
	return rc;
}
