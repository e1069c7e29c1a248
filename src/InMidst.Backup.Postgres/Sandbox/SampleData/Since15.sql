CREATE TABLE midst.nicknames (
    profile_id bigint,
    name text,
    CONSTRAINT nicknames_once UNIQUE NULLS NOT DISTINCT (profile_id, name)
);
INSERT INTO midst.nicknames SELECT i, CASE WHEN i % 2 = 0 THEN 'Nick ' || i END FROM generate_series(1, 100) AS i;
CREATE VIEW midst.my_nicknames WITH (security_invoker = true) AS SELECT * FROM midst.nicknames;
CREATE PUBLICATION midst_some_changes
    FOR TABLE midst.teams (id, name) WHERE (id > 20) WITH (publish = 'insert');
CREATE UNLOGGED SEQUENCE midst.unlogged_sequence;
SELECT nextval('midst.unlogged_sequence');
ALTER TABLE midst.nicknames ADD CONSTRAINT nicknames_profile
    FOREIGN KEY (profile_id, name) REFERENCES midst.nicknames (profile_id, name) ON DELETE SET NULL (name);
