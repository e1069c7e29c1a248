-- Chapter 35, large objects.
DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE "strange; ""role"""; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
SELECT lo_create(1000), lo_create(2147483648), lo_create(4294967295), lo_create(7);
SELECT lo_from_bytea(1001, '\x00ff5c270a0d'), lo_from_bytea(1002, decode(repeat('00112233445566778899aabbccddeeff', 50000), 'hex'));
SELECT lo_put(1000, 0, convert_to(E'it''s; "x" \\ $$ \n\\.\n', 'UTF8'));
-- A hole, and an end at just the length that is read at once.
SELECT lo_put(7, 1000000, 'after a hole'), lo_from_bytea(262144, decode(repeat('ab', 262144), 'hex')), lo_from_bytea(524289, decode(repeat('cd', 524289), 'hex'));
SELECT lo_from_bytea(0, decode(md5(i::text), 'hex')) FROM generate_series(1, 300) i;
ALTER LARGE OBJECT 1000 OWNER TO strange_owner;
GRANT SELECT, UPDATE ON LARGE OBJECT 1000 TO PUBLIC;
GRANT SELECT ON LARGE OBJECT 1001 TO strange_owner WITH GRANT OPTION;
REVOKE ALL ON LARGE OBJECT 1002 FROM postgres;
ALTER LARGE OBJECT 1001 OWNER TO "strange; ""role""";
REVOKE UPDATE ON LARGE OBJECT 1001 FROM "strange; ""role""";
COMMENT ON LARGE OBJECT 1000 IS 'an object; large';
COMMENT ON LARGE OBJECT 4294967295 IS E'the last\none; it''s';
CREATE EXTENSION lo;
CREATE TABLE with_objects (id integer PRIMARY KEY, file lo, plain oid);
INSERT INTO with_objects VALUES (1, 1000, 1001), (2, 4294967295, 2147483648), (3, NULL, 0);
CREATE TRIGGER manage BEFORE UPDATE OR DELETE ON with_objects FOR EACH ROW EXECUTE FUNCTION lo_manage(file);
