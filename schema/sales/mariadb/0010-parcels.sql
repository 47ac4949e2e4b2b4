-- works with: 0001
-- Parcels of orders, what the courier said of them, and how far it was heard.

-- The n-th parcel of an order; a booking that came to nothing is followed by a
-- further generation.  uid is the booking's key at the courier; request, the
-- whole booking, is here before it leaves, and the same bytes go again until
-- there is an answer ('': not made yet).  state is ours: 1 wanted, 2 booked,
-- 3 ready, 4 handed over, 5 cancelled, 6 refused.  carrier is the courier's
-- (lib/shop/parcel.h; 0: nothing heard), word as it came.  heard_at: when we
-- last heard of it.  alarm: what a person was last called for.  told: its
-- dispatch letter has been written.  warned: of which state of the courier's the
-- customer was written.  stop: it is to be cancelled, and why.
CREATE TABLE parcel (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	order_id BIGINT NOT NULL,
	n BIGINT NOT NULL CHECK (n BETWEEN 1 AND 20),
	generation BIGINT NOT NULL,
	state BIGINT NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 6),
	carrier BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	tries BIGINT NOT NULL DEFAULT 0,
	asked_at BIGINT NOT NULL DEFAULT 0,
	ready_from BIGINT NOT NULL DEFAULT 0,
	close_at BIGINT NOT NULL DEFAULT 0,
	price BIGINT NOT NULL DEFAULT 0,
	carrier_at BIGINT NOT NULL DEFAULT 0,
	heard_at BIGINT NOT NULL DEFAULT 0,
	told BIGINT NOT NULL DEFAULT 0,
	warned BIGINT NOT NULL DEFAULT 0,
	currency VARCHAR(3) NOT NULL DEFAULT '',
	tracking VARCHAR(64) NOT NULL DEFAULT '',
	url VARCHAR(500) NOT NULL DEFAULT '',
	word VARCHAR(64) NOT NULL DEFAULT '',
	why VARCHAR(512) NOT NULL DEFAULT '',
	alarm VARCHAR(512) NOT NULL DEFAULT '',
	stop VARCHAR(512) NOT NULL DEFAULT '',
	path VARCHAR(255) NOT NULL DEFAULT '',
	request LONGBLOB NOT NULL,
	UNIQUE (order_id, n, generation),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX parcel_by_work ON parcel (next_at);
CREATE INDEX parcel_by_tracking ON parcel (tracking);

-- Each event of the courier, once, whatever way it came.  parcel_id is NULL
-- for one that is of no parcel of ours.  correction: it takes a final word
-- back.
CREATE TABLE parcel_event (
	event BIGINT PRIMARY KEY,
	parcel_id BIGINT,
	carrier BIGINT NOT NULL,
	correction BIGINT NOT NULL,
	at BIGINT NOT NULL,
	heard_at BIGINT NOT NULL,
	word VARCHAR(64) NOT NULL,
	code VARCHAR(64) NOT NULL,
	detail VARCHAR(512) NOT NULL,
	town VARCHAR(200) NOT NULL,
	tracking VARCHAR(64) NOT NULL,
	reference VARCHAR(64) NOT NULL,
	FOREIGN KEY (parcel_id) REFERENCES parcel (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX parcel_event_by_parcel ON parcel_event (parcel_id, at, event);

-- How far its events are applied: stored with what they changed.  away_since:
-- since when it gives no answer (0: it does).
CREATE TABLE courier (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	heard_to VARCHAR(255) NOT NULL DEFAULT '',
	next_at BIGINT NOT NULL DEFAULT 0,
	heard_at BIGINT NOT NULL DEFAULT 0,
	away_since BIGINT NOT NULL DEFAULT 0,
	why VARCHAR(512) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

INSERT INTO courier (id) VALUES (1);
