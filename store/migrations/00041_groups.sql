-- The findings of the worklist in groups: by folder, by person, by content. See
-- 00001 for the conventions.

-- +goose Up
-- the folder of the item's path as people see it, '' at the top
ALTER TABLE worklist ADD COLUMN folder TEXT COLLATE "binary" NOT NULL DEFAULT '';
-- a folder's lines in order of due date, and all that a sum over folders asks about
CREATE INDEX worklist_folder ON worklist (source, folder, due, ref, restricted, categories, disposition, owner);

-- Sums that a refresh makes, so that nobody waits for them.
CREATE TABLE work_groups (
    kind   TEXT COLLATE "binary" NOT NULL,
    -- '' is of all findings, else of those that are routed to this owner
    scope  TEXT COLLATE "binary" NOT NULL,
    name   TEXT COLLATE "binary" NOT NULL,
    -- what an address calls the group: a person, or an item that is in it
    handle TEXT COLLATE "binary" NOT NULL,
    -- an item that is in it
    ref    TEXT COLLATE "binary" NOT NULL,
    items  BIGINT NOT NULL,
    -- how many of them are due, and when the first of all falls due (the largest number is never)
    ready  BIGINT NOT NULL,
    due    BIGINT NOT NULL,
    PRIMARY KEY (kind, scope, name)
);

CREATE INDEX work_groups_items ON work_groups (kind, scope, items, handle, ready);
CREATE INDEX work_groups_ready ON work_groups (kind, scope, ready, handle);
CREATE INDEX work_groups_due ON work_groups (kind, scope, due, handle, ready);
