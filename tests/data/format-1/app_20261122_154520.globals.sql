--
-- PostgreSQL database cluster dump
--

\restrict 5JJfyuTVJY1DFaBht9ObdTngZ0VBvaQNmpZAtIHarZ5dsD0paVNbYuWagiGGzAM

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE "odd ""role";
ALTER ROLE "odd ""role" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;
CREATE ROLE reader;
ALTER ROLE reader WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE writer;
ALTER ROLE writer WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;

--
-- User Configurations
--






--
-- Tablespaces
--

CREATE TABLESPACE fast OWNER postgres LOCATION 'pg_tblspc/16387';


\unrestrict 5JJfyuTVJY1DFaBht9ObdTngZ0VBvaQNmpZAtIHarZ5dsD0paVNbYuWagiGGzAM

--
-- PostgreSQL database cluster dump complete
--

