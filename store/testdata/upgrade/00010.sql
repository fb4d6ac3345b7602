INSERT INTO event_batches (id, imported, person, file, events, cancelled) VALUES ('B-10', 1767225600000000000, 'Dorte Holm', 'fratraadte.csv', 2, 1);
INSERT INTO events (id, batch, n, fingerprint, name, dated, subject, person, source, mailbox, path, case_number, origin, cancelled, cancelled_by, why)
VALUES
    ('E-10-a', 'B-10', 0, 'f1', 'fratraedelse', 1609459200000000000, 'p01', '', 'arkiv', b'', b'', b'', 'loen', NULL, '', ''),
    ('E-10-b', 'B-10', 1, 'f2', 'fratraedelse', 1609459200000000000, '', 'n01', '', b'anne@x.dk', b'Sager/**', b'2024-17', 'loen', 1767312000000000000, 'Dorte Holm', 'fejl');
