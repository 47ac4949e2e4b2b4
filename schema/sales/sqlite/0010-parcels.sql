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
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	n INTEGER NOT NULL CHECK (n BETWEEN 1 AND 20),
	generation INTEGER NOT NULL,
	state INTEGER NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 6),
	carrier INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	next_at INTEGER NOT NULL,
	tries INTEGER NOT NULL DEFAULT 0,
	asked_at INTEGER NOT NULL DEFAULT 0,
	ready_from INTEGER NOT NULL DEFAULT 0,
	close_at INTEGER NOT NULL DEFAULT 0,
	price INTEGER NOT NULL DEFAULT 0,
	carrier_at INTEGER NOT NULL DEFAULT 0,
	heard_at INTEGER NOT NULL DEFAULT 0,
	told INTEGER NOT NULL DEFAULT 0,
	warned INTEGER NOT NULL DEFAULT 0,
	currency TEXT NOT NULL DEFAULT '',
	tracking TEXT NOT NULL DEFAULT '',
	url TEXT NOT NULL DEFAULT '',
	word TEXT NOT NULL DEFAULT '',
	why TEXT NOT NULL DEFAULT '',
	alarm TEXT NOT NULL DEFAULT '',
	stop TEXT NOT NULL DEFAULT '',
	path TEXT NOT NULL DEFAULT '',
	request BLOB NOT NULL,
	UNIQUE (order_id, n, generation)
) STRICT;

CREATE INDEX parcel_by_work ON parcel (next_at);
CREATE INDEX parcel_by_tracking ON parcel (tracking);

-- Each event of the courier, once, whatever way it came.  parcel_id is NULL
-- for one that is of no parcel of ours.  correction: it takes a final word
-- back.
CREATE TABLE parcel_event (
	event INTEGER PRIMARY KEY,
	parcel_id INTEGER REFERENCES parcel (id),
	carrier INTEGER NOT NULL,
	correction INTEGER NOT NULL,
	at INTEGER NOT NULL,
	heard_at INTEGER NOT NULL,
	word TEXT NOT NULL,
	code TEXT NOT NULL,
	detail TEXT NOT NULL,
	town TEXT NOT NULL,
	tracking TEXT NOT NULL,
	reference TEXT NOT NULL
) STRICT;

CREATE INDEX parcel_event_by_parcel ON parcel_event (parcel_id, at, event);

-- How far its events are applied: stored with what they changed.  away_since:
-- since when it gives no answer (0: it does).
CREATE TABLE courier (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	heard_to TEXT NOT NULL DEFAULT '',
	next_at INTEGER NOT NULL DEFAULT 0,
	heard_at INTEGER NOT NULL DEFAULT 0,
	away_since INTEGER NOT NULL DEFAULT 0,
	why TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO courier (id) VALUES (1);
