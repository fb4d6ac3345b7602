-- What a person has judged not to be personal data. See 00001 for the conventions.

-- +goose Up
-- A judgement outlives scans, and the item's leaving the inventory: it may come back.
CREATE TABLE false_positives (
    ref       TEXT COLLATE "binary" NOT NULL,
    detector  TEXT COLLATE "binary" NOT NULL,
    value_key TEXT COLLATE "binary" NOT NULL,
    value     TEXT NOT NULL, -- masked
    person    TEXT NOT NULL, -- who judged
    reason    TEXT NOT NULL,
    judged    BIGINT,
    PRIMARY KEY (ref, detector, value_key)
);
