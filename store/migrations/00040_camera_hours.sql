-- What the status of cameras is counted from without asking a million rows, and
-- what the lists of rings say. See 00001 for the conventions.

-- +goose Up
-- bits of what a recording's decision may depend on beside its time, see store/hours.go
ALTER TABLE items ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
UPDATE items SET class =
    CASE WHEN doubt <> '' THEN 1 ELSE 0 END
    + CASE WHEN matches > 0 OR gaps > 0 OR subjects > 0 OR failed <> 0 OR document_type <> '' THEN 2 ELSE 0 END
    + CASE WHEN recorded IS NULL OR dated NOT IN ('name', 'sidecar', 'container', 'folder') THEN 4 ELSE 0 END
    WHERE kind = 'recording';

-- holds all that is counted, so that counting touches no row
DROP INDEX items_camera;
CREATE INDEX items_camera ON items (source, camera, (COALESCE(recorded, first_seen, 0)), ref, class, size, ended) WHERE kind = 'recording';

-- an item that is the list of a ring of files, and what its times are
CREATE TABLE rings (
    ref   TEXT COLLATE "binary" NOT NULL PRIMARY KEY REFERENCES items (ref) ON DELETE CASCADE,
    clock TEXT NOT NULL
);

-- what it says: the recordings of a camera that begin within an hour
CREATE TABLE ring_hours (
    ref        TEXT COLLATE "binary" NOT NULL REFERENCES items (ref) ON DELETE CASCADE,
    n          BIGINT NOT NULL,
    camera     BYTEA NOT NULL,
    first      BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    recordings BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    locked     BIGINT NOT NULL,
    PRIMARY KEY (ref, n)
);
