INSERT INTO work_groups (kind, scope, name, handle, ref, items, ready, due)
VALUES ('folder', '', 'arkiv/Sager', 'i000000000101', 'i000000000101', 1, 1, 1704067200000000000);
