#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "ctl/shopctl.h"

static int help(const struct ctl *c, int argc, char **argv);

static const struct verb verbs[] = {
	{ "customer", "show WHO | export WHO | erase WHO | staff WHO yes|no",
	    "tell what is kept of a customer; forget them; make them staff",
	    ctl_customer },
	{ "help", "", "list the commands", help },
	{ "inbox", "[list [-a] | show ID | done ID]",
	    "events that wait or are for a person, and what they said",
	    ctl_inbox },
	{ "invoice", "list [-n MOST] [--json] | show NUMBER [--json | -o FILE]",
	    "list invoices and credit notes; tell of one, or get its PDF",
	    ctl_invoice },
	{ "journal",
	    "[--since TIME] [--kind KIND] [--witness WHO] [-n MOST] [--json] "
	    "[ORDER]",
	    "what happened to orders, when, and who says so", ctl_journal },
	{ "mail",
	    "[list [-a | --order ORDER] [--json] | show ID [--json] | retry ID "
	    "| resend ID [--json] | bounce]",
	    "letters that wait, were refused or came back, and what servers "
	    "said; send one again; take a letter that came back from standard "
	    "input",
	    ctl_mail },
	{ "migrate", "[-n] [-s FOLDER]",
	    "bring the sales database to this build's schema", ctl_migrate },
	{ "order",
	    "list [--state STATE] [--attention] [-n MOST] [--json] |"
	    " show ORDER [--claims] [--json] | advance ORDER | cancel ORDER "
	    "--why TEXT "
	    "[--yes] | conclude ORDER --why TEXT [--yes] | waiting [-n MOST] "
	    "[--json] | ready ORDER ... | seen ORDER [--why TEXT] | refund "
	    "ORDER [--amount MONEY] [--reference TEXT] "
	    "[--yes]",
	    "tell all of an order; bring it on; have it cancelled; end one "
	    "whose payment its gateway does not know; list what "
	    "waits to be packed; say that it is; say that a person has looked; "
	    "give money back",
	    ctl_order },
	{ "parcel",
	    "list [--state STATE | --strange] [-n MOST] [--json] |"
	    " show PARCEL [--json] | book ORDER [--parcels N] [--yes] |"
	    " cancel PARCEL [--why TEXT]",
	    "list what is booked at the courier; tell all of a parcel; book "
	    "one again, or more of them; call one off",
	    ctl_parcel },
	{ "pictures", "sweep [-n] [-d DAYS] | check [-n]",
	    "delete pictures that no item shows; find those that are missing",
	    ctl_pictures },
	{ "reconcile", "[--json] [--settle SECONDS] [--since TIME]",
	    "compare the orders, the stock system's claims and the gateways' "
	    "books, and propose repairs",
	    ctl_reconcile },
	{ "replay", "ID", "have an event of the inbox applied once more",
	    ctl_replay },
	{ "return",
	    "list [--all] [-n MOST] [--json] | show RETURN [--json] |"
	    " accept RETURN | refuse RETURN --why TEXT | received RETURN",
	    "list what customers send back; say that the money goes back, or "
	    "why not; say that the goods are there",
	    ctl_return },
	{ "stock",
	    "compare [-r | --repair] [-t SECONDS] | show ITEM |"
	    " booked-out [-i] ORDER|ITEM ... | give-back ATTEMPT [--yes] |"
	    " put-back ATTEMPT --by-hand [--yes] |"
	    " suspected [--done ITEM ...]",
	    "compare the mirror with the stock system, and have it repaired; "
	    "tell all of an item's level; say what was booked out; "
	    "give back what was taken for an order that is lost; "
	    "say that goods were put back by hand; "
	    "list levels that may have been overwritten",
	    ctl_stock },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void
list(FILE *out)
{
	(void)fputs("usage: shopctl [-f FILE] COMMAND [ARGUMENT ...]\n", out);
	for (size_t i = 0; i < VERBS; i++)
		(void)fprintf(out, "  %s%s%s\n        %s\n", verbs[i].name,
		    verbs[i].args[0] != '\0' ? " " : "", verbs[i].args,
		    verbs[i].help);
}

static int
help(const struct ctl *c, int argc, char **argv)
{
	(void)c;
	(void)argv;
	if (argc > 1)
		return ctl_usage("help");
	list(stdout);
	return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

int
ctl_fail(const struct error *e)
{
	(void)fprintf(stderr, "shopctl: %s\n", e->text);
	return CTL_FAILED;
}

int
ctl_usage(const char *verb)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, verb) == 0)
			(void)fprintf(stderr,
			    "usage: shopctl [-f FILE] %s%s%s\n", verb,
			    verbs[i].args[0] != '\0' ? " " : "", verbs[i].args);
	return CTL_USAGE;
}

enum rc
ctl_do(const struct ctl *c, enum db_mode mode, ctl_work *work, void *ctx)
{
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	struct settings s;
	enum rc rc = settings_load(&s, c->file, &e);

	if (rc == RC_OK) {
		rc = db_open(&s, mode, &db, &e);
		if (rc == RC_OK)
			rc = work(&s, db, ctx, &e);
		db_close(db);
		settings_release(&s);
	}
	if (fflush(stdout) != 0 && rc == RC_OK)
		rc = error_errno(&e, RC_IO, "could not print");
	if (rc != RC_OK)
		(void)ctl_fail(&e);
	return rc;
}

int
ctl_status(enum rc rc)
{
	return rc == RC_OK ? CTL_OK : CTL_FAILED;
}

bool
ctl_number(const char *s, int64_t min, int64_t max, int64_t *out)
{
	if (num_parse(s, min, max, out) == RC_OK)
		return true;
	if (max == INT64_MAX)
		(void)fprintf(stderr,
		    "shopctl: \"%s\" is no whole number from %" PRId64 " on\n",
		    s, min);
	else
		(void)fprintf(stderr,
		    "shopctl: \"%s\" is no whole number from %" PRId64
		    " to %" PRId64 "\n",
		    s, min, max);
	return false;
}

bool
ctl_line(const char *what, const char *s, size_t most)
{
	size_t n = strlen(s);

	if (n > 0 && n <= most && text_line(s, n))
		return true;
	(void)fprintf(stderr,
	    "shopctl: %s has to be one line of 1 to %zu bytes\n", what, most);
	return false;
}

bool
ctl_time(const char *s, int64_t *at)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d" };
	const char *end;

	if (num_parse(s, 0, INT64_C(253402300799), at) == RC_OK)
		return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { 0 };

		end = strptime(s, forms[i], &tm);
		if (end == NULL || *end != '\0')
			continue;
		*at = timegm(&tm);
		return *at >= 0;
	}
	(void)fprintf(stderr,
	    "shopctl: \"%s\" is no time like 2026-11-22, 2026-11-22T09:30:00Z "
	    "or "
	    "seconds since 1970\n",
	    s);
	return false;
}

int
main(int argc, char **argv)
{
	struct ctl c = { NULL };
	int opt;

	log_open("shopctl", LOG_INFO);
	/* '+': options after the verb are the verb's. */
	while ((opt = getopt(argc, argv, "+f:")) != -1) {
		if (opt != 'f') {
			list(stderr);
			return CTL_USAGE;
		}
		c.file = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		list(stderr);
		return CTL_USAGE;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, argv[0]) != 0)
			continue;
		optind = 0; /* glibc: begin again, also after '+' */
		return verbs[i].fn(&c, argc, argv);
	}
	(void)fprintf(stderr, "shopctl: there is no command \"%s\"\n", argv[0]);
	list(stderr);
	return CTL_USAGE;
}
