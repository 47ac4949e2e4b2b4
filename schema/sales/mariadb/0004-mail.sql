-- works with: 0001
-- Mail on its way out: one letter, an envelope for each reader.

-- The letter as it leaves, headers included; never changed.  uid is the left
-- part of its Message-ID.
CREATE TABLE letter (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	kind VARCHAR(32) NOT NULL,
	customer_id BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	bytes LONGBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX letter_by_age ON letter (made_at);

-- state: 1 waits, 2 sent, 3 refused for good.
CREATE TABLE outbox (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	letter_id BIGINT NOT NULL,
	recipient VARCHAR(254) NOT NULL,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	tries BIGINT NOT NULL DEFAULT 0,
	next_at BIGINT NOT NULL,
	done_at BIGINT NOT NULL DEFAULT 0,
	answer VARCHAR(512) NOT NULL DEFAULT '',
	FOREIGN KEY (letter_id) REFERENCES letter (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX outbox_by_state ON outbox (state, next_at);
CREATE INDEX outbox_by_letter ON outbox (letter_id);
