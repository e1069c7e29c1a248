using System.Buffers;
using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Compares a restored database with what was recorded of its source, object by object.</summary>
internal sealed class DatabaseComparison
{
    private readonly NpgsqlConnection _connection;
    private readonly DatabaseText _text;
    private readonly List<string> _findings = [];
    private readonly IProgress<OperationProgress> _progress;

    private DatabaseComparison(NpgsqlConnection connection, DatabaseText text, IProgress<OperationProgress> progress)
    {
        _connection = connection;
        _text = text;
        _progress = progress;
    }

    /// <summary>What differs, in words.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Every table.</summary>
    public List<TableComparison> Tables { get; } = [];

    /// <summary>Large objects found.</summary>
    public long LargeObjectCount { get; private set; }

    /// <summary>Compares a database with an index.</summary>
    public static Task<DatabaseComparison> RunAsync(
        ServerAddress address, string database, DumpIndex index, IProgress<OperationProgress> progress, CancellationToken cancellationToken) =>
        RunAsync(address, database, c => c.CompareAsync(index, cancellationToken), progress, cancellationToken);

    /// <summary>Compares the row counts of a database with those that were loaded from a dump without an index.</summary>
    public static Task<DatabaseComparison> RunAsync(
        ServerAddress address, string database, IReadOnlyDictionary<string, long> loaded, IProgress<OperationProgress> progress,
        CancellationToken cancellationToken) =>
        RunAsync(address, database, c => c.CompareAsync(loaded, cancellationToken), progress, cancellationToken);

    private static async Task<DatabaseComparison> RunAsync(
        ServerAddress address, string database, Func<DatabaseComparison, Task> compare, IProgress<OperationProgress> progress,
        CancellationToken cancellationToken)
    {
        bool quiet = await CanSilenceTriggersAsync(address, cancellationToken).ConfigureAwait(false);
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            address, database, new ConnectorOptions { ByteText = true, WithoutEventTriggers = quiet }, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await PinnedSession.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
            using var command = new NpgsqlCommand("SELECT pg_catalog.getdatabaseencoding()::text", connection);
            string encoding = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            var comparison = new DatabaseComparison(connection, new DatabaseText(encoding), progress);
            await compare(comparison).ConfigureAwait(false);
            await comparison.CheckValidityAsync(cancellationToken).ConfigureAwait(false);
            return comparison;
        }
    }

    /// <summary>A trigger on login, which 17 brought, may write down who came: the very session that compares would change what it compares.</summary>
    private static async Task<bool> CanSilenceTriggersAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            address, address.Database, new ConnectorOptions(), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            const string Query = """
                SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 170000
                   AND pg_catalog.current_setting('is_superuser')::pg_catalog.bool
                """;
            using var command = new NpgsqlCommand(Query, connection);
            return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private async Task CompareAsync(DumpIndex index, CancellationToken cancellationToken)
    {
        long total = Math.Max(1, index.Tables.Sum(t => t.Bytes));
        long done = 0;
        foreach ((TableRecord table, IReadOnlyList<TableRecord> parts) in ByLoadTarget(index.Tables))
        {
            _progress.Report(new OperationProgress($"Comparing {table.Schema}.{table.Name}", done, (double)done / total));
            await CompareTableAsync(table, parts, cancellationToken).ConfigureAwait(false);
            done += table.Bytes;
        }

        await CompareLargeObjectsAsync(index.Backup.Totals, cancellationToken).ConfigureAwait(false);
        await CompareSequencesAsync(index.Sequences, cancellationToken).ConfigureAwait(false);
        await CompareMaterializedViewsAsync(index.MaterializedViews, cancellationToken).ConfigureAwait(false);
        List<string> notValid = await SourceFacts.ReadNotValidConstraintsAsync(_connection, _text, cancellationToken).ConfigureAwait(false);
        _findings.AddRange(notValid.Except(index.NotValidConstraints).Select(c => $"Constraint {c} is not validated though it was in the source."));
    }

    /// <summary>
    /// What is compared at once. Rows that are loaded through a root may come to lie in other leaves than before, but only in those that
    /// are loaded so: their sum is compared, under the root's name.
    /// </summary>
    private static IEnumerable<(TableRecord Expected, IReadOnlyList<TableRecord> Parts)> ByLoadTarget(IReadOnlyList<TableRecord> tables)
    {
        foreach (TableRecord table in tables.Where(t => t.RootName is null))
            yield return (table, [table]);
        foreach (IGrouping<(string?, string?), TableRecord> tree in tables.Where(t => t.RootName is not null).GroupBy(t => (t.RootSchema, t.RootName)))
        {
            TableRecord whole = tree.First() with
            {
                Schema = tree.Key.Item1!,
                Name = tree.Key.Item2!,
                Rows = tree.Sum(t => t.Rows),
                Bytes = tree.Sum(t => t.Bytes),
                Checksum = tree.Select(t => t.Checksum).Aggregate(ContentChecksum.Add),
            };
            yield return (whole, [.. tree]);
        }
    }

    private async Task ReadAsync(TableRecord table, ContentChecksum sum, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            Stream rows = await new NpgsqlBulkCopy(_connection).BeginCopyOutAsync(CopyStatement.Again(table, _text), cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                int read;
                while ((read = await rows.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                    sum.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task CompareTableAsync(TableRecord table, IReadOnlyList<TableRecord> parts, CancellationToken cancellationToken)
    {
        var actual = new ContentChecksum();
        try
        {
            foreach (TableRecord part in parts)
                await ReadAsync(part, actual, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName)
        {
            _findings.Add($"{table.Schema}.{table.Name}: {_text.Decode(e.MessageText)}.");
            Tables.Add(new TableComparison { Schema = table.Schema, Name = table.Name, ExpectedRows = table.Rows, Match = false });
            return;
        }

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

    private async Task CompareLargeObjectsAsync(TotalsRecord expected, CancellationToken cancellationToken)
    {
        LargeObjects.Summary actual = await LargeObjects.ReadAsync(_connection, handler: null, cancellationToken).ConfigureAwait(false);
        LargeObjectCount = actual.Count;
        if (actual.Count != expected.LargeObjects || actual.Checksum != expected.LargeObjectChecksum)
        {
            _findings.Add(string.Create(CultureInfo.InvariantCulture,
                $"Large objects: {actual.Count:N0} with {actual.Bytes:N0} bytes restored, {expected.LargeObjects:N0} with {expected.LargeObjectBytes:N0} in the source{(actual.Count == expected.LargeObjects && actual.Bytes == expected.LargeObjectBytes ? ", with other contents" : "")}."));
        }
    }

    private async Task CompareSequencesAsync(IReadOnlyList<SequenceRecord> expected, CancellationToken cancellationToken)
    {
        List<SequenceValues.Value> values = await SequenceValues.ReadAsync(_connection, cancellationToken).ConfigureAwait(false);
        HashSet<SequenceRecord> actual = [.. values.Select(v => v.ToRecord(_text))];
        _findings.AddRange(expected.Where(s => !actual.Contains(s)).Select(s => string.Create(CultureInfo.InvariantCulture,
            $"Sequence {s.Schema}.{s.Name} does not stand at {s.LastValue} as in the source.")));
    }

    private async Task CompareMaterializedViewsAsync(IReadOnlyList<MaterializedViewRecord> expected, CancellationToken cancellationToken)
    {
        HashSet<MaterializedViewRecord> actual =
            [.. await SourceFacts.ReadMaterializedViewsAsync(_connection, _text, cancellationToken).ConfigureAwait(false)];
        _findings.AddRange(expected.Where(v => !actual.Contains(v)).Select(v =>
            $"Materialised view {v.Schema}.{v.Name} is missing or not {(v.IsPopulated ? "populated" : "empty")} as in the source."));
    }

    private async Task CheckValidityAsync(CancellationToken cancellationToken)
    {
        List<string> invalid = await SourceFacts.ReadInvalidIndexesAsync(_connection, _text, cancellationToken).ConfigureAwait(false);
        _findings.AddRange(invalid.Select(i => $"Index {i} is not valid."));
    }

    private async Task CompareAsync(IReadOnlyDictionary<string, long> loaded, CancellationToken cancellationToken)
    {
        List<SourceTable> tables = await TableCatalog.ListAsync(_connection, isStandby: false, cancellationToken).ConfigureAwait(false);
        foreach (SourceTable table in tables)
        {
            string name = _text.Decode(table.Qualified);
            _progress.Report(new OperationProgress($"Counting {name}", 0, null));
            using var command = new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM ONLY {table.Qualified}", _connection);
            long actual = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            long? expected = loaded.TryGetValue(name, out long rows) ? rows : null;
            bool match = expected is null || expected == actual;
            Tables.Add(new TableComparison
            {
                Schema = _text.Decode(table.Schema), Name = _text.Decode(table.Name), ExpectedRows = expected, ActualRows = actual, Match = match,
            });
            if (!match)
                _findings.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {actual:N0} rows restored, {expected:N0} in the dump."));
        }
    }
}
