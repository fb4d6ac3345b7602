-- How far the owners of findings are, as counted by the last refresh, and when
-- each was written to. See 00001 for the conventions.

-- +goose Up
CREATE TABLE owner_numbers (
    owner           TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    -- findings that wait for an answer, and since when the oldest of them does
    waiting         BIGINT NOT NULL,
    oldest          BIGINT,
    -- of those that came within a month, and within three weeks, how many
    month           BIGINT NOT NULL,
    recent          BIGINT NOT NULL,
    -- findings that the owner has answered, at all and within three weeks
    answered        BIGINT NOT NULL,
    answered_recent BIGINT NOT NULL,
    taken           BIGINT
);

-- The last digest of each owner; '' is when digests were turned on.
CREATE TABLE digests (
    owner TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    sent  BIGINT
);
