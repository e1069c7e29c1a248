-- Only tables are watched: a restore ends with filling materialised views, which must leave no trace in the restored audit.
CREATE FUNCTION midst.note_ddl() RETURNS event_trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF to_regclass('midst.audit') IS NOT NULL THEN
        INSERT INTO midst.audit (what, object) SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands();
    END IF;
END
$$;
ALTER FUNCTION midst.note_ddl() OWNER TO midst_owner;
CREATE EVENT TRIGGER midst_note_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION midst.note_ddl();
COMMENT ON EVENT TRIGGER midst_note_ddl IS 'Notes new tables';
CREATE EVENT TRIGGER midst_asleep ON sql_drop EXECUTE FUNCTION midst.note_ddl();
ALTER EVENT TRIGGER midst_asleep DISABLE;

CREATE TABLE midst.seen_by_the_event_trigger (id integer PRIMARY KEY);
ALTER TABLE midst.seen_by_the_event_trigger OWNER TO midst_owner;
