-- Chapters 11, 14.2 and 24.2: indexes, statistics, collations.
CREATE SCHEMA quick;
SET search_path = quick, public;

CREATE COLLATION "by bytes; C" FROM "C";
CREATE COLLATION libc_one (LOCALE = 'C', PROVIDER = libc);
CREATE COLLATION libc_two (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
SELECT EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i') AS with_icu \gset
\if :with_icu
CREATE COLLATION same_letters (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE COLLATION phone_book (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE TABLE by_icu (v text COLLATE same_letters PRIMARY KEY, w text COLLATE phone_book);
INSERT INTO by_icu VALUES ('a', 'Ärger'), ('B', 'Arger'), ('ä', 'Aerger');
CREATE INDEX by_icu_w ON by_icu (w, v COLLATE "C", (w || v COLLATE phone_book) DESC);
COMMENT ON COLLATION same_letters IS 'a and A; the same';
\endif

CREATE EXTENSION pg_trgm;
CREATE EXTENSION bloom;
CREATE EXTENSION btree_gin;
CREATE TABLE t (
    id integer, a integer, b text, c text COLLATE "by bytes; C", j jsonb, arr integer[], p point, r int4range, ip inet, at timestamptz, d date
);
INSERT INTO t SELECT i, i % 7, 'b' || i, E'c;\n' || i, jsonb_build_object('k', i), ARRAY[i, i + 1], point(i, -i), int4range(i, i + 3), '10.0.0.0'::inet + i,
    timestamptz '2025-01-01' + i * interval '1 hour', date '2025-01-01' + i FROM generate_series(1, 60) i;
CREATE INDEX btree_all ON t (a DESC NULLS LAST, b text_pattern_ops, c COLLATE "C" ASC NULLS FIRST, lower(b) varchar_pattern_ops) INCLUDE (d, at) WITH (fillfactor = 33, deduplicate_items = off);
CREATE UNIQUE INDEX "unique; ""one""" ON t (id, (a + 1)) WHERE b IS NOT NULL AND c <> 'it''s; \';
CREATE INDEX by_hash ON t USING hash (b) WITH (fillfactor = 88);
CREATE INDEX by_gin ON t USING gin (j jsonb_path_ops, arr, a);
CREATE INDEX by_trgm ON t USING gin (b gin_trgm_ops);
CREATE INDEX by_gist ON t USING gist (p, r, ip inet_ops) WITH (buffering = on, fillfactor = 50);
CREATE INDEX by_trgm_gist ON t USING gist (b gist_trgm_ops (siglen = 32));
CREATE INDEX by_spgist ON t USING spgist (p kd_point_ops);
CREATE INDEX by_spgist_text ON t USING spgist (b) INCLUDE (id);
CREATE INDEX by_brin ON t USING brin (at, d date_minmax_multi_ops (values_per_range = 16), id int4_bloom_ops (n_distinct_per_range = 20, false_positive_rate = 0.05)) WITH (pages_per_range = 4, autosummarize = on);
CREATE INDEX by_bloom ON t USING bloom (id, a, b) WITH (length = 80, col1 = 2, col2 = 4);
CREATE INDEX by_whole_row ON t ((t.*)) WHERE id < 0;
CREATE INDEX by_case ON t ((CASE WHEN a > 1 THEN 'x;' ELSE E'y\\' END), (j ->> 'k'), ((arr)[1]));
ALTER INDEX by_case ALTER COLUMN 1 SET STATISTICS 44;
ALTER INDEX by_case ALTER COLUMN 3 SET STATISTICS 55;
CREATE INDEX CONCURRENTLY made_concurrently ON t (d);
COMMENT ON INDEX "unique; ""one""" IS 'one; of a kind';
CREATE FUNCTION bad(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF $1 = 60 THEN RAISE EXCEPTION 'no'; END IF; RETURN 1; END $$;
-- One that could not be built stays behind, not valid: nobody dumps it.
\set ON_ERROR_STOP off
CREATE INDEX CONCURRENTLY not_valid ON t (bad(id));
\set ON_ERROR_STOP on

CREATE STATISTICS distinct_ones (ndistinct) ON a, b FROM t;
CREATE STATISTICS "many; kinds" (ndistinct, dependencies, mcv) ON a, d, (lower(b)), (id % 3) FROM t;
CREATE STATISTICS of_expression ON (id * a) FROM t;
CREATE STATISTICS no_target (mcv) ON a, id FROM t;
ALTER STATISTICS no_target SET STATISTICS 0;
ALTER STATISTICS distinct_ones SET STATISTICS 999;
COMMENT ON STATISTICS "many; kinds" IS 'of; many';
ANALYZE t;
