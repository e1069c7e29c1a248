-- Chapter 8, data types: a column of each, alone, as an array, in a domain, in a composite.
CREATE SCHEMA "types; of all";
SET search_path = "types; of all", public;
SET TimeZone = 'Asia/Kathmandu';
SET extra_float_digits = 3;

CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TYPE mood ADD VALUE 'before; it''s "odd"' BEFORE 'ok';
ALTER TYPE mood ADD VALUE 'happy' AFTER 'ok';
CREATE TYPE no_values AS ENUM ();
CREATE TYPE empty_row AS ();
CREATE DOMAIN short AS varchar(10) COLLATE "C" DEFAULT 'x' NOT NULL CONSTRAINT "no; blank" CHECK (VALUE !~ ' ');
CREATE DOMAIN shorter AS short CHECK (length(VALUE) < 5);
CREATE DOMAIN moods AS mood[] CHECK (cardinality(VALUE) < 4);
CREATE TYPE point3 AS (x float8, "y; z" numeric(8,3), tags text[], m mood, s shorter);
CREATE DOMAIN flat AS point3 CHECK ((VALUE)."y; z" IS NULL OR (VALUE).x > -100);
CREATE TYPE nested AS (p point3, ps point3[], f flat);
CREATE TYPE shell;
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = "many; floats");
CREATE FUNCTION text_distance(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT 0.0::float8 $$;
CREATE TYPE text_range AS RANGE (subtype = text, collation = "C", subtype_opclass = pg_catalog.text_pattern_ops, subtype_diff = text_distance);
CREATE DOMAIN some_range AS int4range CHECK (NOT isempty(VALUE));

CREATE TABLE numbers (i2 smallint, i4 integer, i8 bigint, n numeric, n2 numeric(10,2), f4 real, f8 float8, m money, o oid, b boolean);
INSERT INTO numbers VALUES
    (-32768, -2147483648, '-9223372036854775808', 'NaN', '-0.00', '-0', 'NaN', '-92233720368547758.08', 0, true),
    (32767, 2147483647, 9223372036854775807, '-Infinity', 'NaN', 'Infinity', '-Infinity', '$1,234.56', 4294967295, false),
    (0, 0, 0, '0.000000000000000000000000000001000', 99999999.99, '1.17549435e-38', 0.1::float8 + 0.2::float8, '0', 1, NULL),
    (NULL, NULL, NULL, repeat('9', 2000)::numeric, NULL, '3.4028235e38', '5e-324', NULL, NULL, NULL);
CREATE TABLE words (c char, c5 char(5), bp bpchar, v varchar, v3 varchar(3), t text, n name, s "char", x bytea, sh short, shs shorter[]);
INSERT INTO words VALUES
    ('', '', '  two', '', '', '', '', '', '', '', '{}'),
    ('x', ' a', 'b ', E'\\', E'\\.', E'\b\f\n\r\t\v\x01\x7f\\x41\\N', E'a\nb', E'\\200', '\x000a0d09085c2e', 'ok', ARRAY['a', 'b']::shorter[]),
    ('ß', '名', '🎭', E'\u202e', E'\n\n\n', repeat(E'\\.\n', 1000), repeat('n', 63), E'\001', decode(repeat('00ff', 3000), 'hex'), 'y', NULL);
CREATE TABLE times (d date, t time(2), tt timetz, ts timestamp(0), tz timestamptz, i interval, iy interval year to month, ids interval second(1));
INSERT INTO times VALUES
    ('infinity', '24:00', '24:00:00-15:59:59', '-infinity', 'infinity', '-178000000 years -11 mons', '-1-2', '59.96'),
    ('4713-01-01 BC', '00:00:00.009', '00:00:00.000001+15:59', '4713-01-01 BC', '4713-01-02 BC', '-1 mon +1 day -00:00:00.000001', '0', '-1'),
    ('5874897-12-31', NULL, NULL, '294276-12-31 23:59:59', '2025-03-30 02:30:00 Europe/Berlin', 'P1Y2M3DT4H5M6.789S', NULL, NULL);
CREATE TABLE places (p point, l line, s lseg, b box, pt path, pg polygon, c circle, i inet, ci cidr, m macaddr, m8 macaddr8);
INSERT INTO places VALUES
    ('(NaN,-0)', '{1,2,3}', '[(1e308,1),(2,2)]', '((1,2),(-3,-4))', '[(1,2),(3,4)]', '((0,0),(1,1),(1,0))', '<(0,0),Infinity>',
        '::ffff:10.0.0.1/120', '2001:db8::/32', '08:00:2b:01:02:03', '08:00:2b:ff:fe:01:02:03'),
    ('(0.1,1e-300)', NULL, NULL, NULL, '((1,2))', NULL, NULL, '10.1.2.3/8', '10', NULL, NULL);
CREATE TABLE others (
    u uuid, j json, jb jsonb, jp jsonpath, v tsvector, q tsquery, bi bit, b9 bit(9), vb varbit(5), vb0 varbit, l pg_lsn, x xid, x8 xid8, c cid, td tid,
    sn pg_snapshot, ts txid_snapshot, i2v int2vector, ov oidvector, a aclitem, rc refcursor
);
INSERT INTO others VALUES (
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', E'{"a":1, "a" :\n2.0, "\\u0000":"\\u00e9\\\\"}', '{"b":[1.10,null,"\\\"\u00e9"],"a":{}}',
    'strict $."a b"[*] ? (@.x like_regex "^\\d+$" flag "i" && @ > 1.5e3)', 'a:1A,2 ''it''''s'':3B ''b\\c'':16383', '!a & (b:*AB <-> ''c d'' | e <3> f)',
    B'1', B'101010101', B'', B'1111', 'FFFFFFFF/FFFFFFFF', '4294967295', '18446744073709551615', '7', '(4294967295,65535)',
    '10:20:10,14,15', '10:20:10', '1 2 3', '1 -1', NULL, 'a cursor; "quoted"');
INSERT INTO others DEFAULT VALUES;
CREATE TABLE registered (c regclass, p regproc, pr regprocedure, o regoper, op regoperator, t regtype, co regconfig, d regdictionary, n regnamespace, r regrole, cl regcollation);
INSERT INTO registered VALUES
    ('numbers', 'text_distance', 'text_distance(text,text)', '|/', '+(integer,integer)', 'point3', 'english', 'simple', '"types; of all"', 'postgres', '"C"'),
    ('pg_class', 'now', 'now()', NULL, '-(none,integer)', 'timestamptz', NULL, NULL, NULL, NULL, NULL), (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
CREATE TABLE ranges (
    i4 int4range, i8 int8range, n numrange, ts tsrange, tz tstzrange, d daterange, f float_range, t text_range, s some_range,
    i4m int4multirange, i8m int8multirange, nm nummultirange, tsm tsmultirange, tzm tstzmultirange, dm datemultirange, fm "many; floats", rs int4range[]
);
INSERT INTO ranges VALUES
    ('empty', '(,)', '[1.10,1.10]', '[-infinity,infinity)', '(2025-01-01,2025-06-01 12:00+02]', '[2025-01-01,infinity]', '[-0,NaN)', '["a,b","c""\\d")', '[1,2)',
        '{}', '{(,)}', '{[1,2),[3,3]}', '{[2025-01-01,2025-01-02)}', '{(,2025-01-01 00:00+00)}', '{[2025-01-01,2025-02-01)}', '{(1e300,)}', '{"[1,2)",NULL,empty}');
CREATE TABLE composed (
    p point3, n nested, f flat, ps point3[], e mood, es mood[], md moods, mds moods[], a integer[], a3 text[][][], j jsonb[], by bytea[], iv interval[], em empty_row, w words
);
INSERT INTO composed VALUES
    (ROW('NaN', 1.5, '{a,"b,c",NULL,"NULL"}', 'happy', 'abc'), ROW(ROW(1, NULL, NULL, NULL, 'x'), ARRAY[ROW(2, 3, '{}', 'sad', 'y')::point3, NULL], NULL),
        ROW(1, 1, NULL, NULL, 'z'), '{}', 'before; it''s "odd"', '{sad,"before; it''s \"odd\"",NULL}', '{ok,ok}', ARRAY['{sad}', '{}', NULL]::moods[],
        '[-1:1][2:2]={{1},{2},{NULL}}', '{{{"","\\","\""}},{{",","{","}"}}}', ARRAY['{"a":[1]}', 'null', NULL]::jsonb[],
        ARRAY['\x5c', '\x']::bytea[], '{"1 day -00:00:01","-1 mons"}', ROW(), (SELECT w FROM words w WHERE c = 'x')),
    (NULL, ROW(NULL, NULL, NULL), NULL, NULL, NULL, NULL, NULL, NULL, '{}', '{}', '{}', '{}', '{}', NULL, NULL);
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION ltree;
CREATE EXTENSION cube;
CREATE EXTENSION isn;
CREATE EXTENSION intarray;
CREATE TABLE of_extensions (h hstore, hs hstore[], c citext PRIMARY KEY, l ltree, q lquery, cu cube, i isbn13, qi query_int);
INSERT INTO of_extensions VALUES
    ('"a b"=>"c\"d\\", n=>NULL', '{"a=>1",NULL}', 'MiXed', 'Top.Science', '*.!a|b*{1,}', '(1,2),(3,4)', '978-0-393-04002-9', '1&(2|!3)'),
    ('', NULL, '', '', NULL, '(0)', NULL, NULL);
-- A type whose column is the table's own row type, and one of a view's.
CREATE TABLE of_tables (r numbers, v others, m registered[]);
INSERT INTO of_tables SELECT numbers, NULL, NULL FROM numbers;
CREATE VIEW a_view AS SELECT 1 AS a, 'x'::text AS b;
CREATE TABLE of_views (v a_view, vs a_view[]);
INSERT INTO of_views VALUES (ROW(1, E'x,")\\'), ARRAY[ROW(2, NULL)::a_view]);
DO $$
BEGIN
    EXECUTE 'CREATE TABLE papers (x xml, xs xml[])';
    EXECUTE $i$ INSERT INTO papers VALUES ('<a b="&lt;">é<![CDATA[ ]]></a>', ARRAY['<?xml version="1.0"?><r/>'::xml, 'just text', '']),
        (XMLPARSE(DOCUMENT '<!DOCTYPE r><r/>'), NULL) $i$;
EXCEPTION WHEN feature_not_supported THEN NULL; -- a server without libxml has none to lose
END $$;
COMMENT ON TYPE mood IS 'an enumeration';
COMMENT ON TYPE point3 IS 'a composite';
COMMENT ON COLUMN point3."y; z" IS 'a column of a composite';
COMMENT ON TYPE float_range IS 'a range';
COMMENT ON DOMAIN short IS 'a domain';
COMMENT ON TYPE shell IS 'no type yet';
