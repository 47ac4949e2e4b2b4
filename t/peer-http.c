/*
 * http_get against a server in a process of its own, which answers as the path
 * says.  TLS is tried by peer-http.t.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "peer/http.h"
#include "t/tap.h"

static int port;

struct answer {
	const char *path, *head, *body;
};

static const struct answer answers[] = {
	{ "/ok", "200 OK\r\nContent-Type: image/png", "red fez" },
	{ "/type", "200 OK\r\nContent-Type: text/html", "<p>" },
	{ "/notype", "200 OK", "red fez" },
	{ "/case", "200 OK\r\ncontent-type: Image/PNG", "red fez" },
	{ "/404", "404 Not Found\r\nContent-Type: image/png", "no" },
	{ "/410", "410 Gone", "no" },
	{ "/403", "403 Forbidden", "no" },
	{ "/204", "204 No Content", "" },
	{ "/206", "206 Partial Content\r\nContent-Type: image/png", "red" },
	{ "/408", "408 Request Timeout", "no" },
	{ "/429", "429 Too Many Requests", "no" },
	{ "/500", "500 Oops", "no" },
	{ "/503", "503 Later", "no" },
	{ "/redirect", "302 Found\r\nLocation: /ok", "moved" },
	{ "/loop", "302 Found\r\nLocation: /loop", "moved" },
	{ "/file", "302 Found\r\nLocation: file:///etc/passwd", "" },
	{ "/ftp", "302 Found\r\nLocation: ftp://127.0.0.1/", "" },
	{ "/gzip",
	    "200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip",
	    "red fez" },
	{ "/cut", "200 OK\r\nContent-Type: image/png\r\nContent-Length: 99",
	    "red fez" },
	{ "/big",
	    "200 OK\r\nContent-Type: image/png\r\nContent-Length: "
	    "99999999999",
	    "red fez" },
	{ "/garbage", NULL, "\x01\x02\x03 no HTTP\r\n\r\n" },
};

static void
put(int fd, const char *s)
{
	if (write(fd, s, strlen(s)) < 0)
		_exit(0);
}

static void
serve(int fd)
{
	char line[1000] = "", *path, *end;
	ssize_t n = read(fd, line, sizeof(line) - 1);
	size_t i;

	if (n < 5 || strncmp(line, "GET ", 4) != 0)
		return;
	path = line + 4;
	end = strchr(path, ' ');
	if (end == NULL)
		return;
	*end = '\0';
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].path, path) != 0)
			continue;
		if (answers[i].head != NULL) {
			put(fd, "HTTP/1.1 ");
			put(fd, answers[i].head);
			put(fd, "\r\nConnection: close\r\n\r\n");
		}
		put(fd, answers[i].body);
	}
	if (strcmp(path, "/endless") == 0)
		for (put(fd, "HTTP/1.1 200 OK\r\n\r\n");;)
			put(fd, "a fez and another fez and another fez and");
	if (strcmp(path, "/slow") == 0)
		n = read(fd, line, sizeof(line));
	if (strcmp(path, "/drip") == 0)
		for (put(fd, "HTTP/1.1 200 OK\r\n\r\n");; clock_sleep_ms(20))
			put(fd, ".");
}

/* Each connection has its own process: one that drips blocks no other. */
static pid_t
start_server(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	pid_t pid;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || bind(s, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(s, 64) != 0 ||
	    getsockname(s, (struct sockaddr *)&sa, &len) != 0)
		abort();
	port = ntohs(sa.sin_port);
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGCHLD, SIG_IGN);
		while ((fd = accept(s, NULL, NULL)) >= 0) {
			if (fork() == 0) {
				(void)alarm(30);
				serve(fd);
				_exit(0);
			}
			(void)close(fd);
		}
		_exit(0);
	}
	(void)close(s);
	return pid;
}

static const char *const images[] = { "image/", NULL };

/* The path's answer; body may be NULL. */
static void
answers_as(const char *path, enum rc want, const char *body)
{
	struct error e = ERROR_NONE;
	bool ends = strcmp(path, "/slow") != 0 && strcmp(path, "/drip") != 0;
	struct http_get get = { .types = images,
		.private_too = true,
		.total_ms = ends ? 20000 : 500 };
	struct buf url, out;
	int64_t began = clock_mono_ms();
	enum rc rc;

	buf_init(&url, 200);
	buf_init(&out, 1000);
	buf_puts(&out, "before ");
	buf_printf(&url, "http://127.0.0.1:%d%s", port, path);
	get.url = buf_str(&url);
	rc = http_get(&get, &out, &e);
	ok(rc == want, "%s is %s, want %s: %s", path, rc_name(rc),
	    rc_name(want), e.text);
	ok((rc == RC_OK) == (e.text[0] == '\0'), "with a reason");
	if (body != NULL)
		is_str(buf_str(&out), body, "body");
	ok(clock_mono_ms() - began < 25000, "in time");
	buf_release(&url);
	buf_release(&out);
}

static void
a_body_comes_when_all_is_right(void)
{
	answers_as("/ok", RC_OK, "before red fez");
	answers_as("/case", RC_OK, "before red fez");
	answers_as("/redirect", RC_OK, "before red fez");
	answers_as("/gzip", RC_OK, "before red fez");
}

static void
what_is_wrong_is_told_apart(void)
{
	answers_as("/404", RC_NOTFOUND, "before ");
	answers_as("/410", RC_NOTFOUND, "before ");
	answers_as("/403", RC_DENIED, "before ");
	answers_as("/204", RC_DENIED, "before ");
	answers_as("/206", RC_DENIED, "before ");
	answers_as("/type", RC_DENIED, "before ");
	answers_as("/notype", RC_DENIED, "before ");
	answers_as("/408", RC_IO, "before ");
	answers_as("/429", RC_IO, "before ");
	answers_as("/500", RC_IO, "before ");
	answers_as("/503", RC_IO, "before ");
	answers_as("/cut", RC_IO, "before ");
	answers_as("/garbage", RC_DENIED, "before ");
	answers_as("/nothing", RC_IO, "before ");
}

static void
redirects_are_few_and_stay_on_the_web(void)
{
	answers_as("/loop", RC_DENIED, "before ");
	answers_as("/file", RC_DENIED, "before ");
	answers_as("/ftp", RC_DENIED, "before ");
}

static void
size_and_time_are_bounded(void)
{
	answers_as("/big", RC_TOOBIG, NULL);
	answers_as("/endless", RC_TOOBIG, "");
	answers_as("/slow", RC_IO, "before ");
	answers_as("/drip", RC_IO, "before ");
}

static void
is_refused(const char *url, bool private_too, enum rc want)
{
	struct error e = ERROR_NONE;
	struct http_get get = { .url = url, .private_too = private_too };
	struct buf out;
	enum rc rc;

	buf_init(&out, 1000);
	rc = http_get(&get, &out, &e);
	ok(rc == want, "%s is %s, want %s: %s", url, rc_name(rc), rc_name(want),
	    e.text);
	buf_release(&out);
}

/* However it is written. */
static void
addresses_inside_are_refused(void)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "127.1",
		"2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::1]",
		"[::ffff:127.0.0.1]", "[::]", "10.0.0.1", "192.168.0.1",
		"172.16.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]",
		"[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]",
		"[2002:7f00:1::]" };
	char url[100];
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(url, sizeof(url), "http://%s:%d/ok", hosts[i], port);
		is_refused(url, false, RC_DENIED);
	}
}

static void
what_is_no_web_address_is_refused(void)
{
	static const char *const urls[] = { "", "fez.png", "/fez.png",
		"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/",
		"dict://127.0.0.1/", "//127.0.0.1/ok", "http://",
		"http://user:secret@127.0.0.1/", "https://a b/" };
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		is_refused(urls[i], true, RC_INVALID);
	/* Nobody listens there. */
	is_refused("http://127.0.0.1:1/", true, RC_IO);
	is_refused("http://no-such-host.invalid/", true, RC_IO);
}

static bool public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return http_public((const struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		abort();
	return http_public((const struct sockaddr *)(const void *)&v6);
}

static void
the_edges_of_each_block_are_known(void)
{
	static const char *const outside[] = { "1.0.0.0", "9.255.255.255",
		"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "198.51.101.0", "203.0.112.255", "203.0.114.0",
		"223.255.255.255", "2000::", "2001:200::1", "2001:db7::1",
		"2001:db9::1", "2003::1", "2606:4700::1111", "3fff:1000::1" };
	static const char *const inside[] = { "0.0.0.0", "0.255.255.255",
		"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.0", "127.255.255.255", "169.254.0.0",
		"169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
		"192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.0", "239.255.255.255",
		"240.0.0.0", "255.255.255.255", "::", "::1", "::ffff:8.8.8.8",
		"::7f00:1", "64:ff9b::808:808", "100::", "2001::1",
		"2001:1ff::1", "2001:db8::1", "2002::1", "3fff::1", "fc00::1",
		"fdff::1", "fe80::1", "febf::1", "ff02::1", "1fff::1",
		"4000::1" };
	struct sockaddr sa = { .sa_family = AF_UNIX };
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		ok(public(outside[i]), "%s is public", outside[i]);
	for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		ok(!public(inside[i]), "%s is not", inside[i]);
	ok(!http_public(&sa), "nor is a local socket");
}

static void
origin_is(const char *url, enum rc want, const char *origin)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, 100);
	rc = http_origin(&b, url);
	ok(rc == want, "%s is %s", url, rc_name(rc));
	if (rc == RC_OK)
		is_str(buf_str(&b), origin, "origin");
	buf_release(&b);
}

static void
one_server_is_known_by_host_and_port(void)
{
	origin_is("http://Stock.Example/a", RC_OK, "stock.example");
	origin_is("https://stock.example:443/", RC_OK, "stock.example");
	origin_is("http://stock.example:8080", RC_OK, "stock.example:8080");
	origin_is("http://stock.example@evil.example/", RC_INVALID, NULL);
	origin_is("http://evil.example/stock.example", RC_OK, "evil.example");
	origin_is("ftp://stock.example/", RC_INVALID, NULL);
	origin_is("/mnt/pictures", RC_INVALID, NULL);
	origin_is("", RC_INVALID, NULL);
}

static void
all_256_bytes_are_escaped(void)
{
	char in[2] = "", want[4];
	struct buf b;
	int c, plain = 0;

	for (c = 1; c < 256; c++) {
		in[0] = (char)c;
		buf_init(&b, 10);
		http_escape(&b, in);
		snprintf(want, sizeof(want), "%%%02X", (unsigned)c);
		if (strcmp(buf_str(&b), in) == 0)
			plain++;
		else
			is_str(buf_str(&b), want, "escaped");
		buf_release(&b);
	}
	is_int(plain, 26 + 26 + 10 + 4, "unreserved");
}

static enum rc
get_ok(void)
{
	struct error e = ERROR_NONE;
	struct http_get get = { .private_too = true };
	struct buf out;
	char url[60];
	enum rc rc;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok", port);
	get.url = url;
	buf_init(&out, 1000);
	rc = http_get(&get, &out, &e);
	buf_release(&out);
	return rc;
}

static void
every_allocation_of_ours_may_fail(void)
{
	ok(torture("http_get", get_ok) >= 1, "some were allocated");
}

int
main(void)
{
	pid_t server;
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	server = start_server();
	RUN(a_body_comes_when_all_is_right);
	RUN(what_is_wrong_is_told_apart);
	RUN(redirects_are_few_and_stay_on_the_web);
	RUN(size_and_time_are_bounded);
	RUN(addresses_inside_are_refused);
	RUN(what_is_no_web_address_is_refused);
	RUN(the_edges_of_each_block_are_known);
	RUN(one_server_is_known_by_host_and_port);
	RUN(all_256_bytes_are_escaped);
	RUN(every_allocation_of_ours_may_fail);
	(void)kill(server, SIGTERM);
	(void)waitpid(server, &status, 0);
	return tap_done();
}
