-- works with: 0001
-- Where the stock system's log is applied up to, what is told of it, and the
-- holds that unpaid orders have on goods.

-- position belongs to the server named in mirror.source ('': none is kept, the
-- next beginning compares everything).  reason says why the mode is what it is.
ALTER TABLE mirror ADD COLUMN position TEXT NOT NULL DEFAULT '';
ALTER TABLE mirror ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE mirror ADD COLUMN event_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN read_lag_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN apply_lag_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN compared_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN differences INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN store_problem TEXT NOT NULL DEFAULT '';

-- What an order holds while it is not paid: it counts in item.held as long as
-- state is 1.  attempt is the payment attempt under whose key the goods are
-- taken from the stock system ('': no payment has begun).  state: 1 held,
-- 2 ended by the mirror that saw the goods go, 3 released.
CREATE TABLE hold (
	order_uid TEXT NOT NULL,
	item_id INTEGER NOT NULL REFERENCES item (id),
	attempt TEXT NOT NULL DEFAULT '',
	qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 999),
	state INTEGER NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	made_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (order_uid, item_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_by_state ON hold (state, attempt);
