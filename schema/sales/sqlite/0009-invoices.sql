-- works with: 0001
-- Invoices and credit notes, as they were issued.

-- The next number of a year's series; nothing else makes one (idea 10).
CREATE TABLE series (
	name TEXT NOT NULL,
	year INTEGER NOT NULL,
	next INTEGER NOT NULL CHECK (next >= 1),
	PRIMARY KEY (name, year)
) STRICT, WITHOUT ROWID;

-- Never changed.  refund_id: the refund that a credit note is for; 0: it is the
-- invoice.  bytes is the PDF, the same at each download.
CREATE TABLE invoice (
	id INTEGER PRIMARY KEY,
	order_id INTEGER NOT NULL REFERENCES orders (id),
	refund_id INTEGER NOT NULL DEFAULT 0,
	number TEXT NOT NULL UNIQUE,
	made_at INTEGER NOT NULL,
	total INTEGER NOT NULL CHECK (total >= 0),
	tax INTEGER NOT NULL CHECK (tax >= 0),
	currency TEXT NOT NULL,
	bytes BLOB NOT NULL,
	UNIQUE (order_id, refund_id)
) STRICT;
