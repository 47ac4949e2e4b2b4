-- works with: 0001
-- Goods that customers send back.

-- One declaration of a customer; uid is its key in the stock system and makes
-- a form that is sent twice one declaration.  state: 1 asked, 2 accepted,
-- 3 refused.  amount goes back when it is accepted; claimed: the refund has
-- been asked for.  received_at: the warehouse has the goods; back_at: they are
-- on the shelf.  told: 1 the receipt, 2 the refusal has been written.
CREATE TABLE goods_return (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	state INTEGER NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
	made_at INTEGER NOT NULL,
	decided_at INTEGER NOT NULL DEFAULT 0,
	received_at INTEGER NOT NULL DEFAULT 0,
	back_at INTEGER NOT NULL DEFAULT 0,
	amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
	claimed INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1)),
	told INTEGER NOT NULL DEFAULT 0,
	witness TEXT NOT NULL DEFAULT '',
	why TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX goods_return_by_order ON goods_return (order_id);

CREATE INDEX goods_return_open ON goods_return (state, received_at);

CREATE TABLE return_line (
	return_id INTEGER NOT NULL REFERENCES goods_return (id),
	item_id INTEGER NOT NULL REFERENCES item (id),
	qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 999),
	PRIMARY KEY (return_id, item_id)
) STRICT, WITHOUT ROWID;
