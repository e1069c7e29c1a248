GRANT USAGE ON SCHEMA midst, "Ödd ""schema""" TO midst_readonly, midst_app;
GRANT CREATE ON SCHEMA midst TO midst_app WITH GRANT OPTION;
GRANT INSERT, UPDATE, DELETE ON midst.tasks, midst.events, midst.preferences TO midst_app;
GRANT SELECT ON midst.tasks, midst.profiles TO midst_app WITH GRANT OPTION;
REVOKE SELECT ON midst.profiles FROM midst_readonly;
GRANT SELECT (id, name, mood), REFERENCES (id) ON midst.profiles TO midst_readonly;
GRANT UPDATE (name, email) ON midst.profiles TO midst_app;
GRANT SELECT ("with ""quote""", "semi;colon") ON "Ödd ""schema"""."select" TO PUBLIC;
GRANT UPDATE ON SEQUENCE midst.task_number TO midst_app;
GRANT USAGE ON TYPE midst.mood, midst.address TO midst_app;
REVOKE USAGE ON TYPE midst.email FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE midst.close_tasks(timestamp without time zone, integer) TO midst_app;
REVOKE ALL ON FUNCTION midst.note_change() FROM midst_app;
-- Even its owner may not write into what is closed: only a superuser, or rights given last, can load it again.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON archive.events_2025_q4 FROM midst_owner;
REVOKE ALL ON midst.sessions FROM midst_owner, midst_readonly;

ALTER TABLE midst.tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tasks ON midst.tasks TO midst_app
    USING (profile_id = pg_catalog.current_setting('midst.profile', true)::bigint)
    WITH CHECK (state <> 'failed'::midst.task_state);
CREATE POLICY "readers; all" ON midst.tasks FOR SELECT TO midst_readonly, midst_owner USING (true);
ALTER TABLE midst.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE midst.preferences FORCE ROW LEVEL SECURITY;
-- Nobody without BYPASSRLS sees every row, the owner neither: a backup that does not look would be short of most.
CREATE POLICY few ON midst.preferences USING (profile_id < 3);
CREATE POLICY none_in_german ON midst.preferences AS RESTRICTIVE FOR UPDATE USING (value <> 'de');

CREATE PUBLICATION midst_changes FOR TABLE midst.tasks, midst.teams, midst.events
    WITH (publish = 'insert, update', publish_via_partition_root = true);
