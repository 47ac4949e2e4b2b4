#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "ctl/shopctl.h"
#include "shop/outbox.h"

#define MOST 1000 /* rows that list shows */
#define LETTER (4 * 1024 * 1024)

static const char *const states[] = {
	[OUTBOX_WAITS] = "waits",
	[OUTBOX_SENT] = "sent",
	[OUTBOX_REFUSED] = "refused",
};

/* When something happens next, or happened. */
static int64_t
when(const struct outbox_row *row)
{
	return row->state == OUTBOX_WAITS ? row->next_at : row->done_at;
}

static enum rc
put_row(void *ctx, const struct outbox_row *row, struct error *e)
{
	char at[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(when(row), at);
	(void)printf("%" PRId64 "\t%s\t%s\t%" PRId64 "\t%s\t%s\t%s\n", row->id,
	    states[row->state], at, row->tries, row->kind, row->recipient,
	    row->answer);
	return RC_OK;
}

/* What waits and what was refused; with all, what was sent too. */
static enum rc
list(struct db *db, bool all, struct error *e)
{
	char since[CLOCK_ISO_SIZE];
	struct outbox_counts n;
	enum rc rc;

	if (all) {
		rc = outbox_list(db, 0, MOST, put_row, NULL, e);
	} else {
		rc = outbox_list(db, OUTBOX_REFUSED, MOST, put_row, NULL, e);
		if (rc == RC_OK)
			rc = outbox_list(
			    db, OUTBOX_WAITS, MOST, put_row, NULL, e);
	}
	if (rc == RC_OK)
		rc = outbox_count(db, &n, e);
	if (rc != RC_OK)
		return rc;
	clock_iso(n.oldest, since);
	(void)fprintf(stderr,
	    "%" PRId64 " wait%s%s; %" PRId64 " were refused\n", n.waiting,
	    n.waiting > 0 ? ", the oldest since " : "",
	    n.waiting > 0 ? since : "", n.refused);
	return RC_OK;
}

struct shown {
	int64_t letter;
	bool key; /* it has a link that is a key to an account */
};

static enum rc
put_details(void *ctx, const struct outbox_row *row, struct error *e)
{
	char made[CLOCK_ISO_SIZE], at[CLOCK_ISO_SIZE];
	struct shown *shown = ctx;

	(void)e;
	clock_iso(row->made_at, made);
	clock_iso(when(row), at);
	(void)printf("to        %s\nstate     %s\nkind      %s\n"
		     "made      %s\n%s      %s\ntries     %" PRId64 "\n"
		     "answer    %s\n\n",
	    row->recipient, states[row->state], row->kind, made,
	    row->state == OUTBOX_WAITS ? "next" : "done", at, row->tries,
	    row->answer);
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

static enum rc
show(struct db *db, int64_t id, struct error *e)
{
	struct shown shown = { 0 };
	struct buf b;
	enum rc rc;

	rc = outbox_find(db, id, put_details, &shown, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, LETTER);
	rc = outbox_bytes(db, shown.letter, &b, e);
	if (rc == RC_OK)
		put_letter(&b, shown.key);
	buf_release(&b);
	return rc;
}

static enum rc
retry(struct db *db, int64_t id, struct error *e)
{
	enum rc rc;

	rc = outbox_retry(db, id, clock_now(), e);
	if (rc == RC_OK)
		(void)printf("letter %" PRId64 " is tried next\n", id);
	return rc;
}

enum what { LIST, LIST_ALL, SHOW, RETRY };

static bool
read_command(int argc, char **argv, enum what *what, int64_t *id)
{
	*id = 0;
	*what = LIST;
	if (argc == 1)
		return true;
	if (strcmp(argv[1], "list") == 0) {
		if (argc == 3 && strcmp(argv[2], "-a") == 0)
			*what = LIST_ALL;
		return argc == 2 || *what == LIST_ALL;
	}
	if (strcmp(argv[1], "show") == 0)
		*what = SHOW;
	else if (strcmp(argv[1], "retry") == 0)
		*what = RETRY;
	else
		return false;
	return argc == 3 && num_parse(argv[2], 1, INT64_MAX, id) == RC_OK;
}

int
ctl_mail(const struct ctl *c, int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	struct settings s;
	enum what what;
	int64_t id;
	enum rc rc;

	if (!read_command(argc, argv, &what, &id))
		return ctl_usage("mail");
	rc = settings_load(&s, c->file, &e);
	if (rc != RC_OK)
		return ctl_fail(&e);
	rc = db_open(&s, DB_WRITE, &db, &e);
	if (rc == RC_OK && what == SHOW)
		rc = show(db, id, &e);
	else if (rc == RC_OK && what == RETRY)
		rc = retry(db, id, &e);
	else if (rc == RC_OK)
		rc = list(db, what == LIST_ALL, &e);
	db_close(db);
	settings_release(&s);
	if (fflush(stdout) != 0 && rc == RC_OK)
		rc = error_errno(&e, RC_IO, "could not print");
	return rc == RC_OK ? CTL_OK : ctl_fail(&e);
}
