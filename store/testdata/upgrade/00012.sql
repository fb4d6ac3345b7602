INSERT INTO erased (plan, ref, content_mac, rule, erased) VALUES ('P-12', 'mac-of-a-place', 'mac112', 'R1', 1767398400000000000);
