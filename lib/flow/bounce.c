#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "base/token.h"
#include "flow/bounce.h"
#include "shop/inbox.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/outbox.h"

/* The row that one part of a report is about. */
struct search {
	const struct dsn *d;
	const struct dsn_of *of;
	const char *uid; /* that the row's letter must have */
	struct found {
		int64_t row, order;
		enum outbox_state state;
		char kind[33], recipient[255];
	} best;
	char other[255]; /* a receiver of the letter */
	bool exact;      /* best is to the receiver that is told of */
	bool several;    /* the letter has different receivers */
};

static void
keep(struct found *f, const struct outbox_row *row)
{
	f->row = row->id;
	f->order = row->order;
	f->state = row->state;
	text_copy(f->kind, sizeof(f->kind), row->kind);
	text_copy(f->recipient, sizeof(f->recipient), row->recipient);
}

/* Rows come newest first; one that never left did not come back. */
static enum rc
see(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct search *s = ctx;
	bool exact = strcasecmp(row->recipient, s->of->original) == 0 ||
		     strcasecmp(row->recipient, s->of->final) == 0;

	(void)e;
	if (s->other[0] == '\0')
		text_copy(s->other, sizeof(s->other), row->recipient);
	s->several |= strcasecmp(s->other, row->recipient) != 0;
	if (s->best.row == 0 || (exact && !s->exact)) {
		keep(&s->best, row);
		s->exact = exact;
	} else if (exact == s->exact && s->best.state != OUTBOX_SENT &&
		   s->best.state != OUTBOX_BOUNCED) {
		keep(&s->best, row);
	}
	return RC_OK;
}

/* The row that the envelope names, if its letter is that one. */
static enum rc
see_own(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct search *s = ctx;

	(void)e;
	if (strcmp(row->uid, s->uid) == 0)
		keep(&s->best, row);
	return RC_OK;
}

/* By envelope: "UID-ROW", as lifecycle has sent it. */
static enum rc
by_envelope(struct db *db, struct search *s, struct error *e)
{
	const char *dash = strrchr(s->d->envid, '-');
	struct error none = ERROR_NONE;
	char uid[UID_SIZE];
	int64_t id;
	enum rc rc;

	if (dash == NULL || dash - s->d->envid != UID_SIZE - 1 ||
	    num_parse(dash + 1, 1, INT64_MAX, &id) != RC_OK)
		return RC_OK;
	memcpy(uid, s->d->envid, UID_SIZE - 1);
	uid[UID_SIZE - 1] = '\0';
	s->uid = uid;
	rc = outbox_find(db, id, see_own, s, &none);
	s->uid = NULL;
	if (rc == RC_OK || rc == RC_NOTFOUND)
		return RC_OK;
	return error_set(e, rc, "%s", none.text);
}

/* *found is false when nobody knows it. */
static enum rc
search(struct db *db, struct search *s, bool *found, struct error *e)
{
	char uid[UID_SIZE];
	size_t n = strcspn(s->d->message_id, "@");
	enum rc rc = by_envelope(db, s, e);

	*found = rc == RC_OK && s->best.row != 0;
	if (rc != RC_OK || *found || n == 0 || n >= sizeof(uid))
		return rc;
	memcpy(uid, s->d->message_id, n);
	uid[n] = '\0';
	rc = outbox_of_letter(db, uid, see, s, e);
	*found = rc == RC_OK && s->best.row != 0 && (s->exact || !s->several);
	return rc;
}

/*** What follows ***/

struct doing {
	struct bounce_of *of;
	const struct search *s;
	int64_t now;
};

static enum rc
tell_order(struct db *db, const struct doing *t, struct error *e)
{
	const struct found *f = &t->s->best;
	char once[JOURNAL_ONCE_SIZE], detail[800];
	const char *why = t->of->why;
	enum rc rc;

	(void)snprintf(once, sizeof(once), "bounce %" PRId64, f->row);
	(void)snprintf(
	    detail, sizeof(detail), "%s to %s: %s", f->kind, f->recipient, why);
	detail[text_clip(detail, strlen(detail), 500)] = '\0';
	rc = journal_add(
	    db, f->order, "letter came back", "mail", detail, once, t->now, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(detail, sizeof(detail),
	    "its letter \"%s\" to %s came back: %.*s", f->kind, f->recipient,
	    (int)text_clip(why, strlen(why), 200), why);
	return order_attention(db, f->order, detail, e);
}

static enum rc
mark(struct db *db, void *ctx, struct error *e)
{
	struct doing *t = ctx;
	const struct found *f = &t->s->best;
	bool first;
	enum rc rc;

	switch (t->s->of->action) {
	case DSN_DONE:
		t->of->what = BOUNCE_NOTHING;
		return RC_OK;
	case DSN_DELAYED:
		t->of->what = BOUNCE_LATE;
		return outbox_late(db, f->row, t->of->why, e);
	case DSN_FAILED:
		break;
	}
	rc = outbox_bounced(db, f->row, t->of->why, t->now, &first, e);
	t->of->what = first ? BOUNCE_BACK : BOUNCE_KNOWN;
	if (rc == RC_OK && first && f->order != 0)
		rc = tell_order(db, t, e);
	return rc;
}

/*** What nobody understands ***/

struct keeping {
	int64_t id, now;
	const char *why;
};

static enum rc
for_a_person(struct db *db, void *ctx, struct error *e)
{
	const struct keeping *k = ctx;

	return inbox_for_a_person(db, k->id, k->why, k->now, e);
}

/* Into the inbox, by its Message-ID or what it is made of. */
static enum rc
store(struct db *db, const struct dsn *d, const void *bytes, size_t len,
    int64_t now, struct bounce *b, struct error *e)
{
	struct keeping k = { .now = now, .why = b->person };
	char hex[HASH_SIZE];
	struct inbox_event in = {
		.source = "mail",
		.event = d->own_id,
		.headers = "",
		.body = bytes,
		.n = len < LIMIT_HOOK ? len : LIMIT_HOOK,
	};
	bool fresh;
	enum rc rc;

	hash_hex(bytes, len, hex);
	if (in.event[0] == '\0')
		in.event = hex;
	rc = inbox_put(db, &in, now, &fresh, e);
	if (rc != RC_OK || !fresh) {
		b->again = rc == RC_OK;
		return rc;
	}
	/* whoever is killed here leaves it to lifecycle, which has no reader
	 * for it, so that it is for a person too */
	k.id = db_last_id(db);
	return db_unit(db, for_a_person, &k, e);
}

/* RC_OK with b->person set when nobody knows the letter. */
static enum rc
take_one(struct db *db, const struct dsn *d, const struct dsn_of *of,
    int64_t now, struct bounce *b, struct error *e)
{
	struct search s = { .d = d, .of = of };
	struct doing t = { .of = &b->of[b->n], .s = &s, .now = now };
	bool found;
	enum rc rc = search(db, &s, &found, e);

	if (rc != RC_OK)
		return rc;
	if (!found) {
		if (of->action == DSN_FAILED)
			(void)snprintf(b->person, sizeof(b->person),
			    "no letter of ours is known by it");
		return RC_OK;
	}
	b->n++;
	t.of->row = s.best.row;
	t.of->order = s.best.order;
	text_copy(t.of->kind, sizeof(t.of->kind), s.best.kind);
	text_copy(t.of->why, sizeof(t.of->why),
	    of->why[0] != '\0' ? of->why : "it could not be delivered");
	return db_unit(db, mark, &t, e);
}

enum rc
bounce_take(struct db *db, const void *bytes, size_t len, int64_t now,
    struct bounce *out, struct error *e)
{
	struct dsn d;
	enum rc rc = RC_OK;

	memset(out, 0, sizeof(*out));
	dsn_read(bytes, len < BOUNCE_MAX ? len : BOUNCE_MAX, &d);
	switch (d.kind) {
	case DSN_ANSWER:
		return RC_OK;
	case DSN_REPORT:
		for (size_t i = 0; rc == RC_OK && i < d.n; i++)
			rc = take_one(db, &d, &d.of[i], now, out, e);
		break;
	case DSN_NONE:
		(void)snprintf(out->person, sizeof(out->person),
		    "it is no delivery status notification");
		break;
	}
	if (rc == RC_OK && out->person[0] != '\0')
		rc = store(db, &d, bytes, len, now, out, e);
	return rc;
}
