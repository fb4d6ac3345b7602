-- The owners of findings: how each account is written to, whose work a leader
-- follows, and what an owner was told is to be erased. See 00001 for the
-- conventions.

-- +goose Up

-- The account that owns the item in its storage, as far as the source knows it.
ALTER TABLE items ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE plan_items ADD COLUMN owner TEXT NOT NULL DEFAULT '';

ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
-- names of users, as JSON
ALTER TABLE users ADD COLUMN leads TEXT NOT NULL DEFAULT '[]';

-- One row an item: who was told that it is to be erased, of which version of it.
CREATE TABLE told (
    ref     TEXT COLLATE "binary" NOT NULL PRIMARY KEY REFERENCES items (ref) ON DELETE CASCADE,
    owner   TEXT COLLATE "binary" NOT NULL,
    version BYTEA NOT NULL,
    -- 1: because a person asked for it (GDPR art. 17), whatever the schedule says
    asked   BIGINT NOT NULL,
    -- the beginning of the day; NULL while a digest that tells it is on its way
    told    BIGINT
);

CREATE INDEX told_owner ON told (owner);

-- What is routed to one owner, without a walk over everybody's.
CREATE INDEX worklist_owner ON worklist (owner, due, ref) WHERE owner <> '';
