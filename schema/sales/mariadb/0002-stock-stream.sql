-- works with: 0001
-- Where the stock system's log is applied up to, what is told of it, and the
-- holds that unpaid orders have on goods.

-- position belongs to the server named in mirror.source ('': none is kept, the
-- next beginning compares everything).  reason says why the mode is what it is.
ALTER TABLE mirror ADD COLUMN position VARCHAR(4000) NOT NULL DEFAULT '';
ALTER TABLE mirror ADD COLUMN reason VARCHAR(512) NOT NULL DEFAULT '';
ALTER TABLE mirror ADD COLUMN event_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN read_lag_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN apply_lag_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN compared_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN differences BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN store_problem VARCHAR(512) NOT NULL DEFAULT '';

-- What an order holds while it is not paid: it counts in item.held as long as
-- state is 1.  attempt is the payment attempt under whose key the goods are
-- taken from the stock system ('': no payment has begun).  state: 1 held,
-- 2 ended by the mirror that saw the goods go, 3 released.
CREATE TABLE hold (
	order_uid VARCHAR(32) NOT NULL,
	item_id BIGINT NOT NULL,
	attempt VARCHAR(32) NOT NULL DEFAULT '',
	qty BIGINT NOT NULL CHECK (qty BETWEEN 1 AND 999),
	state BIGINT NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	made_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (order_uid, item_id),
	FOREIGN KEY (item_id) REFERENCES item (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX hold_by_state ON hold (state, attempt);
