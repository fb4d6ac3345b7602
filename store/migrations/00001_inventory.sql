-- The inventory: what is in the sources and what was found in it.
--
-- One SQL for SQLite and PostgreSQL. Conventions of every migration:
--   BIGINT  integers; booleans as 0 and 1; times as nanoseconds since 1970 UTC, NULL when not known
--   TEXT    our own words and JSON; text for people
--   TEXT COLLATE "binary"  what is compared and ordered: byte for byte on both engines
--   BYTEA   names given by others, exact to the byte (they may hold bytes that are no text)
-- Migrations go forward only, and one that was released is never edited.

-- +goose Up
CREATE TABLE scans (
    seq             BIGINT NOT NULL PRIMARY KEY,
    source          TEXT COLLATE "binary" NOT NULL,
    started         BIGINT,
    finished        BIGINT,
    complete        BIGINT NOT NULL,
    seen            BIGINT NOT NULL,
    scanned         BIGINT NOT NULL,
    unchanged       BIGINT NOT NULL,
    skipped         BIGINT NOT NULL,
    failed          BIGINT NOT NULL,
    gaps            BIGINT NOT NULL,
    private_folders BIGINT NOT NULL,
    bytes           BIGINT NOT NULL,
    findings        BIGINT NOT NULL
);

CREATE INDEX scans_source ON scans (source, seq);

CREATE TABLE items (
    ref           TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    source        TEXT COLLATE "binary" NOT NULL,
    id            BYTEA NOT NULL,
    path          BYTEA NOT NULL,
    kind          TEXT NOT NULL,
    size          BIGINT NOT NULL,
    links         BIGINT NOT NULL,
    created       BIGINT,
    modified      BIGINT,
    received      BIGINT,
    recorded      BIGINT,
    mailbox       BYTEA NOT NULL,
    version       BYTEA NOT NULL,
    source_type   TEXT NOT NULL,
    document_type TEXT NOT NULL,
    failed        BIGINT NOT NULL,
    content_mac   TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    first_seen    BIGINT,
    last_seen     BIGINT,
    examined      BIGINT,
    -- the newest scan that saw it
    scan          BIGINT NOT NULL,
    -- exact numbers, as JSON; the tables below hold the first so many of each
    counts        TEXT NOT NULL,
    gap_counts    TEXT NOT NULL,
    -- how many rows of each there are below, so that a reader can tell how much it is about to fetch
    matches       BIGINT NOT NULL,
    gaps          BIGINT NOT NULL,
    subjects      BIGINT NOT NULL
);

CREATE INDEX items_place ON items (source, path, ref);
CREATE INDEX items_scan ON items (source, scan);

CREATE TABLE matches (
    ref        TEXT COLLATE "binary" NOT NULL REFERENCES items (ref) ON DELETE CASCADE,
    n          BIGINT NOT NULL,
    detector   TEXT NOT NULL,
    category   TEXT NOT NULL,
    place      TEXT NOT NULL,
    start      BIGINT NOT NULL,
    value      TEXT NOT NULL,
    confidence TEXT NOT NULL,
    reasons    TEXT NOT NULL,
    subject    TEXT NOT NULL,
    value_key  TEXT NOT NULL,
    PRIMARY KEY (ref, n)
);

CREATE TABLE gaps (
    ref    TEXT COLLATE "binary" NOT NULL REFERENCES items (ref) ON DELETE CASCADE,
    n      BIGINT NOT NULL,
    path   BYTEA NOT NULL,
    place  TEXT NOT NULL,
    reason TEXT NOT NULL,
    error  TEXT NOT NULL,
    PRIMARY KEY (ref, n)
);

CREATE TABLE subjects (
    ref     TEXT COLLATE "binary" NOT NULL REFERENCES items (ref) ON DELETE CASCADE,
    subject TEXT COLLATE "binary" NOT NULL,
    PRIMARY KEY (ref, subject)
);

CREATE INDEX subjects_subject ON subjects (subject, ref);

-- Places that could not be looked into: there is no item to hang these on.
CREATE TABLE place_gaps (
    source TEXT COLLATE "binary" NOT NULL,
    scan   BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    path   BYTEA NOT NULL,
    place  TEXT NOT NULL,
    reason TEXT NOT NULL,
    error  TEXT NOT NULL,
    PRIMARY KEY (source, scan, n)
);
