-- What the pages list: one narrow row an item, with the decision as it was when
-- the list was last refreshed, so that a page never has to decide a million
-- findings first. Everything in it can be made anew from the rest.

-- +goose Up
CREATE TABLE worklist (
    ref           TEXT COLLATE "binary" NOT NULL PRIMARY KEY REFERENCES items (ref) ON DELETE CASCADE,
    source        TEXT COLLATE "binary" NOT NULL,
    disposition   TEXT COLLATE "binary" NOT NULL,
    rule          TEXT COLLATE "binary" NOT NULL,
    -- the largest number when there is no date: it sorts last
    due           BIGINT NOT NULL,
    document_type TEXT COLLATE "binary" NOT NULL,
    -- one bit a category, see worklist_names
    categories    BIGINT NOT NULL,
    confirmed     BIGINT NOT NULL,
    gaps          BIGINT NOT NULL,
    restricted    BIGINT NOT NULL,
    owner         TEXT COLLATE "binary" NOT NULL,
    -- the path as people see it, in lower case
    search        TEXT COLLATE "binary" NOT NULL
);

-- Each holds all that a filter asks about: a filter that nothing passes costs one
-- pass over the index, and no row is looked up that is not shown.
CREATE INDEX worklist_due ON worklist (due, ref, restricted, categories, confirmed, gaps, disposition, source, rule, document_type, owner, search);
CREATE INDEX worklist_search ON worklist (search, ref, restricted, categories, confirmed, gaps, disposition, source, rule, document_type, owner, due);

-- The names that occur in the worklist: kind is category, rule or type; n is a
-- category's bit.
CREATE TABLE worklist_names (
    kind TEXT COLLATE "binary" NOT NULL,
    name TEXT COLLATE "binary" NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);

-- One line a refresh: when, and the numbers of that moment as JSON.
CREATE TABLE snapshots (
    taken BIGINT NOT NULL PRIMARY KEY,
    data  TEXT NOT NULL
);
