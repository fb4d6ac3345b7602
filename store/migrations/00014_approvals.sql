-- Who approved a plan, each by name, and who took it back; when a plan may be
-- carried out from, and why one is dead. See 00001 for the conventions.

-- +goose Up
ALTER TABLE plans ADD COLUMN effective BIGINT;
ALTER TABLE plans ADD COLUMN why TEXT NOT NULL DEFAULT '';

CREATE TABLE plan_approvals (
    plan         TEXT COLLATE "binary" NOT NULL REFERENCES plans (id),
    n            BIGINT NOT NULL,
    name         TEXT NOT NULL,
    -- the name as it is compared: two persons have two
    person       TEXT COLLATE "binary" NOT NULL,
    approved     BIGINT,
    withdrawn    BIGINT,
    withdrawn_by TEXT NOT NULL,
    PRIMARY KEY (plan, n)
);

INSERT INTO plan_approvals (plan, n, name, person, approved, withdrawn, withdrawn_by)
    SELECT id, 1, approver, approver, approved, NULL, '' FROM plans WHERE approver <> '';
