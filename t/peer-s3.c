/*
 * S3 and its keys against a server in a process of its own, which gives the
 * answers of a script one after the other.  A server that looks at signatures
 * is s3.t's matter.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "peer/s3.h"
#include "t/tap.h"

#define SCRIPT 40

/* Shared with the server. */
static struct shared {
	char answers[SCRIPT]
		    [2048]; /* "" after the last one, which is repeated */
	int asked;
	char requests[SCRIPT][4096];
} * shared;
static int port;

static void
respond(int fd)
{
	char *text = shared->requests[shared->asked % SCRIPT];
	const char *answer;
	size_t n = 0, size = sizeof(shared->requests[0]) - 1;
	ssize_t got;
	int which = 0;

	memset(text, 0, size + 1);
	while (n < size && strstr(text, "\r\n\r\n") == NULL &&
	       (got = read(fd, text + n, size - n)) > 0)
		n += (size_t)got;
	while (which < shared->asked && which + 1 < SCRIPT &&
	       shared->answers[which + 1][0] != '\0')
		which++;
	shared->asked++;
	answer = shared->answers[which];
	if (write(fd, answer, strlen(answer)) < 0)
		return;
	/* the rest of the body is read, or closing would reset */
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, text + size, 1) > 0)
		text[size] = '\0';
}

static pid_t
start_server(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (shared == MAP_FAILED || s < 0 ||
	    bind(s, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(s, 64) != 0 ||
	    getsockname(s, (struct sockaddr *)&sa, &len) != 0)
		abort();
	port = ntohs(sa.sin_port);
	pid = fork();
	if (pid == 0) {
		(void)alarm(600);
		while ((fd = accept(s, NULL, NULL)) >= 0) {
			respond(fd);
			(void)close(fd);
		}
		_exit(0);
	}
	(void)close(s);
	return pid;
}

/* The next answer of the script. */
static void
then(const char *status, const char *body)
{
	int i = 0;

	while (i < SCRIPT && shared->answers[i][0] != '\0')
		i++;
	if (i == SCRIPT)
		abort();
	snprintf(shared->answers[i], sizeof(shared->answers[i]),
	    "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n"
	    "\r\n%s",
	    status, strlen(body), body);
}

static void
script(const char *status, const char *body)
{
	memset(shared, 0, sizeof(*shared));
	then(status, body);
}

#define FAULT(code)                                                            \
	"<?xml version=\"1.0\"?><Error><Code>" code                            \
	"</Code><Message>m</Message></Error>"

/*** With a client ***/

struct rig {
	struct aws_credentials keys;
	struct s3 *s3;
	char endpoint[64];
};

static enum rc
rig_open(struct rig *r, struct error *e)
{
	struct s3_config c = {
		.endpoint = r->endpoint,
		.region = "eu-west-2",
		.bucket = "hats",
		.prefix = "img/",
		.path_style = true,
	};

	snprintf(r->endpoint, sizeof(r->endpoint), "http://127.0.0.1:%d", port);
	aws_credentials_init(&r->keys, "AKIA", "secret");
	return s3_new(&c, &r->keys, &r->s3, e);
}

static void
rig_close(struct rig *r)
{
	s3_free(r->s3);
	aws_credentials_release(&r->keys);
}

static enum rc
put_one(struct error *e)
{
	struct s3_put put = { "ab/ab.webp", "image/webp", "red fez", 7 };
	struct rig r;
	enum rc rc = rig_open(&r, e);

	if (rc == RC_OK)
		rc = s3_put(r.s3, &put, 1, e);
	rig_close(&r);
	return rc;
}

static void
puts_as(enum rc want, int requests, const char *part)
{
	struct error e = ERROR_NONE;
	enum rc rc = put_one(&e);

	ok(rc == want, "%s: %s", rc_name(rc), e.text);
	ok(part == NULL || strstr(e.text, part) != NULL, "\"%s\" has \"%s\"",
	    e.text, part == NULL ? "" : part);
	is_int(shared->asked, requests, "requests");
}

static void
an_object_is_put_for_good(void)
{
	script("200 OK", "");
	puts_as(RC_OK, 1, NULL);
	ok(strncmp(shared->requests[0], "PUT /hats/img/ab/ab.webp HTTP/1.1\r\n",
	       35) == 0,
	    "%.60s", shared->requests[0]);
	ok(strstr(shared->requests[0],
	       "\r\nCache-Control: public, max-age=31536000, immutable\r\n") !=
		NULL,
	    "Cache-Control");
	ok(strstr(shared->requests[0], "\r\nContent-Type: image/webp\r\n") !=
		NULL,
	    "Content-Type");
	ok(strstr(shared->requests[0], "\r\nIf-None-Match: *\r\n") != NULL,
	    "If-None-Match");
	ok(strstr(shared->requests[0], "\r\nExpect:") == NULL, "no Expect");
	ok(strstr(shared->requests[0],
	       "SignedHeaders=cache-control;content-type;host;if-none-match;"
	       "x-amz-content-sha256;x-amz-date,") != NULL,
	    "what is signed");
}

static void
what_is_there_already_is_no_failure(void)
{
	script("412 Precondition Failed", FAULT("PreconditionFailed"));
	puts_as(RC_OK, 1, NULL);
}

static void
a_server_without_conditions_is_asked_without(void)
{
	script("501 Not Implemented", FAULT("NotImplemented"));
	then("200 OK", "");
	puts_as(RC_OK, 2, NULL);
	ok(strstr(shared->requests[1], "If-None-Match") == NULL, "without");
}

static void
what_may_work_later_is_tried_again(void)
{
	script("503 Slow Down", FAULT("SlowDown"));
	then("429 Too Many Requests", "");
	then("500 Oops", "");
	then("200 OK", "");
	puts_as(RC_OK, 4, NULL);
	script("503 Slow Down", FAULT("SlowDown"));
	puts_as(RC_IO, 4, "SlowDown");
	script("409 Conflict", FAULT("ConditionalRequestConflict"));
	then("412 Precondition Failed", "");
	puts_as(RC_OK, 2, NULL);
}

static void
what_will_not_work_is_tried_once(void)
{
	script("403 Forbidden", FAULT("AccessDenied"));
	puts_as(RC_DENIED, 1, "the policy has to allow");
	script("403 Forbidden", FAULT("InvalidAccessKeyId"));
	puts_as(RC_DENIED, 1, "see s3.access_key");
	script("404 Not Found", FAULT("NoSuchBucket"));
	puts_as(RC_INVALID, 1, "see s3.bucket");
	script("404 Not Found", "<html>no S3 here</html>");
	puts_as(RC_IO, 1, "see s3.endpoint");
	script("400 Bad Request", FAULT("EntityTooLarge"));
	puts_as(RC_INVALID, 1, "EntityTooLarge");
	script("400 Bad Request", FAULT("ExpiredToken"));
	puts_as(RC_DENIED, 1, "session token has expired");
}

static void
no_redirect_is_followed(void)
{
	script("301 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
	       "x-amz-bucket-region: us-west-1",
	    FAULT("PermanentRedirect"));
	puts_as(RC_INVALID, 1, "but in \"us-west-1\": see s3.region");
	script("307 Temporary\r\nLocation: /else", "");
	puts_as(RC_INVALID, 1, "see s3.region");
}

static void
the_first_bytes_are_enough(void)
{
	struct error e = ERROR_NONE;
	struct buf out;
	struct rig r;

	script("200 OK", "red fez and more");
	ok(rig_open(&r, &e) == RC_OK, "%s", e.text);
	buf_init(&out, 7);
	ok(s3_get(r.s3, "ab/ab.webp", &out, &e) == RC_OK, "%s", e.text);
	is_str(buf_str(&out), "red fez", "the first bytes");
	ok(strstr(shared->requests[0], "\r\nRange: bytes=0-6\r\n") != NULL,
	    "only they are asked for");
	buf_reset(&out);
	script("416 Range Not Satisfiable", FAULT("InvalidRange"));
	error_clear(&e);
	ok(s3_get(r.s3, "ab/ab.webp", &out, &e) == RC_OK && out.len == 0,
	    "an empty object");
	script("404 Not Found", FAULT("NoSuchKey"));
	ok(s3_get(r.s3, "ab/ab.webp", &out, &e) == RC_NOTFOUND, "%s", e.text);
	buf_release(&out);
	rig_close(&r);
}

static void
a_refused_head_says_why(void)
{
	const char *key = "ab/ab.webp";
	struct error e = ERROR_NONE;
	bool there = true;
	struct rig r;

	ok(rig_open(&r, &e) == RC_OK, "%s", e.text);
	script("403 Forbidden", "");
	then("403 Forbidden", FAULT("SignatureDoesNotMatch"));
	ok(s3_head(r.s3, &key, 1, &there, &e) == RC_DENIED &&
		strstr(e.text, "see s3.secret_key") != NULL,
	    "%s", e.text);
	error_clear(&e);
	script("404 Not Found", "");
	ok(s3_head(r.s3, &key, 1, &there, &e) == RC_OK && !there, "%s", e.text);
	rig_close(&r);
}

/*** Lists ***/

#define PAGE(key, more)                                                        \
	"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" \
	"<Name>hats</Name><IsTruncated>" more "</IsTruncated>"                 \
	"<NextContinuationToken>a/b=</NextContinuationToken>"                  \
	"<Contents><Key>" key "</Key><LastModified>2026-11-22T09:00:00.000Z"   \
	"</LastModified><Size>7</Size></Contents></ListBucketResult>"

static enum rc
collect(void *ctx, const struct s3_object *o, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_printf(
	    b, "%s %d %lld;", o->key, (int)o->size, (long long)o->modified_at);
	return strcmp(o->key, "stop") == 0 ? RC_CONFLICT : RC_OK;
}

static void
lists_as(enum rc want, const char *text)
{
	struct error e = ERROR_NONE;
	struct buf b;
	struct rig r;
	enum rc rc;

	buf_init(&b, 1000);
	rc = rig_open(&r, &e);
	if (rc == RC_OK)
		rc = s3_list(r.s3, collect, &b, &e);
	ok(rc == want, "%s %s", rc_name(rc), e.text);
	is_str(buf_str(&b), text, "list");
	rig_close(&r);
	buf_release(&b);
}

static void
a_list_goes_on_to_its_end(void)
{
	script("200 OK", PAGE("img/a&amp;b.webp", "true"));
	then("200 OK", PAGE("img/c.webp", "false"));
	lists_as(RC_OK, "a&b.webp 7 1795338000;c.webp 7 1795338000;");
	ok(strncmp(shared->requests[0],
	       "GET /hats/?list-type=2&prefix=img%2F HTTP/1.1\r\n", 47) == 0,
	    "%.80s", shared->requests[0]);
	ok(strncmp(shared->requests[1],
	       "GET /hats/?continuation-token=a%2Fb%3D&list-type=2&prefix="
	       "img%2F HTTP",
	       69) == 0,
	    "%.100s", shared->requests[1]);
	script("200 OK", PAGE("img/stop", "true"));
	lists_as(RC_CONFLICT, "stop 7 1795338000;");
}

static void
what_is_no_list_is_refused(void)
{
	static const char *const texts[] = { "", "no XML",
		"<html><body/></html>", "<ListBucketResult/>",
		"<ListBucketResult><IsTruncated>true</IsTruncated>"
		"</ListBucketResult>",
		PAGE("", "false"), "<!DOCTYPE a []>" PAGE("img/a", "false"),
		"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM "
		"\"file:///etc/passwd\">]>" PAGE("img/&x;", "false"),
		PAGE("img/&x;", "false") };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		script("200 OK", texts[i]);
		lists_as(RC_INVALID, "");
	}
	script("200 OK", PAGE("other/a.webp", "false"));
	lists_as(RC_INVALID, "");
}

/*** Keys ***/

#define ROLE(code, end)                                                        \
	"{\"Code\":\"" code "\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":"        \
	"\"ASIA\",\"SecretAccessKey\":\"s/+=\",\"Token\":\"t==\","             \
	"\"Expiration\":\"" end "\"}"

static void
parses_as(const char *json, enum rc want)
{
	struct aws_credentials c;
	struct error e = ERROR_NONE;

	aws_credentials_init(&c, NULL, NULL);
	ok(aws_credentials_parse(&c, json, strlen(json), &e) == want, "%s: %s",
	    json, e.text);
	ok(want == RC_OK || (c.key_id[0] == '\0' && c.secret[0] == '\0'),
	    "no half of it is kept");
	ok(strstr(e.text, "s/+=") == NULL, "no secret in a reason");
	aws_credentials_release(&c);
}

static void
a_roles_keys_are_read_whole_or_not(void)
{
	parses_as(ROLE("Success", "2026-11-22T15:00:00Z"), RC_OK);
	parses_as(ROLE("Success", "2026-11-22T15:00:00.123Z"), RC_OK);
	parses_as(ROLE("Failed", "2026-11-22T15:00:00Z"), RC_DENIED);
	parses_as(ROLE("Success", "2026-11-22 15:00:00"), RC_INVALID);
	parses_as(ROLE("Success", "2026-13-22T15:00:00Z"), RC_INVALID);
	parses_as(ROLE("Success", "tomorrow"), RC_INVALID);
	parses_as("", RC_INVALID);
	parses_as("[]", RC_INVALID);
	parses_as("{\"Code\":\"Success\",\"AccessKeyId\":\"A\","
		  "\"Expiration\":\"2026-11-22T15:00:00Z\"}",
	    RC_INVALID);
	parses_as("{\"Code\":\"Success\",\"AccessKeyId\":\"A\\nB\","
		  "\"SecretAccessKey\":\"s\",\"Token\":\"t\","
		  "\"Expiration\":\"2026-11-22T15:00:00Z\"}",
	    RC_INVALID);
	parses_as("{\"Code\":\"Success\",\"AccessKeyId\":1,"
		  "\"Expiration\":\"2026-11-22T15:00:00Z\"}",
	    RC_INVALID);
}

static void
times_are_read_exactly(void)
{
	static const char *const wrong[] = { "", "2026-11-22T09:00:00",
		"2026-11-22t09:00:00Z", "2026-11-22T24:00:00Z",
		"2026-1-22T09:00:00Z", "2026-11-22T09:00:00+00:00",
		"2026-11-22T09:00:00.1x2Z", "2026-11-32T09:00:00Z",
		"+026-11-22T09:00:00Z", "1969-12-31T23:59:59Z" };
	int64_t t = 0;

	ok(aws_time("2026-11-22T09:00:00Z", &t) == RC_OK && t == 1795338000,
	    "%lld", (long long)t);
	ok(aws_time("1970-01-01T00:00:00.000Z", &t) == RC_OK && t == 0, "%lld",
	    (long long)t);
	ok(aws_time("2000-02-29T12:34:56Z", &t) == RC_OK && t == 951827696,
	    "%lld", (long long)t);
	ok(aws_time("2100-03-01T00:00:00Z", &t) == RC_OK && t == 4107542400,
	    "%lld", (long long)t);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(aws_time(wrong[i], &t) == RC_INVALID, "\"%s\"", wrong[i]);
}

static void
serve_a_role(int64_t end)
{
	char iso[CLOCK_ISO_SIZE], json[500];

	clock_iso(end, iso);
	snprintf(json, sizeof(json), ROLE("Success", "%s"), iso);
	script("200 OK", "token-of-the-service");
	then("200 OK", "hat-role");
	then("200 OK", json);
}

static void
a_roles_keys_are_renewed_before_their_end(void)
{
	struct error e = ERROR_NONE;
	struct aws_credentials c;
	char url[64];
	int64_t now = clock_now();

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	aws_credentials_init(&c, "", "");
	serve_a_role(now + 21600);
	ok(aws_credentials_get(&c, now, &e) == RC_OK, "%s", e.text);
	is_str(c.token, "t==", "token");
	is_int(shared->asked, 3, "requests");
	ok(strstr(shared->requests[2],
	       "X-aws-ec2-metadata-token: token-of-the-service\r\n") != NULL,
	    "with the service's token");
	ok(c.refresh_at >= now + 21600 - 900 && c.refresh_at <= now + 21300,
	    "5 to 15 minutes before the end: %lld",
	    (long long)(now + 21600 - c.refresh_at));
	ok(aws_credentials_get(&c, c.refresh_at - 1, &e) == RC_OK &&
		shared->asked == 3,
	    "not asked for before");
	/* in time, but the service fails: the old ones serve */
	script("404 Not Found", "");
	now = c.refresh_at;
	ok(aws_credentials_get(&c, now, &e) == RC_OK && c.token[0] == 't',
	    "the old ones serve");
	ok(c.late.text[0] != '\0' && shared->asked == 1, "%s", c.late.text);
	ok(aws_credentials_get(&c, now + 1, &e) == RC_OK && shared->asked == 1,
	    "not asked at each call");
	ok(aws_credentials_get(&c, now + 3600, &e) == RC_NOTFOUND, "%s",
	    e.text);
	error_clear(&e);
	serve_a_role(now + 7200);
	ok(aws_credentials_get(&c, now + 3600, &e) == RC_OK &&
		c.expires_at == now + 7200 && c.late.text[0] == '\0',
	    "had again: %s", e.text);
	unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	aws_credentials_release(&c);
	for (size_t i = 0; i < sizeof(c); i++)
		if (((const char *)&c)[i] != 0)
			ok(0, "byte %zu was not wiped", i);
}

/* Amazon's words for a token of the past: ask for another, once. */
static void
keys_that_a_server_takes_for_old_are_had_anew(void)
{
	struct s3_put put = { "ab/ab.webp", "image/webp", "red fez", 7 };
	struct error e = ERROR_NONE;
	char iso[CLOCK_ISO_SIZE], json[500], url[64];
	struct rig r;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	clock_iso(clock_now() + 7200, iso);
	snprintf(json, sizeof(json), ROLE("Success", "%s"), iso);
	serve_a_role(clock_now() + 7200);
	then("400 Bad Request", FAULT("ExpiredToken"));
	then("200 OK", "token-of-the-service");
	then("200 OK", "hat-role");
	then("200 OK", json);
	then("200 OK", "");
	ok(rig_open(&r, &e) == RC_OK, "%s", e.text);
	aws_credentials_init(&r.keys, "", "");
	ok(s3_put(r.s3, &put, 1, &e) == RC_OK, "%s", e.text);
	is_int(shared->asked, 8, "requests");
	ok(strstr(shared->requests[7], "\r\nx-amz-security-token: t==\r\n") !=
		NULL,
	    "the token is sent");
	ok(strstr(shared->requests[7], ";x-amz-security-token,") != NULL,
	    "and signed");
	unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	rig_close(&r);
}

/*** No memory ***/

static enum rc
put_in_torture(void)
{
	struct error e = ERROR_NONE;

	script("200 OK", "");
	return put_one(&e);
}

static enum rc
list_in_torture(void)
{
	struct error e = ERROR_NONE;
	struct buf b;
	struct rig r;
	enum rc rc;

	script("200 OK", PAGE("img/a.webp", "false"));
	buf_init(&b, 1000);
	rc = rig_open(&r, &e);
	if (rc == RC_OK)
		rc = s3_list(r.s3, collect, &b, &e);
	if (rc == RC_OK)
		rc = buf_rc(&b);
	rig_close(&r);
	buf_release(&b);
	return rc;
}

static void
no_memory_is_told_as_such(void)
{
	ok(torture("s3_put", put_in_torture) > 5, "allocations");
	ok(torture("s3_list", list_in_torture) > 5, "allocations");
}

int
main(void)
{
	pid_t pid;

	(void)signal(SIGPIPE, SIG_IGN);
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_EC2_METADATA_DISABLED");
	pid = start_server();
	RUN(an_object_is_put_for_good);
	RUN(what_is_there_already_is_no_failure);
	RUN(a_server_without_conditions_is_asked_without);
	RUN(what_may_work_later_is_tried_again);
	RUN(what_will_not_work_is_tried_once);
	RUN(no_redirect_is_followed);
	RUN(the_first_bytes_are_enough);
	RUN(a_refused_head_says_why);
	RUN(a_list_goes_on_to_its_end);
	RUN(what_is_no_list_is_refused);
	RUN(a_roles_keys_are_read_whole_or_not);
	RUN(times_are_read_exactly);
	RUN(a_roles_keys_are_renewed_before_their_end);
	RUN(keys_that_a_server_takes_for_old_are_had_anew);
	RUN(no_memory_is_told_as_such);
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
	return tap_done();
}
