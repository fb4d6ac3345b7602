INSERT INTO plan_items (plan, n, ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, content_mac,
    rule, due, reasons, state, tombstone, method, assurance, bytes, caveats, error, finished, facts)
VALUES ('P-14', 0, 'i000000001601', 'arkiv', b'Sager/c.txt', b'Sager/c.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1', 'files', 'mac161',
    'R1', 1704067200000000000, '[]', 'planned', b'', '', '', 0, '[]', '', NULL, '{"subjects":1}');
