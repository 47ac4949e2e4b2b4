-- works with: 0001
-- People: accounts, how they log in, their sessions and addresses.

-- A user name is unique; an address only once it is proven (proven_key), so
-- that to register with somebody else's tells nothing and takes nothing.  keys
-- are the folded forms (lib/shop/customer.h).  password is an argon2id string.
CREATE TABLE customer (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	uid VARCHAR(32) NOT NULL UNIQUE,
	user_key VARCHAR(64) UNIQUE,
	proven_key VARCHAR(254) UNIQUE,
	email_key VARCHAR(254) NOT NULL DEFAULT '',
	staff BIGINT NOT NULL DEFAULT 0 CHECK (staff IN (0, 1)),
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	erased_at BIGINT NOT NULL DEFAULT 0,
	user_name VARCHAR(64) NOT NULL DEFAULT '',
	email VARCHAR(254) NOT NULL DEFAULT '',
	name VARCHAR(200) NOT NULL DEFAULT '',
	password VARCHAR(255) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX customer_by_email ON customer (email_key);

-- A basket belongs to a browser (token_hash), or to a customer: then its
-- token_hash is 'customer ' and the customer's uid, which no cookie can hash to.
ALTER TABLE basket ADD COLUMN customer_id BIGINT;
ALTER TABLE basket ADD FOREIGN KEY (customer_id) REFERENCES customer (id);
CREATE UNIQUE INDEX basket_by_customer ON basket (customer_id);

-- Google, Facebook: the provider's name for a person, never the address.
CREATE TABLE identity (
	provider VARCHAR(16) NOT NULL,
	subject VARCHAR(255) NOT NULL,
	customer_id BIGINT NOT NULL,
	email VARCHAR(254) NOT NULL DEFAULT '',
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	PRIMARY KEY (provider, subject),
	FOREIGN KEY (customer_id) REFERENCES customer (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX identity_by_customer ON identity (customer_id);

-- Found by the hash of the cookie's token.  proved_at: when the person last
-- proved who they are, for what must not be done by whoever finds a browser.
CREATE TABLE session (
	token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
	customer_id BIGINT NOT NULL,
	uid VARCHAR(32) NOT NULL UNIQUE,
	method VARCHAR(16) NOT NULL,
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	proved_at BIGINT NOT NULL,
	agent VARCHAR(300) NOT NULL DEFAULT '',
	place VARCHAR(64) NOT NULL DEFAULT '',
	FOREIGN KEY (customer_id) REFERENCES customer (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX session_by_customer ON session (customer_id);
CREATE INDEX session_by_age ON session (seen_at);

-- The address book; country is ISO 3166-1 alpha-2.
CREATE TABLE address (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	customer_id BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	country VARCHAR(2) NOT NULL,
	name VARCHAR(200) NOT NULL,
	line1 VARCHAR(200) NOT NULL,
	line2 VARCHAR(200) NOT NULL DEFAULT '',
	town VARCHAR(200) NOT NULL,
	region VARCHAR(200) NOT NULL DEFAULT '',
	postcode VARCHAR(32) NOT NULL DEFAULT '',
	phone VARCHAR(40) NOT NULL DEFAULT '',
	FOREIGN KEY (customer_id) REFERENCES customer (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX address_by_customer ON address (customer_id, used_at);

-- What can be used once, found by the hash of its secret: links in mails, the
-- state of a login at a provider.  data is the kind's own.
CREATE TABLE ticket (
	token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
	kind VARCHAR(32) NOT NULL,
	customer_id BIGINT,
	made_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL DEFAULT 0,
	browser VARCHAR(64) NOT NULL DEFAULT '',
	data VARCHAR(4000) NOT NULL DEFAULT '',
	FOREIGN KEY (customer_id) REFERENCES customer (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX ticket_by_customer ON ticket (customer_id, kind);
CREATE INDEX ticket_by_age ON ticket (expires_at);

-- How often something was tried in vain, to slow guessing: a bucket that
-- drains with time.  who is a hash.
CREATE TABLE tally (
	who VARCHAR(64) NOT NULL PRIMARY KEY,
	level BIGINT NOT NULL,
	at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX tally_by_age ON tally (at);

-- The security log, kept for a bounded time.
CREATE TABLE event (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	at BIGINT NOT NULL,
	customer_id BIGINT NOT NULL DEFAULT 0,
	kind VARCHAR(32) NOT NULL,
	place VARCHAR(64) NOT NULL DEFAULT '',
	detail VARCHAR(512) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

CREATE INDEX event_by_customer ON event (customer_id, at);
-- Whether somebody was here before, asked at each login.
CREATE INDEX event_by_place ON event (customer_id, kind, place);
CREATE INDEX event_by_age ON event (at);
