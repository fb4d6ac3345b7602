-- The state in which a whole scan left the places of a source, in the source's
-- own words. See 00001 for the conventions.

-- +goose Up
CREATE TABLE marks (
    source TEXT COLLATE "binary" NOT NULL,
    place  BYTEA NOT NULL,
    mark   TEXT NOT NULL,
    PRIMARY KEY (source, place)
);
