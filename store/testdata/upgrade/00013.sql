INSERT INTO copy_keys (ref, copy_key) VALUES ('i000000000101', 'ck13');
