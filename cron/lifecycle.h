/*
 * What the steps of lifecycle share.  A step is one file with one function,
 * which does a bounded piece of work and may be called again and again, in
 * several processes at once: leases save work, the statements of each step keep
 * it from being done twice.
 */
#ifndef CRON_LIFECYCLE_H
#define CRON_LIFECYCLE_H

#include <stdbool.h>

#include "base/settings.h"
#include "db/db.h"
#include "flow/wiring_courier.h"
#include "shop/mirror.h"

#define RUN_LEASE 10 /* seconds; renewed between pieces of work */

struct wiring;

struct run {
	const struct settings *s;
	struct db *db;
	struct wiring *wiring;        /* made when a payment needs it */
	struct wired_courier courier; /* the same for a parcel */
	struct lease lease;           /* of the step's group, while it runs */
	bool verbose, dry, no_leases;
	bool (*stopping)(void); /* time is up, or we were told to */
	int64_t done;           /* pieces of work of the step that runs: orders
			       advanced, letters sent; for the summary */
	int64_t mail_after; /* monotonic ms: the mail server is left alone */
	int64_t invoices_after; /* the same of what could not be closed */
	char invoices_said[ERROR_TEXT_SIZE];
	char said[ERROR_TEXT_SIZE]; /* the failure that was logged last */
};

/* Renew the lease; RC_CONFLICT when somebody else has it now. */
enum rc run_renew(struct run *r, struct error *e) CHECKED;

/* Make the wiring, once. */
enum rc run_wire(struct run *r, struct error *e) CHECKED;

/* Orders that something is to be done about by now, and what gateways have
 * told.  What one order fails at is logged, and the others go on. */
enum rc payments_due(struct run *r, bool *any, struct error *e) CHECKED;
enum rc payments_step(struct run *r, struct error *e) CHECKED;
enum rc payments_tell(struct run *r, struct error *e) CHECKED; /* -n */

/* Parcels to book, to cancel and to watch, and what the courier tells. */
enum rc parcels_due(struct run *r, bool *any, struct error *e) CHECKED;
enum rc parcels_step(struct run *r, struct error *e) CHECKED;
enum rc parcels_tell(struct run *r, struct error *e) CHECKED;

/* Whether there is something to do; reads only. */
enum rc mail_due(struct run *r, bool *any, struct error *e) CHECKED;
/* Letters of the outbox that are due.  rc is the mail server's when it is the
 * matter: what is sent stays sent. */
enum rc mail_step(struct run *r, struct error *e) CHECKED;
/* -n: what there is and whether it could leave, on standard output. */
enum rc mail_tell(struct run *r, struct error *e) CHECKED;

/* What mail servers sent back, in the Maildir mail.bounces: each message is
 * taken to the letter that it is about, and put away. */
enum rc bounces_due(struct run *r, bool *any, struct error *e) CHECKED;
enum rc bounces_step(struct run *r, struct error *e) CHECKED;
enum rc bounces_tell(struct run *r, struct error *e) CHECKED;

/* Orders that are delivered are invoiced and closed.  One that cannot be is
 * logged, and the others go on. */
enum rc invoices_due(struct run *r, bool *any, struct error *e) CHECKED;
enum rc invoices_step(struct run *r, struct error *e) CHECKED;
enum rc invoices_tell(struct run *r, struct error *e) CHECKED; /* -n */

/* What is kept no longer. */
enum rc purge_step(struct run *r, struct error *e) CHECKED;
enum rc purge_tell(struct run *r, struct error *e) CHECKED;

/* Seconds until the next try of a letter that was tried so often. */
int64_t mail_pause(int64_t tries);

#endif
