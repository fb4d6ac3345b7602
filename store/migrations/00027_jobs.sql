-- What the service does again and again, and how it went the last time.

-- +goose Up
CREATE TABLE jobs (
    name     TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    started  BIGINT,
    ended    BIGINT,
    -- the end of the last run that went well
    good     BIGINT,
    failures BIGINT NOT NULL,
    error    TEXT NOT NULL
);
