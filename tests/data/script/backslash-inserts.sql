--
-- PostgreSQL database dump
--

\restrict lmnv90syfsZ8TWkjkosdKSdtpoa2XrJl4tvPTlLewdoQmgU6fVrTlc357IcZvpN

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = off;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET escape_string_warning = off;
SET row_security = off;

--
-- Name: we;ird "schema"; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "we;ird ""schema""";


ALTER SCHEMA "we;ird ""schema""" OWNER TO postgres;

--
-- Name: dom; Type: DOMAIN; Schema: public; Owner: postgres
--

CREATE DOMAIN public.dom AS text
	CONSTRAINT dom_check CHECK (((VALUE <> '\\;'::text) AND (VALUE !~ ';$'::text)));


ALTER DOMAIN public.dom OWNER TO postgres;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'it''s; fine',
    'back\\slash',
    '$$',
    'ünïcode — ソ表'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: TYPE mood; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TYPE public.mood IS 'a comment; with ''quotes'', \\backslashes\\ and
a newline
\\connect nowhere
-- Name: fake; Type: TABLE; Schema: x; Owner: y
/* open';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log (
    id integer,
    what text
);


ALTER TABLE public.log OWNER TO postgres;

--
-- Name: TABLE log; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.log IS ' $$ ; '' " \\ ';


--
-- Name: atomic(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.atomic(a integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public.log (id, what)
   VALUES (atomic.a, 'x;'::text);
 UPDATE public.log SET what =
         CASE
             WHEN (atomic.a > 1) THEN 'END;'::text
             ELSE
             CASE
                 WHEN (atomic.a < 0) THEN '\\;'::text
                 ELSE '('::text
             END
         END
   WHERE (log.id = atomic.a);
 SELECT
         CASE a
             WHEN 1 THEN 2
             ELSE 3
         END AS "case";
END;


ALTER FUNCTION public.atomic(a integer) OWNER TO postgres;

--
-- Name: atomicproc(integer); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.atomicproc(INOUT "end;" integer)
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT count(*) AS "case"
    FROM public.log "end"
   WHERE
         CASE
             WHEN ("end".id > 2) THEN true
             ELSE false
         END;
 SELECT ("end;" + 1);
END;


ALTER PROCEDURE public.atomicproc(INOUT "end;" integer) OWNER TO postgres;

--
-- Name: create or replace function(integer, integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public."create or replace function"("a$b$" integer, "c$$" integer) RETURNS integer
    LANGUAGE sql
    AS 'SELECT $1';


ALTER FUNCTION public."create or replace function"("a$b$" integer, "c$$" integer) OWNER TO postgres;

--
-- Name: et(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.et() RETURNS event_trigger
    LANGUAGE plpgsql
    AS 'BEGIN END';


ALTER FUNCTION public.et() OWNER TO postgres;

--
-- Name: lineslash(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.lineslash() RETURNS text
    LANGUAGE sql
    AS '
\\connect evil
\\.
SELECT ''x'';
';


ALTER FUNCTION public.lineslash() OWNER TO postgres;

--
-- Name: plain(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.plain() RETURNS text
    LANGUAGE plpgsql
    AS '
DECLARE x text := $q$ ; $$ $q$;
BEGIN
  -- a comment; with ''an open quote
  /* and ; another "one */
  IF x = ''\\'' THEN RETURN E''\\'';''; END IF;
  RETURN $_$ $ $_$ || $x1$;$x1$;
END;
';


ALTER FUNCTION public.plain() OWNER TO postgres;

--
-- Name: FUNCTION plain(); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.plain() IS 'ends with backslash \\';


--
-- Name: returns_expr(text); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.returns_expr(a text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ((a = ';'::text) OR (a IS NULL));


ALTER FUNCTION public.returns_expr(a text) OWNER TO postgres;

--
-- Name: tagged(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.tagged() RETURNS text
    LANGUAGE sql
    AS 'SELECT $$;$$ || $_$ x $_$ || ''\\.'';';


ALTER FUNCTION public.tagged() OWNER TO postgres;

--
-- Name: agg(integer); Type: AGGREGATE; Schema: public; Owner: postgres
--

CREATE AGGREGATE public.agg(integer) (
    SFUNC = int4pl,
    STYPE = integer,
    INITCOND = '0'
);


ALTER AGGREGATE public.agg(integer) OWNER TO postgres;

--
-- Name: ?-|`; Type: OPERATOR; Schema: public; Owner: postgres
--

CREATE OPERATOR public.?-|` (
    FUNCTION = int4mi,
    LEFTARG = integer,
    RIGHTARG = integer
);


ALTER OPERATOR public.?-|` (integer, integer) OWNER TO postgres;

--
-- Name: |@#*/; Type: OPERATOR; Schema: public; Owner: postgres
--

CREATE OPERATOR public.|@#*/ (
    FUNCTION = int4pl,
    LEFTARG = integer,
    RIGHTARG = integer
);


ALTER OPERATOR public.|@#*/ (integer, integer) OWNER TO postgres;

--
-- Name: d1; Type: TEXT SEARCH DICTIONARY; Schema: public; Owner: postgres
--

CREATE TEXT SEARCH DICTIONARY public.d1 (
    TEMPLATE = pg_catalog.simple,
    accept = 'true' );


ALTER TEXT SEARCH DICTIONARY public.d1 OWNER TO postgres;

--
-- Name: mv; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.mv AS
 SELECT count(*) AS n
   FROM public.log
  WITH NO DATA;


ALTER TABLE public.mv OWNER TO postgres;

--
-- Name: nothing; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.nothing (
);


ALTER TABLE public.nothing OWNER TO postgres;

--
-- Name: odd;table; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."odd;table" (
    id integer NOT NULL,
    "a""b;c" text DEFAULT 'x;''\\'::text,
    d text DEFAULT 'tab	here\\'::text,
    m public.mood,
    CONSTRAINT "c;k" CHECK (((d <> ';'::text) AND (d !~ '^\\\\s*$$\\('::text)))
);


ALTER TABLE public."odd;table" OWNER TO postgres;

--
-- Name: ops; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.ops AS
 SELECT (5 - '-3'::integer) AS a,
    (2 * '-3'::integer) AS b,
    (7 / 2) AS c,
    ('{"a;": 1}'::jsonb -> 'a;'::text) AS d;


ALTER TABLE public.ops OWNER TO postgres;

--
-- Name: other; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.other (
    id integer NOT NULL,
    v text,
    arr text[] DEFAULT ARRAY['a;b'::text, '('::text, ''''::text]
);


ALTER TABLE public.other OWNER TO postgres;

--
-- Name: other_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.other_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.other_id_seq OWNER TO postgres;

--
-- Name: other_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.other_id_seq OWNED BY public.other.id;


--
-- Name: part; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.part (
    id integer,
    k text
)
PARTITION BY LIST (k);


ALTER TABLE public.part OWNER TO postgres;

--
-- Name: part1; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.part1 (
    id integer,
    k text
);


ALTER TABLE public.part1 OWNER TO postgres;

--
-- Name: v; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v AS
 SELECT "a$1".id,
    ';'::text AS "se;mi",
    ('it''s'::text || '\\'::text) AS s
   FROM public.log "a$1"
  WHERE (("a$1".what ~ '\\(;'::text) OR (("a$1".id >= '-1'::integer) AND ("a$1".id <= 1)));


ALTER TABLE public.v OWNER TO postgres;

--
-- Name: v2; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v2 AS
 SELECT (1 OPERATOR(public.?-|`) 2) AS x;


ALTER TABLE public.v2 OWNER TO postgres;

--
-- Name: sq; Type: SEQUENCE; Schema: we;ird "schema"; Owner: postgres
--

CREATE SEQUENCE "we;ird ""schema""".sq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE "we;ird ""schema""".sq OWNER TO postgres;

--
-- Name: part1; Type: TABLE ATTACH; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.part ATTACH PARTITION public.part1 FOR VALUES IN (';', '\\', '''');


--
-- Name: other id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.other ALTER COLUMN id SET DEFAULT nextval('public.other_id_seq'::regclass);


--
-- Name: 777; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('777');


ALTER LARGE OBJECT 777 OWNER TO postgres;

--
-- Name: LARGE OBJECT 777; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON LARGE OBJECT 777 IS 'lo; ''x''';


--
-- Data for Name: log; Type: TABLE DATA; Schema: public; Owner: postgres
--



--
-- Data for Name: nothing; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.nothing DEFAULT VALUES;


--
-- Data for Name: odd;table; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public."odd;table" VALUES (1, 'semi;colon', 'back\\slash \\. \\N', 'back\\slash');
INSERT INTO public."odd;table" VALUES (2, 'line
\\.
other; -- no comment', '\\.', '$$');
INSERT INTO public."odd;table" VALUES (3, '\\', '	
', 'it''s; fine');
INSERT INTO public."odd;table" VALUES (4, NULL, '', 'ünïcode — ソ表');
INSERT INTO public."odd;table" VALUES (5, '
\\.
\\restrict x', '\\connect x', NULL);


--
-- Data for Name: other; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.other VALUES (1, 'row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (2, 'row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (3, 'row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (4, 'row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (5, 'row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (6, 'row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (7, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (8, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (9, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (10, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (11, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (12, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (13, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (14, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (15, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (16, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (17, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (18, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (19, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');
INSERT INTO public.other VALUES (20, 'row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\row;\\', '{a;b,(,''}');


--
-- Data for Name: part1; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.part1 VALUES (1, ';');
INSERT INTO public.part1 VALUES (2, '\\');
INSERT INTO public.part1 VALUES (3, '''');


--
-- Name: other_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.other_id_seq', 20, true);


--
-- Name: sq; Type: SEQUENCE SET; Schema: we;ird "schema"; Owner: postgres
--

SELECT pg_catalog.setval('"we;ird ""schema""".sq', 42, true);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('777', 131072);
SELECT pg_catalog.lowrite(0, '\\x5c2e0a3b');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: odd;table odd;table_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."odd;table"
    ADD CONSTRAINT "odd;table_pkey" PRIMARY KEY (id);


--
-- Name: i;x; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX "i;x" ON public.log USING btree (lower(what)) WHERE (what <> ';'::text);


--
-- Name: st; Type: STATISTICS; Schema: we;ird "schema"; Owner: postgres
--

CREATE STATISTICS "we;ird ""schema""".st ON id, what FROM public.log;


ALTER STATISTICS "we;ird ""schema""".st OWNER TO postgres;

--
-- Name: other r1; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r1 AS
    ON INSERT TO public.other
   WHERE (new.v = ';)'::text) DO ( INSERT INTO public.log (id, what)
  VALUES (1, 'a;('::text);
 DELETE FROM public.log
  WHERE (log.what = '\\;'::text);
);


--
-- Name: log r2; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r2 AS
    ON DELETE TO public.log DO INSTEAD NOTHING;


--
-- Name: other r3; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE r3 AS
    ON UPDATE TO public.other DO
 NOTIFY other;


--
-- Name: log t;g; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER "t;g" BEFORE INSERT ON public.log FOR EACH ROW WHEN ((new.what <> 'a;''b'::text)) EXECUTE FUNCTION suppress_redundant_updates_trigger();


--
-- Name: log; Type: ROW SECURITY; Schema: public; Owner: postgres
--

ALTER TABLE public.log ENABLE ROW LEVEL SECURITY;

--
-- Name: log p;1; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY "p;1" ON public.log USING ((what <> (';'::text || '\\'::text)));


--
-- Name: et; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--

CREATE EVENT TRIGGER et ON ddl_command_end
         WHEN TAG IN ('CREATE TABLE')
   EXECUTE FUNCTION public.et();


ALTER EVENT TRIGGER et OWNER TO postgres;

--
-- Name: mv; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.mv;


--
-- PostgreSQL database dump complete
--

\unrestrict lmnv90syfsZ8TWkjkosdKSdtpoa2XrJl4tvPTlLewdoQmgU6fVrTlc357IcZvpN

