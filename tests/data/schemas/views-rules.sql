-- Chapters 5, 39.3 and 41: views, materialised views, rules.
DO $$ BEGIN CREATE ROLE strange_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA seen;
SET search_path = seen;

CREATE TABLE items (id integer PRIMARY KEY, name text, kind text, price numeric);
CREATE TABLE kinds (kind text PRIMARY KEY, label text);
INSERT INTO items SELECT i, 'item ' || i, 'k' || i % 3, i * 1.5 FROM generate_series(1, 12) i;
INSERT INTO kinds VALUES ('k0', 'zero'), ('k1', 'one'), ('k2', E'two\nlines');

CREATE VIEW plain AS SELECT * FROM items;
CREATE VIEW on_view ("renamed; one", "two""") AS SELECT id, name FROM plain WHERE kind = 'k1' ORDER BY 1 DESC LIMIT 5;
CREATE VIEW barrier WITH (security_barrier) AS SELECT id FROM items WHERE price < 10;
CREATE VIEW checked AS SELECT * FROM items WHERE price < 10 WITH CASCADED CHECK OPTION;
CREATE VIEW checked_too WITH (check_option = local, security_barrier = false) AS SELECT * FROM checked WHERE id > 0;
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW no_columns AS SELECT;
CREATE VIEW with_default AS SELECT id, name, 'x'::text AS extra FROM items;
ALTER VIEW with_default ALTER COLUMN name SET DEFAULT 'the view''s; own';
CREATE VIEW much AS
    WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING p,
    w AS MATERIALIZED (SELECT kind, sum(price) FILTER (WHERE id > 1) OVER (PARTITION BY kind ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s FROM items)
    SELECT DISTINCT ON (w.kind) w.kind, w.s, t.n, E'a;\\b''' AS "q;", x.*, GROUPING(w.kind) AS g
    FROM w CROSS JOIN LATERAL (SELECT array_agg(k.label ORDER BY k.label DESC NULLS LAST) AS labels FROM kinds k WHERE k.kind = w.kind) x
    LEFT JOIN t ON t.n = 1 GROUP BY GROUPING SETS ((w.kind, w.s, t.n, x.labels), (w.kind, w.s, t.n, x.labels)) ORDER BY w.kind, w.s;
CREATE VIEW sampled AS SELECT i.id, r.a, r.ordinality FROM items i TABLESAMPLE bernoulli (50) REPEATABLE (1), ROWS FROM (generate_series(1, 2), unnest(ARRAY['x'])) WITH ORDINALITY AS r(a, b);

-- By primary key only: comes back after the key, and what stands on it after that.
CREATE VIEW by_key AS SELECT i.id, i.name, i.price, count(k.*) AS n FROM items i LEFT JOIN kinds k USING (kind) GROUP BY i.id;
CREATE VIEW on_by_key AS SELECT id, n FROM by_key WHERE n > 0;
ALTER VIEW by_key OWNER TO strange_owner;
GRANT SELECT ON items, kinds TO strange_owner;
GRANT SELECT ON by_key TO PUBLIC;
GRANT SELECT (id) ON on_by_key TO strange_owner;
COMMENT ON VIEW by_key IS 'late; view';
COMMENT ON COLUMN by_key.n IS 'late column';
CREATE FUNCTION of_late_view(by_key) RETURNS text LANGUAGE sql AS $$ SELECT $1.name $$;
CREATE MATERIALIZED VIEW late_filled AS SELECT id, name, count(*) AS n FROM items GROUP BY items.id;
CREATE UNIQUE INDEX late_filled_id ON late_filled (id) WITH (fillfactor = 55);
ALTER MATERIALIZED VIEW late_filled CLUSTER ON late_filled_id;
COMMENT ON MATERIALIZED VIEW late_filled IS 'late; and filled';
GRANT SELECT ON late_filled TO strange_owner;
CREATE MATERIALIZED VIEW on_late_filled AS SELECT sum(l.n) AS n FROM late_filled l, by_key b WHERE b.n > 0;
CREATE MATERIALIZED VIEW late_not_filled AS SELECT k.*, count(*) AS n FROM kinds k GROUP BY k.kind WITH NO DATA;
CREATE STATISTICS late_statistics ON id, name FROM late_filled;
CREATE RULE late_rule AS ON UPDATE TO by_key DO INSTEAD UPDATE items SET name = NEW.name WHERE id = OLD.id;
COMMENT ON RULE late_rule ON by_key IS 'a rule of a late view';
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER late_trigger INSTEAD OF DELETE ON by_key FOR EACH ROW EXECUTE FUNCTION nothing();

-- Filled in the right order, whatever their names.
CREATE MATERIALIZED VIEW z_first WITH (fillfactor = 50, autovacuum_enabled = off) AS SELECT kind, count(*) AS n FROM items GROUP BY kind;
CREATE MATERIALIZED VIEW m_second AS SELECT * FROM z_first WHERE n > 1;
CREATE VIEW between_them AS SELECT n FROM m_second;
CREATE MATERIALIZED VIEW a_third AS SELECT max(n) AS top FROM between_them;
CREATE INDEX a_third_top ON a_third (top);
CREATE MATERIALIZED VIEW not_filled AS SELECT 1 AS a WITH NO DATA;
CREATE MATERIALIZED VIEW filled_of_nothing AS SELECT 1 AS a WHERE false;
CREATE MATERIALIZED VIEW never_again AS SELECT 1 / 0 AS a WITH NO DATA;

-- Each view knows the other: one comes back empty first.
CREATE VIEW round_a AS SELECT 1 AS a, 'x'::text AS b;
CREATE VIEW round_b AS SELECT a, b FROM round_a;
CREATE OR REPLACE VIEW round_a AS SELECT r.a, r.b FROM (SELECT 2 AS a, 'y'::text AS b) r WHERE NOT EXISTS (SELECT FROM items WHERE id < 0);
CREATE VIEW round_c AS SELECT 1 AS a;
CREATE FUNCTION of_round() RETURNS SETOF round_c LANGUAGE sql BEGIN ATOMIC SELECT a FROM round_c; END;
CREATE VIEW row_of_itself AS SELECT id, name FROM items;
CREATE FUNCTION takes_row(row_of_itself) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 1 $$;
CREATE OR REPLACE VIEW row_of_itself AS SELECT id, name FROM items WHERE takes_row(ROW(id, name)::row_of_itself) > 0;
COMMENT ON VIEW row_of_itself IS 'in a circle';
CREATE RULE in_circle AS ON INSERT TO round_b DO INSTEAD INSERT INTO items (id) SELECT NEW.a + r.a FROM round_a r;

CREATE TABLE logged (what text, id integer);
CREATE RULE "many; things" AS ON UPDATE TO items WHERE OLD.name IS DISTINCT FROM NEW.name DO ALSO (
    INSERT INTO logged VALUES ('was; ' || OLD.name, OLD.id);
    UPDATE kinds SET label = E'a\\b;' WHERE kind = NEW.kind AND NOT (OLD.* IS NULL);
    DELETE FROM logged WHERE id IS NULL;
    SELECT 1 AS a, CASE WHEN true THEN ';' END
);
CREATE RULE "notify; only" AS ON UPDATE TO kinds DO ALSO NOTIFY "a channel; quoted", 'a payload; too';
CREATE RULE nothing AS ON DELETE TO logged DO INSTEAD NOTHING;
CREATE RULE returning_one AS ON INSERT TO on_view DO INSTEAD
    INSERT INTO items (id, name) VALUES (NEW."renamed; one", NEW."two""") RETURNING id, name;
CREATE RULE always_one AS ON INSERT TO logged DO ALSO UPDATE kinds SET label = 'changed; while the rows came back';
ALTER TABLE logged ENABLE ALWAYS RULE always_one;
CREATE RULE replica_one AS ON INSERT TO kinds DO INSTEAD NOTHING;
ALTER TABLE kinds ENABLE REPLICA RULE replica_one;
CREATE RULE disabled_one AS ON INSERT TO items DO INSTEAD NOTHING;
ALTER TABLE items DISABLE RULE disabled_one;
COMMENT ON RULE "many; things" ON items IS 'does; much';

SELECT current_setting('server_version_num')::integer >= 150000 AS since15 \gset
\if :since15
CREATE VIEW as_invoker WITH (security_invoker = true, security_barrier = true) AS SELECT * FROM items;
\endif
