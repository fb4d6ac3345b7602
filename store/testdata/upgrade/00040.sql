INSERT INTO rings (ref, clock) VALUES ('i000000000701', 'Europe/Copenhagen');
INSERT INTO ring_hours (ref, n, camera, first, last, ended, recordings, bytes, locked)
VALUES ('i000000000701', 0, b'port', 1767225600000000000, 1767225660000000000, 1767225720000000000, 2, 2097152, 0);
