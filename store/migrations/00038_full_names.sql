-- The name of the person behind an account: who has two is one all the same.

-- +goose Up
ALTER TABLE users ADD COLUMN full_name TEXT NOT NULL DEFAULT '';
