-- Chapter 12, full text search.
CREATE SCHEMA find;
SET search_path = find, public;
DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;

CREATE TEXT SEARCH PARSER "my; parser" (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE my_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH TEMPLATE no_init (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY "my; words" (TEMPLATE = my_template, stopwords = english, accept = false);
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, language = german, stopwords = german);
CREATE TEXT SEARCH DICTIONARY same_words (TEMPLATE = synonym, synonyms = synonym_sample);
CREATE TEXT SEARCH CONFIGURATION mine (PARSER = "my; parser");
ALTER TEXT SEARCH CONFIGURATION mine ADD MAPPING FOR asciiword, word WITH "my; words", stems, pg_catalog.simple;
ALTER TEXT SEARCH CONFIGURATION mine ADD MAPPING FOR url WITH pg_catalog.simple;
CREATE TEXT SEARCH CONFIGURATION "copy; of german" (COPY = pg_catalog.german);
ALTER TEXT SEARCH CONFIGURATION "copy; of german" ALTER MAPPING FOR asciiword WITH same_words, german_stem;
ALTER TEXT SEARCH CONFIGURATION "copy; of german" DROP MAPPING IF EXISTS FOR email, url;
CREATE TEXT SEARCH CONFIGURATION no_mapping (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION mine OWNER TO strange_owner;
COMMENT ON TEXT SEARCH CONFIGURATION mine IS 'my; own';
COMMENT ON TEXT SEARCH DICTIONARY "my; words" IS 'words; of mine';
COMMENT ON TEXT SEARCH PARSER "my; parser" IS 'parser; of mine';
COMMENT ON TEXT SEARCH TEMPLATE my_template IS 'template; of mine';
CREATE EXTENSION unaccent;
CREATE EXTENSION dict_int;
CREATE TEXT SEARCH DICTIONARY short_numbers (TEMPLATE = intdict_template, maxlen = 4, rejectlong = true);
CREATE TEXT SEARCH CONFIGURATION unaccented (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION unaccented ALTER MAPPING FOR word WITH unaccent, simple;

CREATE TABLE texts (
    id integer PRIMARY KEY, body text, config regconfig DEFAULT 'mine',
    found tsvector GENERATED ALWAYS AS (to_tsvector('find.mine'::regconfig, coalesce(body, '')) || setweight(to_tsvector('pg_catalog.english', body), 'A')) STORED,
    dictionary regdictionary
);
INSERT INTO texts VALUES (1, 'The Häuser and the dogs; running', 'mine', DEFAULT, 'stems'), (2, NULL, 'find."copy; of german"', DEFAULT, 'find."my; words"'),
    (3, 'http://example.com/a?b=c 12345', 'english', DEFAULT, NULL);
CREATE INDEX by_found ON texts USING gin (found) WITH (fastupdate = off, gin_pending_list_limit = 128);
CREATE INDEX by_found_gist ON texts USING gist (found tsvector_ops (siglen = 100));
CREATE INDEX by_expression ON texts USING gin (to_tsvector('find."copy; of german"'::regconfig, body));
CREATE FUNCTION searched(q text) RETURNS SETOF texts LANGUAGE sql STABLE BEGIN ATOMIC
    SELECT * FROM texts WHERE found @@ websearch_to_tsquery('find.mine'::regconfig, q);
END;
CREATE TRIGGER keep_found BEFORE INSERT OR UPDATE ON texts FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(dictionary, 'find.mine', body);
ALTER TABLE texts DISABLE TRIGGER keep_found;
CREATE MATERIALIZED VIEW words_found AS SELECT * FROM ts_stat('SELECT found FROM find.texts');
