#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "syncd/snapshot.h"

/*
 * The place that MariaDB names for a snapshot is wrong when the file has just
 * begun: what was committed to the end of the file before may be missing.  A
 * file's own header, with a list of GTIDs, ends below this.
 */
#define HEAD_BYTES 8192
#define HEAD_WAIT_MS 1000 /* after that the commits before are through */
#define RETRY_MS 1

static const char begin[] =
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/* One value of one row. */
static enum rc
ask(struct work *w, const char *sql, const char *arg, struct buf *out,
    struct error *e)
{
	const char *args[] = { arg }, *text;
	struct link_query *q = NULL;
	size_t n;
	enum rc rc;

	rc = link_prepare(w->link, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, arg != NULL ? 1 : 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK) {
		text = link_text(q, 0, &n);
		if (text != NULL)
			buf_put(out, text, n);
		rc = buf_rc(out);
	}
	link_free(q);
	return rc;
}

/* -- MySQL --------------------------------------------------------------- */

static enum rc
executed(struct work *w, struct place *out, struct error *e)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_GTID_SET);
	rc = ask(w, "SELECT @@GLOBAL.gtid_executed", NULL, &text, e);
	if (rc == RC_OK)
		rc = gtid_set_parse(&out->set, buf_str(&text), text.len, e);
	buf_release(&text);
	return rc;
}

static enum rc
wait_executed(struct work *w, const struct place *need, struct error *e)
{
	static const char sql[] =
	    "SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)";
	int64_t end = clock_mono_ms() + SNAPSHOT_WAIT_MS;
	struct buf set, yes;
	enum rc rc;

	buf_init(&set, LIMIT_GTID_SET);
	buf_init(&yes, 64);
	gtid_set_print(&need->set, &set);
	rc = buf_rc(&set);
	while (rc == RC_OK) {
		buf_reset(&yes);
		rc = ask(w, sql, buf_str(&set), &yes, e);
		if (rc != RC_OK || strcmp(buf_str(&yes), "1") == 0)
			break;
		if (clock_mono_ms() > end)
			rc = error_set(e, RC_CONFLICT,
			    "the stock system streamed what it has not "
			    "executed");
		clock_sleep_ms(RETRY_MS);
	}
	buf_release(&yes);
	buf_release(&set);
	return rc;
}

/* -- MariaDB ------------------------------------------------------------- */

static enum rc
read_place(struct work *w, struct place *out, struct error *e)
{
	static const char sql[] = "SHOW STATUS LIKE 'binlog_snapshot_%'";
	char file[PLACE_FILE] = "";
	struct link_query *q = NULL;
	int64_t pos = -1;
	enum rc rc;

	rc = link_prepare(w->link, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		const char *name = link_text(q, 0, NULL);
		const char *value = link_text(q, 1, NULL);

		if (name == NULL || value == NULL)
			continue;
		if (strcasecmp(name, "binlog_snapshot_file") == 0 &&
		    strlen(value) < sizeof(file))
			memcpy(file, value, strlen(value) + 1);
		if (strcasecmp(name, "binlog_snapshot_position") == 0 &&
		    num_parse(value, 0, INT64_MAX, &pos) != RC_OK)
			pos = -1;
	}
	link_free(q);
	if (rc != RC_NOTFOUND)
		return rc;
	if (file[0] == '\0' || pos < 0)
		return error_set(e, RC_INVALID,
		    "the stock system does not say where its log is");
	return place_set(out, file, (uint64_t)pos, e);
}

static enum rc
open_at(struct work *w, struct place *at, struct error *e)
{
	enum rc rc;

	rc = link_do(w->link, begin, e);
	if (rc == RC_OK)
		rc = read_place(w, at, e);
	return rc;
}

static bool
at_head(const struct place *p)
{
	return p->pos < HEAD_BYTES;
}

/* One that is known to have all that the log has before it. */
static enum rc
open_known(struct work *w, struct place *at, struct error *e)
{
	struct place before;
	enum rc rc;

	rc = open_at(w, at, e);
	for (int i = 0; rc == RC_OK && at_head(at); i++) {
		before = *at;
		(void)!link_do(w->link, "ROLLBACK", NULL);
		if (i == SNAPSHOT_WAIT_MS / HEAD_WAIT_MS)
			return error_set(e, RC_CONFLICT,
			    "the stock system begins a new binlog too often");
		clock_sleep_ms(HEAD_WAIT_MS);
		rc = open_at(w, at, e);
		/* the same file a while later: the one before is through */
		if (rc == RC_OK && strcmp(before.file, at->file) == 0)
			break;
	}
	return rc;
}

static enum rc
open_covering(struct work *w, const struct place *need, struct error *e)
{
	int64_t end = clock_mono_ms() + SNAPSHOT_WAIT_MS;
	struct place at;
	enum rc rc;

	place_init(&at, true);
	while ((rc = open_at(w, &at, e)) == RC_OK) {
		if (strcmp(at.file, need->file) != 0 && at_head(&at)) {
			(void)!link_do(w->link, "ROLLBACK", NULL);
			return open_known(w, &at, e);
		}
		if (place_covers(&at, need))
			return RC_OK;
		(void)!link_do(w->link, "ROLLBACK", NULL);
		if (clock_mono_ms() > end)
			return error_set(e, RC_CONFLICT,
			    "the stock system streamed what it does not show");
		clock_sleep_ms(RETRY_MS);
	}
	return rc;
}

/* ------------------------------------------------------------------------ */

enum rc
snapshot_open(struct work *w, const struct place *need, struct error *e)
{
	enum rc rc = RC_OK;

	if (need != NULL && need->mariadb && need->file[0] != '\0')
		return open_covering(w, need, e);
	if (need != NULL && need->set.n > 0)
		rc = wait_executed(w, need, e);
	if (rc == RC_OK)
		rc = link_do(w->link, begin, e);
	return rc;
}

enum rc
snapshot_close(struct work *w, struct error *e)
{
	return link_do(w->link, "COMMIT", e);
}

enum rc
snapshot_place(struct work *w, bool proven, struct place *out, struct error *e)
{
	enum rc rc;

	if (!out->mariadb)
		return executed(w, out, e);
	rc = proven ? open_known(w, out, e) : open_at(w, out, e);
	if (rc == RC_OK)
		rc = snapshot_close(w, e);
	return rc;
}
