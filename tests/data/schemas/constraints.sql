-- Chapter 5.4, constraints.
CREATE SCHEMA keys;
SET search_path = keys, public;

CREATE TABLE parents (
    id integer CONSTRAINT "parents; key" PRIMARY KEY, code text NOT NULL UNIQUE, a integer, b integer,
    price numeric CONSTRAINT positive CHECK (price > 0 AND price <> 'NaN'), discount numeric, CHECK (discount < price),
    UNIQUE (a, b) INCLUDE (price) WITH (fillfactor = 60)
);
INSERT INTO parents VALUES (1, 'one', 1, 1, 10, 5), (2, 'two', 2, NULL, 20, NULL), (3, 'three', NULL, NULL, NULL, NULL);
CREATE TABLE children (
    id integer PRIMARY KEY, parent integer REFERENCES parents ON DELETE CASCADE ON UPDATE SET NULL,
    code text DEFAULT 'one' REFERENCES parents (code) ON DELETE SET DEFAULT ON UPDATE RESTRICT,
    a integer, b integer, FOREIGN KEY (a, b) REFERENCES parents (a, b) MATCH FULL DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO children VALUES (1, 1, 'one', 1, 1), (2, NULL, NULL, NULL, NULL);

-- To itself, to each other, in a ring of three.
CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree, root integer NOT NULL REFERENCES tree DEFERRABLE);
INSERT INTO tree VALUES (3, 2, 1), (1, NULL, 1), (2, 1, 1);
CREATE TABLE hens (id integer PRIMARY KEY, egg integer NOT NULL);
CREATE TABLE eggs (id integer PRIMARY KEY, hen integer NOT NULL REFERENCES hens);
INSERT INTO hens SELECT i, i + 1 FROM generate_series(1, 9) i;
INSERT INTO hens VALUES (10, 1);
INSERT INTO eggs SELECT i, i FROM generate_series(1, 10) i;
ALTER TABLE hens ADD CONSTRAINT "an egg first" FOREIGN KEY (egg) REFERENCES eggs DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE ring_a (id integer PRIMARY KEY, next integer);
CREATE TABLE ring_b (id integer PRIMARY KEY, next integer REFERENCES ring_a);
CREATE TABLE ring_c (id integer PRIMARY KEY, next integer REFERENCES ring_b);
INSERT INTO ring_a VALUES (1, 1);
INSERT INTO ring_b VALUES (1, 1);
INSERT INTO ring_c VALUES (1, 1);
ALTER TABLE ring_a ADD FOREIGN KEY (next) REFERENCES ring_c;
CREATE TABLE twice (a integer REFERENCES ring_a, b integer REFERENCES ring_a, c integer CONSTRAINT same REFERENCES ring_b);
CREATE TABLE twice_more (c integer CONSTRAINT same REFERENCES ring_b);

-- Not validated: rows that break them are there, and stay.
CREATE TABLE loose (id integer, parent integer, v text);
INSERT INTO loose VALUES (-1, 999, NULL), (2, 1, 'x');
ALTER TABLE loose ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE loose ADD CONSTRAINT "of a parent" FOREIGN KEY (parent) REFERENCES parents NOT VALID;
ALTER TABLE loose ADD CONSTRAINT no_null CHECK (v IS NOT NULL) NO INHERIT NOT VALID;
CREATE DOMAIN even AS integer;
CREATE TABLE of_domain (e even);
INSERT INTO of_domain VALUES (2), (NULL);
ALTER DOMAIN even ADD CONSTRAINT is_even CHECK (VALUE % 2 = 0) NOT VALID;
ALTER DOMAIN even ADD CONSTRAINT "below; million" CHECK (VALUE < 1000000);

-- A check that looks at another table, which comes after this one and holds what it asks for.
CREATE FUNCTION is_known(word text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM keys.words w WHERE w.word = is_known.word);
END $$;
CREATE TABLE a_text (word text CHECK (keys.is_known(word)));
CREATE TABLE words (word text PRIMARY KEY);
INSERT INTO words VALUES ('known'), ('too');
INSERT INTO a_text VALUES ('known'), ('too');
CREATE DOMAIN known_word AS text CHECK (keys.is_known(VALUE));
CREATE DOMAIN known_and_short AS known_word CHECK (length(VALUE) < 100);
CREATE TABLE a_text_too (word known_and_short, list known_word[]);
INSERT INTO a_text_too VALUES ('known', '{too}');
CREATE TABLE of_whole_rows (a integer, b text);
ALTER TABLE of_whole_rows ADD CONSTRAINT whole CHECK (of_whole_rows IS NOT NULL) NOT VALID;
INSERT INTO of_whole_rows VALUES (1, 'b');

CREATE EXTENSION btree_gist;
CREATE TABLE bookings (
    room integer, during tstzrange, cancelled boolean DEFAULT false,
    CONSTRAINT "no two; at once" EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (NOT cancelled),
    EXCLUDE USING gist (during WITH &&) WHERE (room = 0) DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE (room WITH =, (upper(during)) WITH =)
);
INSERT INTO bookings VALUES (1, '[2025-01-01,2025-01-02)'), (1, '[2025-01-02,2025-01-03)'), (2, '(,)');
INSERT INTO bookings VALUES (2, 'empty', true);
CREATE TABLE deferred (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text UNIQUE DEFERRABLE INITIALLY IMMEDIATE);
INSERT INTO deferred VALUES (1, 'x'), (2, NULL);
CREATE UNIQUE INDEX became_a_key ON loose (id);
ALTER TABLE loose ADD CONSTRAINT "key by index" UNIQUE USING INDEX became_a_key;

CREATE TABLE split_parents (id integer, k integer, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE split_parents_1 PARTITION OF split_parents FOR VALUES IN (1);
CREATE TABLE split_parents_2 PARTITION OF split_parents FOR VALUES IN (2);
CREATE TABLE split_children (id integer, k integer, FOREIGN KEY (id, k) REFERENCES split_parents) PARTITION BY HASH (id);
CREATE TABLE split_children_0 PARTITION OF split_children FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE split_children_1 (id integer, k integer, CONSTRAINT own FOREIGN KEY (id, k) REFERENCES split_parents);
ALTER TABLE split_children ATTACH PARTITION split_children_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO split_parents SELECT i, i % 2 + 1 FROM generate_series(1, 10) i;
INSERT INTO split_children SELECT i, i % 2 + 1 FROM generate_series(1, 10) i;

COMMENT ON CONSTRAINT "parents; key" ON parents IS 'a comment; on a key';
COMMENT ON CONSTRAINT positive ON parents IS 'on a check';
COMMENT ON CONSTRAINT "an egg first" ON hens IS 'on a foreign key';
COMMENT ON CONSTRAINT is_even ON DOMAIN even IS 'on a domain''s';
COMMENT ON CONSTRAINT "no two; at once" ON bookings IS 'on an exclusion';

SELECT current_setting('server_version_num')::integer >= 150000 AS since15 \gset
\if :since15
CREATE TABLE one_null (v text UNIQUE NULLS NOT DISTINCT);
INSERT INTO one_null VALUES (NULL), ('x');
CREATE TABLE partly_nulled (id integer, parent integer, k integer,
    FOREIGN KEY (parent, k) REFERENCES split_parents ON DELETE SET NULL (parent));
\endif
