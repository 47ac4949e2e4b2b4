#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/shopctl.h"
#include "shop/inbox.h"

#define MOST 1000 /* events of each state that list shows */

struct inbox_task {
	struct db *db;
	int64_t id;
	bool all;
	enum rc (*fn)(struct inbox_task *t, struct error *e);
};

static enum rc
put_row(void *ctx, const struct inbox_event *in, struct error *e)
{
	char at[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(in->made_at, at);
	(void)printf("%" PRId64 "\t%s\t%s\t%s\t%" PRId64 "\t%s\t%s\n", in->id,
	    inbox_state_name(in->state), at, in->source, in->tries, in->event,
	    in->why);
	return RC_OK;
}

static enum rc
list(struct inbox_task *t, struct error *e)
{
	enum rc rc;

	rc = inbox_list(t->db, INBOX_FOR_A_PERSON, MOST, put_row, NULL, e);
	if (rc == RC_OK)
		rc = inbox_list(t->db, INBOX_WAITS, MOST, put_row, NULL, e);
	if (rc == RC_OK && t->all)
		rc = inbox_list(t->db, INBOX_DONE, MOST, put_row, NULL, e);
	return rc;
}

/* The body is bytes of others: what a terminal might obey is left out. */
static void
put_bytes(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)putchar(
		    (unsigned char)s[i] < 0x20 && s[i] != '\n' && s[i] != '\t'
			? ' '
			: s[i]);
	(void)putchar('\n');
}

static enum rc
put_event(void *ctx, const struct inbox_event *in, struct error *e)
{
	char at[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(in->made_at, at);
	(void)printf("event     %" PRId64 "\nsource    %s\nname      %s\n"
		     "came      %s\nstate     %s\ntries     %" PRId64
		     "\nwhy       %s\n\n",
	    in->id, in->source, in->event, at, inbox_state_name(in->state),
	    in->tries, in->why);
	put_bytes(in->headers, strlen(in->headers));
	(void)putchar('\n');
	put_bytes(in->body, in->n);
	return RC_OK;
}

static enum rc
show(struct inbox_task *t, struct error *e)
{
	return inbox_get(t->db, t->id, put_event, NULL, e);
}

static enum rc
replay(struct inbox_task *t, struct error *e)
{
	enum rc rc = inbox_reopen(t->db, t->id, clock_now(), e);

	if (rc == RC_OK)
		(void)printf("event %" PRId64
			     " waits; lifecycle applies it once more\n",
		    t->id);
	return rc;
}

static enum rc
done(struct inbox_task *t, struct error *e)
{
	enum rc rc = inbox_seen(t->db, t->id, clock_now(), e);

	if (rc == RC_OK)
		(void)printf("event %" PRId64 " is done\n", t->id);
	return rc;
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct inbox_task *t = ctx;

	(void)s;
	t->db = db;
	return t->fn(t, e);
}

static int
run(const struct ctl *c, struct inbox_task *t,
    enum rc (*fn)(struct inbox_task *t, struct error *e))
{
	t->fn = fn;
	return ctl_status(ctl_do(c, DB_WRITE, work, t));
}

int
ctl_inbox(const struct ctl *c, int argc, char **argv)
{
	struct inbox_task t = { 0 };

	if (argc == 3 && strcmp(argv[1], "show") == 0 &&
	    ctl_number(argv[2], 1, INT64_MAX, &t.id))
		return run(c, &t, show);
	if (argc == 3 && strcmp(argv[1], "done") == 0 &&
	    ctl_number(argv[2], 1, INT64_MAX, &t.id))
		return run(c, &t, done);
	t.all = argc == 3 && strcmp(argv[2], "-a") == 0;
	if (argc > 1 && (strcmp(argv[1], "list") != 0 || argc != 2 + t.all))
		return ctl_usage("inbox");
	return run(c, &t, list);
}

int
ctl_replay(const struct ctl *c, int argc, char **argv)
{
	struct inbox_task t = { 0 };

	if (argc != 2 || !ctl_number(argv[1], 1, INT64_MAX, &t.id))
		return ctl_usage("replay");
	return run(c, &t, replay);
}
