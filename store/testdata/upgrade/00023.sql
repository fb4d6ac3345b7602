INSERT INTO users (name, role, email, password, created, disabled) VALUES ('dorte', 'dpo', 'dorte@x.dk', '', 1767225600000000000, NULL);
INSERT INTO sessions (id, name, created, used) VALUES ('5e55', 'dorte', 1767225600000000000, 1767225660000000000);
