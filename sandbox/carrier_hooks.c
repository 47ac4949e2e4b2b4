/*
 * Webhooks on their way: signed, posted over plain HTTP to the shop on this
 * machine, tried again when they were not taken.  Any number of processes may
 * send; a row is claimed before, and one whose sender was killed is sent again.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/carrier.h"
#include "sandbox/post.h"

#define TRIES 10
#define STALE_MS 30000 /* of a row whose sender was killed */
#define PATH "/hook/courier"

struct hook {
	int64_t seq, event, tries, skew;
	bool forged;
};

/* None without a secret: webhooks are a courtesy. */
void
carrier_hook_add(struct carrier_call *c, int64_t event, const char *state)
{
	int64_t due = clock_now_ms();
	struct fault f;
	int times;

	if (c->b->settings->courier_webhook_secret[0] == '\0')
		return;
	fault_take(
	    &c->st, "|never|hook-late|hook-duplicate|forged|skew|", state, &f);
	if (strcmp(f.kind, "never") == 0)
		return;
	if (strcmp(f.kind, "hook-late") == 0)
		due += 1000 * f.seconds;
	times = strcmp(f.kind, "hook-duplicate") == 0 ? 2 : 1;
	while (times-- > 0)
		store_run(&c->st,
		    "INSERT INTO hook (event, due, forged, skew) VALUES (?, ?, "
		    "?, ?)",
		    "iiii", event, due,
		    (int64_t)(strcmp(f.kind, "forged") == 0),
		    strcmp(f.kind, "skew") == 0 ? f.seconds : INT64_C(0));
}

static void
put_signature(struct buf *out, struct box *b, const struct hook *h,
    const struct buf *body)
{
	const char *secrets[] = { b->settings->courier_webhook_secret,
		b->settings->courier_webhook_secret_old };
	int64_t at = clock_now() + h->skew;
	char hex[HASH_SIZE];
	const char *key;
	struct buf text;

	buf_init(&text, LIMIT_PAGE);
	buf_printf(&text, "%lld.", (long long)at);
	buf_put(&text, buf_str(body), body->len);
	buf_printf(out, "Funny-Signature: t=%lld", (long long)at);
	for (size_t i = 0; i < 2; i++) {
		if (secrets[i][0] == '\0')
			continue;
		key = h->forged ? "fdwh_of_somebody_else" : secrets[i];
		hash_keyed(key, strlen(key), buf_str(&text), text.len, hex);
		buf_printf(out, ",v1=%s", hex);
	}
	buf_puts(out, "\r\n");
	buf_release(&text);
}

static int
post(struct carrier_call *c, const struct hook *h)
{
	struct buf headers, body;
	int status = 0;

	buf_init(&headers, LIMIT_LINE);
	buf_init(&body, LIMIT_BODY);
	carrier_put_event(c, &body, h->event, true);
	buf_puts(&headers, "User-Agent: FunnyDeliveries/1\r\nContent-Type: "
			   "application/xml\r\n");
	put_signature(&headers, c->b, h, &body);
	if (buf_rc(&headers) == RC_OK && buf_rc(&body) == RC_OK)
		status = post_to_shop(c->b, PATH, buf_str(&headers), &body);
	buf_release(&headers);
	buf_release(&body);
	return status;
}

/* The next one becomes ours. */
static bool
claim(struct carrier_call *c, int64_t before, struct hook *h)
{
	int64_t now = clock_now_ms();
	struct store_rows q;
	bool found;

	if (store_begin(&c->st, NULL) != RC_OK)
		return false;
	store_run(&c->st,
	    "UPDATE hook SET state = 0 WHERE state = 1 AND due < ?", "i",
	    now - STALE_MS);
	store_ask(&c->st, &q,
	    "SELECT seq, event, tries, skew, forged FROM hook WHERE state = 0 "
	    "AND (due <= ?1 OR tried < ?2) ORDER BY seq LIMIT 1",
	    "ii", now, before);
	found = store_next(&q);
	if (found) {
		h->seq = store_int(&q, 0);
		h->event = store_int(&q, 1);
		h->tries = store_int(&q, 2) + 1;
		h->skew = store_int(&q, 3);
		h->forged = store_int(&q, 4) != 0;
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
waits(struct carrier_call *c, int64_t before)
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
settle(struct carrier_call *c, const struct hook *h, int status)
{
	bool taken = status >= 200 && status < 300;
	int64_t later = clock_now_ms() + (INT64_C(1000) << (h->tries - 1));
	int64_t state = taken ? 2 : h->tries >= TRIES ? 3 : 0;

	store_run(&c->st,
	    "UPDATE hook SET status = ?, state = ?, due = ? WHERE seq = ?",
	    "iiii", (int64_t)status, state, later, h->seq);
	if (!taken)
		log_event(
		    LOG_INFO, "a webhook was not taken: status=%d", status);
}

void
carrier_hooks_send(
    struct carrier_call *c, bool all, int64_t *sent, int64_t *failed)
{
	int64_t before = all ? clock_now_ms() : 0;
	bool found = true;
	struct hook h;
	int status;

	*sent = *failed = 0;
	while (found && waits(c, before)) {
		memset(&h, 0, sizeof(h));
		found = claim(c, before, &h);
		if (!found)
			break;
		status = post(c, &h);
		settle(c, &h, status);
		*sent += 1;
		*failed += status < 200 || status >= 300;
	}
}
