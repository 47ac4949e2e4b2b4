#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/mail.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "shop/outbox.h"

#define MOST 1000 /* rows of a state that list shows */
#define LETTER (4 * 1024 * 1024)

/* When something happens next, or happened. */
static int64_t
when(const struct outbox_row *row)
{
	switch (row->state) {
	case OUTBOX_WAITS:
		return row->next_at;
	case OUTBOX_BOUNCED:
		return row->bounced_at;
	case OUTBOX_SENT:
	case OUTBOX_REFUSED:
		break;
	}
	return row->done_at;
}

/* What a server has said of it last. */
static const char *
said(const struct outbox_row *row)
{
	return row->bounce[0] != '\0' ? row->bounce : row->answer;
}

/*** list ***/

static enum rc
put_row(void *ctx, const struct outbox_row *row, struct error *e)
{
	char at[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(when(row), at);
	(void)printf("%" PRId64 "\t%s\t%s\t%" PRId64 "\t%s\t%s\t%s\n", row->id,
	    outbox_state_name(row->state), at, row->tries, row->kind,
	    row->recipient, said(row));
	return RC_OK;
}

static void
fill(json_t *to, const struct outbox_row *row)
{
	bool waits = row->state == OUTBOX_WAITS;

	out_number(to, "number", row->id);
	out_text(to, "state", outbox_state_name(row->state));
	out_text(to, "kind", row->kind);
	out_number(to, "order", row->order);
	out_text(to, "receiver", row->recipient);
	out_text(to, "message_id", row->uid);
	out_number(to, "tries", row->tries);
	out_time(to, "made", row->made_at);
	out_time(to, "next", waits ? row->next_at : 0);
	out_time(to, "done", waits ? 0 : row->done_at);
	out_time(to, "bounced", row->bounced_at);
	out_text(to, "answer", row->answer);
	out_text(to, "bounce", row->bounce);
}

static enum rc
add_row(void *ctx, const struct outbox_row *row, struct error *e)
{
	(void)e;
	fill(out_row(ctx), row);
	return RC_OK;
}

/* What waits, was refused or came back; with all, what was sent too; or those
 * of an order. */
static enum rc
each(struct mail_task *t, outbox_see *see, void *ctx, struct error *e)
{
	static const enum outbox_state bad[] = { OUTBOX_BOUNCED, OUTBOX_REFUSED,
		OUTBOX_WAITS };
	enum rc rc = RC_OK;

	if (t->order != NULL) {
		struct order o;

		rc = order_find(t->db, t->order, &o, e);
		if (rc != RC_OK)
			return rc;
		rc = outbox_of_order(t->db, o.id, see, ctx, e);
		order_release(&o);
		return rc;
	}
	if (t->all)
		return outbox_list(t->db, 0, MOST, see, ctx, e);
	for (size_t i = 0; rc == RC_OK && i < sizeof(bad) / sizeof(bad[0]); i++)
		rc = outbox_list(t->db, bad[i], MOST, see, ctx, e);
	return rc;
}

static enum rc
list_json(struct mail_task *t, const struct outbox_counts *n, struct error *e)
{
	json_t *all = json_object();
	enum rc rc;

	out_number(all, "waiting", n->waiting);
	out_number(all, "refused", n->refused);
	out_number(all, "bounced", n->bounced);
	out_time(all, "oldest", n->oldest);
	rc = each(t, add_row, out_list(all, "letters"), e);
	if (rc == RC_OK)
		return out_print(all, true, "", e);
	json_decref(all);
	return rc;
}

static enum rc
list(struct mail_task *t, struct error *e)
{
	char since[CLOCK_ISO_SIZE];
	struct outbox_counts n;
	enum rc rc;

	rc = outbox_count(t->db, &n, e);
	if (rc == RC_OK && t->json)
		return list_json(t, &n, e);
	if (rc == RC_OK)
		rc = each(t, put_row, NULL, e);
	if (rc != RC_OK)
		return rc;
	clock_iso(n.oldest, since);
	(void)fprintf(stderr, "%" PRId64 " wait%s%s; %" PRId64 " were refused",
	    n.waiting, n.waiting > 0 ? ", the oldest since " : "",
	    n.waiting > 0 ? since : "", n.refused);
	if (n.bounced > 0)
		(void)fprintf(stderr, "; %" PRId64 " came back", n.bounced);
	(void)fputc('\n', stderr);
	return RC_OK;
}

/*** show ***/

struct shown {
	int64_t letter;
	bool key; /* it has a link that is a key to an account */
	json_t *all;
};

static void
put_details(const struct outbox_row *row)
{
	char made[CLOCK_ISO_SIZE], at[CLOCK_ISO_SIZE];

	clock_iso(row->made_at, made);
	clock_iso(when(row), at);
	(void)printf("to        %s\nstate     %s\nkind      %s\n"
		     "made      %s\n%s      %s\ntries     %" PRId64 "\n"
		     "answer    %s\n",
	    row->recipient, outbox_state_name(row->state), row->kind, made,
	    row->state == OUTBOX_WAITS ? "next" : "done", at, row->tries,
	    row->answer);
	if (row->order != 0)
		(void)printf("order     %" PRId64 "\n", row->order);
	if (row->bounce[0] != '\0')
		(void)printf("%s  %s\n",
		    row->bounced_at != 0 ? "came back" : "is late ",
		    row->bounce);
	(void)putchar('\n');
}

static enum rc
see_details(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct shown *shown = ctx;

	(void)e;
	if (shown->all != NULL)
		fill(shown->all, row);
	else
		put_details(row);
	shown->letter = row->letter;
	shown->key = outbox_is_key(row->kind);
	return RC_OK;
}

/* A letter's lines; its headers only when the rest is a key. */
static void
put_letter(const struct buf *b, bool headers)
{
	const char *s = buf_str(b), *end = s + b->len;

	for (; s < end; s++) {
		if (headers && end - s > 3 && memcmp(s, "\r\n\r\n", 4) == 0)
			break;
		if (*s != '\r')
			(void)putchar(*s);
	}
	if (headers && b->len > 0)
		(void)puts("\n\n(the rest has a link that is a key)");
	else if (b->len == 0)
		(void)puts("(it was sent, and is not kept)");
}

/* The headers alone when the rest is a key, null when nothing is kept. */
static void
add_letter(json_t *all, struct buf *b, bool headers)
{
	const char *end;

	if (headers && b->len > 0) {
		end = strstr(buf_str(b), "\r\n\r\n");
		if (end != NULL)
			buf_cut(b, (size_t)(end - buf_str(b)) + 2);
	}
	if (b->len > 0)
		out_text(all, "letter", buf_str(b));
	else
		out_time(all, "letter", 0);
}

static enum rc
show(struct mail_task *t, struct error *e)
{
	struct shown shown = { .all = t->json ? json_object() : NULL };
	struct buf b;
	enum rc rc;

	buf_init(&b, LETTER);
	rc = outbox_find(t->db, t->id, see_details, &shown, e);
	if (rc == RC_OK)
		rc = outbox_bytes(t->db, shown.letter, &b, e);
	if (rc == RC_OK && t->json) {
		add_letter(shown.all, &b, shown.key);
		rc = out_print(shown.all, true, "", e);
		shown.all = NULL;
	} else if (rc == RC_OK) {
		put_letter(&b, shown.key);
	}
	json_decref(shown.all);
	buf_release(&b);
	return rc;
}

/*** retry and resend ***/

static enum rc
retry(struct mail_task *t, struct error *e)
{
	enum rc rc;

	rc = outbox_retry(t->db, t->id, clock_now(), e);
	if (rc == RC_OK)
		(void)printf("letter %" PRId64 " is tried next\n", t->id);
	return rc;
}

static enum rc
resend(struct mail_task *t, struct error *e)
{
	json_t *all;
	char witness[40];
	int64_t again;
	enum rc rc;

	order_staff(witness, sizeof(witness));
	rc = outbox_resend(t->db, t->id, witness, clock_now(), &again, e);
	if (rc == RC_OK && t->json) {
		all = json_object();
		out_number(all, "number", again);
		return out_print(all, true, "", e);
	}
	if (rc == RC_OK)
		(void)printf("letter %" PRId64 " is sent once more, as %" PRId64
			     "\n",
		    t->id, again);
	return rc;
}

/*** The command ***/

static const struct action {
	const char *name;
	enum rc (*fn)(struct mail_task *t, struct error *e);
	const char *options; /* by their letters */
	bool one;            /* names a letter */
} actions[] = {
	{ "list", list, "ajo", false },
	{ "show", show, "j", true },
	{ "retry", retry, "", true },
	{ "resend", resend, "j", true },
	{ "bounce", mail_bounce, "", false },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool
read_command(int argc, char **argv, struct mail_task *t)
{
	static const struct option longer[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "order", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	t->action = argc == 1 ? &actions[0] : NULL;
	for (size_t i = 0; i < ACTIONS && argc > 1; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			t->action = &actions[i];
	if (t->action == NULL)
		return false;
	if (argc > 1) {
		argc--;
		argv++;
	}
	while ((opt = getopt_long(argc, argv, "a", longer, NULL)) != -1) {
		if (opt == '?' || strchr(t->action->options, opt) == NULL)
			return false;
		t->all |= opt == 'a';
		t->json |= opt == 'j';
		if (opt == 'o')
			t->order = optarg;
	}
	if (!t->action->one)
		return optind == argc;
	return optind + 1 == argc &&
	       ctl_number(argv[optind], 1, INT64_MAX, &t->id);
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct mail_task *t = ctx;

	t->s = s;
	t->db = db;
	return t->action->fn(t, e);
}

int
ctl_mail(const struct ctl *c, int argc, char **argv)
{
	struct mail_task t = { 0 };
	enum rc rc;

	if (!read_command(argc, argv, &t))
		return ctl_usage("mail");
	rc = ctl_do(c, DB_WRITE, work, &t);
	/* for a mail server that pipes to us: keep it, and try later */
	if (t.action->fn == mail_bounce && rc != RC_OK && rc != RC_INVALID)
		return MAIL_TEMPFAIL;
	return ctl_status(rc);
}
