INSERT INTO users (name, role, email, password, created, disabled, full_name) VALUES ('bo', 'it', 'bo@x.dk', '', 1767225600000000000, NULL, 'Bo Lund');
