-- What came with PostgreSQL 18.
CREATE SCHEMA since_18;
SET search_path = since_18;

CREATE COLLATION full_unicode (provider = builtin, locale = 'PG_UNICODE_FAST');
CREATE TABLE rooms (
    room int4range,
    valid daterange,
    name text COLLATE full_unicode,
    upper_name text GENERATED ALWAYS AS (upper(name)) VIRTUAL,
    name_length integer GENERATED ALWAYS AS (length(name)) STORED,
    CONSTRAINT rooms_key PRIMARY KEY (room, valid WITHOUT OVERLAPS)
);
INSERT INTO rooms (room, valid, name) VALUES ('[1,2)', '[2024-01-01,2025-01-01)', 'straße'), ('[1,2)', '[2025-01-01,)', 'ﬃ');
CREATE TABLE bookings (
    id integer PRIMARY KEY,
    room int4range,
    during daterange,
    CONSTRAINT bookings_room FOREIGN KEY (room, PERIOD during) REFERENCES rooms (room, PERIOD valid),
    CONSTRAINT bookings_once UNIQUE (room, during WITHOUT OVERLAPS)
);
INSERT INTO bookings VALUES (1, '[1,2)', '[2024-12-01,2025-02-01)');
CREATE TABLE parent (
    id integer CONSTRAINT id_is_there NOT NULL,
    a integer CONSTRAINT a_here_only NOT NULL NO INHERIT,
    b integer,
    c integer CONSTRAINT c_is_small CHECK (c < 10) NOT ENFORCED
);
CREATE TABLE child (extra text NOT NULL) INHERITS (parent);
INSERT INTO parent VALUES (1, 1, NULL, 100);
INSERT INTO child VALUES (2, NULL, NULL, 200, 'child');
ALTER TABLE parent ADD CONSTRAINT b_from_now_on NOT NULL b NOT VALID;
COMMENT ON CONSTRAINT id_is_there ON parent IS 'constraints that say NOT NULL have names and comments';
CREATE TABLE targets (id integer PRIMARY KEY);
CREATE TABLE sources (id integer, target integer) PARTITION BY LIST (id);
CREATE TABLE sources_1 PARTITION OF sources FOR VALUES IN (1);
INSERT INTO sources VALUES (1, 99);
ALTER TABLE sources ADD CONSTRAINT not_yet FOREIGN KEY (target) REFERENCES targets NOT VALID;
ALTER TABLE sources ADD CONSTRAINT never FOREIGN KEY (id) REFERENCES targets NOT ENFORCED;
CREATE TABLE virtual_line (a integer, b integer GENERATED ALWAYS AS (a + 1) VIRTUAL) PARTITION BY LIST (a);
CREATE TABLE virtual_line_1 PARTITION OF virtual_line FOR VALUES IN (1);
INSERT INTO virtual_line (a) VALUES (1);
CREATE STATISTICS room_statistics ON name, name_length FROM rooms;
CREATE FUNCTION change(which integer) RETURNS TABLE (was integer, is_now integer) LANGUAGE sql
BEGIN ATOMIC
    UPDATE since_18.parent SET c = c + 1 WHERE id = which RETURNING old.c, new.c;
END;
CREATE VIEW keys AS SELECT uuidv7() AS id, casefold('ẞ' COLLATE full_unicode) AS folded, array_sort(ARRAY[3, 1, 2]) AS sorted;
CREATE PUBLICATION major_18_generated FOR TABLE bookings, rooms (room, valid, name_length) WITH (publish_generated_columns = stored);
ALTER TABLE rooms REPLICA IDENTITY FULL;
ANALYZE;
