-- What is known of a recording beside what is known of every item, and holds
-- of a camera and a span of time. See 00001 for the conventions.

-- +goose Up
ALTER TABLE items ADD COLUMN camera BYTEA NOT NULL DEFAULT '';
ALTER TABLE items ADD COLUMN ended BIGINT;
ALTER TABLE items ADD COLUMN dated TEXT NOT NULL DEFAULT '';
ALTER TABLE items ADD COLUMN doubt TEXT NOT NULL DEFAULT '';

ALTER TABLE plan_items ADD COLUMN camera BYTEA NOT NULL DEFAULT '';
ALTER TABLE plan_items ADD COLUMN ended BIGINT;
ALTER TABLE plan_items ADD COLUMN dated TEXT NOT NULL DEFAULT '';
ALTER TABLE plan_items ADD COLUMN doubt TEXT NOT NULL DEFAULT '';

ALTER TABLE holds ADD COLUMN camera BYTEA NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN span_from BIGINT;
ALTER TABLE holds ADD COLUMN span_to BIGINT;

-- A sweep asks for the recordings of one kind of source that are old enough.
CREATE INDEX items_recorded ON items (source_type, recorded, ref);
