-- From December 2024 to January 2026: the first and the last weeks have no partition of their own.
INSERT INTO midst.events (id, at, kind, profile_id, source, payload)
SELECT i,
    timestamp with time zone '2024-12-10 00:00:00+00' + i * (interval '9600 hours' / {{events}}),
    (ARRAY['login', 'view', 'logout', 'change', 'mask.worn'])[1 + i % 5],
    CASE WHEN i % 10 <> 0 THEN 1 + i * 13 % {{profiles}} END,
    CASE i % 4
        WHEN 0 THEN NULL
        WHEN 1 THEN inet '2001:db8::' + i
        ELSE inet '10.0.0.0/8' + i % 16000000
    END,
    CASE WHEN i % 3 = 0 THEN jsonb_build_object('path', '/masks/' || i % 5000, 'ms', i * 7919 % 90000) END
FROM generate_series(1, {{events}}::bigint) AS i;

SELECT setval('midst.event_id', {{events}});

INSERT INTO midst.sessions
SELECT md5('session ' || i), 1 + i % {{profiles}}, timestamp with time zone '2025-06-01 00:00:00+00' + i * interval '1 second'
FROM generate_series(1, {{sessions}}::bigint) AS i;

SELECT setval('midst.countdown', -17), setval('midst.restarted', 55, false), setval('midst.round', 7);
SELECT nextval('midst.round');
