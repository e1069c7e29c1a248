-- Chapter 38.14 to 38.16: operators, classes and families, casts, transforms, conversions.
CREATE SCHEMA ops;
SET search_path = ops, public;

CREATE TYPE ratio AS (up integer, down integer);
CREATE FUNCTION ratio_value(ratio) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT $1.up::float8 / $1.down $$;
CREATE FUNCTION ratio_lt(ratio, ratio) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ops.ratio_value($1) < ops.ratio_value($2); END $$;
CREATE FUNCTION ratio_le(ratio, ratio) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ops.ratio_value($1) <= ops.ratio_value($2); END $$;
CREATE FUNCTION ratio_eq(ratio, ratio) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ops.ratio_value($1) = ops.ratio_value($2); END $$;
CREATE FUNCTION ratio_ge(ratio, ratio) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ops.ratio_value($1) >= ops.ratio_value($2); END $$;
CREATE FUNCTION ratio_gt(ratio, ratio) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN ops.ratio_value($1) > ops.ratio_value($2); END $$;
CREATE FUNCTION ratio_cmp(ratio, ratio) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN sign(ops.ratio_value($1) - ops.ratio_value($2)); END $$;
CREATE FUNCTION ratio_hash(ratio) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN hashfloat8(ops.ratio_value($1)); END $$;
CREATE FUNCTION ratio_minus(ratio) RETURNS ratio LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(-$1.up, $1.down)::ops.ratio $$;

CREATE OPERATOR < (LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = ratio_lt, COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <= (LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = ratio_le, COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel);
CREATE OPERATOR = (LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = ratio_eq, COMMUTATOR = =, HASHES, MERGES, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR >= (LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = ratio_ge);
CREATE OPERATOR > (LEFTARG = ratio, RIGHTARG = ratio, FUNCTION = ratio_gt);
CREATE OPERATOR -*&| (RIGHTARG = ratio, FUNCTION = ratio_minus);
COMMENT ON OPERATOR < (ratio, ratio) IS 'smaller';
COMMENT ON OPERATOR -*&| (NONE, ratio) IS 'a prefix; with an odd name';

CREATE OPERATOR CLASS ratio_ops DEFAULT FOR TYPE ratio USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 ratio_cmp(ratio, ratio);
CREATE OPERATOR CLASS "hash; of ratio" DEFAULT FOR TYPE ratio USING hash AS OPERATOR 1 =, FUNCTION 1 ratio_hash(ratio);
CREATE OPERATOR FAMILY "a family" USING btree;
CREATE FUNCTION ratio_cmp_int(ratio, integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN sign(ops.ratio_value($1) - $2); END $$;
ALTER OPERATOR FAMILY ratio_ops USING btree ADD FUNCTION 1 (ratio, integer) ratio_cmp_int(ratio, integer);
CREATE OPERATOR CLASS backwards FOR TYPE integer USING btree FAMILY "a family" AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
CREATE OPERATOR CLASS stored FOR TYPE point USING gist AS
    OPERATOR 15 <-> (point, point) FOR ORDER BY pg_catalog.float_ops, FUNCTION 1 gist_point_consistent (internal, point, smallint, oid, internal),
    FUNCTION 2 gist_box_union (internal, internal), FUNCTION 3 gist_point_compress (internal), FUNCTION 5 gist_box_penalty (internal, internal, internal),
    FUNCTION 6 gist_box_picksplit (internal, internal), FUNCTION 7 gist_box_same (box, box, internal), FUNCTION 8 gist_point_distance (internal, point, smallint, oid, internal),
    STORAGE box;
COMMENT ON OPERATOR CLASS ratio_ops USING btree IS 'its order';
COMMENT ON OPERATOR FAMILY "a family" USING btree IS 'its family';

CREATE TABLE ratios (r ratio PRIMARY KEY, i integer, p point);
INSERT INTO ratios VALUES ((1, 2), 1, '(1,1)'), ((1, 3), 2, '(0,0)'), ((2, 3), 3, NULL);
CREATE INDEX by_hash ON ratios USING hash (r);
CREATE INDEX by_backwards ON ratios (i backwards);
CREATE INDEX by_stored ON ratios USING gist (p stored);
CREATE TABLE parted (r ratio, v text) PARTITION BY RANGE (r ratio_ops);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('(1,2)');
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES ('(1,3)', 'low'), ('(1,2)', 'rest');
CREATE TABLE excluded (r ratio, EXCLUDE USING btree (r WITH =));
INSERT INTO excluded VALUES ('(1,2)'), ('(1,3)');

CREATE FUNCTION ratio_of(integer) RETURNS ratio LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT ROW($1, 1)::ops.ratio $$;
CREATE CAST (integer AS ratio) WITH FUNCTION ratio_of(integer) AS IMPLICIT;
CREATE CAST (ratio AS float8) WITH FUNCTION ratio_value(ratio) AS ASSIGNMENT;
CREATE CAST (ratio AS integer[]) WITH INOUT;
CREATE DOMAIN whole AS bigint;
CREATE TYPE money_like AS ENUM ('a');
CREATE CAST (oid AS date) WITHOUT FUNCTION;
COMMENT ON CAST (integer AS ratio) IS 'from whole numbers';
CREATE VIEW with_casts AS SELECT r, r::float8 AS f, 3::ratio AS three FROM ratios WHERE r > 0::ratio ORDER BY r USING >;
CREATE TABLE default_cast (r ratio DEFAULT 5, CHECK (r <> NULL OR r > 0::ratio OR r IS NULL));
INSERT INTO default_cast VALUES (DEFAULT), (NULL);

CREATE FUNCTION to_language(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'varchar_support';
CREATE TRANSFORM FOR ratio LANGUAGE plpgsql (FROM SQL WITH FUNCTION to_language(internal));
COMMENT ON TRANSFORM FOR ratio LANGUAGE plpgsql IS 'of no use';
CREATE FUNCTION with_transform(ratio) RETURNS integer LANGUAGE plpgsql TRANSFORM FOR TYPE ratio AS $$ BEGIN RETURN 1; END $$;
CREATE CONVERSION "my; conversion" FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION default_one FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION "my; conversion" IS 'of bytes';

-- A base type: made as a shell first, then its functions, then itself.
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = text, CATEGORY = 'Z', PREFERRED = true, DEFAULT = 'it''s; it', DELIMITER = ';', COLLATABLE = true);
CREATE TABLE of_base (b base DEFAULT 'x', bs base[], d base COLLATE "C");
INSERT INTO of_base VALUES ('one', '{a;b;"c;d"}', E'\\.'), (DEFAULT, NULL, '');
COMMENT ON TYPE base IS 'of our own';
CREATE ACCESS METHOD more_btree TYPE INDEX HANDLER bthandler;
CREATE OPERATOR CLASS more_ops DEFAULT FOR TYPE integer USING more_btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);
