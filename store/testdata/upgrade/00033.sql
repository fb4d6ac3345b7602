INSERT INTO told (ref, owner, version, asked, told) VALUES ('i000000000101', 'hanne', b'v1:2:3', 0, 1767225600000000000);
