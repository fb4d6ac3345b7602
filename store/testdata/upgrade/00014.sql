-- From here on approvals are rows of their own.
INSERT INTO plans (id, created, schedule_version, schedule_hash, hash, state, approver, approved, items, bytes, effective, why)
VALUES ('P-14', 1767225600000000000, 'v1', 'sh', 'h14', 'dead', 'Dorte Holm', 1767312000000000000, 0, 0, 1767484800000000000, 'fortrudt');
INSERT INTO plan_approvals (plan, n, name, person, approved, withdrawn, withdrawn_by)
VALUES
    ('P-14', 1, 'Dorte Holm', 'dorte holm', 1767312000000000000, NULL, ''),
    ('P-14', 2, 'Bo Lund', 'bo lund', 1767312000000000001, 1767398400000000000, 'Bo Lund');
