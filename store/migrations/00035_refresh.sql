-- What a refresh of the worklist decides anew, and what it knows beside the
-- decision. See 00001 for the conventions.

-- +goose Up
-- Not 0: what is known of the item has changed since the worklist was told. It
-- is another number with every change, so that a change while the item is being
-- decided is not overlooked.
ALTER TABLE items ADD COLUMN stale BIGINT NOT NULL DEFAULT 0;
CREATE INDEX items_stale ON items (ref) WHERE stale <> 0;

-- when time alone may change the decision; the largest number is never
ALTER TABLE worklist ADD COLUMN next BIGINT NOT NULL DEFAULT 0;
-- the categories with a confirmed match, like categories
ALTER TABLE worklist ADD COLUMN sure BIGINT NOT NULL DEFAULT 0;
-- the ids of the holds that keep it, each with a blank behind it
ALTER TABLE worklist ADD COLUMN holds TEXT NOT NULL DEFAULT '';
-- gaps is from now on 1 for an item that was examined in part, 2 for one that was not examined at all
CREATE INDEX worklist_next ON worklist (next, ref);

-- What the worklist rests on, beside the items: names and values. Without it, all
-- is decided anew.
CREATE TABLE worklist_basis (
    name  TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "binary" NOT NULL
);
