INSERT INTO midst.tasks (id, parent_id, profile_id, title, body, state, due, cost, estimate, details)
SELECT i,
    CASE WHEN i % 5 = 0 AND i > 1 THEN i / 2 END,
    CASE WHEN i % 11 <> 0 THEN 1 + i * 17 % {{profiles}} END,
    (ARRAY['Paint', 'Repair', 'Invent', 'Return', 'Compare'])[1 + i % 5] || ' the '
        || (ARRAY['curious', 'golden', 'broken', 'smallest'])[1 + i % 4] || ' mask ' || i,
    CASE i % 7 WHEN 0 THEN '' WHEN 1 THEN NULL WHEN 2 THEN E'One line\n\tand another\\.' ELSE left(md5(i::text), 20) END,
    (ARRAY['open', 'running', 'waiting', 'done', 'failed']::midst.task_state[])[1 + i % 5],
    CASE WHEN i % 3 <> 0 THEN timestamp '2025-03-01 08:00:00' + i * interval '11 minutes' END,
    ((i * 7919 % 100000) / 100.0)::numeric(10, 2)::money,
    CASE WHEN i % 4 = 0 THEN make_interval(days => (i % 40)::integer, mins => (i % 600)::integer) END,
    CASE WHEN i % 6 = 0 THEN jsonb_build_object('step', i % 12, 'by', 'Zoë "the" \ one') END
FROM generate_series(1, {{tasks}}::bigint) AS i;

SELECT setval('midst.task_number', {{tasks}});

INSERT INTO midst.notes (id, note)
SELECT i, CASE WHEN i % 10 <> 0 THEN 'Note ' || md5(i::text) END FROM generate_series(1, {{notes}}) AS i;
INSERT INTO midst.review_notes (id, note, stars)
SELECT i, 'Review ' || i, CASE WHEN i % 8 <> 0 THEN 1 + i % 5 END FROM generate_series(1, {{notes}}) AS i;

INSERT INTO midst.bookings (room, slots, paid, days, cancelled)
SELECT i % 7, int4range(i * 10, i * 10 + 10),
    CASE WHEN i % 4 <> 0 THEN midst.price_range(i, i + 0.5, '[]') END,
    CASE i % 3
        WHEN 0 THEN 'empty'::daterange::datemultirange
        WHEN 1 THEN datemultirange(daterange(date '2025-01-01' + i, NULL), daterange(NULL, date '2024-12-01'))
    END,
    i % 20 = 0
FROM generate_series(1, {{bookings}}) AS i;
-- What a cancelled booking overlaps does not matter: the exclusion constraint leaves it out.
INSERT INTO midst.bookings (room, slots, cancelled) VALUES (1, '[1,500)', true), (1, 'empty', false), (2, '(,5)', false);
