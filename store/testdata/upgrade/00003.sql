INSERT INTO holds (id, source, path, subject, reason, owner, review, created, released)
VALUES
    ('H-03-holds', 'arkiv', b'Sager/**', '', 'retssag', 'DPO', 1798761600000000000, 1767225600000000000, NULL),
    ('H-03-ended', '', b'', 'p01', 'klage', 'DPO', NULL, 1767225600000000000, 1767312000000000000);
