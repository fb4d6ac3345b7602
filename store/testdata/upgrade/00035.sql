INSERT INTO worklist_basis (name, value) VALUES ('schedule', 'sh');
