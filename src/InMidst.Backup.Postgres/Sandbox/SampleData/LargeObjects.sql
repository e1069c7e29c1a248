-- The numbers are fixed, so that columns can refer to them and every sample is alike.
SELECT lo_from_bytea(4200001, convert_to(E'A short text with \\ and \n\t in it', 'UTF8'));
SELECT lo_from_bytea(4200002, '');
SELECT lo_from_bytea(4200003, decode('00ff5c2e0a27220d', 'hex'));
-- 1 MiB and 16 bytes: does not end with a page of pg_largeobject, nor with a chunk of anything else.
SELECT lo_from_bytea(4200004, (SELECT string_agg(decode(md5(i::text), 'hex'), '' ORDER BY i) FROM generate_series(0, 65536) AS i));
-- Written beyond its end: the hole has no pages of its own and reads as zeros.
SELECT lo_from_bytea(4200005, 'head');
SELECT lo_put(4200005, 100000, 'tail');
SELECT lo_from_bytea((4210000 + i)::oid, decode(repeat(md5(i::text), i % 200), 'hex'))
FROM generate_series(1, {{large_objects}}) AS i;

INSERT INTO midst.attachments VALUES
    (1, 1, 'Größe "L".txt', 4200001),
    (2, 1, 'empty', 4200002),
    (3, 2, E'tab\tname.bin', 4200003),
    (4, 3, 'picture.raw', 4200004),
    (5, NULL, 'sparse.img', 4200005);
INSERT INTO midst.attachments
SELECT 10 + i, 1 + i % {{tasks}}, 'scan ' || i || '.png', (4210000 + i)::oid FROM generate_series(1, {{large_objects}}) AS i;
UPDATE midst.masks SET preview = 4200003 WHERE id = md5('mask 1')::uuid;

GRANT SELECT ON LARGE OBJECT 4200001, 4200004 TO midst_readonly;
GRANT SELECT, UPDATE ON LARGE OBJECT 4200003 TO midst_app WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 4200001 IS 'A text; "quoted" and ''so on''';
COMMENT ON LARGE OBJECT 4200004 IS 'About one megabyte';
