INSERT INTO owner_numbers (owner, waiting, oldest, month, recent, answered, answered_recent, taken)
VALUES ('hanne', 3, 1767225600000000000, 2, 1, 5, 4, 1767312000000000000);
INSERT INTO digests (owner, sent) VALUES ('hanne', 1767225600000000000);
