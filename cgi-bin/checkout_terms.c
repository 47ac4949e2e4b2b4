#include "config.h"

#include "base/file.h"
#include "cgi-bin/checkout.h"
#include "markup/prose.h"

enum rc
checkout_terms(struct visit *v, char hash[HASH_SIZE], struct error *e)
{
	struct buf path, text;
	enum rc rc;

	buf_init(&path, LIMIT_LINE);
	buf_init(&text, LIMIT_PROSE);
	buf_printf(&path, "%s/terms.txt", v->settings->shop_pages);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = file_read(buf_str(&path), &text, e);
	if (rc == RC_NOTFOUND) /* no page is missing: a file is */
		rc = error_set(
		    e, RC_INVALID, "there are no terms of sale to accept");
	if (rc == RC_OK)
		hash_hex(buf_str(&text), text.len, hash);
	buf_release(&path);
	buf_release(&text);
	return rc;
}
