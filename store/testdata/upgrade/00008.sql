INSERT INTO plans (id, created, schedule_version, schedule_hash, hash, state, approver, approved, items, bytes, standing)
VALUES ('P-08', 1767225600000000000, 'v1', 'sh', 'h8', 'approved', 'staaende', 1767312000000000000, 0, 0, 1);
INSERT INTO holds (id, source, path, subject, reason, owner, review, created, released, camera, span_from, span_to, ground, notified, copy_asked, copy_handed)
VALUES ('H-08', 'kamera', b'', '', 'tvist', 'DPO', NULL, 1767225600000000000, NULL, b'port', 1767225600000000000, 1767229200000000000, 'dispute', 1767312000000000000, 1767312000000000001, NULL);
