-- works with: 0001
-- What is asked of a paid order, by its customer and by the customer's bank.

-- By when a person must have done what `attention` says; 0: no such time.
ALTER TABLE orders ADD COLUMN deadline BIGINT NOT NULL DEFAULT 0;

-- What a lost dispute took back of it: neither our refund nor ours any more.
ALTER TABLE orders ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;

-- The gateway's name of the newest dispute or warning, and enum payment_dispute;
-- lost as above.
ALTER TABLE payment ADD COLUMN dispute VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE payment ADD COLUMN disputed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;

-- How often the goods could not be given back.
ALTER TABLE payment ADD COLUMN back_tries BIGINT NOT NULL DEFAULT 0;
