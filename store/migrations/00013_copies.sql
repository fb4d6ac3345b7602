-- What items hold whole beside their own content, so that copies are found in
-- attachments and archives too. See 00001 for the conventions.

-- +goose Up
CREATE TABLE copy_keys (
    ref      TEXT COLLATE "binary" NOT NULL REFERENCES items (ref) ON DELETE CASCADE,
    copy_key TEXT COLLATE "binary" NOT NULL,
    PRIMARY KEY (ref, copy_key)
);

CREATE INDEX copy_keys_key ON copy_keys (copy_key, ref);
CREATE INDEX items_content ON items (content_mac, ref);
