CREATE TABLE midst.no_columns ();
INSERT INTO midst.no_columns DEFAULT VALUES;
INSERT INTO midst.no_columns DEFAULT VALUES;
INSERT INTO midst.no_columns DEFAULT VALUES;

CREATE TABLE midst.empty_table (id integer PRIMARY KEY, note text);

CREATE TABLE "Ödd ""schema""".texts (
    id integer PRIMARY KEY, what text NOT NULL, value text, fixed character(8), short character varying(12)
);
INSERT INTO "Ödd ""schema""".texts VALUES
    (1, 'null', NULL, NULL, NULL),
    (2, 'empty', '', '', ''),
    (3, 'end of data', E'\\.', E'\\.', E'\\.'),
    (4, 'end of data on a line of its own', E'before\n\\.\nafter', NULL, E'a\n\\.\nb'),
    (5, 'the mark of null', E'\\N', E'\\N', 'NULL'),
    (6, 'white space', E' \t\n\r\v\f\b ', '  x', ' y '),
    (7, 'line ends', E'unix\nwindows\r\nold mac\r', E'\r\n', E'\n'),
    (8, 'backslashes', E'\\ \\\\ \\n \\t \\x41 \\101', E'\\\\', E'C:\\new'),
    (9, 'quotes', E'\' '' " "" $$ $tag$ ; -- /* */ :name @name ?', '''''', '""'),
    (10, 'controls', E'\x01\x02\x1b[31m\x7f', E'\x01', NULL),
    (11, 'unicode', E'\u00df\u4e2d\U0001f3ad\u200d\u0301\ufeff\u202e', 'ßßßßßßßß', '中文'),
    (12, 'looks like SQL', E'COPY t FROM stdin;\n1\n\\.\nDROP TABLE t;\n\\connect x', NULL, NULL);
INSERT INTO "Ödd ""schema""".texts
SELECT 13, 'one megabyte', string_agg(md5(i::text), E'\n' ORDER BY i) FROM generate_series(1, 31776) AS i;
INSERT INTO "Ödd ""schema""".texts SELECT 14, 'compresses well', repeat('na', 500000);

CREATE TABLE "Ödd ""schema""".numbers (id integer PRIMARY KEY, n numeric, f4 real, f8 double precision, i2 smallint, i8 bigint, m money);
INSERT INTO "Ödd ""schema""".numbers VALUES
    (1, 'NaN', 'NaN', 'NaN', NULL, NULL, NULL),
    (2, 'Infinity', 'Infinity', 'Infinity', 32767, 9223372036854775807, 0::numeric::money),
    (3, '-Infinity', '-Infinity', '-Infinity', -32768, '-9223372036854775808', (-1)::numeric::money),
    (4, 0.10000, 0.1, 0.30000000000000004, 0, 0, 1234567.89::numeric::money),
    (5, '-0.000', '-0', '-0', -1, -1, NULL),
    (6, ('1' || repeat('0', 1000) || '.' || repeat('7', 500))::numeric, 1e-45, 5e-324, 1, 1, NULL),
    (7, 1e-300, 3.4028235e38, 1.7976931348623157e308, 2, 2, NULL);

CREATE TABLE "Ödd ""schema""".times (
    id integer PRIMARY KEY, d date, t time, tz time with time zone, ts timestamp,
    tstz timestamp with time zone, i interval, i0 interval day to second (0)
);
INSERT INTO "Ödd ""schema""".times VALUES
    (1, 'infinity', '24:00:00', '24:00:00-15:59', 'infinity', 'infinity', '-1 year +2 days -03:04:05.678901', '1 day 00:00:01.6'),
    (2, '-infinity', '00:00:00', '00:00:00+15:59', '-infinity', '-infinity', '0', '0'),
    (3, '4713-01-01 BC', '12:34:56.789012', '12:34:56.7+02', '4713-01-01 00:00:00 BC',
        '4713-01-02 00:00:00+00 BC', '178000000 years', NULL),
    (4, '5874897-12-31', '23:59:60', '23:59:59.999999+00', '294276-12-31 23:59:59.999999',
        '294276-12-31 23:59:59.999999+00', '1 mon -1 day', NULL),
    (5, '1999-12-31', NULL, NULL, '2025-10-26 02:30:00', '2025-10-26 02:30:00+01', '-00:00:00.000001', NULL),
    (6, '1883-11-18', NULL, NULL, '1883-11-18 12:03:57', '1883-11-18 12:03:57-04:56:02', NULL, NULL);

CREATE TABLE "Ödd ""schema""".things (
    id integer PRIMARY KEY, ip inet, net cidr, mac macaddr, mac8 macaddr8, b bit(5), vb bit varying, flag boolean, c "char", n name,
    p point, l line, seg lseg, bx box, pth path, poly polygon, circ circle,
    js json, jb jsonb, jp jsonpath, v tsvector, q tsquery, u uuid, bin bytea, cls regclass, lsn pg_lsn, r numrange, mr int8multirange
);
INSERT INTO "Ödd ""schema""".things VALUES
    (1, '::ffff:1.2.3.4/96', '10.1.0.0/16', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'1', true, 'x', 'a name',
        '(1e-300,-0)', '{1,-1,0.5}', '[(0,0),(1,1)]', '((1,1),(0,0))', '[(0,0),(1,2),(3,4)]', '((0,0),(0,1),(1,0))', '<(1,2),3.5>',
        E'{ "a": 1,\n  "a": [2,  null], "\\u00e9": "\\\\" }', '{"b": {"c": [1.10, "\\", "\u00e9\"", null]}, "a": 1e3}',
        '$."a b"[*] ? (@ > 1)',
        '''it''''s'':1A,3 fat:2B c:4', '''a b'' & !(c:*A | d) <-> e', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\x00ff5c2e0a0d09',
        'pg_catalog.pg_class', '16/B374D848', '[1.5,)', '{[1,3),[5,)}'),
    (2, '0.0.0.0', '::/0', NULL, NULL, B'00000', B'', false, '', '',
        NULL, NULL, NULL, NULL, '((0,0))', NULL, '<(0,0),0>', '"text"', 'null', '$', '', '', NULL, '', NULL, '0/0', 'empty', '{}');

CREATE TABLE "Ödd ""schema""".lists (
    id integer PRIMARY KEY, i integer[], t text[], moods midst.mood[],
    homes midst.address[], home midst.address, mails midst.email[]
);
INSERT INTO "Ödd ""schema""".lists VALUES
    (1, '{}', '{}', '{}', '{}', NULL, '{}'),
    (2, '[0:2]={1,NULL,3}', ARRAY['', NULL, 'NULL', 'null', '{', '"', '\', ',', ' '], ARRAY['calm', 'it''s complicated']::midst.mood[],
        ARRAY[ROW('a "b", (c)\', '1', NULL, '(1,2)')::midst.address, NULL], ROW(NULL, NULL, NULL, NULL), ARRAY['a@b', NULL]::midst.email[]),
    (3, '{{1,2},{3,4}}', ARRAY[[E'a\nb', E'\\.'], [E'\t', 'ü']], NULL, NULL, ROW('', '', '', NULL), NULL);

CREATE TABLE "Ödd ""schema""".lines_of_bytes AS
SELECT i AS id, set_byte('\x0000'::bytea, 1, i) AS value FROM generate_series(0, 255) AS i;

CREATE TABLE "Ödd ""schema"""."select" (
    "order" integer PRIMARY KEY, "from" text, "camelCase" text, "with ""quote""" text, "semi;colon" text,
    "back\slash" text, "naïve 名前 🎭" text, " blanks " text, "line
break" text, "per%cent{0}" text, "it's" text GENERATED ALWAYS AS ("from" || '!') STORED
);
INSERT INTO "Ödd ""schema"""."select"
SELECT i, 'from ' || i, 'camel', '"', ';', '\', '🎭', ' ', E'\n', '%s' FROM generate_series(1, 20) AS i;

CREATE TABLE "Ödd ""schema"""."Select" (id integer PRIMARY KEY, "Id" integer, "ID" integer);
INSERT INTO "Ödd ""schema"""."Select" VALUES (1, 2, 3);

CREATE TABLE midst.a_name_as_long_as_the_server_will_let_it_be_sixty_three_bytes_x (
    another_name_of_sixty_three_bytes_so_no_suffix_may_be_added_to_ integer PRIMARY KEY,
    "ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßx" text
);
INSERT INTO midst.a_name_as_long_as_the_server_will_let_it_be_sixty_three_bytes_x VALUES (1, 'one'), (2, NULL);

CREATE TABLE public."My Table; DROP TABLE x --" (id integer GENERATED BY DEFAULT AS IDENTITY, value text);
INSERT INTO public."My Table; DROP TABLE x --" (value) VALUES ('still here');
-- Rows from before the column have its default from the catalogue, not from their page.
ALTER TABLE public."My Table; DROP TABLE x --" ADD COLUMN added text DEFAULT 'was not there before';

DO $xml$
BEGIN
    PERFORM '<a/>'::xml;
    EXECUTE 'CREATE TABLE midst.papers (id integer PRIMARY KEY, content xml)';
    EXECUTE $insert$ INSERT INTO midst.papers VALUES
        (1, '<a b="&lt;&amp;">é</a>'), (2, '<?xml version="1.0"?><a/>'), (3, 'only text'), (4, '') $insert$;
EXCEPTION
    WHEN feature_not_supported THEN
        NULL; -- a server built without libxml has no values of this type to lose
END
$xml$;
