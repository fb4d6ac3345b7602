-- The event register: what was imported, by whom, and what was cancelled.
-- Nothing is ever deleted here: a decision that rested on an event must stay
-- explainable. See 00001 for the conventions.

-- +goose Up
CREATE TABLE event_batches (
    id        TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    imported  BIGINT,
    person    TEXT NOT NULL, -- who imported
    file      TEXT NOT NULL, -- its name, masked
    -- how many events, and how many of them are cancelled: together they say
    -- whether the register has changed
    events    BIGINT NOT NULL,
    cancelled BIGINT NOT NULL
);

CREATE TABLE events (
    id           TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    batch        TEXT COLLATE "binary" NOT NULL REFERENCES event_batches (id),
    n            BIGINT NOT NULL,
    fingerprint  TEXT COLLATE "binary" NOT NULL,
    name         TEXT COLLATE "binary" NOT NULL,
    dated        BIGINT,
    subject      TEXT COLLATE "binary" NOT NULL,
    person       TEXT COLLATE "binary" NOT NULL,
    source       TEXT COLLATE "binary" NOT NULL,
    mailbox      BYTEA NOT NULL,
    path         BYTEA NOT NULL,
    case_number  BYTEA NOT NULL,
    origin       TEXT NOT NULL,
    cancelled    BIGINT,
    cancelled_by TEXT NOT NULL,
    why          TEXT NOT NULL
);

CREATE UNIQUE INDEX events_order ON events (batch, n);
CREATE INDEX events_fingerprint ON events (fingerprint);

-- What a plan was made under; see store.Plan. It proves which register was
-- asked: every item is asked again with the register as it is then.
ALTER TABLE plans ADD COLUMN events_hash TEXT NOT NULL DEFAULT '';
