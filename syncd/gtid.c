#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "syncd/bytes.h"
#include "syncd/gtid.h"

/* The first word of the binary form with tags: 1 in its highest and lowest
 * byte, the count of sources between.  The old form is the count alone. */
#define FORM_TAGS (UINT64_C(1) << 56)

void
gtid_set_release(struct gtid_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->source[i].interval);
	free(set->source);
	*set = (struct gtid_set)GTID_SET_EMPTY;
}

/* Room for one more element behind n; cap doubles up to max. */
static enum rc
grow(void **p, size_t *cap, size_t n, size_t size, size_t max, struct error *e)
{
	size_t want = *cap == 0 ? 4 : *cap * 2;
	void *more;

	if (n < *cap)
		return RC_OK;
	if (n >= max)
		return error_set(
		    e, RC_TOOBIG, "GTID set has more than %zu parts", max);
	more = realloc(*p, want * size);
	if (more == NULL)
		return error_set(e, RC_NOMEM, "no memory for a GTID set");
	*p = more;
	*cap = want;
	return RC_OK;
}

static int
compare(const struct gtid_source *s, const uint8_t *uuid, const char *tag)
{
	int c = memcmp(s->uuid, uuid, GTID_UUID);

	return c != 0 ? c : strcmp(s->tag, tag);
}

/* The index of the source, or where it would have to be. */
static size_t
find_source(const struct gtid_set *set, const uint8_t *uuid, const char *tag,
    bool *found)
{
	size_t lo = 0, hi = set->n;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(&set->source[mid], uuid, tag);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum rc
need_source(struct gtid_set *set, const uint8_t *uuid, const char *tag,
    struct gtid_source **out, struct error *e)
{
	bool found;
	size_t i = find_source(set, uuid, tag, &found);
	void *p = set->source;
	enum rc rc;

	if (!found) {
		rc = grow(&p, &set->cap, set->n, sizeof(*set->source),
		    LIMIT_GTID_SOURCES, e);
		set->source = p;
		if (rc != RC_OK)
			return rc;
		memmove(&set->source[i + 1], &set->source[i],
		    (set->n - i) * sizeof(*set->source));
		set->source[i] = (struct gtid_source){ .n = 0 };
		memcpy(set->source[i].uuid, uuid, GTID_UUID);
		memcpy(set->source[i].tag, tag, strlen(tag) + 1);
		set->n++;
	}
	*out = &set->source[i];
	return RC_OK;
}

/* The first interval that ends at or behind number n. */
static size_t
find_interval(const struct gtid_source *s, int64_t n)
{
	size_t lo = 0, hi = s->n;

	/* Nearly always it is the last one. */
	if (hi > 0 && s->interval[hi - 1].first <= n)
		return s->interval[hi - 1].last >= n ? hi - 1 : hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->interval[mid].last < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Join first…last with what it overlaps or touches. */
static enum rc
add_interval(
    struct gtid_source *s, int64_t first, int64_t last, struct error *e)
{
	size_t i = find_interval(s, first - 1);
	size_t end = i;
	void *p = s->interval;
	enum rc rc;

	while (end < s->n && s->interval[end].first <= last + 1)
		end++;
	if (end == i) {
		rc = grow(&p, &s->cap, s->n, sizeof(*s->interval),
		    LIMIT_GTID_INTERVALS, e);
		s->interval = p;
		if (rc != RC_OK)
			return rc;
		memmove(&s->interval[i + 1], &s->interval[i],
		    (s->n - i) * sizeof(*s->interval));
		s->interval[i] = (struct gtid_interval){ first, last };
		s->n++;
		return RC_OK;
	}
	if (s->interval[i].first < first)
		first = s->interval[i].first;
	if (s->interval[end - 1].last > last)
		last = s->interval[end - 1].last;
	s->interval[i] = (struct gtid_interval){ first, last };
	memmove(&s->interval[i + 1], &s->interval[end],
	    (s->n - end) * sizeof(*s->interval));
	s->n -= end - i - 1;
	return RC_OK;
}

static enum rc
add_range(struct gtid_set *set, const uint8_t *uuid, const char *tag,
    struct gtid_interval v, struct error *e)
{
	struct gtid_source *s;
	enum rc rc = need_source(set, uuid, tag, &s, e);

	return rc != RC_OK ? rc : add_interval(s, v.first, v.last, e);
}

enum rc
gtid_set_add(struct gtid_set *set, const struct gtid *id, struct error *e)
{
	assert(id->gno >= 1 && id->gno <= GTID_MAX);
	return add_range(set, id->uuid, id->tag,
	    (struct gtid_interval){ id->gno, id->gno }, e);
}

/* Cut the interval that has it in two, of which either may be empty. */
static enum rc
remove_number(struct gtid_source *s, int64_t n, struct error *e)
{
	size_t i = find_interval(s, n);
	struct gtid_interval *v, whole;
	void *p = s->interval;
	enum rc rc;

	if (i == s->n || s->interval[i].first > n)
		return RC_OK;
	whole = s->interval[i];
	if (whole.first < n && whole.last > n) {
		rc = grow(&p, &s->cap, s->n, sizeof(*s->interval),
		    LIMIT_GTID_INTERVALS, e);
		s->interval = p;
		if (rc != RC_OK)
			return rc;
		v = &s->interval[i];
		memmove(v + 1, v, (s->n++ - i) * sizeof(*v));
		v[0].last = n - 1;
		v[1].first = n + 1;
		return RC_OK;
	}
	v = &s->interval[i];
	if (whole.first == n)
		v->first++;
	else
		v->last--;
	if (v->first > v->last)
		memmove(v, v + 1, (--s->n - i) * sizeof(*v));
	return RC_OK;
}

enum rc
gtid_set_remove(struct gtid_set *set, const struct gtid *id, struct error *e)
{
	bool found;
	size_t i = find_source(set, id->uuid, id->tag, &found);

	return found ? remove_number(&set->source[i], id->gno, e) : RC_OK;
}

enum rc
gtid_set_merge(
    struct gtid_set *set, const struct gtid_set *other, struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < other->n; i++)
		for (size_t j = 0; j < other->source[i].n && rc == RC_OK; j++)
			rc = add_range(set, other->source[i].uuid,
			    other->source[i].tag, other->source[i].interval[j],
			    e);
	return rc;
}

static bool
has_range(const struct gtid_set *set, const uint8_t *uuid, const char *tag,
    struct gtid_interval v)
{
	bool found;
	size_t i = find_source(set, uuid, tag, &found);
	const struct gtid_source *s;

	if (!found)
		return false;
	s = &set->source[i];
	i = find_interval(s, v.first);
	return i < s->n && s->interval[i].first <= v.first &&
	       s->interval[i].last >= v.last;
}

bool
gtid_set_has(const struct gtid_set *set, const struct gtid *id)
{
	return has_range(
	    set, id->uuid, id->tag, (struct gtid_interval){ id->gno, id->gno });
}

bool
gtid_set_contains(const struct gtid_set *set, const struct gtid_set *other)
{
	for (size_t i = 0; i < other->n; i++)
		for (size_t j = 0; j < other->source[i].n; j++)
			if (!has_range(set, other->source[i].uuid,
				other->source[i].tag,
				other->source[i].interval[j]))
				return false;
	return true;
}

static void
put_uuid(struct buf *b, const uint8_t *uuid)
{
	static const int dash[] = { 4, 6, 8, 10 };
	size_t d = 0;

	for (int i = 0; i < GTID_UUID; i++) {
		if (d < 4 && dash[d] == i) {
			buf_putc(b, '-');
			d++;
		}
		buf_puthex(b, &uuid[i], 1);
	}
}

void
gtid_print(const struct gtid *id, struct buf *b)
{
	if (id->gno == 0) {
		buf_puts(b, "anonymous");
		return;
	}
	put_uuid(b, id->uuid);
	if (id->tag[0] != '\0')
		buf_printf(b, ":%s", id->tag);
	buf_printf(b, ":%" PRId64, id->gno);
}

void
gtid_set_print(const struct gtid_set *set, struct buf *b)
{
	const uint8_t *last = NULL;

	for (size_t i = 0; i < set->n; i++) {
		const struct gtid_source *s = &set->source[i];

		if (s->n == 0)
			continue;
		if (last == NULL || memcmp(last, s->uuid, GTID_UUID) != 0) {
			if (last != NULL)
				buf_putc(b, ',');
			put_uuid(b, s->uuid);
		}
		last = s->uuid;
		if (s->tag[0] != '\0')
			buf_printf(b, ":%s", s->tag);
		for (size_t j = 0; j < s->n; j++) {
			buf_printf(b, ":%" PRId64, s->interval[j].first);
			if (s->interval[j].last > s->interval[j].first)
				buf_printf(b, "-%" PRId64, s->interval[j].last);
		}
	}
}

static void
put_u64(struct buf *b, uint64_t u)
{
	for (int i = 0; i < 8; i++, u >>= 8)
		buf_putc(b, (char)(u & 0xff));
}

void
gtid_set_encode(const struct gtid_set *set, struct buf *b)
{
	uint64_t n = 0;
	bool tags = false;

	for (size_t i = 0; i < set->n; i++) {
		n += set->source[i].n > 0;
		tags |= set->source[i].tag[0] != '\0';
	}
	put_u64(b, tags ? FORM_TAGS | n << 8 | 1 : n);
	for (size_t i = 0; i < set->n; i++) {
		const struct gtid_source *s = &set->source[i];

		if (s->n == 0)
			continue;
		buf_put(b, s->uuid, GTID_UUID);
		if (tags) {
			/* a length in MySQL's serialization: below 64, one byte
			 * whose lowest bit is 0 */
			buf_putc(b, (char)(strlen(s->tag) << 1));
			buf_puts(b, s->tag);
		}
		put_u64(b, s->n);
		for (size_t j = 0; j < s->n; j++) {
			put_u64(b, (uint64_t)s->interval[j].first);
			put_u64(b, (uint64_t)s->interval[j].last + 1);
		}
	}
}

static bool
tag_char(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') ||
	       (!first && c >= '0' && c <= '9');
}

bool
gtid_tag(char out[GTID_TAG + 1], const void *bytes, size_t n)
{
	const char *s = bytes;

	if (n > GTID_TAG)
		return false;
	for (size_t i = 0; i < n; i++) {
		out[i] = s[i];
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] + ('a' - 'A'));
		if (!tag_char(out[i], i == 0))
			return false;
	}
	out[n] = '\0';
	return true;
}

static enum rc
decode_source(struct gtid_set *set, struct bytes *r, bool tags, struct error *e)
{
	const uint8_t *uuid = bytes_take(r, GTID_UUID);
	size_t tag_n = tags ? bytes_u8(r) : 0;
	const uint8_t *s = bytes_take(r, tag_n >> 1);
	uint64_t n = bytes_u64(r);
	char tag[GTID_TAG + 1];
	int64_t last = 0;
	enum rc rc = RC_OK;

	if (r->bad || (tag_n & 1) != 0 || n > bytes_left(r) / 16 ||
	    !gtid_tag(tag, s, tag_n >> 1))
		return error_set(e, RC_INVALID,
		    "GTID set: source is cut at offset %zu", bytes_at(r));
	for (; n > 0 && rc == RC_OK; n--) {
		int64_t first = (int64_t)bytes_u64(r);
		int64_t end = (int64_t)bytes_u64(r);

		/* servers write them in order, and so insertion is cheap */
		if (first <= last || end <= first)
			return error_set(e, RC_INVALID,
			    "GTID set: no interval at offset %zu", bytes_at(r));
		rc = add_range(set, uuid, tag,
		    (struct gtid_interval){ first, end - 1 }, e);
		last = end - 1;
	}
	return rc;
}

enum rc
gtid_set_decode(struct gtid_set *set, const void *p, size_t n, struct error *e)
{
	struct bytes r = bytes_of(p, n);
	uint64_t count = bytes_u64(&r);
	bool tags = (count >> 56) == 1;
	enum rc rc = RC_OK;

	gtid_set_release(set);
	if (tags)
		count = count << 8 >> 16;
	if (r.bad || count > LIMIT_GTID_SOURCES)
		return error_set(e, RC_INVALID, "GTID set: no count");
	for (; count > 0 && rc == RC_OK; count--)
		rc = decode_source(set, &r, tags, e);
	if (rc == RC_OK && bytes_left(&r) != 0)
		rc = error_set(e, RC_INVALID,
		    "GTID set: more than its sources at offset %zu",
		    bytes_at(&r));
	if (rc != RC_OK)
		gtid_set_release(set);
	return rc;
}

/* Text */

static bool
parse_uuid(const char *s, size_t n, uint8_t *uuid)
{
	int got = 0;

	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		int v = num_hex_digit(s[i]);

		if (dash != (s[i] == '-') || (!dash && v < 0))
			return false;
		if (dash)
			continue;
		uuid[got / 2] =
		    (uint8_t)(got % 2 == 0 ? v << 4 : uuid[got / 2] | v);
		got++;
	}
	return true;
}

static bool
parse_interval(const char *s, size_t n, struct gtid_interval *v)
{
	const char *dash = memchr(s, '-', n);
	size_t head = dash == NULL ? n : (size_t)(dash - s);

	if (num_parse_n(s, head, 1, GTID_MAX, &v->first) != RC_OK)
		return false;
	v->last = v->first;
	if (dash == NULL)
		return true;
	return num_parse_n(dash + 1, n - head - 1, v->first, GTID_MAX,
		   &v->last) == RC_OK;
}

struct word {
	const char *s;
	size_t n;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next part before mark or the end, without blanks around; false when no
 * text is left. */
static bool
split(struct word *rest, char mark, struct word *part)
{
	const char *at;

	if (rest->s == NULL)
		return false;
	at = memchr(rest->s, mark, rest->n);
	part->s = rest->s;
	part->n = at == NULL ? rest->n : (size_t)(at - rest->s);
	rest->n -= part->n + (at != NULL);
	rest->s = at == NULL ? NULL : at + 1;
	while (part->n > 0 && blank(part->s[0])) {
		part->s++;
		part->n--;
	}
	while (part->n > 0 && blank(part->s[part->n - 1]))
		part->n--;
	return true;
}

/* UUID, then tags and intervals; a tag counts for the intervals behind it. */
static enum rc
parse_source(struct gtid_set *set, struct word text, struct error *e)
{
	struct gtid_interval v;
	struct word part;
	uint8_t uuid[GTID_UUID];
	char tag[GTID_TAG + 1] = "";
	bool any = false;
	enum rc rc;

	if (!split(&text, ':', &part) || !parse_uuid(part.s, part.n, uuid))
		return RC_INVALID;
	while (split(&text, ':', &part)) {
		if (part.n > 0 && parse_interval(part.s, part.n, &v)) {
			rc = add_range(set, uuid, tag, v, e);
			if (rc != RC_OK)
				return rc;
			any = true;
		} else if (part.n == 0 || (tag[0] != '\0' && !any) ||
			   !gtid_tag(tag, part.s, part.n)) {
			return RC_INVALID;
		} else {
			any = false;
		}
	}
	return any ? RC_OK : RC_INVALID;
}

enum rc
gtid_set_parse(
    struct gtid_set *set, const char *text, size_t n, struct error *e)
{
	struct word rest = { text, n }, part;
	enum rc rc = RC_OK;

	gtid_set_release(set);
	if (n > LIMIT_GTID_SET)
		return error_set(e, RC_TOOBIG, "GTID set has %zu bytes", n);
	while (rc == RC_OK && split(&rest, ',', &part)) {
		if (part.n == 0)
			continue;
		rc = parse_source(set, part, e);
		if (rc == RC_INVALID)
			rc = error_set(e, rc, "no GTID set: \"%.*s\"",
			    (int)(part.n > 100 ? 100 : part.n), part.s);
	}
	if (rc != RC_OK)
		gtid_set_release(set);
	return rc;
}
