--
-- PostgreSQL database dump
--

\restrict fixture

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: shop; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA shop;


ALTER SCHEMA shop OWNER TO postgres;

--
-- Name: german; Type: COLLATION; Schema: shop; Owner: postgres
--

CREATE COLLATION shop.german (provider = icu, locale = 'de-DE');


ALTER COLLATION shop.german OWNER TO postgres;

--
-- Name: citext; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;


--
-- Name: EXTENSION citext; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings';


--
-- Name: mood; Type: TYPE; Schema: shop; Owner: postgres
--

CREATE TYPE shop.mood AS ENUM (
    'sad',
    'it''s; fine'
);


ALTER TYPE shop.mood OWNER TO postgres;

--
-- Name: price; Type: DOMAIN; Schema: shop; Owner: postgres
--

CREATE DOMAIN shop.price AS numeric
	CONSTRAINT positive CHECK ((VALUE > (0)::numeric));


ALTER DOMAIN shop.price OWNER TO postgres;

--
-- Name: CONSTRAINT positive ON DOMAIN price; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON CONSTRAINT positive ON DOMAIN shop.price IS 'domain constraint; comment';


--
-- Name: atomic(integer); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.atomic(a integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT (a + 1);
 SELECT (a + 2);
END;


ALTER FUNCTION shop.atomic(a integer) OWNER TO postgres;

--
-- Name: proc(); Type: PROCEDURE; Schema: shop; Owner: postgres
--

CREATE PROCEDURE shop.proc()
    LANGUAGE sql
    AS $$SELECT 1;$$;


ALTER PROCEDURE shop.proc() OWNER TO postgres;

--
-- Name: strange(); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.strange() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'shop'
    AS $$
BEGIN
--
-- Name: evil; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--
  SET default_tablespace = fast;
-- PostgreSQL database dump complete
  RETURN 'a;b';
END
$$;


ALTER FUNCTION shop.strange() OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN RETURN NEW; END$$;


ALTER FUNCTION shop.touch() OWNER TO postgres;

--
-- Name: watch(); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.watch() RETURNS event_trigger
    LANGUAGE plpgsql
    AS $$BEGIN END$$;


ALTER FUNCTION shop.watch() OWNER TO postgres;

--
-- Name: total(integer); Type: AGGREGATE; Schema: shop; Owner: postgres
--

CREATE AGGREGATE shop.total(integer) (
    SFUNC = int4pl,
    STYPE = integer
);


ALTER AGGREGATE shop.total(integer) OWNER TO postgres;

SET default_tablespace = fast;

SET default_table_access_method = heap;

--
-- Name: Order; Type: TABLE; Type: TABLE; Schema: shop; Owner: postgres; Tablespace: fast
--

CREATE TABLE shop."Order; Type: TABLE" (
    id integer NOT NULL,
    customer integer,
    amount shop.price
);


ALTER TABLE shop."Order; Type: TABLE" OWNER TO postgres;

--
-- Name: counter; Type: SEQUENCE; Schema: shop; Owner: odd "role
--

CREATE SEQUENCE shop.counter
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE shop.counter OWNER TO "odd ""role";

SET default_tablespace = '';

--
-- Name: customer; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.customer (
    id integer NOT NULL,
    name text NOT NULL,
    mail public.citext,
    mood shop.mood,
    total numeric GENERATED ALWAYS AS ((1 + 1)) STORED
);


ALTER TABLE shop.customer OWNER TO postgres;

--
-- Name: COLUMN customer.mail; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON COLUMN shop.customer.mail IS 'a column';


--
-- Name: customer_id_seq; Type: SEQUENCE; Schema: shop; Owner: postgres
--

ALTER TABLE shop.customer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME shop.customer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: empty; Type: MATERIALIZED VIEW; Schema: shop; Owner: postgres
--

CREATE MATERIALIZED VIEW shop.empty AS
 SELECT 1 AS one
  WITH NO DATA;


ALTER TABLE shop.empty OWNER TO postgres;

--
-- Name: grouped; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.grouped AS
SELECT
    NULL::integer AS id,
    NULL::text AS name,
    NULL::bigint AS count;


ALTER TABLE shop.grouped OWNER TO postgres;

--
-- Name: names; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.names AS
 SELECT customer.id,
    customer.name
   FROM shop.customer;


ALTER TABLE shop.names OWNER TO postgres;

--
-- Name: VIEW names; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON VIEW shop.names IS 'two lines
-- Name: x; Type: TABLE; Schema: public; Owner: nobody
';


--
-- Name: part; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.part (
    id integer,
    k text
)
PARTITION BY LIST (k);


ALTER TABLE shop.part OWNER TO postgres;

SET default_tablespace = fast;

--
-- Name: part_a; Type: TABLE; Schema: shop; Owner: postgres; Tablespace: fast
--

CREATE TABLE shop.part_a (
    id integer,
    k text
);


ALTER TABLE shop.part_a OWNER TO postgres;

SET default_tablespace = '';

--
-- Name: part_b; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.part_b (
    id integer,
    k text
);


ALTER TABLE shop.part_b OWNER TO postgres;

--
-- Name: plain; Type: TABLE; Schema: shop; Owner: writer
--

CREATE TABLE shop.plain (
    id integer
);


ALTER TABLE shop.plain OWNER TO writer;

--
-- Name: part_a; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.part ATTACH PARTITION shop.part_a FOR VALUES IN ('a');


--
-- Name: part_b; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.part ATTACH PARTITION shop.part_b FOR VALUES IN ('b');


--
-- Name: 70001; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('70001');


ALTER LARGE OBJECT 70001 OWNER TO postgres;

--
-- Name: LARGE OBJECT 70001; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON LARGE OBJECT 70001 IS 'a large object';


--
-- Name: 70002; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('70002');


ALTER LARGE OBJECT 70002 OWNER TO postgres;

--
-- Name: SCHEMA shop; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA shop TO reader;


--
-- Name: FUNCTION strange(); Type: ACL; Schema: shop; Owner: postgres
--

REVOKE ALL ON FUNCTION shop.strange() FROM PUBLIC;


--
-- Name: TABLE customer; Type: ACL; Schema: shop; Owner: postgres
--

GRANT SELECT ON TABLE shop.customer TO reader;


--
-- Name: COLUMN customer.name; Type: ACL; Schema: shop; Owner: postgres
--

GRANT UPDATE(name) ON TABLE shop.customer TO "odd ""role";


--
-- Name: LARGE OBJECT 70001; Type: ACL; Schema: -; Owner: postgres
--

GRANT SELECT ON LARGE OBJECT 70001 TO reader;


--
-- PostgreSQL database dump complete
--

\unrestrict fixture

