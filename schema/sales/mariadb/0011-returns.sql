-- works with: 0001
-- Goods that customers send back.

-- One declaration of a customer; uid is its key in the stock system and makes
-- a form that is sent twice one declaration.  state: 1 asked, 2 accepted,
-- 3 refused.  amount goes back when it is accepted; claimed: the refund has
-- been asked for.  received_at: the warehouse has the goods; back_at: they are
-- on the shelf.  told: 1 the receipt, 2 the refusal has been written.
CREATE TABLE goods_return (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
	made_at BIGINT NOT NULL,
	decided_at BIGINT NOT NULL DEFAULT 0,
	received_at BIGINT NOT NULL DEFAULT 0,
	back_at BIGINT NOT NULL DEFAULT 0,
	amount BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0),
	claimed BIGINT NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1)),
	told BIGINT NOT NULL DEFAULT 0,
	witness VARCHAR(64) NOT NULL DEFAULT '',
	why VARCHAR(512) NOT NULL DEFAULT '',
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX goods_return_by_order ON goods_return (order_id);

CREATE INDEX goods_return_open ON goods_return (state, received_at);

CREATE TABLE return_line (
	return_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	qty BIGINT NOT NULL CHECK (qty BETWEEN 1 AND 999),
	PRIMARY KEY (return_id, item_id),
	FOREIGN KEY (return_id) REFERENCES goods_return (id),
	FOREIGN KEY (item_id) REFERENCES item (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;
