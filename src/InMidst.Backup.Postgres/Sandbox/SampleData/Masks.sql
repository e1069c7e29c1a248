INSERT INTO midst.masks
SELECT md5('mask ' || i)::uuid,
    1 + i * 31 % {{profiles}},
    (ARRAY['paper', 'wood', 'plain', 'carnival', 'theatre', 'digital']::midst.mask_kind[])[1 + i % 6],
    decode(repeat(h, 6) || repeat(reverse(h), (i % 13)::integer), 'hex'),
    CASE i % 1000 WHEN 0 THEN 'NaN' ELSE (i * 7919 % 1000000) / 10000.0 END,
    CASE WHEN i % 4 <> 0
        THEN tstzrange(timestamp with time zone '2025-02-01 00:00:00+00' + i * interval '90 seconds',
            CASE WHEN i % 8 <> 1 THEN timestamp with time zone '2025-02-01 06:00:00+00' + i * interval '90 seconds' END)
    END,
    CASE WHEN i % 3 = 0 THEN ARRAY[i % 256, i * 3 % 256, NULL] END
FROM (SELECT i, md5(i::text || 'pixels') AS h FROM generate_series(1, {{masks}}::bigint) AS i) AS n;

INSERT INTO midst.mask_wear
SELECT (ARRAY['paper', 'wood', 'plain', 'carnival', 'theatre', 'digital']::midst.mask_kind[])[1 + i % 6],
    date '2025-01-01' + (i / 6)::integer,
    (i * 7919 % 500)::integer
FROM generate_series(1, {{mask_wear}}::bigint) AS i;
