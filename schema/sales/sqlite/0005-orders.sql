-- works with: 0001
-- Orders, their payments, what gateways said, and the journal of it all.

-- A frozen copy of a basket.  state: 1 pending, 2 authorised, 3 paid, 4 closed,
-- 5 cancelled.  live is the customer as long as the order may still be paid, so
-- that there is one at a time.  attention: why a person must look ('': no need);
-- the state goes on telling what is true of money and goods.  ending: why the
-- order is to end ('': it is not).  told: 1 the confirmation, 2 the letter
-- of its end has been written.
-- Prices include tax.
CREATE TABLE orders (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	checkout TEXT NOT NULL UNIQUE,
	customer_id INTEGER NOT NULL REFERENCES customer (id),
	live INTEGER UNIQUE,
	state INTEGER NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 5),
	made_at INTEGER NOT NULL,
	hold_until INTEGER NOT NULL,
	next_at INTEGER NOT NULL,
	pokes INTEGER NOT NULL DEFAULT 0,
	lease_until INTEGER NOT NULL DEFAULT 0,
	lease TEXT NOT NULL DEFAULT '',
	paid_at INTEGER NOT NULL DEFAULT 0,
	ended_at INTEGER NOT NULL DEFAULT 0,
	currency TEXT NOT NULL,
	goods INTEGER NOT NULL CHECK (goods >= 0),
	delivery INTEGER NOT NULL CHECK (delivery >= 0),
	tax INTEGER NOT NULL CHECK (tax >= 0),
	total INTEGER NOT NULL CHECK (total >= 0),
	captured INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
	refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded >= 0),
	told INTEGER NOT NULL DEFAULT 0,
	delivery_option TEXT NOT NULL,
	terms TEXT NOT NULL,
	attention TEXT NOT NULL DEFAULT '',
	ending TEXT NOT NULL DEFAULT '',
	email TEXT NOT NULL,
	country TEXT NOT NULL,
	name TEXT NOT NULL,
	line1 TEXT NOT NULL,
	line2 TEXT NOT NULL DEFAULT '',
	town TEXT NOT NULL,
	region TEXT NOT NULL DEFAULT '',
	postcode TEXT NOT NULL DEFAULT '',
	phone TEXT NOT NULL DEFAULT '',
	CHECK (total = goods + delivery),
	CHECK (refunded <= captured)
) STRICT;

CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX orders_by_work ON orders (next_at, state);

-- tax_rate is in hundredths of a per cent: 2000 is 20 %.
CREATE TABLE order_line (
	order_id INTEGER NOT NULL REFERENCES orders (id),
	n INTEGER NOT NULL,
	item_id INTEGER NOT NULL REFERENCES item (id),
	qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 999),
	price INTEGER NOT NULL CHECK (price >= 0),
	tax_rate INTEGER NOT NULL CHECK (tax_rate >= 0),
	tax INTEGER NOT NULL CHECK (tax >= 0),
	source_key TEXT NOT NULL,
	item_name TEXT NOT NULL,
	PRIMARY KEY (order_id, n),
	UNIQUE (order_id, item_id)
) STRICT, WITHOUT ROWID;

-- Payment attempts; uid is the claim's key in the stock system.  live is the
-- order as long as the gateway has not said its last word.  state: see
-- lib/shop/payment.h.  goods: 0 not asked for, 1 taken, 2 refused, 3 given back,
-- 4 asked for.  again: 1 the take, 2 the give-back is to be done again, as a
-- server of the stock system has gone with it.
CREATE TABLE payment (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	live INTEGER UNIQUE,
	gateway TEXT NOT NULL,
	state INTEGER NOT NULL,
	goods INTEGER NOT NULL DEFAULT 0 CHECK (goods IN (0, 1, 2, 3, 4)),
	again INTEGER NOT NULL DEFAULT 0 CHECK (again IN (0, 1, 2)),
	amount INTEGER NOT NULL CHECK (amount > 0),
	captured INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0),
	made_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL DEFAULT 0,
	changed_at INTEGER NOT NULL,
	currency TEXT NOT NULL,
	checkout_object TEXT NOT NULL DEFAULT '',
	payment_object TEXT NOT NULL DEFAULT '',
	page TEXT NOT NULL DEFAULT '',
	method TEXT NOT NULL DEFAULT '',
	why TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX payment_by_order ON payment (order_id);
CREATE INDEX payment_by_object ON payment (checkout_object);
CREATE INDEX payment_by_object2 ON payment (payment_object);

-- Calls out that change money: whole request and key are here before the call
-- leaves, and the same bytes go again until there is an answer.  A further
-- generation has a key of its own.  state: 1 to be sent, 2 answered, 3 refused,
-- 4 over (looked up).
CREATE TABLE payment_call (
	payment_id INTEGER NOT NULL REFERENCES payment (id),
	action TEXT NOT NULL,
	generation INTEGER NOT NULL,
	idempotency_key TEXT NOT NULL UNIQUE,
	state INTEGER NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3, 4)),
	tries INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	done_at INTEGER NOT NULL DEFAULT 0,
	status INTEGER NOT NULL DEFAULT 0,
	path TEXT NOT NULL,
	request BLOB NOT NULL,
	answer BLOB NOT NULL,
	PRIMARY KEY (payment_id, action, generation)
) STRICT, WITHOUT ROWID;

-- Money going back, named by a reference that makes a second asking the same
-- one.  orders.refunded is the sum of all but the failed ones from the moment
-- they are asked for.  state: 1 wanted, 2 pending at the gateway, 3 done,
-- 4 failed.  told: its letter has been written.
CREATE TABLE refund (
	id INTEGER PRIMARY KEY,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	payment_id INTEGER NOT NULL REFERENCES payment (id),
	state INTEGER NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3, 4)),
	amount INTEGER NOT NULL CHECK (amount > 0),
	told INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	reference TEXT NOT NULL,
	witness TEXT NOT NULL,
	object TEXT NOT NULL DEFAULT '',
	why TEXT NOT NULL DEFAULT '',
	UNIQUE (order_id, reference)
) STRICT;

CREATE INDEX refund_by_object ON refund (object);

-- What comes in by itself, raw and once.  state: 1 waits, 2 done, 3 for a
-- person.
CREATE TABLE inbox (
	id INTEGER PRIMARY KEY,
	source TEXT NOT NULL,
	event TEXT NOT NULL,
	state INTEGER NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	tries INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	next_at INTEGER NOT NULL,
	done_at INTEGER NOT NULL DEFAULT 0,
	order_id INTEGER NOT NULL DEFAULT 0,
	why TEXT NOT NULL DEFAULT '',
	headers TEXT NOT NULL DEFAULT '',
	body BLOB NOT NULL,
	UNIQUE (source, event)
) STRICT;

CREATE INDEX inbox_by_state ON inbox (state, next_at);

-- What happened to an order, when, and who says so; never changed.  once: a
-- name under which an event is told once, or NULL.
CREATE TABLE journal (
	id INTEGER PRIMARY KEY,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	at INTEGER NOT NULL,
	kind TEXT NOT NULL,
	witness TEXT NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	once TEXT UNIQUE
) STRICT;

CREATE INDEX journal_by_order ON journal (order_id, id);

-- epoch counts the servers and copies of the stock system: an answer that was
-- asked for in another one concludes nothing.  vanished is the number of
-- payments that wait for their again; -1: not known yet.  Nothing else is taken
-- until it is 0.
ALTER TABLE mirror ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN vanished INTEGER NOT NULL DEFAULT 0;

-- With stock.access = read nothing is lowered in the stock system by us: what
-- is sold stays held until a person says that it was booked out there.
-- hold.sold: it was sold so.  item.sold: of these the pieces that still count;
-- item.booked_out only grows, and tells one level from a later one.
ALTER TABLE hold ADD COLUMN sold INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN sold INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN booked_out INTEGER NOT NULL DEFAULT 0;

-- For suspected overwrites (lib/shop/suspect.h): when the mirror last saw goods
-- taken by us, and the level before; when a raise soon after was suspected (0:
-- none), and by how many pieces.
ALTER TABLE item ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN taken_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN suspect_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN suspect_qty INTEGER NOT NULL DEFAULT 0;
