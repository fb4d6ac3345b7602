-- Who may sign in to the pages, and who is signed in.

-- +goose Up
CREATE TABLE users (
    name     TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    role     TEXT NOT NULL,
    email    TEXT NOT NULL,
    -- argon2id in its PHC string form; empty for one who signs in elsewhere
    password TEXT NOT NULL,
    created  BIGINT,
    disabled BIGINT
);

CREATE TABLE sessions (
    -- SHA-256 of the token, in hex: who reads the database cannot sign in
    id      TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    name    TEXT COLLATE "binary" NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    created BIGINT,
    used    BIGINT
);

CREATE INDEX sessions_name ON sessions (name);
