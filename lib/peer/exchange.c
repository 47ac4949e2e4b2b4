#include "config.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

#include "peer/exchange.h"

#define URL_SIZE 8192
#define WAIT_MS 1000

struct exchange_pool {
	CURLM *multi;
};

/* One that is under way. */
struct flight {
	struct exchange *x; /* borrowed */
	CURL *h;            /* owned */
	struct curl_slist *headers;
	char why[CURL_ERROR_SIZE];
	bool address_refused, too_big;
};

/*** The request ***/

void
exchange_init(struct exchange *x, const char *method, enum exchange_reach reach,
    size_t max)
{
	memset(x, 0, sizeof(*x));
	x->method = method;
	x->reach = reach;
	x->connect_ms = EXCHANGE_CONNECT_MS;
	x->total_ms = EXCHANGE_TOTAL_MS;
	buf_init(&x->url, URL_SIZE);
	buf_init(&x->headers, EXCHANGE_HEAD);
	buf_init(&x->head, EXCHANGE_HEAD);
	buf_init(&x->out, max);
}

static void
wipe(struct buf *b)
{
	if (b->s != NULL)
		OPENSSL_cleanse(b->s, b->cap);
	buf_release(b);
}

void
exchange_release(struct exchange *x)
{
	buf_release(&x->url);
	wipe(&x->headers);
	buf_release(&x->head);
	wipe(&x->out);
}

static bool
clean(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

void
exchange_header(struct exchange *x, const char *name, const char *value)
{
	assert(clean(name) && clean(value));
	buf_printf(&x->headers, "%s: %s\n", name, value);
}

enum rc
exchange_answer(const struct exchange *x, const char *name, struct buf *value)
{
	const char *line = buf_str(&x->head), *end, *v;
	size_t n = strlen(name);

	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		v = line + n + 1;
		while (*v == ' ' || *v == '\t')
			v++;
		while (end > v && strchr(" \t\r", end[-1]) != NULL)
			end--;
		buf_put(value, v, (size_t)(end - v));
		return buf_rc(value);
	}
	return RC_NOTFOUND;
}

/*** Addresses ***/

static bool
is_metadata6(const uint8_t ip[16])
{
	static const uint8_t aws[16] = { 0xfd, 0x00, 0x0e,
		0xc2, [14] = 0x02, [15] = 0x54 };

	return memcmp(ip, aws, sizeof(aws)) == 0;
}

/* Of this link, or the addresses of a cloud's metadata. */
static bool
is_link(const struct sockaddr *sa)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 16 == 0xa9fe;
	}
	memcpy(&v6, sa, sizeof(v6));
	if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return v6.sin6_addr.s6_addr[12] == 0xa9 &&
		       v6.sin6_addr.s6_addr[13] == 0xfe;
	return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) ||
	       is_metadata6(v6.sin6_addr.s6_addr);
}

static bool
is_loopback(const struct sockaddr *sa)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	memcpy(&v6, sa, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static bool
may_reach(enum exchange_reach reach, const struct sockaddr *sa)
{
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return false;
	switch (reach) {
	case EXCHANGE_SITE:
		return !is_link(sa);
	case EXCHANGE_METADATA:
		return is_link(sa) || is_loopback(sa);
	}
	return false;
}

static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct flight *f = ctx;

	(void)purpose;
	if (!may_reach(f->x->reach, &to->addr)) {
		f->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/*** The answer ***/

static size_t
take(char *p, size_t size, size_t n, void *ctx)
{
	struct flight *f = ctx;

	buf_put(&f->x->out, p, size * n);
	if (buf_rc(&f->x->out) == RC_OK)
		return size * n;
	f->too_big = f->x->out.rc == RC_TOOBIG;
	return 0;
}

/* Of several heads (100, 200) the last one counts. */
static size_t
take_head(char *p, size_t size, size_t n, void *ctx)
{
	struct flight *f = ctx;

	if (size * n > 5 && memcmp(p, "HTTP/", 5) == 0)
		buf_reset(&f->x->head);
	buf_put(&f->x->head, p, size * n);
	if (buf_rc(&f->x->head) == RC_OK)
		return size * n;
	f->too_big = f->x->head.rc == RC_TOOBIG;
	return 0;
}

static enum rc
judge(struct flight *f, CURLcode code)
{
	struct exchange *x = f->x;
	const char *url = x->name == NULL ? buf_str(&x->url) : x->name;
	const char *why = f->why;

	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(
		    f->h, CURLINFO_RESPONSE_CODE, &x->status);
		return RC_OK;
	}
	if (f->address_refused)
		return error_set(&x->e, RC_DENIED,
		    "\"%.200s\" leads to an address that is not used for this",
		    url);
	if (f->too_big)
		return error_set(&x->e, RC_TOOBIG,
		    "the answer to \"%.200s\" is above its ceiling", url);
	if (*why == '\0')
		why = curl_easy_strerror(code);
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
	case CURLE_WRITE_ERROR:
		return error_set(
		    &x->e, RC_NOMEM, "no memory for \"%.200s\"", url);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return error_set(&x->e, RC_INVALID,
		    "\"%.200s\" is no web address: %s", url, why);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(&x->e, RC_DENIED, "\"%.200s\": %s", url, why);
	default:
		return error_set(
		    &x->e, RC_IO, "could not ask \"%.200s\": %s", url, why);
	}
}

/*** One flight ***/

static enum rc
set_headers(struct flight *f)
{
	const char *line = buf_str(&f->x->headers), *end;
	struct curl_slist *more;
	char text[EXCHANGE_HEAD];

	/* an empty one is left out: nobody waits for "100 Continue", and no
	 * body is called a form */
	f->headers = curl_slist_append(NULL, "Expect:");
	if (strncasecmp(line, "Content-Type:", 13) != 0 &&
	    strcasestr(line, "\nContent-Type:") == NULL && f->headers != NULL &&
	    curl_slist_append(f->headers, "Content-Type:") == NULL)
		return RC_NOMEM;
	for (; f->headers != NULL && (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		memcpy(text, line, (size_t)(end - line));
		text[end - line] = '\0';
		more = curl_slist_append(f->headers, text);
		OPENSSL_cleanse(text, (size_t)(end - line));
		if (more == NULL)
			return RC_NOMEM;
	}
	return f->headers == NULL ? RC_NOMEM : RC_OK;
}

/* With a body the method is POST to curl, which sends it from memory. */
static CURLcode
set_body(CURL *h, const struct exchange *x)
{
	CURLcode rc;

	if (strcmp(x->method, "HEAD") == 0)
		return curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	if (x->body == NULL && strcmp(x->method, "PUT") != 0)
		return curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, x->method);
	rc = curl_easy_setopt(
	    h, CURLOPT_POSTFIELDS, x->body == NULL ? "" : x->body);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(x->body == NULL ? 0 : x->nbody));
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, x->method);
	return rc;
}

static CURLcode
set_limits(CURL *h, const struct exchange *x)
{
	CURLcode rc[] = {
		curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https"),
		curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L),
		curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L),
		curl_easy_setopt(h, CURLOPT_PROXY, ""),
		curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L),
		curl_easy_setopt(
		    h, CURLOPT_CONNECTTIMEOUT_MS, (long)x->connect_ms),
		curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)x->total_ms),
	};
	size_t i;

	for (i = 0; i < sizeof(rc) / sizeof(rc[0]); i++)
		if (rc[i] != CURLE_OK)
			return rc[i];
	return CURLE_OK;
}

static CURLcode
set_flight(struct flight *f)
{
	const struct exchange *x = f->x;
	CURL *h = f->h;
	CURLcode rc[] = {
		curl_easy_setopt(h, CURLOPT_URL, buf_str(&x->url)),
		curl_easy_setopt(h, CURLOPT_USERAGENT, "hatshop"),
		curl_easy_setopt(h, CURLOPT_ERRORBUFFER, f->why),
		curl_easy_setopt(h, CURLOPT_PRIVATE, (void *)f),
		curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket),
		curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, f),
		curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take),
		curl_easy_setopt(h, CURLOPT_WRITEDATA, f),
		curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_head),
		curl_easy_setopt(h, CURLOPT_HEADERDATA, f),
		curl_easy_setopt(h, CURLOPT_HTTPHEADER, f->headers),
		x->ca_file == NULL || *x->ca_file == '\0'
		    ? CURLE_OK
		    : curl_easy_setopt(h, CURLOPT_CAINFO, x->ca_file),
		set_limits(h, x),
		set_body(h, x),
	};
	size_t i;

	for (i = 0; i < sizeof(rc) / sizeof(rc[0]); i++)
		if (rc[i] != CURLE_OK)
			return rc[i];
	return CURLE_OK;
}

static void
land(struct exchange_pool *p, struct flight *f, CURLcode code)
{
	f->x->rc = judge(f, code);
	if (f->h != NULL) {
		(void)curl_multi_remove_handle(p->multi, f->h);
		curl_easy_cleanup(f->h);
	}
	curl_slist_free_all(f->headers);
	memset(f, 0, sizeof(*f));
}

/* Whether it is in the air; one that cannot start has landed. */
static bool
start(struct exchange_pool *p, struct flight *f, struct exchange *x)
{
	CURLcode code = CURLE_OUT_OF_MEMORY;

	error_clear(&x->e);
	x->status = 0;
	buf_reset(&x->head);
	buf_reset(&x->out);
	memset(f, 0, sizeof(*f));
	f->x = x;
	f->h = curl_easy_init();
	if (f->h != NULL && buf_rc(&x->url) == RC_OK &&
	    buf_rc(&x->headers) == RC_OK && set_headers(f) == RC_OK)
		code = set_flight(f);
	if (code == CURLE_OK &&
	    curl_multi_add_handle(p->multi, f->h) == CURLM_OK)
		return true;
	land(p, f, code == CURLE_OK ? CURLE_OUT_OF_MEMORY : code);
	return false;
}

/*** All of them ***/

enum rc
exchange_pool_new(struct exchange_pool **out, struct error *e)
{
	struct exchange_pool *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (p != NULL)
		p->multi = curl_multi_init();
	if (p == NULL || p->multi == NULL) {
		free(p);
		return error_set(e, RC_NOMEM, "no memory for connections");
	}
	*out = p;
	return RC_OK;
}

void
exchange_pool_free(struct exchange_pool *p)
{
	if (p == NULL)
		return;
	(void)curl_multi_cleanup(p->multi);
	free(p);
}

#define MAX_PARALLEL 16

/* Returns how many have landed. */
static size_t
land_the_done(struct exchange_pool *p)
{
	struct flight *f;
	size_t landed = 0;
	CURLMsg *m;
	CURLcode code;
	char *ctx;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		ctx = NULL;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &ctx);
		f = (struct flight *)(void *)ctx;
		land(p, f, code);
		landed++;
	}
	return landed;
}

void
exchange_run(
    struct exchange_pool *p, struct exchange *x, size_t n, size_t parallel)
{
	struct flight flights[MAX_PARALLEL];
	size_t i, next = 0, flying = 0;
	CURLMcode code = CURLM_OK;
	int running;

	assert(parallel > 0 && parallel <= MAX_PARALLEL);
	memset(flights, 0, sizeof(flights));
	while (next < n || flying > 0) {
		for (i = 0; i < parallel && next < n; i++)
			if (flights[i].x == NULL &&
			    start(p, &flights[i], &x[next++]))
				flying++;
		code = curl_multi_perform(p->multi, &running);
		if (code == CURLM_OK)
			flying -= land_the_done(p);
		if (code == CURLM_OK && running > 0)
			code =
			    curl_multi_poll(p->multi, NULL, 0, WAIT_MS, NULL);
		if (code == CURLM_OK)
			continue;
		/* curl itself is broken: nothing stays under way */
		for (i = 0; i < parallel; i++)
			if (flights[i].x != NULL)
				land(p, &flights[i], CURLE_OUT_OF_MEMORY);
		flying = 0;
	}
}
