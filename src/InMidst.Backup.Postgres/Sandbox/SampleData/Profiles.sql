INSERT INTO midst.teams (name)
SELECT 'Team ' || i FROM generate_series(1, {{teams}}) AS i;

INSERT INTO midst.profiles (id, key, name, email, mood, score, born, home, tags, settings, team_id, created_at)
OVERRIDING SYSTEM VALUE
SELECT i,
    h::uuid,
    (ARRAY['Ada', 'Björk', 'Chloé', 'Dmitri', 'Eße', 'Fátima', 'George', '花子'])[1 + i % 8] || ' ' || initcap(left(h, 7)),
    CASE WHEN i % 9 <> 0 THEN left(h, 6) || '.' || i || '@example.org' END,
    (ARRAY['calm', 'curious', 'it''s complicated', 'Überglücklich']::midst.mood[])[1 + i % 4],
    (i * 37 % 10001) / 100.0,
    CASE WHEN i % 5 <> 0 THEN date '1950-01-01' + (i * 7919 % 20000)::integer END,
    CASE WHEN i % 4 = 0
        THEN ROW(i % 300 || ' Rue "de la Paix", ' || left(h, 3),
            lpad((i % 100000)::text, 5, '0'), 'FR', point(i % 180, i % 90 + 0.5))::midst.address
    END,
    CASE i % 3 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['new', left(h, 4)] ELSE ARRAY['a,b', 'back\slash', NULL] END::midst.tag[],
    CASE WHEN i % 2 = 0
        THEN jsonb_build_object(
            'theme', CASE WHEN i % 4 = 0 THEN 'dark' ELSE 'light' END, 'limits', jsonb_build_array(i % 10, i * 0.5, NULL))
        ELSE '{}'
    END,
    10 * (1 + i % {{teams}}),
    timestamp with time zone '2024-01-01 00:00:00+00' + i * interval '5.25 minutes'
FROM (SELECT i, md5(i::text) AS h FROM generate_series(1, {{profiles}}::bigint) AS i) AS n;

UPDATE midst.teams SET lead_profile_id = 1 + id % {{profiles}} WHERE id % 30 <> 0;
SELECT setval('midst.profiles_id_seq', {{profiles}});

INSERT INTO midst.preferences
SELECT i, name, CASE WHEN i % 3 <> 0 THEN md5(i || name) END
FROM generate_series(1, {{preferences}} / 2) AS i, (VALUES ('language'), ('Zeitzone')) AS names (name);
