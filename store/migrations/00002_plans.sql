-- Plans, approvals and what became of every item. See 00001 for the conventions.

-- +goose Up
CREATE TABLE plans (
    id               TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    created          BIGINT,
    schedule_version TEXT NOT NULL,
    schedule_hash    TEXT NOT NULL,
    hash             TEXT NOT NULL,
    state            TEXT NOT NULL,
    approver         TEXT NOT NULL,
    approved         BIGINT,
    items            BIGINT NOT NULL,
    bytes            BIGINT NOT NULL
);

-- An item is copied, not referred to: a plan outlives the inventory's row.
CREATE TABLE plan_items (
    plan        TEXT COLLATE "binary" NOT NULL REFERENCES plans (id),
    n           BIGINT NOT NULL,
    ref         TEXT COLLATE "binary" NOT NULL,
    source      TEXT COLLATE "binary" NOT NULL,
    id          BYTEA NOT NULL,
    path        BYTEA NOT NULL,
    kind        TEXT NOT NULL,
    size        BIGINT NOT NULL,
    links       BIGINT NOT NULL,
    created     BIGINT,
    modified    BIGINT,
    received    BIGINT,
    recorded    BIGINT,
    mailbox     BYTEA NOT NULL,
    version     BYTEA NOT NULL,
    source_type TEXT NOT NULL,
    content_mac TEXT NOT NULL,
    rule        TEXT NOT NULL,
    due         BIGINT,
    reasons     TEXT NOT NULL,
    state       TEXT NOT NULL,
    tombstone   BYTEA NOT NULL,
    method      TEXT NOT NULL,
    assurance   TEXT NOT NULL,
    bytes       BIGINT NOT NULL,
    caveats     TEXT NOT NULL,
    error       TEXT NOT NULL,
    finished    BIGINT,
    PRIMARY KEY (plan, ref)
);

CREATE UNIQUE INDEX plan_items_order ON plan_items (plan, n);
