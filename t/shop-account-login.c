/* R14, R30, R33, R35, R36: passwords, guessing, and the linking table. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "shop/address.h"
#include "shop/login.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/session.h"
#include "shop/tally.h"
#include "shop/ticket.h"
#include "t/people.h"

/* ---- passwords ---- */

static void
passwords_are_argon2id_and_salted_R36(void)
{
	char a[PASSWORD_SIZE], b[PASSWORD_SIZE];
	struct error e = ERROR_NONE;
	struct settings s;
	bool right, old;

	ok(conf_defaults(settings_keys, settings_count, &s, &e) == RC_OK,
	    "defaults: %s", e.text);
	ok(password_make(&s, "a hat of felt", a, &e) == RC_OK &&
		password_make(&s, "a hat of felt", b, &e) == RC_OK,
	    "%s", e.text);
	ok(strncmp(a, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", a);
	ok(strcmp(a, b) != 0, "each has a salt of its own");
	ok(password_check(&s, a, "a hat of felt", &right, &old, &e) == RC_OK &&
		right && !old,
	    "right: %s", e.text);
	ok(password_check(&s, a, "a hat of straw", &right, &old, &e) == RC_OK &&
		!right && !old,
	    "wrong: %s", e.text);
	ok(password_check(&s, "", "a hat of felt", &right, &old, &e) == RC_OK &&
		!right,
	    "none: %s", e.text);
	ok(password_check(&s, NULL, "a hat of felt", &right, &old, &e) ==
		    RC_OK &&
		!right,
	    "no account: %s", e.text);
	ok(password_check(&s, a, "", &right, &old, &e) == RC_OK && !right,
	    "nothing typed: %s", e.text);
	s.password_time = 3;
	ok(password_check(&s, a, "a hat of felt", &right, &old, &e) == RC_OK &&
		right && old,
	    "right, and to be made anew: %s", e.text);
	ok(password_check(&s, "$argon2id$rubbish", "x", &right, &old, &e) !=
		    RC_OK &&
		!right,
	    "a broken hash: %s", e.text);
	people_cheap(&s);
	error_clear(&e);
	ok(password_make(&s, "Zo\xc3\xab's h\xc3\xa4t", a, &e) == RC_OK, "%s",
	    e.text);
	ok(password_check(
	       &s, a, "Zoe\xcc\x88's ha\xcc\x88t", &right, &old, &e) == RC_OK &&
		right,
	    "typed on another keyboard: %s", e.text);
	ok(password_make(&s, "\xff\xfe\xfd more", a, &e) == RC_INVALID,
	    "no text: %s", e.text);
	settings_release(&s);
}

static void
passwords_that_are_tried_first_are_refused(void)
{
	static const struct {
		const char *typed;
		bool fit;
	} words[] = {
		{ "a hat of felt", true },
		{ "łódź帽子屋x", true },
		{ "帽子屋の猫は笑う", true },
		{ "seven77", false },
		{ "", false },
		{ "帽子", false },
		{ "password123", false },
		{ "QWERTYUIOP", false },
		{ "mad.hatter", false },
		{ "Hatter1865@example.com", false },
		{ "hatter1865", false },
	};
	char longest[PASSWORD_MAX + 2];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct error e = ERROR_NONE;
		enum rc rc = password_fit(
		    words[i].typed, "Mad.Hatter", "hatter1865@example.com", &e);

		ok(rc == (words[i].fit ? RC_OK : RC_INVALID), "\"%s\": %s",
		    words[i].typed, e.text);
	}
	memset(longest, 'x', sizeof(longest));
	longest[PASSWORD_MAX] = '\0';
	ok(password_fit(longest, NULL, NULL, NULL) == RC_OK, "the longest");
	longest[PASSWORD_MAX] = 'x';
	longest[PASSWORD_MAX + 1] = '\0';
	ok(password_fit(longest, NULL, NULL, NULL) == RC_INVALID, "longer");
}

/* ---- logging in ---- */

/* Cheap settings over those of the test's database. */
static struct settings
cheap(const struct shop *sh)
{
	struct settings s = *sh->settings;

	people_cheap(&s);
	return s;
}

static enum login_outcome
try_from(struct shop *sh, const char *login, const char *password,
    const char *place, int64_t now, int64_t *customer)
{
	struct login_try t = { login, password, place, now, NULL };
	enum login_outcome outcome = LOGIN_WRONG;
	struct settings s = cheap(sh);
	struct error e = ERROR_NONE;
	int64_t seconds = 0;
	enum rc rc;

	rc = login_password(sh->db, &s, &t, &outcome, customer, &seconds, &e);
	if (rc != RC_OK || (outcome == LOGIN_SLOW) != (seconds > 0) ||
	    (outcome == LOGIN_IN) != (*customer != 0))
		ok(0, "%s: %s, outcome %d, %d s", login, e.text, (int)outcome,
		    (int)seconds);
	return outcome;
}

static void
one_logs_in_by_name_or_address_and_no_other_way_R27(const struct settings *s)
{
	int64_t first, second, third, fourth, who;
	const char *here = "192.0.2.1";
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	first = people_add(&sh, "Mad.Hatter", "hatter@example.com", PROVEN);
	second = people_add(&sh, "hare", "hatter@example.com", UNPROVEN);
	third = people_add(&sh, "mouse", "tea@example.com", UNPROVEN);
	fourth = people_add(&sh, "alice", "tea@example.com", UNPROVEN);
	is_int(try_from(&sh, "MAD.HATTER", "word of Mad.Hatter", here,
		   PEOPLE_NOW, &who),
	    LOGIN_IN, "by name");
	is_int(who, first, "who");
	is_int(try_from(&sh, "Hatter@example.com", "word of Mad.Hatter", here,
		   PEOPLE_NOW, &who),
	    LOGIN_IN, "by address");
	is_int(who, first, "who");
	is_int(try_from(&sh, "hatter@example.com", "word of hare", here,
		   PEOPLE_NOW, &who),
	    LOGIN_IN, "a claim tells not that the address is another's R14");
	is_int(who, second, "who");
	is_int(try_from(&sh, "hare", "word of hare", here, PEOPLE_NOW, &who),
	    LOGIN_IN, "but by name");
	is_int(who, second, "who");
	is_int(try_from(&sh, "tea@example.com", "word of mouse", here,
		   PEOPLE_NOW, &who),
	    LOGIN_IN, "a claim that nobody has proven");
	is_int(who, third, "who");
	is_int(try_from(&sh, "tea@example.com", "word of alice", here,
		   PEOPLE_NOW, &who),
	    LOGIN_IN, "and another");
	is_int(who, fourth, "who");
	is_int(try_from(&sh, "mouse", "word of alice", here, PEOPLE_NOW, &who),
	    LOGIN_WRONG, "another's password");
	is_int(
	    try_from(&sh, "nobody", "word of nobody", here, PEOPLE_NOW, &who),
	    LOGIN_WRONG, "nobody");
	is_int(try_from(&sh, "nobody@example.com", "word of nobody", here,
		   PEOPLE_NOW, &who),
	    LOGIN_WRONG, "nobody's address");
	is_int(try_from(&sh, "' OR 1 = 1 --", "x", here, PEOPLE_NOW, &who),
	    LOGIN_WRONG, "no name at all");
	is_int(try_from(&sh, "", "", here, PEOPLE_NOW, &who), LOGIN_WRONG,
	    "nothing");
	sales_sql(s, "UPDATE customer SET password = '' WHERE id = 1");
	is_int(try_from(&sh, "mad.hatter", "", here, PEOPLE_NOW, &who),
	    LOGIN_WRONG, "an account without a password");
	is_int(people_count(
		   s, "SELECT COUNT(*) FROM event WHERE kind = 'login-failed'"),
	    6, "failures in the log");
	shop_close(&sh);
}

static void
an_old_hash_is_made_anew_at_login_and_opens_a_session_R36(
    const struct settings *s)
{
	char checked[PASSWORD_SIZE], token[TOKEN_SIZE], row[PASSWORD_SIZE];
	struct login_try t = { "hatter", "word of hatter", "192.0.2.1",
		PEOPLE_NOW, checked };
	struct session_start start = {
		.method = "password", .checked = checked, .place = "192.0.2.1"
	};
	enum login_outcome outcome;
	struct error e = ERROR_NONE;
	struct settings dear;
	struct shop sh;
	int64_t seconds;

	if (!shop_open(&sh, s))
		return;
	people_add(&sh, "hatter", "hatter@example.com", PROVEN);
	dear = cheap(&sh);
	dear.password_time = 2;
	ok(login_password(sh.db, &dear, &t, &outcome, &start.customer, &seconds,
	       &e) == RC_OK &&
		outcome == LOGIN_IN,
	    "in: %s", e.text);
	sales_text(s, "SELECT password FROM customer", row, sizeof(row));
	ok(strstr(row, ",t=2,") != NULL, "made anew: %s", row);
	is_str(checked, row, "which is what the session asks for");
	ok(session_begin(sh.db, &start, NULL, PEOPLE_NOW, token, &e) == RC_OK,
	    "session: %s", e.text);
	ok(login_password(sh.db, &dear, &t, &outcome, &start.customer, &seconds,
	       &e) == RC_OK &&
		outcome == LOGIN_IN,
	    "in again: %s", e.text);
	is_str(checked, row, "the same hash");
	shop_close(&sh);
}

/* ---- guessing ---- */

/* Seconds to wait, -1 when it failed; taking counts. */
static int
wait_at(struct shop *sh, const char *who, bool take, int64_t now)
{
	const struct tally_rule rule = { 3, 10 };
	struct error e = ERROR_NONE;
	int64_t wait = -1;
	enum rc rc;

	if (take)
		rc = tally_take(sh->db, who, &rule, now, &wait, &e);
	else
		rc = tally_wait(sh->db, who, &rule, now, &wait, &e);
	if (rc != RC_OK)
		ok(0, "%s", e.text);
	return rc == RC_OK ? (int)wait : -1;
}

static void
buckets_fill_and_drain(const struct settings *s)
{
	const struct tally_rule rule = { 3, 10 };
	struct error e = ERROR_NONE;
	int64_t t = PEOPLE_NOW;
	char who[HASH_SIZE];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	tally_who(who, "test", "key");
	for (int i = 0; i < 3; i++)
		is_int(wait_at(&sh, who, true, t), 0, "taken");
	is_int(wait_at(&sh, who, true, t), 10, "full");
	is_int(wait_at(&sh, who, true, t + 4), 6, "who waits is not counted");
	is_int(wait_at(&sh, who, false, t + 10), 0, "drained");
	is_int(wait_at(&sh, who, true, t + 10), 0, "one more");
	is_int(wait_at(&sh, who, true, t + 10), 10, "full again");
	ok(tally_give_back(sh.db, who, &rule, t + 10, &e) == RC_OK, "%s",
	    e.text);
	is_int(wait_at(&sh, who, true, t + 10), 0, "given back");
	for (int i = 0; i < 50; i++)
		if (tally_add(sh.db, who, &rule, t + 10, &e) != RC_OK)
			ok(0, "add: %s", e.text);
	is_int(wait_at(&sh, who, false, t + 10), 10, "never more than a drain");
	is_int(wait_at(&sh, who, false, t - 100000), 10,
	    "nor after the clock was set back");
	ok(tally_clear(sh.db, who, &e) == RC_OK, "%s", e.text);
	is_int(wait_at(&sh, who, false, t), 0, "cleared");
	shop_close(&sh);
}

static void
places_are_networks(void)
{
	static const struct {
		const char *address, *place;
	} places[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2::", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
		{ "rubbish", "" },
		{ "", "" },
		{ NULL, "" },
	};
	char place[PLACE_SIZE];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		tally_place(place, places[i].address);
		is_str(place, places[i].place,
		    places[i].address != NULL ? places[i].address : "NULL");
	}
}

static void
a_hundred_wrong_tries_delay_the_right_one_and_no_more_R35(
    const struct settings *s)
{
	int64_t t = PEOPLE_NOW, who;
	int wrong = 0, slow = 0;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	people_add(&sh, "hatter", "hatter@example.com", PROVEN);
	for (int i = 0; i < 100; i++) {
		char place[30];

		(void)snprintf(place, sizeof(place), "198.51.100.%d", i);
		switch (
		    try_from(&sh, i % 2 == 0 ? "hatter" : "hatter@example.com",
			"a guess", place, t, &who)) {
		case LOGIN_WRONG:
			wrong++;
			break;
		case LOGIN_SLOW:
			slow++;
			break;
		case LOGIN_IN:
			break;
		}
	}
	is_int(wrong, s->login_burst, "guesses looked at");
	is_int(slow, 100 - s->login_burst, "guesses that had to wait");
	is_int(try_from(&sh, "hatter", "word of hatter", "192.0.2.1", t, &who),
	    LOGIN_SLOW, "the right one waits too");
	is_int(try_from(&sh, "hatter", "word of hatter", "192.0.2.1",
		   t + s->login_drain, &who),
	    LOGIN_IN, "but not for long");
	is_int(people_count(s, "SELECT COUNT(*) FROM tally WHERE level > 0"),
	    s->login_burst, "a success clears the account");
	shop_close(&sh);
}

static void
an_attacker_elsewhere_does_not_keep_the_owner_out_R35(const struct settings *s)
{
	struct session_start start = { .method = "password",
		.place = "192.0.2.1" };
	int64_t t = PEOPLE_NOW, who;
	char token[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	start.customer =
	    people_add(&sh, "hatter", "hatter@example.com", PROVEN);
	ok(session_begin(sh.db, &start, NULL, t, token, &e) == RC_OK &&
		session_end(sh.db, token, &e) == RC_OK,
	    "was here before: %s", e.text);
	for (int i = 0; i < s->login_burst + 5; i++)
		(void)try_from(
		    &sh, "hatter", "a guess", "203.0.113.9", t, &who);
	is_int(try_from(&sh, "hatter", "a guess", "203.0.113.9", t, &who),
	    LOGIN_SLOW, "the attacker waits");
	is_int(try_from(&sh, "hatter", "word of hatter", "192.0.2.1", t, &who),
	    LOGIN_IN, "the owner does not");
	shop_close(&sh);
}

/* Who registers with an address of another could else clear the count of their
 * guesses by logging in to the account of their own in between. */
static void
logging_in_to_a_claim_forgives_no_guess_at_the_owner_R35(
    const struct settings *s)
{
	static const struct {
		enum people_kind kind;
		const char *owner, *address, *stranger, *word, *place;
	} cases[] = {
		{ PROVEN, "hatter", "hatter@example.com", "eve", "word of eve",
		    "203.0.113.9" },
		{ UNPROVEN, "hare", "hare@example.com", "mallory",
		    "word of mallory", "203.0.113.10" },
	};
	int64_t t = PEOPLE_NOW, who;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *address = cases[i].address;
		int wrong = 0;

		people_add(&sh, cases[i].owner, address, cases[i].kind);
		people_add(&sh, cases[i].stranger, address, UNPROVEN);
		for (int n = 0; n < 3 * s->login_burst; n++) {
			if (try_from(&sh, address, "a guess", cases[i].place, t,
				&who) == LOGIN_WRONG)
				wrong++;
			(void)try_from(&sh, address, cases[i].word,
			    cases[i].place, t, &who);
		}
		is_int(wrong, s->login_burst, "guesses looked at");
	}
	shop_close(&sh);
}

static void
a_place_that_tries_many_names_is_slowed_R35(const struct settings *s)
{
	int64_t t = PEOPLE_NOW, who;
	struct shop sh;
	int slow = 0;

	if (!shop_open(&sh, s))
		return;
	for (int i = 0; i < s->login_place_burst + 10; i++) {
		char name[30];

		(void)snprintf(name, sizeof(name), "name%d", i);
		slow += try_from(&sh, name, "a guess", "2001:db8::/64", t,
			    &who) == LOGIN_SLOW;
	}
	is_int(slow, 10, "waiting");
	is_int(try_from(&sh, "other", "a guess", "2001:db8:1::/64", t, &who),
	    LOGIN_WRONG, "others do not");
	shop_close(&sh);
}

struct guess {
	const struct settings *settings;
};

static int
guess_once(struct db *db, int me, void *ctx)
{
	struct login_try t = { "hatter", "a guess", "", PEOPLE_NOW, NULL };
	struct settings s = *((struct guess *)ctx)->settings;
	enum login_outcome outcome;
	struct error e = ERROR_NONE;
	int64_t who, seconds;
	char place[30];

	(void)snprintf(place, sizeof(place), "198.51.100.%d", me);
	t.place = place;
	people_cheap(&s);
	if (login_password(db, &s, &t, &outcome, &who, &seconds, &e) != RC_OK) {
		fprintf(stderr, "# %s\n", e.text);
		return 2;
	}
	return outcome != LOGIN_WRONG;
}

static void
guesses_at_once_are_counted_one_by_one_R35(const struct settings *s)
{
	struct guess g = { s };
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	people_add(&sh, "hatter", "hatter@example.com", PROVEN);
	is_int(
	    people_crowd(s, 30, guess_once, &g), s->login_burst, "looked at");
	shop_close(&sh);
}

/* ---- the linking table ---- */

enum local { NOBODY, CLAIMS, OWNS, IN, LOCALS };
enum coming { GOOGLE, GOOGLE_UNSURE, FACEBOOK, FACEBOOK_BARE, COMINGS };

static const char *const locals[] = { "no account", "unproven", "proven",
	"logged in" };

static const struct arrival arrivals[COMINGS] = {
	[GOOGLE] = { "google", "g1", "Victim@example.com", true, "Vera" },
	[GOOGLE_UNSURE] = { "google", "g1", "victim@example.com", false,
	    "Vera" },
	[FACEBOOK] = { "facebook", "f1", "victim@example.com", true, "Vera" },
	[FACEBOOK_BARE] = { "facebook", "f1", NULL, false, "Vera" },
};

struct visit {
	const struct arrival *a;
	int64_t logged_in;
	enum arrival_outcome outcome;
	int64_t customer;
	bool flag;
};

static enum rc
arrive(struct db *db, void *ctx, struct error *e)
{
	struct visit *v = ctx;

	return login_arrive(
	    db, v->a, v->logged_in, PEOPLE_NOW, &v->outcome, &v->customer, e);
}

/* The account of a cell's column, with a session and an address. */
static int64_t
settle(struct shop *sh, enum local local, char token[TOKEN_SIZE])
{
	struct address a = { .country = strdup("GB"),
		.name = strdup("A"),
		.line1 = strdup("1 Lane"),
		.line2 = strdup(""),
		.town = strdup("London"),
		.region = strdup(""),
		.postcode = strdup("SW1A 1AA"),
		.phone = strdup("") };
	struct error e = ERROR_NONE;
	int64_t id = 0;

	token[0] = '\0';
	if (local != NOBODY) {
		id = people_add(sh, "local", "victim@example.com",
		    local == CLAIMS ? UNPROVEN : PROVEN);
		people_session(sh, id, token);
		ok(address_save(sh->db, id, &a, PEOPLE_NOW, &e) == RC_OK,
		    "address: %s", e.text);
	}
	address_release(&a);
	return id;
}

struct cell {
	enum arrival_outcome outcome;
	bool same;     /* *customer is the local account */
	bool proven;   /* the account that comes of it is */
	bool identity; /* has the identity */
	bool alive;    /* the local account's password and session live on */
	const char *email;
};

static const struct cell cells[COMINGS][LOCALS] = {
	[GOOGLE] = {
	    { ARRIVAL_IN, false, true, true, false, "Victim@example.com" },
	    { ARRIVAL_IN, true, true, true, false, "Victim@example.com" },
	    { ARRIVAL_PROVE, true, true, false, true, "victim@example.com" },
	    { ARRIVAL_LINKED, true, true, true, true, "victim@example.com" },
	},
	[GOOGLE_UNSURE] = {
	    { ARRIVAL_ASK_EMAIL, false, false, true, false, "" },
	    { ARRIVAL_ASK_EMAIL, false, false, true, true, "" },
	    { ARRIVAL_ASK_EMAIL, false, false, true, true, "" },
	    { ARRIVAL_LINKED, true, true, true, true, "victim@example.com" },
	},
	[FACEBOOK] = {
	    { ARRIVAL_IN, false, false, true, false, "victim@example.com" },
	    { ARRIVAL_IN, false, false, true, true, "victim@example.com" },
	    { ARRIVAL_IN, false, false, true, true, "victim@example.com" },
	    { ARRIVAL_LINKED, true, true, true, true, "victim@example.com" },
	},
	[FACEBOOK_BARE] = {
	    { ARRIVAL_ASK_EMAIL, false, false, true, false, "" },
	    { ARRIVAL_ASK_EMAIL, false, false, true, true, "" },
	    { ARRIVAL_ASK_EMAIL, false, false, true, true, "" },
	    { ARRIVAL_LINKED, true, true, true, true, "victim@example.com" },
	},
};

static void
check_cell(
    struct shop *sh, enum coming coming, enum local local, const char *what)
{
	const struct cell *cell = &cells[coming][local];
	struct visit v = { .a = &arrivals[coming] };
	struct error e = ERROR_NONE;
	char token[TOKEN_SIZE];
	struct customer c;
	int64_t id, owner = 0;
	enum rc rc;

	id = settle(sh, local, token);
	v.logged_in = local == IN ? id : 0;
	people_unit(sh, arrive, &v, RC_OK);
	is_int(v.outcome, cell->outcome, what);
	ok((v.customer == id) == cell->same && v.customer != 0,
	    "%s: customer %d, local %d", what, (int)v.customer, (int)id);
	rc = login_known(sh->db, v.a->provider, v.a->subject, &owner, NULL);
	ok((rc == RC_OK && owner == v.customer) == cell->identity,
	    "%s: the identity is customer %d's", what, (int)owner);
	if (customer_by_id(sh->db, v.customer, &c, &e) != RC_OK) {
		ok(0, "%s: %s", what, e.text);
		return;
	}
	ok(c.proven == cell->proven, "%s: proven", what);
	is_str(c.email, cell->email, what);
	if (!cell->same || coming == GOOGLE)
		ok(strcmp(c.name,
		       cell->alive && cell->same ? "local" : "Vera") == 0,
		    "%s: name %s", what, c.name);
	customer_release(&c);
	if (local == NOBODY)
		return;
	ok(people_logged_in(sh, token) == cell->alive, "%s: the session", what);
	is_int(try_from(sh, "local", "word of local", "192.0.2.1", PEOPLE_NOW,
		   &owner),
	    cell->alive ? LOGIN_IN : LOGIN_WRONG, what);
	is_int(people_count(sh->settings, "SELECT COUNT(*) FROM address"),
	    cell->alive ? 1 : 0, what);
	people_unit(sh, arrive, &v, RC_OK);
	is_int(v.outcome,
	    cell->identity && local != IN ? ARRIVAL_IN : cell->outcome,
	    "and the second time");
}

static const char *const wipe[] = { "DELETE FROM event", "DELETE FROM session",
	"DELETE FROM identity", "DELETE FROM address", "DELETE FROM ticket",
	"DELETE FROM tally", "DELETE FROM customer" };

static void
the_linking_table_gives_no_account_to_a_stranger_R30(const struct settings *s)
{
	static const char *const comings[] = { "Google, proven", "Google, not",
		"Facebook, address", "Facebook, none" };
	char what[80];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	for (int k = 0; k < COMINGS; k++)
		for (int i = 0; i < LOCALS; i++) {
			(void)snprintf(what, sizeof(what), "%s, %s", comings[k],
			    locals[i]);
			check_cell(&sh, (enum coming)k, (enum local)i, what);
			for (size_t w = 0; w < 7; w++)
				sales_sql(s, wipe[w]);
		}
	shop_close(&sh);
}

static enum rc
prove_it(struct db *db, void *ctx, struct error *e)
{
	const struct visit *v = ctx;
	bool lost;

	return customer_prove(
	    db, v->customer, "victim@example.com", PEOPLE_NOW, &lost, e);
}

/* The victim comes by Facebook, is mailed a link and follows it. */
static void
a_pre_registered_victim_gets_the_address_by_facebook_too_R30(
    const struct settings *s)
{
	struct visit v = { .a = &arrivals[FACEBOOK] };
	struct error e = ERROR_NONE;
	char token[TOKEN_SIZE];
	struct customer c;
	struct shop sh;
	int64_t who;

	if (!shop_open(&sh, s))
		return;
	settle(&sh, CLAIMS, token);
	people_unit(&sh, arrive, &v, RC_OK);
	people_unit(&sh, prove_it, &v, RC_OK);
	ok(customer_by_proven(sh.db, "victim@example.com", &c, &e) == RC_OK &&
		c.id == v.customer,
	    "the victim's: %s", e.text);
	customer_release(&c);
	ok(!people_logged_in(&sh, token), "the attacker's session is dead");
	is_int(try_from(&sh, "local", "word of local", "192.0.2.1", PEOPLE_NOW,
		   &who),
	    LOGIN_WRONG, "and the password");
	shop_close(&sh);
}

static void
of_several_who_claim_an_address_none_keeps_it_R30(const struct settings *s)
{
	struct visit v = { .a = &arrivals[GOOGLE] };
	char token[5][TOKEN_SIZE];
	struct shop sh;
	int alive = 0;

	if (!shop_open(&sh, s))
		return;
	for (int i = 0; i < 5; i++) {
		char name[20];

		(void)snprintf(name, sizeof(name), "claims%d", i);
		people_session(&sh,
		    people_add(&sh, name, "victim@example.com", UNPROVEN),
		    token[i]);
	}
	people_unit(&sh, arrive, &v, RC_OK);
	for (int i = 0; i < 5; i++)
		alive += people_logged_in(&sh, token[i]);
	is_int(alive, 0, "sessions");
	is_int(people_count(
		   s, "SELECT COUNT(*) FROM customer WHERE password <> ''"),
	    0, "passwords");
	is_int(people_count(s, "SELECT COUNT(*) FROM customer WHERE email_key"
			       " = 'victim@example.com'"),
	    1, "claims");
	shop_close(&sh);
}

static int
arrive_at_once(struct db *db, int me, void *ctx)
{
	struct visit v = *(const struct visit *)ctx;
	struct error e = ERROR_NONE;
	enum rc rc;

	(void)me;
	rc = db_unit(db, arrive, &v, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	return rc != RC_OK || v.outcome != ARRIVAL_IN;
}

static void
who_comes_in_many_tabs_at_once_is_one_customer(const struct settings *s)
{
	struct visit v = { .a = &arrivals[GOOGLE] };
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	people_add(&sh, "local", "victim@example.com", UNPROVEN);
	is_int(people_crowd(s, 8, arrive_at_once, &v), 8, "all are in");
	is_int(
	    people_count(s, "SELECT COUNT(*) FROM customer"), 1, "customers");
	is_int(
	    people_count(s, "SELECT COUNT(*) FROM identity"), 1, "identities");
	shop_close(&sh);
}

static enum rc
see_password(void *ctx, const struct seclog_row *row, struct error *e)
{
	(void)e;
	*(int *)ctx += strcmp(row->kind, "login") == 0 &&
		       strcmp(row->detail, "password") == 0;
	return RC_OK;
}

/* Somebody has logged in by password, or a minute is over. */
static void
wait_until_in(struct db *db)
{
	int64_t deadline = clock_mono_ms() + 60000;
	struct error e = ERROR_NONE;
	int n = 0;

	while (n == 0 && clock_mono_ms() < deadline) {
		if (seclog_list(db, 0, 100, see_password, &n, &e) != RC_OK)
			fprintf(stderr, "# %s\n", e.text);
		clock_sleep_ms(2);
	}
}

/* The first of the crowd takes the account over, the others log in to it with
 * the attacker's password for as long as that works. */
static int
fight(struct db *db, int me, void *ctx)
{
	char checked[PASSWORD_SIZE], token[TOKEN_SIZE];
	const struct login_try t = { "local", "word of local", "192.0.2.1",
		PEOPLE_NOW, checked };
	struct session_start start = {
		.method = "password", .place = "192.0.2.1", .checked = checked
	};
	struct settings s = *((struct guess *)ctx)->settings;
	enum login_outcome outcome = LOGIN_IN;
	struct visit v = { .a = &arrivals[GOOGLE] };
	struct error e = ERROR_NONE;
	int64_t seconds;
	enum rc rc = RC_OK;

	people_cheap(&s);
	if (me == 0) {
		wait_until_in(db);
		/* On a slow disk the others may hold the row for long. */
		do {
			error_clear(&e);
			rc = db_unit(db, arrive, &v, &e);
		} while (rc == RC_CONFLICT);
		return rc != RC_OK;
	}
	for (int i = 0; rc == RC_OK && outcome == LOGIN_IN && i < 1000; i++) {
		rc = login_password(
		    db, &s, &t, &outcome, &start.customer, &seconds, &e);
		if (rc == RC_OK && outcome == LOGIN_IN)
			rc = session_begin(
			    db, &start, NULL, PEOPLE_NOW, token, &e);
	}
	if (rc != RC_OK && rc != RC_DENIED && rc != RC_CONFLICT)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	return 0;
}

static void
no_session_outlives_the_account_that_was_taken_over_R30(
    const struct settings *s)
{
	struct guess g = { s };
	char token[TOKEN_SIZE];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	settle(&sh, CLAIMS, token);
	is_int(people_crowd(s, 4, fight, &g), 4, "all went well");
	is_int(people_count(s, "SELECT COUNT(*) FROM customer"
			       " WHERE proven_key IS NOT NULL"),
	    1, "taken over");
	ok(people_count(s, "SELECT COUNT(*) FROM event WHERE kind = 'login'") >
		1,
	    "the attacker was in");
	is_int(people_count(s, "SELECT COUNT(*) FROM session"), 0,
	    "sessions of the attacker");
	shop_close(&sh);
}

/* ---- methods ---- */

static enum rc
join_it(struct db *db, void *ctx, struct error *e)
{
	struct visit *v = ctx;

	return login_join(db, v->customer, v->a, PEOPLE_NOW, &v->flag, e);
}

static enum rc
part_it(struct db *db, void *ctx, struct error *e)
{
	struct visit *v = ctx;

	return login_part(
	    db, v->customer, v->a->provider, v->a->subject, &v->flag, e);
}

static enum rc
list_method(void *ctx, const struct login_method *m, struct error *e)
{
	(void)e;
	buf_printf(ctx, "%s %s,", m->provider, m->subject);
	return buf_rc(ctx);
}

static void
is_methods(struct shop *sh, int64_t id, const char *want)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 1000);
	ok(login_methods(sh->db, id, list_method, &b, &e) == RC_OK, "%s",
	    e.text);
	is_str(buf_str(&b), want, "methods");
	buf_release(&b);
}

static void
methods_come_and_go_but_the_last_stays_R33(const struct settings *s)
{
	static const struct arrival password = { "password", "", NULL, false,
		NULL };
	struct visit v = { .a = &arrivals[GOOGLE] };
	struct shop sh;
	int64_t me, other;

	if (!shop_open(&sh, s))
		return;
	me = v.customer =
	    people_add(&sh, "hatter", "victim@example.com", UNPROVEN);
	other = people_add(&sh, "other", "other@example.com", PROVEN);
	people_unit(&sh, join_it, &v, RC_OK);
	ok(!v.flag, "joined");
	is_int(people_count(s, "SELECT COUNT(*) FROM customer WHERE id = 1"
			       " AND proven_key = 'victim@example.com'"),
	    1, "and its address is proven by it");
	people_unit(&sh, join_it, &v, RC_OK);
	ok(!v.flag, "twice is once");
	v.customer = other;
	people_unit(&sh, join_it, &v, RC_OK);
	ok(v.flag, "it is another's");
	people_unit(&sh, part_it, &v, RC_NOTFOUND);
	v.customer = me;
	v.a = &arrivals[FACEBOOK];
	people_unit(&sh, join_it, &v, RC_OK);
	is_methods(&sh, me, "password ,facebook f1,google g1,");
	v.a = &password;
	people_unit(&sh, part_it, &v, RC_OK);
	ok(!v.flag, "the password goes");
	v.a = &arrivals[FACEBOOK];
	people_unit(&sh, part_it, &v, RC_OK);
	ok(!v.flag, "Facebook goes");
	v.a = &arrivals[GOOGLE];
	people_unit(&sh, part_it, &v, RC_OK);
	ok(v.flag, "Google is the last");
	is_methods(&sh, me, "google g1,");
	is_methods(&sh, other, "password ,");
	v.customer = 99;
	people_unit(&sh, join_it, &v, RC_NOTFOUND);
	shop_close(&sh);
}

int
main(void)
{
	RUN(passwords_are_argon2id_and_salted_R36);
	RUN(passwords_that_are_tried_first_are_refused);
	RUN(places_are_networks);
	RUN_EACH(one_logs_in_by_name_or_address_and_no_other_way_R27);
	RUN_EACH(an_old_hash_is_made_anew_at_login_and_opens_a_session_R36);
	RUN_EACH(buckets_fill_and_drain);
	RUN_EACH(a_hundred_wrong_tries_delay_the_right_one_and_no_more_R35);
	RUN_EACH(an_attacker_elsewhere_does_not_keep_the_owner_out_R35);
	RUN_EACH(logging_in_to_a_claim_forgives_no_guess_at_the_owner_R35);
	RUN_EACH(a_place_that_tries_many_names_is_slowed_R35);
	RUN_EACH(guesses_at_once_are_counted_one_by_one_R35);
	RUN_EACH(the_linking_table_gives_no_account_to_a_stranger_R30);
	RUN_EACH(a_pre_registered_victim_gets_the_address_by_facebook_too_R30);
	RUN_EACH(of_several_who_claim_an_address_none_keeps_it_R30);
	RUN_EACH(who_comes_in_many_tabs_at_once_is_one_customer);
	RUN_EACH(no_session_outlives_the_account_that_was_taken_over_R30);
	RUN_EACH(methods_come_and_go_but_the_last_stays_R33);
	return tap_done();
}
