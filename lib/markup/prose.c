#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "markup/prose.h"

enum block { BLOCK_NONE, BLOCK_P, BLOCK_LI };

struct prose {
	struct html *h;
	enum block open; /* what the text goes into; BLOCK_LI is in an <ul> */
	bool titled;     /* the <h1> is written */
};

/* A part of the text. */
struct span {
	const char *s;
	size_t n;
};

static struct span
next_line(struct span *rest)
{
	const char *end = memchr(rest->s, '\n', rest->n);
	struct span line = { rest->s, rest->n };

	if (end != NULL)
		line.n = (size_t)(end - rest->s);
	rest->s += line.n;
	rest->n -= line.n;
	if (end != NULL) {
		rest->s++;
		rest->n--;
	}
	line.s = text_trim(line.s, &line.n);
	return line;
}

/* When line begins with mark and a blank, cut both off. */
static bool
marked(struct span *line, const char *mark)
{
	size_t n = strlen(mark);

	if (line->n <= n || memcmp(line->s, mark, n) != 0 || line->s[n] != ' ')
		return false;
	line->s += n + 1;
	line->n -= n + 1;
	line->s = text_trim(line->s, &line->n);
	return true;
}

/* A path of ours: segments of plain letters, digits and '-', each after one
 * '/'.  Anything else is no link. */
static bool
local_path(struct url *u, const char *s, size_t n)
{
	char segment[LIMIT_SLUG + 1];
	size_t i, len = 0;

	url_init(u, "/");
	if (n < 2 || s[0] != '/' || s[n - 1] == '/')
		return false;
	for (i = 1; i <= n; i++) {
		if (i == n || s[i] == '/') {
			segment[len] = '\0';
			url_path(u, segment);
			len = 0;
		} else if (len < LIMIT_SLUG &&
			   strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			       s[i]) != NULL &&
			   s[i] != '\0') {
			segment[len++] = s[i];
		} else {
			return false;
		}
	}
	return url_rc(u) == RC_OK;
}

/* "[words](/path)" at s: write the link and return its length, or 0. */
static size_t
put_link(struct html *h, const char *s, size_t n)
{
	const char *mid, *end;
	struct url u;
	size_t used = 0;

	mid = memchr(s, ']', n);
	if (mid == NULL || mid == s + 1 || (size_t)(mid - s) + 2 >= n ||
	    mid[1] != '(')
		return 0;
	end = memchr(mid, ')', n - (size_t)(mid - s));
	if (end == NULL)
		return 0;
	if (local_path(&u, mid + 2, (size_t)(end - mid) - 2)) {
		html_open(h, EL_A, HREF(&u));
		html_text_n(h, s + 1, (size_t)(mid - s) - 1);
		html_close(h, EL_A);
		used = (size_t)(end - s) + 1;
	} else if (url_rc(&u) == RC_NOMEM) {
		buf_fail(h->b, RC_NOMEM);
	}
	url_release(&u);
	return used;
}

static void
put_words(struct html *h, struct span t)
{
	size_t i = 0, from = 0, used;

	while (i < t.n) {
		used = 0;
		if (t.s[i] == '[') {
			html_text_n(h, t.s + from, i - from);
			from = i;
			used = put_link(h, t.s + i, t.n - i);
			from += used;
		}
		i += used > 0 ? used : 1;
	}
	html_text_n(h, t.s + from, t.n - from);
}

/* Close what is open, all but the list when another item follows. */
static void
end_block(struct prose *p, bool list_goes_on)
{
	switch (p->open) {
	case BLOCK_NONE:
		return;
	case BLOCK_P:
		html_close(p->h, EL_P);
		break;
	case BLOCK_LI:
		html_close(p->h, EL_LI);
		if (list_goes_on)
			return;
		html_close(p->h, EL_UL);
		break;
	}
	p->open = BLOCK_NONE;
}

static void
put_heading(struct prose *p, struct span line, bool title)
{
	enum html_el el = title && !p->titled ? EL_H1 : EL_H2;

	end_block(p, false);
	p->titled = p->titled || title;
	html_open(p->h, el);
	put_words(p->h, line);
	html_close(p->h, el);
}

static void
put_item(struct prose *p, struct span line)
{
	bool in_list = p->open == BLOCK_LI;

	end_block(p, true);
	if (!in_list)
		html_open(p->h, EL_UL);
	html_open(p->h, EL_LI);
	put_words(p->h, line);
	p->open = BLOCK_LI;
}

static void
put_line(struct prose *p, struct span line)
{
	if (p->open == BLOCK_NONE) {
		html_open(p->h, EL_P);
		p->open = BLOCK_P;
	} else {
		html_text(p->h, " ");
	}
	put_words(p->h, line);
}

void
prose_title(struct buf *b, const char *s, size_t n)
{
	struct span rest = { s, n }, line;

	while (rest.n > 0) {
		line = next_line(&rest);
		if (marked(&line, "#")) {
			text_clean(b, line.s, line.n);
			return;
		}
	}
}

void
prose_put(struct html *h, const char *s, size_t n)
{
	struct prose p = { .h = h };
	struct span rest = { s, n }, line;

	while (rest.n > 0) {
		line = next_line(&rest);
		if (line.n == 0)
			end_block(&p, false);
		else if (marked(&line, "#"))
			put_heading(&p, line, true);
		else if (marked(&line, "##"))
			put_heading(&p, line, false);
		else if (marked(&line, "-"))
			put_item(&p, line);
		else
			put_line(&p, line);
	}
	end_block(&p, false);
}
