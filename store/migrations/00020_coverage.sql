-- Controls by hand of systems that slet cannot look into. See 00001 for the
-- conventions.

-- +goose Up
CREATE TABLE coverage_checks (
    system   TEXT COLLATE "binary" NOT NULL,
    checked  BIGINT NOT NULL,
    person   TEXT NOT NULL,
    recorded BIGINT
);

CREATE INDEX coverage_checks_system ON coverage_checks (system, checked);
