/* The pages: where the parcels are, one parcel to be moved by hand, and what is
 * to go wrong. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/money.h"
#include "sandbox/carrier.h"

static const char sheet[] =
    ":root{color-scheme:light dark;--ink:#1d2320;--paper:#fff;--wall:#eef3ef;"
    "--line:#c6d2ca;--go:#17663a;--soft:#55635b}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ebf2ee;--paper:#1b221e;"
    "--wall:#121714;--line:#3c4a42;--go:#7fd8a4;--soft:#a7b6ad}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--wall);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif}"
    ".sandbox{margin:0;padding:.6rem 1rem;background:#ffd24d;color:#221a00;"
    "text-align:center;font-weight:600}"
    "main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}"
    "h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:0 0 .75rem}"
    "section{background:var(--paper);border:1px solid var(--line);"
    "border-radius:.75rem;padding:1rem 1.25rem;margin:0 0 1.25rem;"
    "overflow-x:auto}"
    "table{width:100%;border-collapse:collapse}"
    "th{text-align:left;color:var(--soft);font-weight:500}"
    "td,th{padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top;overflow-wrap:anywhere}"
    "tr:last-child td{border-bottom:0}"
    "code,.state{font-family:ui-monospace,monospace;font-size:.9rem}"
    ".state{white-space:nowrap}"
    "a{color:var(--go)}p.soft{color:var(--soft)}"
    "form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}"
    "label{display:block;color:var(--soft);font-size:.9rem}"
    "input,select{display:block;font:inherit;color:inherit;padding:.45rem "
    ".6rem;background:var(--wall);border:1px solid var(--line);"
    "border-radius:.4rem;max-width:16rem}"
    "button{font:inherit;font-weight:600;padding:.5rem .9rem;border-radius:"
    ".4rem;border:1px solid var(--go);background:none;color:var(--go);"
    "cursor:pointer}"
    ":focus-visible{outline:3px solid var(--go);outline-offset:2px}";

enum rc
carrier_sheet(struct box *b, struct error *e)
{
	(void)e;
	b->r.type = "text/css; charset=utf-8";
	b->r.cache = CACHE_HOUR;
	buf_puts(&b->r.body, sheet);
	return RC_OK;
}

/*** Frame ***/

static void
page_begin(struct box *b, int status, const char *title)
{
	struct url u;

	reply_status(&b->r, status);
	html_init(&b->h, &b->r.body);
	html_doctype(&b->h);
	html_open(&b->h, EL_HTML, AT(AT_LANG, "en-GB"));
	html_open(&b->h, EL_HEAD);
	html_open(&b->h, EL_META, AT(AT_CHARSET, "utf-8"));
	html_open(&b->h, EL_META, NAME("viewport"),
	    AT(AT_CONTENT, "width=device-width, initial-scale=1"));
	html_el(&b->h, EL_TITLE, title);
	url_init(&u, "/sandbox/courier/style.css");
	html_open(&b->h, EL_LINK, AT(AT_REL, "stylesheet"), HREF(&u));
	url_release(&u);
	html_close(&b->h, EL_HEAD);
	html_open(&b->h, EL_BODY);
	html_el(&b->h, EL_P,
	    "SANDBOX: a stand-in for Funny Deliveries on this machine. No "
	    "parcel moves.",
	    CLASS("sandbox"));
	html_open(&b->h, EL_MAIN);
	html_el(&b->h, EL_H1, title);
}

static void
put_cell(struct box *b, const char *text, const char *class)
{
	html_el(&b->h, EL_TD, text, CLASS(class));
}

static void
put_when(struct box *b, int64_t at)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(at, iso);
	iso[10] = ' ';
	iso[16] = '\0';
	put_cell(b, iso, "state");
}

static void
put_head(struct box *b, const char *const names[])
{
	html_open(&b->h, EL_TABLE);
	html_open(&b->h, EL_THEAD);
	html_open(&b->h, EL_TR);
	for (; *names != NULL; names++)
		html_el(&b->h, EL_TH, *names, AT(AT_SCOPE, "col"));
	html_close(&b->h, EL_TR);
	html_close(&b->h, EL_THEAD);
	html_open(&b->h, EL_TBODY);
}

static void
put_foot(struct box *b)
{
	html_close(&b->h, EL_TBODY);
	html_close(&b->h, EL_TABLE);
}

static void
parcel_url(struct url *u, const char *tracking)
{
	url_init(u, "/sandbox/courier/parcel/");
	url_path(u, tracking);
}

/*** Moved ***/

/* A button for each state that may follow, the usual one first. */
static void
put_moves(struct box *b, const char *tracking, const char *state)
{
	const char *next = carrier_next(state);
	char word[CARRIER_NAME];
	struct url u;
	size_t n;

	parcel_url(&u, tracking);
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	url_release(&u);
	for (next += strspn(next, " "); *next != '\0';
	     next += n + strspn(next + n, " ")) {
		n = strcspn(next, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, next);
		html_el(&b->h, EL_BUTTON, word, TYPE("submit"), NAME("state"),
		    VALUE(word));
	}
	if (strcmp(state, "DELIVERED") == 0)
		html_el(&b->h, EL_BUTTON, "EXCEPTION (correction)",
		    TYPE("submit"), NAME("state"), VALUE("EXCEPTION"));
	html_close(&b->h, EL_FORM);
}

/*** All of them ***/

static void
put_parcels(struct carrier_call *c)
{
	static const char *const names[] = { "Parcel", "Reference", "To",
		"State", "Pick-up", "Next", NULL };
	struct box *b = c->b;
	struct store_rows q;
	struct url u;
	int n = 0;

	html_open(&b->h, EL_SECTION);
	put_head(b, names);
	store_ask(&c->st, &q,
	    "SELECT tracking, reference, name || ', ' || town, state, "
	    "\"from\" FROM booking ORDER BY rowid DESC LIMIT 100",
	    "");
	for (; store_next(&q); n++) {
		html_open(&b->h, EL_TR);
		html_open(&b->h, EL_TD);
		parcel_url(&u, store_text(&q, 0));
		html_el(&b->h, EL_A, store_text(&q, 0), HREF(&u));
		url_release(&u);
		html_close(&b->h, EL_TD);
		put_cell(b, store_text(&q, 1), NULL);
		put_cell(b, store_text(&q, 2), NULL);
		put_cell(b, store_text(&q, 3), "state");
		put_when(b, store_int(&q, 4));
		html_open(&b->h, EL_TD);
		put_moves(b, store_text(&q, 0), store_text(&q, 3));
		html_close(&b->h, EL_TD);
		html_close(&b->h, EL_TR);
	}
	store_done(&q);
	put_foot(b);
	if (n == 0)
		html_el(
		    &b->h, EL_P, "Nothing has been booked yet.", CLASS("soft"));
	html_close(&b->h, EL_SECTION);
}

static void
put_mood(struct carrier_call *c)
{
	static const struct box_choice kinds[] = {
		{ "none", "nothing: all goes well" },
		{ "timeout-after", "a call is done, but no answer comes" },
		{ "error", "a call fails: 500" },
		{ "busy", "a call is too much: 429" },
		{ "working", "a booking takes a while: 202" },
		{ "refuse", "a booking's address is refused: 422" },
		{ "expired", "the cursor is too old: 410" },
		{ "duplicate", "an event is told twice" },
		{ "late", "an event is told an hour late" },
		{ "backward", "an event is followed by an older one" },
		{ "banana", "an event has the state \"banana\"" },
		{ "silent", "an event is never told" },
		{ "forged", "a webhook is signed wrong" },
	};
	struct box *b = c->b;
	struct store_rows q;
	char pace[24];
	struct url u;

	html_open(&b->h, EL_SECTION);
	html_el(&b->h, EL_H2, "Pace, and what is to go wrong next");
	url_init(&u, "/sandbox/courier/mood");
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	url_release(&u);
	(void)snprintf(pace, sizeof(pace), "%lld", (long long)c->pace);
	box_field(b, "pace", "Seconds a step (0: by hand)", pace);
	box_choices(
	    b, "kind", "Goes wrong", kinds, sizeof(kinds) / sizeof(kinds[0]));
	html_el(&b->h, EL_BUTTON, "Set", TYPE("submit"));
	html_close(&b->h, EL_FORM);
	store_ask(&c->st, &q, "SELECT kind, \"on\", times FROM fault", "");
	while (store_next(&q)) {
		html_open(&b->h, EL_P, CLASS("soft"));
		html_textf(&b->h, "Waits: %s (on %s, times %lld)",
		    store_text(&q, 0), store_text(&q, 1),
		    (long long)store_int(&q, 2));
		html_close(&b->h, EL_P);
	}
	store_done(&q);
	html_close(&b->h, EL_SECTION);
}

enum rc
carrier_page(struct box *b, struct error *e)
{
	struct carrier_call c;
	enum rc rc;

	rc = carrier_open(&c, b, e);
	if (rc == RC_OK)
		rc = store_begin(&c.st, e);
	if (rc == RC_OK) {
		carrier_settle(&c);
		rc = store_commit(&c.st, e);
	}
	if (rc == RC_OK) {
		page_begin(b, 200, "Funny Deliveries: parcels");
		put_parcels(&c);
		put_mood(&c);
		rc = box_page_end(b, e);
	}
	carrier_close(&c);
	return rc;
}

static void
go_home(struct box *b, const char *tracking)
{
	struct url u;

	if (tracking == NULL)
		url_init(&u, "/sandbox/courier");
	else
		parcel_url(&u, tracking);
	reply_redirect(&b->r, &u);
	url_release(&u);
}

/* "none" forgets what waits. */
enum rc
carrier_mood(struct box *b, struct error *e)
{
	enum { F_PACE, F_KIND, F_COUNT };
	static const struct field fields[F_COUNT] = {
		[F_PACE] = { "pace", FIELD_INT, 0, 1000000, FIELD_NEEDED },
		[F_KIND] = { "kind", FIELD_TEXT, 1, 23, FIELD_NEEDED },
	};
	struct carrier_call c;
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, fields, F_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	if (rc == RC_OK && form_error(&f, F_PACE) == 0 &&
	    form_error(&f, F_KIND) == 0) {
		rc = carrier_open(&c, b, e);
		store_run(&c.st,
		    "INSERT OR REPLACE INTO setting VALUES ('pace', ?)", "i",
		    form_int(&f, F_PACE));
		store_run(&c.st,
		    "UPDATE booking SET next_at = CASE WHEN ?1 > 0 THEN ?2 "
		    "ELSE 0 END",
		    "ii", form_int(&f, F_PACE), c.now + form_int(&f, F_PACE));
		if (strcmp(form_text(&f, F_KIND), "none") == 0)
			store_run(&c.st, "DELETE FROM fault", "");
		else
			store_run(&c.st,
			    "INSERT INTO fault (kind, \"on\", seconds, skip, "
			    "times) VALUES (?, 'any', 0, 0, 1)",
			    "s", form_text(&f, F_KIND));
		carrier_close(&c);
	}
	form_release(&f);
	go_home(b, NULL);
	return rc;
}

/*** One of them ***/

static void
put_facts(struct carrier_call *c, const struct carrier_booking *k)
{
	struct money m = { k->price, "" };
	struct box *b = c->b;
	struct store_rows q;
	struct buf price;

	memcpy(m.currency, k->currency, sizeof(m.currency));
	buf_init(&price, 100);
	money_put(&price, m);
	html_open(&b->h, EL_SECTION);
	store_ask(&c->st, &q,
	    "SELECT name, town, service, place FROM booking WHERE tracking = ?",
	    "s", k->tracking);
	if (store_next(&q)) {
		html_open(&b->h, EL_P);
		html_textf(&b->h, "%s, for %s in %s, from %s; %s, %s.",
		    k->reference, store_text(&q, 0), store_text(&q, 1),
		    store_text(&q, 3), store_text(&q, 2), buf_str(&price));
		html_close(&b->h, EL_P);
	}
	store_done(&q);
	html_open(&b->h, EL_P);
	html_text(&b->h, "It is ");
	html_el(&b->h, EL_STRONG, k->state, CLASS("state"));
	html_close(&b->h, EL_P);
	put_moves(b, k->tracking, k->state);
	html_close(&b->h, EL_SECTION);
	buf_release(&price);
}

static void
put_history(struct carrier_call *c, const struct carrier_booking *k)
{
	static const char *const names[] = { "When", "State", "Where", "Detail",
		NULL };
	struct box *b = c->b;
	struct store_rows q;

	html_open(&b->h, EL_SECTION);
	html_el(&b->h, EL_H2, "What happened (UTC)");
	put_head(b, names);
	store_ask(&c->st, &q,
	    "SELECT occurred, state, place, code || ' ' || detail FROM event "
	    "WHERE tracking = ? ORDER BY id DESC",
	    "s", k->tracking);
	while (store_next(&q)) {
		html_open(&b->h, EL_TR);
		put_when(b, store_int(&q, 0));
		put_cell(b, store_text(&q, 1), "state");
		put_cell(b, store_text(&q, 2), NULL);
		put_cell(b, store_text(&q, 3), NULL);
		html_close(&b->h, EL_TR);
	}
	store_done(&q);
	put_foot(b);
	html_close(&b->h, EL_SECTION);
}

enum rc
carrier_parcel(struct box *b, struct error *e)
{
	struct carrier_booking k;
	struct carrier_call c;
	struct url u;
	enum rc rc;

	rc = carrier_open(&c, b, e);
	if (rc == RC_OK && carrier_by_tracking(&c, b->star[0], &k)) {
		page_begin(b, 200, k.tracking);
		put_facts(&c, &k);
		put_history(&c, &k);
	} else if (rc == RC_OK) {
		page_begin(b, 404, "There is no such parcel");
	}
	if (rc == RC_OK) {
		url_init(&u, "/sandbox/courier");
		html_el(&b->h, EL_A, "All parcels", HREF(&u));
		url_release(&u);
		rc = box_page_end(b, e);
	}
	carrier_close(&c);
	return rc;
}

static bool
may_follow(const char *state, const char *next, const char **code)
{
	char word[CARRIER_NAME + 2];

	*code = "";
	if (strcmp(state, "DELIVERED") == 0 && strcmp(next, "EXCEPTION") == 0) {
		*code = "CORRECTION";
		return true;
	}
	(void)snprintf(word, sizeof(word), " %s ", next);
	return strstr(carrier_next(state), word) != NULL;
}

enum rc
carrier_parcel_move(struct box *b, struct error *e)
{
	static const struct field fields[1] = {
		{ "state", FIELD_TEXT, 1, 40, FIELD_NEEDED },
	};
	struct carrier_news n = { 0 };
	struct carrier_booking k;
	struct carrier_call c;
	struct form f;
	enum rc rc;

	rc = form_read(&f, fields, 1, buf_str(&b->q.body), b->q.body.len, e);
	if (rc == RC_OK && form_error(&f, 0) == 0) {
		n.state = form_text(&f, 0);
		rc = carrier_open(&c, b, e);
		if (rc == RC_OK)
			rc = store_begin(&c.st, e);
		if (rc == RC_OK && carrier_by_tracking(&c, b->star[0], &k) &&
		    may_follow(k.state, n.state, &n.code))
			carrier_tell(&c, &k, &n);
		if (rc == RC_OK)
			rc = store_commit(&c.st, e);
		carrier_close(&c);
	}
	form_release(&f);
	go_home(b, b->star[0]);
	return rc;
}
