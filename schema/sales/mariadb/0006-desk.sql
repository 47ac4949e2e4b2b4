-- works with: 0001
-- The manager's desk: what waits to be packed, and what a person must look at.

-- ready_at: when somebody said that the parcel is packed (0: not yet).
-- attention_at: since when a person must look (0: nobody must).
ALTER TABLE orders ADD COLUMN ready_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN attention_at BIGINT NOT NULL DEFAULT 0;

UPDATE orders SET attention_at = made_at WHERE attention <> '';

CREATE INDEX orders_by_waiting ON orders (state, ready_at, paid_at);
CREATE INDEX orders_by_attention ON orders (attention_at);
