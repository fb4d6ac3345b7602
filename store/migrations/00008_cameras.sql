-- What a sweep asks of a camera's recordings, plans that a standing approval or
-- a silent camera is behind, and on what ground a recording is held. See 00001
-- for the conventions.

-- +goose Up
DROP INDEX items_recorded;
CREATE INDEX items_camera ON items (source, camera, (COALESCE(recorded, first_seen, 0)), ref) WHERE kind = 'recording';
CREATE INDEX items_other ON items (source, path, ref) WHERE kind <> 'recording';

-- the plan was made for a standing approval of the schedule
ALTER TABLE plans ADD COLUMN standing BIGINT NOT NULL DEFAULT 0;
-- since when the item's camera has been silent, in a plan that is about that
ALTER TABLE plan_items ADD COLUMN silent_since BIGINT;
CREATE INDEX plan_items_state ON plan_items (state, plan, n);

ALTER TABLE holds ADD COLUMN ground TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN notified BIGINT;
ALTER TABLE holds ADD COLUMN copy_asked BIGINT;
ALTER TABLE holds ADD COLUMN copy_handed BIGINT;
