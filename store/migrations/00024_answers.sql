-- What people said of findings: the history of each, and to whom one was sent.

-- +goose Up
CREATE TABLE answers (
    id       TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    ref      TEXT COLLATE "binary" NOT NULL,
    kind     TEXT NOT NULL,
    person   TEXT NOT NULL,
    answered BIGINT,
    -- legal ground, case number, the owner's name …, masked
    detail   TEXT NOT NULL,
    until    BIGINT
);

CREATE INDEX answers_ref ON answers (ref, answered);
CREATE INDEX answers_kind ON answers (kind, answered);
