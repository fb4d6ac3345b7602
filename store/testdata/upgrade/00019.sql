INSERT INTO schedules (text_hash, hash, version, content, first_used, last_used)
VALUES ('th19', 'sh', 'v1', b'version: v1', 1767225600000000000, 1767312000000000000);
