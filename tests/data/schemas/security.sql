-- Chapters 5.7 and 5.8: owners, grants, default privileges, row security.
DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['strange_owner', 'strange_reader', 'strange; "role"', 'Strange.Capital'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I', r);
        END IF;
    END LOOP;
END $$;
CREATE SCHEMA secured;
SET search_path = secured;

CREATE TABLE granted (id integer PRIMARY KEY, a text, "b; c" text, d text);
INSERT INTO granted VALUES (1, 'a', 'b', 'd');
GRANT SELECT, INSERT ON granted TO strange_reader, "strange; ""role""" WITH GRANT OPTION;
GRANT ALL ON granted TO PUBLIC;
REVOKE TRUNCATE, TRIGGER ON granted FROM PUBLIC;
GRANT UPDATE (a, "b; c"), SELECT (d) ON granted TO "Strange.Capital";
GRANT REFERENCES (id) ON granted TO "Strange.Capital" WITH GRANT OPTION;
SET ROLE strange_reader;
RESET ROLE;
GRANT USAGE ON SCHEMA secured TO strange_reader WITH GRANT OPTION;
SET ROLE strange_reader;
GRANT SELECT ON secured.granted TO "Strange.Capital";
GRANT USAGE ON SCHEMA secured TO "Strange.Capital";
RESET ROLE;

-- The owner may not do himself what a restore must do.
CREATE TABLE revoked (id integer PRIMARY KEY, v text);
INSERT INTO revoked VALUES (1, 'his'), (2, 'too');
ALTER TABLE revoked OWNER TO strange_owner;
REVOKE ALL ON revoked FROM strange_owner;
CREATE TABLE nobody_may (id serial PRIMARY KEY);
INSERT INTO nobody_may DEFAULT VALUES;
REVOKE ALL ON nobody_may FROM postgres;
REVOKE ALL ON SEQUENCE nobody_may_id_seq FROM postgres;
CREATE MATERIALIZED VIEW of_revoked AS SELECT count(*) FROM granted;
GRANT USAGE ON SCHEMA secured TO strange_owner;
GRANT SELECT ON granted TO strange_owner;
ALTER MATERIALIZED VIEW of_revoked OWNER TO strange_owner;
REVOKE ALL ON of_revoked FROM strange_owner;
CREATE TABLE all_revoked_schema_member (id integer);
CREATE SCHEMA closed AUTHORIZATION strange_owner;
CREATE TABLE closed.inside (id integer);
INSERT INTO closed.inside VALUES (1);
ALTER TABLE closed.inside OWNER TO strange_owner;
REVOKE ALL ON SCHEMA closed FROM strange_owner;

CREATE SEQUENCE counter;
GRANT USAGE ON SEQUENCE counter TO strange_reader;
CREATE FUNCTION for_few() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION for_few() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION for_few() TO strange_reader WITH GRANT OPTION;
CREATE PROCEDURE for_none() LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON PROCEDURE for_none() FROM PUBLIC, postgres;
CREATE TYPE granted_type AS (a integer);
REVOKE ALL ON TYPE granted_type FROM PUBLIC;
GRANT USAGE ON TYPE granted_type TO strange_reader;
CREATE DOMAIN granted_domain AS text;
GRANT USAGE ON DOMAIN granted_domain TO strange_reader WITH GRANT OPTION;
CREATE FOREIGN DATA WRAPPER granted_wrapper;
CREATE SERVER granted_server FOREIGN DATA WRAPPER granted_wrapper;
GRANT USAGE ON FOREIGN DATA WRAPPER granted_wrapper TO strange_reader;
GRANT USAGE ON FOREIGN SERVER granted_server TO strange_reader WITH GRANT OPTION;
GRANT CREATE ON SCHEMA public TO strange_reader;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
GRANT SELECT ON pg_catalog.pg_authid TO strange_reader;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO strange_reader;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
GRANT SELECT (rolpassword) ON pg_catalog.pg_authid TO "Strange.Capital";

ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA secured GRANT ALL ON TABLES TO strange_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE strange_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE "strange; ""role""" IN SCHEMA secured GRANT USAGE ON SEQUENCES TO strange_reader;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO strange_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE strange_owner REVOKE ALL ON TABLES FROM strange_owner;

CREATE TABLE rows_of_some (id integer PRIMARY KEY, owner name DEFAULT CURRENT_USER, v text);
INSERT INTO rows_of_some SELECT i, CASE WHEN i % 2 = 0 THEN 'strange_owner' ELSE 'other' END, 'v;' || i FROM generate_series(1, 10) i;
ALTER TABLE rows_of_some OWNER TO strange_owner;
ALTER TABLE rows_of_some ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "all; of ""it""" ON rows_of_some USING (owner = CURRENT_USER) WITH CHECK (owner <> 'it''s; \');
CREATE POLICY narrow ON rows_of_some AS RESTRICTIVE FOR SELECT TO strange_reader, "Strange.Capital" USING (id < 5);
CREATE POLICY add_only ON rows_of_some FOR INSERT TO strange_owner WITH CHECK (false);
CREATE POLICY change ON rows_of_some FOR UPDATE TO PUBLIC USING (EXISTS (SELECT FROM granted g WHERE g.id = rows_of_some.id)) WITH CHECK (true);
CREATE POLICY remove ON rows_of_some FOR DELETE TO SESSION_USER USING (true);
COMMENT ON POLICY narrow ON rows_of_some IS 'narrow; policy';
CREATE TABLE enabled_only (id integer);
INSERT INTO enabled_only VALUES (1);
ALTER TABLE enabled_only ENABLE ROW LEVEL SECURITY;
CREATE TABLE forced_only (id integer);
ALTER TABLE forced_only FORCE ROW LEVEL SECURITY;
CREATE TABLE not_enabled (id integer);
CREATE POLICY waiting ON not_enabled USING (false);
CREATE TABLE split (id integer) PARTITION BY HASH (id);
CREATE TABLE split_0 PARTITION OF split FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO split VALUES (1);
ALTER TABLE split ENABLE ROW LEVEL SECURITY;
ALTER TABLE split_0 ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_split ON split USING (id = 7);

SELECT current_setting('server_version_num')::integer >= 150000 AS since15 \gset
\if :since15
ALTER DATABASE :"DBNAME" SET work_mem = '5MB';
GRANT SET ON PARAMETER log_statement TO strange_reader;
\endif
