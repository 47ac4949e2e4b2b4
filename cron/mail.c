#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cron/lifecycle.h"
#include "peer/smtp.h"
#include "shop/outbox.h"

#define BATCH 20    /* letters in one connection */
#define BATCHES 100 /* in one step */
#define CLAIM 600   /* seconds that a letter is ours */
#define SESSION                                                                \
	300             /* seconds after which a session ends the program: well
			  before somebody else may send the same */
#define SERVER_PAUSE 60 /* seconds, when the server is the matter */
#define GIVE_UP (2 * 86400) /* a server that puts a letter off for so long */
#define MAX_LETTER (4 * 1024 * 1024)

struct item {
	int64_t id, letter, tries, made_at;
	char to[255], kind[33], envid[64];
	bool ours;
	struct buf bytes;
};

struct batch {
	size_t n;
	int64_t now;
	struct item items[BATCH];
	struct post_letter letters[BATCH];
	struct item *of[BATCH]; /* whose letter it is */
	size_t nletters;
};

int64_t
mail_pause(int64_t tries)
{
	static const int64_t seconds[] = { 60, 300, 900, 3600, 3600, 3600, 3600,
		4 * 3600 };
	const int64_t last = sizeof(seconds) / sizeof(seconds[0]) - 1;

	if (tries < 1)
		return seconds[0];
	return seconds[tries - 1 < last ? tries - 1 : last];
}

static enum rc
collect(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct batch *b = ctx;
	struct item *it = &b->items[b->n];

	(void)e;
	*it = (struct item){ .id = row->id,
		.letter = row->letter,
		.tries = row->tries,
		.made_at = row->made_at };
	(void)snprintf(it->to, sizeof(it->to), "%s", row->recipient);
	(void)snprintf(it->kind, sizeof(it->kind), "%s", row->kind);
	(void)snprintf(
	    it->envid, sizeof(it->envid), "%.32s-%" PRId64, row->uid, row->id);
	buf_init(&it->bytes, MAX_LETTER);
	b->n++;
	return RC_OK;
}

/* As one unit: those that nobody else has taken since they were read. */
static enum rc
claim(struct db *db, void *ctx, struct error *e)
{
	struct batch *b = ctx;
	enum rc rc = RC_OK;
	size_t i;

	for (i = 0; i < b->n && rc == RC_OK; i++)
		rc = outbox_claim(db, b->items[i].id, b->items[i].tries,
		    b->now + CLAIM, &b->items[i].ours, e);
	return rc;
}

/* The bytes of what is ours, as letters to post. */
static enum rc
load(struct run *r, struct batch *b, struct error *e)
{
	struct item *it;
	enum rc rc;

	b->nletters = 0;
	for (it = b->items; it < b->items + b->n; it++) {
		if (!it->ours)
			continue;
		rc = outbox_bytes(r->db, it->letter, &it->bytes, e);
		if (rc == RC_OK && it->bytes.len == 0)
			rc = outbox_refused(r->db, it->id,
			    "nothing is left of this letter", b->now, e);
		if (rc != RC_OK)
			return rc;
		if (it->bytes.len == 0)
			continue;
		b->letters[b->nletters] = (struct post_letter){ .to = it->to,
			.bytes = it->bytes.s,
			.len = it->bytes.len,
			.envid = it->envid };
		b->of[b->nletters++] = it;
	}
	return RC_OK;
}

/* What the server said of one letter, into its row. */
static enum rc
mark(struct run *r, const struct item *it, const struct post_letter *l,
    const struct error *server, int64_t now, struct error *e)
{
	const char *answer = l->answer;

	if (l->result == POST_SENT)
		return outbox_sent(r->db, it->id, answer, now, e);
	if (l->result == POST_REFUSED)
		return outbox_refused(r->db, it->id, answer, now, e);
	if (server->rc != RC_OK)
		return outbox_again(
		    r->db, it->id, server->text, now + SERVER_PAUSE, e);
	if (now - it->made_at >= GIVE_UP)
		return outbox_refused(r->db, it->id, answer, now, e);
	return outbox_again(
	    r->db, it->id, answer, now + mail_pause(it->tries + 1), e);
}

/*
 * Each in a unit of its own: who is killed between the server's answer and the
 * mark sends at most what was not marked again, the same bytes with the same
 * Message-ID, which is all that mail can do.
 */
static enum rc
mark_all(
    struct run *r, struct batch *b, const struct error *server, struct error *e)
{
	static const char *const words[] = { [POST_LATER] = "later",
		[POST_SENT] = "sent",
		[POST_REFUSED] = "refused" };
	int64_t now = clock_now();
	enum rc rc, first = RC_OK;
	size_t i;

	for (i = 0; i < b->nletters; i++) {
		const struct item *it = b->of[i];
		const struct post_letter *l = &b->letters[i];

		rc = mark(r, it, l, server, now, e);
		r->done += rc == RC_OK && l->result == POST_SENT;
		if (rc != RC_OK && first == RC_OK)
			first = rc;
		if (r->verbose || l->result == POST_REFUSED)
			log_event(
			    l->result == POST_REFUSED ? LOG_WARN : LOG_INFO,
			    "letter %" PRId64 " %s kind=%s tries=%" PRId64
			    ": %s",
			    it->id, words[l->result], it->kind, it->tries + 1,
			    l->answer);
	}
	return first;
}

static enum rc
send_batch(struct run *r, struct batch *b, struct error *e)
{
	struct error server = ERROR_NONE;
	struct post_server to;
	struct buf from;
	enum rc rc;

	rc = db_unit(r->db, claim, b, e);
	if (rc == RC_OK)
		rc = load(r, b, e);
	if (rc != RC_OK || b->nletters == 0)
		return rc;
	buf_init(&from, LIMIT_LINE);
	if (r->s->mail_bounce[0] != '\0')
		buf_puts(&from, r->s->mail_bounce);
	else
		settings_mail_from(r->s, &from);
	rc = buf_rc(&from);
	if (rc == RC_OK) {
		to = (struct post_server){ .host = r->s->mail_host,
			.port = r->s->mail_port,
			.ca = r->s->mail_ca,
			.user = r->s->mail_user,
			.password = r->s->mail_password,
			.from = buf_str(&from) };
		assert(!db_busy(r->db));
		(void)alarm(SESSION);
		(void)!post_letters(&to, b->letters, b->nletters, &server);
		(void)alarm(0);
		rc = mark_all(r, b, &server, e);
	}
	buf_release(&from);
	if (server.rc != RC_OK)
		r->mail_after = clock_mono_ms() + SERVER_PAUSE * 1000;
	if (rc == RC_OK && server.rc != RC_OK)
		rc = error_set(e, server.rc, "%s", server.text);
	return rc;
}

/* *more: there was something due. */
static enum rc
next_batch(struct run *r, bool *more, struct error *e)
{
	struct batch *b;
	enum rc rc;
	size_t i;

	*more = false;
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return error_set(e, RC_NOMEM, "no memory for letters");
	b->now = clock_now();
	rc = outbox_due(r->db, b->now, BATCH, collect, b, e);
	*more = b->n > 0;
	if (rc == RC_OK && b->n > 0)
		rc = send_batch(r, b, e);
	for (i = 0; i < b->n; i++)
		buf_release(&b->items[i].bytes);
	free(b);
	return rc;
}

static bool
may_send(const struct run *r)
{
	return r->s->mail_host[0] != '\0' && clock_mono_ms() >= r->mail_after;
}

static enum rc
see_any(void *ctx, const struct outbox_row *row, struct error *e)
{
	(void)row;
	(void)e;
	*(bool *)ctx = true;
	return RC_OK;
}

enum rc
mail_due(struct run *r, bool *any, struct error *e)
{
	*any = false;
	if (!may_send(r))
		return RC_OK;
	return outbox_due(r->db, clock_now(), 1, see_any, any, e);
}

enum rc
mail_step(struct run *r, struct error *e)
{
	bool more = true;
	enum rc rc = RC_OK;
	int i;

	if (!may_send(r))
		return RC_OK;
	for (i = 0; i < BATCHES && more && rc == RC_OK && !r->stopping(); i++) {
		rc = run_renew(r, e);
		if (rc == RC_OK)
			rc = next_batch(r, &more, e);
	}
	return rc;
}

static enum rc
count_due(void *ctx, const struct outbox_row *row, struct error *e)
{
	(void)row;
	(void)e;
	++*(int64_t *)ctx;
	return RC_OK;
}

enum rc
mail_tell(struct run *r, struct error *e)
{
	const struct settings *s = r->s;
	struct outbox_counts n;
	int64_t due = 0;
	enum rc rc;

	rc = outbox_count(r->db, &n, e);
	if (rc == RC_OK)
		rc = outbox_due(
		    r->db, clock_now(), INT64_MAX, count_due, &due, e);
	if (rc != RC_OK)
		return rc;
	(void)printf("mail: %" PRId64 " to send now, %" PRId64
		     " later; %" PRId64 " were refused\n",
	    due, n.waiting - due, n.refused);
	if (s->mail_host[0] == '\0') {
		(void)puts("mail: mail.host is not set: letters wait");
		return RC_OK;
	}
	if (s->mail_user[0] != '\0' && s->mail_password[0] == '\0')
		return error_set(e, RC_INVALID,
		    "mail.user is \"%s\" and mail.password is not set",
		    s->mail_user);
	if (s->mail_ca[0] != '\0' && access(s->mail_ca, R_OK) != 0)
		return error_errno(
		    e, RC_INVALID, "could not read mail.ca \"%s\"", s->mail_ca);
	(void)printf("mail: by \"%s\" port %" PRId64 "%s%s\n", s->mail_host,
	    s->mail_port, s->mail_user[0] != '\0' ? " as " : "", s->mail_user);
	return RC_OK;
}
