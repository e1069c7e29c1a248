using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Format;
using InMidst.Backup.Core.Repositories;
using InMidst.Backup.Postgres.Connections;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// Writes the dump of one backup: snapshot, rows, durable data. What other sessions or a standby's replay spoiled is given up whole
/// (locks, snapshot, half-written data) and tried again from a new snapshot.
/// </summary>
internal sealed class DumpAttempt(
    DumpOptions options, BackupDestinations destinations, TimeProvider clock, Action<string> warn, IProgress<OperationProgress> progress)
{
    // Nearly always found right after pg_dump, before the first row: a table or function that came and went. Names of tables are
    // compared once more at the end.
    private const int RetriesOfChanges = 4;

    // Whoever is in the way was waited for already, and others wait behind us meanwhile.
    private const int RetriesOfConflicts = 1;

    /// <summary>Writes the data, again if need be.</summary>
    /// <param name="first">The session of the first attempt; those of others are opened as they are needed.</param>
    /// <param name="pgDump">Reads the schema.</param>
    /// <param name="id">Id of the backup.</param>
    /// <param name="started">When the backup began.</param>
    /// <param name="atSnapshot">What else has to be read at that moment, done after each snapshot.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The manifest so far.</returns>
    public async Task<BackupManifest> WriteAsync(
        SourceSession first, PgDump pgDump, string id, DateTimeOffset started,
        Func<CancellationToken, Task> atSnapshot, CancellationToken cancellationToken)
    {
        var failed = new List<ErrorId>();
        for (SourceSession session = first; ; session = await OpenAgainAsync(first, cancellationToken).ConfigureAwait(false))
        {
            await using (session.ConfigureAwait(false))
            {
                try
                {
                    return await TryAsync(session, pgDump, id, started, atSnapshot, cancellationToken).ConfigureAwait(false);
                }
                catch (BackupException e) when (failed.Count(id => id == e.Id) < Retries(e.Id))
                {
                    failed.Add(e.Id);
                    warn($"The backup of '{options.Database}' begins anew, from a new snapshot: {e.Message}");
                }
            }
        }
    }

    private static int Retries(ErrorId id) =>
        id == ErrorIds.SourceChanged ? RetriesOfChanges
        : id == ErrorIds.TableLocked || id == ErrorIds.RecoveryConflict ? RetriesOfConflicts
        : 0;

    /// <summary>A standby may have been promoted meanwhile, but another cluster is another series.</summary>
    private async Task<SourceSession> OpenAgainAsync(SourceSession first, CancellationToken cancellationToken)
    {
        SourceSession session = await SourceSession.OpenAsync(options, progress, clock, cancellationToken).ConfigureAwait(false);
        if (session.Identity.SystemIdentifier == first.Identity.SystemIdentifier)
            return session;
        await session.DisposeAsync().ConfigureAwait(false);
        throw new BackupException(ErrorIds.ConnectionLost, $"At {options.Address} another cluster answers than before.", target: options.Database);
    }

    private async Task<BackupManifest> TryAsync(
        SourceSession session, PgDump pgDump, string id, DateTimeOffset started,
        Func<CancellationToken, Task> atSnapshot, CancellationToken cancellationToken)
    {
        try
        {
            await session.TakeSnapshotAsync(cancellationToken).ConfigureAwait(false);
            await atSnapshot(cancellationToken).ConfigureAwait(false);
            BackupManifest manifest = await WriteDataAsync(session, pgDump, id, started, cancellationToken).ConfigureAwait(false);
            WarnOfSkipped(session.SkippedUnloggedTables);
            return manifest;
        }
        catch (Exception e) when (PostgresErrors.IsServerFailure(e, cancellationToken))
        {
            throw await session.TranslateAsync(e, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BackupManifest> WriteDataAsync(
        SourceSession session, PgDump pgDump, string id, DateTimeOffset started, CancellationToken cancellationToken)
    {
        BackupUpload upload = await BackupUpload.BeginAsync(destinations, options.Recipients, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            var writer = new DumpFileWriter(upload.Stream, FrameCodec.For(options.Compression), options.CompressionLevel, options.Budget);
            await using (writer.ConfigureAwait(false))
            {
                var script = new DumpScript(session, pgDump, writer, options, progress, warn);
                await script.WriteAsync(cancellationToken).ConfigureAwait(false);
                await session.EnsureTablesUnchangedAsync(cancellationToken).ConfigureAwait(false);
                DumpIndex index = await DumpDescription.MakeAsync(
                    session, script, writer, options, id, pgDump.Version, started, clock, cancellationToken).ConfigureAwait(false);
                IndexLocation location = await writer.CompleteAsync(index, cancellationToken).ConfigureAwait(false);
                progress.Report(new OperationProgress("Making it durable", index.Backup.Totals.DataBytes, 1));
                await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
                return (index.Backup with { Index = location }).ForPublic(options.Recipients);
            }
        }
    }

    private void WarnOfSkipped(IReadOnlyList<string> tables)
    {
        const int Named = 10;
        if (tables.Count == 0)
            return;
        string more = tables.Count > Named ? $" and {tables.Count - Named} more" : "";
        warn($"A standby cannot read the rows of unlogged tables; they are not in the backup of '{options.Database}': "
            + string.Join(", ", tables.Take(Named)) + more);
    }
}
