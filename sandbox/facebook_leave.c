#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/token.h"
#include "peer/b64.h"
#include "peer/oauth.h"
#include "sandbox/facebook.h"

enum { W_USER, W_WHAT, W_COUNT };
static const struct field word_fields[W_COUNT] = {
	[W_USER] = { "user", FIELD_TEXT, 1, 64, FIELD_NEEDED },
	[W_WHAT] = { "what", FIELD_TEXT, 1, 20, FIELD_NEEDED },
};

static const struct box_choice words[] = {
	{ "deletion", "ask the shop to delete what it knows" },
	{ "deauthorise", "tell the shop that its app was removed" },
};

enum rc
facebook_leave(struct box *b, struct error *e)
{
	struct url u;

	url_init(&u, "/sandbox/facebook/leave");
	box_page(b, 200, "Leave a shop (sandbox)");
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	box_field(b, "user", "Number of the person", "10200000000000001");
	box_choices(b, "what", "And", words, sizeof(words) / sizeof(words[0]));
	html_el(&b->h, EL_BUTTON, "Send", TYPE("submit"));
	html_close(&b->h, EL_FORM);
	url_release(&u);
	return box_page_end(b, e);
}

static void
put_signed(const struct box *b, const char *user, struct buf *out)
{
	json_t *j = json_pack("{s:s, s:s, s:I}", "user_id", user, "algorithm",
	    "HMAC-SHA256", "issued_at", (json_int_t)b->now);
	char *text = json_dumps(j, JSON_COMPACT);
	const char *secret = b->settings->facebook_secret;
	uint8_t mac[HASH_BYTES];
	struct buf payload;
	unsigned n = 0;

	buf_init(&payload, LIMIT_URL);
	if (text != NULL)
		b64_put(&payload, text, strlen(text));
	(void)HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const uint8_t *)buf_str(&payload), payload.len, mac, &n);
	b64_put(out, mac, n);
	buf_putc(out, '.');
	buf_puts(out, buf_str(&payload));
	buf_release(&payload);
	free(text);
	json_decref(j);
}

static enum rc
show_answer(
    struct box *b, long status, const struct jdoc *answer, struct error *e)
{
	struct buf text;

	buf_init(&text, LIMIT_JSON);
	jdoc_put(&text, answer);
	box_page(b, 200, "What the shop answered (sandbox)");
	html_open(&b->h, EL_P, ID("answer"));
	html_textf(&b->h, "%ld %s", status, buf_str(&text));
	html_close(&b->h, EL_P);
	buf_release(&text);
	return box_page_end(b, e);
}

enum rc
facebook_send(struct box *b, struct error *e)
{
	struct oauth_call call = { .what = "the shop",
		.until = clock_mono_ms() + 9000,
		.post = true };
	struct jdoc answer = { NULL };
	struct buf address, word;
	struct oauth_page p;
	struct form f;
	long status = 0;
	enum rc rc;

	buf_init(&address, LIMIT_URL);
	buf_init(&word, LIMIT_URL);
	rc = form_read(
	    &f, word_fields, W_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	if (rc == RC_OK && !form_ok(&f))
		rc = error_set(e, RC_INVALID, "no person");
	if (rc == RC_OK)
		rc = box_shop(b, &address, e);
	if (rc == RC_OK) {
		buf_puts(&address, "/login/facebook/");
		url_encode(&address, form_text(&f, W_WHAT));
		put_signed(b, form_text(&f, W_USER), &word);
		oauth_page(&p, buf_str(&address));
		oauth_arg(&p, "signed_request", buf_str(&word));
		rc = oauth_ask(&p, &call, &status, &answer, NULL, e);
	}
	rc = rc == RC_OK ? show_answer(b, status, &answer, e)
			 : box_refuse(b, e->text, NULL);
	jdoc_release(&answer);
	buf_release(&address);
	buf_release(&word);
	form_release(&f);
	return rc;
}
