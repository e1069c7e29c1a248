-- Chapters 39 and 40: triggers and event triggers, which forbid nearly everything.
CREATE SCHEMA fired;
SET search_path = fired;

CREATE TABLE counted (n integer);
INSERT INTO counted VALUES (0);
CREATE TABLE watched (id integer PRIMARY KEY, v text, w text);
INSERT INTO watched VALUES (1, 'a', 'b'), (2, 'c', 'd');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'trigger % fired for % of %; arguments %', TG_NAME, TG_OP, TG_TABLE_NAME, TG_ARGV;
END $$;
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallow_all BEFORE INSERT OR UPDATE OR DELETE ON watched FOR EACH ROW EXECUTE FUNCTION swallow();
CREATE TRIGGER "odd; ""name"" $$" AFTER INSERT ON watched FOR EACH ROW WHEN (NEW.v <> 'it''s; "x" \') EXECUTE FUNCTION refuse('an; argument', E'with\\ ''quotes''', '', E'\n');
CREATE TRIGGER of_columns BEFORE UPDATE OF v, w ON watched FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION refuse();
CREATE TRIGGER of_truncate BEFORE TRUNCATE ON watched EXECUTE FUNCTION refuse();
CREATE TRIGGER of_statement AFTER UPDATE ON watched REFERENCING OLD TABLE AS was NEW TABLE AS "new; rows" FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER on_inserted AFTER INSERT ON watched REFERENCING NEW TABLE AS added EXECUTE FUNCTION refuse();
CREATE CONSTRAINT TRIGGER late_one AFTER INSERT OR UPDATE ON watched DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION refuse();
CREATE CONSTRAINT TRIGGER "from other" AFTER DELETE ON watched FROM counted NOT DEFERRABLE FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER disabled_one BEFORE INSERT ON watched EXECUTE FUNCTION refuse();
CREATE TRIGGER replica_one BEFORE INSERT ON watched EXECUTE FUNCTION refuse();
CREATE TRIGGER always_one BEFORE INSERT ON watched EXECUTE FUNCTION refuse();
ALTER TABLE watched DISABLE TRIGGER disabled_one, ENABLE REPLICA TRIGGER replica_one, ENABLE ALWAYS TRIGGER always_one;
COMMENT ON TRIGGER always_one ON watched IS 'always; on';
CREATE TRIGGER same_name BEFORE INSERT ON watched EXECUTE FUNCTION refuse();
CREATE TRIGGER same_name BEFORE INSERT ON counted EXECUTE FUNCTION refuse();
CREATE TABLE all_off (id integer REFERENCES watched);
CREATE TRIGGER one BEFORE INSERT ON all_off EXECUTE FUNCTION refuse();
ALTER TABLE all_off DISABLE TRIGGER USER;

CREATE TABLE split (id integer, v text) PARTITION BY LIST (id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1) PARTITION BY LIST (v);
CREATE TABLE split_1_a PARTITION OF split_1 FOR VALUES IN ('a');
CREATE TABLE split_2 PARTITION OF split FOR VALUES IN (2);
INSERT INTO split VALUES (1, 'a'), (2, 'b');
CREATE TRIGGER of_root AFTER INSERT OR UPDATE ON split FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER of_root_statement BEFORE INSERT ON split EXECUTE FUNCTION refuse();
CREATE CONSTRAINT TRIGGER of_root_constraint AFTER INSERT ON split DEFERRABLE FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE split_1_a DISABLE TRIGGER of_root;
ALTER TABLE split_2 ENABLE REPLICA TRIGGER of_root;
CREATE VIEW viewed AS SELECT * FROM watched;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON viewed FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE MATERIALIZED VIEW filled AS SELECT count(*) FROM watched;

-- Everything is refused from here on; an event trigger that fires while the dump comes back ends the restore.
CREATE FUNCTION refuse_command() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event trigger fired at % for %', TG_EVENT, TG_TAG;
END $$;
CREATE FUNCTION refuse_some() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
        RAISE EXCEPTION 'refused: % of %', r.command_tag, r.object_identity;
    END LOOP;
END $$;
BEGIN;
CREATE EVENT TRIGGER a_start ON ddl_command_start EXECUTE FUNCTION refuse_command();
COMMENT ON EVENT TRIGGER a_start IS 'refuses; all';
ALTER EVENT TRIGGER a_start DISABLE;
CREATE EVENT TRIGGER "b; rewrite" ON table_rewrite WHEN TAG IN ('ALTER TABLE', 'ALTER TYPE') EXECUTE FUNCTION refuse_command();
CREATE EVENT TRIGGER c_drop ON sql_drop EXECUTE FUNCTION refuse_command();
CREATE EVENT TRIGGER d_end ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX', 'REFRESH MATERIALIZED VIEW', 'GRANT', 'COMMENT') EXECUTE FUNCTION refuse_some();
CREATE EVENT TRIGGER e_replica ON ddl_command_end EXECUTE FUNCTION refuse_some();
ALTER EVENT TRIGGER e_replica ENABLE REPLICA;
CREATE EVENT TRIGGER f_always ON ddl_command_end EXECUTE FUNCTION refuse_some();
ALTER EVENT TRIGGER f_always ENABLE ALWAYS;
ALTER EVENT TRIGGER a_start ENABLE;
COMMIT;
