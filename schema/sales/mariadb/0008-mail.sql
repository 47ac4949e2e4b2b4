-- works with: 0001
-- Which order a letter is of (0: none), and what came back.
ALTER TABLE letter ADD COLUMN order_id BIGINT NOT NULL DEFAULT 0;

CREATE INDEX letter_by_order ON letter (order_id);

-- What a mail server said of it after ours had taken it.  bounced_at: when it
-- came back for good (0: it has not); bounce without it: it is only late.
ALTER TABLE outbox ADD COLUMN bounced_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN bounce VARCHAR(512) NOT NULL DEFAULT '';

CREATE INDEX outbox_by_bounce ON outbox (bounced_at);
