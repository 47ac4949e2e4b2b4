-- works with: 0001
-- Invoices and credit notes, as they were issued.

-- The next number of a year's series; nothing else makes one (idea 10).
CREATE TABLE series (
	name VARCHAR(200) NOT NULL,
	year BIGINT NOT NULL,
	next BIGINT NOT NULL CHECK (next >= 1),
	PRIMARY KEY (name, year)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;

-- Never changed.  refund_id: the refund that a credit note is for; 0: it is the
-- invoice.  bytes is the PDF, the same at each download.
CREATE TABLE invoice (
	id BIGINT AUTO_INCREMENT PRIMARY KEY,
	order_id BIGINT NOT NULL,
	refund_id BIGINT NOT NULL DEFAULT 0,
	number VARCHAR(64) NOT NULL UNIQUE,
	made_at BIGINT NOT NULL,
	total BIGINT NOT NULL CHECK (total >= 0),
	tax BIGINT NOT NULL CHECK (tax >= 0),
	currency VARCHAR(3) NOT NULL,
	bytes LONGBLOB NOT NULL,
	UNIQUE (order_id, refund_id),
	FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
	COLLATE=/*M! utf8mb4_nopad_bin *//*!80017 utf8mb4_0900_bin */;
