#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/settings.h"
#include "t/tap.h"

static char path[] = "/tmp/hatshop-settings-XXXXXX";
static char secrets[] = "/tmp/hatshop-secrets-XXXXXX";

static void
write_to(const char *name, const char *s)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fputs(s, f) < 0 || fclose(f) != 0)
		ok(0, "could not write %s", name);
}

/* A file of the source tree, in b. */
static void
read_source(struct buf *b, const char *name)
{
	char chunk[4096];
	FILE *f = fopen(name, "r");
	size_t n;

	buf_init(b, LIMIT_CONF);
	if (f == NULL) {
		ok(0, "could not open %s", name);
		return;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(b, chunk, n);
	(void)fclose(f);
}

/* How often the line is in the text. */
static int
lines_like(const char *text, const char *line)
{
	size_t n = strlen(line);
	int seen = 0;

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		seen += strncmp(text, line, n) == 0 &&
			(text[n] == '\n' || text[n] == '\0');
	}
	return seen;
}

/* How often a line begins so. */
static int
beginnings_like(const char *text, const char *head)
{
	size_t n = strlen(head);
	int seen = 0;

	for (; text != NULL && *text != '\0'; text = strchr(text, '\n')) {
		text += *text == '\n';
		seen += strncmp(text, head, n) == 0;
	}
	return seen;
}

static void
put_default(struct buf *b, const struct conf_key *k)
{
	switch (k->type) {
	case CONF_T_INT:
		buf_putd(b, k->number);
		break;
	case CONF_T_BOOL:
		buf_puts(b, k->number != 0 ? "yes" : "no");
		break;
	case CONF_T_WORD:
		buf_puts(b, k->words[k->number]);
		break;
	case CONF_T_TEXT:
		buf_puts(b, k->text);
		break;
	}
}

static void
every_member_is_set_by_one_key(void)
{
	size_t i, j;
	int bad = 0;

	for (i = 0; i < settings_count; i++) {
		for (j = 0; j < i; j++)
			bad += settings_keys[i].offset ==
				   settings_keys[j].offset ||
			       strcmp(settings_keys[i].name,
				   settings_keys[j].name) == 0;
		/* In the order of the struct. */
		bad += i > 0 &&
		       settings_keys[i].offset <= settings_keys[i - 1].offset;
	}
	is_int(bad, 0, "members or names twice or out of order");
}

static void
every_default_keeps_its_bounds(void)
{
	const struct conf_key *k;
	int64_t n;
	size_t i;

	for (i = 0; i < settings_count; i++) {
		k = &settings_keys[i];
		if (k->type == CONF_T_WORD)
			continue;
		n = k->number;
		if (k->type == CONF_T_TEXT && k->text != NULL)
			n = (int64_t)strlen(k->text);
		else if (k->type == CONF_T_TEXT)
			n = k->min;
		ok(n >= k->min && n <= k->max, "%s", k->name);
	}
}

static void
the_example_shows_every_key_with_its_default(void)
{
	const struct conf_key *k;
	struct buf b, line;
	size_t i;

	read_source(&b, T_SRCDIR "/etc/shop.conf");
	buf_init(&line, LIMIT_LINE);
	for (i = 0; i < settings_count; i++) {
		k = &settings_keys[i];
		buf_reset(&line);
		buf_printf(&line, "#%s = ", k->name);
		if (k->type == CONF_T_TEXT && k->text == NULL) {
			/* It must be set, and is. */
			is_int(beginnings_like(buf_str(&b), buf_str(&line) + 1),
			    1, k->name);
		} else if (strcmp(k->name, "shop.pages") == 0 ||
			   strcmp(k->name, "shop.tariff") == 0) {
			/* Its default depends on configure --prefix. */
			is_int(beginnings_like(buf_str(&b), buf_str(&line)), 1,
			    k->name);
		} else {
			put_default(&line, k);
			if (line.s[line.len - 1] == ' ')
				buf_cut(&line, line.len - 1);
			is_int(lines_like(buf_str(&b), buf_str(&line)), 1,
			    buf_str(&line));
		}
	}
	buf_release(&line);
	buf_release(&b);
}

static void
the_example_is_read(void)
{
	struct error e = ERROR_NONE;
	struct settings s;

	is_int(settings_load(&s, T_SRCDIR "/etc/shop.conf", &e), RC_OK, e.text);
	if (e.rc != RC_OK)
		return;
	is_str(s.shop_url, "https://hats.example", "shop.url");
	settings_release(&s);
}

static void
the_manual_explains_every_key_and_no_other(void)
{
	struct buf b, line;
	size_t i;

	read_source(&b, T_SRCDIR "/man/shop.conf.5");
	buf_init(&line, LIMIT_LINE);
	for (i = 0; i < settings_count; i++) {
		buf_reset(&line);
		buf_printf(&line, ".It Ic %s ", settings_keys[i].name);
		is_int(beginnings_like(buf_str(&b), buf_str(&line)), 1,
		    settings_keys[i].name);
	}
	is_int(beginnings_like(buf_str(&b), ".It Ic "),
	    (long long)settings_count, "keys in the manual");
	buf_release(&line);
	buf_release(&b);
}

static void
secrets_come_from_their_own_file(void)
{
	char text[200];
	struct error e = ERROR_NONE;
	struct settings s;

	(void)snprintf(text, sizeof(text),
	    "shop.url = http://localhost:8080\nsecrets.file = %s\n"
	    "log.level = debug\n",
	    secrets);
	write_to(path, text);
	write_to(secrets, "db.password = top hat\n");
	is_int(settings_load(&s, path, &e), RC_OK, e.text);
	is_str(s.db_password, "top hat", "db.password");
	is_int(s.log_level, LOG_DEBUG, "log.level");
	settings_release(&s);
	(void)unlink(secrets);
	is_int(settings_load(&s, path, &e), RC_IO, "no such file");
	ok(s.shop_url == NULL, "released after a failure");
}

static void
the_environment_names_the_file(void)
{
	struct error e = ERROR_NONE;
	struct settings s;

	write_to(path, "shop.url = http://localhost\nshop.name = Hats\n");
	(void)setenv("HATSHOP_CONF", path, 1);
	is_int(settings_load(&s, NULL, &e), RC_OK, e.text);
	is_str(s.shop_name, "Hats", "shop.name");
	settings_release(&s);
	(void)setenv("HATSHOP_CONF", "/nowhere/shop.conf", 1);
	is_int(settings_load(&s, NULL, &e), RC_IO, "no such file");
	(void)unsetenv("HATSHOP_CONF");
}

/* Whether a file of these lines is taken. */
static int
taken(const char *key, const char *value)
{
	char text[3000];
	struct error e = ERROR_NONE;
	struct settings s;

	(void)snprintf(text, sizeof(text), "%s%s = %s\n",
	    strcmp(key, "shop.url") == 0 ? "" : "shop.url = http://h\n", key,
	    value);
	write_to(path, text);
	if (settings_load(&s, path, &e) != RC_OK)
		return 0;
	settings_release(&s);
	return 1;
}

static void
the_shops_address_is_an_origin(void)
{
	static const char *const good[] = { "https://hats.example",
		"http://127.0.0.1:8080", "http://[::1]:80", "http://[::1]",
		"https://a.b-c.example:65535" };
	static const char *const bad[] = { "", "hats.example", "ftp://x",
		"https://", "https:///", "https://hats.example/",
		"https://hats.example/shop", "https://hats.example?x",
		"https://hats.example#x", "https://Hats.example",
		"https://u@hats.example",
		"https://hats.example:", "https://hats.example:0",
		"https://hats.example:65536", "https://hats.example:80x",
		"http://[::1", "http://[]", "http://[::1]x",
		"https://h\xc3\xa4t.example", "https://a b" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(taken("shop.url", good[i]), "taken: %s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!taken("shop.url", bad[i]), "refused: %s", bad[i]);
}

static void
other_addresses_are_paths_or_origins_with_paths(void)
{
	ok(taken("pictures.base_url", "/p/q.r"), "a path");
	ok(taken("pictures.base_url", "https://p.example"), "an origin");
	ok(taken("pictures.base_url", "https://p.example/a"), "with a path");
	ok(!taken("pictures.base_url", "https://p.example/"), "slash at end");
	ok(!taken("pictures.base_url", "//p.example"), "no scheme");
	ok(!taken("pictures.base_url", "pictures"), "relative");
	ok(!taken("pictures.base_url", "/p;q"), "what ends a CSP source");
	ok(!taken("pictures.base_url", "javascript:x"), "a script");
	ok(taken("shop.static", "/static/v1"), "static path");
	ok(!taken("shop.static", "https://p.example"), "static elsewhere");
	ok(!taken("shop.static", "/"), "static everywhere");
	ok(taken("shop.currency", "EUR"), "EUR");
	ok(!taken("shop.currency", "XXX"), "no currency");
	ok(taken("shop.zone", "CET-1CEST,M3.5.0,M10.5.0/3"), "a zone's rule");
	ok(!taken("shop.zone", "Europe/London"), "a zone's name");
}

#define BUCKET "s3\ns3.region = eu-west-2\ns3.bucket = "

static void
a_bucket_needs_a_name_a_region_and_plain_names(void)
{
	ok(taken("s3.bucket", "Whatever"), "nobody looks without the store");
	ok(!taken("pictures.store", "s3"), "no bucket");
	ok(!taken("pictures.store", "s3\ns3.bucket = hats"), "no region");
	ok(taken("pictures.store", BUCKET "hats"), "both");
	ok(taken("pictures.store", BUCKET "hats-2"), "with a hyphen");
	ok(!taken("pictures.store", BUCKET "ha"), "too short");
	ok(!taken("pictures.store", BUCKET "hats.example"), "with a dot");
	ok(!taken("pictures.store", BUCKET "-hats"), "begins with a hyphen");
	ok(!taken("pictures.store", BUCKET "Hats"), "upper case");
	ok(!taken("pictures.store", BUCKET "hats/x"), "a slash");
	ok(taken("pictures.store", BUCKET "hats\ns3.prefix = a/b-c/"),
	    "a prefix");
	ok(!taken("pictures.store", BUCKET "hats\ns3.prefix = a"),
	    "a prefix without its slash");
	ok(!taken("pictures.store", BUCKET "hats\ns3.prefix = /a/"),
	    "a prefix that begins with one");
	ok(!taken("pictures.store", BUCKET "hats\ns3.prefix = a//b/"),
	    "a prefix with two");
	ok(!taken("pictures.store", BUCKET "hats\ns3.prefix = ../"),
	    "a prefix with dots");
	ok(taken("pictures.store",
	       BUCKET "hats\ns3.endpoint = http://127.0.0.1:9000"),
	    "an endpoint");
	ok(!taken("pictures.store",
	       BUCKET "hats\ns3.endpoint = https://s3.example/"),
	    "an endpoint with a path");
	ok(!taken("s3.secret_key", "x"), "a secret in the open");
}

/* R32: a secret is not sent where others listen. */
static void
a_provider_is_asked_over_tls_or_on_this_machine_in_a_test(void)
{
	static const char *const keys[] = { "login.google.issuer",
		"login.facebook.dialog", "login.facebook.graph" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ok(taken(keys[i], "https://a.example"), "TLS: %s", keys[i]);
		ok(!taken(keys[i], "http://a.example\nshop.test = yes"),
		    "no TLS elsewhere");
		ok(!taken(keys[i], "http://127.0.0.1:99"), "no test");
		ok(!taken(keys[i], "http://127.0.0.1:99\nshop.test = no"),
		    "no test, said so");
		ok(taken(keys[i], "http://127.0.0.1:99\nshop.test = yes"),
		    "a test here");
		ok(taken(keys[i], "http://[::1]:99\nshop.test = yes"), "IPv6");
		ok(taken(keys[i], "http://localhost\nshop.test = yes"),
		    "by name");
		ok(!taken(
		       keys[i], "http://localhost.a.example\nshop.test = yes"),
		    "a name that begins alike");
		ok(!taken(keys[i], "http://127.0.0.10\nshop.test = yes"),
		    "an address that begins alike");
		ok(taken(keys[i], "https://a.example/path"), "a path");
		ok(!taken(keys[i], "https://a.example/"), "a slash at the end");
		ok(!taken(keys[i], "/path"), "a path alone");
	}
	ok(!taken("login.google.client_id", "hats"), "an id without a secret");
	ok(!taken("login.facebook.app_id", "12"), "an app without a secret");
	ok(!taken("login.google.client_secret", "x"), "a secret in the open");
	ok(taken("login.facebook.version", "v27.1"), "a version");
	ok(!taken("login.facebook.version", "27.0"), "no v");
	ok(!taken("login.facebook.version", "v27.0/x"), "a path as version");
}

/* A key of Stripe with its webhook's secret, and a line of shop.conf. */
static int
stripe_taken(const char *key, const char *secret, const char *line)
{
	char text[300];
	int is;

	(void)snprintf(text, sizeof(text),
	    "stripe.key = %s\nstripe.webhook_secret = %s\n", key, secret);
	write_to(secrets, text);
	(void)chmod(secrets, 0600);
	(void)snprintf(text, sizeof(text), "%s\n%s", secrets, line);
	is = taken("secrets.file", text);
	(void)unlink(secrets);
	return is;
}

/* R55 */
static void
test_keys_and_live_ones_are_never_mixed(void)
{
	static const char w[] = "whsec_1";

	ok(stripe_taken("sk_test_1", w, "shop.test = yes"), "a test");
	ok(stripe_taken("rk_test_1", w, "shop.test = yes"), "restricted");
	ok(!stripe_taken("sk_test_1", w, "shop.test = no"), "a test key, live");
	ok(stripe_taken("sk_live_1", w, "shop.test = no"), "live");
	ok(stripe_taken("rk_live_1", w, "shop.test = no"), "live, restricted");
	ok(!stripe_taken("sk_live_1", w, "shop.test = yes"), "live in a test");
	ok(!stripe_taken("sk_live_1", w,
	       "shop.test = no\nstripe.base = https://a.example"),
	    "a live key and another address");
	ok(stripe_taken("sk_test_1", w,
	       "shop.test = yes\nstripe.base = http://127.0.0.1:9/stripe"),
	    "a test key and one here");
	ok(!stripe_taken("sk_test_1", w,
	       "shop.test = yes\nstripe.base = http://a.example"),
	    "without TLS elsewhere");
	ok(!stripe_taken("pk_test_1", w, "shop.test = yes"), "a public key");
	ok(!stripe_taken("x", w, "shop.test = yes"), "no key of Stripe");
	ok(!stripe_taken("sk_test_1", "", "shop.test = yes"),
	    "no secret for webhooks");
	ok(!taken("stripe.key", "sk_test_1"), "in the open");
}

/* R64 */
/* R50: an amount is never a hundred times what it should be. */
static void
each_gateway_counts_the_currency_as_the_shop_does(void)
{
	static const char w[] = "whsec_1";

	ok(stripe_taken("sk_test_1", w, "shop.test = yes\nshop.currency = JPY"),
	    "no decimals");
	ok(!stripe_taken(
	       "sk_test_1", w, "shop.test = yes\nshop.currency = ISK"),
	    "none for us, two for Stripe");
	ok(!stripe_taken(
	       "sk_test_1", w, "shop.test = yes\nshop.currency = KWD"),
	    "three decimals");
	ok(taken("shop.currency", "ISK"), "nobody is to be charged");
}

static void
the_courier_has_an_address_and_a_key(void)
{
	static const char url[] = "https://api.funny.example/v1";

	ok(!taken("courier.url", url), "an address without a key");
	ok(!taken("courier.url", "funny.example"), "no address");
	ok(!taken("courier.key", "1"), "a key in the open");
	ok(!taken("courier.service", "FAST"), "a service that is none");
	ok(taken("courier.service", "EXPRESS"), "a service");
}

/* A secret of PayPal's app, and lines of shop.conf. */
static int
paypal_taken(const char *secret, const char *lines)
{
	char text[400];
	int is;

	(void)snprintf(
	    text, sizeof(text), "paypal.client_secret = %s\n", secret);
	write_to(secrets, text);
	(void)chmod(secrets, 0600);
	(void)snprintf(text, sizeof(text), "%s\n%s", secrets, lines);
	is = taken("secrets.file", text);
	(void)unlink(secrets);
	return is;
}

#define APP "paypal.client_id = a\npaypal.webhook_id = w\n"
#define SANDBOX "paypal.base = https://api-m.sandbox.paypal.com\n"

/* R55 */
static void
paypals_live_address_and_a_test_exclude_each_other(void)
{
	ok(paypal_taken("s", APP "shop.test = no"), "live");
	ok(!paypal_taken("s", APP "shop.test = yes"), "live in a test");
	ok(paypal_taken("s", APP SANDBOX "shop.test = yes"), "a test");
	ok(!paypal_taken("s", APP SANDBOX "shop.test = no"), "a sandbox, live");
	ok(paypal_taken("s", APP "shop.test = yes\n"
				 "paypal.base = http://127.0.0.1:9/paypal"),
	    "one here");
	ok(!paypal_taken("s", APP "shop.test = yes\n"
				  "paypal.base = http://a.example"),
	    "without TLS elsewhere");
	ok(!paypal_taken("s", "paypal.client_id = a\nshop.test = no"),
	    "no webhook");
	ok(!paypal_taken("", APP "shop.test = no"), "no secret");
	ok(!taken("paypal.client_secret", "s"), "in the open");
}

static void
letters_come_from_an_address_through_a_named_server(void)
{
	ok(taken("mail.from", "shop@hats.example"), "an address");
	ok(taken("mail.from", ""), "none");
	ok(!taken("mail.from", "shop"), "no domain");
	ok(!taken("mail.from", "shop@"), "an empty domain");
	ok(!taken("mail.from", "@hats.example"), "an empty name");
	ok(!taken("mail.from", "The Shop <shop@hats.example>"), "a name too");
	ok(!taken("mail.from", "h\303\274te@hats.example"), "beyond ASCII");
	ok(!taken("mail.reply_to", "shop"), "no domain to answer to");
	ok(taken("mail.bounce", "bounces@hats.example"), "bounces");
	ok(!taken("mail.bounce", "<>"), "nobody");
	ok(taken("mail.host", "smtp.hats.example"), "a host");
	ok(!taken("mail.host", "smtp.hats.example:25"), "a port with it");
	ok(!taken("mail.password", "x"), "a secret in the open");
}

static void
a_missing_address_is_named(void)
{
	char want[200];
	struct error e = ERROR_NONE;
	struct settings s;

	write_to(path, "");
	is_int(settings_load(&s, path, &e), RC_INVALID, "rc");
	(void)snprintf(want, sizeof(want), "%s: shop.url must be set", path);
	is_str(e.text, want, "text");
}

static enum rc
load(void)
{
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	rc = settings_load(&s, path, &e);
	if (rc == RC_OK)
		settings_release(&s);
	return rc;
}

static void
each_allocation_may_fail(void)
{
	size_t i, texts = 0;

	for (i = 0; i < settings_count; i++)
		texts += settings_keys[i].type == CONF_T_TEXT &&
			 settings_keys[i].text != NULL;
	write_to(path, "shop.url = http://localhost\n");
	/* Each default, then the file, what was seen, and the one value. */
	is_int(torture("settings", load), (long long)texts + 3, "allocations");
}

int
main(void)
{
	int one = mkstemp(path), two = mkstemp(secrets);

	if (one < 0 || two < 0 || close(one) != 0 || close(two) != 0)
		return 1;
	RUN(every_member_is_set_by_one_key);
	RUN(every_default_keeps_its_bounds);
	RUN(the_example_shows_every_key_with_its_default);
	RUN(the_example_is_read);
	RUN(the_manual_explains_every_key_and_no_other);
	RUN(secrets_come_from_their_own_file);
	RUN(the_environment_names_the_file);
	RUN(the_shops_address_is_an_origin);
	RUN(other_addresses_are_paths_or_origins_with_paths);
	RUN(a_bucket_needs_a_name_a_region_and_plain_names);
	RUN(a_provider_is_asked_over_tls_or_on_this_machine_in_a_test);
	RUN(each_gateway_counts_the_currency_as_the_shop_does);
	RUN(the_courier_has_an_address_and_a_key);
	RUN(test_keys_and_live_ones_are_never_mixed);
	RUN(paypals_live_address_and_a_test_exclude_each_other);
	RUN(letters_come_from_an_address_through_a_named_server);
	RUN(a_missing_address_is_named);
	RUN(each_allocation_may_fail);
	(void)unlink(path);
	return tap_done();
}
