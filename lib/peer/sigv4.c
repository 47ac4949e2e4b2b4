#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/token.h"
#include "peer/sigv4.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

void
sigv4_date(int64_t time, char out[SIGV4_DATE_SIZE])
{
	char iso[CLOCK_ISO_SIZE];
	size_t n = 0;

	clock_iso(time, iso);
	for (const char *p = iso; *p != '\0'; p++)
		if (*p != '-' && *p != ':')
			out[n++] = *p;
	assert(n == SIGV4_DATE_SIZE - 1);
	out[n] = '\0';
}

static void
put_encoded(struct buf *b, const char *s, bool keep_slash)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL || (keep_slash && *s == '/'))
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

void
sigv4_put_path(struct buf *b, const char *path)
{
	put_encoded(b, path, true);
}

/* An encoded name and value; their order is that of the encoded bytes. */
struct part {
	struct buf name, value;
};

static int
compare(const struct part *a, const struct part *b)
{
	int order = strcmp(buf_str(&a->name), buf_str(&b->name));

	return order != 0 ? order
			  : strcmp(buf_str(&a->value), buf_str(&b->value));
}

static void
sort(struct part *parts, size_t n)
{
	struct part part;
	size_t i, j;

	for (i = 1; i < n; i++) {
		part = parts[i];
		for (j = i; j > 0 && compare(&parts[j - 1], &part) > 0; j--)
			parts[j] = parts[j - 1];
		parts[j] = part;
	}
}

static void
release(struct buf *b, struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (buf_rc(&parts[i].name) != RC_OK)
			buf_fail(b, buf_rc(&parts[i].name));
		if (buf_rc(&parts[i].value) != RC_OK)
			buf_fail(b, buf_rc(&parts[i].value));
		buf_release(&parts[i].name);
		buf_release(&parts[i].value);
	}
}

void
sigv4_put_query(struct buf *b, const struct sigv4_pair *query, size_t n)
{
	struct part parts[SIGV4_PAIRS];
	size_t i;

	assert(n <= SIGV4_PAIRS);
	for (i = 0; i < n; i++) {
		buf_init(&parts[i].name, SIGV4_TEXT);
		buf_init(&parts[i].value, SIGV4_TEXT);
		put_encoded(&parts[i].name, query[i].name, false);
		put_encoded(&parts[i].value, query[i].value, false);
	}
	sort(parts, n);
	for (i = 0; i < n; i++)
		buf_printf(b, "%s%s=%s", i == 0 ? "" : "&",
		    buf_str(&parts[i].name), buf_str(&parts[i].value));
	release(b, parts, n);
}

/*** Headers ***/

struct head {
	struct part parts[SIGV4_PAIRS + 3];
	size_t n;
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* The name in lower case; the value without blanks around it, and one where
 * several are inside. */
static void
add(struct head *h, const char *name, const char *value)
{
	struct part *p = &h->parts[h->n++];
	bool gap = false;

	buf_init(&p->name, SIGV4_TEXT);
	buf_init(&p->value, SIGV4_TEXT);
	for (; *name != '\0'; name++)
		buf_putc(&p->name, lower(*name));
	for (; *value != '\0'; value++) {
		if (*value == ' ') {
			gap = p->value.len > 0;
			continue;
		}
		if (gap)
			buf_putc(&p->value, ' ');
		gap = false;
		buf_putc(&p->value, *value);
	}
}

static void
collect(struct head *h, const struct sigv4 *s)
{
	char date[SIGV4_DATE_SIZE];

	assert(s->nheaders <= SIGV4_PAIRS);
	h->n = 0;
	for (size_t i = 0; i < s->nheaders; i++)
		add(h, s->headers[i].name, s->headers[i].value);
	sigv4_date(s->time, date);
	add(h, "x-amz-date", date);
	add(h, "x-amz-content-sha256", s->payload);
	if (s->token != NULL && *s->token != '\0')
		add(h, "x-amz-security-token", s->token);
	sort(h->parts, h->n);
}

static void
put_names(struct buf *b, const struct head *h)
{
	for (size_t i = 0; i < h->n; i++)
		buf_printf(
		    b, "%s%s", i == 0 ? "" : ";", buf_str(&h->parts[i].name));
}

/*** What is signed ***/

void
sigv4_put_canonical(struct buf *b, const struct sigv4 *s)
{
	struct head h;

	assert(s->path[0] == '/');
	collect(&h, s);
	buf_printf(b, "%s\n", s->method);
	sigv4_put_path(b, s->path);
	buf_putc(b, '\n');
	sigv4_put_query(b, s->query, s->nquery);
	buf_putc(b, '\n');
	for (size_t i = 0; i < h.n; i++)
		buf_printf(b, "%s:%s\n", buf_str(&h.parts[i].name),
		    buf_str(&h.parts[i].value));
	buf_putc(b, '\n');
	put_names(b, &h);
	buf_printf(b, "\n%s", s->payload);
	release(b, h.parts, h.n);
}

/* date/region/s3/aws4_request */
static void
put_scope(struct buf *b, const struct sigv4 *s)
{
	char date[SIGV4_DATE_SIZE];

	sigv4_date(s->time, date);
	buf_printf(b, "%.8s/%s/s3/aws4_request", date, s->region);
}

void
sigv4_put_string(struct buf *b, const struct sigv4 *s)
{
	char date[SIGV4_DATE_SIZE], hash[HASH_SIZE];
	struct buf canonical;

	buf_init(&canonical, SIGV4_TEXT);
	sigv4_put_canonical(&canonical, s);
	hash_hex(buf_str(&canonical), canonical.len, hash);
	sigv4_date(s->time, date);
	buf_printf(b, ALGORITHM "\n%s\n", date);
	put_scope(b, s);
	buf_printf(b, "\n%s", hash);
	if (buf_rc(&canonical) != RC_OK)
		buf_fail(b, buf_rc(&canonical));
	buf_release(&canonical);
}

/*** The signature ***/

/* The key may be the result's place. */
static void
hmac(const uint8_t *key, size_t nkey, const void *text, size_t n,
    uint8_t out[HASH_BYTES])
{
	uint8_t result[EVP_MAX_MD_SIZE];
	const uint8_t *done;
	unsigned len = 0;

	done = HMAC(EVP_sha256(), key, (int)nkey, text, n, result, &len);
	/* it has no reason to fail that a caller could mend */
	assert(done != NULL && len == HASH_BYTES);
	memcpy(out, result, HASH_BYTES);
	OPENSSL_cleanse(result, sizeof(result));
}

void
sigv4_key(const struct sigv4 *s, uint8_t out[32])
{
	static const char prefix[] = "AWS4", service[] = "s3",
			  end[] = "aws4_request";
	char date[SIGV4_DATE_SIZE], first[256];
	size_t n = strlen(s->secret);

	assert(n < sizeof(first) - sizeof(prefix));
	memcpy(first, prefix, sizeof(prefix) - 1);
	memcpy(first + sizeof(prefix) - 1, s->secret, n);
	sigv4_date(s->time, date);
	hmac((const uint8_t *)first, n + sizeof(prefix) - 1, date, 8, out);
	hmac(out, HASH_BYTES, s->region, strlen(s->region), out);
	hmac(out, HASH_BYTES, service, sizeof(service) - 1, out);
	hmac(out, HASH_BYTES, end, sizeof(end) - 1, out);
	OPENSSL_cleanse(first, sizeof(first));
}

enum rc
sigv4_authorization(const struct sigv4 *s, struct buf *b)
{
	uint8_t key[HASH_BYTES], signature[HASH_BYTES] = { 0 };
	struct buf text;
	struct head h;

	buf_init(&text, SIGV4_TEXT);
	sigv4_put_string(&text, s);
	if (buf_rc(&text) != RC_OK)
		buf_fail(b, buf_rc(&text));
	sigv4_key(s, key);
	hmac(key, sizeof(key), buf_str(&text), text.len, signature);
	OPENSSL_cleanse(key, sizeof(key));
	collect(&h, s);
	buf_printf(b, ALGORITHM " Credential=%s/", s->key_id);
	put_scope(b, s);
	buf_puts(b, ", SignedHeaders=");
	put_names(b, &h);
	buf_puts(b, ", Signature=");
	buf_puthex(b, signature, sizeof(signature));
	release(b, h.parts, h.n);
	buf_release(&text);
	return buf_rc(b);
}
