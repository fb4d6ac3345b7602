INSERT INTO views (id, person, name, shared, filter, created) VALUES ('V-36', 'dorte', 'forfaldne', 1, 'disposition=due', 1767225600000000000);
