/*
 * PayPal's webhooks: whose certificate, the signature over the raw bytes, and
 * what an event is about.  developer.paypal.com/api/rest/webhooks/rest.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <zlib.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "base/token.h"
#include "peer/ears.h"
#include "peer/jdoc.h"
#include "peer/kept.h"
#include "peer/paypal_call.h"

#define CERTS "/v1/notifications/certs/"
#define SIG_MOST 1024 /* characters: RSA of 4096 bits has 684 */
#define NAME_MOST 256 /* of what a transmission's headers say */
#define AHEAD 300     /* seconds that its clock may be before ours */
#define CHAIN_MOST 6  /* certificates in a file: two or three are usual */

/*** Whose certificate ***/

/* A live shop believes the live service, a sandbox its own, and one of this
 * machine (which settings allow in a test only) the stand-in. */
struct realm {
	const char *base;
	const char *hosts[2];
	const char *name; /* the certificate's subject */
};

static const struct realm realms[] = {
	{ "https://api-m.paypal.com",
	    { "https://api.paypal.com", "https://api-m.paypal.com" },
	    "messageverificationcerts.paypal.com" },
	{ "https://api-m.sandbox.paypal.com",
	    { "https://api.sandbox.paypal.com",
		"https://api-m.sandbox.paypal.com" },
	    "messageverificationcerts.sandbox.paypal.com" },
};

static struct realm
realm_of(const char *base)
{
	for (size_t i = 0; i < sizeof(realms) / sizeof(realms[0]); i++)
		if (strcmp(base, realms[i].base) == 0)
			return realms[i];
	return (struct realm){ base, { base, base },
		"messageverificationcerts.test" };
}

bool
paypal_cert_ours(const char *base, const char *url)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	struct realm r = realm_of(base);
	const char *name;
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		n = strlen(r.hosts[i]);
		if (strncmp(url, r.hosts[i], n) != 0 ||
		    strncmp(url + n, CERTS, sizeof(CERTS) - 1) != 0)
			continue;
		name = url + n + sizeof(CERTS) - 1;
		n = strlen(name);
		return n > 0 && n <= NAME_MOST && strspn(name, fit) == n &&
		       strstr(name, "..") == NULL;
	}
	return false;
}

void
paypal_cert_name(const char *url, char out[PAYPAL_CERT_SIZE])
{
	char hash[HASH_SIZE];

	hash_hex(url, strlen(url), hash);
	(void)snprintf(out, PAYPAL_CERT_SIZE, "paypal-%.40s", hash);
}

enum rc
paypal_cert_kept(const char *folder, const char *url, int64_t now,
    struct buf *pem, struct error *e)
{
	char name[PAYPAL_CERT_SIZE];
	struct kept k = { folder, name, url };
	int64_t at;

	paypal_cert_name(url, name);
	return kept_get(&k, now, pem, &at, e);
}

/* The first certificate of the file is the one, the others lead to the root. */
static X509 *
read_chain(const struct buf *pem, STACK_OF(X509) * others)
{
	BIO *in = BIO_new_mem_buf(buf_str(pem), (int)pem->len);
	X509 *first = NULL, *x = NULL;

	for (int i = 0; in != NULL && i < CHAIN_MOST; i++) {
		x = PEM_read_bio_X509(in, NULL, NULL, NULL);
		if (x == NULL)
			break;
		if (first == NULL)
			first = x;
		else if (sk_X509_push(others, x) <= 0)
			X509_free(x);
	}
	BIO_free(in);
	return first;
}

static bool
is_named(X509 *x, const char *want)
{
	char name[256] = "";
	int n = X509_NAME_get_text_by_NID(
	    X509_get_subject_name(x), NID_commonName, name, sizeof(name));

	return n == (int)strlen(want) && strcmp(name, want) == 0;
}

static bool
leads_to_root(
    X509 *x, STACK_OF(X509) * others, const char *ca_file, int64_t now)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good = false;

	if (store == NULL || ctx == NULL)
		goto out;
	if (ca_file != NULL && ca_file[0] != '\0')
		good = X509_STORE_load_file(store, ca_file) == 1;
	else
		good = X509_STORE_set_default_paths(store) == 1;
	good = good && X509_STORE_CTX_init(ctx, store, x, others) == 1;
	if (good) {
		X509_VERIFY_PARAM_set_time(
		    X509_STORE_CTX_get0_param(ctx), (time_t)now);
		good = X509_verify_cert(ctx) == 1;
	}
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return good;
}

/*** The signature ***/

bool
paypal_read_time(const char *s, int64_t *out)
{
	static const char like[] = "dddd-dd-ddTdd:dd:dd";
	static const struct {
		size_t at, n;
		int64_t min, max;
	} parts[6] = { { 0, 4, 2000, 9999 }, { 5, 2, 1, 12 }, { 8, 2, 1, 31 },
		{ 11, 2, 0, 23 }, { 14, 2, 0, 59 }, { 17, 2, 0, 60 } };
	size_t n = sizeof(like) - 1;
	struct tm tm = { 0 };
	int64_t v[6];

	if (strlen(s) <= n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (like[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != like[i])
			return false;
	if (s[n] == '.')
		n += 1 + strspn(s + n + 1, "0123456789");
	if (strcmp(s + n, "Z") != 0)
		return false;
	for (size_t i = 0; i < 6; i++)
		if (num_parse_n(s + parts[i].at, parts[i].n, parts[i].min,
			parts[i].max, &v[i]) != RC_OK)
			return false;
	tm.tm_year = (int)v[0] - 1900;
	tm.tm_mon = (int)v[1] - 1;
	tm.tm_mday = (int)v[2];
	tm.tm_hour = (int)v[3];
	tm.tm_min = (int)v[4];
	tm.tm_sec = (int)v[5];
	*out = timegm(&tm);
	return true;
}

static bool
is_line(const char *s, size_t most)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= most &&
	       strchr(s, '|') == NULL && text_line(s, strlen(s));
}

/* Base64 (RFC 4648 section 4) of a signature; 0 when it is none. */
static size_t
decode(const char *s, unsigned char out[SIG_MOST])
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = strlen(s), body = strspn(s, fit), pad = n - body;
	int got;

	if (n == 0 || n > SIG_MOST || n % 4 != 0 || pad > 2 ||
	    strspn(s + body, "=") != pad)
		return 0;
	got = EVP_DecodeBlock(out, (const unsigned char *)s, (int)n);
	return got < (int)pad ? 0 : (size_t)got - pad;
}

static bool
verifies(X509 *x, const char *message, const unsigned char *sig, size_t nsig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = X509_get0_pubkey(x);
	bool good;

	good = ctx != NULL && key != NULL &&
	       EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	       EVP_PKEY_get_bits(key) >= 2048 &&
	       EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(ctx, sig, nsig, (const unsigned char *)message,
		   strlen(message)) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* "ID|TIME|WEBHOOK-ID|CRC-32 of the body, unsigned decimal" */
static bool
signs(X509 *x, const struct paypal_sent *sent, const char *webhook_id)
{
	char message[3 * NAME_MOST + 32];
	unsigned char sig[SIG_MOST];
	unsigned long crc = crc32(0, NULL, 0);
	size_t n = decode(sent->sig, sig);

	if (n == 0 || !is_line(webhook_id, NAME_MOST))
		return false;
	crc = crc32(crc, sent->body, (unsigned)sent->n);
	(void)snprintf(message, sizeof(message), "%s|%s|%s|%lu", sent->id,
	    sent->time, webhook_id, crc);
	return verifies(x, message, sig, n);
}

static enum rc
check_sent(const struct paypal_sent *sent, int64_t now, struct error *e)
{
	int64_t at;

	if (sent->n > LIMIT_HOOK)
		return error_set(e, RC_DENIED, "an event is too large");
	if (!is_line(sent->id, NAME_MOST) || !is_line(sent->time, NAME_MOST) ||
	    !is_line(sent->sig, SIG_MOST) || !paypal_read_time(sent->time, &at))
		return error_set(
		    e, RC_DENIED, "a transmission of PayPal's is malformed");
	if (sent->algo == NULL || strcmp(sent->algo, "SHA256withRSA") != 0)
		return error_set(e, RC_DENIED,
		    "a transmission of PayPal's is signed with \"%.40s\"",
		    sent->algo == NULL ? "" : sent->algo);
	if (at > now + AHEAD || at < now - PAYPAL_AGE)
		return error_set(e, RC_DENIED,
		    "a transmission of PayPal's is of \"%.40s\"", sent->time);
	return RC_OK;
}

enum rc
paypal_sent_well(const struct paypal_sent *sent, const char *base, int64_t now,
    struct error *e)
{
	if (sent->cert_url == NULL || !paypal_cert_ours(base, sent->cert_url))
		return error_set(e, RC_DENIED,
		    "\"%.200s\" is no address of a certificate of PayPal's",
		    sent->cert_url == NULL ? "" : sent->cert_url);
	return check_sent(sent, now, e);
}

/* No part has a bar: paypal_sent_well. */
void
paypal_sent_put(struct buf *b, const struct paypal_sent *sent)
{
	buf_printf(b, "%s|%s|%s|%s|%s", sent->id, sent->time, sent->sig,
	    sent->cert_url, sent->algo);
}

bool
paypal_sent_get(char *text, struct paypal_sent *sent)
{
	const char **parts[] = { &sent->id, &sent->time, &sent->sig,
		&sent->cert_url, &sent->algo };
	char *end;

	for (size_t i = 0; i < 5; i++) {
		*parts[i] = text;
		end = strchr(text, '|');
		if ((end == NULL) != (i == 4))
			return false;
		if (end == NULL)
			break;
		*end = '\0';
		text = end + 1;
	}
	return true;
}

enum rc
paypal_signed(const struct paypal_sent *sent, const struct buf *pem,
    const struct paypal_trust *trust, int64_t now, struct error *e)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	struct realm realm = realm_of(trust->base);
	X509 *x = NULL;
	enum rc rc = check_sent(sent, now, e);

	if (rc == RC_OK && others == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for a certificate");
	if (rc == RC_OK)
		x = read_chain(pem, others);
	if (rc == RC_OK && (x == NULL || !is_named(x, realm.name) ||
			       !leads_to_root(x, others, trust->ca_file, now)))
		rc = error_set(e, RC_INVALID,
		    "the certificate of \"%.200s\" does not count",
		    sent->cert_url == NULL ? "" : sent->cert_url);
	if (rc == RC_OK && !signs(x, sent, trust->webhook_ids[0]) &&
	    !signs(x, sent, trust->webhook_ids[1]))
		rc = error_set(
		    e, RC_DENIED, "a transmission is not signed by PayPal");
	X509_free(x);
	sk_X509_pop_free(others, X509_free);
	return rc;
}

/*** What it is about ***/

static void
copy(char out[PAYPAL_NAME_SIZE], const char *from)
{
	text_copy(out, PAYPAL_NAME_SIZE,
	    from == NULL || strlen(from) >= PAYPAL_NAME_SIZE ? "" : from);
}

enum rc
paypal_event(
    const void *body, size_t n, struct paypal_event *out, struct error *e)
{
	struct jdoc d, unit;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = jdoc_read(&d, body, n, e);
	if (rc != RC_OK)
		return rc;
	copy(out->id, jdoc_text(&d, "id"));
	copy(out->type, jdoc_text(&d, "event_type"));
	copy(out->object, jdoc_text(&d, "resource.id"));
	if (out->object[0] == '\0')
		copy(out->object, jdoc_text(&d, "resource.dispute_id"));
	copy(out->order, jdoc_text(&d, "resource.custom_id"));
	copy(out->attempt, jdoc_text(&d, "resource.invoice_id"));
	copy(out->checkout,
	    jdoc_text(&d, "resource.supplementary_data.related_ids.order_id"));
	if (strncmp(out->type, "CHECKOUT.ORDER.", 15) == 0)
		copy(out->checkout, out->object);
	/* of an order, and of a dispute */
	if (jdoc_at(&d, "resource.purchase_units", 0, &unit)) {
		copy(out->order, jdoc_text(&unit, "custom_id"));
		copy(out->attempt, jdoc_text(&unit, "invoice_id"));
	}
	if (jdoc_at(&d, "resource.disputed_transactions", 0, &unit)) {
		copy(out->order, jdoc_text(&unit, "custom"));
		copy(out->attempt, jdoc_text(&unit, "invoice_number"));
	}
	if (out->id[0] == '\0' || out->type[0] == '\0')
		rc = error_set(e, RC_INVALID, "this is no event of PayPal's");
	jdoc_release(&d);
	return rc;
}

/*** As an ear of the shop ***/

bool
paypal_configured(const struct settings *s)
{
	return s->paypal_client_id[0] != '\0';
}

/* What we do ourselves, and what our looking finds, needs no more than a look. */
static const struct ear_meaning meanings[] = {
	{ "CHECKOUT.ORDER.APPROVED", ERRAND_LOOK, NULL },
	{ "CHECKOUT.ORDER.COMPLETED", ERRAND_LOOK, NULL },
	{ "CHECKOUT.ORDER.VOIDED", ERRAND_LOOK, NULL },
	{ "CHECKOUT.PAYMENT-APPROVAL.REVERSED", ERRAND_LOOK, NULL },
	{ "PAYMENT.AUTHORIZATION.CREATED", ERRAND_MONEY, NULL },
	{ "PAYMENT.AUTHORIZATION.VOIDED", ERRAND_LOOK, NULL },
	{ "PAYMENT.CAPTURE.COMPLETED", ERRAND_MONEY, NULL },
	{ "PAYMENT.CAPTURE.PENDING", ERRAND_TELL, "capture waits" },
	{ "PAYMENT.CAPTURE.DECLINED", ERRAND_LOOK, NULL },
	{ "PAYMENT.CAPTURE.DENIED", ERRAND_LOOK, NULL },
	{ "PAYMENT.CAPTURE.REFUNDED", ERRAND_BACK, "refund told" },
	{ "PAYMENT.CAPTURE.REVERSED", ERRAND_PERSON, "money taken back" },
	{ "CUSTOMER.DISPUTE.CREATED", ERRAND_DISPUTE, NULL },
	{ "CUSTOMER.DISPUTE.UPDATED", ERRAND_DISPUTE, NULL },
	{ "CUSTOMER.DISPUTE.RESOLVED", ERRAND_DISPUTE, NULL },
};

static enum rc
read_event(
    const void *body, size_t n, struct gateway_event *out, struct error *e)
{
	struct paypal_event ev;
	enum rc rc = paypal_event(body, n, &ev, e);

	memset(out, 0, sizeof(*out));
	if (rc != RC_OK)
		return rc;
	copy(out->id, ev.id);
	copy(out->type, ev.type);
	copy(out->order, ev.order);
	copy(out->names[0], ev.attempt);
	copy(out->names[1], ev.checkout);
	copy(out->names[EVENT_OBJECT], ev.object);
	ears_mean(out, meanings, sizeof(meanings) / sizeof(meanings[0]));
	return RC_OK;
}

struct paypal_trust
paypal_trusts(const struct settings *s)
{
	return (struct paypal_trust){ .base = s->paypal_base,
		.ca_file = s->paypal_ca,
		.webhook_ids = { s->paypal_webhook_id,
		    s->shop_test ? PAYPAL_SIMULATOR : NULL } };
}

/* Proven with a certificate that is here already; RC_NOTFOUND: it is not. */
static enum rc
check(const struct settings *s, const struct paypal_sent *sent, int64_t now,
    struct error *e)
{
	struct paypal_trust trust = paypal_trusts(s);
	struct buf pem;
	enum rc rc = paypal_sent_well(sent, s->paypal_base, now, e);

	if (rc != RC_OK)
		return rc;
	buf_init(&pem, LIMIT_JSON);
	rc = paypal_cert_kept(s->shop_run, sent->cert_url, now, &pem, e);
	if (rc == RC_OK)
		rc = paypal_signed(sent, &pem, &trust, now, e);
	buf_release(&pem);
	/* PayPal is to be asked */
	return rc == RC_INVALID ? RC_NOTFOUND : rc;
}

static enum rc
hear(const struct settings *s, const struct gateway_sent *came, int64_t now,
    struct gateway_event *out, struct buf *headers, struct error *e)
{
	const struct paypal_sent sent = {
		.id = came->header(came->ctx, "HTTP_PAYPAL_TRANSMISSION_ID"),
		.time =
		    came->header(came->ctx, "HTTP_PAYPAL_TRANSMISSION_TIME"),
		.sig = came->header(came->ctx, "HTTP_PAYPAL_TRANSMISSION_SIG"),
		.cert_url = came->header(came->ctx, "HTTP_PAYPAL_CERT_URL"),
		.algo = came->header(came->ctx, "HTTP_PAYPAL_AUTH_ALGO"),
		.body = came->body,
		.n = came->n,
	};
	struct error not_yet = ERROR_NONE;
	enum rc rc = check(s, &sent, now, &not_yet), is;

	if (rc != RC_OK && rc != RC_NOTFOUND)
		return error_set(e, rc, "%s", not_yet.text);
	is = read_event(sent.body, sent.n, out, e);
	if (is != RC_OK)
		return is;
	if (rc == RC_NOTFOUND)
		paypal_sent_put(headers, &sent);
	return rc;
}

/* What checking reads; nothing is connected to. */
static void
needs(const struct settings *s, struct jail *j)
{
	jail_path(j, s->shop_run, JAIL_WRITE);
	if (s->paypal_ca[0] != '\0')
		jail_path(j, s->paypal_ca, JAIL_READ);
	/* the system's authorities */
	jail_path(j, "/etc", JAIL_READ);
	jail_path(j, "/usr/lib", JAIL_READ);
	jail_path(j, "/usr/share", JAIL_READ);
}

const struct gateway_ear gateway_ear_paypal = {
	.name = "paypal",
	.unsure = true,
	.configured = paypal_configured,
	.needs = needs,
	.hear = hear,
	.read = read_event,
};
