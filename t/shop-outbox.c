/* R59, R60, R62: letters on their way out. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "shop/outbox.h"
#include "t/shop.h"

struct posting {
	const char *uid, *kind;
	const char *bytes;
	size_t len, n;
	const char *to[3];
	bool fail;
};

static enum rc
post(struct db *db, void *ctx, struct error *e)
{
	struct posting *p = ctx;
	struct outbox_letter l = { .uid = p->uid,
		.kind = p->kind,
		.customer = 7,
		.bytes = p->bytes,
		.len = p->len };
	enum rc rc;

	rc = outbox_put(db, &l, p->to, p->n, 1000, e);
	if (rc == RC_OK && p->fail)
		rc = error_set(e, RC_INVALID, "the thing it tells of failed");
	return rc;
}

static enum rc
put_letter(struct shop *sh, const char *uid, const char *kind, const char *to)
{
	struct posting p = { .uid = uid,
		.kind = kind,
		.bytes = "a\0b\r\n.\r\n",
		.len = 8,
		.n = 1,
		.to = { to } };
	struct error e = ERROR_NONE;

	return db_unit(sh->db, post, &p, &e);
}

/* Rows joined as "id recipient tries|…" */
static enum rc
see(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_printf(b, "%" PRId64 " %s %" PRId64 "|", row->id, row->recipient,
	    row->tries);
	return buf_rc(b);
}

static void
is_due(struct shop *sh, int64_t now, const char *want, const char *what)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 2000);
	is_int(outbox_due(sh->db, now, 10, see, &b, &e), RC_OK, e.text);
	is_str(buf_str(&b), want, what);
	buf_release(&b);
}

static void
is_listed(struct shop *sh, enum outbox_state state, const char *want,
    const char *what)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 2000);
	is_int(outbox_list(sh->db, state, 10, see, &b, &e), RC_OK, e.text);
	is_str(buf_str(&b), want, what);
	buf_release(&b);
}

static size_t
bytes_of(struct shop *sh, int64_t letter, char *out, size_t size)
{
	struct error e = ERROR_NONE;
	size_t n;
	struct buf b;

	buf_init(&b, 2000);
	is_int(outbox_bytes(sh->db, letter, &b, &e), RC_OK, e.text);
	n = b.len < size ? b.len : size;
	memcpy(out, buf_str(&b), n);
	buf_release(&b);
	return n;
}

static void
a_letter_is_there_with_what_it_tells_or_not_at_all_R59(const struct settings *s)
{
	struct posting p = { .uid = "u1",
		.kind = "order",
		.bytes = "a\0b\r\n.\r\n",
		.len = 8,
		.n = 2,
		.to = { "a@b.example", "boss@hats.example" } };
	struct error e = ERROR_NONE;
	struct shop sh;
	char out[20];

	if (!shop_open(&sh, s))
		return;
	is_int(db_unit(sh.db, post, &p, &e), RC_OK, e.text);
	is_due(&sh, 999, "", "not before its time");
	is_due(&sh, 1000, "1 a@b.example 0|2 boss@hats.example 0|",
	    "an envelope each");
	ok(bytes_of(&sh, 1, out, sizeof(out)) == 8 &&
		memcmp(out, "a\0b\r\n.\r\n", 8) == 0,
	    "of the same bytes");
	is_int(
	    db_unit(sh.db, post, &p, &e), RC_INVALID, "a uid names one letter");
	p.uid = "u2";
	p.fail = true;
	is_int(db_unit(sh.db, post, &p, &e), RC_INVALID, "a unit fails");
	is_due(&sh, 5000, "1 a@b.example 0|2 boss@hats.example 0|",
	    "so nothing more leaves");
	shop_close(&sh);
}

static void
of_two_who_read_a_row_one_sends_it_R59(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct shop sh;
	bool ours;

	if (!shop_open(&sh, s))
		return;
	is_int(put_letter(&sh, "u1", "order", "a@b.example"), RC_OK, "put");
	ok(outbox_claim(sh.db, 1, 0, 1600, &ours, &e) == RC_OK && ours,
	    "the first: %s", e.text);
	ok(outbox_claim(sh.db, 1, 0, 1600, &ours, &e) == RC_OK && !ours,
	    "not the second");
	is_due(&sh, 1599, "", "nobody else sees it meanwhile");
	is_due(&sh, 1600, "1 a@b.example 1|", "who died leaves it to others");
	ok(outbox_claim(sh.db, 1, 1, 2000, &ours, &e) == RC_OK && ours,
	    "again");
	is_int(outbox_sent(sh.db, 1, "250 2.0.0 ok", 1700, &e), RC_OK, e.text);
	ok(outbox_claim(sh.db, 1, 2, 2600, &ours, &e) == RC_OK && !ours,
	    "what is sent is nobody's");
	is_int(outbox_again(sh.db, 1, "451 late", 1, &e), RC_OK, "too late");
	is_int(outbox_refused(sh.db, 1, "550 late", 1, &e), RC_OK, "too late");
	is_listed(&sh, OUTBOX_SENT, "1 a@b.example 2|", "it stays sent");
	is_listed(&sh, OUTBOX_WAITS, "", "and waits no more");
	shop_close(&sh);
}

static void
what_was_refused_stays_visible_and_can_be_tried_again_R62(
    const struct settings *s)
{
	char answer[3000], got[600];
	struct error e = ERROR_NONE;
	struct outbox_counts n;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	is_int(put_letter(&sh, "u1", "order", "a@b.example"), RC_OK, "put");
	is_int(put_letter(&sh, "u2", "order", "c@d.example"), RC_OK, "put");
	is_int(outbox_again(sh.db, 1, "451 4.7.1 greylisted", 1060, &e), RC_OK,
	    e.text);
	is_due(&sh, 1059, "2 c@d.example 0|", "later");
	is_int(
	    outbox_refused(sh.db, 2, "550 5.1.1 no\r\nsuch \377user", 1050, &e),
	    RC_OK, e.text);
	is_str(sales_text(s, "SELECT answer FROM outbox WHERE id = 2", got,
		   sizeof(got)),
	    "550 5.1.1 no such \357\277\275user", "one clean line");
	is_int(outbox_count(sh.db, &n, &e), RC_OK, e.text);
	ok(n.waiting == 1 && n.refused == 1 && n.oldest == 1000, "counts");
	is_listed(&sh, OUTBOX_REFUSED, "2 c@d.example 0|", "refused");
	is_listed(&sh, 0, "2 c@d.example 0|1 a@b.example 0|", "all");
	is_int(outbox_retry(sh.db, 2, 1100, &e), RC_OK, e.text);
	is_due(&sh, 1100, "1 a@b.example 0|2 c@d.example 0|", "both");
	is_int(outbox_retry(sh.db, 3, 1100, &e), RC_NOTFOUND, "none such");
	memset(answer, 'x', sizeof(answer) - 1);
	memcpy(answer + 499, "\303\274", 2);
	answer[sizeof(answer) - 1] = '\0';
	error_clear(&e);
	is_int(outbox_again(sh.db, 2, answer, 1200, &e), RC_OK, e.text);
	sales_text(
	    s, "SELECT answer FROM outbox WHERE id = 2", got, sizeof(got));
	is_int((long long)strlen(got), 499, "a long answer is cut");
	shop_close(&sh);
}

static void
a_link_that_is_a_key_is_forgotten_once_sent(const struct settings *s)
{
	struct posting p = { .uid = "u2",
		.kind = "reset",
		.bytes = "x",
		.len = 1,
		.n = 2,
		.to = { "a@b.example", "c@d.example" } };
	static const char *const kinds[] = { "confirm", "reset", "change",
		"link", "notice", "order" };
	char out[20], uid[20], query[200];
	struct error e = ERROR_NONE;
	struct shop sh;
	int64_t id;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	is_int(put_letter(&sh, "u1", "notice", "a@b.example"), RC_OK, "put");
	is_int(db_unit(sh.db, post, &p, &e), RC_OK, e.text);
	is_int(outbox_sent(sh.db, 1, "250", 1, &e), RC_OK, e.text);
	is_int((long long)bytes_of(&sh, 1, out, sizeof(out)), 8, "a notice");
	is_int(outbox_sent(sh.db, 2, "250", 1, &e), RC_OK, e.text);
	is_int((long long)bytes_of(&sh, 2, out, sizeof(out)), 1,
	    "a key that one more waits for");
	is_int(outbox_sent(sh.db, 3, "250", 1, &e), RC_OK, e.text);
	is_int((long long)bytes_of(&sh, 2, out, sizeof(out)), 0, "a key");
	is_int(outbox_find(sh.db, 99, see, NULL, &e), RC_NOTFOUND, "no row");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		(void)snprintf(uid, sizeof(uid), "k%zu", i);
		is_int(put_letter(&sh, uid, kinds[i], "a@b.example"), RC_OK,
		    kinds[i]);
		(void)snprintf(query, sizeof(query),
		    "SELECT '' || o.id FROM outbox o JOIN letter l"
		    " ON l.id = o.letter_id WHERE l.uid = '%s'",
		    uid);
		sales_text(s, query, out, sizeof(out));
		ok(num_parse(out, 1, 1000, &id) == RC_OK &&
			outbox_sent(sh.db, id, "250", 1, &e) == RC_OK,
		    "sent");
		(void)snprintf(query, sizeof(query),
		    "SELECT '' || length(bytes) FROM letter WHERE uid = '%s'",
		    uid);
		is_str(sales_text(s, query, out, sizeof(out)),
		    outbox_is_key(kinds[i]) ? "0" : "8", kinds[i]);
	}
	shop_close(&sh);
}

static void
a_letter_can_be_sent_once_more_R59(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct shop sh;
	int64_t again = 0;

	if (!shop_open(&sh, s))
		return;
	is_int(put_letter(&sh, "u1", "notice", "a@b.example"), RC_OK, "put");
	is_int(outbox_resend(sh.db, 1, "staff a", 1100, &again, &e),
	    RC_CONFLICT, "not what waits");
	error_clear(&e);
	is_int(outbox_sent(sh.db, 1, "250", 1050, &e), RC_OK, e.text);
	is_int(outbox_resend(sh.db, 1, "staff a", 1100, &again, &e), RC_OK,
	    e.text);
	is_int(again, 2, "in an envelope of its own");
	is_due(&sh, 1100, "2 a@b.example 0|", "at once");
	is_int(outbox_resend(sh.db, 1, "staff a", 1100, &again, &e),
	    RC_CONFLICT, "once, however often it is asked for");
	error_clear(&e);
	is_int(outbox_resend(sh.db, 9, "staff a", 1100, &again, &e),
	    RC_NOTFOUND, "none such");
	error_clear(&e);
	is_int(put_letter(&sh, "u2", "reset", "a@b.example"), RC_OK, "put");
	is_int(outbox_sent(sh.db, 3, "250", 1050, &e), RC_OK, e.text);
	is_int(outbox_resend(sh.db, 3, "staff a", 1100, &again, &e),
	    RC_NOTFOUND, "nor a key that is forgotten");
	shop_close(&sh);
}

static void
what_came_back_stays_visible_R62(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct outbox_counts n;
	struct shop sh;
	char got[600];
	bool first;

	if (!shop_open(&sh, s))
		return;
	is_int(put_letter(&sh, "u1", "notice", "a@b.example"), RC_OK, "put");
	is_int(outbox_sent(sh.db, 1, "250", 1050, &e), RC_OK, e.text);
	is_int(outbox_late(sh.db, 1, "4.4.1 late", &e), RC_OK, e.text);
	is_listed(&sh, OUTBOX_SENT, "1 a@b.example 0|", "only late");
	ok(outbox_bounced(sh.db, 1, "5.1.1 no\r\nsuch", 1060, &first, &e) ==
		    RC_OK &&
		first,
	    "it comes back: %s", e.text);
	ok(outbox_bounced(sh.db, 1, "5.2.2 full", 1070, &first, &e) == RC_OK &&
		!first,
	    "once: %s", e.text);
	is_int(outbox_late(sh.db, 1, "4.4.1 late", &e), RC_OK, e.text);
	is_listed(&sh, OUTBOX_SENT, "", "sent no more");
	is_listed(&sh, OUTBOX_BOUNCED, "1 a@b.example 0|", "it came back");
	is_str(sales_text(s, "SELECT bounce FROM outbox", got, sizeof(got)),
	    "5.1.1 no such", "the first reason counts");
	is_int(outbox_count(sh.db, &n, &e), RC_OK, e.text);
	ok(n.waiting == 0 && n.refused == 0 && n.bounced == 1, "counts");
	shop_close(&sh);
}

#define RUNNERS 4
#define CROWD 40

struct taken {
	struct db *db;
	int64_t ids[CROWD], tries[CROWD];
	size_t n;
};

static enum rc
note(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct taken *t = ctx;

	(void)e;
	t->ids[t->n] = row->id;
	t->tries[t->n++] = row->tries;
	return RC_OK;
}

/* Reads all that is due, takes what it can; the exit status counts it. */
static void
take_all(const struct settings *s)
{
	struct taken t = { .n = 0 };
	struct error e = ERROR_NONE;
	int got = 0;
	bool ours;
	size_t i;

	if (db_open(s, DB_WRITE, &t.db, &e) != RC_OK ||
	    outbox_due(t.db, 2000, CROWD, note, &t, &e) != RC_OK)
		_exit(255);
	for (i = 0; i < t.n; i++) {
		if (outbox_claim(t.db, t.ids[i], t.tries[i], 9000, &ours, &e) !=
		    RC_OK)
			_exit(255);
		got += ours;
	}
	db_close(t.db);
	_exit(got);
}

static void
of_four_who_take_all_each_row_has_one_R59(const struct settings *s)
{
	int i, status, sum = 0, failed = 0;
	pid_t pids[RUNNERS];
	struct shop sh;
	char uid[20];

	if (!shop_open(&sh, s))
		return;
	for (i = 0; i < CROWD; i++) {
		(void)snprintf(uid, sizeof(uid), "u%d", i);
		if (put_letter(&sh, uid, "order", "a@b.example") != RC_OK)
			failed++;
	}
	is_int(failed, 0, "letters");
	for (i = 0; i < RUNNERS; i++) {
		fflush(stdout);
		pids[i] = fork();
		if (pids[i] == 0)
			take_all(s);
	}
	for (i = 0; i < RUNNERS; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] ||
		    !WIFEXITED(status) || WEXITSTATUS(status) == 255)
			failed++;
		else
			sum += WEXITSTATUS(status);
	}
	is_int(failed, 0, "no runner failed");
	is_int(sum, CROWD, "each row was one runner's");
	is_due(&sh, 2000, "", "and none is left");
	shop_close(&sh);
}

static struct shop torn;

static enum rc
whole(void)
{
	struct posting p = { .uid = "u9",
		.kind = "reset",
		.bytes = "x",
		.len = 1,
		.n = 1,
		.to = { "a@b.example" },
		.fail = true };
	struct error e = ERROR_NONE;
	struct outbox_counts n;
	struct buf b;
	bool ours;
	enum rc rc;

	rc = db_unit(torn.db, post, &p, &e);
	if (rc == RC_INVALID)
		rc = RC_OK;
	buf_init(&b, 2000);
	if (rc == RC_OK)
		rc = outbox_claim(torn.db, 1, 99, 1, &ours, &e);
	if (rc == RC_OK)
		rc = outbox_again(torn.db, 1, "451", 1000, &e);
	if (rc == RC_OK)
		rc = outbox_retry(torn.db, 1, 1000, &e);
	if (rc == RC_OK)
		rc = outbox_due(torn.db, 5000, 10, see, &b, &e);
	if (rc == RC_OK)
		rc = outbox_list(torn.db, 0, 10, see, &b, &e);
	if (rc == RC_OK)
		rc = outbox_find(torn.db, 1, see, &b, &e);
	if (rc == RC_OK)
		rc = outbox_count(torn.db, &n, &e);
	if (rc == RC_OK)
		rc = outbox_of_letter(torn.db, "u1", see, &b, &e);
	if (rc == RC_OK)
		rc = outbox_bytes(torn.db, 1, &b, &e);
	buf_release(&b);
	return rc;
}

static void
each_allocation_and_each_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&torn, s))
		return;
	is_int(put_letter(&torn, "u1", "order", "a@b.example"), RC_OK, "put");
	ok(torture("outbox", whole) > 3, "allocations");
	ok(shop_db_torture("outbox", whole) > 10, "database calls");
	shop_close(&torn);
}

int
main(void)
{
	RUN_EACH(a_letter_is_there_with_what_it_tells_or_not_at_all_R59);
	RUN_EACH(of_two_who_read_a_row_one_sends_it_R59);
	RUN_EACH(of_four_who_take_all_each_row_has_one_R59);
	RUN_EACH(what_was_refused_stays_visible_and_can_be_tried_again_R62);
	RUN_EACH(a_link_that_is_a_key_is_forgotten_once_sent);
	RUN_EACH(a_letter_can_be_sent_once_more_R59);
	RUN_EACH(what_came_back_stays_visible_R62);
	RUN_EACH(each_allocation_and_each_database_call_may_fail);
	return tap_done();
}
