--
-- PostgreSQL database dump
--

\restrict sNoIs4rBw1QzUxfPVcKPXdcaeupYLkYZl5Phz8XiO3wpDEY7PVeG7t18FiEyJzr

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'LATIN1';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS text
    LANGUAGE sql
    AS $$ SELECT 'ü;\' $$;


ALTER FUNCTION public.f() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: t; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.t (
    id integer,
    v text DEFAULT 'é;\'::text,
    "ñ;" text
);


ALTER TABLE public.t OWNER TO postgres;

--
-- Name: TABLE t; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.t IS 'Größe; ''x'' \';


--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.t VALUES (1, 'é\', 'ß;');
INSERT INTO public.t VALUES (2, '\.', '
\.
');


--
-- PostgreSQL database dump complete
--

\unrestrict sNoIs4rBw1QzUxfPVcKPXdcaeupYLkYZl5Phz8XiO3wpDEY7PVeG7t18FiEyJzr

