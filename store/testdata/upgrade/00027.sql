INSERT INTO jobs (name, started, ended, good, failures, error) VALUES ('scan arkiv', 1767225600000000000, 1767225660000000000, NULL, 2, 'no route');
