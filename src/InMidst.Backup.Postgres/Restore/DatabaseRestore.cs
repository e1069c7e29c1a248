using System.Runtime.CompilerServices;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Globals;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Script;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// Restores one plain dump, ours or pg_dump's, into a new database. The bytes are checked while they are loaded, and the database gets
/// its name only when the dump was whole and every statement succeeded.
/// </summary>
public sealed class DatabaseRestore
{
    private const int MaximumPreambleItems = 200;

    private readonly RestoreOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;

    /// <summary>Makes the operation.</summary>
    /// <param name="options">Where to restore to.</param>
    /// <param name="clock">Measures it.</param>
    /// <param name="warn">Told what the user should know though the restore succeeds.</param>
    public DatabaseRestore(RestoreOptions options, TimeProvider clock, Action<string> warn)
    {
        _options = options;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Runs the restore.</summary>
    /// <param name="backup">What to restore.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Stops it; the half-made database is removed.</param>
    /// <exception cref="BackupException">With the id of what went wrong; the target is as it was before.</exception>
    public async Task<RestoreResult> RunAsync(BackupRecord backup, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            return await RunCoreAsync(backup, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw PostgresErrors.Translate(e, _options.Address, _options.TargetDatabase);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            // The server's answer to the cancellation that was asked for.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private async Task<RestoreResult> RunCoreAsync(BackupRecord backup, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        DateTimeOffset started = _clock.GetUtcNow();
        _options.Check();

        // What is known to be incomplete is refused here, before anything is made.
        (DumpFile file, DumpIndex? index) = await BackupContents.OpenAsync(backup, cancellationToken).ConfigureAwait(false);
        FramedSource? framed = await PlanAsync(file, index, progress, cancellationToken).ConfigureAwait(false);
        string? encoding = index is null ? await FindEncodingAsync(file, cancellationToken).ConfigureAwait(false) : null;
        TargetDatabase target = await TargetDatabase.PrepareAsync(_options, _clock, _warn, cancellationToken).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            RequirementsRecord? needs = Needs(framed?.Plan, index);
            CreatedGlobals created = await GlobalsRestore.RunAsync(_options, backup, needs, _warn, cancellationToken).ConfigureAwait(false);
            await CheckAsync(target, index, needs, cancellationToken).ConfigureAwait(false);
            DatabaseProperties? properties = index is null ? null : NeededRequirements.Properties(index.Backup.Database, _options);
            await target.CreateAsync(properties, encoding, cancellationToken).ConfigureAwait(false);
            Dictionary<string, long> rows = await (framed is null
                ? LoadAsync(target, file, index, backup.Manifest, progress, cancellationToken)
                : LoadAsync(target, framed, cancellationToken)).ConfigureAwait(false);
            if (target.ReplacesAnother)
                await RestoredCopyCheck.RunAsync(_options, target.Name, index, rows, _warn, progress, cancellationToken).ConfigureAwait(false);
            string? replaced = await target.FinishAsync(cancellationToken).ConfigureAwait(false);
            return new RestoreResult
            {
                TargetDatabase = _options.TargetDatabase,
                Index = index,
                Tables = framed is null ? index?.Tables.Count ?? rows.Count : index!.Tables.Count(framed.Plan.Selection.Includes),
                Rows = rows.Values.Sum(),
                RowsByTable = rows,
                ReplacedDatabase = replaced,
                CreatedRoles = created.Roles,
                CreatedTablespaces = created.Tablespaces,
                ServerVersion = target.Server.Version,
                Started = started,
                Duration = _clock.GetUtcNow() - started,
            };
        }
    }

    /// <summary>
    /// What will be done, where the dump tells how its entries hang together. Others (of other tools, or of us before that was kept)
    /// are scripts like any other, run from their beginning to their end: null.
    /// </summary>
    private async Task<FramedSource?> PlanAsync(DumpFile file, DumpIndex? index, IProgress<OperationProgress> progress, CancellationToken cancellationToken)
    {
        if (index is not null && index.Entries.All(e => e.Id is not null))
        {
            RestoreSelection selection = RestoreSelection.Make(index, _options, _warn);
            var counted = new LoadProgress(RestorePlan.CountBytes(index, selection), progress);
            var source = new FrameSource(file, index, counted);
            return new FramedSource(source, await RestorePlan.ReadAsync(source, selection, _options, cancellationToken).ConfigureAwait(false), counted);
        }

        return !_options.ChoosesObjects ? null : throw new BackupException(ErrorIds.SelectionNotSupported,
            $"{file.Entry.Name} does not tell what belongs to which table; it can be restored as a whole only.", target: file.Entry.Name);
    }

    private RequirementsRecord? Needs(RestorePlan? plan, DumpIndex? index)
    {
        if (plan is not null)
            return new NeededRequirements(index!, plan, _options).Find();
        if ((index?.Backup.Requirements ?? _options.ForeignRequirements) is not { } all)
            return null;
        return all with
        {
            Roles = _options is { NoOwner: true, NoPrivileges: true } ? [] : all.Roles,
            Tablespaces = _options.NoTablespaces ? [] : all.Tablespaces,
        };
    }

    private async Task CheckAsync(TargetDatabase target, DumpIndex? index, RequirementsRecord? requirements, CancellationToken cancellationToken)
    {
        if (requirements is null)
            return;
        List<string> missing = await Preflight.FindMissingAsync(
            target.Maintenance, target.Server, requirements with { Locales = CollationLocales(requirements, index) }, cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0)
        {
            throw new BackupException(ErrorIds.RequirementMissing,
                $"The server at {_options.Address} lacks what the backup needs: {string.Join("; ", missing)}.", target: _options.TargetDatabase);
        }

        if (target.Server.Major < index?.Backup.Source.Major)
            _warn($"The backup is from PostgreSQL {index.Backup.Source.Major}, the target is {target.Server.Major}: an older server may refuse statements.");
    }

    /// <summary>Without the source database's own, which one that is replaced need not have, and without which no other can be made.</summary>
    private static string[] CollationLocales(RequirementsRecord requirements, DumpIndex? index) =>
        [.. requirements.Locales.Where(l => l != index?.Backup.Database.Collate && l != index?.Backup.Database.CType)];

    private async Task<Dictionary<string, long>> LoadAsync(TargetDatabase target, FramedSource framed, CancellationToken cancellationToken)
    {
        int useful = Math.Max(1, Math.Max(framed.Plan.Frames(FrameKind.Data).Count(), framed.Plan.SideBySide.Count));
        RestoreSessions sessions = await RestoreSessions.OpenAsync(
            target, Math.Min(useful, _options.Workers), framed.Plan.Header, _options, _warn, framed.Progress.Show, cancellationToken).ConfigureAwait(false);
        await using (sessions.ConfigureAwait(false))
        {
            return await new FramedRestore(framed.Source, framed.Plan, _options is { Analyze: true, SchemaOnly: false }, framed.Progress.Show)
                .RunAsync(sessions, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Dictionary<string, long>> LoadAsync(
        TargetDatabase target, DumpFile file, DumpIndex? index, BackupManifest? manifest, IProgress<OperationProgress> progress,
        CancellationToken cancellationToken)
    {
        using VerifyingReadStream verifying = await file.OpenVerifyingAsync(index?.Frames ?? [], cancellationToken).ConfigureAwait(false);
        var counted = new LoadProgress(file.Length, progress);
        using var reporting = new ProgressReadStream(verifying, counted);
        WireConnection connection = await target.ConnectAsync(sessions: 1, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var loader = new ScriptLoader(connection, _warn, counted.Show, _options);
            Interruption interruption = target.InterruptOn([connection.ProcessId], cancellationToken);
            await using ConfiguredAsyncDisposable _ = interruption.ConfigureAwait(false);
            try
            {
                await loader.BecomeAsync(cancellationToken).ConfigureAwait(false);
                using var script = new ScriptStream(file.Codec, reporting, file.Entry.Name);
                await loader.LoadAsync(script, cancellationToken).ConfigureAwait(false);
            }
            catch (BackupException e) when (e.Id.Kind == ErrorKind.InvalidData || e.Id == ErrorIds.MetaCommandRefused)
            {
                // Damaged bytes may still be read as statements that mean something else: that they are damaged is the reason.
                if (index is not null || manifest is not null)
                    await CheckBytesAsync(file, verifying, index, manifest, e, cancellationToken).ConfigureAwait(false);
                throw;
            }

            await CheckBytesAsync(file, verifying, index, manifest, null, cancellationToken).ConfigureAwait(false);
            if (!loader.IsComplete)
                throw Incomplete(file);
            if (_options is { Analyze: true, SchemaOnly: false })
                await AnalyzeAsync(loader, connection, cancellationToken).ConfigureAwait(false);
            return loader.RowsByTable;
        }
    }

    private static async Task AnalyzeAsync(ScriptLoader loader, WireConnection connection, CancellationToken cancellationToken)
    {
        List<AnalyzeJob> tables = await AnalyzedTables.ReadTablesAsync(connection, cancellationToken).ConfigureAwait(false);
        List<AnalyzeJob> views = await AnalyzedTables.ReadViewsAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (AnalyzeJob job in tables.Concat(views))
            await loader.AnalyzeAsync(job, cancellationToken).ConfigureAwait(false);
    }

    private static BackupException Incomplete(DumpFile file) => new(ErrorIds.BackupCorrupt,
        $"{file.Entry.Name} is incomplete: its last line, '{DumpTail.EndMarker}', is missing; nothing was restored.", target: file.Entry.Name);

    private static async Task CheckBytesAsync(
        DumpFile file, VerifyingReadStream verifying, DumpIndex? index, BackupManifest? manifest, Exception? cause, CancellationToken cancellationToken)
    {
        await verifying.DrainAsync(cancellationToken).ConfigureAwait(false);
        if (verifying.Damaged.Count > 0 || manifest?.Describes(verifying.Objects) == false)
        {
            string where = string.Concat(verifying.Damaged.Take(3).Select(f => " " + index!.DescribeDamage(f)));
            throw new BackupException(ErrorIds.BackupCorrupt,
                $"{file.Entry.Name} is not as it was written; the restored database was removed.{where}", cause, target: file.Entry.Name);
        }
    }

    /// <summary>
    /// A dump that tells no properties is restored into the server's default encoding, which the server converts to; only text of
    /// unknown encoding must stay bytes.
    /// </summary>
    private static async Task<string?> FindEncodingAsync(DumpFile file, CancellationToken cancellationToken)
    {
        string? found = null;
        var end = new EndMark();
        using var script = new ScriptStream(file.Codec, await file.OpenStoredAsync(cancellationToken).ConfigureAwait(false), file.Entry.Name);
        using var reader = new SqlScriptReader(script);
        for (int i = 0; i < MaximumPreambleItems && found is null; i++)
        {
            ScriptItem? item = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (item is null && i == 0)
                throw new BackupException(ErrorIds.ScriptInvalid, $"{file.Entry.Name} is empty: it holds no SQL.", target: file.Entry.Name);
            if (item is null && !end.IsReached)
                throw Incomplete(file);
            if (item is null || item.Kind == ScriptItemKind.Copy)
                break;
            end.Note(item);
            if (item.Kind == ScriptItemKind.Statement && StatementInfo.TryParseSet(item.Text, out string name, out string value) && name == "client_encoding")
                found = value;
        }

        return string.Equals(found, "SQL_ASCII", StringComparison.OrdinalIgnoreCase) ? found : null;
    }

    private sealed record FramedSource(FrameSource Source, RestorePlan Plan, LoadProgress Progress);
}
