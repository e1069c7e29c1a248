--
-- PostgreSQL database dump
--
-- InMidst.Backup dump, format 1, written by InMidst.Backup 0.1.0
-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 and COPY
--
-- It is plain SQL: decompress it into psql -v ON_ERROR_STOP=1 DATABASE
-- It is complete only if its last line is the one PostgreSQL's own dumps end with.

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


SET lc_monetary = 'C';

COPY shop."Order; Type: TABLE" (id, customer, amount) FROM stdin;
1	1	5
2	\N	\N
\.

COPY shop.customer (id, name, mail, mood) FROM stdin;
1	name 1\t\\ü\n	a1@example.com	sad
2	name 2\t\\ü\n	a2@example.com	sad
3	name 3\t\\ü\n	a3@example.com	sad
4	name 4\t\\ü\n	a4@example.com	sad
5	name 5\t\\ü\n	a5@example.com	sad
6	name 6\t\\ü\n	a6@example.com	sad
7	name 7\t\\ü\n	a7@example.com	sad
8	name 8\t\\ü\n	a8@example.com	sad
9	name 9\t\\ü\n	a9@example.com	sad
10	name 10\t\\ü\n	a10@example.com	sad
11	name 11\t\\ü\n	a11@example.com	sad
12	name 12\t\\ü\n	a12@example.com	sad
13	name 13\t\\ü\n	a13@example.com	sad
14	name 14\t\\ü\n	a14@example.com	sad
15	name 15\t\\ü\n	a15@example.com	sad
16	name 16\t\\ü\n	a16@example.com	sad
17	name 17\t\\ü\n	a17@example.com	sad
18	name 18\t\\ü\n	a18@example.com	sad
19	name 19\t\\ü\n	a19@example.com	sad
20	name 20\t\\ü\n	a20@example.com	sad
21	name 21\t\\ü\n	a21@example.com	sad
22	name 22\t\\ü\n	a22@example.com	sad
23	name 23\t\\ü\n	a23@example.com	sad
24	name 24\t\\ü\n	a24@example.com	sad
25	name 25\t\\ü\n	a25@example.com	sad
26	name 26\t\\ü\n	a26@example.com	sad
27	name 27\t\\ü\n	a27@example.com	sad
28	name 28\t\\ü\n	a28@example.com	sad
29	name 29\t\\ü\n	a29@example.com	sad
30	name 30\t\\ü\n	a30@example.com	sad
31	name 31\t\\ü\n	a31@example.com	sad
32	name 32\t\\ü\n	a32@example.com	sad
33	name 33\t\\ü\n	a33@example.com	sad
34	name 34\t\\ü\n	a34@example.com	sad
35	name 35\t\\ü\n	a35@example.com	sad
36	name 36\t\\ü\n	a36@example.com	sad
37	name 37\t\\ü\n	a37@example.com	sad
38	name 38\t\\ü\n	a38@example.com	sad
39	name 39\t\\ü\n	a39@example.com	sad
40	name 40\t\\ü\n	a40@example.com	sad
41	name 41\t\\ü\n	a41@example.com	sad
42	name 42\t\\ü\n	a42@example.com	sad
43	name 43\t\\ü\n	a43@example.com	sad
44	name 44\t\\ü\n	a44@example.com	sad
45	name 45\t\\ü\n	a45@example.com	sad
46	name 46\t\\ü\n	a46@example.com	sad
47	name 47\t\\ü\n	a47@example.com	sad
48	name 48\t\\ü\n	a48@example.com	sad
49	name 49\t\\ü\n	a49@example.com	sad
50	name 50\t\\ü\n	a50@example.com	sad
\.

COPY shop.part_a (id, k) FROM stdin;
1	a
\.

COPY shop.part_b (id, k) FROM stdin;
2	b
3	b
\.

COPY shop.plain (id) FROM stdin;
\.

RESET lc_monetary;

SELECT pg_catalog.setval('shop.counter', 42, true);
SELECT pg_catalog.setval('shop.customer_id_seq', 50, true);

SELECT pg_catalog.lo_put(70001, 0, '\x00ff10');
SET default_tablespace = '';

--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);


--
-- Name: CONSTRAINT customer_pkey ON customer; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON CONSTRAINT customer_pkey ON shop.customer IS 'a primary key';


SET default_table_access_method = heap;

--
-- Name: summary; Type: MATERIALIZED VIEW; Schema: shop; Owner: postgres
--

CREATE MATERIALIZED VIEW shop.summary AS
 SELECT customer.id,
    customer.name,
    count(*) AS count
   FROM shop.customer
  GROUP BY customer.id
  WITH NO DATA;

ALTER TABLE shop.summary OWNER TO postgres;


--
-- Name: MATERIALIZED VIEW summary; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON MATERIALIZED VIEW shop.summary IS 'made after the data';


--
-- Name: Order; Type: TABLE Order; Type: TABLE_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop."Order; Type: TABLE"
    ADD CONSTRAINT "Order; Type: TABLE_pkey" PRIMARY KEY (id);


--
-- Name: INDEX customer_pkey; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON INDEX shop.customer_pkey IS 'the index of a primary key';


--
-- Name: part_id; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX part_id ON ONLY shop.part USING btree (id);


--
-- Name: part_a_id_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX part_a_id_idx ON shop.part_a USING btree (id);


--
-- Name: part_b_id_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX part_b_id_idx ON shop.part_b USING btree (id);


SET default_tablespace = fast;

--
-- Name: plain_fast; Type: INDEX; Schema: shop; Owner: writer; Tablespace: fast
--

CREATE INDEX plain_fast ON shop.plain USING btree (id);


SET default_tablespace = '';

--
-- Name: plain_slow; Type: INDEX; Schema: shop; Owner: writer
--

CREATE INDEX plain_slow ON shop.plain USING btree (id, ((id + 1)));


--
-- Name: INDEX plain_slow; Type: COMMENT; Schema: shop; Owner: writer
--

COMMENT ON INDEX shop.plain_slow IS 'an index';


--
-- Name: summary_id; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE UNIQUE INDEX summary_id ON shop.summary USING btree (id);


--
-- Name: part_a_id_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.part_id ATTACH PARTITION shop.part_a_id_idx;


--
-- Name: part_b_id_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.part_id ATTACH PARTITION shop.part_b_id_idx;


--
-- Name: plain_stat; Type: STATISTICS; Schema: shop; Owner: postgres
--

CREATE STATISTICS shop.plain_stat ON id, (id + 1) FROM shop.plain;

ALTER STATISTICS shop.plain_stat OWNER TO postgres;


--
-- Name: grouped _RETURN; Type: RULE; Schema: shop; Owner: postgres
--

CREATE OR REPLACE VIEW shop.grouped AS
 SELECT customer.id,
    customer.name,
    count(*) AS count
   FROM shop.customer
  GROUP BY customer.id;


--
-- Name: plain keep; Type: RULE; Schema: shop; Owner: writer
--

CREATE RULE keep AS
    ON DELETE TO shop.plain DO INSTEAD NOTHING;


--
-- Name: RULE keep ON plain; Type: COMMENT; Schema: shop; Owner: writer
--

COMMENT ON RULE keep ON shop.plain IS 'a rule';


--
-- Name: plain touch; Type: TRIGGER; Schema: shop; Owner: writer
--

CREATE TRIGGER touch BEFORE INSERT ON shop.plain FOR EACH ROW EXECUTE FUNCTION shop.touch();

ALTER TABLE shop.plain DISABLE TRIGGER touch;


--
-- Name: TRIGGER touch ON plain; Type: COMMENT; Schema: shop; Owner: writer
--

COMMENT ON TRIGGER touch ON shop.plain IS 'a trigger';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Order; Type: TABLE order_customer; Type: FK CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop."Order; Type: TABLE"
    ADD CONSTRAINT order_customer FOREIGN KEY (customer) REFERENCES shop.customer(id);


--
-- Name: CONSTRAINT order_customer ON "Order; Type: TABLE"; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON CONSTRAINT order_customer ON shop."Order; Type: TABLE" IS 'a foreign key; with a comment';


--
-- Name: plain plain_fk; Type: FK CONSTRAINT; Schema: shop; Owner: writer
--

ALTER TABLE ONLY shop.plain
    ADD CONSTRAINT plain_fk FOREIGN KEY (id) REFERENCES shop.customer(id) NOT VALID;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: customer; Type: ROW SECURITY; Schema: shop; Owner: postgres
--

ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY;


--
-- Name: customer own; Type: POLICY; Schema: shop; Owner: postgres
--

CREATE POLICY own ON shop.customer TO reader USING ((name = CURRENT_USER));


--
-- Name: POLICY own ON customer; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON POLICY own ON shop.customer IS 'a policy';


--
-- Name: pub; Type: PUBLICATION; Schema: -; Owner: postgres
--

CREATE PUBLICATION pub WITH (publish = 'insert, update, delete, truncate');

ALTER PUBLICATION pub OWNER TO postgres;


--
-- Name: PUBLICATION pub; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON PUBLICATION pub IS 'a publication';


--
-- Name: pub_schema; Type: PUBLICATION; Schema: -; Owner: postgres
--

CREATE PUBLICATION pub_schema WITH (publish = 'insert, update, delete, truncate');

ALTER PUBLICATION pub_schema OWNER TO postgres;


--
-- Name: pub plain; Type: PUBLICATION TABLE; Schema: shop; Owner: postgres
--

ALTER PUBLICATION pub ADD TABLE ONLY shop.plain;


--
-- Name: pub_schema shop; Type: PUBLICATION TABLES IN SCHEMA; Schema: shop; Owner: postgres
--

ALTER PUBLICATION pub_schema ADD TABLES IN SCHEMA shop;


SET default_tablespace = '';

SET default_table_access_method = heap;

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
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: shop; Owner: postgres
--

ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA shop GRANT SELECT ON TABLES  TO reader;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: summary; Type: MATERIALIZED VIEW DATA; Schema: shop; Owner: postgres
--

REFRESH MATERIALIZED VIEW shop.summary;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: watch; Type: EVENT TRIGGER; Schema: -; Owner: postgres
--

CREATE EVENT TRIGGER watch ON ddl_command_end
   EXECUTE FUNCTION shop.watch();

ALTER EVENT TRIGGER watch OWNER TO postgres;


--
-- Name: EVENT TRIGGER watch; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON EVENT TRIGGER watch IS 'an event trigger';


--
-- InMidst.Backup index: gzip, base64
--:H4sIAAAAAAAAA+1cbXPbNhL+KxzMzTSdKj4AJAhSN/kgy7Srqyz5ZNptr/FoQLzIrMWXklScnMf//QYUJZLyS+wk7snq5UMSQsQ+eHYXC2BB4AaoJItYAbqo
--:AwLGrxYp6N40C4skmYMuGMTHociLvf3yHQPuoT0IOiAUoAtYmk4xxDZCGE8RsQjWP12Fsf5RLKIUdEAus1DmWnb+KS9kNBAyLkIVygx0AaUIQWQRmyCMTYhd
--:ywQdIFjBApbLJQK47YA8WWRcaiGXSV6ALkCY7sE9uIdAB6RJVoAusRyKSrgPMjuXWR4msX6R7CHHeHMgg5DFRvn0Fv4gZIDwAn0PNiqMFlGgG4YIhMjRwAXL
--:CqnpaJ5vEXqLsY9I1yJdDPdMx7IIpT9A2IWaOU+idC4fet/cg9B0bcddv5/HLM0vk2KY66bCvyOPeLi/kpTJvCIxSmIJOiAJfpe8yEH3twttnoLNS70WLJhr
--:DZMOyJJr/R+y1OH+p0KXI9dyNc8/FjLmugB3wJxlMzleyWsXVNXMVmH/UvKrfBGBLiDUsQl0qHSx7SouESUBdwJkcxtTQYkmdhWmqRRn8TyZzaTwqxbC2866
--:tb/dgJxfyoiBLsgvE+0qMYu0zceZkNk/DP9TKruG39sfemDFDHdAUJGyOoDXbQqodJVSHLJAIi6JCghjJoFUuAS6jgNuOw/i8UVeJJHM1igE1jAuNltACAdQ
--:UsektksdjCihliWE4C6hJjNt6zGglGXFlK1h0BqlzUUooRgnFg+wKx3btV3XcrApXVOZOLDUZyGCe/TltFkg2yY2tJV0AmEziQVElkAYBy6mBLmPQsxZGK8R
--:alXBFgL8zB9we9Hs6DdAxjwRYTwDXXDmHzqgA+YJZ3N5kiUfQlFGi3kY8LJvzOes0E3p7535h2/1u1x7S6skSmJZsOxTqzC5jktJaZIXs0zmOnpk4YdwLmel
--:T4KJdz7+yTN6w6ExHhkHPb+33zv1jJtVS2+Nw8n42Dg52x8O+qADjia9kW/0x6OR1/c7hu8dn4wnvcmvD9X2xw/W7U+8nu89TUaj/S0pj1TJJNNavND6i2PJ
--:izCJh2EUFqD7Fq26Zcp0lAXpbCqkYot5sQxFkYx10GXG2mA6nhRFGM9KreWSZfxymrLi8t178LdFLrP3oGNov+kY6SKYh9pu10l2NY1k9M453tftyJK5PK2l
--:3JQFoAuqlq4htAcWrJC6FdMijGSyKN6RKIzB7cVtB2Tyj0WYlb+W4VB+LGSsA+dS6KqTh4X8qOl8qIeGPbv0Qg1b0kiEMN4vW6FHlbWK1w26zsJiqcNaXWVN
--:xfJCFy9dtixaOd1FB6Szg0WUboxJ4Pa2A1TGoioYVqPmjyusRKlcFmW3mst4VlyCLoU6xLPrYfP5kuWXur8hN1DIdmzKObIRN4WDlRNgRALbUkSUPbrCOMnk
--:AStYA6SUtIKxsYtbOMuCCkhiqlzIlLC5MF3LIcomBGJkMWZShXgTaAPFdl1awzhWC0Q/VhBEOsQiyjQldW3LYjbnyLICmyDIbaj0AFPqv1ROFegeRqXQQTUq
--:cvVTA3dZsNIitVysSBAghAOFLGGbWEFbIuGY0GFujYzqweJhaBfaemitkKy29fRjBcsZohajDLsokIoJB0HsSstCNubQkWYNi9eDxyOoCDbUrMf+Jqq7RnUY
--:U66LTQUpI0gGWEGqHGW6rmnbMAhqVPMJanYRsWtUk7ZQ9ePKuEIgGXDGIKcWsqT2IYYd01GKEWWiGtVajzEN1NP1NKYJ7erJysqgptk2sH6uwO1AUksJIrgZ
--:SKgwYy5igpoUSiwhRE3nHTanSA0wEzd4Wk5bu84aCps8gIJQ20bKkkzpfxAjJqZEEMXsJtQgFvKjzHux6CdxXmQsjDcwqdXQLaFt1GVBhRtQUyphqwBigVxq
--:YcE451yZkjnSxW4T9zDJZDiLf5KfmmgIu6ThthS1bVk+r0gSJUzKoSJmIAOKlDBNBSGnxKWBi2Er6iTzkOulQAPJtG23aTnYjgnLglXfDBQmiCILcUKQ4Ixj
--:h5sMKcvSg1XQjnDrQb2BZrm04SeO0/aT8rnCMgmSzCKCB8RBFgsopMwxFeESIqRs3MQ6ZoXMQjYP/yPFeSivW5DEafYK5LYNVz5XkMLkpkIEcYu4nDhMCGYT
--:O1AQWsIhbUjvg4wLPwtnM5m14GxIGo5ibYwX5fOqG9qOxXBgYZMJaFuuIkpRhLllUcfhgSpHRhkXy8VbPY5Wc8FiOd067f/oHffun1iVY1tjtNHtr4TMZBax
--:uBbTHw+HPX8wHulBf2PW+TzJ62G+kuz94nuj06XkR6qtXzM2BfTHx8feyH+8epQkoq7i/3rifTWRNAu5rGUejI97g69XT388OvUnvcHI11PIsAg/yHLKWEo3
--:NjBr6l8HyookCvmbMC7kTGbf1wCHZ6P+N7F6miX8TUPwyWTc9w7OJl9vBh2M45l88xKtLpIFv3wRydeseCHJZdbhHlP2jo4m3lHP/3qN37v6X/Ws6vELEJoL
--:lhtQrW6mrVXPqecbd38w3hnl7L7TrjRlnMs8n0ayuEzEfbXbbxjvjEvJUj3rr4NVsoj1eqIOp96/zrxR/zGKrTXKqyBZZ1f+t1b87ruXoNcfD8+OR8aK5V7E
--:wvk3CqHbR3bFchqKaS7/eJbjviqiMkqLTzW9457vTQa94eDf3oFxPvB+3hWesyxZpLIxd9klcvqffDepaS7GBr8dizU6k72jY8Z6H2A3pzXrPYidtF21+/FE
--:blXG+NV6pdHz/V7/x52x3n2uuWMcKdSJzDXF/eF4/7VSGfYmR54x3v+n3tra4FUPd6+SmmaDd8NKyyRgudvXSAj0h5/j00jRbhulVb7EuCf/s2T2rFCxxUyX
--:EfDuIn23WG6u0sviHeX6WNB83b1yZb61HafplWws0+vs9vPM+dD221fxv70/7d5qus693+16X7SQe3EO+SKK9Oc03yop8iINfgGnu0PTuKOJ7THYC/C/m483
--:7hZtc0d8AZ0MRgfeLw9HoR32hnIBFTYShqUqdpgr07nuUHz86zAO/lKMdTpnWmXCnkj3Tk7n25N9sdRcSTefJ9dbRfclo/R9lD8fol8t6Wpy8v8Y7f3yRXm9
--:XQjVu0182Z8L1ojYp37PH5z6g/7pbnKutmmN6cTzzyajmvjk7Lk7K6/KzMaVlOmT2b7amK15lVR1PmBjg2mHh6qlicuv4Bo7MpPB0ZE32UW+FbUl47+Wqe9J
--:IiS6aHo3+3X4k/Gl6YP25+zbpoNGErDNXbvC+3tU9B58ZVJhu/Wx7P7VAuzq+Q5wpzNsN927nj4Z/2ycev2zycD/9Zn7D/VRim2laSTXjdB2Mh4O+rtDcklH
--:U/yGGfwt5psuGt9MLM+vro5rvE5CDQ76fOpzvyrYXmLpIphWPrdTBksXweZ0qWnDL/nE7DUYceOjijuUT43ByFgfwtoN9gfeYe9s6Bsnk8H5YOgdeafG4XhS
--:8W2ciKpe263N+/LkTuP42rk38o16TfQIrc0zgdvGrEXF2OD5pLC77Qw/v0Ne3s3wPG+973TpdhC/+OK7XHgyX0Tl9Qz6GqFOc2rMIn0mank7xJ9x4ctmU6oP
--:g6pTPOW5zos/7VqYzcZc1dgvelfMI7gveYFMG/bim9wo07jl6GGnrM/dzVlenLP5Qt82gDsgzPtsPtfXNxXZQj7Bg+qDUA1J2k82JF1ol9rsyI+0cHX+KMxP
--:knShb7sRoKvYPH+sUXX8aVVbNSBOdAPDVqZI391ymaR7pUmWf+u1+MXtfwHgnyJHH0wAAA==
-- InMidst.Backup index: offset 00000000000000016459 length 00000000000000003961 sha256 9000e9e9d1e610f11fb5af8e79ff503baf46c76c36393104fd81d3d42bd6e937
--
-- PostgreSQL database dump complete
