#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/money.h"
#include "base/num.h"
#include "base/text.h"
#include "base/token.h"
#include "stock/level.h"
#include "syncd/row.h"

/* Malformed bytes become U+FFFD, three bytes each. */
#define CLEAN(n) ((size_t)3 * (n) + 3)

void
row_init(struct row *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->key, LIMIT_KEY);
	buf_init(&r->name, CLEAN(4 * LIMIT_NAME));
	buf_init(&r->text, CLEAN(4 * LIMIT_TEXT));
	buf_init(&r->category, CLEAN(4 * LIMIT_NAME));
}

void
row_release(struct row *r)
{
	buf_release(&r->key);
	buf_release(&r->name);
	buf_release(&r->text);
	buf_release(&r->category);
}

/* At most max bytes, without blanks at the end: shop/item stores it so, and
 * what is stored is compared with this. */
static void
clip(struct buf *b, size_t max)
{
	size_t n = text_clip(buf_str(b), b->len, max);

	while (n > 0 && strchr(" \t\n", b->s[n - 1]) != NULL)
		n--;
	if (n < b->len)
		buf_cut(b, n);
}

/* Trimmed and clean; no more is looked at than may be needed. */
static void
put_clean(struct buf *b, const char *s, size_t n, size_t max)
{
	buf_reset(b);
	if (s == NULL)
		return;
	s = text_trim(s, &n);
	text_clean(b, s, n > 4 * max ? 4 * max : n);
	clip(b, max);
}

/* The same on one line. */
static void
put_line(struct buf *b, const char *s, size_t n)
{
	put_clean(b, s, n, LIMIT_NAME);
	for (size_t i = 0; i < b->len; i++)
		if (b->s[i] == '\n' || b->s[i] == '\t')
			b->s[i] = ' ';
}

static bool
parse_price(const char *s, const char *currency, int64_t *minor)
{
	struct money m;

	if (s == NULL || money_parse(s, currency, &m) != RC_OK || m.minor <= 0)
		return false;
	*minor = m.minor;
	return true;
}

void
row_start(struct row *r, const struct row_raw *raw, const char *currency)
{
	buf_reset(&r->key);
	r->rule = raw->visible;
	r->price = r->level = 0;
	r->levels = 0;
	r->flaw = r->level_flaw = FLAW_NONE;
	r->usable = raw->key != NULL && raw->key_len > 0 &&
		    raw->key_len <= LIMIT_KEY &&
		    text_line(raw->key, raw->key_len);
	if (!r->usable)
		return;
	buf_put(&r->key, raw->key, raw->key_len);
	put_line(&r->name, raw->name, raw->name_len);
	put_clean(&r->text, raw->text, raw->text_len, LIMIT_TEXT);
	put_line(&r->category, raw->category, raw->category_len);
	if (r->name.len == 0 || !text_utf8(raw->name, raw->name_len)) {
		r->flaw = FLAW_NAME;
		if (r->name.len == 0)
			buf_puts(&r->name, buf_str(&r->key));
	}
	if (!parse_price(raw->price, currency, &r->price))
		r->flaw = FLAW_PRICE;
}

/* A whole number, maybe with zeros after the point: "12", "12.000". */
static enum item_flaw
parse_level(const char *s, int64_t *level)
{
	switch (level_parse(s, level)) {
	case LEVEL_FINE:
		return FLAW_NONE;
	case LEVEL_NULL:
		return FLAW_LEVEL_NULL;
	case LEVEL_NEGATIVE:
		return FLAW_LEVEL_NEGATIVE;
	case LEVEL_TEXT:
		break;
	}
	return FLAW_LEVEL_TEXT;
}

void
row_level(struct row *r, bool present, const char *qty)
{
	enum item_flaw flaw;
	int64_t level = 0;

	if (!present)
		return;
	r->levels++;
	flaw = parse_level(qty, &level);
	if (flaw == FLAW_NONE && r->level + level > LEVEL_MAX)
		flaw = FLAW_LEVEL_TEXT;
	if (flaw == FLAW_NONE)
		r->level += level;
	else if (r->level_flaw == FLAW_NONE)
		r->level_flaw = flaw;
}

enum rc
row_end(struct row *r, enum settings_rows rule, struct error *e)
{
	bool shown;

	if (!r->usable)
		return RC_OK;
	if (buf_rc(&r->key) != RC_OK || buf_rc(&r->name) != RC_OK ||
	    buf_rc(&r->text) != RC_OK || buf_rc(&r->category) != RC_OK)
		return error_set(e, RC_NOMEM, "no memory for an item");
	shown = r->rule && r->flaw == FLAW_NONE;
	if (r->levels == 0)
		r->level_flaw = FLAW_LEVEL_MISSING;
	else if (r->levels > 1 && rule == ROWS_ONE)
		r->level_flaw = FLAW_LEVEL_DUPLICATE;
	if (r->flaw == FLAW_NONE)
		r->flaw = r->level_flaw;
	r->news = (struct item_news){
		.key = buf_str(&r->key),
		.name = buf_str(&r->name),
		.text = buf_str(&r->text),
		.category = buf_str(&r->category),
		.price = r->price,
		.level = r->flaw == FLAW_NONE ? r->level : 0,
		.visible = shown,
		.flaw = r->flaw,
	};
	return RC_OK;
}

enum rc
row_digest(const struct item_news *n, uint8_t out[ROW_DIGEST], struct error *e)
{
	uint8_t hash[HASH_BYTES];
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT + 4 * LIMIT_LINE);
	/* NUL cannot be in any of them, so no two rows read the same */
	buf_put(&b, n->name, strlen(n->name) + 1);
	buf_put(&b, n->text, strlen(n->text) + 1);
	buf_put(&b, n->category, strlen(n->category) + 1);
	buf_putd(&b, n->price);
	buf_putc(&b, ' ');
	buf_putd(&b, n->level);
	buf_printf(&b, " %d %d", (int)n->visible, (int)n->flaw);
	rc = buf_rc(&b);
	if (rc == RC_OK) {
		hash_bytes(b.s, b.len, hash);
		memcpy(out, hash, ROW_DIGEST);
	}
	buf_release(&b);
	return rc == RC_OK ? rc : error_set(e, rc, "no memory for an item");
}

const char *
row_flaw_text(enum item_flaw flaw)
{
	switch (flaw) {
	case FLAW_NONE:
		return "nothing is wrong";
	case FLAW_LEVEL_MISSING:
		return "it has no level row: counts as 0";
	case FLAW_LEVEL_NULL:
		return "its level is NULL: counts as 0";
	case FLAW_LEVEL_NEGATIVE:
		return "its level is negative: counts as 0";
	case FLAW_LEVEL_TEXT:
		return "its level is no whole number up to 1000000000: counts "
		       "as 0";
	case FLAW_LEVEL_DUPLICATE:
		return "it has several level rows: counts as 0";
	case FLAW_PRICE:
		return "it has no price above 0 that is money: not shown";
	case FLAW_NAME:
		return "it has no name that can be read: not shown";
	}
	return "it is flawed";
}
