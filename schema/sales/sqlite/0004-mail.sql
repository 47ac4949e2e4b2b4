-- works with: 0001
-- Mail on its way out: one letter, an envelope for each reader.

-- The letter as it leaves, headers included; never changed.  uid is the left
-- part of its Message-ID.
CREATE TABLE letter (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	customer_id INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	bytes BLOB NOT NULL
) STRICT;

CREATE INDEX letter_by_age ON letter (made_at);

-- state: 1 waits, 2 sent, 3 refused for good.
CREATE TABLE outbox (
	id INTEGER PRIMARY KEY,
	letter_id INTEGER NOT NULL REFERENCES letter (id),
	recipient TEXT NOT NULL,
	state INTEGER NOT NULL DEFAULT 1 CHECK (state IN (1, 2, 3)),
	tries INTEGER NOT NULL DEFAULT 0,
	next_at INTEGER NOT NULL,
	done_at INTEGER NOT NULL DEFAULT 0,
	answer TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX outbox_by_state ON outbox (state, next_at);
CREATE INDEX outbox_by_letter ON outbox (letter_id);
