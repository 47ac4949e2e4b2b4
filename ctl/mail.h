/*
 * What the files of "shopctl mail" share.
 */
#ifndef CTL_MAIL_H
#define CTL_MAIL_H

#include <stdbool.h>

#include "ctl/shopctl.h"
#include "db/db.h"

/* EX_TEMPFAIL of sysexits.h, which mail servers know: the letter stays with
 * them and they try again. */
#define MAIL_TEMPFAIL 75

struct mail_task {
	const struct action *action; /* of mail.c */
	const struct settings *s;
	struct db *db;
	int64_t id;
	const char *order; /* number or uid; NULL: of any */
	bool all, json;
};

/* A letter that came back, on standard input. */
enum rc mail_bounce(struct mail_task *t, struct error *e) CHECKED;

#endif
