#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "shop/password.h"
#include "shop/session.h"
#include "t/people.h"

void
people_cheap(struct settings *s)
{
	s->password_memory = 8;
	s->password_time = 1;
	s->password_lanes = 1;
}

int64_t
people_add(struct shop *sh, const char *user_name, const char *email,
    enum people_kind kind)
{
	char word[100], encoded[PASSWORD_SIZE];
	struct settings s = *sh->settings;
	struct registration r = { .user_name = user_name,
		.email = email,
		.name = user_name,
		.password = encoded,
		.proven = kind == PROVEN };
	struct error e = ERROR_NONE;
	int64_t id = 0;
	bool taken = false;
	enum rc rc;

	people_cheap(&s);
	(void)snprintf(word, sizeof(word), "word of %s", user_name);
	rc = password_make(&s, word, encoded, &e);
	if (rc == RC_OK)
		rc = customer_register(sh->db, &r, PEOPLE_NOW, &taken, &id, &e);
	ok(rc == RC_OK && !taken && id != 0, "%s registers: %s", user_name,
	    e.text);
	return id;
}

bool
people_unit(struct shop *sh, db_work *fn, void *ctx, enum rc want)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	rc = db_unit(sh->db, fn, ctx, &e);
	ok(rc == want, "unit: %s %s", rc_name(rc), e.text);
	return rc == RC_OK;
}

void
people_session(struct shop *sh, int64_t customer, char token[TOKEN_SIZE])
{
	struct session_start start = { .customer = customer,
		.method = "google",
		.agent = "a browser",
		.place = "192.0.2.7" };
	struct error e = ERROR_NONE;

	ok(session_begin(sh->db, &start, NULL, PEOPLE_NOW, token, &e) == RC_OK,
	    "session of %d: %s", (int)customer, e.text);
}

bool
people_logged_in(struct shop *sh, const char *token)
{
	struct session s;

	return session_find(
		   sh->db, sh->settings, token, PEOPLE_NOW, &s, NULL) == RC_OK;
}

/* All wait for the pipe's end, so that they begin together. */
static int
child(const struct settings *s, int gate, int me,
    int (*fn)(struct db *db, int me, void *ctx), void *ctx)
{
	struct error e = ERROR_NONE;
	struct db *db;
	char c;
	int rc;

	if (db_open(s, DB_WRITE, &db, &e) != RC_OK) {
		fprintf(stderr, "# %s\n", e.text);
		return 2;
	}
	(void)!read(gate, &c, 1);
	rc = fn(db, me, ctx);
	db_close(db);
	return rc;
}

int
people_crowd(const struct settings *s, int n,
    int (*fn)(struct db *db, int me, void *ctx), void *ctx)
{
	int gate[2], good = 0, status;

	(void)fflush(stdout);
	if (!ok(pipe(gate) == 0, "a gate"))
		return 0;
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)close(gate[1]);
			_exit(child(s, gate[0], i, fn, ctx));
		}
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (int i = 0; i < n; i++)
		if (wait(&status) > 0 && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0)
			good++;
	return good;
}

int64_t
people_count(const struct settings *s, const char *query)
{
	char text[400], out[40];
	int64_t n = -1;

	(void)snprintf(text, sizeof(text), "SELECT '' || (%s)", query);
	if (num_parse(sales_text(s, text, out, sizeof(out)), INT64_MIN,
		INT64_MAX, &n) != RC_OK)
		ok(0, "%s: \"%s\"", query, out);
	return n;
}
