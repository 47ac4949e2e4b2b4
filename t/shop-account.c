/* R08-R10, R14, R15, R30, R34, R37: accounts, proofs, sessions, links. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop/basket.h"
#include "shop/session.h"
#include "shop/ticket.h"
#include "t/people.h"

/* ---- names ---- */

static void
user_names_are_folded_and_those_that_deceive_refused(void)
{
	static const struct {
		const char *typed, *key; /* NULL: refused */
	} names[] = {
		{ "Mad.Hatter", "mad.hatter" },
		{ "mad_hatter-7", "mad_hatter-7" },
		{ "ＭＡＤ", "mad" }, /* full width */
		{ "Straße", "strasse" },
		{ "Łódź", "łódź" },
		{ "帽子屋", "帽子屋" },
		{ "帽子mad", "帽子mad" },
		{ "Шляпа", "шляпа" },
		{ "हिन्दी", "हिन्दी" },
		{ "ab", NULL },
		{ "", NULL },
		{ "...", NULL },
		{ "mad hatter", NULL },
		{ "mad@hatter", NULL },
		{ "mad\nhatter", NULL },
		{ "mаd", NULL }, /* a Cyrillic letter */
		{ "αlpha", NULL },
		{ "<script>", NULL },
		{ "O'Brien", NULL },
		{ "\xff\xff\xff", NULL },
		{ "abcdefghijklmnopqrstuvwxyz012345",
		    "abcdefghijklmnopqrstuvwxyz012345" },
		{ "abcdefghijklmnopqrstuvwxyz0123456", NULL },
	};
	char key[CUSTOMER_KEY_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error e = ERROR_NONE;
		enum rc rc = customer_user_key(names[i].typed, key, &e);

		if (names[i].key != NULL)
			is_str(key, names[i].key, names[i].typed);
		else
			ok(rc == RC_INVALID && key[0] == '\0' &&
				e.text[0] != '\0',
			    "\"%s\": %s", names[i].typed, e.text);
	}
}

static void
addresses_are_folded_and_what_is_none_refused(void)
{
	static const struct {
		const char *typed, *key;
	} names[] = {
		{ "Hatter@Example.COM", "hatter@example.com" },
		{ "o'brien+hats@mail.example", "o'brien+hats@mail.example" },
		{ "a..b@example.jp", "a..b@example.jp" },
		{ "x@xn--bcher-kva.example", "x@xn--bcher-kva.example" },
		{ "x@bücher.example", NULL },
		{ "łódź@example.com", NULL },
		{ "hatter", NULL },
		{ "hatter@", NULL },
		{ "@example.com", NULL },
		{ "a@b", NULL },
		{ "a@127.0.0.1", NULL },
		{ "a@[127.0.0.1]", NULL },
		{ "a b@example.com", NULL },
		{ "a@b@example.com", NULL },
		{ "a@example..com", NULL },
		{ "a@-example.com", NULL },
		{ "a@example.com\r\nBcc: b@example.com", NULL },
		{ "<a@example.com>", NULL },
		{ "a,b@example.com", NULL },
	};
	char key[CUSTOMER_KEY_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error e = ERROR_NONE;
		enum rc rc = customer_email_key(names[i].typed, key, &e);

		if (names[i].key != NULL)
			is_str(key, names[i].key, names[i].typed);
		else
			ok(rc == RC_INVALID && key[0] == '\0' &&
				e.text[0] != '\0',
			    "\"%s\": %s", names[i].typed, e.text);
	}
}

/* ---- registering and proving ---- */

static void
a_user_name_is_one_persons_and_an_address_that_of_who_proves_it_R14_R15(
    const struct settings *s)
{
	struct registration r = { .user_name = "MAD.hatter",
		.email = "other@example.com",
		.name = "Other" };
	struct error e = ERROR_NONE;
	struct customer c;
	int64_t first, second, id = 7;
	struct shop sh;
	bool taken;

	if (!shop_open(&sh, s))
		return;
	first = people_add(&sh, "Mad.Hatter", "hatter@example.com", UNPROVEN);
	ok(customer_register(sh.db, &r, PEOPLE_NOW, &taken, &id, &e) == RC_OK &&
		taken && id == 0,
	    "the name is taken: %s", e.text);
	second = people_add(&sh, "Second", "HATTER@example.com", UNPROVEN);
	ok(second != first && second != 0, "but the address may be claimed");
	ok(customer_by_proven(sh.db, "hatter@example.com", &c, &e) ==
		RC_NOTFOUND,
	    "it is nobody's");
	error_clear(&e);
	ok(customer_by_id(sh.db, first, &c, &e) == RC_OK && !c.proven &&
		c.has_password && !c.staff && c.made_at == PEOPLE_NOW,
	    "%s", e.text);
	is_str(c.user_name, "Mad.Hatter", "the name as typed");
	is_str(c.email, "hatter@example.com", "the address as typed");
	customer_release(&c);
	people_add(&sh, "Third", "hatter@example.com", PROVEN);
	ok(customer_by_proven(sh.db, "Hatter@Example.com", &c, &e) == RC_OK,
	    "proven: %s", e.text);
	is_str(c.user_name, "Third", "its owner");
	customer_release(&c);
	ok(customer_by_id(sh.db, first, &c, &e) == RC_OK && !c.has_password,
	    "who claimed it in vain has no password");
	is_str(c.email, "", "nor the claim");
	customer_release(&c);
	r.user_name = "Fourth";
	r.email = "hatter@example.com";
	r.proven = true;
	ok(customer_register(sh.db, &r, PEOPLE_NOW, &taken, &id, &e) ==
		RC_CONFLICT,
	    "nobody proves it a second time");
	is_int(people_count(s, "SELECT COUNT(*) FROM customer"), 3, "accounts");
	shop_close(&sh);
}

struct proof {
	int64_t id;
	const char *email;
	bool lost;
};

static enum rc
prove(struct db *db, void *ctx, struct error *e)
{
	struct proof *p = ctx;

	return customer_prove(db, p->id, p->email, PEOPLE_NOW, &p->lost, e);
}

static void
the_proof_of_an_address_disarms_all_who_claimed_it_R30(const struct settings *s)
{
	struct proof p = { .email = "victim@example.com" };
	char token[4][TOKEN_SIZE], link[TOKEN_SIZE];
	struct ticket t = { .data = "", .seconds = 600 };
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	for (int i = 0; i < 4; i++) {
		char name[20];

		(void)snprintf(name, sizeof(name), "claims%d", i);
		p.id = people_add(&sh, name,
		    i < 3 ? "victim@example.com" : "else@example.com",
		    UNPROVEN);
		people_session(&sh, p.id, token[i]);
		t.customer = i == 0 ? p.id : t.customer;
	}
	ok(ticket_new(sh.db, TICKET_RESET, &t, PEOPLE_NOW, link, &e) == RC_OK,
	    "a link: %s", e.text);
	p.id = people_add(&sh, "victim", "victim@example.com", UNPROVEN);
	people_unit(&sh, prove, &p, RC_OK);
	ok(!p.lost, "proven");
	ok(!people_logged_in(&sh, token[0]) &&
		!people_logged_in(&sh, token[1]) &&
		!people_logged_in(&sh, token[2]),
	    "sessions of who claimed it are dead");
	ok(people_logged_in(&sh, token[3]), "others are not");
	ok(ticket_look(sh.db, TICKET_RESET, link, "", PEOPLE_NOW, &t, NULL) ==
		RC_NOTFOUND,
	    "nor do their links work");
	is_int(people_count(
		   s, "SELECT COUNT(*) FROM customer WHERE password = ''"),
	    3, "passwords gone");
	p.id = 4;
	people_unit(&sh, prove, &p, RC_OK);
	ok(p.lost, "a second proof is lost");
	is_int(people_count(s,
		   "SELECT COUNT(*) FROM customer WHERE id = 4"
		   " AND email = 'else@example.com' AND password <> ''"),
	    1, "and changes nothing");
	p.email = "new@example.com";
	people_unit(&sh, prove, &p, RC_OK);
	ok(!p.lost, "another address");
	shop_close(&sh);
}

static enum rc
take_over(struct db *db, void *ctx, struct error *e)
{
	return customer_take_over(db, *(int64_t *)ctx, e);
}

static void
a_password_that_was_taken_away_opens_nothing_R30(const struct settings *s)
{
	struct session_start start = { .method = "password", .place = "" };
	char checked[300], token[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	struct shop sh;
	int64_t id;

	if (!shop_open(&sh, s))
		return;
	id = people_add(&sh, "attacker", "victim@example.com", UNPROVEN);
	start.customer = id;
	start.checked = sales_text(
	    s, "SELECT password FROM customer", checked, sizeof(checked));
	ok(session_begin(sh.db, &start, NULL, PEOPLE_NOW, token, &e) == RC_OK,
	    "before: %s", e.text);
	people_unit(&sh, take_over, &id, RC_OK);
	ok(!people_logged_in(&sh, token), "the session is dead");
	ok(session_begin(sh.db, &start, NULL, PEOPLE_NOW, token, &e) ==
		RC_DENIED,
	    "checked before, begun after: %s", e.text);
	sales_sql(s, "UPDATE customer SET password = 'another'");
	ok(session_begin(sh.db, &start, NULL, PEOPLE_NOW, token, NULL) ==
		RC_DENIED,
	    "nor with a new password");
	shop_close(&sh);
}

/* Exit status 0: the address is theirs. */
static int
prove_first(struct db *db, int me, void *ctx)
{
	struct proof p = { .id = me + 1, .email = "one@example.com" };
	struct error e = ERROR_NONE;
	enum rc rc;

	(void)ctx;
	rc = db_unit(db, prove, &p, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	return rc != RC_OK ? 2 : p.lost;
}

static void
of_many_proofs_of_one_address_at_once_one_wins(const struct settings *s)
{
	struct shop sh;
	char name[20];

	if (!shop_open(&sh, s))
		return;
	for (int i = 0; i < 8; i++) {
		(void)snprintf(name, sizeof(name), "racer%d", i);
		people_add(&sh, name,
		    i % 2 == 0 ? "one@example.com" : "other@example.com",
		    UNPROVEN);
	}
	is_int(people_crowd(s, 8, prove_first, NULL), 1, "winners");
	is_int(people_count(s, "SELECT COUNT(*) FROM customer WHERE proven_key"
			       " = 'one@example.com'"),
	    1, "owners");
	shop_close(&sh);
}

/* ---- sessions ---- */

static void
a_session_is_its_tokens_and_ends_in_time_R37(const struct settings *s)
{
	struct session_start start = { .method = "password",
		.agent = "Mozilla/5.0",
		.place = "192.0.2.7" };
	char a[TOKEN_SIZE], b[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	const int64_t day = 86400;
	struct session found;
	struct shop sh;
	int64_t t = PEOPLE_NOW;

	if (!shop_open(&sh, s))
		return;
	start.customer = people_add(&sh, "hatter", "h@example.com", PROVEN);
	ok(session_begin(sh.db, &start, NULL, t, a, &e) == RC_OK, "%s", e.text);
	ok(session_find(sh.db, s, a, t + 9, &found, &e) == RC_OK &&
		found.customer == start.customer && found.proven &&
		!found.staff && !found.stale,
	    "found: %s", e.text);
	is_str(found.name, "hatter", "name");
	ok(session_find(sh.db, s, a, t + 700, &found, &e) == RC_OK &&
		found.stale,
	    "to be seen again");
	ok(session_begin(sh.db, &start, a, t, b, &e) == RC_OK, "%s", e.text);
	ok(session_find(sh.db, s, a, t, &found, NULL) == RC_NOTFOUND &&
		found.customer == 0,
	    "the old one is dead after the next login");
	ok(session_find(sh.db, s, b, t + 30 * day - 1, &found, NULL) == RC_OK,
	    "30 days");
	ok(session_find(sh.db, s, b, t + 30 * day, &found, NULL) == RC_NOTFOUND,
	    "and no longer");
	for (int i = 1; i < 18; i++)
		if (session_seen(sh.db, b, t + i * 10 * day, &e) != RC_OK)
			ok(0, "seen: %s", e.text);
	ok(session_find(sh.db, s, b, t + 180 * day - 1, &found, NULL) == RC_OK,
	    "180 days with visits");
	ok(session_find(sh.db, s, b, t + 180 * day, &found, NULL) ==
		RC_NOTFOUND,
	    "and no longer");
	ok(session_proved(sh.db, b, t + 5, &e) == RC_OK &&
		session_find(sh.db, s, b, t + 9, &found, NULL) == RC_OK &&
		found.proved_at == t + 5,
	    "proved");
	ok(session_end(sh.db, b, &e) == RC_OK &&
		session_end(sh.db, b, &e) == RC_OK &&
		session_find(sh.db, s, b, t, &found, NULL) == RC_NOTFOUND,
	    "ended, twice: %s", e.text);
	ok(session_find(sh.db, s, "", t, &found, NULL) == RC_NOTFOUND &&
		session_find(sh.db, s, NULL, t, &found, NULL) == RC_NOTFOUND,
	    "no token, no session");
	is_int(people_count(s, "SELECT COUNT(*) FROM session"), 0, "rows");
	shop_close(&sh);
}

static enum rc
count_rows(void *ctx, const struct session_row *row, struct error *e)
{
	(void)e;
	*(int *)ctx += strcmp(row->method, "google") == 0;
	return RC_OK;
}

static void
sessions_are_listed_and_ended_by_their_owner_alone(const struct settings *s)
{
	char mine[3][TOKEN_SIZE], theirs[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	struct session found;
	int64_t me, they;
	struct shop sh;
	int n = 0;

	if (!shop_open(&sh, s))
		return;
	me = people_add(&sh, "hatter", "h@example.com", PROVEN);
	they = people_add(&sh, "other", "o@example.com", PROVEN);
	for (int i = 0; i < 3; i++)
		people_session(&sh, me, mine[i]);
	people_session(&sh, they, theirs);
	ok(session_list(sh.db, s, me, PEOPLE_NOW, count_rows, &n, &e) ==
		    RC_OK &&
		n == 3,
	    "%d listed: %s", n, e.text);
	ok(session_find(sh.db, s, theirs, PEOPLE_NOW, &found, &e) == RC_OK,
	    "theirs");
	ok(session_end_one(sh.db, me, found.uid, &e) == RC_OK &&
		people_logged_in(&sh, theirs),
	    "what is another's stays");
	ok(session_find(sh.db, s, mine[0], PEOPLE_NOW, &found, &e) == RC_OK,
	    "one of mine");
	ok(session_end_one(sh.db, me, found.uid, &e) == RC_OK &&
		!people_logged_in(&sh, mine[0]),
	    "mine ends");
	ok(session_end_all(sh.db, me, mine[1], &e) == RC_OK &&
		people_logged_in(&sh, mine[1]) &&
		!people_logged_in(&sh, mine[2]) &&
		people_logged_in(&sh, theirs),
	    "all of mine but this one");
	ok(session_end_all(sh.db, me, NULL, &e) == RC_OK &&
		!people_logged_in(&sh, mine[1]),
	    "all");
	shop_close(&sh);
}

/* ---- links that work once ---- */

struct use {
	const char *token, *browser;
	enum ticket_kind kind;
	int64_t now;
	struct ticket t;
};

static enum rc
use(struct db *db, void *ctx, struct error *e)
{
	struct use *u = ctx;

	ticket_release(&u->t);
	return ticket_use(db, u->kind, u->token, u->browser, u->now, &u->t, e);
}

static void
a_link_works_once_in_time_for_its_kind_and_browser_R34(const struct settings *s)
{
	struct ticket t = {
		.data = "h@example.com", .browser = "b1", .seconds = 1800
	};
	char token[TOKEN_SIZE], newer[TOKEN_SIZE];
	struct use u = { .token = token, .browser = "b1" };
	struct error e = ERROR_NONE;
	struct ticket seen;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	t.customer = people_add(&sh, "hatter", "h@example.com", PROVEN);
	ok(ticket_new(sh.db, TICKET_RESET, &t, PEOPLE_NOW, token, &e) == RC_OK,
	    "%s", e.text);
	u.now = PEOPLE_NOW + 1799;
	u.kind = TICKET_CONFIRM;
	people_unit(&sh, use, &u, RC_NOTFOUND);
	u.kind = TICKET_RESET;
	u.browser = "b2";
	people_unit(&sh, use, &u, RC_NOTFOUND);
	u.browser = "b1";
	u.now++;
	people_unit(&sh, use, &u, RC_NOTFOUND);
	u.now--;
	ok(ticket_look(sh.db, TICKET_RESET, token, "b1", u.now, &seen, &e) ==
		RC_OK,
	    "looked at: %s", e.text);
	is_str(seen.data, "h@example.com", "data");
	ticket_release(&seen);
	people_unit(&sh, use, &u, RC_OK);
	ok(u.t.customer == t.customer, "whose");
	is_str(u.t.data, "h@example.com", "data");
	people_unit(&sh, use, &u, RC_NOTFOUND);
	ok(ticket_look(sh.db, TICKET_RESET, token, "b1", u.now, &seen, NULL) ==
		RC_NOTFOUND,
	    "used");
	t.browser = NULL;
	ok(ticket_new(sh.db, TICKET_RESET, &t, PEOPLE_NOW, token, &e) ==
		    RC_OK &&
		ticket_new(sh.db, TICKET_RESET, &t, PEOPLE_NOW, newer, &e) ==
		    RC_OK,
	    "two links: %s", e.text);
	people_unit(&sh, use, &u, RC_NOTFOUND);
	u.token = newer;
	people_unit(&sh, use, &u, RC_OK);
	u.token = "";
	people_unit(&sh, use, &u, RC_NOTFOUND);
	u.token = NULL;
	people_unit(&sh, use, &u, RC_NOTFOUND);
	ticket_release(&u.t);
	shop_close(&sh);
}

static int
use_it(struct db *db, int me, void *ctx)
{
	struct use u = *(struct use *)ctx;
	struct error e = ERROR_NONE;
	enum rc rc;

	(void)me;
	rc = db_unit(db, use, &u, &e);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	ticket_release(&u.t);
	return rc == RC_OK ? 0 : rc == RC_NOTFOUND ? 1 : 2;
}

static void
of_fifty_uses_of_a_link_at_once_exactly_one_wins(const struct settings *s)
{
	static const enum ticket_kind kinds[] = { TICKET_RESET, TICKET_CONFIRM,
		TICKET_LOGIN };
	struct ticket t = { .data = "x", .seconds = 60 };
	char token[TOKEN_SIZE];
	struct use u = { .token = token, .now = PEOPLE_NOW };
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	for (size_t i = 0; i < 3; i++) {
		u.kind = kinds[i];
		ok(ticket_new(sh.db, u.kind, &t, PEOPLE_NOW, token, &e) ==
			RC_OK,
		    "%s: %s", ticket_word(u.kind), e.text);
		is_int(people_crowd(s, 50, use_it, &u), 1, "winners");
	}
	shop_close(&sh);
}

/* ---- baskets ---- */

struct merging {
	int64_t basket, customer;
};

static enum rc
merge(struct db *db, void *ctx, struct error *e)
{
	const struct merging *m = ctx;

	return basket_merge(db, m->basket, m->customer, PEOPLE_NOW, e);
}

static enum rc
own_basket(struct db *db, void *ctx, struct error *e)
{
	struct merging *m = ctx;

	return basket_of_customer(db, m->customer, PEOPLE_NOW, &m->basket, e);
}

static void
put(struct shop *sh, int64_t basket, int64_t item, int64_t qty)
{
	enum basket_outcome outcome;
	struct error e = ERROR_NONE;
	int64_t now;

	ok(basket_add(sh->db, basket, item, qty, &outcome, &now, &e) == RC_OK,
	    "%d of %d: %s", (int)qty, (int)item, e.text);
}

static const char own_lines[] =
    "SELECT l.item_id || '×' || l.qty FROM basket_line l JOIN basket b"
    " ON b.id = l.basket_id WHERE b.customer_id = 1 ORDER BY l.item_id";

static void
baskets_merge_to_the_larger_quantity_once_R10(const struct settings *s)
{
	char token[TOKEN_SIZE], out[200];
	struct error e = ERROR_NONE;
	struct merging m = { 0 };
	struct shop sh;
	int64_t own;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "A", .level = 9);
	shop_hat(&sh, "2", "B", .level = 9);
	shop_hat(&sh, "3", "C", .level = 9);
	shop_hat(&sh, "4", "D", .level = 9);
	shop_hat(&sh, "5", "E", .level = 9);
	m.customer = people_add(&sh, "hatter", "h@example.com", PROVEN);
	people_unit(&sh, own_basket, &m, RC_OK);
	own = m.basket;
	people_unit(&sh, own_basket, &m, RC_OK);
	ok(own != 0 && own == m.basket, "one basket");
	put(&sh, own, 1, 1);
	put(&sh, own, 3, 5);
	ok(basket_new(sh.db, token, &m.basket, &e) == RC_OK, "%s", e.text);
	put(&sh, m.basket, 1, 2);
	put(&sh, m.basket, 2, 1);
	put(&sh, m.basket, 3, 2);
	put(&sh, m.basket, 4, 8);
	put(&sh, m.basket, 5, 3);
	shop_hat(&sh, "4", "D", .level = 6);
	shop_withdraw(&sh, "5");
	people_unit(&sh, merge, &m, RC_OK);
	is_str(sales_text(s, own_lines, out, sizeof(out)),
	    "1×2\n2×1\n3×5\n4×6\n5×3", "merged");
	people_unit(&sh, merge, &m, RC_OK);
	is_str(sales_text(s, own_lines, out, sizeof(out)),
	    "1×2\n2×1\n3×5\n4×6\n5×3", "twice is once");
	ok(basket_find(sh.db, token, &own, NULL) == RC_NOTFOUND,
	    "the browser's is gone");
	m.basket = 0;
	people_unit(&sh, merge, &m, RC_OK);
	m.customer = 99;
	people_unit(&sh, merge, &m, RC_NOTFOUND);
	shop_close(&sh);
}

static int
merge_it(struct db *db, int me, void *ctx)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	(void)me;
	rc = db_unit(db, merge, ctx, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	return rc != RC_OK;
}

static void
tabs_that_log_in_at_once_merge_once_R10(const struct settings *s)
{
	char token[TOKEN_SIZE], out[200];
	struct error e = ERROR_NONE;
	struct merging m = { 0 };
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "A", .level = 9);
	m.customer = people_add(&sh, "hatter", "h@example.com", PROVEN);
	ok(basket_new(sh.db, token, &m.basket, &e) == RC_OK, "%s", e.text);
	put(&sh, m.basket, 1, 2);
	is_int(people_crowd(s, 8, merge_it, &m), 8, "all went well");
	is_str(sales_text(s, own_lines, out, sizeof(out)), "1×2", "merged");
	is_int(people_count(s, "SELECT COUNT(*) FROM basket"), 1, "baskets");
	shop_close(&sh);
}

int
main(void)
{
	RUN(user_names_are_folded_and_those_that_deceive_refused);
	RUN(addresses_are_folded_and_what_is_none_refused);
	RUN_EACH(
	    a_user_name_is_one_persons_and_an_address_that_of_who_proves_it_R14_R15);
	RUN_EACH(the_proof_of_an_address_disarms_all_who_claimed_it_R30);
	RUN_EACH(a_password_that_was_taken_away_opens_nothing_R30);
	RUN_EACH(of_many_proofs_of_one_address_at_once_one_wins);
	RUN_EACH(a_session_is_its_tokens_and_ends_in_time_R37);
	RUN_EACH(sessions_are_listed_and_ended_by_their_owner_alone);
	RUN_EACH(a_link_works_once_in_time_for_its_kind_and_browser_R34);
	RUN_EACH(of_fifty_uses_of_a_link_at_once_exactly_one_wins);
	RUN_EACH(baskets_merge_to_the_larger_quantity_once_R10);
	RUN_EACH(tabs_that_log_in_at_once_merge_once_R10);
	return tap_done();
}
