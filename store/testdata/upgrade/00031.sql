INSERT INTO marks (source, place, mark) VALUES ('post', b'INBOX', '7:42:1');
