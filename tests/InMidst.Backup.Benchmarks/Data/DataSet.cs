namespace InMidst.Backup.Benchmarks.Data;

/// <summary>A database as SQL that makes it inside the server. The same set has the same rows, whenever and wherever it is made.</summary>
internal sealed class DataSet
{
    /// <summary>Makes the tables, one statement after the other.</summary>
    public required IReadOnlyList<string> Create { get; init; }

    /// <summary>Fills them, in any order.</summary>
    public required IReadOnlyList<string> Fill { get; init; }

    /// <summary>Primary keys, in any order.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Other indexes, and then foreign keys, one after the other.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>Makes the database and leaves it as one at rest is: vacuumed, analysed, read once.</summary>
    public async Task BuildAsync(BenchmarkServer server, string database, CancellationToken cancellationToken)
    {
        int connections = Math.Max(2, Environment.ProcessorCount);
        await server.CreateDatabaseAsync(database, cancellationToken);
        await server.ExecuteAsync(database, [Phrases, .. Create], 1, cancellationToken);
        await server.ExecuteAsync(database, Fill, connections, cancellationToken);
        await server.ExecuteAsync(database, "DROP TABLE phrase", cancellationToken);
        await server.ExecuteAsync(database, Keys, connections, cancellationToken);
        await server.ExecuteAsync(database, Indexes, 1, cancellationToken);
        await server.ExecuteAsync(database, "VACUUM (FREEZE, ANALYZE)", cancellationToken);
    }

    /// <summary>Cuts the numbers 1 to <paramref name="count"/> into pieces and has a statement made of each.</summary>
    public static IEnumerable<string> Pieces(long count, long length, Func<long, long, string> statement)
    {
        for (long first = 1; first <= count; first += length)
            yield return statement(first, Math.Min(first + length - 1, count));
    }

    // 4,096 phrases of six to thirteen words, the frequent ones much more frequent, as in text that people write. Text columns are
    // put together from them, by joins: a function called for each row would take longer than all the rest.
    private const string Phrases = """
        CREATE UNLOGGED TABLE phrase AS
        WITH vocabulary AS (
            SELECT string_to_array('the of and to in a is for on that with by this be are from or as mask was at it an have not new
                more your order if will home about page all has their other than which can only delivery contact item customer search
                view please first them two each which some time would very make like into long look write number way could people call
                oil find down day did get come made may part over sound take place live where after back little round man year came
                show every good give our under name through just form sentence great think say help low line differ turn cause much
                mean before move right boy old too same tell does set three want air well also play small end put read hand port
                large spell add even land here must big high such follow act why ask men change went light kind off need house
                picture try us again animal point mother world near build self earth father head stand own should country found
                answer school grow study still learn plant cover food sun four between state keep eye never last let thought city
                tree cross farm hard start might story saw far sea draw left late run while press close night real life few north',
                ' ') AS words)
        SELECT p AS id, (
            SELECT string_agg(words[1 + floor(210 * pow(abs(hashint8extended(p * 16 + w, 7) % 10000) / 10000.0, 2.2))::int], ' ')
            FROM generate_series(1, 6 + p % 8) w) AS words
        FROM vocabulary, generate_series(0, 4095) p;
        UPDATE phrase SET words = regexp_replace(words, '\s+', ' ', 'g');
        ALTER TABLE phrase ADD PRIMARY KEY (id);
        ANALYZE phrase
        """;
}
