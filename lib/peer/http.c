#include "config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

#include "peer/http.h"

/* What went wrong inside a callback, which curl only knows as "aborted". */
struct call {
	const struct http_get *get;
	struct buf *out;
	size_t before; /* bytes that out had */
	bool address_refused, too_big;
};

/*** Addresses ***/

struct block4 {
	uint32_t net;
	unsigned bits;
};

/* IANA IPv4 Special-Purpose Address Registry, and multicast. */
static const struct block4 special4[] = {
	{ 0x00000000, 8 },  /* 0.0.0.0, this network */
	{ 0x0a000000, 8 },  /* 10.0.0.0, private */
	{ 0x64400000, 10 }, /* 100.64.0.0, shared */
	{ 0x7f000000, 8 },  /* 127.0.0.0, loopback */
	{ 0xa9fe0000, 16 }, /* 169.254.0.0, link-local: cloud metadata */
	{ 0xac100000, 12 }, /* 172.16.0.0, private */
	{ 0xc0000000, 24 }, /* 192.0.0.0, protocol assignments */
	{ 0xc0000200, 24 }, /* 192.0.2.0, documentation */
	{ 0xc0586300, 24 }, /* 192.88.99.0, 6to4 relay */
	{ 0xc0a80000, 16 }, /* 192.168.0.0, private */
	{ 0xc6120000, 15 }, /* 198.18.0.0, benchmarks */
	{ 0xc6336400, 24 }, /* 198.51.100.0, documentation */
	{ 0xcb007100, 24 }, /* 203.0.113.0, documentation */
	{ 0xe0000000, 3 },  /* 224.0.0.0, multicast and reserved */
};

static bool
public4(uint32_t ip)
{
	size_t i;

	for (i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
		if ((ip ^ special4[i].net) >> (32 - special4[i].bits) == 0)
			return false;
	return true;
}

static bool
begins(const uint8_t *ip, const char *prefix, size_t n)
{
	return memcmp(ip, prefix, n) == 0;
}

/* Global unicast (2000::/3) without what it sets apart: protocol assignments
 * and Teredo, documentation, 6to4. */
static bool
public6(const uint8_t ip[16])
{
	return ip[0] >> 5 == 1 && !(begins(ip, "\x20\x01", 2) && ip[2] < 2) &&
	       !begins(ip, "\x20\x01\x0d\xb8", 4) &&
	       !begins(ip, "\x20\x02", 2) &&
	       !(begins(ip, "\x3f\xff", 2) && ip[2] < 0x10);
}

bool
http_public(const struct sockaddr *sa)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&v4, sa, sizeof(v4));
		return public4(ntohl(v4.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&v6, sa, sizeof(v6));
		return public6(v6.sin6_addr.s6_addr);
	default:
		return false;
	}
}

static bool
is_web(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 ||
	       strncasecmp(url, "https://", 8) == 0;
}

void
http_escape(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL)
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

enum rc
http_origin(struct buf *b, const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, *scheme = NULL;
	enum rc rc = RC_INVALID;
	size_t i;

	if (u == NULL)
		return RC_NOMEM;
	if (!is_web(url) ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) !=
		CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
		CURLUE_OK)
		goto out;
	for (i = 0; host[i] != '\0'; i++)
		buf_putc(
		    b, (char)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] + 32
							       : host[i]));
	if (strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") != 0) {
		buf_putc(b, ':');
		buf_puts(b, port);
	}
	rc = buf_rc(b);
out:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return rc;
}

/*** Callbacks ***/

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct call *c = ctx;

	(void)purpose;
	if (!c->get->private_too && !http_public(&to->addr)) {
		c->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
	struct call *c = ctx;

	buf_put(c->out, p, size * n);
	if (buf_rc(c->out) == RC_OK)
		return size * n;
	c->too_big = c->out->rc == RC_TOOBIG;
	return 0;
}

/*** The call ***/

static CURLcode
set_limits(CURL *h, const struct call *c)
{
	const struct http_get *g = c->get;
	const bool tls = strncasecmp(g->url, "https://", 8) == 0;
	CURLcode rc[] = {
		curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https"),
		curl_easy_setopt(h, CURLOPT_REDIR_PROTOCOLS_STR,
		    tls ? "https" : "http,https"),
		curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L),
		curl_easy_setopt(h, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS),
		curl_easy_setopt(h, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L),
		curl_easy_setopt(h, CURLOPT_PROXY, ""),
		curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L),
		curl_easy_setopt(
		    h, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS),
		curl_easy_setopt(h, CURLOPT_TIMEOUT_MS,
		    g->total_ms > 0 ? (long)g->total_ms : (long)HTTP_TOTAL_MS),
		curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE,
		    (curl_off_t)(c->out->max - c->before)),
	};
	size_t i;

	for (i = 0; i < sizeof(rc) / sizeof(rc[0]); i++)
		if (rc[i] != CURLE_OK)
			return rc[i];
	return CURLE_OK;
}

static CURLcode
set_call(CURL *h, struct call *c, char *why)
{
	CURLcode rc[] = {
		curl_easy_setopt(h, CURLOPT_URL, c->get->url),
		curl_easy_setopt(h, CURLOPT_USERAGENT, "hatshop"),
		curl_easy_setopt(h, CURLOPT_ERRORBUFFER, why),
		curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket),
		curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, c),
		curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take),
		curl_easy_setopt(h, CURLOPT_WRITEDATA, c),
		c->get->ca_file == NULL
		    ? CURLE_OK
		    : curl_easy_setopt(h, CURLOPT_CAINFO, c->get->ca_file),
		set_limits(h, c),
	};
	size_t i;

	for (i = 0; i < sizeof(rc) / sizeof(rc[0]); i++)
		if (rc[i] != CURLE_OK)
			return rc[i];
	return CURLE_OK;
}

static enum rc
judge_failure(
    const struct call *c, CURLcode code, const char *why, struct error *e)
{
	const char *url = c->get->url;

	if (c->address_refused)
		return error_set(e, RC_DENIED,
		    "\"%s\" leads to an address that is not public", url);
	if (c->too_big || code == CURLE_FILESIZE_EXCEEDED)
		return error_set(e, RC_TOOBIG, "\"%s\" has above %zu bytes",
		    url, c->out->max - c->before);
	if (*why == '\0')
		why = curl_easy_strerror(code);
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
	case CURLE_WRITE_ERROR:
		return error_set(e, RC_NOMEM, "no memory for \"%s\"", url);
	case CURLE_URL_MALFORMAT:
	case CURLE_LOGIN_DENIED: /* a user name in it */
		return error_set(
		    e, RC_INVALID, "\"%s\" is no web address: %s", url, why);
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(e, RC_DENIED, "\"%s\": %s", url, why);
	default:
		return error_set(
		    e, RC_IO, "could not get \"%s\": %s", url, why);
	}
}

static bool
type_fits(const char *const *types, const char *type)
{
	if (types == NULL)
		return true;
	for (; type != NULL && *types != NULL; types++)
		if (strncasecmp(type, *types, strlen(*types)) == 0)
			return true;
	return false;
}

static enum rc
judge_answer(const struct call *c, CURL *h, struct error *e)
{
	const char *url = c->get->url, *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
	if (status == 404 || status == 410)
		return error_set(e, RC_NOTFOUND, "there is no \"%s\"", url);
	if (status == 408 || status == 429 || status >= 500)
		return error_set(
		    e, RC_IO, "\"%s\" was answered with %ld", url, status);
	if (status != 200)
		return error_set(
		    e, RC_DENIED, "\"%s\" was answered with %ld", url, status);
	if (!type_fits(c->get->types, type))
		return error_set(e, RC_DENIED, "\"%s\" is of type \"%.60s\"",
		    url, type == NULL ? "" : type);
	return RC_OK;
}

enum rc
http_get(const struct http_get *get, struct buf *out, struct error *e)
{
	struct call c = { .get = get, .out = out, .before = out->len };
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;
	CURL *h;
	enum rc rc;

	assert(buf_rc(out) == RC_OK && out->len < out->max);
	if (!is_web(get->url))
		return error_set(
		    e, RC_INVALID, "\"%.200s\" is no web address", get->url);
	h = curl_easy_init();
	if (h == NULL)
		return error_set(e, RC_NOMEM, "no memory for a request");
	code = set_call(h, &c, why);
	if (code == CURLE_OK)
		code = curl_easy_perform(h);
	rc = code == CURLE_OK ? judge_answer(&c, h, e)
			      : judge_failure(&c, code, why, e);
	curl_easy_cleanup(h);
	if (rc != RC_OK && buf_rc(out) == RC_OK)
		buf_cut(out, c.before);
	return rc;
}
