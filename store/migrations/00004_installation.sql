-- What belongs to the installation as a whole. See 00001 for the conventions.

-- +goose Up
CREATE TABLE installation (
    name  TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
