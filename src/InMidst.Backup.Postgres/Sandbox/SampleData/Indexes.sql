CREATE UNIQUE INDEX profiles_email ON midst.profiles (pg_catalog.lower(email)) WHERE email IS NOT NULL;
CREATE INDEX profiles_name ON midst.profiles (name COLLATE midst."Bytewise" text_pattern_ops DESC NULLS LAST);
CREATE INDEX profiles_team ON midst.profiles (team_id) INCLUDE (name, score);
CREATE INDEX profiles_settings ON midst.profiles USING gin (settings jsonb_path_ops);
CREATE INDEX masks_kind ON midst.masks (profile_id, kind) WHERE kind <> 'paper'::midst.mask_kind;
CREATE INDEX masks_id_hash ON midst.masks USING hash (id);
CREATE INDEX tasks_open ON midst.tasks (due NULLS FIRST, (details ->> 'step')) WHERE state IN ('open', 'waiting');
ALTER INDEX midst.tasks_open ALTER COLUMN 2 SET STATISTICS 300;
CREATE INDEX tasks_words ON midst.tasks USING gin (words);
CREATE INDEX events_at ON midst.events USING brin (at) WITH (pages_per_range = 32);
CREATE INDEX "odd; index" ON "Ödd ""schema"""."select" ("camelCase", ("with ""quote""" || "semi;colon"));

CREATE STATISTICS midst.masks_profile_and_kind (dependencies, ndistinct, mcv) ON profile_id, kind FROM midst.masks;
CREATE STATISTICS midst.task_words ON pg_catalog.lower(title), state FROM midst.tasks;
ALTER STATISTICS midst.task_words SET STATISTICS 200;

ALTER TABLE midst.teams REPLICA IDENTITY USING INDEX teams_name_key;
ALTER TABLE midst.notes REPLICA IDENTITY FULL;
ALTER TABLE midst.profiles CLUSTER ON profiles_pkey;
