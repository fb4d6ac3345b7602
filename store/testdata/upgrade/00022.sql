INSERT INTO worklist (ref, source, disposition, rule, due, document_type, categories, confirmed, gaps, restricted, owner, search)
VALUES ('i000000000101', 'arkiv', 'due', 'R1', 1704067200000000000, 'opsigelse', 3, 1, 0, 0, 'hanne', 'sager/æble.txt');
INSERT INTO worklist_names (kind, name, n) VALUES ('category', 'cpr', 0);
INSERT INTO snapshots (taken, data) VALUES (1767225600000000000, '{"findings":1}');
