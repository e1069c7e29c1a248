-- Chapter 38 and 41 to 43: functions, procedures, aggregates, languages.
DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA code;
CREATE SCHEMA "other; code";
SET search_path = code;

CREATE TABLE things (id integer PRIMARY KEY, name text, price numeric DEFAULT 1);
INSERT INTO things VALUES (1, 'a', 10), (2, 'b', 20);

-- Bodies that trip readers of statements.
CREATE FUNCTION body_quotes() RETURNS text LANGUAGE sql AS 'SELECT ''it''''s; "x" \ $$ $tag$ -- /* '';';
CREATE FUNCTION body_escapes() RETURNS text LANGUAGE sql AS E'SELECT E''a\\\\b\\n'' -- \\.\n/*\n\\.\n*/;';
CREATE FUNCTION body_dollars() RETURNS text LANGUAGE plpgsql AS $_$
BEGIN
    -- $$ ; $function$ ; $body$
    RETURN $$a $1 ; '$$ || $x$;$$;$x$;
END;
$_$;
CREATE FUNCTION body_looks_like_a_dump() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
--
-- Name: things; Type: TABLE; Schema: code; Owner: postgres
--
RETURN '
--
-- PostgreSQL database dump complete
--
\connect postgres
\.
COPY code.things FROM stdin;
1
\.
';
END $$;
CREATE FUNCTION "a name; with ""quotes"", -- and
a line break $$"("an argument; too" integer DEFAULT 1, "b""" text DEFAULT ');') RETURNS text LANGUAGE sql AS $$ SELECT $2 || $1 $$;
CREATE FUNCTION atomic(a integer, b integer DEFAULT 2) RETURNS SETOF things LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT id, CASE WHEN a > 1 THEN 'x;' ELSE E'end; \\' END, price FROM things WHERE id = a;
    SELECT t.* FROM things t WHERE t.id = CASE b WHEN 1 THEN CASE WHEN true THEN 1 END ELSE 2 END;
END;
CREATE PROCEDURE atomic_procedure(INOUT n integer, x text) LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO things (id, name) VALUES (n, x);
    DELETE FROM things WHERE id = n;
    SELECT n + 1;
END;
CREATE FUNCTION empty_atomic() RETURNS void LANGUAGE sql BEGIN ATOMIC END;
CREATE FUNCTION returning_text() RETURNS text LANGUAGE sql IMMUTABLE RETURN 'a;' || 'b';
-- Found by the search path of whoever calls: the body means nothing while it comes back.
CREATE FUNCTION by_search_path() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM things';
CREATE FUNCTION not_there_yet() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN no_such_function(no_such_column) FROM no_such_table; END $$;
SET check_function_bodies = off;
CREATE FUNCTION not_there_in_sql() RETURNS integer LANGUAGE sql AS 'SELECT a FROM code.no_such_table';
RESET check_function_bodies;

CREATE FUNCTION with_settings() RETURNS text LANGUAGE sql
    SECURITY DEFINER LEAKPROOF STRICT PARALLEL SAFE COST 7.5 SET search_path = code, "other; code", pg_temp
    SET work_mem = '7MB' SET DateStyle = 'German, DMY' SET "my.Own_setting" = 'it''s; "x"' SET TimeZone TO 'Europe/Berlin' SET role FROM CURRENT
    AS $$ SELECT 'x' $$;
ALTER FUNCTION with_settings() RESET role;
ALTER FUNCTION with_settings() OWNER TO strange_owner;
CREATE FUNCTION empty_path() RETURNS text LANGUAGE sql SET search_path = '' AS $$ SELECT 'x' $$;
CREATE FUNCTION outs(IN a integer, OUT b integer, INOUT c text, OUT "d; e" things) LANGUAGE sql AS $$ SELECT 1, $2, NULL::code.things $$;
CREATE FUNCTION variadic_ones(VARIADIC "any") RETURNS integer LANGUAGE internal IMMUTABLE AS 'pg_num_nonnulls';
CREATE FUNCTION poly(a anyelement, b anyarray, c anycompatible, d anycompatiblerange) RETURNS anyarray LANGUAGE sql AS $$ SELECT b $$;
CREATE FUNCTION of_table() RETURNS TABLE (id integer, "name; of it" text) LANGUAGE sql ROWS 3 AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION of_row(things) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.name $$;
CREATE FUNCTION of_type(a things.name%TYPE) RETURNS things.price%TYPE LANGUAGE sql AS $$ SELECT 1::numeric $$;
CREATE FUNCTION window_one() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE STRICT AS 'window_row_number';
CREATE FUNCTION supported(integer) RETURNS SETOF integer LANGUAGE internal STRICT IMMUTABLE SUPPORT pg_catalog.generate_series_int4_support ROWS 11 AS 'generate_series_int4';
-- Defaults and columns that call functions, and functions that return rows of tables: which is first?
CREATE FUNCTION makes_default() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT max(id) + 1 FROM code.things); END $$;
ALTER TABLE things ALTER COLUMN id SET DEFAULT makes_default();
CREATE TABLE indexed (id integer, j jsonb);
CREATE FUNCTION of_indexed(indexed) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).j ->> 'a' $$;
CREATE INDEX by_function ON indexed (of_indexed(indexed));
ALTER TABLE indexed ADD CHECK (of_indexed(indexed) IS DISTINCT FROM 'never');
INSERT INTO indexed VALUES (1, '{"a": "b"}');
-- Needs the primary key, which comes with the indexes: this function can come back only after it.
CREATE FUNCTION grouped_by_key() RETURNS TABLE (id integer, name text, n bigint) LANGUAGE sql
BEGIN ATOMIC
    SELECT t.id, t.name, count(*) FROM things t GROUP BY t.id;
END;
COMMENT ON FUNCTION grouped_by_key() IS 'one that comes back late';
GRANT EXECUTE ON FUNCTION grouped_by_key() TO strange_owner;
CREATE VIEW on_late_function AS SELECT * FROM grouped_by_key();
ALTER FUNCTION grouped_by_key() OWNER TO strange_owner;
CREATE MATERIALIZED VIEW on_late_function_too AS SELECT id, n FROM on_late_function;
CREATE INDEX on_late_function_too_id ON on_late_function_too (id);
ALTER FUNCTION of_table() DEPENDS ON EXTENSION plpgsql;

-- Aggregates: plain, ordered-set, hypothetical-set, moving, parallel.
CREATE AGGREGATE total(numeric) (
    SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', COMBINEFUNC = numeric_add, PARALLEL = SAFE,
    MSFUNC = numeric_add, MINVFUNC = numeric_sub, MSTYPE = numeric, MINITCOND = '0', SORTOP = OPERATOR(pg_catalog.<));
CREATE FUNCTION join_step(text, text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1 || $3, '') || $2 $$;
CREATE AGGREGATE "join; them"(text, text) (SFUNC = join_step, STYPE = text, SSPACE = 100, FINALFUNC_MODIFY = READ_ONLY);
CREATE AGGREGATE count_all(*) (SFUNC = int8inc, STYPE = int8, INITCOND = 0);
CREATE AGGREGATE percent(float8 ORDER BY anyelement) (
    SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (
    SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
COMMENT ON AGGREGATE total(numeric) IS 'it''s a sum';
COMMENT ON AGGREGATE my_rank(VARIADIC "any" ORDER BY VARIADIC "any") IS 'hypothetical';
ALTER AGGREGATE count_all(*) OWNER TO strange_owner;
CREATE FUNCTION same_name(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION same_name(text) RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION same_name(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION "other; code".same_name(integer) RETURNS integer LANGUAGE sql AS 'SELECT 4';

CREATE FUNCTION my_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION my_inline(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION my_validator(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE LANGUAGE "my; language" HANDLER my_handler INLINE my_inline VALIDATOR my_validator;
COMMENT ON LANGUAGE "my; language" IS 'plpgsql under another name';
CREATE FUNCTION in_my_language() RETURNS integer LANGUAGE "my; language" AS $$ BEGIN RETURN 1; END $$;
CREATE TRUSTED LANGUAGE trusted_one HANDLER my_handler;
GRANT USAGE ON LANGUAGE trusted_one TO strange_owner;
COMMENT ON FUNCTION body_quotes() IS E'a comment; with\nlines, ''quotes'' and \\';
COMMENT ON PROCEDURE atomic_procedure(integer, text) IS 'a procedure';
