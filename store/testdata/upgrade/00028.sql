INSERT INTO notices (notice, sent) VALUES ('mail plan waits P-02-waits', 1767225600000000000);
