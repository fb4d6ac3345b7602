INSERT INTO false_positives (ref, detector, value_key, value, person, reason, judged)
VALUES ('i000000000101', 'cpr', 'k09', '150370-••••', 'Dorte Holm', 'varenummer', 1767225600000000000);
