namespace InMidst.Backup.Benchmarks.Data;

/// <summary>Data sets that are extreme in one respect. Sizes are in GB (10^9 bytes) of COPY text, within some percent.</summary>
internal static class GrowthData
{
    private const string Source = """
        SELECT g, (hashint8extended(g, 3) & 1073741823) AS h, (hashint8extended(g, 5) & 1073741823) AS k
        """;

    private const double BytesOfAnOrdinaryRow = 143;

    /// <summary>As many tables of the same kind and size as are asked for; one table is one huge table.</summary>
    public static DataSet Tables(int count, double gigabytes)
    {
        long rows = Math.Max(1, (long)(gigabytes * 1e9 / BytesOfAnOrdinaryRow / count));
        return new DataSet
        {
            Create = [$"""
                DO $$ BEGIN FOR n IN 1..{count} LOOP
                    EXECUTE format('CREATE TABLE t%s (id bigint NOT NULL, who uuid NOT NULL, at timestamptz NOT NULL, amount numeric, note text)', n);
                    IF n % 500 = 0 THEN COMMIT; END IF;
                END LOOP; END $$
                """],
            Fill = count == 1
                ? [.. DataSet.Pieces(rows, 100_000, (first, last) => OrdinaryRows("t1", first, last))]
                : [.. Enumerable.Range(1, count).Select(n => OrdinaryRows($"t{n}", n, n + rows - 1))],
            Keys = [.. Enumerable.Range(1, count).Select(n => $"ALTER TABLE t{n} ADD PRIMARY KEY (id)")],
        };
    }

    /// <summary>A table of 200 columns: rows of about 5 kB that are not stored out of line.</summary>
    public static DataSet WideRows(double gigabytes)
    {
        string[] kinds = ["int", "numeric(10,2)", "text", "timestamptz"];
        string[] values = ["(h % {0})::int", "(k % 1{0}) / 100.0", "left(p.words, 15 + {0} % 20)", "timestamptz '2024-01-01Z' + {0} * interval '1 minute' + h % 86400 * interval '1 second'"];
        IEnumerable<int> columns = Enumerable.Range(0, 200);
        string selected = string.Join(", ", columns.Select(n => values[n % 4].Replace("{0}", $"{1000 + n}")));
        return Single(
            "id bigint NOT NULL, " + string.Join(", ", columns.Select(n => $"c{n} {kinds[n % 4]}")),
            "g, " + selected, (long)(gigabytes * 1e9 / 3_000), 5_000);
    }

    /// <summary>A table of two numbers: rows of about 15 bytes, where the work for each row is what counts.</summary>
    public static DataSet TinyRows(double gigabytes) =>
        Single("id bigint NOT NULL, value int", "g, (h % 1000000)::int", (long)(gigabytes * 1e9 / 15.4), 500_000, withPhrases: false);

    /// <summary>A table of values of about 64 kB of bytea, which are stored out of line and cannot be compressed.</summary>
    public static DataSet LargeValues(double gigabytes) => Single(
        "id bigint NOT NULL, content bytea NOT NULL",
        "g, (SELECT string_agg(sha512(int8send(g * 10000 + n)), ''::bytea) FROM generate_series(1, (700 + k % 700)::int) n)",
        (long)(gigabytes * 1e9 / 134_000), 200, withPhrases: false);

    private static DataSet Single(string columns, string values, long rows, long piece, bool withPhrases = true)
    {
        string phrases = withPhrases ? "JOIN phrase p ON p.id = n.h / 7 % 4096" : "";
        return new DataSet
        {
            Create = [$"CREATE TABLE single ({columns})"],
            Fill =
            [
                .. DataSet.Pieces(Math.Max(1, rows), piece, (first, last) =>
                    $"INSERT INTO single SELECT {values} FROM ({Source} FROM generate_series({first}::bigint, {last}::bigint) g) n {phrases}"),
            ],
            Keys = ["ALTER TABLE single ADD PRIMARY KEY (id)"],
        };
    }

    private static string OrdinaryRows(string table, long first, long last) => $"""
        INSERT INTO {table} SELECT g, md5(g::text)::uuid, timestamptz '2024-01-01Z' + h * interval '0.017 seconds', (k % 1000000) / 100.0, p.words
        FROM ({Source} FROM generate_series({first}::bigint, {last}::bigint) g) n JOIN phrase p ON p.id = n.h / 7 % 4096
        """;
}
