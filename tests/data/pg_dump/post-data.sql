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


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: shop; Owner: postgres
--

ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA shop GRANT SELECT ON TABLES  TO reader;


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
-- Name: summary; Type: MATERIALIZED VIEW DATA; Schema: shop; Owner: postgres
--

REFRESH MATERIALIZED VIEW shop.summary;


--
-- PostgreSQL database dump complete
--

\unrestrict fixture

