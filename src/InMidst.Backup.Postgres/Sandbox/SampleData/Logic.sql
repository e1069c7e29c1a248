CREATE FUNCTION midst.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'midst', 'pg_temp'
    AS $function$
BEGIN
    -- a body with all that trips a reader of statements: ; ' " \ $$ and a quote of its own
    IF TG_OP = 'DELETE' THEN
        INSERT INTO audit (what, object) VALUES ('gone; "really"', $$it's $$ || TG_TABLE_NAME || E'\\');
        RETURN OLD;
    END IF;
    INSERT INTO audit (what, object) VALUES (TG_OP, TG_TABLE_NAME);
    RETURN NEW;
END
$function$;

CREATE FUNCTION midst.count_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO midst.audit (what, object) SELECT ''rows'', count(*)::text FROM changed; RETURN NULL; END';

CREATE FUNCTION midst.open_tasks_of(who bigint, VARIADIC states midst.task_state[] DEFAULT '{open}', OUT id integer, OUT title text)
    RETURNS SETOF record LANGUAGE sql STABLE ROWS 5 COST 50
    AS $_$ SELECT t.id, t.title FROM midst.tasks t WHERE t.profile_id = $1 AND t.state = ANY ($2) $_$;
CREATE FUNCTION midst.open_tasks_of(who text) RETURNS TABLE (id integer)
    LANGUAGE sql STABLE AS $$ SELECT t.id FROM midst.tasks t JOIN midst.profiles p ON p.id = t.profile_id WHERE p.name = who $$;
CREATE FUNCTION "Ödd ""schema"""."What's; this?"("a b" integer DEFAULT 1) RETURNS integer
    LANGUAGE sql IMMUTABLE RETURN "a b" + 1;

CREATE PROCEDURE midst.close_tasks(before timestamp without time zone, INOUT closed integer DEFAULT 0)
    LANGUAGE plpgsql
    AS $procedure$
BEGIN
    UPDATE midst.tasks SET state = 'done' WHERE due < before AND state <> 'done';
    GET DIAGNOSTICS closed = ROW_COUNT;
END
$procedure$;

CREATE VIEW midst.open_tasks WITH (security_barrier = true) AS
    SELECT t.id, t.title, t.due, p.name AS "Who?" FROM midst.tasks t LEFT JOIN midst.profiles p ON p.id = t.profile_id
    WHERE t.state <> 'done';
CREATE VIEW midst.calm_profiles AS
    SELECT id, name, mood FROM midst.profiles WHERE mood = 'calm' WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW midst.task_tree (id, depth) AS
    SELECT id, 0 FROM midst.tasks WHERE parent_id IS NULL AND id < 100
    UNION ALL SELECT c.id, t.depth + 1 FROM midst.tasks c JOIN task_tree t ON c.parent_id = t.id WHERE c.id < 100;
-- By primary key only: the view needs the key, so it can come back only after it.
CREATE VIEW midst.masks_per_profile AS
    SELECT p.id, p.name, p.email, count(m.id) AS masks FROM midst.profiles p LEFT JOIN midst.masks m ON m.profile_id = p.id GROUP BY p.id;

CREATE MATERIALIZED VIEW midst.mood_counts AS
    SELECT mood, count(*) AS profiles, midst.longest(name) AS longest_name
    FROM (SELECT mood, name FROM midst.profiles ORDER BY id) AS p GROUP BY mood;
CREATE UNIQUE INDEX mood_counts_mood ON midst.mood_counts (mood);
-- Stands on the other one, so their order matters when they are filled again.
CREATE MATERIALIZED VIEW midst.all_moods AS SELECT sum(profiles) AS profiles FROM midst.mood_counts;
CREATE MATERIALIZED VIEW midst.kinds_per_month AS
    SELECT pg_catalog.date_trunc('month', at, 'UTC') AS month, kind, count(*) AS events FROM midst.events GROUP BY 1, 2
    WITH NO DATA;
CREATE INDEX kinds_per_month_month ON midst.kinds_per_month (month);

CREATE RULE finish_instead AS ON DELETE TO midst.open_tasks DO INSTEAD (
    UPDATE midst.tasks SET state = 'done' WHERE id = OLD.id;
    INSERT INTO midst.audit (what, object) VALUES ('finished; "done"', OLD.title);
    NOTIFY midst_tasks;
);
CREATE RULE no_delete AS ON DELETE TO midst.teams WHERE (OLD.id = 10) DO INSTEAD NOTHING;
CREATE RULE quiet AS ON UPDATE TO midst.teams DO ALSO INSERT INTO midst.audit (what) VALUES ('team');
ALTER TABLE midst.teams DISABLE RULE quiet;

CREATE TRIGGER tasks_noted AFTER INSERT OR DELETE OR UPDATE OF state ON midst.tasks
    FOR EACH ROW EXECUTE FUNCTION midst.note_change();
CREATE TRIGGER "tasks; disabled" BEFORE UPDATE ON midst.tasks
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title) EXECUTE FUNCTION midst.note_change('an', 'argument\with ''quotes''');
ALTER TABLE midst.tasks DISABLE TRIGGER "tasks; disabled";
CREATE TRIGGER masks_always AFTER DELETE ON midst.masks
    FOR EACH ROW EXECUTE FUNCTION midst.note_change();
ALTER TABLE midst.masks ENABLE ALWAYS TRIGGER masks_always;
CREATE TRIGGER masks_on_replica AFTER INSERT ON midst.masks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION midst.count_changes();
ALTER TABLE midst.masks ENABLE REPLICA TRIGGER masks_on_replica;
CREATE CONSTRAINT TRIGGER profiles_late AFTER DELETE ON midst.profiles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION midst.note_change();
CREATE TRIGGER events_noted AFTER DELETE ON midst.events
    FOR EACH ROW EXECUTE FUNCTION midst.note_change();
ALTER TABLE midst.events_2025_q1 DISABLE TRIGGER events_noted;
CREATE TRIGGER calm_profiles_instead INSTEAD OF INSERT ON midst.calm_profiles
    FOR EACH ROW EXECUTE FUNCTION midst.note_change();
