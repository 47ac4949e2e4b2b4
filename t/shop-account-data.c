/* R40, R41: addresses, what is kept of a customer, and for how long. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "shop/address.h"
#include "shop/basket.h"
#include "shop/login.h"
#include "shop/mydata.h"
#include "shop/outbox.h"
#include "shop/purge.h"
#include "shop/seclog.h"
#include "shop/session.h"
#include "shop/tally.h"
#include "shop/ticket.h"
#include "t/people.h"

/* ---- rules of addresses ---- */

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		abort();
	return p;
}

static struct address
address(const char *country, const char *postcode)
{
	struct address a = { .country = copy(country),
		.name = copy("Ada O'Brien"),
		.line1 = copy("12 Łódź 帽子 Street"),
		.line2 = copy(""),
		.town = copy("Örebro"),
		.region = copy(strcasecmp(country, "US") == 0 ? "ny" : ""),
		.postcode = copy(postcode),
		.phone = copy("+44 (0)20 7946-0000") };

	return a;
}

static void
postcodes_come_into_the_posts_own_form(void)
{
	static const struct {
		const char *country, *typed, *form; /* NULL: refused */
	} codes[] = {
		{ "GB", "sw1a1aa", "SW1A 1AA" },
		{ "GB", " M1  1ae ", "M1 1AE" },
		{ "GB", "EC1A-1BB", "EC1A 1BB" },
		{ "GB", "b338th", "B33 8TH" },
		{ "GB", "GIR0AA", "GIR 0AA" },
		{ "GB", "bfpo 57", "BFPO 57" },
		{ "GB", "12345", NULL },
		{ "GB", "SW1A 1A", NULL },
		{ "GB", "SW1A 1AAA", NULL },
		{ "IE", "d02x285", "D02 X285" },
		{ "IE", "D6W XY00", "D6W XY00" },
		{ "IE", "Dublin 2", NULL },
		{ "US", "10001", "10001" },
		{ "US", "100011234", "10001-1234" },
		{ "US", "10001-1234", "10001-1234" },
		{ "US", "1000", NULL },
		{ "NL", "1234ab", "1234 AB" },
		{ "NL", "NL-1012 AB", "1012 AB" },
		{ "NL", "1234", NULL },
		{ "PL", "00950", "00-950" },
		{ "PL", "00-950", "00-950" },
		{ "DE", "10115", "10115" },
		{ "DE", "D-10115", "10115" },
		{ "DE", "1011", NULL },
		{ "FR", "F 75001", "75001" },
		{ "ES", "28001", "28001" },
		{ "IT", "IT-00184", "00184" },
		{ "AT", "A-1010", "1010" },
		{ "LU", "L-1111", "1111" },
		{ "BE", "B1000", "1000" },
		{ "DK", "DK-1050", "1050" },
		{ "SE", "11122", "111 22" },
		{ "PT", "1100148", "1100-148" },
		{ "GR", "10431", "104 31" },
		{ "CZ", "110 00", "110 00" },
		{ "SK", "81101", "811 01" },
		{ "MT", "vlt1117", "VLT 1117" },
		{ "LV", "1010", "LV-1010" },
		{ "LV", "lv1010", "LV-1010" },
		{ "LT", "LT-01100", "LT-01100" },
		{ "LT", "01100", "LT-01100" },
		{ "FI", "FI-00100", "00100" },
		{ "HR", "10000", "10000" },
		{ "CY", "1010", "1010" },
		{ "BG", "1000", "1000" },
		{ "EE", "10111", "10111" },
		{ "HU", "1051", "1051" },
		{ "RO", "010011", "010011" },
		{ "SI", "SI-1000", "1000" },
		{ "SI", "", NULL },
		{ "DE", "10115<script>", NULL },
		{ "DE", "١٠١١٥", NULL },
	};
	const char *wrong[ADDRESS_FIELDS];

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct address a = address(codes[i].country, codes[i].typed);
		bool fine = address_check(&a, wrong);

		ok(fine == (codes[i].form != NULL) &&
			(wrong[ADDRESS_POSTCODE] == NULL) == fine &&
			(!fine || strcmp(a.postcode, codes[i].form) == 0),
		    "%s \"%s\": %s", codes[i].country, codes[i].typed,
		    fine ? a.postcode : wrong[ADDRESS_POSTCODE]);
		address_release(&a);
	}
}

static void
each_country_takes_the_postcode_that_it_shows(void)
{
	const struct address_country *c;
	const char *wrong[ADDRESS_FIELDS];
	size_t n;

	c = address_countries(&n);
	is_int((int)n, 29, "GB, IE, US and 26 others");
	for (size_t i = 0; i < n; i++) {
		struct address a = address(c[i].code, c[i].postcode_like);

		ok(address_check(&a, wrong) &&
			strcmp(a.postcode, c[i].postcode_like) == 0,
		    "%s %s", c[i].code, c[i].postcode_like);
		ok(address_country(c[i].code) == &c[i] &&
			(i == 0 || strcmp(c[i - 1].name, c[i].name) < 0),
		    "%s", c[i].name);
		address_release(&a);
	}
	ok(address_country("XX") == NULL && address_country("") == NULL &&
		address_country(NULL) == NULL,
	    "others are not known");
}

static void
no_name_and_no_street_is_refused_for_being_unusual_R61(void)
{
	static const char *const names[] = { "O'Brien", "Łódź 帽子", "X Æ A-12",
		"李", "<b>Bobby</b>", "D'Arcy; DROP TABLE", "Ng", "مُحَمَّد",
		"Zoë \"Hat\" O'Neil-Smith jr." };
	static const char *const bad[] = { "", "   ", "a\nb", "a\r\nBcc: x",
		"a\tb", "\x7f", "\xff\xfe", "a\xe2\x80\xa8 b" };
	const char *wrong[ADDRESS_FIELDS];
	struct address a;
	bool fine;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		a = address("GB", "SW1A 1AA");
		free(a.name);
		a.name = copy(names[i]);
		ok(address_check(&a, wrong) && strcmp(a.name, names[i]) == 0,
		    "%s", names[i]);
		address_release(&a);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a = address("GB", "SW1A 1AA");
		free(a.line1);
		a.line1 = copy(bad[i]);
		fine = address_check(&a, wrong);
		ok(!fine && wrong[ADDRESS_LINE1] != NULL &&
			wrong[ADDRESS_NAME] == NULL,
		    "line %d: %s", (int)i, wrong[ADDRESS_LINE1]);
		address_release(&a);
	}
}

/* Whether only this field is wrong, and says so. */
static bool
only_wrong(struct address *a, enum address_field field)
{
	const char *wrong[ADDRESS_FIELDS];
	bool fine = address_check(a, wrong);
	size_t others = 0;

	for (size_t i = 0; i < ADDRESS_FIELDS; i++)
		others += i != field && wrong[i] != NULL;
	ok(!fine && others == 0, "%s",
	    wrong[field] != NULL ? wrong[field] : "nothing");
	return wrong[field] != NULL;
}

static void
set(char **field, const char *value)
{
	free(*field);
	*field = copy(value);
}

static void
an_empty_address_lacks_what_is_needed(void)
{
	struct address a = { 0 };
	const char *wrong[ADDRESS_FIELDS];

	ok(!address_check(&a, wrong), "nothing at all");
	ok(wrong[ADDRESS_COUNTRY] != NULL && wrong[ADDRESS_NAME] != NULL &&
		wrong[ADDRESS_LINE1] != NULL && wrong[ADDRESS_TOWN] != NULL &&
		wrong[ADDRESS_POSTCODE] != NULL,
	    "what is needed");
	ok(wrong[ADDRESS_LINE2] == NULL && wrong[ADDRESS_PHONE] == NULL &&
		wrong[ADDRESS_REGION] == NULL,
	    "what is not");
	address_release(&a);
}

static void
each_field_says_what_is_wrong_with_it(void)
{
	struct address a = address("us", "10001");
	const char *wrong[ADDRESS_FIELDS];
	char longest[300];

	ok(address_check(&a, wrong), "a state by its letters");
	is_str(a.region, "NY", "state");
	is_str(a.country, "US", "country");
	set(&a.region, "new york");
	ok(address_check(&a, wrong), "by its name");
	is_str(a.region, "NY", "state");
	set(&a.region, "ZZ");
	ok(only_wrong(&a, ADDRESS_REGION), "no state");
	set(&a.region, "");
	ok(only_wrong(&a, ADDRESS_REGION), "none at all");
	set(&a.region, "NY");
	set(&a.country, "ZZ");
	ok(only_wrong(&a, ADDRESS_COUNTRY), "no country");
	set(&a.country, "US");
	set(&a.phone, "call me");
	ok(only_wrong(&a, ADDRESS_PHONE), "no number");
	set(&a.phone, "12");
	ok(only_wrong(&a, ADDRESS_PHONE), "too short");
	set(&a.phone, "");
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	set(&a.town, longest);
	ok(only_wrong(&a, ADDRESS_TOWN), "too long");
	address_release(&a);
}

/* ---- the book ---- */

static enum rc
join_town(void *ctx, const struct address *a, struct error *e)
{
	(void)e;
	buf_printf(ctx, "%s,", a->town);
	return buf_rc(ctx);
}

static void
is_book(struct shop *sh, int64_t customer, const char *want)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, 10000);
	ok(address_book(sh->db, customer, join_town, &b, &e) == RC_OK, "%s",
	    e.text);
	is_str(buf_str(&b), want, "book");
	buf_release(&b);
}

static void
the_address_book_is_its_owners_R41(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct address a, found;
	int64_t me, other, id;
	struct shop sh;
	enum rc rc = RC_OK;

	if (!shop_open(&sh, s))
		return;
	me = people_add(&sh, "hatter", "h@example.com", PROVEN);
	other = people_add(&sh, "other", "o@example.com", PROVEN);
	a = address("GB", "SW1A 1AA");
	ok(address_save(sh.db, me, &a, PEOPLE_NOW, &e) == RC_OK && a.id != 0,
	    "added: %s", e.text);
	id = a.id;
	free(a.town);
	a.town = copy("København");
	ok(address_save(sh.db, me, &a, PEOPLE_NOW, &e) == RC_OK && a.id == id,
	    "changed: %s", e.text);
	a.id = 0;
	free(a.town);
	a.town = copy("Łódź");
	ok(address_save(sh.db, me, &a, PEOPLE_NOW + 1, &e) == RC_OK, "another");
	is_book(&sh, me, "Łódź,København,");
	is_book(&sh, other, "");
	ok(address_get(sh.db, other, id, &found, NULL) == RC_NOTFOUND,
	    "not to be read by others");
	a.id = id;
	ok(address_save(sh.db, other, &a, PEOPLE_NOW, NULL) == RC_NOTFOUND &&
		address_remove(sh.db, other, id, NULL) == RC_NOTFOUND,
	    "nor changed or removed");
	ok(address_get(sh.db, me, id, &found, &e) == RC_OK, "%s", e.text);
	is_str(found.line1, "12 Łódź 帽子 Street", "as typed");
	address_release(&found);
	ok(address_remove(sh.db, me, id, &e) == RC_OK, "%s", e.text);
	is_book(&sh, me, "Łódź,");
	for (int i = 1; rc == RC_OK && i < LIMIT_ADDRESSES; i++) {
		a.id = 0;
		rc = address_save(sh.db, me, &a, PEOPLE_NOW, &e);
	}
	a.id = 0;
	ok(rc == RC_OK &&
		address_save(sh.db, me, &a, PEOPLE_NOW, &e) == RC_TOOBIG,
	    "%s", e.text);
	address_release(&a);
	shop_close(&sh);
}

/* ---- my data ---- */

static enum rc
own_basket(struct db *db, void *ctx, struct error *e)
{
	return basket_of_customer(db, 1, PEOPLE_NOW, ctx, e);
}

static enum rc
put_letter(struct db *db, void *ctx, struct error *e)
{
	const struct outbox_letter l = { .uid = ctx,
		.kind = "notice",
		.customer = 1,
		.bytes = "To: h@example.com\r\n\r\nhello\r\n",
		.len = 28 };
	const char *const to[] = { "h@example.com" };

	return outbox_put(db, &l, to, 1, PEOPLE_NOW, e);
}

static enum rc
arrive(struct db *db, void *ctx, struct error *e)
{
	const struct arrival a = { "google", "g1", "h@example.com", true,
		"Name" };
	bool taken;

	return login_join(db, *(int64_t *)ctx, &a, PEOPLE_NOW, &taken, e);
}

/* Customer 1, with something in every drawer. */
static void
furnish(struct shop *sh, char token[TOKEN_SIZE])
{
	struct ticket t = { .customer = 1, .data = "x", .seconds = 60 };
	struct address a = address("GB", "SW1A 1AA");
	char link[TOKEN_SIZE], uid[] = "letter1";
	enum basket_outcome outcome;
	struct error e = ERROR_NONE;
	int64_t me, basket = 0, now;

	shop_hat(sh, "1", "Crimson \"Fez\"");
	me = people_add(sh, "hatter", "h@example.com", PROVEN);
	people_session(sh, me, token);
	people_unit(sh, arrive, &me, RC_OK);
	people_unit(sh, own_basket, &basket, RC_OK);
	people_unit(sh, put_letter, uid, RC_OK);
	ok(basket_add(sh->db, basket, 1, 2, &outcome, &now, &e) == RC_OK &&
		address_save(sh->db, me, &a, PEOPLE_NOW, &e) == RC_OK &&
		ticket_new(sh->db, TICKET_RESET, &t, PEOPLE_NOW, link, &e) ==
		    RC_OK,
	    "furnished: %s", e.text);
	address_release(&a);
}

static void
a_customer_takes_their_data_along(const struct settings *s)
{
	static const char *const parts[] = { "\"name\": \"hatter\"",
		"\"email\": \"h@example.com\"", "\"email_confirmed\": true",
		"\"method\": \"password\"", "\"known_there_as\": \"g1\"",
		"\"browser\": \"a browser\"",
		"\"line1\": \"12 Łódź 帽子 Street\"",
		"\"hat\": \"Crimson \\\"Fez\\\"\"", "\"quantity\": 2",
		"\"what\": \"login\"",
		"\"exported\": \"2027-01-15T08:00:00Z\"" };
	struct error e = ERROR_NONE;
	char token[TOKEN_SIZE];
	struct shop sh;
	struct buf b;

	if (!shop_open(&sh, s))
		return;
	furnish(&sh, token);
	buf_init(&b, MYDATA_MAX);
	ok(mydata_export(sh.db, 1, PEOPLE_NOW, &b, &e) == RC_OK, "%s", e.text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ok(strstr(buf_str(&b), parts[i]) != NULL, "%s", parts[i]);
	ok(strstr(buf_str(&b), "argon2") == NULL &&
		strstr(buf_str(&b), token) == NULL,
	    "nothing that opens anything");
	buf_reset(&b);
	ok(mydata_export(sh.db, 99, PEOPLE_NOW, &b, &e) == RC_NOTFOUND, "%s",
	    e.text);
	buf_release(&b);
	shop_close(&sh);
}

static void
an_erased_customer_leaves_a_number_and_no_more(const struct settings *s)
{
	static const char *const tables[] = { "session", "identity", "address",
		"ticket", "basket", "basket_line" };
	char token[TOKEN_SIZE], query[100];
	struct error e = ERROR_NONE;
	struct customer c;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	furnish(&sh, token);
	ok(mydata_erase(sh.db, 1, "192.0.2.1", PEOPLE_NOW, &e) == RC_OK, "%s",
	    e.text);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(
		    query, sizeof(query), "SELECT COUNT(*) FROM %s", tables[i]);
		is_int(people_count(s, query), 0, tables[i]);
	}
	ok(!people_logged_in(&sh, token), "logged out");
	ok(customer_by_id(sh.db, 1, &c, &e) == RC_OK && c.erased && !c.proven &&
		!c.has_password && c.email[0] == '\0' && c.name[0] == '\0' &&
		c.user_name[0] == '\0',
	    "a number: %s", e.text);
	customer_release(&c);
	is_int(people_count(s, "SELECT COUNT(*) FROM event"), 1, "events");
	is_int(people_count(s, "SELECT COUNT(*) FROM letter"), 1,
	    "a letter that waits goes out");
	ok(mydata_erase(sh.db, 1, "", PEOPLE_NOW, NULL) == RC_NOTFOUND,
	    "twice");
	ok(customer_rename(sh.db, 1, "Again", NULL) == RC_NOTFOUND,
	    "it gets no name any more");
	people_add(&sh, "hatter", "h@example.com", PROVEN);
	shop_close(&sh);
}

struct posting {
	const char *uid, *kind;
};

static enum rc
post_to_me(struct db *db, void *ctx, struct error *e)
{
	const struct posting *p = ctx;
	const struct outbox_letter l = { .uid = p->uid,
		.kind = p->kind,
		.customer = 1,
		.bytes = "To: h@example.com\r\n\r\nhello\r\n",
		.len = 28 };
	const char *const to[] = { "h@example.com" };

	return outbox_put(db, &l, to, 1, PEOPLE_NOW, e);
}

/* Every kind that is about an account, not only the notices. */
static void
an_erased_customer_leaves_no_letter_that_was_sent(const struct settings *s)
{
	struct posting p[] = { { "l1", "confirm" }, { "l2", "reset" },
		{ "l3", "change" }, { "l4", "link" }, { "l5", "notice" } };
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	people_add(&sh, "hatter", "h@example.com", PROVEN);
	for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++)
		people_unit(&sh, post_to_me, &p[i], RC_OK);
	sales_sql(s, "UPDATE outbox SET state = 2, done_at = 1800000000");
	ok(mydata_erase(sh.db, 1, "192.0.2.1", PEOPLE_NOW, &e) == RC_OK, "%s",
	    e.text);
	is_int(people_count(s, "SELECT COUNT(*) FROM outbox"), 0, "envelopes");
	is_int(people_count(s, "SELECT COUNT(*) FROM letter"), 0, "letters");
	shop_close(&sh);
}

/* ---- what is kept no longer ---- */

static void
what_is_old_goes_and_the_rest_stays(const struct settings *s)
{
	const int64_t day = 86400, t = PEOPLE_NOW;
	const struct tally_rule rule = { 3, 10 };
	char token[TOKEN_SIZE], who[HASH_SIZE];
	struct error e = ERROR_NONE;
	int64_t gone = -1, basket;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	furnish(&sh, token);
	tally_who(who, "test", "x");
	ok(basket_new(sh.db, token, &basket, &e) == RC_OK &&
		tally_add(sh.db, who, &rule, t, &e) == RC_OK,
	    "%s", e.text);
	sales_sql(s, "UPDATE basket SET seen_at = 1800000000");
	sales_sql(s, "UPDATE outbox SET state = 2, done_at = 1800000000");
	sales_sql(s,
	    "INSERT INTO inbox (source, event, state, made_at, next_at, "
	    "done_at,"
	    " body) VALUES ('stripe', 'a', 2, 1, 1, 1800000000, x'7b7d'),"
	    " ('stripe', 'b', 1, 1, 1, 0, x'7b7d'),"
	    " ('stripe', 'c', 3, 1, 1, 1800000000, x'7b7d')");
	ok(purge_old(sh.db, s, t, &gone, &e) == RC_OK && gone == 0,
	    "nothing is old: %d %s", (int)gone, e.text);
	ok(purge_old(sh.db, s, t + 10 * day, &gone, &e) == RC_OK && gone == 2,
	    "a link and a counter: %d %s", (int)gone, e.text);
	ok(purge_old(sh.db, s, t + 31 * day, &gone, &e) == RC_OK && gone == 2,
	    "a session and an event: %d %s", (int)gone, e.text);
	is_int(people_count(s, "SELECT COUNT(*) FROM inbox"), 2,
	    "events that wait, or are for a person, stay");
	ok(purge_old(sh.db, s, t + 61 * day, &gone, &e) == RC_OK && gone == 1,
	    "the basket of a browser: %d %s", (int)gone, e.text);
	is_int(people_count(s, "SELECT COUNT(*) FROM basket_line"), 1,
	    "a customer's stays");
	ok(purge_old(sh.db, s, t + 91 * day, &gone, &e) == RC_OK && gone == 2,
	    "a letter and its envelope: %d %s", (int)gone, e.text);
	ok(purge_old(sh.db, s, t + 181 * day, &gone, &e) == RC_OK && gone == 1,
	    "the log: %d %s", (int)gone, e.text);
	ok(purge_old(sh.db, s, t + 1000 * day, &gone, &e) == RC_OK && gone == 0,
	    "customers stay: %d %s", (int)gone, e.text);
	shop_close(&sh);
}

static void
much_that_is_old_goes_in_slices(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int64_t gone = 0;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	sales_sql(s,
	    "INSERT INTO event (at, kind) WITH RECURSIVE c (n) AS (SELECT 1"
	    " UNION ALL SELECT n + 1 FROM c WHERE n < 900) SELECT n, 'login'"
	    " FROM c");
	ok(purge_old(sh.db, s, PEOPLE_NOW, &gone, &e) == RC_OK && gone == 900,
	    "%d %s", (int)gone, e.text);
	shop_close(&sh);
}

int
main(void)
{
	RUN(postcodes_come_into_the_posts_own_form);
	RUN(each_country_takes_the_postcode_that_it_shows);
	RUN(no_name_and_no_street_is_refused_for_being_unusual_R61);
	RUN(an_empty_address_lacks_what_is_needed);
	RUN(each_field_says_what_is_wrong_with_it);
	RUN_EACH(the_address_book_is_its_owners_R41);
	RUN_EACH(a_customer_takes_their_data_along);
	RUN_EACH(an_erased_customer_leaves_a_number_and_no_more);
	RUN_EACH(an_erased_customer_leaves_no_letter_that_was_sent);
	RUN_EACH(what_is_old_goes_and_the_rest_stays);
	RUN_EACH(much_that_is_old_goes_in_slices);
	return tap_done();
}
