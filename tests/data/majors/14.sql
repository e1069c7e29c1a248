-- What came with PostgreSQL 14.
CREATE ROLE major_14_writer NOLOGIN;
CREATE SCHEMA since_14;
SET search_path = since_14;

CREATE FUNCTION add_tax(price numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT CASE WHEN price > 0 THEN price * 1.19 ELSE 0 END;
END;
CREATE PROCEDURE twice(IN a integer, OUT b integer) LANGUAGE sql
BEGIN ATOMIC
    SELECT a + a;
    SELECT a * 2;
END;
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql BEGIN ATOMIC END;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1;

CREATE TYPE span AS RANGE (subtype = timestamptz, multirange_type_name = many_spans);
CREATE TABLE stays (
    id integer PRIMARY KEY,
    whens many_spans,
    numbers int4multirange NOT NULL DEFAULT '{}',
    settings jsonb,
    text text COMPRESSION pglz
);
INSERT INTO stays SELECT i, many_spans(span(to_timestamp(i), to_timestamp(i + 1)), span(NULL, to_timestamp(i - 9))), int4multirange(int4range(i, i + 2), int4range(i * 10, i * 20)), jsonb_build_object('n', i), repeat('stay ', i)
FROM generate_series(3, 60) AS i;
CREATE STATISTICS stays_statistics (dependencies, mcv) ON (id % 7), (settings -> 'n'), id FROM stays;
CREATE INDEX stays_numbers ON stays USING gist (numbers) INCLUDE (id);
CREATE INDEX stays_spgist ON stays USING spgist (text) INCLUDE (id);
CREATE VIEW grouped AS SELECT id % 2 AS odd, id % 3 AS third, count(*) FROM stays GROUP BY DISTINCT ROLLUP (1, 2), ROLLUP (1, 2);
CREATE VIEW merged AS SELECT range_agg(int4range(id, id + 1)) AS numbers, bit_xor(id) AS bits, settings['n'] AS n FROM stays GROUP BY settings['n'];

CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree);
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 1), (4, 2);
CREATE VIEW walk AS
WITH RECURSIVE w(id, parent) AS (
    SELECT id, parent FROM tree WHERE parent IS NULL UNION ALL SELECT t.id, t.parent FROM tree t JOIN w ON t.parent = w.id
) SEARCH DEPTH FIRST BY id SET path CYCLE id SET is_cycle USING visited
SELECT id, parent, is_cycle FROM w;

CREATE TABLE parts (id integer, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_old PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE parts_new PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
ALTER TABLE parts DETACH PARTITION parts_old;
INSERT INTO parts VALUES (1, '2024-02-29');
INSERT INTO parts_old VALUES (2, '2001-09-09');
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE OR REPLACE TRIGGER noted BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION note();
GRANT SELECT (id), UPDATE (id) ON parts TO major_14_writer WITH GRANT OPTION;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
