-- works with: 0001
-- The shop window: the mirror of the stock system, search, anonymous baskets.
-- Columns that every list reads come first, long text last.  Money is minor
-- units, times are UTC seconds.  SQLite's twin: ../sqlite/.  The collation is
-- binary without padding, as SQLite compares; each server calls it otherwise.

-- What the shop knows about its mirror of the stock system: one row, read by
-- every page (is it fresh enough to sell?) and by the status commands.
CREATE TABLE mirror (
	id BIGINT PRIMARY KEY CHECK (id = 1),
	source VARCHAR(128) NOT NULL DEFAULT '',
	mode VARCHAR(16) NOT NULL DEFAULT '',
	confirmed_at BIGINT NOT NULL DEFAULT 0,
	published_at BIGINT NOT NULL DEFAULT 0,
	partial BIGINT NOT NULL DEFAULT 0 CHECK (partial IN (0, 1)),
	problem VARCHAR(512) NOT NULL DEFAULT '',
	problem_at BIGINT NOT NULL DEFAULT 0,
	items BIGINT NOT NULL DEFAULT 0,
	visible BIGINT NOT NULL DEFAULT 0,
	flawed BIGINT NOT NULL DEFAULT 0,
	pictures BIGINT NOT NULL DEFAULT 0,
	broken BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

INSERT INTO mirror (id) VALUES (1);

-- Who may do a piece of background work; fence rises at each change of holder,
-- so that one who slept past its lease is found out.
CREATE TABLE lease (
	name VARCHAR(200) NOT NULL PRIMARY KEY,
	holder VARCHAR(64) NOT NULL,
	fence BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Categories with a stored count of the hats shown: counting at each page
-- would read every item.
CREATE TABLE category (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	slug VARCHAR(80) NOT NULL UNIQUE,
	name VARCHAR(200) NOT NULL UNIQUE,
	items BIGINT NOT NULL DEFAULT 0 CHECK (items >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Hats as the shop shows them.  held is ours (goods in unpaid orders), the rest
-- follows the stock system; a hat that went away there is marked gone, because
-- baskets and orders point at it.
CREATE TABLE item (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	source_key VARCHAR(128) NOT NULL UNIQUE,
	slug VARCHAR(80) NOT NULL UNIQUE,
	category_id BIGINT,
	price BIGINT NOT NULL CHECK (price >= 0),
	level BIGINT NOT NULL CHECK (level >= 0),
	held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
	gone BIGINT NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
	flaw BIGINT NOT NULL DEFAULT 0,
	added_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	picture_width BIGINT NOT NULL DEFAULT 0,
	picture_height BIGINT NOT NULL DEFAULT 0,
	picture VARCHAR(64) NOT NULL DEFAULT '',
	picture_source VARCHAR(600) NOT NULL DEFAULT '',
	name VARCHAR(200) NOT NULL,
	text MEDIUMTEXT NOT NULL,
	FOREIGN KEY (category_id) REFERENCES category (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

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
	hash VARCHAR(64) NOT NULL PRIMARY KEY,
	state BIGINT NOT NULL,
	width BIGINT NOT NULL DEFAULT 0,
	height BIGINT NOT NULL DEFAULT 0,
	bytes BIGINT NOT NULL DEFAULT 0,
	made_at BIGINT NOT NULL,
	reason VARCHAR(512) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Search: which word stands in which hat, and how prominently.
CREATE TABLE term (
	term VARCHAR(64) NOT NULL,
	item_id BIGINT NOT NULL,
	weight BIGINT NOT NULL,
	PRIMARY KEY (term, item_id),
	FOREIGN KEY (item_id) REFERENCES item (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX term_by_item ON term (item_id);

-- Search: the words there are, by length, to mend a typo.
CREATE TABLE word (
	word VARCHAR(64) NOT NULL PRIMARY KEY,
	chars BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX word_by_chars ON word (chars, word);

-- Baskets, found by the hash of their cookie's token: a stolen database opens
-- none.
CREATE TABLE basket (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	token_hash VARCHAR(64) NOT NULL UNIQUE,
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- What lies in a basket; one line a hat, so quantities are summed by nature.
CREATE TABLE basket_line (
	basket_id BIGINT NOT NULL,
	item_id BIGINT NOT NULL,
	qty BIGINT NOT NULL CHECK (qty BETWEEN 1 AND 999),
	added_at BIGINT NOT NULL,
	PRIMARY KEY (basket_id, item_id),
	FOREIGN KEY (basket_id) REFERENCES basket (id) ON DELETE CASCADE,
	FOREIGN KEY (item_id) REFERENCES item (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- What a pass over the stock system found to differ, before it is published.
CREATE TABLE stage (
	source_key VARCHAR(128) NOT NULL PRIMARY KEY,
	run BIGINT NOT NULL,
	visible BIGINT NOT NULL CHECK (visible IN (0, 1)),
	price BIGINT NOT NULL CHECK (price >= 0),
	level BIGINT NOT NULL CHECK (level >= 0),
	flaw BIGINT NOT NULL DEFAULT 0,
	category VARCHAR(200) NOT NULL DEFAULT '',
	name VARCHAR(200) NOT NULL DEFAULT '',
	text MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;
