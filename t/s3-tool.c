/*
 * s3-tool CONF WORD [ARGUMENT ...]: the picture store of a shop.conf, for s3.t.
 *
 *	put NAME TEXT ...	head NAME	list	remove NAME ...
 *	many N			put N objects in batches
 *	skew SECONDS | region NAME | tamper
 *				a request that a server has to refuse
 *	keys			where the keys come from, without the secret
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/settings.h"
#include "peer/exchange.h"
#include "peer/s3.h"
#include "peer/sigv4.h"
#include "syncd/store.h"

static enum rc
print(
    void *ctx, const char *name, int64_t size, int64_t put_at, struct error *e)
{
	int64_t age = clock_now() - put_at;

	(void)ctx;
	(void)e;
	printf("%s %" PRId64 " %s\n", name, size,
	    age >= -60 && age < 600 ? "new" : "old");
	return RC_OK;
}

static enum rc
put(struct store *st, int n, char **args, struct error *e)
{
	struct store_object objects[STORE_BATCH];
	size_t count = 0;

	for (int i = 0; i + 1 < n && count < STORE_BATCH; i += 2)
		objects[count++] = (struct store_object){ args[i], args[i + 1],
			strlen(args[i + 1]) };
	return store_put_all(st, objects, count, e);
}

static enum rc
many(struct store *st, const char *text, struct error *e)
{
	char names[STORE_BATCH][STORE_NAME];
	struct store_object objects[STORE_BATCH];
	int64_t total, i = 0, began = clock_mono_ms();
	enum rc rc;
	size_t n;

	rc = num_parse(text, 1, 10000, &total);
	while (rc == RC_OK && i < total) {
		for (n = 0; n < STORE_BATCH && i < total; n++, i++) {
			(void)snprintf(names[n], STORE_NAME, "%02x/%04x.webp",
			    (unsigned)i % 256, (unsigned)i);
			objects[n] = (struct store_object){ names[n], names[n],
				strlen(names[n]) };
		}
		rc = store_put_all(st, objects, n, e);
	}
	fprintf(stderr, "# %" PRId64 " objects in %" PRId64 " ms\n", i,
	    clock_mono_ms() - began);
	return rc;
}

static enum rc
head(struct store *st, const char *name, struct error *e)
{
	char text[8];
	size_t got = 0;
	enum rc rc = store_head(st, name, text, sizeof(text), &got, e);

	if (rc == RC_OK)
		printf("%.*s\n", (int)got, text);
	return rc;
}

/*** Below the store ***/

static enum rc
open_s3(const struct settings *s, struct aws_credentials *keys,
    const char *region, struct s3 **out, struct error *e)
{
	struct s3_config c = {
		.endpoint = s->s3_endpoint,
		.region = region,
		.bucket = s->s3_bucket,
		.prefix = s->s3_prefix,
		.path_style = s->s3_style == STYLE_PATH,
	};

	aws_credentials_init(keys, s->s3_access_key, s->s3_secret_key);
	return s3_new(&c, keys, out, e);
}

static enum rc
skewed(const struct settings *s, const char *region, int64_t seconds,
    struct error *e)
{
	struct s3_put put = { "ab/skew.webp", "image/webp", "fez", 3 };
	struct aws_credentials keys;
	struct s3 *s3 = NULL;
	enum rc rc;

	rc = open_s3(s, &keys, region, &s3, e);
	if (rc == RC_OK) {
		s3_skew(s3, seconds);
		rc = s3_put(s3, &put, 1, e);
	}
	s3_free(s3);
	aws_credentials_release(&keys);
	return rc;
}

/* A good signature of another body. */
static enum rc
tampered(const struct settings *s, struct error *e)
{
	static const char hash[] = "49a557d9a3eff5bfef8bade138281d5c"
				   "650c03934e4d7b15f1c5db933acaef08";
	struct exchange_pool *pool;
	struct sigv4_pair host = { "Host", strstr(s->s3_endpoint, "//") + 2 };
	char date[SIGV4_DATE_SIZE], path[128];
	struct exchange x;
	struct buf auth;
	struct sigv4 v = { .method = "PUT",
		.path = path,
		.headers = &host,
		.nheaders = 1,
		.payload = hash,
		.time = clock_now(),
		.region = s->s3_region,
		.key_id = s->s3_access_key,
		.secret = s->s3_secret_key };
	enum rc rc;

	(void)snprintf(
	    path, sizeof(path), "/%s/ab/tampered.webp", s->s3_bucket);
	buf_init(&auth, 4096);
	rc = exchange_pool_new(&pool, e);
	if (rc == RC_OK)
		rc = sigv4_authorization(&v, &auth);
	if (rc != RC_OK)
		return rc;
	exchange_init(&x, "PUT", EXCHANGE_SITE, 65536);
	buf_printf(&x.url, "%s%s", s->s3_endpoint, path);
	exchange_header(&x, "Host", host.value);
	exchange_header(&x, "x-amz-content-sha256", hash);
	sigv4_date(v.time, date);
	exchange_header(&x, "x-amz-date", date);
	exchange_header(&x, "Authorization", buf_str(&auth));
	x.body = "hatpix\n";
	x.nbody = 7;
	exchange_run(pool, &x, 1, 1);
	printf("%ld %s\n", x.status, buf_str(&x.out));
	rc = x.rc;
	exchange_release(&x);
	exchange_pool_free(pool);
	buf_release(&auth);
	return rc;
}

static enum rc
show_keys(const struct settings *s, struct error *e)
{
	struct aws_credentials keys;
	enum rc rc;

	aws_credentials_init(&keys, s->s3_access_key, s->s3_secret_key);
	rc = aws_credentials_get(&keys, clock_now(), e);
	if (rc == RC_OK)
		printf("%s %zu %s %s\n", keys.key_id, strlen(keys.secret),
		    keys.token[0] == '\0' ? "no token" : "token",
		    keys.expires_at == 0 ? "for good" : "expires");
	aws_credentials_release(&keys);
	return rc;
}

static enum rc
one(const struct settings *s, struct store *st, int n, char **args,
    struct error *e)
{
	const char *word = args[0], *arg = n > 1 ? args[1] : "";
	const char *const *names = (const char *const *)args + 1;
	int64_t seconds = 0;

	if (strcmp(word, "put") == 0)
		return put(st, n - 1, args + 1, e);
	if (strcmp(word, "many") == 0)
		return many(st, arg, e);
	if (strcmp(word, "head") == 0)
		return head(st, arg, e);
	if (strcmp(word, "list") == 0)
		return store_list(st, print, NULL, e);
	if (strcmp(word, "remove") == 0)
		return store_remove(st, names, (size_t)n - 1, e);
	if (strcmp(word, "region") == 0)
		return skewed(s, arg, 0, e);
	if (strcmp(word, "skew") == 0 &&
	    num_parse(arg, -100000, 100000, &seconds) == RC_OK)
		return skewed(s, s->s3_region, seconds, e);
	if (strcmp(word, "tamper") == 0)
		return tampered(s, e);
	if (strcmp(word, "keys") == 0)
		return show_keys(s, e);
	return error_set(e, RC_INVALID, "no word \"%s\"", word);
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct store *st = NULL;
	struct settings s;
	enum rc rc;

	if (argc < 3)
		return 2;
	rc = settings_load(&s, argv[1], &e);
	if (rc != RC_OK) {
		printf("%s %s\n", rc_name(rc), e.text);
		return 2;
	}
	rc = store_open(&s, &st, &e);
	if (rc == RC_OK)
		rc = one(&s, st, argc - 2, argv + 2, &e);
	printf("%s%s%s\n", rc_name(rc), e.text[0] == '\0' ? "" : " ", e.text);
	store_close(st);
	settings_release(&s);
	return rc == RC_OK ? 0 : 1;
}
