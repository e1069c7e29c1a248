using System.Globalization;
using System.Text.RegularExpressions;

namespace InMidst.Backup.Benchmarks.Data;

/// <summary>
/// What the databases of a web shop look like: one table of events with almost half of all bytes, a handful of large ones, a tail of
/// small ones; JSON, uuids, e-mail addresses, timestamps, numerics, text and some bytea. About 4.3 : 1 under gzip.
/// </summary>
internal static partial class MixedData
{
    private const long RowsOfAPiece = 50_000;

    // Rows for one GB (10^9 bytes) of COPY text. Names in braces in the queries below stand for these numbers, times the size.
    private static readonly Dictionary<string, long> RowsPerGigabyte = new()
    {
        ["team"] = 2_000, ["profile"] = 480_000, ["mask"] = 90_900, ["purchase"] = 720_000, ["purchase_line"] = 3_110_000,
        ["event"] = 1_230_000, ["message"] = 200_000, ["mask_image"] = 5_500,
    };

    private const int SmallTables = 24;

    private const string Tables = """
        CREATE TABLE team (id int NOT NULL, name text NOT NULL, region text NOT NULL, budget numeric(14,2), founded date);
        CREATE TABLE profile (id uuid NOT NULL, email text NOT NULL, display_name text NOT NULL, biography text, preferences jsonb NOT NULL,
            balance numeric(12,2) NOT NULL, is_active boolean NOT NULL, created_at timestamptz NOT NULL, last_seen_at timestamptz);
        CREATE TABLE mask (id int NOT NULL, team_id int NOT NULL, sku text NOT NULL, title text NOT NULL, description text,
            price numeric(10,2) NOT NULL, attributes jsonb NOT NULL, weight double precision, created_at timestamptz NOT NULL);
        CREATE TABLE purchase (id bigint NOT NULL, profile_id uuid NOT NULL, placed_at timestamptz NOT NULL, status text NOT NULL,
            total numeric(12,2) NOT NULL, currency char(3) NOT NULL, address jsonb NOT NULL, remark text);
        CREATE TABLE purchase_line (id bigint NOT NULL, purchase_id bigint NOT NULL, mask_id int NOT NULL, quantity smallint NOT NULL,
            unit_price numeric(10,2) NOT NULL, discount numeric(5,4), shipped_at timestamptz);
        CREATE TABLE event (id bigint NOT NULL, occurred_at timestamptz NOT NULL, kind text NOT NULL, session_id uuid NOT NULL,
            profile_number int, payload jsonb NOT NULL);
        CREATE TABLE message (id bigint NOT NULL, profile_id uuid NOT NULL, sent_at timestamptz NOT NULL, subject text NOT NULL, body text NOT NULL);
        CREATE TABLE mask_image (id int NOT NULL, mask_id int NOT NULL, media_type text NOT NULL, taken_at timestamptz, content bytea NOT NULL)
        """;

    // h and k are two hashes of the row's number g; p, q and r are phrases.
    private static readonly Dictionary<string, string> Columns = new()
    {
        ["team"] = "g, initcap(p.words), (ARRAY['north','south','east','west'])[1 + h % 4], (k % 90000000) / 100.0, date '2015-01-01' + (h % 3000)::int",
        ["profile"] = """
            md5('profile' || g)::uuid, 'user' || g || '.' || split_part(p.words, ' ', 3) || '@' || (ARRAY['example.com','mail.example.org','example.net'])[1 + h % 3],
            initcap(split_part(p.words, ' ', 1) || ' ' || split_part(q.words, ' ', 2)), CASE WHEN h % 3 > 0 THEN q.words || '. ' || r.words END,
            jsonb_build_object('theme', (ARRAY['dark','light','system'])[1 + h % 3], 'language', (ARRAY['en','de','fr','es'])[1 + k % 4],
                'newsletter', h % 2 = 0, 'pageSize', 10 * (1 + k % 5)),
            (k % 5000000) / 100.0, h % 11 > 0, timestamptz '2019-01-01Z' + g * interval '97 seconds',
            CASE WHEN h % 5 > 0 THEN timestamptz '2025-01-01Z' + (k % 30000000) * interval '1 second' END
            """,
        ["mask"] = """
            g, 1 + (h % {team})::int, 'MSK-' || lpad(to_hex(k % 16777216), 6, '0'), initcap(p.words), q.words || '. ' || r.words, (h % 20000) / 100.0,
            jsonb_build_object('colour', (ARRAY['red','blue','black','white'])[1 + h % 4], 'size', (ARRAY['S','M','L'])[1 + k % 3], 'layers', 1 + h % 5),
            (k % 5000) / 17.0, timestamptz '2020-01-01Z' + g * interval '31 minutes'
            """,
        ["purchase"] = """
            g, md5('profile' || 1 + h % {profile})::uuid, timestamptz '2021-01-01Z' + g * interval '41.317 seconds',
            (ARRAY['paid','paid','paid','shipped','returned','open'])[1 + k % 6], (h % 100000) / 100.0, (ARRAY['EUR','EUR','USD','CHF'])[1 + h % 4],
            jsonb_build_object('street', split_part(p.words, ' ', 2) || ' street ' || k % 200, 'city', initcap(split_part(q.words, ' ', 1)),
                'zip', lpad((k % 100000)::text, 5, '0'), 'country', (ARRAY['DE','FR','US','CH'])[1 + h % 4]),
            CASE WHEN k % 7 = 0 THEN r.words WHEN k % 7 < 3 THEN 'Leave the parcel with a neighbour if nobody is at home.' END
            """,
        ["purchase_line"] = """
            g, 1 + (g - 1) * {purchase} / {purchase_line}, 1 + (h % {mask})::int, 1 + k % 4, (h % {mask} % 40) * 5 + 9.99,
            CASE WHEN k % 5 = 0 THEN (k % 3000) / 10000.0 END,
            CASE WHEN h % 10 > 0 THEN timestamptz '2021-01-02Z' + g * interval '13 seconds' END
            """,
        ["event"] = """
            g, timestamptz '2024-01-01Z' + g * interval '1.731 seconds', (ARRAY['view','view','view','click','search','basket','login','error'])[1 + h % 8],
            md5('session' || g / 11)::uuid, CASE WHEN h % 4 > 0 THEN (1 + k % {profile})::int END,
            jsonb_build_object('path', '/' || replace(left(p.words, 20), ' ', '/') || '/' || k % 5000, 'device', (ARRAY['ios','android','desktop'])[1 + h % 3],
                'durationMs', k % 30000, 'referrer', 'https://www.example.com/' || replace(split_part(q.words, ' ', 2), ' ', '-'),
                'ok', h % 50 > 0, 'text', q.words, 'agent', (ARRAY[
                    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148',
                    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile',
                    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0'])[1 + h % 3])
            """,
        ["message"] = """
            g, md5('profile' || 1 + h % {profile})::uuid, timestamptz '2022-01-01Z' + g * interval '83 seconds', initcap(p.words),
            q.words || '. ' || r.words || ', ' || p.words || '; ' || r.words || '.' || E'\nBest regards,\n' || initcap(split_part(q.words, ' ', 1)) || E'\n-- \n'
                || 'You get this because you have bought at our shop. Answers to this address are not read; use the page of your purchase instead.'
            """,
        ["mask_image"] = """
            g, 1 + (h % {mask})::int, (ARRAY['image/png','image/webp'])[1 + h % 2], timestamptz '2023-01-01Z' + g * interval '7 minutes',
            (SELECT string_agg(sha512(int8send(g * 100 + n)), ''::bytea) FROM generate_series(1, (20 + k % 40)::int) n)
            """,
    };

    private static readonly string[] SecondaryIndexes =
    [
        "ALTER TABLE profile ADD UNIQUE (email)",
        "CREATE INDEX ON purchase (profile_id, placed_at)",
        "CREATE INDEX ON purchase (placed_at)",
        "CREATE INDEX ON purchase_line (purchase_id)",
        "CREATE INDEX ON event (occurred_at)",
        "CREATE INDEX ON event (profile_number) WHERE profile_number IS NOT NULL",
        "CREATE INDEX ON message (profile_id)",
        "CREATE INDEX ON mask (sku)",
        "ALTER TABLE mask ADD FOREIGN KEY (team_id) REFERENCES team",
        "ALTER TABLE purchase ADD FOREIGN KEY (profile_id) REFERENCES profile",
        "ALTER TABLE purchase_line ADD FOREIGN KEY (purchase_id) REFERENCES purchase, ADD FOREIGN KEY (mask_id) REFERENCES mask",
        "ALTER TABLE message ADD FOREIGN KEY (profile_id) REFERENCES profile",
        "ALTER TABLE mask_image ADD FOREIGN KEY (mask_id) REFERENCES mask",
    ];

    /// <summary>Describes the data set.</summary>
    /// <param name="gigabytes">Its COPY text in GB (10^9 bytes), within some percent.</param>
    /// <param name="withIndexes">With secondary indexes and foreign keys; otherwise with primary keys alone.</param>
    public static DataSet Make(double gigabytes, bool withIndexes)
    {
        Dictionary<string, long> rows = RowsPerGigabyte.ToDictionary(r => r.Key, r => Math.Max(1, (long)(r.Value * gigabytes)));
        string[] small = [.. Enumerable.Range(1, SmallTables).Select(n => string.Create(CultureInfo.InvariantCulture, $"setting_{n:00}"))];
        return new DataSet
        {
            Create = [Tables, .. small.Select(name => $"CREATE TABLE {name} (id int NOT NULL, name text NOT NULL, value text, changed_at timestamptz NOT NULL)")],
            Fill =
            [
                .. Columns.Keys.OrderByDescending(name => rows[name]).SelectMany(name => Fill(name, rows)),
                .. small.Select((name, n) => $"INSERT INTO {name} SELECT p.id, 'setting.' || p.id, p.words, timestamptz '2024-05-01Z' + p.id * interval '1 hour' FROM phrase p WHERE p.id < {n * n}"),
            ],
            Keys = [.. Columns.Keys.Concat(small).Select(name => $"ALTER TABLE {name} ADD PRIMARY KEY (id)")],
            Indexes = withIndexes ? SecondaryIndexes : [],
        };
    }

    // The hashes of a row are positive 31-bit numbers; a row's phrases are chosen by them.
    private static IEnumerable<string> Fill(string table, Dictionary<string, long> rows)
    {
        string columns = Placeholder().Replace(Columns[table], match => rows[match.Groups[1].Value].ToString(CultureInfo.InvariantCulture));
        return DataSet.Pieces(rows[table], RowsOfAPiece, (first, last) => $"""
            INSERT INTO {table} SELECT {columns}
            FROM (SELECT g, (hashint8extended(g, {table.Length}) & 1073741823) AS h, (hashint8extended(g, {100 + table.Length}) & 1073741823) AS k
                  FROM generate_series({first}::bigint, {last}::bigint) g) n
            JOIN phrase p ON p.id = n.h / 7 % 4096 JOIN phrase q ON q.id = n.k / 11 % 4096 JOIN phrase r ON r.id = (n.h / 5 + n.k) % 4096
            """);
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();
}
