-- What the program wrote when the schema was at this number. b'…' is bytes.
INSERT INTO scans (seq, source, started, finished, complete, seen, scanned, unchanged, skipped, failed, gaps, private_folders, bytes, findings)
VALUES (1, 'arkiv', 1767225600000000000, 1767225660000000001, 1, 3, 2, 1, 0, 1, 1, 2, 4096, 1);
INSERT INTO items (ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, document_type, failed,
    content_mac, fingerprint, first_seen, last_seen, examined, scan, counts, gap_counts, matches, gaps, subjects)
VALUES
    ('i000000000101', 'arkiv', b'Sager/æble.txt', b'Sager/æble.txt', 'file', 17, 1, NULL, 1672531200000000000, NULL, NULL, b'', b'v1:2:3', 'files', 'opsigelse', 0,
        'mac101', 'fp1', 1767225600000000000, 1767225600000000000, 1767225600000000000, 1, '[]', '{}', 2, 0, 1),
    ('i000000000102', 'arkiv', b'Sager/låst.zip', b'Sager/låst.zip', 'file', 4079, 2, 1672531200000000001, 1672531200000000000, NULL, NULL, b'', b'v1', 'files', '', 1,
        '', 'fp1', 1767225600000000000, 1767225600000000000, NULL, 1, '[]', '{"encrypted":1}', 0, 1, 0);
INSERT INTO matches (ref, n, detector, category, place, start, value, confidence, reasons, subject, value_key)
VALUES
    ('i000000000101', 0, 'cpr', 'cpr', 'linje 1', 4, '010758-••••', 'confirmed', '["mod11"]', 'p01', 'k01'),
    ('i000000000101', 1, 'helbred', 'helbred', '', 40, 'diagnose', 'possible', '[]', '', 'k02');
INSERT INTO gaps (ref, n, path, place, reason, error) VALUES ('i000000000102', 0, b'Sager/låst.zip', 'a.docx', 'encrypted', 'needs a password');
INSERT INTO subjects (ref, subject) VALUES ('i000000000101', 'p01');
INSERT INTO place_gaps (source, scan, n, path, place, reason, error) VALUES ('arkiv', 1, 0, b'Lukket', '', 'denied', 'permission denied');
