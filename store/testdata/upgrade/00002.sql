-- A plan that waits, one that is approved, one that was carried out.
INSERT INTO plans (id, created, schedule_version, schedule_hash, hash, state, approver, approved, items, bytes)
VALUES
    ('P-02-waits', 1767225600000000000, 'v1', 'sh', 'h1', 'proposed', '', NULL, 1, 17),
    ('P-02-approved', 1767225600000000000, 'v1', 'sh', 'h2', 'approved', 'Dorte Holm', 1767312000000000000, 1, 17),
    ('P-02-done', 1767225600000000000, 'v1', 'sh', 'h3', 'executed', 'Dorte Holm', 1767312000000000000, 2, 34);
INSERT INTO plan_items (plan, n, ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, content_mac,
    rule, due, reasons, state, tombstone, method, assurance, bytes, caveats, error, finished)
VALUES
    ('P-02-waits', 0, 'i000000000101', 'arkiv', b'Sager/æble.txt', b'Sager/æble.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1:2:3', 'files', 'mac101',
        'R1', 1704067200000000000, '["365 days"]', 'planned', b'', '', '', 0, '[]', '', NULL),
    ('P-02-approved', 0, 'i000000000101', 'arkiv', b'Sager/æble.txt', b'Sager/æble.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1:2:3', 'files', 'mac101',
        'R1', 1704067200000000000, '["365 days"]', 'planned', b'', '', '', 0, '[]', '', NULL),
    ('P-02-done', 0, 'i000000000103', 'arkiv', b'', b'•••.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1', 'files', 'mac103',
        'R1', 1704067200000000000, '[]', 'erased', b'', 'overwrite', 'overwritten', 17, '["snapshots"]', '', 1767398400000000000),
    ('P-02-done', 1, 'i000000000104', 'arkiv', b'Sager/i gang.txt', b'Sager/i gang.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1', 'files', 'mac104',
        'R1', 1704067200000000000, '[]', 'erasing', b'.slet-0104', '', '', 0, '[]', 'interrupted', NULL);
