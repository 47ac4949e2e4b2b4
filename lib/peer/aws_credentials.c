#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/token.h"
#include "peer/aws_credentials.h"
#include "peer/exchange.h"

#define METADATA "http://169.254.169.254"
#define ROLES "/latest/meta-data/iam/security-credentials/"
#define ANSWER (16 * 1024)
#define TRIES 3
#define CONNECT_MS 1000
#define TOTAL_MS 2000
#define PAUSE_MS 100
#define EARLY_SECONDS 300  /* new ones are there five minutes before the end */
#define SPREAD_SECONDS 600 /* so that not all machines ask at once */
#define AGAIN_SECONDS 60   /* after a failure, while the old ones serve */

void
aws_credentials_init(
    struct aws_credentials *c, const char *key_id, const char *secret)
{
	memset(c, 0, sizeof(*c));
	c->file_id = key_id == NULL ? "" : key_id;
	c->file_secret = secret == NULL ? "" : secret;
}

void
aws_credentials_release(struct aws_credentials *c)
{
	OPENSSL_cleanse(c, sizeof(*c));
}

bool
aws_credentials_expired(struct aws_credentials *c)
{
	if (c->expires_at == 0)
		return false;
	c->expires_at = c->refresh_at = 1;
	return true;
}

/*** What a key may be made of ***/

/* Printable ASCII: it goes into headers. */
static bool
take(char *to, size_t size, const char *from, bool needed)
{
	size_t n = from == NULL ? 0 : strlen(from);

	if (n >= size || (needed && n == 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (from[i] <= ' ' || from[i] > '~')
			return false;
	if (n > 0)
		memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

static enum rc
set(struct aws_credentials *c, const char *id, const char *secret,
    const char *token, const char *from, struct error *e)
{
	struct aws_credentials k;
	enum rc rc = RC_OK;

	memset(&k, 0, sizeof(k));
	if (take(k.key_id, sizeof(k.key_id), id, true) &&
	    take(k.secret, sizeof(k.secret), secret, true) &&
	    take(k.token, sizeof(k.token), token, false)) {
		memcpy(c->key_id, k.key_id, sizeof(k.key_id));
		memcpy(c->secret, k.secret, sizeof(k.secret));
		memcpy(c->token, k.token, sizeof(k.token));
	} else {
		rc = error_set(e, RC_INVALID,
		    "the access key or the secret key of %s is missing or has "
		    "a character that no key has",
		    from);
	}
	OPENSSL_cleanse(&k, sizeof(k));
	return rc;
}

/*** A role's keys ***/

/* Days since 1970 of a date of the Gregorian calendar, after 1 March 0000. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	int64_t shifted = m > 2 ? m - 3 : m + 9;

	if (m <= 2)
		y--;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 +
	       d - 1 - 719468;
}

/* As RFC 3339 has it, in UTC. */
static bool
is_shaped(const char *s, size_t n)
{
	static const char shape[] = "0000-00-00T00:00:00";
	size_t i;

	if (n < sizeof(shape) || n > 40 || s[n - 1] != 'Z')
		return false;
	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '0' ? s[i] < '0' || s[i] > '9'
				    : s[i] != shape[i])
			return false;
	return n == i + 1 ||
	       (s[i] == '.' && strspn(s + i + 1, "0123456789") == n - i - 2);
}

enum rc
aws_time(const char *s, int64_t *out)
{
	static const struct {
		size_t at, n;
		int64_t min, max;
	} parts[] = { { 0, 4, 1970, 9999 }, { 5, 2, 1, 12 }, { 8, 2, 1, 31 },
		{ 11, 2, 0, 23 }, { 14, 2, 0, 59 }, { 17, 2, 0, 60 } };
	int64_t v[sizeof(parts) / sizeof(parts[0])];
	size_t i;

	if (!is_shaped(s, strlen(s)))
		return RC_INVALID;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (num_parse_n(s + parts[i].at, parts[i].n, parts[i].min,
			parts[i].max, &v[i]) != RC_OK)
			return RC_INVALID;
	*out = days(v[0], v[1], v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5];
	return RC_OK;
}

/* NULL when there is none of that name. */
static const char *
member(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void
wipe_member(const json_t *o, const char *name)
{
	json_t *s = json_object_get(o, name);

	/* the text is the object's own, which is about to be freed */
	if (json_is_string(s)) {
		union {
			const char *theirs;
			char *ours;
		} text = { json_string_value(s) };

		OPENSSL_cleanse(text.ours, json_string_length(s));
	}
}

enum rc
aws_credentials_parse(
    struct aws_credentials *c, const char *json, size_t n, struct error *e)
{
	const char *code, *until;
	int64_t end = 0;
	json_t *o;
	enum rc rc;

	o = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	code = member(o, "Code");
	until = member(o, "Expiration");
	if (!json_is_object(o) || until == NULL ||
	    aws_time(until, &end) != RC_OK)
		rc = error_set(e, RC_INVALID,
		    "the metadata service's answer about the role has no keys");
	else if (code == NULL || strcmp(code, "Success") != 0)
		rc = error_set(e, RC_DENIED,
		    "the metadata service gives no keys for the role: "
		    "\"%.100s\"",
		    code == NULL ? "" : code);
	else
		rc = set(c, member(o, "AccessKeyId"),
		    member(o, "SecretAccessKey"), member(o, "Token"),
		    "the metadata service", e);
	if (rc == RC_OK)
		c->expires_at = end;
	wipe_member(o, "SecretAccessKey");
	wipe_member(o, "Token");
	json_decref(o);
	return rc;
}

/*** The metadata service ***/

struct metadata {
	struct exchange_pool *pool;
	const char *base;
	size_t base_len;
	char token[AWS_TOKEN_SIZE];
};

/* Ask until there is an answer; the caller releases x. */
static void
ask(struct metadata *m, struct exchange *x, const char *method,
    const char *path)
{
	for (int i = 0; i < TRIES; i++) {
		if (i > 0) {
			exchange_release(x);
			clock_sleep_ms(PAUSE_MS << i);
		}
		exchange_init(x, method, EXCHANGE_METADATA, ANSWER);
		x->connect_ms = CONNECT_MS;
		x->total_ms = TOTAL_MS;
		buf_put(&x->url, m->base, m->base_len);
		buf_puts(&x->url, path);
		if (m->token[0] != '\0')
			exchange_header(
			    x, "X-aws-ec2-metadata-token", m->token);
		else
			exchange_header(
			    x, "X-aws-ec2-metadata-token-ttl-seconds", "21600");
		exchange_run(m->pool, x, 1, 1);
		if (x->rc != RC_IO &&
		    (x->rc != RC_OK || (x->status != 429 && x->status < 500)))
			return;
	}
}

static enum rc
judge(const struct exchange *x, const char *what, struct error *e)
{
	if (x->rc != RC_OK)
		return error_set(e, x->rc, "metadata service: %s", x->e.text);
	if (x->status == 200)
		return RC_OK;
	if (x->status == 404)
		return error_set(e, RC_NOTFOUND,
		    "the metadata service has no %s: is a role attached to "
		    "this machine?",
		    what);
	return error_set(e, x->status >= 500 ? RC_IO : RC_DENIED,
	    "the metadata service answered %ld when asked for %s", x->status,
	    what);
}

static enum rc
get_token(struct metadata *m, struct error *e)
{
	struct exchange x;
	enum rc rc;

	m->token[0] = '\0';
	ask(m, &x, "PUT", "/latest/api/token");
	rc = judge(&x, "a token", e);
	if (rc == RC_OK &&
	    !take(m->token, sizeof(m->token), buf_str(&x.out), true))
		rc = error_set(
		    e, RC_INVALID, "the metadata service's token is none");
	exchange_release(&x);
	return rc;
}

/* A name with nothing that a path would have to escape. */
static bool
is_role(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 64 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789+=,.@_-") == n;
}

/* RC_CONFLICT: the token has gone, once more from the start. */
static enum rc
get_role(struct metadata *m, char role[65], struct error *e)
{
	struct exchange x;
	char *end;
	enum rc rc;

	ask(m, &x, "GET", ROLES);
	if (x.rc == RC_OK && x.status == 401)
		rc = RC_CONFLICT;
	else
		rc = judge(&x, "role", e);
	if (rc == RC_OK && x.out.s != NULL) {
		end = strchr(x.out.s, '\n');
		if (end != NULL)
			*end = '\0';
	}
	if (rc == RC_OK && !is_role(buf_str(&x.out)))
		rc = error_set(e, RC_INVALID,
		    "the metadata service's role has no name of a role");
	if (rc == RC_OK)
		memcpy(role, buf_str(&x.out), strlen(buf_str(&x.out)) + 1);
	exchange_release(&x);
	return rc;
}

static enum rc
get_keys(struct metadata *m, struct aws_credentials *c, const char *role,
    struct error *e)
{
	struct exchange x;
	char path[sizeof(ROLES) + 65];
	enum rc rc;

	memcpy(path, ROLES, sizeof(ROLES));
	memcpy(path + sizeof(ROLES) - 1, role, strlen(role) + 1);
	ask(m, &x, "GET", path);
	if (x.rc == RC_OK && x.status == 401)
		rc = RC_CONFLICT;
	else
		rc = judge(&x, "keys for the role", e);
	if (rc == RC_OK)
		rc = aws_credentials_parse(c, buf_str(&x.out), x.out.len, e);
	exchange_release(&x);
	return rc;
}

static enum rc
ask_metadata(struct aws_credentials *c, struct error *e)
{
	struct metadata m = { .base =
				  getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT") };
	char role[65];
	enum rc rc;

	if (m.base == NULL || *m.base == '\0')
		m.base = METADATA;
	m.base_len = strlen(m.base);
	if (m.base[m.base_len - 1] == '/')
		m.base_len--;
	rc = exchange_pool_new(&m.pool, e);
	if (rc != RC_OK)
		return rc;
	for (int i = 0; i < 2; i++) {
		rc = get_token(&m, e);
		if (rc == RC_OK)
			rc = get_role(&m, role, e);
		if (rc == RC_OK)
			rc = get_keys(&m, c, role, e);
		if (rc != RC_CONFLICT)
			break;
	}
	if (rc == RC_CONFLICT)
		rc = error_set(e, RC_DENIED,
		    "the metadata service takes its own token for none");
	OPENSSL_cleanse(m.token, sizeof(m.token));
	exchange_pool_free(m.pool);
	return rc;
}

/*** In their order ***/

/* Five to fifteen minutes before the end; half-way for those that end sooner. */
static int64_t
when_to_refresh(const struct aws_credentials *c, int64_t now)
{
	int64_t left = c->expires_at - now, early = EARLY_SECONDS;
	char random[UID_SIZE];
	int64_t spread = 0;

	if (uid_random(random, NULL) == RC_OK)
		spread =
		    (num_hex_digit(random[0]) * 16 + num_hex_digit(random[1])) *
		    SPREAD_SECONDS / 255;
	early += spread;
	return early * 2 > left ? now + left / 2 : c->expires_at - early;
}

static enum rc
get_from_role(struct aws_credentials *c, int64_t now, struct error *e)
{
	const char *off = getenv("AWS_EC2_METADATA_DISABLED");
	struct error why = ERROR_NONE;
	enum rc rc;

	if (off != NULL && strcmp(off, "true") == 0)
		return error_set(e, RC_NOTFOUND,
		    "there are no keys: set s3.access_key and s3.secret_key in "
		    "the secrets file, or the environment");
	rc = ask_metadata(c, &why);
	if (rc == RC_OK && c->expires_at <= now)
		rc = error_set(&why, RC_DENIED,
		    "the metadata service gives keys that have expired; is "
		    "this machine's clock right?");
	if (rc == RC_OK) {
		c->refresh_at = when_to_refresh(c, now);
		error_clear(&c->late);
		return RC_OK;
	}
	if (now < c->expires_at) {
		c->refresh_at = now + AGAIN_SECONDS;
		c->late = why;
		return RC_OK;
	}
	return error_set(e, rc,
	    "no keys in the secrets file or the environment, and of the "
	    "machine's role: %s",
	    why.text);
}

enum rc
aws_credentials_get(struct aws_credentials *c, int64_t now, struct error *e)
{
	const char *id = getenv("AWS_ACCESS_KEY_ID");
	const char *secret = getenv("AWS_SECRET_ACCESS_KEY");

	if (c->key_id[0] != '\0' && (c->expires_at == 0 || now < c->refresh_at))
		return RC_OK;
	if (c->file_id[0] != '\0' || c->file_secret[0] != '\0')
		return set(
		    c, c->file_id, c->file_secret, NULL, "the secrets file", e);
	if ((id != NULL && *id != '\0') || (secret != NULL && *secret != '\0'))
		return set(c, id, secret, getenv("AWS_SESSION_TOKEN"),
		    "the environment", e);
	return get_from_role(c, now, e);
}
