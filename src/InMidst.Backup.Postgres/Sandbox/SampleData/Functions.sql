CREATE FUNCTION midst.initials(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT pg_catalog.upper(pg_catalog.left(name, 1) || '.') $$;

-- Inside a string, because a client that splits statements at semicolons would cut this one in the middle.
DO $do$
BEGIN
    EXECUTE $create$
        CREATE FUNCTION midst.mask_kind_weight(kind midst.mask_kind) RETURNS integer
            LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
            BEGIN ATOMIC
                SELECT CASE
                    WHEN kind = 'paper'::midst.mask_kind THEN 1
                    WHEN kind < 'theatre'::midst.mask_kind THEN CASE kind WHEN 'wood'::midst.mask_kind THEN 30 ELSE 5 END
                    ELSE 0
                END;
            END
    $create$;
END
$do$;

CREATE CAST (midst.mask_kind AS integer) WITH FUNCTION midst.mask_kind_weight(midst.mask_kind);

CREATE FUNCTION midst.far(a midst.address, b midst.address) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT (a).at OPERATOR(pg_catalog.<->) (b).at';
CREATE OPERATOR midst.<~> (FUNCTION = midst.far, LEFTARG = midst.address, RIGHTARG = midst.address, COMMUTATOR = OPERATOR(midst.<~>));

CREATE FUNCTION midst.longer(a text, b text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN pg_catalog.length(b) > COALESCE(pg_catalog.length(a), -1) THEN b ELSE a END $$;
CREATE AGGREGATE midst.longest(text) (SFUNC = midst.longer, STYPE = text, COMBINEFUNC = midst.longer, PARALLEL = SAFE);
