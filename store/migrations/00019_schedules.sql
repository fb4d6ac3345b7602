-- The schedules that decisions were made by, with their text. See 00001 for the
-- conventions.

-- +goose Up
CREATE TABLE schedules (
    -- SHA-256 of the file's bytes: two texts may mean the same
    text_hash  TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    -- of what it means, as plans name it
    hash       TEXT COLLATE "binary" NOT NULL,
    version    TEXT NOT NULL,
    content    BYTEA NOT NULL,
    first_used BIGINT,
    last_used  BIGINT
);

CREATE INDEX schedules_hash ON schedules (hash);
