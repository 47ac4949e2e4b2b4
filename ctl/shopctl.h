/*
 * The administrators' shell.  A verb is one file with one function; it gets
 * its own argc and argv (getopt starts afresh) and returns the exit status.
 */
#ifndef CTL_SHOPCTL_H
#define CTL_SHOPCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/settings.h"
#include "db/db.h"

enum {
	CTL_OK = 0,
	CTL_FAILED = 1,  /* the reason is on standard error */
	CTL_USAGE = 2,   /* the command line is wrong */
	CTL_PENDING = 3, /* -n: there is something to do */
};

struct ctl {
	const char *file; /* of -f; NULL for the usual one */
};

struct verb {
	const char *name;
	const char *args; /* as the usage shows them */
	const char *help; /* one line */
	int (*fn)(const struct ctl *c, int argc, char **argv);
};

/* "shopctl: " and the reason on standard error; returns CTL_FAILED. */
int ctl_fail(const struct error *e);

/* "usage: shopctl …" of the verb on standard error; returns CTL_USAGE. */
int ctl_usage(const char *verb);

typedef enum rc ctl_work(
    const struct settings *s, struct db *db, void *ctx, struct error *e);
/* Do `work` with the settings and the sales database.  What fails, and be it
 * that not all could be printed, is said on standard error. */
enum rc ctl_do(
    const struct ctl *c, enum db_mode mode, ctl_work *work, void *ctx) CHECKED;
/* The exit status of one that only works or fails. */
int ctl_status(enum rc rc);

/* What was typed, read; false when it is none, which is said on standard error:
 * the usage alone does not tell which value was wrong. */
bool ctl_number(const char *s, int64_t min, int64_t max, int64_t *out);
/* One line of 1 to `most` bytes; what names it when it is none. */
bool ctl_line(const char *what, const char *s, size_t most);
/* "2026-11-22", "2026-11-22T09:30:00Z" or seconds since 1970. */
bool ctl_time(const char *s, int64_t *at);

int ctl_customer(const struct ctl *c, int argc, char **argv);
int ctl_inbox(const struct ctl *c, int argc, char **argv);
int ctl_invoice(const struct ctl *c, int argc, char **argv);
int ctl_journal(const struct ctl *c, int argc, char **argv);
int ctl_mail(const struct ctl *c, int argc, char **argv);
int ctl_migrate(const struct ctl *c, int argc, char **argv);
int ctl_order(const struct ctl *c, int argc, char **argv);
int ctl_parcel(const struct ctl *c, int argc, char **argv);
int ctl_pictures(const struct ctl *c, int argc, char **argv);
int ctl_reconcile(const struct ctl *c, int argc, char **argv);
int ctl_replay(const struct ctl *c, int argc, char **argv);
int ctl_return(const struct ctl *c, int argc, char **argv);
int ctl_stock(const struct ctl *c, int argc, char **argv);

#endif
