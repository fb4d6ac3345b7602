INSERT INTO coverage_checks (system, checked, person, recorded) VALUES ('laas', 1767225600000000000, 'Dorte Holm', 1767312000000000000);
