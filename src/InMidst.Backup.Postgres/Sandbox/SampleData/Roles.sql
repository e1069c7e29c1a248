-- Roles belong to the cluster, so a second sample in the same server finds them already there.
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['midst_owner', 'midst_app', 'midst_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END
$roles$;

GRANT midst_readonly TO midst_app;
COMMENT ON ROLE midst_owner IS 'Owns the sample database';
COMMENT ON ROLE midst_app IS 'What the application would log in as';

-- The name is asked for rather than written, so that the sample may also be made in a database of another name.
DO $database$
DECLARE
    this text := pg_catalog.current_database();
BEGIN
    EXECUTE pg_catalog.format('ALTER DATABASE %I OWNER TO midst_owner', this);
    EXECUTE pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT 50', this);
    EXECUTE pg_catalog.format('ALTER DATABASE %I SET timezone = ''Europe/Berlin''', this);
    EXECUTE pg_catalog.format('ALTER DATABASE %I SET search_path = "$user", midst, public', this);
    EXECUTE pg_catalog.format('ALTER DATABASE %I SET intervalstyle = ''iso_8601''', this);
    EXECUTE pg_catalog.format('ALTER ROLE midst_app IN DATABASE %I SET statement_timeout = ''30s''', this);
    EXECUTE pg_catalog.format('ALTER ROLE midst_readonly IN DATABASE %I SET default_transaction_read_only = on', this);
    EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', this);
    EXECUTE pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO midst_app', this);
    EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO midst_readonly', this);
    EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', this,
        E'The sample of InMidst.Backup: profiles, masks, tasks and events.\nIt''s "made up"; nothing here is anybody''s.');
END
$database$;
