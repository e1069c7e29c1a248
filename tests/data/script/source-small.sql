CREATE TABLE t (id integer, v text DEFAULT 'é;\', "ñ;" text);
COMMENT ON TABLE t IS 'Größe; ''x'' \';
INSERT INTO t VALUES (1, 'é\', 'ß;'), (2, E'\\.', E'\n\\.\n');
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $é$ SELECT 'ü;\' $é$;
