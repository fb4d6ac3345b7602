-- Plans that somebody has ordered on the pages, which the service makes; and what
-- could not be examined, found without a pass over all. See 00001 for the
-- conventions.

-- +goose Up
CREATE TABLE plan_orders (
    id      TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    -- '' is all sources
    source  TEXT COLLATE "binary" NOT NULL,
    person  TEXT NOT NULL,
    ordered BIGINT,
    started BIGINT,
    ended   BIGINT,
    -- what became of it: the plan, '' with no error when nothing was due
    plan    TEXT NOT NULL,
    -- masked
    error   TEXT NOT NULL
);

-- Items in which something could not be examined, which an event of a person asks for.
CREATE INDEX items_gapped ON items (source, path, ref) WHERE gaps > 0 OR failed = 1;
