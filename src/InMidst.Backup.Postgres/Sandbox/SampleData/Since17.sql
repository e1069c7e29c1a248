CREATE TABLE midst.readings (
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    took interval
) PARTITION BY RANGE (day);
CREATE TABLE midst.readings_2025 PARTITION OF midst.readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO midst.readings (day, took)
SELECT date '2025-01-01' + i % 365, CASE i % 50 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity' ELSE i * interval '1 second' END
FROM generate_series(1, 500) AS i;
GRANT MAINTAIN ON midst.readings TO midst_app;
