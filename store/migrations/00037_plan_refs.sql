-- Plans are read a page at a time: what other plans say of an item is asked by its
-- reference, and the names of one file (hard links) by their version. See 00001 for
-- the conventions.

-- +goose Up
CREATE INDEX plan_items_ref ON plan_items (ref);
CREATE INDEX plan_items_linked ON plan_items (plan, source, version, n) WHERE links > 1;
