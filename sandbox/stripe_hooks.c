/*
 * Webhooks on their way: signed, posted over plain HTTP to the shop on this
 * machine, tried again when they were not taken.
 *
 * Any number of processes may send; a row is claimed before, and one whose
 * sender was killed is sent again, as Stripe may send an event twice.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/stripe.h"

#define TRIES 10
#define WAIT_SECONDS 20
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
connect_to(const char *host, const char *port)
{
	const struct addrinfo want = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	const struct timeval wait = { WAIT_SECONDS, 0 };
	struct addrinfo *all = NULL, *a;
	int fd = -1;

	if (getaddrinfo(host, port, &want, &all) != 0)
		return -1;
	for (a = all; a != NULL; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
			break;
		(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(all);
	return fd;
}

/* The status of what comes back, 0 when nothing does. */
static int
exchange(int fd, const struct buf *out)
{
	char head[64] = "";
	size_t done = 0;
	ssize_t n;

	while (done < out->len) {
		n = send(fd, out->s + done, out->len - done, MSG_NOSIGNAL);
		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	for (done = 0; done < sizeof(head) - 1; done += (size_t)n) {
		n = recv(fd, head + done, sizeof(head) - 1 - done, 0);
		if (n <= 0)
			break;
	}
	if (strncmp(head, "HTTP/1.", 7) != 0 || strlen(head) < 12)
		return 0;
	return (head[9] - '0') * 100 + (head[10] - '0') * 10 + head[11] - '0';
}

static int
post(struct box *b, const struct hook *h)
{
	char host[200], port[8] = "80";
	struct buf shop, out;
	const char *at;
	size_t n;
	int fd = -1, status = 0;

	buf_init(&shop, LIMIT_URL);
	buf_init(&out, LIMIT_PAGE);
	if (box_shop(b, &shop, NULL) == RC_OK &&
	    strncmp(buf_str(&shop), "http://", 7) == 0) {
		at = buf_str(&shop) + 7;
		n = strcspn(at, ":/");
		(void)snprintf(host, sizeof(host), "%.*s", (int)n, at);
		if (at[n] == ':')
			(void)snprintf(port, sizeof(port), "%s", at + n + 1);
		fd = connect_to(host, port);
		buf_printf(&out,
		    "POST " PATH " HTTP/1.1\r\nHost: %s:%s\r\n"
		    "Content-Type: application/json; charset=utf-8\r\n"
		    "User-Agent: Stripe/1.0 "
		    "(+https://stripe.com/docs/webhooks)\r\n"
		    "Content-Length: %zu\r\nConnection: close\r\n",
		    host, port, h->body.len);
		put_signature(&out, b, h);
		buf_puts(&out, "\r\n");
		buf_put(&out, buf_str(&h->body), h->body.len);
	}
	if (fd >= 0 && buf_rc(&out) == RC_OK)
		status = exchange(fd, &out);
	if (fd >= 0)
		(void)close(fd);
	buf_release(&out);
	buf_release(&shop);
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
