-- Holds. See 00001 for the conventions.

-- +goose Up
CREATE TABLE holds (
    id       TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    source   TEXT COLLATE "binary" NOT NULL,
    path     BYTEA NOT NULL,
    subject  TEXT COLLATE "binary" NOT NULL,
    reason   TEXT NOT NULL,
    owner    TEXT NOT NULL,
    review   BIGINT,
    created  BIGINT,
    released BIGINT
);
