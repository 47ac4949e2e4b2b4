#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/jail.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/box_impl.h"

#define PATH_SIZE 1200
#define SLOW_MS 20000
#define CUT_MS 300 /* between an answer's first half and its end */
#define SHOPS 4096
#define CPU_SECONDS 30 /* of one request */

/*** Answers ***/

enum rc
box_json(struct box *b, int status, struct json_t *body, struct error *e)
{
	char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);

	json_decref(body);
	if (text == NULL)
		return error_set(e, RC_NOMEM, "no memory for JSON");
	reply_status(&b->r, status);
	b->r.type = "application/json";
	buf_puts(&b->r.body, text);
	free(text);
	return buf_rc(&b->r.body);
}

void
box_page(struct box *b, int status, const char *title)
{
	reply_status(&b->r, status);
	html_init(&b->h, &b->r.body);
	html_doctype(&b->h);
	html_open(&b->h, EL_HTML, AT(AT_LANG, "en"));
	html_open(&b->h, EL_HEAD);
	html_open(&b->h, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(&b->h, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width, initial-scale=1"));
	html_el(&b->h, EL_TITLE, title);
	html_close(&b->h, EL_HEAD);
	html_open(&b->h, EL_BODY);
	html_open(&b->h, EL_MAIN);
	html_el(&b->h, EL_H1, title);
	html_el(&b->h, EL_P,
	    "This is a stand-in for tests on this machine. It knows nobody "
	    "and keeps nothing.");
}

enum rc
box_page_end(struct box *b, struct error *e)
{
	enum rc rc;

	html_close(&b->h, EL_MAIN);
	html_close(&b->h, EL_BODY);
	html_close(&b->h, EL_HTML);
	rc = html_rc(&b->h);
	return rc == RC_OK ? rc : error_set(e, rc, "could not build the page");
}

enum rc
box_refuse(struct box *b, const char *why, struct error *e)
{
	log_event(LOG_INFO, "refused: %s", why);
	box_page(b, 400, "Access blocked");
	html_el(&b->h, EL_P, why, ID("error"));
	return box_page_end(b, e);
}

void
box_redirect(struct box *b, const struct buf *address)
{
	if (buf_rc(address) != RC_OK)
		buf_fail(&b->r.headers, address->rc);
	reply_status(&b->r, 303);
	reply_header(&b->r, "Location", buf_str(address));
}

void
box_arg(struct buf *address, const char *name, const char *value)
{
	buf_putc(address, strchr(buf_str(address), '?') == NULL ? '?' : '&');
	buf_puts(address, name);
	buf_putc(address, '=');
	url_encode(address, value);
}

void
box_field(struct box *b, const char *name, const char *label, const char *value)
{
	html_open(&b->h, EL_P);
	html_open(&b->h, EL_LABEL);
	html_text(&b->h, label);
	html_text(&b->h, " ");
	html_open(&b->h, EL_INPUT, TYPE("text"), NAME(name), VALUE(value));
	html_close(&b->h, EL_LABEL);
	html_close(&b->h, EL_P);
}

void
box_choices(struct box *b, const char *name, const char *label,
    const struct box_choice *choices, size_t n)
{
	size_t i;

	html_open(&b->h, EL_P);
	html_open(&b->h, EL_LABEL);
	html_text(&b->h, label);
	html_text(&b->h, " ");
	html_open(&b->h, EL_SELECT, NAME(name));
	for (i = 0; i < n; i++)
		html_el(&b->h, EL_OPTION, choices[i].meaning,
		    VALUE(choices[i].word));
	html_close(&b->h, EL_SELECT);
	html_close(&b->h, EL_LABEL);
	html_close(&b->h, EL_P);
}

/*** What it knows ***/

enum rc
box_shop(const struct box *b, struct buf *out, struct error *e)
{
	char path[PATH_SIZE];
	struct buf shops;
	enum rc rc;

	(void)snprintf(path, sizeof(path), "%s/shops", b->folder);
	buf_init(&shops, SHOPS);
	rc = file_read(path, &shops, e);
	if (rc == RC_OK) {
		buf_put(out, buf_str(&shops), strcspn(buf_str(&shops), "\n"));
		rc = buf_rc(out);
	}
	buf_release(&shops);
	return rc;
}

bool
box_registered(const struct box *b, const char *address, const char *path)
{
	struct error e = ERROR_NONE;
	char name[PATH_SIZE];
	const char *line, *end;
	struct buf shops;
	bool found = false;
	size_t n;

	(void)snprintf(name, sizeof(name), "%s/shops", b->folder);
	buf_init(&shops, SHOPS);
	if (file_read(name, &shops, &e) != RC_OK)
		log_failure("no shop is registered", &e);
	for (line = buf_str(&shops);
	     !found && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		n = (size_t)(end - line);
		found = n > 0 && strncmp(address, line, n) == 0 &&
			strcmp(address + n, path) == 0;
	}
	buf_release(&shops);
	return found;
}

/* Keys are ours, so a path of another shape is none of them. */
static bool
path_of(const struct box *b, const char *kind, const char *key, char *path)
{
	return token_plausible(key) && snprintf(path, PATH_SIZE, "%s/%s-%s",
					   b->folder, kind, key) < PATH_SIZE;
}

enum rc
box_store(struct box *b, const char *kind, struct json_t *what,
    char key[BOX_KEY], struct error *e)
{
	char path[PATH_SIZE];
	int failed = -1;
	enum rc rc;

	rc = token_random(key, e);
	if (rc == RC_OK && what != NULL && path_of(b, kind, key, path))
		failed = json_dump_file(what, path, JSON_COMPACT);
	json_decref(what);
	if (rc == RC_OK && failed != 0)
		rc = error_set(e, RC_IO, "could not store a %s", kind);
	return rc;
}

enum rc
box_look(const struct box *b, const char *kind, const char *key,
    struct jdoc *out, struct error *e)
{
	char path[PATH_SIZE];
	struct buf text;
	enum rc rc;

	out->root = NULL;
	if (!path_of(b, kind, key, path))
		return RC_NOTFOUND;
	buf_init(&text, LIMIT_JSON);
	rc = file_read(path, &text, e);
	if (rc == RC_OK)
		rc = jdoc_read(out, buf_str(&text), text.len, e);
	else if (rc == RC_NOTFOUND)
		error_clear(e);
	buf_release(&text);
	return rc;
}

bool
box_use(const struct box *b, const char *kind, const char *key)
{
	char path[PATH_SIZE], used[PATH_SIZE + 8];

	if (!path_of(b, kind, key, path))
		return false;
	(void)snprintf(used, sizeof(used), "%s.used", path);
	return rename(path, used) == 0;
}

void
box_sleep(void)
{
	clock_sleep_ms(SLOW_MS);
}

/*** The one request ***/

const char *
box_var(const struct box *b, const char *name)
{
	return b->src->var(b->src->ctx, name);
}

static const char *
env_var(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

static ssize_t
stdin_read(void *ctx, void *p, size_t n)
{
	ssize_t got;

	(void)ctx;
	do
		got = read(STDIN_FILENO, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* What only this machine may have, and only in a test. */
static bool
allowed(const struct settings *s, box_addresses *addresses)
{
	const char *named[BOX_ADDRESSES] = { NULL };
	size_t i;

	addresses(s, named);
	if (!s->shop_test)
		return false;
	for (i = 0; i < BOX_ADDRESSES; i++)
		if (named[i] != NULL && !settings_loopback(named[i]))
			return false;
	return true;
}

static bool
is_local(const char *address)
{
	return address != NULL && (strncmp(address, "127.", 4) == 0 ||
				      strcmp(address, "::1") == 0);
}

/* Segment by segment; what a "*" stands for is kept in b. */
static bool
fits_stars(struct box *b, const char *path, const char *route)
{
	char *star = b->stars;
	size_t n, count = 0;

	while (*route != '\0' && *path != '\0') {
		if (*route != '*') {
			if (*route++ != *path++)
				return false;
			continue;
		}
		n = route[1] == '*' ? strlen(path) : strcspn(path, "/");
		route += route[1] == '*';
		if (n == 0 || count == BOX_STARS ||
		    (size_t)(star - b->stars) + n >= sizeof(b->stars))
			return false;
		memcpy(star, path, n);
		star[n] = '\0';
		b->star[count++] = star;
		star += n + 1;
		path += n;
		route++;
	}
	return *route == *path;
}

static bool
fits(struct box *b, const char *path, const char *route)
{
	static const char version[] = "/VERSION/";
	const char *own = b->settings->facebook_version;
	size_t n = strlen(own);

	if (strncmp(route, version, sizeof(version) - 1) != 0)
		return fits_stars(b, path, route);
	return path[0] == '/' && strncmp(path + 1, own, n) == 0 &&
	       strcmp(path + 1 + n, route + sizeof(version) - 2) == 0;
}

/* The shops with blanks between. */
static void
read_shops(struct box *b)
{
	char path[PATH_SIZE];
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/shops", b->folder);
	buf_init(&b->shops, SHOPS);
	if (file_read(path, &b->shops, NULL) != RC_OK)
		return;
	for (i = 0; i < b->shops.len; i++)
		if (b->shops.s[i] == '\n')
			b->shops.s[i] = ' ';
}

static enum rc
dispatch(struct box *b, const char *name, const struct box_route *routes,
    size_t n, struct error *e)
{
	static const char below[] = "/sandbox/";
	const char *path = buf_str(&b->q.path);
	bool there = false;
	size_t i;

	if (strncmp(path, below, sizeof(below) - 1) == 0 &&
	    strncmp(path + sizeof(below) - 1, name, strlen(name)) == 0)
		path += sizeof(below) - 1 + strlen(name);
	for (i = 0; i < n; i++) {
		if (!fits(b, path, routes[i].path))
			continue;
		there = true;
		if (routes[i].method == b->q.method)
			return routes[i].handler(b, e);
	}
	reply_plain(&b->r, there ? 405 : 404, b->q.id);
	return RC_OK;
}

static void
answer(
    struct box *b, const char *name, const struct box_route *routes, size_t n)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	rc = request_read(&b->q, b->src, &e);
	log_request(b->q.id);
	if (rc != RC_OK) {
		reply_plain(&b->r, b->q.status, b->q.id);
		return;
	}
	read_shops(b);
	b->r.form_origins = buf_str(&b->shops);
	if (is_local(b->q.remote_addr))
		rc = dispatch(b, name, routes, n, &e);
	else
		reply_plain(&b->r, 403, b->q.id);
	if (rc == RC_OK && b->r.plain_len == 0)
		rc = reply_seal(&b->r, &e);
	if (rc != RC_OK) {
		log_failure("could not answer", &e);
		reply_plain(&b->r, 500, b->q.id);
	}
}

static enum rc
lock_up(const char *folder, int64_t cpu_seconds, struct error *e)
{
	struct jail j = JAIL_NONE;

	jail_path(&j, folder, JAIL_WRITE);
	jail_path(&j, "/etc", JAIL_READ);
	jail_path(&j, "/usr", JAIL_READ);
	if (JAIL_ASAN)
		jail_path(&j, "/proc", JAIL_READ);
	j.any_port = 1;
	j.cpu_seconds = cpu_seconds;
	j.memory_bytes = INT64_C(1) << 30;
	return jail_enter(&j, e);
}

static int
send_all(const char *s, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDOUT_FILENO, s, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return 1;
		s += done;
		n -= (size_t)done;
	}
	return 0;
}

const char *
box_answer(struct box *b, const char *name, const struct box_route *routes,
    size_t count, size_t *n)
{
	const char *bytes;

	reply_init(&b->r);
	answer(b, name, routes, count);
	bytes = reply_bytes(&b->r, n);
	if (b->cut)
		*n -= b->r.body.len / 2 + 1;
	return bytes;
}

void
box_end(struct box *b)
{
	buf_release(&b->shops);
	request_release(&b->q);
	reply_release(&b->r);
}

bool
box_begin(struct box *b, struct settings *s, const char *name,
    box_addresses *addresses, int64_t cpu_seconds)
{
	struct error e = ERROR_NONE;

	log_open(name, LOG_INFO);
	memset(b, 0, sizeof(*b));
	b->settings = s;
	b->now = clock_now();
	b->folder = getenv("HATSHOP_SANDBOX");
	if (b->folder == NULL)
		b->folder = ".";
	if (settings_load(s, NULL, &e) != RC_OK) {
		log_failure("could not read the configuration", &e);
		return false;
	}
	if (!allowed(s, addresses)) {
		log_event(LOG_ERROR,
		    "refused to start: the configuration is not a test's, or "
		    "names addresses that are not this machine's");
		settings_release(s);
		return false;
	}
	if (lock_up(b->folder, cpu_seconds, &e) != RC_OK) {
		log_failure("could not drop rights", &e);
		settings_release(s);
		return false;
	}
	return true;
}

int
box_main(const char *name, box_addresses *addresses,
    const struct box_route *routes, size_t n)
{
	const struct request_source src = { env_var, stdin_read, NULL };
	struct settings s;
	struct box b;
	const char *bytes;
	int status;
	size_t len;

	if (!box_begin(&b, &s, name, addresses, CPU_SECONDS))
		return 1;
	b.src = &src;
	bytes = box_answer(&b, name, routes, n, &len);
	status = send_all(bytes, len);
	/* Apache writes another Content-Length over ours when it reads the end
	 * together with the beginning; then nothing seems to be missing */
	if (b.cut)
		clock_sleep_ms(CUT_MS);
	box_end(&b);
	settings_release(&s);
	return status;
}

int
box_work(const char *name, box_addresses *addresses, box_handler *work)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct box b;
	enum rc rc;

	if (!box_begin(&b, &s, name, addresses, 0))
		return 1;
	rc = work(&b, &e);
	if (rc != RC_OK)
		log_failure("could not go on", &e);
	settings_release(&s);
	return rc != RC_OK;
}
