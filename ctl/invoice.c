/* "shopctl invoice": what was issued, and its paper. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/money.h"
#include "ctl/out.h"
#include "ctl/shopctl.h"
#include "db/db.h"
#include "letter/invoice.h"
#include "shop/invoice.h"

struct task {
	struct db *db;
	const char *number, *file;
	int64_t most;
	bool json;
};

static const char *
kind(const struct invoice *i)
{
	return i->refund == 0 ? "invoice" : "credit note";
}

/*** list ***/

static enum rc
list_row(void *ctx, const struct invoice *i, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_text(row, "number", i->number);
	out_text(row, "kind", kind(i));
	out_number(row, "order", i->order);
	out_number(row, "refund", i->refund);
	out_time(row, "made", i->made_at);
	out_number(row, "total", i->total);
	out_number(row, "tax", i->tax);
	out_text(row, "currency", i->currency);
	return RC_OK;
}

static enum rc
print_row(void *ctx, const struct invoice *i, struct error *e)
{
	struct money total = { .minor = i->total };
	char made[CLOCK_ISO_SIZE];
	struct buf b;
	enum rc rc;

	(void)ctx;
	memcpy(total.currency, i->currency, sizeof(i->currency));
	clock_iso(i->made_at, made);
	buf_init(&b, 64);
	money_put(&b, total);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		(void)printf("%s\t%s\t%" PRId64 "\t%s\t%s\n", i->number,
		    kind(i), i->order, made, buf_str(&b));
	else
		rc = error_set(e, rc, "%s: no such amount", i->number);
	buf_release(&b);
	return rc;
}

static enum rc
list(struct task *t, struct error *e)
{
	json_t *all = t->json ? json_array() : NULL;
	enum rc rc = invoice_list(
	    t->db, 0, t->most, t->json ? list_row : print_row, all, e);

	if (rc == RC_OK && t->json)
		return out_print(all, true, "", e);
	json_decref(all);
	return rc;
}

/*** show ***/

/* Readable by who asked for it only; "-" is standard output. */
static enum rc
save(const char *path, const struct buf *pdf, struct error *e)
{
	bool here = strcmp(path, "-") == 0;
	int fd = -1;
	FILE *f = stdout;

	if (!here) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		f = fd < 0 ? NULL : fdopen(fd, "w");
	}
	if (f == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return error_errno(e, RC_IO, "could not write %s", path);
	}
	(void)fwrite(buf_str(pdf), 1, pdf->len, f);
	if ((fflush(f) != 0) | ferror(f) | (!here && fclose(f) != 0))
		return error_errno(e, RC_IO, "could not write %s", path);
	return RC_OK;
}

static enum rc
show_file(struct task *t, const struct invoice *i, struct error *e)
{
	struct buf pdf;
	enum rc rc;

	buf_init(&pdf, PAPER_MAX);
	rc = invoice_bytes(t->db, i->id, &pdf, e);
	if (rc == RC_OK)
		rc = save(t->file, &pdf, e);
	buf_release(&pdf);
	return rc;
}

static enum rc
show(struct task *t, struct error *e)
{
	struct invoice i;
	json_t *all;
	enum rc rc = invoice_find(t->db, t->number, &i, e);

	if (rc != RC_OK)
		return rc;
	if (t->file != NULL)
		return show_file(t, &i, e);
	all = json_array();
	rc = list_row(all, &i, e);
	if (rc == RC_OK)
		rc = out_print(json_incref(json_array_get(all, 0)), t->json,
		    i.currency, e);
	json_decref(all);
	return rc;
}

/*** The command ***/

static bool
read_option(struct task *t, int opt)
{
	if (opt == 'j')
		t->json = true;
	else if (opt == 'o')
		t->file = optarg;
	return opt != 'n' || ctl_number(optarg, 1, INT64_MAX, &t->most);
}

static bool
read_command(int argc, char **argv, struct task *t)
{
	static const struct option longer[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	bool one = argc > 1 && strcmp(argv[1], "show") == 0;
	int opt;

	if (!one && (argc < 2 || strcmp(argv[1], "list") != 0))
		return false;
	argc--;
	argv++;
	while ((opt = getopt_long(
		    argc, argv, one ? "o:" : "n:", longer, NULL)) != -1)
		if (opt == '?' || !read_option(t, opt))
			return false;
	t->number = one && optind < argc ? argv[optind] : NULL;
	return argc - optind == (one ? 1 : 0) && !(t->json && t->file != NULL);
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct task *t = ctx;

	(void)s;
	t->db = db;
	return t->number != NULL ? show(t, e) : list(t, e);
}

int
ctl_invoice(const struct ctl *c, int argc, char **argv)
{
	struct task t = { .most = 100 };

	if (!read_command(argc, argv, &t))
		return ctl_usage("invoice");
	return ctl_status(ctl_do(c, DB_WRITE, work, &t));
}
