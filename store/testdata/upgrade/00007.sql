INSERT INTO items (ref, source, id, path, kind, size, links, created, modified, received, recorded, mailbox, version, source_type, document_type, failed,
    content_mac, fingerprint, first_seen, last_seen, examined, scan, counts, gap_counts, matches, gaps, subjects, camera, ended, dated, doubt)
VALUES ('i000000000701', 'kamera', b'port/20260101T000000.mp4', b'port/20260101T000000.mp4', 'recording', 1048576, 1, NULL, 1767225660000000000, NULL, 1767225600000000000, b'', b'v1',
    'cctv', '', 0, 'mac701', 'fp1', 1767225600000000000, 1767225600000000000, NULL, 1, '[]', '{}', 0, 0, 0, b'port', 1767225660000000000, 'name', 'name and container differ');
INSERT INTO holds (id, source, path, subject, reason, owner, review, created, released, camera, span_from, span_to)
VALUES ('H-07', 'kamera', b'', '', 'tyveri', 'DPO', NULL, 1767225600000000000, NULL, b'port', 1767225600000000000, 1767229200000000000);
