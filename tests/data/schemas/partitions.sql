-- Chapter 5.11, partitioning.
CREATE SCHEMA parts;
SET search_path = parts;

CREATE TABLE by_range (id integer NOT NULL, at date NOT NULL, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE by_range_old PARTITION OF by_range FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE by_range_20 PARTITION OF by_range FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') WITH (fillfactor = 80);
CREATE TABLE by_range_rest PARTITION OF by_range DEFAULT;
-- Another order of columns, and a dropped one, than the parent's.
CREATE TABLE by_range_21 (gone integer, v text DEFAULT 'of the partition', at date NOT NULL, id integer NOT NULL, CHECK (id > 0));
ALTER TABLE by_range_21 DROP COLUMN gone;
ALTER TABLE by_range ATTACH PARTITION by_range_21 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO by_range SELECT i, date '2019-06-01' + i * 100, 'v' || i FROM generate_series(1, 20) i;
CREATE INDEX by_range_v ON by_range (v);
CREATE INDEX only_the_parent ON ONLY by_range (id);
CREATE INDEX attached ON by_range_20 (id);
ALTER INDEX only_the_parent ATTACH PARTITION attached;
ALTER TABLE by_range_old ADD CONSTRAINT own_check CHECK (id < 1000000);
CREATE TABLE detached PARTITION OF by_range FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
INSERT INTO by_range VALUES (99, '2030-05-05', 'detached');
ALTER TABLE by_range DETACH PARTITION detached;

CREATE TABLE by_list (k text, n integer, d text GENERATED ALWAYS AS (k || '!') STORED) PARTITION BY LIST (k);
CREATE TABLE by_list_ab PARTITION OF by_list FOR VALUES IN ('a', 'b');
CREATE TABLE by_list_null PARTITION OF by_list FOR VALUES IN (NULL, 'it''s; "odd"');
CREATE TABLE by_list_rest PARTITION OF by_list DEFAULT;
INSERT INTO by_list (k, n) VALUES ('a', 1), ('b', 2), (NULL, 3), ('it''s; "odd"', 4), ('z', 5);

CREATE TABLE by_hash (id integer PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE by_hash_3 PARTITION OF by_hash FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO by_hash SELECT i, 'v' FROM generate_series(1, 50) i;
CREATE TABLE references_parts (id integer REFERENCES by_hash, other integer, at date, FOREIGN KEY (other, at) REFERENCES by_range);
INSERT INTO references_parts SELECT i, NULL, NULL FROM generate_series(1, 5) i;

CREATE TABLE by_expression (id integer, v text) PARTITION BY RANGE (lower(v) COLLATE "C", (id % 10));
CREATE TABLE by_expression_low PARTITION OF by_expression FOR VALUES FROM ('a', MINVALUE) TO ('m', MAXVALUE);
CREATE TABLE by_expression_rest PARTITION OF by_expression DEFAULT;
INSERT INTO by_expression VALUES (1, 'Abc'), (2, 'xyz'), (3, NULL);

-- Several levels, each of another kind.
CREATE TABLE levels (id integer, k text, at date) PARTITION BY LIST (k);
CREATE TABLE levels_a PARTITION OF levels FOR VALUES IN ('a') PARTITION BY RANGE (at);
CREATE TABLE levels_a_1 PARTITION OF levels_a FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY HASH (id);
CREATE TABLE levels_a_1_0 PARTITION OF levels_a_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE levels_a_1_1 PARTITION OF levels_a_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE levels_a_rest PARTITION OF levels_a DEFAULT;
CREATE TABLE levels_empty PARTITION OF levels FOR VALUES IN ('e') PARTITION BY LIST (id);
INSERT INTO levels SELECT i, 'a', date '2020-06-01' + i * 30 FROM generate_series(1, 12) i;

-- An enumeration's hash depends on its number in the catalogue: these rows cannot be loaded into the leaves they lie in.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s; "odd"');
CREATE TABLE by_mood (m mood NOT NULL, id integer) PARTITION BY HASH (m);
CREATE TABLE by_mood_0 (id integer, gone text, m mood NOT NULL);
ALTER TABLE by_mood_0 DROP COLUMN gone;
ALTER TABLE by_mood ATTACH PARTITION by_mood_0 FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO by_mood SELECT (enum_range(NULL::mood))[i % 4 + 1], i FROM generate_series(1, 30) i;
CREATE TABLE below_mood (m mood NOT NULL, id integer, k text) PARTITION BY LIST (k);
CREATE TABLE below_mood_a PARTITION OF below_mood FOR VALUES IN ('a') PARTITION BY HASH (id, m);
CREATE TABLE below_mood_a_0 PARTITION OF below_mood_a FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE below_mood_a_1 PARTITION OF below_mood_a FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE below_mood_b PARTITION OF below_mood DEFAULT;
INSERT INTO below_mood SELECT (enum_range(NULL::mood))[i % 4 + 1], i, CASE WHEN i % 3 = 0 THEN 'b' ELSE 'a' END FROM generate_series(1, 30) i;
CREATE TABLE above_mood (m mood NOT NULL, id integer) PARTITION BY HASH (m);
CREATE TABLE above_mood_0 PARTITION OF above_mood FOR VALUES WITH (MODULUS 1, REMAINDER 0) PARTITION BY RANGE (id);
CREATE TABLE above_mood_0_low PARTITION OF above_mood_0 FOR VALUES FROM (MINVALUE) TO (10);
CREATE TABLE above_mood_0_rest PARTITION OF above_mood_0 DEFAULT;
INSERT INTO above_mood SELECT 'happy', i FROM generate_series(1, 20) i;
-- By list an enumeration is no trouble.
CREATE TABLE list_of_moods (m mood, id integer) PARTITION BY LIST (m);
CREATE TABLE list_of_moods_sad PARTITION OF list_of_moods FOR VALUES IN ('sad', 'it''s; "odd"');
CREATE TABLE list_of_moods_rest PARTITION OF list_of_moods DEFAULT;
INSERT INTO list_of_moods VALUES ('sad', 1), ('happy', 2), (NULL, 3), ('it''s; "odd"', 4);

-- One leaf elsewhere; its rows are not ours.
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE TABLE partly_foreign (id integer, v text) PARTITION BY LIST (id);
CREATE TABLE partly_foreign_here PARTITION OF partly_foreign FOR VALUES IN (1);
CREATE FOREIGN TABLE partly_foreign_there PARTITION OF partly_foreign FOR VALUES IN (2) SERVER files OPTIONS (filename '/nonexistent');
INSERT INTO partly_foreign VALUES (1, 'here');

CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trigger fired while the data came back'; END $$;
CREATE TRIGGER noted AFTER INSERT ON by_range FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE by_range_20 DISABLE TRIGGER noted;
ALTER TABLE by_range_21 ENABLE ALWAYS TRIGGER noted;
CREATE TRIGGER "of the leaf only" BEFORE INSERT ON by_hash_0 FOR EACH ROW EXECUTE FUNCTION note();
CREATE STATISTICS by_range_statistics ON id, at FROM by_range;
COMMENT ON TABLE by_mood_1 IS 'a leaf';
COMMENT ON INDEX by_range_20_v_idx IS 'an index that was made with its parent';
ALTER INDEX by_range_21_v_idx RENAME TO "renamed; index";
ALTER INDEX "renamed; index" SET (fillfactor = 77);
