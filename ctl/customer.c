#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "ctl/shopctl.h"
#include "shop/customer.h"
#include "shop/login.h"
#include "shop/mydata.h"
#include "shop/seclog.h"

#define EVENTS 20 /* the latest that show prints */

struct task {
	struct db *db;
	const char *who;
	size_t action;
	bool staff;
	struct customer customer;
	int64_t now;
};

/* "id:7", an address, or a user name.  An address that nobody has proven is
 * its newest claimant's, which show says. */
static enum rc
find(struct task *t, struct error *e)
{
	int64_t id;
	enum rc rc;

	if (strncmp(t->who, "id:", 3) == 0) {
		rc = num_parse(t->who + 3, 1, INT64_MAX, &id);
		if (rc == RC_OK)
			rc = customer_by_id(t->db, id, &t->customer, e);
	} else if (strchr(t->who, '@') != NULL) {
		rc = customer_by_proven(t->db, t->who, &t->customer, NULL);
		if (rc == RC_NOTFOUND)
			rc = customer_by_claim(
			    t->db, t->who, &t->customer, NULL);
	} else {
		rc = customer_by_user(t->db, t->who, &t->customer, NULL);
	}
	if (rc == RC_NOTFOUND || rc == RC_INVALID)
		return error_set(
		    e, RC_NOTFOUND, "there is no customer \"%s\"", t->who);
	if (rc != RC_OK)
		return error_set(
		    e, rc, "could not look for customer \"%s\"", t->who);
	return RC_OK;
}

/* ---- show ---- */

static void
say_time(const char *what, int64_t t)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(t, iso);
	(void)printf("%s%s\n", what, iso);
}

static enum rc
say_method(void *ctx, const struct login_method *m, struct error *e)
{
	(void)ctx;
	(void)e;
	(void)printf("logs in by  %s%s%s\n", m->provider,
	    m->email[0] != '\0' ? " " : "", m->email);
	return RC_OK;
}

static enum rc
say_event(void *ctx, const struct seclog_row *row, struct error *e)
{
	char iso[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(row->at, iso);
	(void)printf("%s  %s%s%s%s%s\n", iso, row->kind,
	    row->detail[0] != '\0' ? " " : "", row->detail,
	    row->place[0] != '\0' ? " from " : "", row->place);
	return RC_OK;
}

static enum rc
show(struct task *t, struct error *e)
{
	const struct customer *c = &t->customer;
	enum rc rc;

	(void)printf("customer    id:%lld%s%s\n", (long long)c->id,
	    c->staff ? ", staff" : "", c->erased ? ", erased" : "");
	(void)printf("name        %s\n", c->name);
	(void)printf("user name   %s\n", c->user_name);
	(void)printf("e-mail      %s%s\n", c->email,
	    c->proven             ? ""
	    : c->email[0] != '\0' ? " (not confirmed)"
				  : "");
	say_time("since       ", c->made_at);
	rc = login_methods(t->db, c->id, say_method, NULL, e);
	if (rc == RC_OK)
		rc = seclog_list(t->db, c->id, EVENTS, say_event, NULL, e);
	return rc;
}

/* ---- staff, export, erase ---- */

static enum rc
set_staff(struct db *db, void *ctx, struct error *e)
{
	const struct task *t = ctx;
	enum rc rc;

	rc = customer_set_staff(db, t->customer.id, t->staff, e);
	if (rc == RC_OK)
		rc = seclog(db, t->customer.id, "staff", "shopctl",
		    t->staff ? "yes" : "no", t->now, e);
	return rc;
}

static enum rc
staff(struct task *t, struct error *e)
{
	/* Whoever proves the address has the account then. */
	if (t->staff && !t->customer.proven)
		return error_set(e, RC_DENIED,
		    "customer \"%s\" has not confirmed an address yet", t->who);
	return db_unit(t->db, set_staff, t, e);
}

static enum rc
take_out(struct task *t, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, MYDATA_MAX);
	rc = mydata_export(t->db, t->customer.id, t->now, &b, e);
	if (rc == RC_OK)
		rc = seclog(
		    t->db, t->customer.id, "export", "shopctl", "", t->now, e);
	if (rc == RC_OK)
		(void)fputs(buf_str(&b), stdout);
	buf_release(&b);
	return rc;
}

static enum rc
erase(struct task *t, struct error *e)
{
	return mydata_erase(t->db, t->customer.id, "shopctl", t->now, e);
}

static const struct {
	const char *name;
	enum rc (*fn)(struct task *t, struct error *e);
	int arguments; /* with the name */
} actions[] = {
	{ "show", show, 2 },
	{ "staff", staff, 3 },
	{ "export", take_out, 2 },
	{ "erase", erase, 2 },
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct task *t = ctx;
	enum rc rc;

	(void)s;
	t->db = db;
	t->now = clock_now();
	rc = find(t, e);
	if (rc == RC_OK)
		rc = actions[t->action].fn(t, e);
	customer_release(&t->customer);
	return rc;
}

int
ctl_customer(const struct ctl *c, int argc, char **argv)
{
	struct task t = { 0 };
	size_t i;

	for (i = 0; i < ACTIONS; i++)
		if (argc == actions[i].arguments + 1 &&
		    strcmp(argv[1], actions[i].name) == 0)
			break;
	if (i == ACTIONS)
		return ctl_usage("customer");
	t.action = i;
	t.who = argv[2];
	if (argc == 4) {
		t.staff = strcmp(argv[3], "yes") == 0;
		if (!t.staff && strcmp(argv[3], "no") != 0)
			return ctl_usage("customer");
	}
	return ctl_status(ctl_do(c, DB_WRITE, work, &t));
}
