using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Restore;
using InMidst.Backup.Postgres.Script;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>Decompresses and parses a whole dump, ours or anyone's, and counts what is in it. Needs no server.</summary>
internal sealed class ContentCheck(BackupRecord backup, DumpFile file, DumpIndex? index, ForeignRequirements? requirements = null)
{
    private readonly List<string> _findings = [];
    private readonly List<(string Table, ContentChecksum Sum)> _blocks = [];
    private readonly EndMark _end = new();
    private bool _stopped;

    /// <summary>Tables found, compared with the index where there is one.</summary>
    public List<TableComparison> Tables { get; } = [];

    /// <summary>Runs the check and returns what is wrong, in words.</summary>
    public async Task<List<string>> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        using VerifyingReadStream verifying = await file.OpenVerifyingAsync(index?.Frames ?? [], cancellationToken).ConfigureAwait(false);
        using var reporting = new ProgressReadStream(verifying, new LoadProgress(file.Length, progress));
        try
        {
            await ParseAsync(reporting, cancellationToken).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Id.Kind is ErrorKind.InvalidData || e.Id == ErrorIds.MetaCommandRefused)
        {
            _findings.Add(e.Message);
            _stopped = true;
        }

        List<string> stored = await StoredCheck.FindingsAsync(backup, verifying, index, cancellationToken).ConfigureAwait(false);
        _findings.AddRange(stored.Except(_findings));
        if (_findings.Count == 0 && !_end.IsReached)
            _findings.Add($"The last line, '{DumpTail.EndMarker}', is missing: the dump is not complete.");
        if (index is null)
            DescribeForeign();
        else
            Compare(index);
        return _findings;
    }

    private async Task ParseAsync(Stream stored, CancellationToken cancellationToken)
    {
        using var script = new ScriptStream(file.Codec, stored, file.Entry.Name);
        using var reader = new SqlScriptReader(script);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            _end.Note(item);
            requirements?.Take(item);
            if (item.Kind != ScriptItemKind.Copy)
                continue;
            var sum = new ContentChecksum();
            ReadOnlyMemory<byte> data;
            while (!(data = await reader.ReadCopyDataAsync(cancellationToken).ConfigureAwait(false)).IsEmpty)
                sum.Append(data.Span);
            _blocks.Add((StatementInfo.CopyTable(item.Text) ?? item.Text, sum));
        }
    }

    /// <summary>Blocks and data frames stand in the same order, whatever the tables are called.</summary>
    private void Compare(DumpIndex expected)
    {
        FrameEntry[] frames = [.. expected.Frames.Where(f => f.Kind == FrameKind.Data)];
        var sums = new ContentChecksum?[expected.Tables.Count];
        for (int i = 0; i < Math.Min(frames.Length, _blocks.Count); i++)
            (sums[frames[i].Table!.Value] ??= new ContentChecksum()).Add(_blocks[i].Sum);
        if (frames.Length != _blocks.Count && !_stopped)
            _findings.Add(string.Create(CultureInfo.InvariantCulture, $"The dump has {_blocks.Count} blocks of rows, its index {frames.Length}."));
        HashSet<int> unread = [.. frames.Skip(_blocks.Count).Select(f => f.Table!.Value)];
        for (int i = 0; i < sums.Length; i++)
        {
            TableRecord table = expected.Tables[i];
            bool match = sums[i] is { } sum && sum.Rows == table.Rows && sum.Sum == table.Checksum;
            Tables.Add(new TableComparison
            {
                Schema = table.Schema, Name = table.Name, ExpectedRows = table.Rows, ActualRows = sums[i]?.Rows, Match = match,
            });
            if (!match && !(_stopped && unread.Contains(i)))
                _findings.Add(string.Create(CultureInfo.InvariantCulture, $"{table.Schema}.{table.Name}: {sums[i]?.Rows.ToString("N0", CultureInfo.InvariantCulture) ?? "no"} rows in the dump, {table.Rows:N0} in the source{(sums[i]?.Rows == table.Rows ? ", but other ones" : "")}."));
        }

        // What the damage hides is one finding, not one for each table behind it.
        if (_stopped && unread.Count > 0)
            _findings.Add(string.Create(CultureInfo.InvariantCulture, $"Behind the damage, {unread.Count} of {sums.Length} tables could not be read."));
    }

    private void DescribeForeign()
    {
        foreach (IGrouping<string, (string Table, ContentChecksum Sum)> table in _blocks.GroupBy(b => b.Table, StringComparer.Ordinal))
        {
            int dot = table.Key.IndexOf('.', StringComparison.Ordinal);
            Tables.Add(new TableComparison
            {
                Schema = dot < 0 ? "" : table.Key[..dot],
                Name = table.Key[(dot + 1)..],
                ActualRows = table.Sum(b => b.Sum.Rows),
                Match = _findings.Count == 0,
            });
        }
    }
}
