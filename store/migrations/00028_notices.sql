-- What people were told of, by which way, and when: so that nobody is told the
-- same thing again and again.

-- +goose Up
CREATE TABLE notices (
    notice TEXT COLLATE "binary" NOT NULL PRIMARY KEY,
    sent   BIGINT NOT NULL
);
