INSERT INTO plan_orders (id, source, person, ordered, started, ended, plan, error)
VALUES ('O1', 'arkiv', 'dorte', 1767225600000000000, 1767225601000000000, 1767225602000000000, 'P-02-done', '');
