INSERT INTO snippets (ref, sealed) VALUES ('i000000000101', b'sealed words');
