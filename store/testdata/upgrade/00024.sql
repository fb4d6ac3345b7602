INSERT INTO answers (id, ref, kind, person, answered, detail, until) VALUES ('A-24', 'i000000000101', 'keep', 'dorte', 1767225600000000000, 'retskrav', 1798761600000000000);
