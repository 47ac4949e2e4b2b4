#include "config.h"

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"

/* Where the reader is, for messages. */
struct place {
	const char *name;
	int line;
	struct error *e;
};

/* A piece of the file; not NUL-terminated. */
struct piece {
	const char *s;
	size_t n;
};

/* How much of a piece a message shows. */
static int
shown(struct piece p)
{
	return (int)text_clip(p.s, p.n, 60);
}

static int64_t *
number_of(const struct conf_key *k, void *settings)
{
	return (int64_t *)(void *)((char *)settings + k->offset);
}

static char **
text_of(const struct conf_key *k, void *settings)
{
	return (char **)(void *)((char *)settings + k->offset);
}

static enum rc
set_text(const struct conf_key *k, struct piece v, void *settings)
{
	char **member = text_of(k, settings);
	char *copy;

	copy = malloc(v.n + 1);
	if (copy == NULL)
		return RC_NOMEM;
	memcpy(copy, v.s, v.n);
	copy[v.n] = '\0';
	free(*member);
	*member = copy;
	return RC_OK;
}

enum rc
conf_defaults(
    const struct conf_key *keys, size_t n, void *settings, struct error *e)
{
	struct piece v;
	size_t i;

	for (i = 0; i < n; i++)
		if (keys[i].type == CONF_T_TEXT)
			*text_of(&keys[i], settings) = NULL;
		else
			*number_of(&keys[i], settings) = keys[i].number;
	for (i = 0; i < n; i++) {
		if (keys[i].type != CONF_T_TEXT || keys[i].text == NULL)
			continue;
		v = (struct piece){ keys[i].text, strlen(keys[i].text) };
		if (set_text(&keys[i], v, settings) != RC_OK) {
			conf_release(keys, n, settings);
			return error_set(
			    e, RC_NOMEM, "out of memory for the settings");
		}
	}
	return RC_OK;
}

static enum rc
read_int(const struct conf_key *k, struct piece v, void *settings,
    const struct place *at)
{
	switch (num_parse_n(v.s, v.n, k->min, k->max, number_of(k, settings))) {
	case RC_OK:
		return RC_OK;
	case RC_TOOBIG:
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s is \"%.*s\", outside %" PRId64 " to %" PRId64,
		    at->name, at->line, k->name, shown(v), v.s, k->min, k->max);
	default:
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s is \"%.*s\", not a whole number", at->name,
		    at->line, k->name, shown(v), v.s);
	}
}

static enum rc
read_word(const struct conf_key *k, const char *const *words, struct piece v,
    void *settings, const struct place *at)
{
	char all[200];
	struct buf b;
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (strlen(words[i]) == v.n &&
		    memcmp(words[i], v.s, v.n) == 0) {
			*number_of(k, settings) = (int64_t)i;
			return RC_OK;
		}
	}
	buf_init(&b, sizeof(all) - 1);
	for (i = 0; words[i] != NULL; i++) {
		buf_puts(&b, i == 0 ? "" : ", ");
		buf_puts(&b, words[i]);
	}
	memcpy(all, buf_str(&b), b.len + 1);
	buf_release(&b);
	return error_set(at->e, RC_INVALID,
	    "%s:%d: %s is \"%.*s\", not one of: %s", at->name, at->line,
	    k->name, shown(v), v.s, all);
}

static enum rc
read_text(const struct conf_key *k, struct piece v, void *settings,
    const struct place *at)
{
	if ((int64_t)v.n < k->min || (int64_t)v.n > k->max)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s has %zu bytes, outside %" PRId64 " to %" PRId64,
		    at->name, at->line, k->name, v.n, k->min, k->max);
	if (!text_line(v.s, v.n))
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s is not clean UTF-8 text", at->name, at->line,
		    k->name);
	if (set_text(k, v, settings) != RC_OK)
		return error_set(
		    at->e, RC_NOMEM, "out of memory for the settings");
	return RC_OK;
}

static enum rc
read_value(const struct conf_key *k, struct piece v, void *settings,
    const struct place *at)
{
	static const char *const no_yes[] = { "no", "yes", NULL };

	switch (k->type) {
	case CONF_T_INT:
		return read_int(k, v, settings, at);
	case CONF_T_BOOL:
		return read_word(k, no_yes, v, settings, at);
	case CONF_T_WORD:
		return read_word(k, k->words, v, settings, at);
	case CONF_T_TEXT:
		return read_text(k, v, settings, at);
	}
	assert(false);
	return RC_INVALID;
}

static const struct conf_key *
find(const struct conf_key *keys, size_t n, struct piece name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(keys[i].name) == name.n &&
		    memcmp(keys[i].name, name.s, name.n) == 0)
			return &keys[i];
	return NULL;
}

/* "key = value" into its halves. */
static enum rc
split(struct piece line, struct piece *name, struct piece *value,
    const struct place *at)
{
	const char *eq;

	eq = memchr(line.s, '=', line.n);
	if (eq == NULL)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: expected \"key = value\"", at->name, at->line);
	name->n = (size_t)(eq - line.s);
	name->s = text_trim(line.s, &name->n);
	value->n = line.n - (size_t)(eq + 1 - line.s);
	value->s = text_trim(eq + 1, &value->n);
	return RC_OK;
}

static enum rc
check_kind(
    const struct conf_key *k, enum conf_kind kind, const struct place *at)
{
	if (k->secret && kind == CONF_PLAIN)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s belongs into the secrets file", at->name,
		    at->line, k->name);
	if (!k->secret && kind == CONF_SECRETS)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s is no secret and belongs into the main file",
		    at->name, at->line, k->name);
	return RC_OK;
}

struct reader {
	const struct conf_key *keys; /* borrowed */
	size_t n;
	enum conf_kind kind;
	void *settings; /* borrowed */
	int *seen;      /* owned; line that set each key, 0 for none */
};

static enum rc
read_line(struct reader *r, struct piece line, const struct place *at)
{
	const struct conf_key *k;
	struct piece name, value;
	enum rc rc;

	if (line.n > LIMIT_LINE)
		return error_set(at->e, RC_TOOBIG,
		    "%s:%d: line has more than %d bytes", at->name, at->line,
		    LIMIT_LINE);
	line.s = text_trim(line.s, &line.n);
	if (line.n == 0 || line.s[0] == '#')
		return RC_OK;
	rc = split(line, &name, &value, at);
	if (rc != RC_OK)
		return rc;
	k = find(r->keys, r->n, name);
	if (k == NULL)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: unknown key \"%.*s\"", at->name, at->line,
		    shown(name), name.s);
	rc = check_kind(k, r->kind, at);
	if (rc != RC_OK)
		return rc;
	if (r->seen[k - r->keys] != 0)
		return error_set(at->e, RC_INVALID,
		    "%s:%d: %s is already set in line %d", at->name, at->line,
		    k->name, r->seen[k - r->keys]);
	r->seen[k - r->keys] = at->line;
	return read_value(k, value, r->settings, at);
}

enum rc
conf_parse(const struct conf_key *keys, size_t n, enum conf_kind kind,
    const char *name, const char *bytes, size_t len, void *settings,
    struct error *e)
{
	struct reader r = { keys, n, kind, settings, NULL };
	struct place at = { name, 0, e };
	const char *end;
	struct piece line;
	enum rc rc = RC_OK;

	if (len > LIMIT_CONF)
		return error_set(e, RC_TOOBIG,
		    "file \"%s\" has more than %d bytes", name, LIMIT_CONF);
	r.seen = calloc(n, sizeof(*r.seen));
	if (r.seen == NULL)
		return error_set(e, RC_NOMEM, "out of memory for \"%s\"", name);
	while (len > 0 && rc == RC_OK) {
		at.line++;
		end = memchr(bytes, '\n', len);
		line.s = bytes;
		line.n = end == NULL ? len : (size_t)(end - bytes);
		rc = read_line(&r, line, &at);
		len -= line.n + (end != NULL);
		bytes += line.n + (end != NULL);
	}
	free(r.seen);
	return rc;
}

static enum rc
check_mode(int fd, const char *path, struct error *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_errno(
		    e, RC_IO, "could not stat file \"%s\"", path);
	if ((st.st_mode & 07) != 0)
		return error_set(e, RC_DENIED,
		    "secrets file \"%s\" has mode %04o, but others may not "
		    "read it: set 0640",
		    path, (unsigned int)(st.st_mode & 07777));
	return RC_OK;
}

enum rc
conf_read(const struct conf_key *keys, size_t n, enum conf_kind kind,
    const char *path, void *settings, struct error *e)
{
	struct buf b;
	enum rc rc = RC_OK;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(
		    e, RC_IO, "could not open file \"%s\"", path);
	buf_init(&b, LIMIT_CONF);
	if (kind == CONF_SECRETS)
		rc = check_mode(fd, path, e);
	if (rc == RC_OK)
		rc = file_read_fd(fd, path, &b, e);
	if (rc == RC_OK)
		rc = conf_parse(
		    keys, n, kind, path, buf_str(&b), b.len, settings, e);
	buf_release(&b);
	(void)close(fd);
	return rc;
}

enum rc
conf_complete(const struct conf_key *keys, size_t n, const void *settings,
    struct error *e)
{
	char *const *member;
	size_t i;

	for (i = 0; i < n; i++) {
		if (keys[i].type != CONF_T_TEXT)
			continue;
		member = (char *const *)(const void *)((const char *)settings +
						       keys[i].offset);
		if (*member == NULL)
			return error_set(
			    e, RC_INVALID, "%s must be set", keys[i].name);
	}
	return RC_OK;
}

void
conf_release(const struct conf_key *keys, size_t n, void *settings)
{
	char **member;
	size_t i;

	for (i = 0; i < n; i++) {
		if (keys[i].type != CONF_T_TEXT)
			continue;
		member = text_of(&keys[i], settings);
		free(*member);
		*member = NULL;
	}
}
