--
-- PostgreSQL database dump
--

\restrict AjWqZFMFyElYwwkSXvJPAskCoSLAo3ClghgUnYidqxr16OSZKiHWmA0tyH24FGZ

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'SJIS';
SET standard_conforming_strings = off;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET escape_string_warning = off;
SET row_security = off;

--
-- Name: 表(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public."表"() RETURNS text
    LANGUAGE sql
    AS $$ SELECT 'ソ;' || E'\\表' || '十' $$;


ALTER FUNCTION public."表"() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: 表;ソ; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."表;ソ" (
    id integer,
    "能" text DEFAULT '予定表'::text,
    "申" text
);


ALTER TABLE public."表;ソ" OWNER TO postgres;

--
-- Name: TABLE "表;ソ"; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public."表;ソ" IS 'ソ表能; ''貼''';


--
-- Name: COLUMN "表;ソ"."能"; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public."表;ソ"."能" IS '構ソ';


--
-- Name: 十; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public."十" AS
 SELECT "表;ソ"."能",
    ('ソ'::text || '\\;'::text) AS "ソ表"
   FROM public."表;ソ"
  WHERE ("表;ソ"."申" <> '表'::text);


ALTER TABLE public."十" OWNER TO postgres;

--
-- Data for Name: 表;ソ; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public."表;ソ" VALUES (1, 'ソ', '表');
INSERT INTO public."表;ソ" VALUES (2, '\\', 'ソ\\');
INSERT INTO public."表;ソ" VALUES (3, '能;''', '
\\.
表');


--
-- PostgreSQL database dump complete
--

\unrestrict AjWqZFMFyElYwwkSXvJPAskCoSLAo3ClghgUnYidqxr16OSZKiHWmA0tyH24FGZ

