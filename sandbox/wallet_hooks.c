/*
 * Events, and webhooks on their way: signed with the key of paypal-key.pem over
 * transmission, time, webhook and CRC-32, as PayPal does; tried again when they
 * were not taken.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "peer/paypal.h"
#include "sandbox/post.h"
#include "sandbox/wallet.h"

#define TRIES 25
#define STALE_MS 30000 /* of a row whose sender was killed */
#define CERT_PATH "/v1/notifications/certs/CERT-SANDBOX"

/*** Written ***/

static void
hook_add(struct wallet *w, const char *id, int64_t due, const char *as)
{
	store_run(&w->st,
	    "INSERT INTO hook (event, due, \"as\") VALUES (?, ?, ?)", "sis", id,
	    due, as);
}

void
wallet_event(struct wallet *w, const char *type, const char *kind,
    const json_t *resource)
{
	char part[WALLET_ID], id[WALLET_ID + 4], *text;
	int64_t now = clock_now_ms();
	struct fault f;
	json_t *event;

	wallet_random(part, 20);
	(void)snprintf(id, sizeof(id), "WH-%s", part);
	event = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:[]}", "id", id,
	    "event_version", "1.0", "resource_type", kind, "event_type", type,
	    "summary", type, "resource", wallet_bare(resource), "links");
	wallet_stamp(w, event, "create_time");
	text = json_dumps(event, JSON_COMPACT);
	json_decref(event);
	store_run(&w->st, "INSERT INTO event (id, type, body) VALUES (?, ?, ?)",
	    "sss", id, type, text);
	free(text);
	fault_take(&w->st, "|never|late|duplicate|forged|simulator|", type, &f);
	if (strcmp(f.kind, "never") == 0)
		return;
	hook_add(w, id,
	    now + (strcmp(f.kind, "late") == 0 ? f.seconds * 1000 : 0), f.kind);
	if (strcmp(f.kind, "duplicate") == 0)
		hook_add(w, id, now + f.seconds * 1000, "");
}

/*** Signed ***/

static EVP_PKEY *
own_key(const struct box *b)
{
	char path[1200];
	EVP_PKEY *key = NULL;
	struct buf pem;
	BIO *in;

	(void)snprintf(path, sizeof(path), "%s/paypal-key.pem", b->folder);
	buf_init(&pem, LIMIT_JSON);
	if (file_read(path, &pem, NULL) == RC_OK) {
		in = BIO_new_mem_buf(buf_str(&pem), (int)pem.len);
		key = in == NULL
			  ? NULL
			  : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
		BIO_free(in);
	}
	buf_release(&pem);
	return key;
}

/* Base64 of the signature; "" when there is no key. */
static void
sign(const struct box *b, const char *message, struct buf *out)
{
	unsigned char sig[1024], coded[1400];
	size_t n = sizeof(sig);
	EVP_PKEY *key = own_key(b);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (key != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, (const unsigned char *)message,
		strlen(message)) == 1) {
		(void)EVP_EncodeBlock(coded, sig, (int)n);
		buf_puts(out, (const char *)coded);
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void
put_headers(const struct box *b, const char *as, const struct buf *body,
    struct buf *out)
{
	const char *hook = strcmp(as, "simulator") == 0
			       ? PAYPAL_SIMULATOR
			       : b->settings->paypal_webhook_id;
	char id[UID_SIZE], iso[CLOCK_ISO_SIZE], message[600];
	unsigned long crc;
	struct buf sig;

	if (uid_random(id, NULL) != RC_OK)
		abort();
	clock_iso(clock_now(), iso);
	crc = crc32(crc32(0, NULL, 0), (const unsigned char *)buf_str(body),
	    (unsigned)body->len);
	(void)snprintf(message, sizeof(message), "%s|%s|%s|%lu", id, iso, hook,
	    strcmp(as, "forged") == 0 ? crc ^ 1U : crc);
	buf_init(&sig, 1500);
	sign(b, message, &sig);
	buf_printf(out,
	    "User-Agent: PayPal/AUHR-214.0-58843279\r\n"
	    "PAYPAL-TRANSMISSION-ID: %s\r\nPAYPAL-TRANSMISSION-TIME: %s\r\n"
	    "PAYPAL-TRANSMISSION-SIG: %s\r\nPAYPAL-CERT-URL: %s%s\r\n"
	    "PAYPAL-AUTH-ALGO: SHA256withRSA\r\n",
	    id, iso, buf_str(&sig), b->settings->paypal_base, CERT_PATH);
	buf_release(&sig);
}

/*** Sent ***/

struct hook {
	int64_t seq, tries;
	char as[24];
	struct buf body;
};

static bool
claim(struct wallet *w, int64_t before, struct hook *h)
{
	int64_t now = clock_now_ms();
	struct store_rows q;
	bool found;

	if (store_begin(&w->st, NULL) != RC_OK)
		return false;
	store_run(&w->st,
	    "UPDATE hook SET state = 0 WHERE state = 1 AND due < ?", "i",
	    now - STALE_MS);
	store_ask(&w->st, &q,
	    "SELECT h.seq, h.tries, h.\"as\", e.body FROM hook h JOIN event e "
	    "ON e.id = h.event WHERE h.state = 0 AND (h.due <= ?1 OR h.tried < "
	    "?2) ORDER BY h.seq LIMIT 1",
	    "ii", now, before);
	found = store_next(&q);
	if (found) {
		h->seq = store_int(&q, 0);
		h->tries = store_int(&q, 1) + 1;
		(void)snprintf(h->as, sizeof(h->as), "%s", store_text(&q, 2));
		buf_puts(&h->body, store_text(&q, 3));
	}
	store_done(&q);
	if (found)
		store_run(&w->st,
		    "UPDATE hook SET state = 1, due = ?1, tried = ?1, tries = "
		    "?2 WHERE seq = ?3",
		    "iii", now, h->tries, h->seq);
	return store_commit(&w->st, NULL) == RC_OK && found;
}

static void
deliver(struct wallet *w, const struct hook *h)
{
	struct buf headers;
	int64_t state = 2;
	int status = 0;

	buf_init(&headers, LIMIT_LINE);
	put_headers(w->b, h->as, &h->body, &headers);
	if (buf_rc(&headers) == RC_OK)
		status = post_to_shop(
		    w->b, "/hook/paypal", buf_str(&headers), &h->body);
	buf_release(&headers);
	if (status < 200 || status >= 300) {
		state = h->tries >= TRIES ? 3 : 0;
		log_event(
		    LOG_INFO, "a webhook was not taken: status=%d", status);
	}
	store_run(&w->st,
	    "UPDATE hook SET state = ?, status = ?, due = ? WHERE seq = ?",
	    "iiii", state, (int64_t)status,
	    clock_now_ms() + 1000 * (h->tries < 10 ? h->tries : 10), h->seq);
}

void
wallet_hooks_send(struct wallet *w, bool all, int64_t *sent)
{
	int64_t before = all ? clock_now_ms() : 0;
	bool found = true;
	struct hook h;

	for (*sent = 0; found; *sent += found) {
		memset(&h, 0, sizeof(h));
		buf_init(&h.body, LIMIT_HOOK);
		found = claim(w, before, &h);
		if (found)
			deliver(w, &h);
		buf_release(&h.body);
	}
}

/*** Asked ***/

enum rc
wallet_cert(struct box *b, struct error *e)
{
	char path[1200];

	(void)snprintf(path, sizeof(path), "%s/paypal-cert.pem", b->folder);
	b->r.type = "application/x-pem-file";
	return file_read(path, &b->r.body, e);
}

/* An event of ours under our webhook; what was signed is not kept, so the answer
 * is by the event alone. */
void
wallet_verify(struct wallet *w, const char *none)
{
	const json_t *event = json_object_get(w->in, "webhook_event");
	const char *hook = wallet_text(w->in, "webhook_id");
	char *text = json_dumps(event, JSON_COMPACT);
	struct store_rows q;
	bool ours;

	(void)none;
	store_ask(&w->st, &q, "SELECT 1 FROM event WHERE id = ? AND body = ?",
	    "ss", wallet_text(event, "id"), text == NULL ? "" : text);
	ours = store_next(&q) &&
	       strcmp(hook, w->b->settings->paypal_webhook_id) == 0;
	store_done(&q);
	free(text);
	w->status = 200;
	w->out = json_pack(
	    "{s:s}", "verification_status", ours ? "SUCCESS" : "FAILURE");
}
