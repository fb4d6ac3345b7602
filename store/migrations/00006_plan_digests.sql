-- A digest of every frozen item, so that a plan's hash can still be verified
-- when the names of its erased items have been masked. See 00001 for the
-- conventions.

-- +goose Up
ALTER TABLE plan_items ADD COLUMN digest TEXT NOT NULL DEFAULT '';
