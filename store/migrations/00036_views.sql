-- Views of the list of findings that people have saved. See 00001 for the conventions.

-- +goose Up
CREATE TABLE views (
    id      TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    -- the account whose view it is
    person  TEXT COLLATE "binary" NOT NULL,
    name    TEXT COLLATE "binary" NOT NULL,
    -- others with the same role may use it
    shared  BIGINT NOT NULL,
    -- the filter as it stands in an address
    filter  TEXT NOT NULL,
    created BIGINT,
    UNIQUE (person, name)
);
