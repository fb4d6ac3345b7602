-- What a certificate says of an item, which the inventory forgets when the item
-- is erased. See 00001 for the conventions.

-- +goose Up
ALTER TABLE plan_items ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
