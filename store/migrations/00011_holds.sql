-- More to hold by, restriction (GDPR art. 18), and archive locks: an archive
-- lock is a hold, so that nobody who asks for the holds can forget it. See
-- 00001 for the conventions.

-- +goose Up
ALTER TABLE holds ADD COLUMN mailbox BYTEA NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN case_number BYTEA NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN document_type TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN restricted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN archive BIGINT NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN delivered BIGINT;
ALTER TABLE holds ADD COLUMN basis TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN provision TEXT NOT NULL DEFAULT '';
