-- What came with PostgreSQL 16.
CREATE ROLE major_16_group NOLOGIN;
CREATE ROLE major_16_member NOLOGIN;
GRANT major_16_group TO major_16_member WITH INHERIT FALSE, SET TRUE, ADMIN TRUE;
CREATE SCHEMA since_16;
SET search_path = since_16;

CREATE COLLATION custom (provider = icu, locale = 'und', rules = '&V << w <<< W');
CREATE TABLE words (word text COLLATE custom, raw bytea STORAGE EXTERNAL, short text STORAGE PLAIN);
INSERT INTO words VALUES ('w', '\x00ff', 'x'), ('V', repeat('x', 3000)::bytea, 'y');
CREATE INDEX words_in_order ON words (word);
CREATE VIEW json AS
SELECT JSON_OBJECT('word' VALUE word, 'missing' VALUE NULL ABSENT ON NULL) AS object,
       JSON_ARRAY(word, short NULL ON NULL RETURNING jsonb) AS list,
       word IS JSON OBJECT WITH UNIQUE KEYS AS is_object
FROM words;
CREATE VIEW json_of_all AS
SELECT JSON_ARRAYAGG(word ORDER BY word RETURNING jsonb) AS words, JSON_OBJECTAGG(word VALUE short) AS pairs, any_value(short) AS one FROM words;
CREATE VIEW numbers AS SELECT 0xFF AS hex, 0o17 AS octal, 0b101 AS bits, 1_000_000 AS grouped, u.v FROM (SELECT 1_0.5 AS v) AS u;
CREATE VIEW nameless AS SELECT * FROM (SELECT 1 AS one);
CREATE TABLE line (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY LIST (a);
CREATE TABLE line_1 PARTITION OF line (b GENERATED ALWAYS AS (a * 3) STORED) FOR VALUES IN (1);
INSERT INTO line (a) VALUES (1);
GRANT SELECT ON words TO major_16_group GRANTED BY CURRENT_USER;
