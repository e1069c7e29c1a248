using System.Globalization;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Dump;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Compares everything but the rows of tables, on one connection.</summary>
internal sealed class CatalogComparison(NpgsqlConnection connection, DatabaseText text)
{
    private readonly List<string> _findings = [];

    /// <summary>What differs, in words.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Large objects found.</summary>
    public long LargeObjectCount { get; private set; }

    /// <summary>Compares large objects, sequences, materialised views and constraints with an index, and asks for invalid indexes.</summary>
    public async Task RunAsync(DumpIndex index, CancellationToken cancellationToken)
    {
        await CompareLargeObjectsAsync(index.Backup.Totals, cancellationToken).ConfigureAwait(false);
        await CompareSequencesAsync(index.Sequences, cancellationToken).ConfigureAwait(false);
        await CompareMaterializedViewsAsync(index.MaterializedViews, cancellationToken).ConfigureAwait(false);
        List<string> notValid = await SourceFacts.ReadNotValidConstraintsAsync(connection, text, cancellationToken).ConfigureAwait(false);
        _findings.AddRange(notValid.Except(index.NotValidConstraints).Select(c => $"Constraint {c} is not validated though it was in the source."));
        await CheckIndexesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for invalid indexes, which no database should have.</summary>
    public async Task CheckIndexesAsync(CancellationToken cancellationToken)
    {
        List<string> invalid = await SourceFacts.ReadInvalidIndexesAsync(connection, text, cancellationToken).ConfigureAwait(false);
        _findings.AddRange(invalid.Select(i => $"Index {i} is not valid."));
    }

    private async Task CompareLargeObjectsAsync(TotalsRecord expected, CancellationToken cancellationToken)
    {
        LargeObjects.Summary actual = await LargeObjects.ReadAsync(connection, handler: null, cancellationToken).ConfigureAwait(false);
        LargeObjectCount = actual.Count;
        if (actual.Count != expected.LargeObjects || actual.Checksum != expected.LargeObjectChecksum)
        {
            _findings.Add(string.Create(CultureInfo.InvariantCulture,
                $"Large objects: {actual.Count:N0} with {actual.Bytes:N0} bytes restored, {expected.LargeObjects:N0} with {expected.LargeObjectBytes:N0} in the source{(actual.Count == expected.LargeObjects && actual.Bytes == expected.LargeObjectBytes ? ", with other contents" : "")}."));
        }
    }

    private async Task CompareSequencesAsync(IReadOnlyList<SequenceRecord> expected, CancellationToken cancellationToken)
    {
        List<SequenceValues.Value> values = await SequenceValues.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        HashSet<SequenceRecord> actual = [.. values.Select(v => v.ToRecord(text))];
        _findings.AddRange(expected.Where(s => !actual.Contains(s)).Select(s => string.Create(CultureInfo.InvariantCulture,
            $"Sequence {s.Schema}.{s.Name} does not stand at {s.LastValue} as in the source.")));
    }

    private async Task CompareMaterializedViewsAsync(IReadOnlyList<MaterializedViewRecord> expected, CancellationToken cancellationToken)
    {
        HashSet<MaterializedViewRecord> actual =
            [.. await SourceFacts.ReadMaterializedViewsAsync(connection, text, cancellationToken).ConfigureAwait(false)];
        _findings.AddRange(expected.Where(v => !actual.Contains(v)).Select(v =>
            $"Materialised view {v.Schema}.{v.Name} is missing or not {(v.IsPopulated ? "populated" : "empty")} as in the source."));
    }
}
