#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "letter/parcel.h"

#define SUBJECT_SIZE 300

static void
failed_with(struct letter *l, const struct buf *b)
{
	if (buf_rc(b) != RC_OK)
		buf_fail(&l->text, buf_rc(b));
}

static const char *
put_day(struct letter *l, struct buf *b, int64_t day)
{
	clock_put_date(b, day);
	failed_with(l, b);
	return buf_str(b);
}

/* Number, and the courier's page when it is an address to send people to. */
static void
say_where(struct letter *l, const struct letter_parcel *p)
{
	struct url u;

	if (p->tracking[0] != '\0')
		letter_say(l, "Tracking number: %s", p->tracking);
	url_init_whole(&u, p->link);
	if (url_rc(&u) == RC_OK)
		letter_link(l, "Follow your parcel", &u);
	url_release(&u);
}

/* What and how many, without prices. */
static void
say_goods(struct letter *l, const char *heading, const struct letter_news *n)
{
	const char *lines[LIMIT_BASKET_LINES] = { NULL };
	struct buf what[LIMIT_BASKET_LINES];
	size_t i, most = n->n < LIMIT_BASKET_LINES ? n->n : LIMIT_BASKET_LINES;

	for (i = 0; i < most; i++) {
		buf_init(&what[i], LIMIT_TEXT);
		buf_printf(&what[i], "%" PRId64 " \303\227 ", n->lines[i].qty);
		letter_put_name(&what[i], n->lines[i].name);
		failed_with(l, &what[i]);
		lines[i] = buf_str(&what[i]);
	}
	letter_goods(l, heading, lines, most);
	for (i = 0; i < most; i++)
		buf_release(&what[i]);
}

static const char *
courier_of(const struct letter_parcel *p)
{
	return p->courier[0] != '\0' ? p->courier : "The courier";
}

static void
say_leaves(struct letter *l, const struct letter_news *n,
    const struct letter_parcel *p)
{
	struct buf day;

	buf_init(&day, LIMIT_LINE);
	if (p->leaves != 0)
		letter_say(l,
		    "%s fetches your order %" PRId64
		    " from us on %s and brings it to you.",
		    courier_of(p), n->number, put_day(l, &day, p->leaves));
	else
		letter_say(l,
		    "%s fetches your order %" PRId64
		    " from us and brings it to you.",
		    courier_of(p), n->number);
	buf_reset(&day);
	if (p->day != 0)
		letter_say(l, "It should be with you on %s.",
		    put_day(l, &day, p->day));
	buf_release(&day);
}

enum rc
letter_dispatched(const struct letter_to *to, const struct letter_news *n,
    const struct letter_parcel *p, size_t parcels, struct buf *out,
    struct error *e)
{
	char subject[SUBJECT_SIZE];
	struct letter l;

	(void)snprintf(subject, sizeof(subject),
	    "Your order %" PRId64 " at %s is being sent", n->number,
	    to->settings->shop_name);
	letter_begin(&l, to, subject);
	if (parcels > 0)
		say_leaves(&l, n, &p[0]);
	if (parcels > 1)
		letter_say(&l,
		    "It comes in %zu parcels, perhaps not all at once.",
		    parcels);
	for (size_t i = 0; i < parcels; i++)
		say_where(&l, &p[i]);
	say_goods(&l, parcels > 1 ? "In the parcels" : "In the parcel", n);
	letter_lines(&l, "It goes to", n->address, n->naddress);
	letter_link(&l, "See your order", n->page);
	return letter_end(&l, out, e);
}

/* subject: after "Your order N at SHOP"; said: %s is the courier. */
static const struct trouble {
	const char *subject, *said, *day, *next;
	bool followed, address;
} troubles[] = {
	[LETTER_ATTEMPTED] = { "could not be handed over",
	    "%s came with your parcel and found nobody to take it in.",
	    "The next try is on %s.",
	    "You can change when or where it is brought on the courier's page, "
	    "where there is one; otherwise it is tried again.",
	    true, true },
	[LETTER_PICK_UP] = { "is waiting for you",
	    "%s keeps your parcel for you to collect.", "It is kept until %s.",
	    "Please bring something that shows who you are. What is not "
	    "collected comes back to us.",
	    true, false },
	[LETTER_RETURNING] = { "is coming back to us",
	    "%s could not hand your parcel over and is bringing it back to us.",
	    "We expect it on %s.",
	    "You need do nothing. When it is here we write to you about your "
	    "money. If you still want the goods, answer this letter.",
	    true, true },
	[LETTER_RETURNED] = { "has come back to us",
	    "%s could not hand your parcel over and has brought it back to us.",
	    NULL,
	    "You need do nothing: we write to you about your money. If you "
	    "still want the goods, answer this letter.",
	    false, true },
	[LETTER_LOST] = { "was lost on its way",
	    "We are sorry: %s has lost your parcel.", NULL,
	    "It was our parcel until you had it in your hands, so this costs "
	    "you nothing. We look into it and write to you; if you want your "
	    "money back at once, answer this letter.",
	    false, false },
	[LETTER_NO_DELIVERY] = { "cannot be brought to your address",
	    "%s does not take your parcel to this address.", NULL,
	    "Please answer this letter with what is wrong in it, or with "
	    "another address. If there is none, you get your money back.",
	    false, true },
	[LETTER_HELD] = { "is held up",
	    "%s has stopped your parcel on its way.", NULL,
	    "You need do nothing: we ask the courier and write to you if it "
	    "cannot go on.",
	    true, false },
};
_Static_assert(
    sizeof(troubles) / sizeof(troubles[0]) == LETTER_TROUBLES, "one each");

/* said, with its one %s filled in, as a paragraph. */
static void
say_with(struct letter *l, const char *said, const char *what)
{
	const char *place = strstr(said, "%s");

	letter_say(l, "%.*s%s%s", (int)(place - said), said, what, place + 2);
}

enum rc
letter_trouble(const struct letter_to *to, const struct letter_news *n,
    const struct letter_parcel *p, struct buf *out, struct error *e)
{
	const struct trouble *t = &troubles[p->trouble];
	char subject[SUBJECT_SIZE];
	struct letter l;
	struct buf day;

	(void)snprintf(subject, sizeof(subject),
	    "Your order %" PRId64 " at %s %s", n->number,
	    to->settings->shop_name, t->subject);
	letter_begin(&l, to, subject);
	buf_init(&day, LIMIT_LINE);
	say_with(&l, t->said, courier_of(p));
	if (p->detail[0] != '\0')
		letter_say(&l, "The courier's words: %s", p->detail);
	if (p->place[0] != '\0')
		letter_lines(&l, "It is at", &p->place, 1);
	if (t->day != NULL && p->day != 0)
		say_with(&l, t->day, put_day(&l, &day, p->day));
	letter_say(&l, "%s", t->next);
	if (t->followed)
		say_where(&l, p);
	else if (p->tracking[0] != '\0')
		letter_say(&l, "Tracking number: %s", p->tracking);
	if (t->address)
		letter_lines(&l, "The address on it", n->address, n->naddress);
	say_goods(&l, "In the parcel", n);
	letter_link(&l, "See your order", n->page);
	buf_release(&day);
	return letter_end(&l, out, e);
}

/*** Papers ***/

/* A number as part of a file's name: what is no letter or digit is "-". */
static void
put_file_name(struct buf *b, const char *kind, const char *number)
{
	buf_printf(b, "%s-", kind);
	for (const char *s = number; *s != '\0'; s++)
		buf_putc(b, (*s >= '0' && *s <= '9') ||
				    (*s >= 'a' && *s <= 'z') ||
				    (*s >= 'A' && *s <= 'Z')
				? *s
				: '-');
	buf_puts(b, ".pdf");
}

struct cover {
	const char *subject; /* "Invoice": then its number and the order */
	const char *file, *before, *after, *row;
};

static enum rc
with_document(const struct letter_to *to, const struct letter_news *n,
    const struct letter_document *d, const struct cover *p, struct buf *out,
    struct error *e)
{
	const struct letter_row row = {
		.what = p->row, .amount = d->total, .sum = true
	};
	struct letter_file file = { NULL, "pdf", d->pdf, d->n };
	char subject[SUBJECT_SIZE];
	struct letter l;
	struct buf name;
	enum rc rc;

	(void)snprintf(subject, sizeof(subject),
	    "%s %s for your order %" PRId64 " at %s", p->subject, d->number,
	    n->number, to->settings->shop_name);
	letter_begin(&l, to, subject);
	buf_init(&name, LIMIT_LINE);
	put_file_name(&name, p->file, d->number);
	failed_with(&l, &name);
	file.name = buf_str(&name);
	letter_say(&l, "%s %s for your order %" PRId64 "%s", p->before,
	    d->number, n->number, p->after);
	letter_rows(&l, n->currency, &row, 1);
	letter_link(&l, "See your order", n->page);
	letter_attach(&l, &file);
	rc = letter_end(&l, out, e);
	buf_release(&name);
	return rc;
}

enum rc
letter_invoice(const struct letter_to *to, const struct letter_news *n,
    const struct letter_document *d, struct buf *out, struct error *e)
{
	static const struct cover cover = { "Invoice", "invoice",
		"Your parcel has arrived. Attached is invoice",
		"; it is paid, so there is nothing left to do.",
		"Total, paid" };

	return with_document(to, n, d, &cover, out, e);
}

enum rc
letter_credit_note(const struct letter_to *to, const struct letter_news *n,
    const struct letter_document *d, struct buf *out, struct error *e)
{
	static const struct cover cover = { "Credit note", "credit-note",
		"Attached is credit note", ". Please keep it with the invoice.",
		"Total, credited" };

	return with_document(to, n, d, &cover, out, e);
}

enum rc
letter_withdrawal(const struct letter_to *to, const struct letter_news *n,
    int64_t at, const char *how, struct buf *out, struct error *e)
{
	char subject[SUBJECT_SIZE], when[CLOCK_ISO_SIZE];
	struct letter l;
	struct buf day;

	(void)snprintf(subject, sizeof(subject),
	    "We have received your withdrawal from order %" PRId64 " at %s",
	    n->number, to->settings->shop_name);
	letter_begin(&l, to, subject);
	buf_init(&day, LIMIT_LINE);
	clock_iso(at, when);
	letter_say(&l,
	    "On %s at %.5s (UTC) we received your declaration that you "
	    "withdraw from the purchase below, of order %" PRId64
	    ". This letter confirms it; please keep it.",
	    put_day(&l, &day, at), when + 11, n->number);
	say_goods(&l, "You withdraw from", n);
	letter_say(&l, "%s", how);
	letter_link(&l, "See your order", n->page);
	buf_release(&day);
	return letter_end(&l, out, e);
}
