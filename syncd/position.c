#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "syncd/position.h"

/*
 *	binlog.000003:4711 last=binlog.000003:4388 witness=… rules=… started=…
 *	UUID:1-4711,…      last=UUID:4711          witness=… rules=… started=…
 */
enum field { LAST, WITNESS, RULES, STARTED, FIELDS };

static const char *const names[FIELDS] = {
	[LAST] = "last=",
	[WITNESS] = "witness=",
	[RULES] = "rules=",
	[STARTED] = "started=",
};

struct word {
	const char *s;
	size_t n;
};

void
position_init(struct position *p, bool mariadb)
{
	memset(p, 0, sizeof(*p));
	place_init(&p->at, mariadb);
}

void
position_release(struct position *p)
{
	bool mariadb = p->at.mariadb;

	place_release(&p->at);
	position_init(p, mariadb);
}

void
position_hash(const void *bytes, size_t n, char out[POSITION_HASH])
{
	char hash[HASH_SIZE];

	hash_hex(bytes, n, hash);
	memcpy(out, hash, POSITION_HASH - 1);
	out[POSITION_HASH - 1] = '\0';
}

void
position_print(const struct position *p, struct buf *b)
{
	if (strpbrk(p->at.file, " \n") != NULL ||
	    strpbrk(p->file, " \n") != NULL)
		buf_fail(b, RC_INVALID);
	place_print(&p->at, b);
	buf_printf(b, " %s", names[LAST]);
	if (p->at.mariadb)
		buf_printf(b, "%s:%" PRIu64, p->file, p->from);
	else
		gtid_print(&p->last, b);
	buf_printf(b, " %s%s %s%s %s%" PRId64, names[WITNESS], p->witness,
	    names[RULES], p->rules, names[STARTED], p->started);
}

/* "FILE:BYTE" */
static bool
read_place(struct word w, char file[PLACE_FILE], uint64_t *pos)
{
	const char *colon = w.n > 0 ? memrchr(w.s, ':', w.n) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - w.s) : 0;
	int64_t number;

	if (n == 0 || n >= PLACE_FILE ||
	    num_parse_n(colon + 1, w.n - n - 1, 0, INT64_MAX, &number) != RC_OK)
		return false;
	memcpy(file, w.s, n);
	file[n] = '\0';
	*pos = (uint64_t)number;
	return true;
}

static bool
read_set(struct word w, struct gtid_set *set)
{
	return gtid_set_parse(set, w.s, w.n, NULL) == RC_OK;
}

/* A set of one. */
static bool
read_gtid(struct word w, struct gtid *id)
{
	struct gtid_set set = GTID_SET_EMPTY;
	bool ok =
	    read_set(w, &set) && set.n == 1 && set.source[0].n == 1 &&
	    set.source[0].interval[0].first == set.source[0].interval[0].last;

	if (ok) {
		memcpy(id->uuid, set.source[0].uuid, sizeof(id->uuid));
		memcpy(id->tag, set.source[0].tag, sizeof(id->tag));
		id->gno = set.source[0].interval[0].first;
	}
	gtid_set_release(&set);
	return ok;
}

static bool
read_hash(struct word w, char out[POSITION_HASH])
{
	if (w.n != POSITION_HASH - 1)
		return false;
	memcpy(out, w.s, w.n);
	out[w.n] = '\0';
	return true;
}

static struct word
next_word(const char **text)
{
	struct word w = { *text, strcspn(*text, " ") };

	*text += w.n;
	*text += **text == ' ';
	return w;
}

static bool
read_fields(struct word w[FIELDS], const char *text)
{
	for (int i = 0; i < FIELDS; i++) {
		size_t n = strlen(names[i]);

		w[i] = next_word(&text);
		if (w[i].n < n || memcmp(w[i].s, names[i], n) != 0)
			return false;
		w[i].s += n;
		w[i].n -= n;
	}
	return *text == '\0';
}

static bool
read_where(struct position *p, struct word at, struct word last)
{
	if (p->at.mariadb)
		return read_place(at, p->at.file, &p->at.pos) &&
		       read_place(last, p->file, &p->from);
	return read_set(at, &p->at.set) && read_gtid(last, &p->last) &&
	       gtid_set_has(&p->at.set, &p->last);
}

enum rc
position_parse(struct position *p, const char *text, struct error *e)
{
	struct word w[FIELDS], at;

	position_release(p);
	at = next_word(&text);
	if (read_fields(w, text) && read_where(p, at, w[LAST]) &&
	    read_hash(w[WITNESS], p->witness) &&
	    read_hash(w[RULES], p->rules) &&
	    num_parse_n(
		w[STARTED].s, w[STARTED].n, 0, INT64_MAX, &p->started) == RC_OK)
		return RC_OK;
	position_release(p);
	return error_set(e, RC_INVALID,
	    "what is stored is no position in such a server's log");
}

enum rc
position_begin(const struct position *p, struct place *out, struct error *e)
{
	enum rc rc;

	if (p->at.mariadb)
		return place_set(out, p->file, p->from, e);
	gtid_set_release(&out->set);
	rc = gtid_set_merge(&out->set, &p->at.set, e);
	return rc == RC_OK ? gtid_set_remove(&out->set, &p->last, e) : rc;
}
