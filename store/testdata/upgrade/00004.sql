INSERT INTO installation (name, value) VALUES ('a fact', 'of the installation');
