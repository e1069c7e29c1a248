-- Chapters 5.12 and 59: foreign data, with nobody at the other end.
DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE "strange; ""role"""; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA abroad;
SET search_path = abroad;

CREATE EXTENSION postgres_fdw WITH SCHEMA abroad;
CREATE EXTENSION file_fdw;
CREATE FUNCTION abroad.check_options(text[], oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RETURN; END $$;
CREATE FOREIGN DATA WRAPPER "no; handler" VALIDATOR check_options OPTIONS (debug 'it''s; true', "Odd ""key""" E'back\\slash');
COMMENT ON FOREIGN DATA WRAPPER "no; handler" IS 'does nothing';
CREATE SERVER nowhere TYPE 'a type' VERSION '1; 2' FOREIGN DATA WRAPPER "no; handler" OPTIONS (host 'it''s');
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'host.invalid', port '1', dbname 'x', use_remote_estimate 'false');
CREATE SERVER "files; here" FOREIGN DATA WRAPPER file_fdw;
COMMENT ON SERVER elsewhere IS 'far; away';
ALTER SERVER nowhere OWNER TO strange_owner;
CREATE USER MAPPING FOR PUBLIC SERVER nowhere;
CREATE USER MAPPING FOR strange_owner SERVER nowhere OPTIONS (username 'it''s; me', password 'not; a "secret"');
CREATE USER MAPPING FOR "strange; ""role""" SERVER elsewhere OPTIONS (user 'x', password_required 'false');
CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user 'y');

CREATE FOREIGN TABLE far (
    id integer OPTIONS (column_name 'ID; "x"') NOT NULL, v text COLLATE "C" DEFAULT 'it''s', g integer GENERATED ALWAYS AS (id + 1) STORED, CHECK (id > 0)
) SERVER elsewhere OPTIONS (schema_name 'a; schema', table_name 'it''s', fetch_size '7');
ALTER FOREIGN TABLE far ALTER COLUMN v SET STATISTICS 77, ALTER COLUMN v SET (n_distinct = 5);
CREATE FOREIGN TABLE no_columns () SERVER nowhere;
CREATE FOREIGN TABLE a_file (line text) SERVER "files; here" OPTIONS (filename '/nonexistent/file; "x"', format 'csv', quote '"', null E'\\N');
COMMENT ON FOREIGN TABLE far IS 'a table; far away';
COMMENT ON COLUMN far.id IS 'a column of it';
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER on_far BEFORE INSERT ON far FOR EACH ROW EXECUTE FUNCTION nothing();
GRANT SELECT ON far TO strange_owner;
CREATE VIEW of_far AS SELECT id, v FROM far;
CREATE MATERIALIZED VIEW of_far_too AS SELECT id FROM far WITH NO DATA;

CREATE TABLE here (id integer, v text);
INSERT INTO here VALUES (1, 'own rows of a parent');
CREATE FOREIGN TABLE child_abroad (more text) INHERITS (here) SERVER elsewhere;
CREATE TABLE here_again () INHERITS (far);
INSERT INTO here_again (id) VALUES (5);
CREATE TABLE split (id integer, v text) PARTITION BY RANGE (id);
CREATE TABLE split_here PARTITION OF split FOR VALUES FROM (1) TO (10);
CREATE FOREIGN TABLE split_abroad PARTITION OF split FOR VALUES FROM (10) TO (20) SERVER elsewhere OPTIONS (table_name 'y');
CREATE TABLE split_more (LIKE split) PARTITION BY LIST (v);
ALTER TABLE split ATTACH PARTITION split_more DEFAULT;
CREATE FOREIGN TABLE split_more_abroad PARTITION OF split_more FOR VALUES IN ('far') SERVER nowhere;
INSERT INTO split VALUES (1, 'here');
