-- works with: 0001
-- People: accounts, how they log in, their sessions and addresses.

-- A user name is unique; an address only once it is proven (proven_key), so
-- that to register with somebody else's tells nothing and takes nothing.  keys
-- are the folded forms (lib/shop/customer.h).  password is an argon2id string.
CREATE TABLE customer (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	user_key TEXT UNIQUE,
	proven_key TEXT UNIQUE,
	email_key TEXT NOT NULL DEFAULT '',
	staff INTEGER NOT NULL DEFAULT 0 CHECK (staff IN (0, 1)),
	made_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	erased_at INTEGER NOT NULL DEFAULT 0,
	user_name TEXT NOT NULL DEFAULT '',
	email TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL DEFAULT '',
	password TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX customer_by_email ON customer (email_key);

-- A basket belongs to a browser (token_hash), or to a customer: then its
-- token_hash is 'customer ' and the customer's uid, which no cookie can hash to.
ALTER TABLE basket ADD COLUMN customer_id INTEGER REFERENCES customer (id);
CREATE UNIQUE INDEX basket_by_customer ON basket (customer_id);

-- Google, Facebook: the provider's name for a person, never the address.
CREATE TABLE identity (
	provider TEXT NOT NULL,
	subject TEXT NOT NULL,
	customer_id INTEGER NOT NULL REFERENCES customer (id),
	email TEXT NOT NULL DEFAULT '',
	made_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_by_customer ON identity (customer_id);

-- Found by the hash of the cookie's token.  proved_at: when the person last
-- proved who they are, for what must not be done by whoever finds a browser.
CREATE TABLE session (
	token_hash TEXT PRIMARY KEY,
	customer_id INTEGER NOT NULL REFERENCES customer (id),
	uid TEXT NOT NULL UNIQUE,
	method TEXT NOT NULL,
	made_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	proved_at INTEGER NOT NULL,
	agent TEXT NOT NULL DEFAULT '',
	place TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_customer ON session (customer_id);
CREATE INDEX session_by_age ON session (seen_at);

-- The address book; country is ISO 3166-1 alpha-2.
CREATE TABLE address (
	id INTEGER PRIMARY KEY,
	customer_id INTEGER NOT NULL REFERENCES customer (id),
	used_at INTEGER NOT NULL,
	country TEXT NOT NULL,
	name TEXT NOT NULL,
	line1 TEXT NOT NULL,
	line2 TEXT NOT NULL DEFAULT '',
	town TEXT NOT NULL,
	region TEXT NOT NULL DEFAULT '',
	postcode TEXT NOT NULL DEFAULT '',
	phone TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX address_by_customer ON address (customer_id, used_at);

-- What can be used once, found by the hash of its secret: links in mails, the
-- state of a login at a provider.  data is the kind's own.
CREATE TABLE ticket (
	token_hash TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	customer_id INTEGER REFERENCES customer (id),
	made_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at INTEGER NOT NULL DEFAULT 0,
	browser TEXT NOT NULL DEFAULT '',
	data TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_by_customer ON ticket (customer_id, kind);
CREATE INDEX ticket_by_age ON ticket (expires_at);

-- How often something was tried in vain, to slow guessing: a bucket that
-- drains with time.  who is a hash.
CREATE TABLE tally (
	who TEXT PRIMARY KEY,
	level INTEGER NOT NULL,
	at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tally_by_age ON tally (at);

-- The security log, kept for a bounded time.
CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	customer_id INTEGER NOT NULL DEFAULT 0,
	kind TEXT NOT NULL,
	place TEXT NOT NULL DEFAULT '',
	detail TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX event_by_customer ON event (customer_id, at);
-- Whether somebody was here before, asked at each login.
CREATE INDEX event_by_place ON event (customer_id, kind, place);
CREATE INDEX event_by_age ON event (at);
