SET check_function_bodies = off;
CREATE SCHEMA "we;ird ""schema""";
CREATE TYPE public.mood AS ENUM ('it''s; fine', 'back\slash', '$$', 'ünïcode — ソ表');
COMMENT ON TYPE public.mood IS E'a comment; with ''quotes'', \\backslashes\\ and\na newline\n\\connect nowhere\n-- Name: fake; Type: TABLE; Schema: x; Owner: y\n/* open';
CREATE TABLE public."odd;table" (id integer PRIMARY KEY, "a""b;c" text DEFAULT 'x;''\', d text DEFAULT E'tab\there\\', m public.mood, CONSTRAINT "c;k" CHECK (d <> ';' AND d !~ '^\\s*$$\('));
INSERT INTO public."odd;table" VALUES (1, 'semi;colon', E'back\\slash \\. \\N', 'back\slash'), (2, E'line\n\\.\nother; -- no comment', E'\\.', '$$'), (3, E'\\', E'\t\r\n', 'it''s; fine'), (4, NULL, '', 'ünïcode — ソ表'), (5, E'\n\\.\r\n\\restrict x', E'\\connect x', NULL);
CREATE TABLE public.other (id serial, v text, arr text[] DEFAULT ARRAY['a;b', '(', '''']);
INSERT INTO public.other (v) SELECT repeat(E'row;\\', g) FROM generate_series(1, 20) g;
CREATE TABLE public.nothing ();
INSERT INTO public.nothing DEFAULT VALUES;
CREATE TABLE public.log (id integer, what text);
CREATE RULE r1 AS ON INSERT TO public.other WHERE NEW.v = ';)' DO ALSO (INSERT INTO public.log VALUES (1, 'a;('); DELETE FROM public.log WHERE what = E'\\;');
CREATE RULE r3 AS ON UPDATE TO public.other DO ALSO NOTIFY other;
CREATE RULE r2 AS ON DELETE TO public.log DO INSTEAD NOTHING;
CREATE FUNCTION public.plain() RETURNS text LANGUAGE plpgsql AS $body$
DECLARE x text := $q$ ; $$ $q$;
BEGIN
  -- a comment; with 'an open quote
  /* and ; another "one */
  IF x = '\' THEN RETURN E'\';'; END IF;
  RETURN $_$ $ $_$ || $x1$;$x1$;
END;
$body$;
CREATE FUNCTION public.tagged() RETURNS text LANGUAGE sql AS 'SELECT $$;$$ || $_$ x $_$ || ''\.'';';
CREATE FUNCTION public.lineslash() RETURNS text LANGUAGE sql AS '
\connect evil
\.
SELECT ''x'';
';
CREATE FUNCTION public.atomic(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
  INSERT INTO public.log VALUES (a, 'x;');
  UPDATE public.log SET what = CASE WHEN a > 1 THEN 'END;' ELSE CASE WHEN a < 0 THEN E'\\;' ELSE '(' END END WHERE id = a;
  SELECT CASE a WHEN 1 THEN 2 ELSE 3 END;
END;
CREATE PROCEDURE public.atomicproc(INOUT "end;" integer) LANGUAGE sql BEGIN ATOMIC
  SELECT count(*) AS "case" FROM public.log AS "end" WHERE (CASE WHEN ("end".id > 2) THEN true ELSE false END);
  SELECT "end;" + 1;
END;
CREATE FUNCTION public.returns_expr(a text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN a = ';' OR a IS NULL;
CREATE FUNCTION public."create or replace function"(a$b$ integer, c$$ integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE VIEW public.v AS SELECT a$1.id, ';' AS "se;mi", 'it''s' || E'\\' AS s FROM public.log a$1 WHERE what ~ '\(;' OR a$1.id BETWEEN -1 AND - -1;
CREATE VIEW public.ops AS SELECT 5 - -3 AS a, 2 * - 3 AS b, 7 / 2 AS c, '{"a;":1}'::jsonb -> 'a;' AS d;
CREATE OPERATOR public.|@#*/ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl);
CREATE OPERATOR public.?-|` (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4mi);
CREATE VIEW public.v2 AS SELECT 1 OPERATOR(public.?-|`) 2 AS x;
CREATE INDEX "i;x" ON public.log (lower(what)) WHERE what <> ';';
CREATE TRIGGER "t;g" BEFORE INSERT ON public.log FOR EACH ROW WHEN (NEW.what <> 'a;''b') EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE MATERIALIZED VIEW public.mv AS SELECT count(*) AS n FROM public.log;
CREATE POLICY "p;1" ON public.log USING (what <> ';' || E'\\');
ALTER TABLE public.log ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE public.log IS $x$ $$ ; ' " \ $x$;
COMMENT ON FUNCTION public.plain() IS 'ends with backslash \';
CREATE DOMAIN public.dom AS text CHECK (VALUE <> E'\\;' AND VALUE !~ ';$');
CREATE AGGREGATE public.agg (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE STATISTICS "we;ird ""schema""".st ON id, what FROM public.log;
CREATE TEXT SEARCH DICTIONARY public.d1 (TEMPLATE = simple, ACCEPT = 'true');
CREATE SEQUENCE "we;ird ""schema""".sq; SELECT setval('"we;ird ""schema""".sq', 42);
SELECT lo_from_bytea(777, '\x5c2e0a3b'::bytea);
COMMENT ON LARGE OBJECT 777 IS 'lo; ''x''';
CREATE TABLE public.part (id integer, k text) PARTITION BY LIST (k);
CREATE TABLE public.part1 PARTITION OF public.part FOR VALUES IN (';', E'\\', '''');
INSERT INTO public.part VALUES (1, ';'), (2, E'\\'), (3, '''');
CREATE FUNCTION public.et() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE EVENT TRIGGER et ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.et();
