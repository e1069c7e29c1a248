CREATE SCHEMA midst;
CREATE SCHEMA archive;
CREATE SCHEMA "Ödd ""schema""";

ALTER DEFAULT PRIVILEGES IN SCHEMA midst GRANT SELECT ON TABLES TO midst_readonly;
ALTER DEFAULT PRIVILEGES IN SCHEMA midst GRANT USAGE ON SEQUENCES TO midst_app;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA midst GRANT EXECUTE ON FUNCTIONS TO midst_app;

CREATE TYPE midst.mood AS ENUM ('calm', 'curious', 'it''s complicated', 'Überglücklich');
CREATE TYPE midst.mask_kind AS ENUM ('paper', 'plain', 'carnival', 'theatre', 'digital');
-- A label added later sorts between others: its sort order is a fraction and must come back in place.
-- It can be used by the next step only, once this one is committed.
ALTER TYPE midst.mask_kind ADD VALUE 'wood' BEFORE 'plain';
CREATE TYPE midst.task_state AS ENUM ('open', 'running', 'waiting', 'done', 'failed');

CREATE DOMAIN midst.email AS text
    CONSTRAINT email_has_at CHECK (VALUE LIKE '%_@_%');
CREATE DOMAIN midst.score AS numeric(5, 2) DEFAULT 0 NOT NULL
    CONSTRAINT score_in_range CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN midst.tag AS character varying(30) COLLATE "C"
    CONSTRAINT tag_is_lower CHECK (VALUE = pg_catalog.lower(VALUE));

CREATE TYPE midst.address AS (street text, zip character(5), "Country Code" character(2), at point);
CREATE TYPE midst.price_range AS RANGE (SUBTYPE = numeric, MULTIRANGE_TYPE_NAME = midst.price_ranges);

CREATE COLLATION midst."Bytewise" (provider = libc, locale = 'C');

CREATE TEXT SEARCH DICTIONARY midst.short_words (TEMPLATE = pg_catalog.simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION midst.plain_words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION midst.plain_words
    ALTER MAPPING FOR asciiword, word WITH midst.short_words, pg_catalog.english_stem;
