INSERT INTO plan_items (plan, n, ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, content_mac,
    rule, due, reasons, state, tombstone, method, assurance, bytes, caveats, error, finished, digest)
VALUES ('P-06', 1, 'i000000000137', 'arkiv', b'Sager/to navne.txt', b'Sager/to navne.txt', 'file', 17, 2, NULL, 1672531200000000000, NULL, NULL, b'', b'v1:2:37', 'files', 'mac137',
    'R1', 1704067200000000000, '[]', 'planned', b'', '', '', 0, '[]', '', NULL, 'digest37');
