INSERT INTO plans (id, created, schedule_version, schedule_hash, hash, state, approver, approved, items, bytes)
VALUES ('P-06', 1767225600000000000, 'v1', 'sh', 'h6', 'approved', 'Dorte Holm', 1767312000000000000, 1, 17);
INSERT INTO plan_items (plan, n, ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, content_mac,
    rule, due, reasons, state, tombstone, method, assurance, bytes, caveats, error, finished, digest)
VALUES ('P-06', 0, 'i000000000101', 'arkiv', b'Sager/æble.txt', b'Sager/æble.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1:2:3', 'files', 'mac101',
    'R1', 1704067200000000000, '[]', 'planned', b'', '', '', 0, '[]', '', NULL, 'digest6');
