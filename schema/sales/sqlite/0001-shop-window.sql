-- works with: 0001
-- The shop window: the mirror of the stock system, search, anonymous baskets.
-- Columns that every list reads come first, long text last.  Money is minor
-- units, times are UTC seconds.  MariaDB's twin: ../mariadb/.

-- What the shop knows about its mirror of the stock system: one row, read by
-- every page (is it fresh enough to sell?) and by the status commands.
CREATE TABLE mirror (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	source TEXT NOT NULL DEFAULT '',
	mode TEXT NOT NULL DEFAULT '',
	confirmed_at INTEGER NOT NULL DEFAULT 0,
	published_at INTEGER NOT NULL DEFAULT 0,
	partial INTEGER NOT NULL DEFAULT 0 CHECK (partial IN (0, 1)),
	problem TEXT NOT NULL DEFAULT '',
	problem_at INTEGER NOT NULL DEFAULT 0,
	items INTEGER NOT NULL DEFAULT 0,
	visible INTEGER NOT NULL DEFAULT 0,
	flawed INTEGER NOT NULL DEFAULT 0,
	pictures INTEGER NOT NULL DEFAULT 0,
	broken INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO mirror (id) VALUES (1);

-- Who may do a piece of background work; fence rises at each change of holder,
-- so that one who slept past its lease is found out.
CREATE TABLE lease (
	name TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	fence INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Categories with a stored count of the hats shown: counting at each page
-- would read every item.
CREATE TABLE category (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL UNIQUE,
	items INTEGER NOT NULL DEFAULT 0 CHECK (items >= 0)
) STRICT;

-- Hats as the shop shows them.  held is ours (goods in unpaid orders), the rest
-- follows the stock system; a hat that went away there is marked gone, because
-- baskets and orders point at it.
CREATE TABLE item (
	id INTEGER PRIMARY KEY,
	source_key TEXT NOT NULL UNIQUE,
	slug TEXT NOT NULL UNIQUE,
	category_id INTEGER REFERENCES category (id),
	price INTEGER NOT NULL CHECK (price >= 0),
	level INTEGER NOT NULL CHECK (level >= 0),
	held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
	gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
	flaw INTEGER NOT NULL DEFAULT 0,
	added_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	picture_width INTEGER NOT NULL DEFAULT 0,
	picture_height INTEGER NOT NULL DEFAULT 0,
	picture TEXT NOT NULL DEFAULT '',
	picture_source TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL,
	text TEXT NOT NULL
) STRICT;

CREATE INDEX item_by_category ON item (category_id, gone);
CREATE INDEX item_by_name ON item (gone, name);
CREATE INDEX item_by_price ON item (gone, price);
CREATE INDEX item_by_age ON item (gone, added_at);
-- All that filters and sorts, so that no list reads a text to pass over it.
CREATE INDEX item_keys ON item
	(gone, category_id, price, level, held, added_at, name);

-- What was made of each picture seen, by its content: the same bytes are
-- decoded once, a broken picture is not tried again at each pass.
CREATE TABLE picture (
	hash TEXT PRIMARY KEY,
	state INTEGER NOT NULL,
	width INTEGER NOT NULL DEFAULT 0,
	height INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	made_at INTEGER NOT NULL,
	reason TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Search: which word stands in which hat, and how prominently.
CREATE TABLE term (
	term TEXT NOT NULL,
	item_id INTEGER NOT NULL REFERENCES item (id),
	weight INTEGER NOT NULL,
	PRIMARY KEY (term, item_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX term_by_item ON term (item_id);

-- Search: the words there are, by length, to mend a typo.
CREATE TABLE word (
	word TEXT PRIMARY KEY,
	chars INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX word_by_chars ON word (chars, word);

-- Baskets, found by the hash of their cookie's token: a stolen database opens
-- none.
CREATE TABLE basket (
	id INTEGER PRIMARY KEY,
	token_hash TEXT NOT NULL UNIQUE,
	made_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL
) STRICT;

-- What lies in a basket; one line a hat, so quantities are summed by nature.
CREATE TABLE basket_line (
	basket_id INTEGER NOT NULL REFERENCES basket (id) ON DELETE CASCADE,
	item_id INTEGER NOT NULL REFERENCES item (id),
	qty INTEGER NOT NULL CHECK (qty BETWEEN 1 AND 999),
	added_at INTEGER NOT NULL,
	PRIMARY KEY (basket_id, item_id)
) STRICT, WITHOUT ROWID;

-- What a pass over the stock system found to differ, before it is published.
CREATE TABLE stage (
	source_key TEXT PRIMARY KEY,
	run INTEGER NOT NULL,
	visible INTEGER NOT NULL CHECK (visible IN (0, 1)),
	price INTEGER NOT NULL CHECK (price >= 0),
	level INTEGER NOT NULL CHECK (level >= 0),
	flaw INTEGER NOT NULL DEFAULT 0,
	category TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL DEFAULT '',
	text TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
