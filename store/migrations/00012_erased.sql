-- What has been erased, by keyed MACs alone, so that it is known again when a
-- backup brings it back. A table of its own, because it is kept for another time
-- than plans are. See 00001 for the conventions.

-- +goose Up
CREATE TABLE erased (
    plan        TEXT COLLATE "binary" NOT NULL,
    ref         TEXT COLLATE "binary" NOT NULL, -- the keyed MAC of the place
    content_mac TEXT COLLATE "binary" NOT NULL,
    rule        TEXT NOT NULL,
    erased      BIGINT NOT NULL,
    PRIMARY KEY (plan, ref)
);

CREATE INDEX erased_ref ON erased (ref);
CREATE INDEX erased_content ON erased (content_mac);

INSERT INTO erased (plan, ref, content_mac, rule, erased)
    SELECT plan, ref, content_mac, rule, finished FROM plan_items WHERE state = 'erased' AND finished IS NOT NULL;
