-- Matches in the words around them, sealed under the installation's key: one
-- box an item, so that nobody can even tell how many there are. They go with the
-- item, when a person has closed its finding, and by age (items.last_seen). See
-- 00001 for the conventions.

-- +goose Up
CREATE TABLE snippets (
    ref    TEXT COLLATE "binary" NOT NULL PRIMARY KEY REFERENCES items (ref) ON DELETE CASCADE,
    sealed BYTEA NOT NULL
);

-- the answer closes the finding: nobody need look at it again
ALTER TABLE answers ADD COLUMN closes BIGINT NOT NULL DEFAULT 0;
UPDATE answers SET closes = 1 WHERE kind IN ('keep', 'hold', 'private', 'journalise');
