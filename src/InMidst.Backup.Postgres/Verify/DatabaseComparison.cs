using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>
/// Compares a restored database with what was recorded of its source, object by object: rows by several connections side by side, the
/// rest by one beside them. What differs is told in the order of the index, whoever found it when.
/// </summary>
internal sealed class DatabaseComparison
{
    private readonly List<string> _findings = [];

    private DatabaseComparison()
    {
    }

    /// <summary>What differs, in words.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Every table.</summary>
    public List<TableComparison> Tables { get; } = [];

    /// <summary>Large objects found.</summary>
    public long LargeObjectCount { get; private set; }

    /// <summary>Compares a database with an index.</summary>
    /// <param name="options">The database.</param>
    /// <param name="index">What is known of its source.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it, and what the server does for it.</param>
    public static async Task<DatabaseComparison> RunAsync(
        ComparisonOptions options, DumpIndex index, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        ComparisonSessions sessions = await ComparisonSessions.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (sessions.ConfigureAwait(false))
        {
            var catalog = new CatalogComparison(sessions.Catalog, sessions.Text);
            var reading = new TableReading(
                index.Tables, await PlanAsync(sessions, options, index, cancellationToken).ConfigureAwait(false),
                new LoadProgress(index.Tables.Sum(t => t.Bytes), progress));
            await ReadAsync(sessions, reading, token => catalog.RunAsync(index, token), cancellationToken).ConfigureAwait(false);

            var comparison = new DatabaseComparison { LargeObjectCount = catalog.LargeObjectCount };
            comparison.CompareTables(index.Tables, reading, sessions.Text);
            comparison._findings.AddRange(catalog.Findings);
            return comparison;
        }
    }

    /// <summary>Compares the row counts of a database with those that were loaded from a dump without an index.</summary>
    /// <param name="options">The database.</param>
    /// <param name="loaded">Rows that were loaded, by table.</param>
    /// <param name="progress">Told which table is counted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<DatabaseComparison> RunAsync(
        ComparisonOptions options, IReadOnlyDictionary<string, long> loaded, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        ComparisonSessions sessions = await ComparisonSessions.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (sessions.ConfigureAwait(false))
        {
            var comparison = new DatabaseComparison();
            await comparison.CountAsync(sessions, loaded, progress, cancellationToken).ConfigureAwait(false);
            var catalog = new CatalogComparison(sessions.Catalog, sessions.Text);
            await catalog.CheckIndexesAsync(cancellationToken).ConfigureAwait(false);
            comparison._findings.AddRange(catalog.Findings);
            return comparison;
        }
    }

    /// <summary>Cuts the tables for as many readers as there are.</summary>
    private static async Task<List<DataSlice>> PlanAsync(
        ComparisonSessions sessions, ComparisonOptions options, DumpIndex index, CancellationToken cancellationToken)
    {
        List<SourceTable> found = await TableCatalog.ListAsync(sessions.Catalog, isStandby: false, cancellationToken).ConfigureAwait(false);
        List<SourceTable> tables = RestoredTable.All(index.Tables, sessions.Text, found);
        List<DataSlice> slices = SlicePlan.Make(tables, options.Workers, options.SliceLength);
        int wanted = Math.Min(options.Workers, slices.Count);
        await sessions.OpenReadersAsync(wanted, cancellationToken).ConfigureAwait(false);
        return sessions.Readers.Count == wanted ? slices : SlicePlan.Make(tables, Math.Max(1, sessions.Readers.Count), options.SliceLength);
    }

    /// <summary>Rows and the rest beside each other; one after the other where there is but one connection.</summary>
    private static Task ReadAsync(
        ComparisonSessions sessions, TableReading reading, Func<CancellationToken, Task> rest, CancellationToken cancellationToken)
    {
        IReadOnlyList<IBulkCopy> readers = sessions.Readers;
        return SideBySide.RunAsync(
            [RestAsync, .. readers.Select(reader => (Func<CancellationToken, Task>)(token => DedicatedThread.RunAsync(() => reading.Run(reader, token))))],
            sessions.InterruptAsync, cancellationToken);

        async Task RestAsync(CancellationToken token)
        {
            await rest(token).ConfigureAwait(false);
            if (readers.Count == 0)
                await DedicatedThread.RunAsync(() => reading.Run(sessions.CatalogAsReader, token)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What is compared at once. Rows that are loaded through a root may come to lie in other leaves than before, but only in those that
    /// are loaded so: their sum is compared, under the root's name.
    /// </summary>
    private static IEnumerable<(TableRecord Expected, IReadOnlyList<int> Parts)> ByLoadTarget(IReadOnlyList<TableRecord> tables)
    {
        ILookup<bool, int> byRoot = Enumerable.Range(0, tables.Count).ToLookup(i => tables[i].RootName is not null);
        foreach (int position in byRoot[false])
            yield return (tables[position], [position]);
        foreach (IGrouping<(string?, string?), int> tree in byRoot[true].GroupBy(i => (tables[i].RootSchema, tables[i].RootName)))
        {
            TableRecord whole = tables[tree.First()] with
            {
                Schema = tree.Key.Item1!,
                Name = tree.Key.Item2!,
                Rows = tree.Sum(i => tables[i].Rows),
                Checksum = tree.Select(i => tables[i].Checksum).Aggregate(ContentChecksum.Add),
            };
            yield return (whole, [.. tree]);
        }
    }

    private void CompareTables(IReadOnlyList<TableRecord> tables, TableReading reading, DatabaseText text)
    {
        foreach ((TableRecord table, IReadOnlyList<int> parts) in ByLoadTarget(tables))
        {
            if (parts.Select(reading.MissingOf).FirstOrDefault(m => m is not null) is { } missing)
            {
                _findings.Add($"{table.Schema}.{table.Name}: {text.Decode(missing.MessageText)}.");
                Tables.Add(new TableComparison { Schema = table.Schema, Name = table.Name, ExpectedRows = table.Rows, Match = false });
                continue;
            }

            var actual = new ContentChecksum();
            foreach (int part in parts)
                actual.Add(reading.SumOf(part));
            Compare(table, actual);
        }
    }

    private void Compare(TableRecord table, ContentChecksum actual)
    {
        bool match = actual.Rows == table.Rows && actual.Sum == table.Checksum;
        Tables.Add(new TableComparison
        {
            Schema = table.Schema, Name = table.Name, ExpectedRows = table.Rows, ActualRows = actual.Rows, Match = match,
        });
        if (!match)
        {
            _findings.Add(string.Create(CultureInfo.InvariantCulture,
                $"{table.Schema}.{table.Name}: {actual.Rows:N0} rows restored, {table.Rows:N0} in the source{(actual.Rows == table.Rows ? ", but with other contents" : "")}."));
        }
    }

    private async Task CountAsync(
        ComparisonSessions sessions, IReadOnlyDictionary<string, long> loaded, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        foreach (SourceTable table in await TableCatalog.ListAsync(sessions.Catalog, isStandby: false, cancellationToken).ConfigureAwait(false))
        {
            string name = sessions.Text.Decode(table.Qualified);
            progress.Report(new OperationProgress($"Counting {name}", 0, null));
            using var command = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM ONLY {table.Qualified}", sessions.Catalog);
            long actual = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            long? expected = loaded.TryGetValue(name, out long rows) ? rows : null;
            bool match = expected is null || expected == actual;
            Tables.Add(new TableComparison
            {
                Schema = sessions.Text.Decode(table.Schema), Name = sessions.Text.Decode(table.Name), ExpectedRows = expected, ActualRows = actual, Match = match,
            });
            if (!match)
                _findings.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {actual:N0} rows restored, {expected:N0} in the dump."));
        }
    }
}
