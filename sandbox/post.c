#include "config.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"
#include "sandbox/post.h"

#define WAIT_SECONDS 20

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

int
post_to_shop(struct box *b, const char *path, const char *headers,
    const struct buf *body)
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
		    "POST %s HTTP/1.1\r\nHost: %s:%s\r\n%s"
		    "Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
		    path, host, port,
		    strstr(headers, "Content-Type:") != NULL
			? ""
			: "Content-Type: application/json; charset=utf-8\r\n",
		    body->len, headers);
		buf_put(&out, buf_str(body), body->len);
	}
	if (fd >= 0 && buf_rc(&out) == RC_OK)
		status = exchange(fd, &out);
	if (fd >= 0)
		(void)close(fd);
	buf_release(&out);
	buf_release(&shop);
	return status;
}
