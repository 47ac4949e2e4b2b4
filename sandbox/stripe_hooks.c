/*
 * Webhooks on their way: signed, posted over plain HTTP to the shop on this
 * machine, tried again when they were not taken.
 *
 * Any number of processes may send; a row is claimed before, and one whose
 * sender was killed is sent again, as Stripe may send an event twice.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/post.h"
#include "sandbox/stripe.h"

#define TRIES 10
#define STALE_MS 30000 /* of a row whose sender was killed */
#define PATH "/hook/stripe"

struct hook {
	int64_t seq, tries, skew;
	bool forged;
	struct buf body;
};

/*** Signed: docs.stripe.com/webhooks#verify-manually ***/

#define BLOCK 64

/* HMAC-SHA256 (RFC 2104) in hex. */
static void
mac(const char *key, const struct buf *text, char out[HASH_SIZE])
{
	uint8_t pad[BLOCK] = { 0 }, inner[HASH_BYTES];
	struct buf all;
	size_t n = strlen(key), i;

	if (n > BLOCK)
		hash_bytes(key, n, pad);
	else
		memcpy(pad, key, n);
	for (i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	buf_init(&all, LIMIT_PAGE);
	buf_put(&all, pad, BLOCK);
	buf_put(&all, buf_str(text), text->len);
	hash_bytes(buf_str(&all), all.len, inner);
	buf_reset(&all);
	for (i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	buf_put(&all, pad, BLOCK);
	buf_put(&all, inner, sizeof(inner));
	hash_hex(buf_str(&all), all.len, out);
	buf_release(&all);
}

static void
put_signature(struct buf *out, const struct box *b, const struct hook *h)
{
	const char *const secrets[] = { b->settings->stripe_webhook_secret,
		b->settings->stripe_webhook_secret_old };
	int64_t at = clock_now() + h->skew;
	char hex[HASH_SIZE];
	struct buf text;
	size_t i;

	buf_init(&text, LIMIT_PAGE);
	buf_printf(&text, "%lld.", (long long)at);
	buf_put(&text, buf_str(&h->body), h->body.len);
	buf_printf(out, "Stripe-Signature: t=%lld", (long long)at);
	for (i = 0; i < 2; i++) {
		if (i > 0 && secrets[i][0] == '\0')
			continue;
		mac(h->forged ? "whsec_of_somebody_else" : secrets[i], &text,
		    hex);
		buf_printf(out, ",v1=%s", hex);
	}
	buf_puts(out, "\r\n");
	buf_release(&text);
}

/*** Posted ***/

static int
post(struct box *b, const struct hook *h)
{
	struct buf headers;
	int status = 0;

	buf_init(&headers, LIMIT_LINE);
	buf_puts(&headers,
	    "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n");
	put_signature(&headers, b, h);
	if (buf_rc(&headers) == RC_OK)
		status = post_to_shop(b, PATH, buf_str(&headers), &h->body);
	buf_release(&headers);
	return status;
}

/*** One after the other ***/

/* The next one becomes ours. */
static bool
claim(struct stripe_call *c, int64_t before, struct hook *h)
{
	int64_t now = clock_now_ms();
	struct store_rows q;
	bool found;

	if (store_begin(&c->st, NULL) != RC_OK)
		return false;
	store_run(&c->st,
	    "UPDATE hook SET state = 0 WHERE state < 2 AND state = 1 AND due < "
	    "?",
	    "i", now - STALE_MS);
	store_ask(&c->st, &q,
	    "SELECT h.seq, h.tries, h.skew, h.forged, e.body FROM "
	    "hook h JOIN event e ON e.id = h.event WHERE h.state < 2 AND "
	    "h.state = 0 AND "
	    "(h.due <= ?1 OR h.tried < ?2) ORDER BY h.ord LIMIT 1",
	    "ii", now, before);
	found = store_next(&q);
	if (found) {
		h->seq = store_int(&q, 0);
		h->tries = store_int(&q, 1) + 1;
		h->skew = store_int(&q, 2);
		h->forged = store_int(&q, 3) != 0;
		buf_puts(&h->body, store_text(&q, 4));
	}
	store_done(&q);
	if (found)
		store_run(&c->st,
		    "UPDATE hook SET state = 1, due = ?1, tried = ?1, tries = "
		    "?2 WHERE seq = ?3",
		    "iii", now, h->tries, h->seq);
	return store_commit(&c->st, NULL) == RC_OK && found;
}

static bool
waits(struct stripe_call *c, int64_t before)
{
	struct store_rows q;
	bool any;

	store_ask(&c->st, &q,
	    "SELECT 1 FROM hook WHERE state < 2 AND (due <= ? OR tried < ?) "
	    "LIMIT 1",
	    "ii", clock_now_ms(), before);
	any = store_next(&q);
	store_done(&q);
	return any;
}

/* Tried again after 1, 2, 4… seconds. */
static void
settle(struct stripe_call *c, const struct hook *h, int status)
{
	bool taken = status >= 200 && status < 300;
	int64_t later = clock_now_ms() + (INT64_C(1000) << (h->tries - 1));

	store_run(&c->st,
	    "UPDATE hook SET status = ?, state = ?, due = ? WHERE seq = ?",
	    "iiii", (int64_t)status,
	    (int64_t)(taken               ? 2
		      : h->tries >= TRIES ? 3
					  : 0),
	    later, h->seq);
	if (!taken)
		log_event(
		    LOG_INFO, "a webhook was not taken: status=%d", status);
}

void
stripe_hooks_send(
    struct stripe_call *c, bool all, int64_t *sent, int64_t *failed)
{
	int64_t before = all ? clock_now_ms() : 0;
	bool found = true;
	struct hook h;
	int status;

	*sent = *failed = 0;
	while (found && waits(c, before)) {
		memset(&h, 0, sizeof(h));
		buf_init(&h.body, LIMIT_BODY);
		found = claim(c, before, &h);
		if (found) {
			status = post(c->b, &h);
			settle(c, &h, status);
			*sent += 1;
			*failed += status < 200 || status >= 300;
		}
		buf_release(&h.body);
	}
}
