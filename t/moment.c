#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "db/db_driver.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "stock/own.h"
#include "t/moment_impl.h"

static struct moment *current;
static struct settings hand; /* owned: the stock server as root */
static char legacy[64], own[64];
static char *stopped_link; /* shared with children: they may die */

static int64_t
now(void)
{
	return current->now;
}

/*** The stock server ***/

void
moment_stock(struct moment *m, const char *text)
{
	sales_sql(m->stock, text);
}

int64_t
moment_number(struct moment *m, const char *query)
{
	char text[100], sql[500];
	int64_t n = -1;

	(void)snprintf(sql, sizeof(sql), "SELECT CAST((%s) AS CHAR)", query);
	if (num_parse(sales_text(m->stock, sql, text, sizeof(text)), INT64_MIN,
		INT64_MAX, &n) != RC_OK)
		return -1;
	return n;
}

void
moment_linked(const char *id)
{
	if (!moment_inside())
		(void)snprintf(stopped_link, 24, "%s", id);
}

void
moment_link_is_gone(void)
{
	int64_t deadline = clock_mono_ms() + 60000;
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT COUNT(*) FROM information_schema.processlist"
	    " WHERE id = %s",
	    stopped_link);
	while (moment_number(current, sql) != 0) {
		if (clock_mono_ms() > deadline) {
			ok(0, "the server has let go of a link");
			return;
		}
		clock_sleep_ms(5);
	}
}

void
moment_clerk(struct moment *m, const char *item, int qty)
{
	char look[100], sell[200];
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	int64_t before;

	(void)snprintf(
	    look, sizeof(look), "SELECT qty FROM level WHERE sku = '%s'", item);
	(void)snprintf(sell, sizeof(sell),
	    "SET STATEMENT innodb_lock_wait_timeout = 0 FOR UPDATE level"
	    " SET qty = qty - %d WHERE sku = '%s' AND qty >= %d",
	    qty, item, qty);
	before = moment_number(m, look);
	if (db_open_bare(m->stock, &db, &e) != RC_OK)
		ok(0, "clerk: %s", e.text);
	else /* 1205: she sells nothing today */
		(void)!db->driver->exec(db->link, sell, strlen(sell), NULL, &e);
	db_close(db);
	m->sold[item[0] != 'A'] += before - moment_number(m, look);
}

static void
run_each(struct moment *m, char *script)
{
	char *end;

	for (; (end = strstr(script, ";\n")) != NULL; script = end + 2) {
		*end = '\0';
		moment_stock(m, script);
	}
}

static void
set(char **member, const char *value)
{
	free(*member);
	*member = strdup(value);
}

static void
stock_do(const char *what, const char *schema, const char *more)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%s %s%s", what, schema, more);
	sales_sql(&hand, text);
}

static void
make_stock(const char *socket)
{
	struct error e = ERROR_NONE;

	(void)snprintf(legacy, sizeof(legacy), "ml_%ld", (long)getpid());
	(void)snprintf(own, sizeof(own), "mo_%ld", (long)getpid());
	if (conf_defaults(settings_keys, settings_count, &hand, &e) != RC_OK)
		ok(0, "settings: %s", e.text);
	hand.db_engine = ENGINE_MARIADB;
	set(&hand.db_socket, socket);
	set(&hand.db_user, "root");
	set(&hand.db_password, "");
	set(&hand.db_name, "mysql");
	stock_do("CREATE DATABASE", legacy, "");
	set(&hand.db_name, legacy);
	sales_sql(&hand,
	    "CREATE TABLE item (sku VARCHAR(20) PRIMARY KEY,"
	    " title VARCHAR(99), price DECIMAL(9,2)) ENGINE=InnoDB");
	sales_sql(&hand, "CREATE TABLE level (sku VARCHAR(20) PRIMARY KEY,"
			 " qty INT) ENGINE=InnoDB");
	sales_sql(&hand,
	    "INSERT INTO item VALUES ('A', 'Fez', 10), ('B', 'Bowler', 5)");
	sales_sql(&hand, "INSERT INTO level VALUES ('A', 5), ('B', 5)");
}

static void
set_mapping(struct settings *s)
{
	static char empty[] = "", root[] = "root", item[] = "item",
		    sku[] = "sku", title[] = "title", price[] = "price",
		    level[] = "level", qty[] = "qty",
		    url[] = "https://hats.example",
		    warehouse[] = "manager@example.com";

	s->stock_socket = hand.db_socket;
	s->stock_user = root;
	s->stock_password = empty;
	s->stock_database = legacy;
	s->stock_own_schema = own;
	s->item_table = item;
	s->item_key = s->level_key = sku;
	s->item_name = title;
	s->item_price = price;
	s->level_table = level;
	s->level_qty = qty;
	s->shop_url = url;
	s->mail_warehouse = warehouse;
	s->stock_wait_max = 86400;
	s->checkout_page_seconds = MOMENT_PAGE;
}

/* One server's tables for all moments; each finds them as they were made. */
static void
begin_stock(struct moment *m, const char *socket)
{
	bool first = hand.db_socket == NULL;
	struct buf ddl;

	if (first) {
		make_stock(socket);
		stopped_link = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	}
	m->own = own;
	m->stock = &hand;
	set_mapping(&m->settings);
	if (first) {
		buf_init(&ddl, LIMIT_OWN);
		own_ddl(&m->settings, &ddl);
		run_each(m, ddl.s);
		buf_release(&ddl);
	}
	stock_do("DELETE FROM", own, ".claim");
	stock_do("DELETE FROM", own, ".give_back");
	moment_stock(m, "UPDATE level SET qty = 5");
}

void
moment_end(void)
{
	if (hand.db_socket == NULL)
		return;
	stock_do("DROP DATABASE", own, "");
	stock_do("DROP DATABASE", legacy, "");
	settings_release(&hand);
	munmap(stopped_link, 4096);
}

static bool
read_map(struct moment *m)
{
	struct error e = ERROR_NONE;
	struct link *l = NULL;
	enum fault fault;
	bool changed;
	enum rc rc;

	rc = map_new(&m->settings, &m->map, &e);
	if (rc == RC_OK)
		rc = link_open(&m->settings, &l, &fault, &e);
	if (rc == RC_OK)
		rc = map_check(m->map, l, &changed, &e);
	link_close(l);
	m->master.settings = &m->settings;
	m->master.map = m->map;
	m->master.source = "";
	return rc == RC_OK || ok(0, "stock: %s", e.text);
}

static enum rc
take(void *ctx, const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	return master_take(ctx, attempt, lines, n, answer, why, e);
}

static enum rc
refuse(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	return master_refuse(ctx, attempt, lines, n, answer, e);
}

static enum rc
give_back(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	return master_give_back(ctx, back, attempt, lines, n, e);
}

/*** Runners ***/

static enum rc
write_letter(const struct settings *s, const struct order *o,
    const char *method, struct buf *out, struct error *e)
{
	(void)s;
	(void)method;
	(void)e;
	buf_printf(out, "order %s", o->uid);
	return buf_rc(out);
}

static const struct flow_letters letters = { write_letter };

void
moment_runner_open(struct moment *m, struct runner *r)
{
	static const struct gateway *gateways[1];
	struct error e = ERROR_NONE;

	gateways[0] = m->gateway;
	if (db_open(m->sh.settings, DB_WRITE, &r->db, &e) != RC_OK ||
	    uid_random(r->holder, &e) != RC_OK)
		ok(0, "a runner: %s", e.text);
	r->f = (struct flow){ .settings = &m->settings,
		.db = r->db,
		.stock = &m->goods,
		.gateways = gateways,
		.ngateways = 1,
		.letters = &letters,
		.holder = r->holder,
		.now = now,
		.without_lease = true };
}

static struct runner *
runner(struct moment *m)
{
	return moment_inside() ? &m->second : &m->first;
}

struct db *
moment_db(struct moment *m)
{
	return runner(m)->db;
}

void
moment_advance(struct moment *m)
{
	struct error e = ERROR_NONE;
	enum rc rc = order_advance(&runner(m)->f, m->order, &e);

	if (rc != RC_OK)
		ok(0, "advance: %s: %s", rc_name(rc), e.text);
}

void
moment_give_up(struct moment *m)
{
	struct error e = ERROR_NONE;

	if (order_give_up(&runner(m)->f, m->order, "given up", &e) != RC_OK)
		ok(0, "give up: %s", e.text);
}

/*** The customer ***/

enum rc
moment_order(struct moment *m, const char *checkout, int64_t customer,
    int64_t basket, struct order_placed *out)
{
	static char country[] = "GB", who[] = "A", town[] = "Leeds",
		    none[] = "";
	static const struct address home = { .country = country,
		.name = who,
		.line1 = who,
		.line2 = none,
		.town = town,
		.region = none,
		.postcode = none,
		.phone = none };
	struct error e = ERROR_NONE;
	struct order_wish w = { checkout, customer, basket, "GBP", 2000, 0,
		"standard", "terms", 2000, &home, "a@example.com",
		MOMENT_HOLD };

	return order_place(moment_db(m), &w, m->now, out, &e);
}

int64_t
moment_basket(struct moment *m, int64_t customer)
{
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	char token[TOKEN_SIZE], sql[200];
	int64_t basket = 0, qty;

	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO customer (id, uid, made_at, seen_at)"
	    " VALUES (%" PRId64 ", 'c%" PRId64 "', 1, 1)",
	    customer, customer);
	sales_sql(m->sh.settings, sql);
	if (basket_new(moment_db(m), token, &basket, &e) != RC_OK ||
	    basket_set(moment_db(m), basket, m->hats[0], 1, &outcome, &qty,
		&e) != RC_OK ||
	    basket_set(moment_db(m), basket, m->hats[1], 2, &outcome, &qty,
		&e) != RC_OK)
		ok(0, "basket: %s", e.text);
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE basket SET customer_id = %" PRId64 " WHERE id = %" PRId64,
	    customer, basket);
	sales_sql(m->sh.settings, sql);
	return basket;
}

void
moment_pays(struct moment *m)
{
	struct error e = ERROR_NONE;

	if (order_pay(&runner(m)->f, m->order, "till", &e) != RC_OK)
		ok(0, "pay: %s", e.text);
	moment_advance(m);
}

struct till *
moment_till(struct moment *m)
{
	return &m->tills[*m->ntills - 1];
}

static bool
is_shown(struct moment *m)
{
	struct error e = ERROR_NONE;
	struct payment p;

	return payment_live(moment_db(m), m->order, &p, &e) == RC_OK &&
	       p.page[0] != '\0';
}

void
moment_paid(struct moment *m)
{
	struct till *t;

	if (*m->ntills == 0 || !is_shown(m))
		return;
	t = moment_till(m);
	if (t->page == PAGE_OPEN && m->now >= t->expires_at)
		t->page = PAGE_CLOSED;
	if (t->page != PAGE_OPEN && t->page != PAGE_AT_BANK)
		return;
	t->page = PAGE_PAID;
	t->money = MONEY_RESERVED;
}

/*** The mirror ***/

struct mirroring {
	struct moment *m;
	int64_t levels[2];
	struct hold_open *holds;
	size_t n;
};

static enum rc
publish(struct db *db, void *ctx, struct error *e)
{
	struct mirroring *p = ctx;
	enum rc rc = RC_OK;
	bool ended;

	for (size_t i = 0; i < 2 && rc == RC_OK; i++)
		rc = db_run(db, SQL_ITEM_LEVEL, e, db_int(p->levels[i]),
		    db_int(0), db_int(p->m->now), db_int(p->m->hats[i]));
	for (size_t i = 0; i < p->n && rc == RC_OK; i++)
		if (p->holds[i].order[0] != '\0')
			rc = hold_end(db, &p->holds[i], p->m->now, &ended, e);
	return rc;
}

static bool
was_taken(struct moment *m, const struct hold_open *h)
{
	char sql[500];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT COUNT(*) FROM %s.claim WHERE attempt = '%s'"
	    " AND item = '%s' AND kind = 'take'",
	    m->own, h->attempt, h->key);
	return moment_number(m, sql) > 0;
}

void
moment_mirror(struct moment *m)
{
	struct mirroring p = { .m = m };
	struct error e = ERROR_NONE;

	/* nothing happens meanwhile: one moment */
	if (hold_list(moment_db(m), &p.holds, &p.n, &e) != RC_OK)
		ok(0, "mirror: %s", e.text);
	for (size_t i = 0; i < p.n; i++)
		if (!was_taken(m, &p.holds[i]))
			p.holds[i].order[0] = '\0';
	p.levels[0] = moment_number(m, "SELECT qty FROM level WHERE sku = 'A'");
	p.levels[1] = moment_number(m, "SELECT qty FROM level WHERE sku = 'B'");
	if (db_unit(moment_db(m), publish, &p, &e) != RC_OK)
		ok(0, "mirror: %s", e.text);
	free(p.holds);
}

static enum rc
count_due(void *ctx, const struct order_row *row, struct error *e)
{
	int *n = ctx;

	(void)row;
	(void)e;
	++*n;
	return RC_OK;
}

void
moment_settle(struct moment *m)
{
	struct error e = ERROR_NONE;
	int rounds = 0, due;

	for (int step = 0; step < 45; step++) {
		m->now += 120;
		do {
			due = 0;
			if (order_due(moment_db(m), m->now, 9, count_due, &due,
				&e) != RC_OK)
				ok(0, "due: %s", e.text);
			if (due > 0)
				moment_advance(m);
			m->now++;
		} while (due > 0 && ++rounds < 300);
	}
	ok(rounds < 300, "it came to an end");
	moment_mirror(m);
}

/*** Open and close ***/

/* A database serves many moments: none sees what was before. */
static void
wipe(const struct settings *s)
{
	static const char *const tables[] = { "outbox", "letter", "journal",
		"payment_call", "parcel", "payment", "hold", "order_line",
		"orders", "basket_line", "basket", "customer" };
	char sql[100];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		sales_sql(s, sql);
	}
	sales_sql(s, "UPDATE item SET level = 5, held = 0");
}

bool
moment_open(struct moment *m, const struct settings *s)
{
	const char *socket = getenv("HATSHOP_TEST_MARIADB");
	struct order_placed placed;

	if (socket == NULL || socket[0] == '\0') {
		tap_skip("no stock server: HATSHOP_TEST_MARIADB is not set");
		return false;
	}
	memset(m, 0, sizeof(*m));
	current = m;
	m->now = MOMENT_NOW;
	m->settings = *s;
	begin_stock(m, socket);
	m->gateway = moment_gateway(m);
	m->goods = (struct flow_stock){ &m->master, take, refuse, give_back };
	if (!read_map(m) || !shop_open(&m->sh, s))
		return false;
	wipe(s);
	shop_hat(&m->sh, "A", "Fez", .price = 1000, .level = 5);
	shop_hat(&m->sh, "B", "Bowler", .price = 500, .level = 5);
	m->hats[0] = shop_id(&m->sh, "fez");
	m->hats[1] = shop_id(&m->sh, "bowler");
	moment_at(m, NULL, 0, NULL);
	moment_runner_open(m, &m->first);
	moment_runner_open(m, &m->second);
	m->basket = moment_basket(m, 1);
	if (moment_order(m, "checkout 1", 1, m->basket, &placed) != RC_OK ||
	    placed.outcome != ORDER_PLACED)
		return ok(0, "an order is placed");
	m->order = placed.order;
	return true;
}

void
moment_close(struct moment *m)
{
	moment_at(NULL, NULL, 0, NULL);
	db_close(m->first.db);
	db_close(m->second.db);
	shop_close(&m->sh);
	map_free(m->map);
}
