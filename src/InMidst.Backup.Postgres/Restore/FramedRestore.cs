using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Script;
using InMidst.Backup.Postgres.Text;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Restores one of our dumps frame by frame: rows, indexes and constraints by several connections side by side, all else by one in the
/// order of the dump.
/// </summary>
/// <param name="source">The dump.</param>
/// <param name="plan">What is restored.</param>
/// <param name="analyze">Whether the server collects statistics of what was restored.</param>
/// <param name="show">Told what is being made.</param>
internal sealed class FramedRestore(FrameSource source, RestorePlan plan, bool analyze, Action<string> show)
{
    private const string ParallelWorkers = "max_parallel_maintenance_workers";

    private static readonly ScriptItem NoParallelWorkers = new(ScriptItemKind.Statement, $"SET {ParallelWorkers} = 0", 0);
    private static readonly ScriptItem OwnParallelWorkers = new(ScriptItemKind.Statement, $"RESET {ParallelWorkers}", 0);

    private readonly DatabaseText _text = new(source.Index.Backup.Database!.Encoding);

    /// <summary>Restores.</summary>
    /// <param name="sessions">The connections, with the dump's settings.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Rows by table.</returns>
    public async Task<Dictionary<string, long>> RunAsync(RestoreSessions sessions, CancellationToken cancellationToken)
    {
        ScriptLoader first = sessions.Loaders[0];
        foreach (RestoreEntry entry in plan.PreData)
            await first.RunAsync(entry, cancellationToken).ConfigureAwait(false);
        await LoadDataAsync(sessions, cancellationToken).ConfigureAwait(false);
        foreach (FrameEntry frame in plan.Frames(FrameKind.Sequences))
            await SetSequencesAsync(first, frame, cancellationToken).ConfigureAwait(false);
        await MakeSideBySideAsync(sessions, cancellationToken).ConfigureAwait(false);

        // Before materialised views are filled, by queries that want to know how large tables are; and they afterwards.
        await AnalyzeAsync(sessions, AnalyzedTables.ReadTablesAsync, cancellationToken).ConfigureAwait(false);
        foreach (RestoreEntry entry in plan.Serially)
            await first.RunAsync(entry, cancellationToken).ConfigureAwait(false);
        await AnalyzeAsync(sessions, AnalyzedTables.ReadViewsAsync, cancellationToken).ConfigureAwait(false);
        foreach (RestoreEntry entry in plan.EventTriggers)
            await first.RunAsync(entry, cancellationToken).ConfigureAwait(false);
        return sessions.Loaders.SelectMany(l => l.RowsByTable).GroupBy(r => r.Key, r => r.Value).ToDictionary(r => r.Key, r => r.Sum());
    }

    private async Task MakeSideBySideAsync(RestoreSessions sessions, CancellationToken cancellationToken)
    {
        int workers = sessions.Loaders.Count;
        var schedule = new EntrySchedule(plan.SideBySide, plan.Selection.Graph, new TableSizes(source.Index, plan.Selection.Graph).Of, workers);
        await WorkerCrew.RunAsync<EntryUnit>(sessions, schedule, workers == 1 ? MakeAsync : MakeBesideOthersAsync, cancellationToken).ConfigureAwait(false);
        await sessions.Loaders[0].SetAsync(ParallelWorkers, OwnParallelWorkers, "Settings for materialised views", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Where sessions build indexes side by side, parallel workers of the server's would only take the processors from each other; they
    /// help where sessions have nothing to do.
    /// </summary>
    private static async Task MakeBesideOthersAsync(ScriptLoader loader, EntryUnit unit, CancellationToken cancellationToken)
    {
        if (unit.BuildsIndex)
        {
            await loader.SetAsync(ParallelWorkers, unit.LeavesOthersIdle ? OwnParallelWorkers : NoParallelWorkers, unit.Entries[0].Place, cancellationToken)
                .ConfigureAwait(false);
        }

        await MakeAsync(loader, unit, cancellationToken).ConfigureAwait(false);
    }

    private static async Task MakeAsync(ScriptLoader loader, EntryUnit unit, CancellationToken cancellationToken)
    {
        foreach (RestoreEntry entry in unit.Entries)
            await loader.RunAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private async Task AnalyzeAsync(
        RestoreSessions sessions, Func<WireConnection, CancellationToken, Task<List<AnalyzeJob>>> read, CancellationToken cancellationToken)
    {
        if (!analyze)
            return;
        var schedule = new AnalyzeSchedule(await read(sessions.First, cancellationToken).ConfigureAwait(false));
        await WorkerCrew.RunAsync(sessions, schedule, (loader, job, token) => loader.AnalyzeAsync(job, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadDataAsync(RestoreSessions sessions, CancellationToken cancellationToken)
    {
        ILookup<bool, FrameEntry> byTime = plan.Frames(FrameKind.Data).ToLookup(f => f.Table is { } table && source.Index.Tables[table].LoadsLast is true);
        HashSet<(string?, string)> ours = [.. source.Index.Entries.Where(e => e.Type == "TABLE").Select(RestoreSelection.Key)];
        ILookup<bool, FrameEntry> byOrigin = byTime[false].ToLookup(f => f.Table is { } table && ours.Contains(RestoreSelection.Key(source.Index.Tables[table])));

        // The tables of extensions have their constraints already; they are loaded in the order of the dump.
        var schedule = new DataSchedule(byOrigin[true], [[.. plan.Frames(FrameKind.LargeObjects)], [.. byOrigin[false]]], GoIntoTheirTable, sessions.Loaders.Count);
        await InSettingsAsync(sessions.Loaders, plan.DataSettings, cancellationToken).ConfigureAwait(false);
        await WorkerCrew.RunAsync(sessions, schedule, LoadAsync, cancellationToken).ConfigureAwait(false);

        // What checks these rows may look at any table, their own too: one after another, as psql would.
        await WorkerCrew.RunAsync(sessions, new DataSchedule([], [[.. byTime[true]]], _ => false, 1), LoadAsync, cancellationToken).ConfigureAwait(false);
        await InSettingsAsync(sessions.Loaders, plan.DataSettings.Select(Reset), cancellationToken).ConfigureAwait(false);
    }

    private static async Task InSettingsAsync(IEnumerable<ScriptLoader> loaders, IEnumerable<ScriptItem> settings, CancellationToken cancellationToken)
    {
        foreach (ScriptLoader loader in loaders)
            await loader.RunAsync(settings, "Settings for the rows", cancellationToken).ConfigureAwait(false);
    }

    private static ScriptItem Reset(ScriptItem setting) =>
        setting with { Text = StatementInfo.TryParseSet(setting.Text, out string name, out _) ? "RESET " + name : setting.Text };

    /// <summary>Whether the rows of a table do not come to it through its partition root.</summary>
    private bool GoIntoTheirTable(int table) =>
        source.Index.Tables[table] is var record && (record.RootName is null || plan.Selection.LoadsDirectly(record));

    /// <summary>
    /// Nobody else loads a whole table: its rows come in one transaction that truncates it first, so that they can be frozen, and no
    /// later reader or VACUUM writes their pages once more. Where the server writes no more WAL than a crash needs (wal_level minimal), it
    /// writes none of them.
    /// </summary>
    private async Task LoadAsync(ScriptLoader loader, DataJob job, CancellationToken cancellationToken)
    {
        if (job.WholeTable is { } whole)
        {
            TableRecord table = source.Index.Tables[whole];
            await loader.BeginWholeAsync(Sql.Name(_text.Encode(table.Schema), _text.Encode(table.Name)), Place(table), cancellationToken).ConfigureAwait(false);
        }

        foreach (FrameEntry frame in job.Frames)
            await LoadAsync(loader, frame, job.WholeTable is not null, cancellationToken).ConfigureAwait(false);
        if (job.WholeTable is not null)
            await loader.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Place(TableRecord table) => $"Rows of {table.Schema}.{table.Name}";

    private Task LoadAsync(ScriptLoader loader, FrameEntry frame, bool frozen, CancellationToken cancellationToken) => source.ReadAsync(
        frame, (script, check) => loader.LoadAsync(script, Part(frame, frozen, check, cancellationToken), cancellationToken), cancellationToken);

    private DumpPart Part(FrameEntry frame, bool frozen, Func<Task> check, CancellationToken cancellationToken)
    {
        if (frame.Table is not { } position)
            return new DumpPart("Large objects");
        TableRecord table = source.Index.Tables[position];
        return new DumpPart(Place(table))
        {
            CopyStatement = plan.Selection.LoadsDirectly(table) ? CopyStatement.In(table, _text) : null,
            IsFrozen = frozen,
            BeforeCopyEnds = (reader, rows) => CheckAsync(frame, reader, rows, check, cancellationToken),
        };
    }

    /// <summary>No row stays that was not written: the frame is read to its end and compared before the server may keep what it got.</summary>
    private async Task CheckAsync(FrameEntry frame, SqlScriptReader reader, long rows, Func<Task> check, CancellationToken cancellationToken)
    {
        ScriptItem? item;
        while ((item = await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) is { Kind: ScriptItemKind.Comment })
        {
        }

        await check().ConfigureAwait(false);
        if (item is null && (frame.Rows is null || frame.Rows == rows))
            return;
        throw new BackupException(ErrorIds.BackupCorrupt, string.Create(CultureInfo.InvariantCulture,
            $"The frame at byte {frame.Offset:N0} of {source.Name} does not hold the {frame.Rows:N0} rows that the index says."), target: source.Name);
    }

    private Task SetSequencesAsync(ScriptLoader loader, FrameEntry frame, CancellationToken cancellationToken) =>
        source.ReadAsync(frame, async (script, check) =>
        {
            List<ScriptItem> statements = await plan.ReadSequencesAsync(script, cancellationToken).ConfigureAwait(false);
            await check().ConfigureAwait(false);
            show("sequences");
            await loader.RunAsync(statements, "Values of sequences", cancellationToken).ConfigureAwait(false);
        }, cancellationToken);
}
