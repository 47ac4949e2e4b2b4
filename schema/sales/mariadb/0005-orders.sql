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
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	checkout VARCHAR(32) NOT NULL UNIQUE,
	customer_id BIGINT NOT NULL,
	live BIGINT UNIQUE,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 5),
	made_at BIGINT NOT NULL,
	hold_until BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	pokes BIGINT NOT NULL DEFAULT 0,
	lease_until BIGINT NOT NULL DEFAULT 0,
	lease VARCHAR(64) NOT NULL DEFAULT '',
	paid_at BIGINT NOT NULL DEFAULT 0,
	ended_at BIGINT NOT NULL DEFAULT 0,
	currency VARCHAR(3) NOT NULL,
	goods BIGINT NOT NULL CHECK (goods >= 0),
	delivery BIGINT NOT NULL CHECK (delivery >= 0),
	tax BIGINT NOT NULL CHECK (tax >= 0),
	total BIGINT NOT NULL CHECK (total >= 0),
	captured BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0),
	refunded BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0),
	told BIGINT NOT NULL DEFAULT 0,
	delivery_option VARCHAR(200) NOT NULL,
	terms VARCHAR(64) NOT NULL,
	attention VARCHAR(512) NOT NULL DEFAULT '',
	ending VARCHAR(512) NOT NULL DEFAULT '',
	email VARCHAR(254) NOT NULL,
	country VARCHAR(2) NOT NULL,
	name VARCHAR(200) NOT NULL,
	line1 VARCHAR(200) NOT NULL,
	line2 VARCHAR(200) NOT NULL DEFAULT '',
	town VARCHAR(200) NOT NULL,
	region VARCHAR(200) NOT NULL DEFAULT '',
	postcode VARCHAR(32) NOT NULL DEFAULT '',
	phone VARCHAR(40) NOT NULL DEFAULT '',
	CHECK (total = goods + delivery),
	CHECK (refunded <= captured),
	FOREIGN KEY (customer_id) REFERENCES customer (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX orders_by_work ON orders (next_at, state);

-- tax_rate is in hundredths of a per cent: 2000 is 20 %.
CREATE TABLE order_line (
	order_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	qty BIGINT NOT NULL CHECK (qty BETWEEN 1 AND 999),
	price BIGINT NOT NULL CHECK (price >= 0),
	tax_rate BIGINT NOT NULL CHECK (tax_rate >= 0),
	tax BIGINT NOT NULL CHECK (tax >= 0),
	source_key VARCHAR(128) NOT NULL,
	item_name VARCHAR(200) NOT NULL,
	PRIMARY KEY (order_id, n),
	UNIQUE (order_id, item_id),
	FOREIGN KEY (order_id) REFERENCES orders (id),
	FOREIGN KEY (item_id) REFERENCES item (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Payment attempts; uid is the claim's key in the stock system.  live is the
-- order as long as the gateway has not said its last word.  state: see
-- lib/shop/payment.h.  goods: 0 not asked for, 1 taken, 2 refused, 3 given back,
-- 4 asked for.  again: 1 the take, 2 the give-back is to be done again, as a
-- server of the stock system has gone with it.
CREATE TABLE payment (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	live BIGINT UNIQUE,
	gateway VARCHAR(16) NOT NULL,
	state BIGINT NOT NULL,
	goods BIGINT NOT NULL DEFAULT 0 CHECK (goods IN (0, 1, 2, 3, 4)),
	again BIGINT NOT NULL DEFAULT 0 CHECK (again IN (0, 1, 2)),
	amount BIGINT NOT NULL CHECK (amount > 0),
	captured BIGINT NOT NULL DEFAULT 0 CHECK (captured >= 0),
	made_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL DEFAULT 0,
	changed_at BIGINT NOT NULL,
	currency VARCHAR(3) NOT NULL,
	checkout_object VARCHAR(255) NOT NULL DEFAULT '',
	payment_object VARCHAR(255) NOT NULL DEFAULT '',
	page VARCHAR(2000) NOT NULL DEFAULT '',
	method VARCHAR(16) NOT NULL DEFAULT '',
	why VARCHAR(512) NOT NULL DEFAULT '',
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX payment_by_order ON payment (order_id);
CREATE INDEX payment_by_object ON payment (checkout_object);
CREATE INDEX payment_by_object2 ON payment (payment_object);

-- Calls out that change money: whole request and key are here before the call
-- leaves, and the same bytes go again until there is an answer.  A further
-- generation has a key of its own.  state: 1 to be sent, 2 answered, 3 refused,
-- 4 over (looked up).
CREATE TABLE payment_call (
	payment_id BIGINT NOT NULL,
	action VARCHAR(16) NOT NULL,
	generation BIGINT NOT NULL,
	idempotency_key VARCHAR(64) NOT NULL UNIQUE,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3, 4)),
	tries BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL DEFAULT 0,
	status BIGINT NOT NULL DEFAULT 0,
	path VARCHAR(255) NOT NULL,
	request LONGBLOB NOT NULL,
	answer LONGBLOB NOT NULL,
	PRIMARY KEY (payment_id, action, generation),
	FOREIGN KEY (payment_id) REFERENCES payment (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Money going back, named by a reference that makes a second asking the same
-- one.  orders.refunded is the sum of all but the failed ones from the moment
-- they are asked for.  state: 1 wanted, 2 pending at the gateway, 3 done,
-- 4 failed.  told: its letter has been written.
CREATE TABLE refund (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	order_id BIGINT NOT NULL,
	payment_id BIGINT NOT NULL,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3, 4)),
	amount BIGINT NOT NULL CHECK (amount > 0),
	told BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	reference VARCHAR(64) NOT NULL,
	witness VARCHAR(64) NOT NULL,
	object VARCHAR(255) NOT NULL DEFAULT '',
	why VARCHAR(512) NOT NULL DEFAULT '',
	UNIQUE (order_id, reference),
	FOREIGN KEY (order_id) REFERENCES orders (id),
	FOREIGN KEY (payment_id) REFERENCES payment (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX refund_by_object ON refund (object);

-- What comes in by itself, raw and once.  state: 1 waits, 2 done, 3 for a
-- person.
CREATE TABLE inbox (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	source VARCHAR(16) NOT NULL,
	event VARCHAR(255) NOT NULL,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	tries BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL DEFAULT 0,
	order_id BIGINT NOT NULL DEFAULT 0,
	why VARCHAR(512) NOT NULL DEFAULT '',
	headers VARCHAR(4000) NOT NULL DEFAULT '',
	body LONGBLOB NOT NULL,
	UNIQUE (source, event)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX inbox_by_state ON inbox (state, next_at);

-- What happened to an order, when, and who says so; never changed.  once: a
-- name under which an event is told once, or NULL.
CREATE TABLE journal (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	order_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	kind VARCHAR(32) NOT NULL,
	witness VARCHAR(64) NOT NULL,
	detail VARCHAR(512) NOT NULL DEFAULT '',
	once VARCHAR(96) UNIQUE,
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX journal_by_order ON journal (order_id, id);

-- epoch counts the servers and copies of the stock system: an answer that was
-- asked for in another one concludes nothing.  vanished is the number of
-- payments that wait for their again; -1: not known yet.  Nothing else is taken
-- until it is 0.
ALTER TABLE mirror ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN vanished BIGINT NOT NULL DEFAULT 0;

-- With stock.access = read nothing is lowered in the stock system by us: what
-- is sold stays held until a person says that it was booked out there.
-- hold.sold: it was sold so.  item.sold: of these the pieces that still count;
-- item.booked_out only grows, and tells one level from a later one.
ALTER TABLE hold ADD COLUMN sold BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN sold BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN booked_out BIGINT NOT NULL DEFAULT 0;

-- For suspected overwrites (lib/shop/suspect.h): when the mirror last saw goods
-- taken by us, and the level before; when a raise soon after was suspected (0:
-- none), and by how many pieces.
ALTER TABLE item ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN taken_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN suspect_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE item ADD COLUMN suspect_qty BIGINT NOT NULL DEFAULT 0;
