-- Chapter 31, logical replication: publications, and subscriptions that must never be connected.
DO $$ BEGIN CREATE ROLE strange_super SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA told;
CREATE SCHEMA "told; too";
SET search_path = told;

CREATE TABLE news (id integer PRIMARY KEY, headline text, secret text);
CREATE TABLE "told; too".more (id integer PRIMARY KEY);
CREATE TABLE split (id integer PRIMARY KEY) PARTITION BY HASH (id);
CREATE TABLE split_0 PARTITION OF split FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE parent (id integer);
CREATE TABLE child () INHERITS (parent);
INSERT INTO news VALUES (1, 'one', 's'), (-1, NULL, NULL);
INSERT INTO split VALUES (1);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION nothing;
CREATE PUBLICATION "some; ""of"" it" FOR TABLE news, ONLY parent, "told; too".more, split WITH (publish = 'update', publish_via_partition_root = true);
CREATE PUBLICATION inherited FOR TABLE parent;
ALTER PUBLICATION nothing OWNER TO strange_super;
COMMENT ON PUBLICATION everything IS 'all; of it';
CREATE SUBSCRIPTION "never; connected" CONNECTION 'host=host.invalid dbname=''it\''s; x'' password=x' PUBLICATION everything, "some; ""of"" it"
    WITH (connect = false, slot_name = 'a_slot', synchronous_commit = 'remote_apply', binary = true, streaming = true);
CREATE SUBSCRIPTION without_slot CONNECTION 'host=host.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE);
ALTER SUBSCRIPTION without_slot OWNER TO strange_super;
COMMENT ON SUBSCRIPTION without_slot IS 'not; connected';

SELECT current_setting('server_version_num')::integer >= 150000 AS since15 \gset
\if :since15
CREATE PUBLICATION filtered FOR TABLE news (id, headline) WHERE (id > 0 AND headline IS DISTINCT FROM 'it''s; "x"'), parent WHERE (true);
CREATE PUBLICATION of_schemas FOR TABLES IN SCHEMA told, "told; too", TABLE "told; too".more;
CREATE SUBSCRIPTION two_phase CONNECTION 'host=host.invalid' PUBLICATION p WITH (connect = false, two_phase = true, disable_on_error = true);
COMMENT ON PUBLICATION filtered IS 'a part';
\endif
-- Slots live in the cluster, not in the dump.
