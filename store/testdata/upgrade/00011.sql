INSERT INTO holds (id, source, path, subject, reason, owner, review, created, released, mailbox, case_number, document_type, restricted, archive, delivered, basis, provision)
VALUES
    ('H-11-restricts', '', b'', 'p01', 'indsigelse', 'DPO', NULL, 1767225600000000000, NULL, b'anne@x.dk', b'', '', 1, 0, NULL, '', ''),
    ('H-11-archive', '', b'Arkiv/**', '', 'aflevering', 'DPO', NULL, 1767225600000000000, NULL, b'', b'2024-17', 'journal', 0, 1, 1767312000000000000, 'bek. 591/2003', '§ 3');
