using System.Globalization;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// The connection that holds the consistent view of one database: ACCESS SHARE locks on every table first, then the snapshot, which
/// is therefore younger than the locks: no TRUNCATE, rewriting ALTER, CLUSTER or VACUUM FULL can slip between the two. Locks and
/// snapshot last until the session is disposed.
/// </summary>
internal sealed class SourceSession : IAsyncDisposable
{
    private const int MaximumAttempts = 5;

    private readonly DumpOptions _options;
    private readonly IProgress<OperationProgress> _progress;
    private readonly LockWaitWatch _watch;
    private readonly RecoveryConflicts _conflicts;

    private SourceSession(
        NpgsqlConnection connection, ServerIdentity identity, DatabaseText text, DumpOptions options,
        IProgress<OperationProgress> progress, TimeProvider clock, RecoveryConflicts conflicts)
    {
        Connection = connection;
        Identity = identity;
        Text = text;
        _options = options;
        _progress = progress;
        _watch = new LockWaitWatch(options, text, progress, clock);
        _conflicts = conflicts;
    }

    /// <summary>The connection, with byte text and the pinned settings.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>COPY on that connection.</summary>
    public IBulkCopy Copy => new NpgsqlBulkCopy(Connection);

    /// <summary>The server, as it was when the session began.</summary>
    public ServerIdentity Identity { get; }

    /// <summary>Converts names of this database.</summary>
    public DatabaseText Text { get; }

    /// <summary>The exported snapshot's name, for pg_dump.</summary>
    public string Snapshot { get; private set; } = "";

    /// <summary>WAL position at the snapshot.</summary>
    public string? SnapshotLsn { get; private set; }

    /// <summary>The tables to dump, locked.</summary>
    public IReadOnlyList<SourceTable> Tables { get; private set; } = [];

    /// <summary>The sequences with their values, read right after the snapshot: no older than any row it sees.</summary>
    public IReadOnlyList<SequenceValues.Value> Sequences { get; private set; } = [];

    /// <summary>Names of the unlogged tables, whose rows a standby cannot read.</summary>
    public IReadOnlyList<string> SkippedUnloggedTables { get; private set; } = [];

    /// <summary>Connects and pins the session; no lock is held before <see cref="TakeSnapshotAsync"/>.</summary>
    /// <param name="options">The server and database, and how long to wait for a lock.</param>
    /// <param name="progress">Told of each step, and for whom a step waits.</param>
    /// <param name="clock">Measures how long a step takes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<SourceSession> OpenAsync(
        DumpOptions options, IProgress<OperationProgress> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        progress.Report(new OperationProgress("Connecting", 0, 0));
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            options.Address, options.Database, new ConnectorOptions { ByteText = true }, cancellationToken).ConfigureAwait(false);
        try
        {
            // Before any setting is made: behind such a pooler it would stay with a session that is somebody else's next.
            await PoolerProbe.EnsureOwnSessionAsync(connection, options.Address, options.Database, cancellationToken).ConfigureAwait(false);
            ServerIdentity identity = await ServerIdentity.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            await PinnedSession.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
            string encoding = await ScalarAsync(connection, "SELECT pg_catalog.getdatabaseencoding()::text", cancellationToken).ConfigureAwait(false) ?? "";
            RecoveryConflicts conflicts = await RecoveryConflicts.WatchAsync(connection, options, identity.IsInRecovery, cancellationToken).ConfigureAwait(false);
            var session = new SourceSession(connection, identity, new DatabaseText(encoding), options, progress, clock, conflicts);
            // For the whole session: functions of the catalogue that measure a table lock it too, and so do sequences when they are read.
            await session.ExecuteAsync(string.Create(
                CultureInfo.InvariantCulture, $"SET lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}"), cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the transaction and with it locks and snapshot.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>
    /// Takes the locks, then the snapshot. <see cref="ErrorIds.TableLocked"/> when a lock is not had in time,
    /// <see cref="ErrorIds.SourceChanged"/> when tables were changed between the two each time it was tried.
    /// </summary>
    public async Task TakeSnapshotAsync(CancellationToken cancellationToken)
    {
        string? changed = null;
        for (int attempt = 1; attempt <= MaximumAttempts; attempt++)
        {
            try
            {
                changed = await TryTakeSnapshotAsync(cancellationToken).ConfigureAwait(false);
                if (changed is null)
                    return;
            }
            catch (PostgresException e) when (SourceChanges.Explains(e.SqlState))
            {
                changed = Text.Decode(e.MessageText);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                await ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
                throw await TableLockedAsync(e, cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
        }

        throw Changed(changed, cause: null);
    }

    /// <summary>Does something that may wait for a lock; while it does, progress says for whom.</summary>
    /// <param name="status">What the step is called.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancellationToken">Ends the watching; the step has its own.</param>
    public Task<T> WatchedAsync<T>(string status, Func<Task<T>> step, CancellationToken cancellationToken) =>
        _watch.OverAsync(status, step, cancellationToken);

    /// <summary>Runs statements in the session's transaction. Failures are the client's own exceptions.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, Connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Throws the client's own exception when the session is gone.</summary>
    public Task EnsureAliveAsync(CancellationToken cancellationToken) => ExecuteAsync("SELECT 1", cancellationToken);

    /// <summary>
    /// After pg_dump has read the schema, and when it could not: <see cref="ErrorIds.SourceChanged"/> when something has another name
    /// now than the snapshot knows, or is gone. Throws the client's own exception when the session is gone.
    /// </summary>
    public async Task EnsureSchemaUnchangedAsync(CancellationToken cancellationToken)
    {
        if (await SourceChanges.FindAsync(Connection, Text, cancellationToken).ConfigureAwait(false) is { } changed)
            throw Changed(changed, cause: null);
    }

    /// <summary>After all rows were read: <see cref="ErrorIds.SourceChanged"/> when a table's name came to mean another table.</summary>
    public async Task EnsureTablesUnchangedAsync(CancellationToken cancellationToken)
    {
        if (await SourceChanges.FindTableAsync(Connection, Text, cancellationToken).ConfigureAwait(false) is { } changed)
            throw Changed(changed, cause: null);
    }

    /// <summary>Says which table could not be locked in time, and who is in the way.</summary>
    /// <param name="cause">What the waiting side got.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<BackupException> TableLockedAsync(Exception cause, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> blockers = await TableBlockers.DescribeAsync(Connection, Text, cancellationToken).ConfigureAwait(false);
        string who = blockers.Count == 0 ? "Who held it is gone already." : string.Join("; ", blockers) + ".";
        string database = Text.Decode(Connection.Database);
        return new BackupException(ErrorIds.TableLocked, string.Create(CultureInfo.InvariantCulture,
            $"A table of '{database}' could not be locked for reading within {_options.LockTimeout.TotalSeconds:0.###} seconds. {who}"),
            cause, target: database);
    }

    /// <summary>Says in the user's words what happened to a statement of this session's transaction, or of one that shares its snapshot.</summary>
    /// <param name="e">What <see cref="PostgresErrors.IsServerFailure"/> said yes to.</param>
    /// <param name="cancellationToken">Cancels the query that may be needed to know.</param>
    public async Task<BackupException> TranslateAsync(Exception e, CancellationToken cancellationToken)
    {
        PostgresException? refused = e as PostgresException ?? e.InnerException as PostgresException;
        if (await _conflicts.CausedAsync(e, cancellationToken).ConfigureAwait(false))
        {
            string detail = refused?.Detail is { Length: > 0 } why ? $": {Text.Decode(why)}" : ".";
            return new BackupException(ErrorIds.RecoveryConflict,
                $"The standby at {_options.Address} ended the backup of '{_options.Database}' in order to go on replaying{detail}", e, target: _options.Database);
        }

        return refused is not null && SourceChanges.Explains(refused.SqlState)
            ? Changed(Text.Decode(refused.MessageText), e)
            : PostgresErrors.Translate(e, _options.Address, _options.Database, Text.Encoding);
    }

    private BackupException Changed(string? what, Exception? cause) => new(ErrorIds.SourceChanged,
        $"The schema of '{_options.Database}' was changed while it was being read: {what}.", cause, target: _options.Database);

    /// <summary>One try; gives what was changed meanwhile, or null if the session now has it all.</summary>
    private async Task<string?> TryTakeSnapshotAsync(CancellationToken cancellationToken)
    {
        Report("Listing the tables");
        List<TableLocks.Target> targets = await TableLocks.ListAsync(Connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", cancellationToken).ConfigureAwait(false);
        await WatchedAsync("Locking the tables", () => LockAsync(targets, cancellationToken), cancellationToken).ConfigureAwait(false);
        Report("Taking the snapshot");
        bool isStandby = await ExportAsync(cancellationToken).ConfigureAwait(false);

        // What appeared after the listing is in the snapshot but was not locked before it.
        List<TableLocks.Target> appeared = await TableLocks.ListUnlockedAsync(Connection, cancellationToken).ConfigureAwait(false);
        if (appeared.Count > 0)
        {
            await WatchedAsync("Locking tables that are new", () => LockAsync(appeared, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (await FindChangedAsync(appeared, cancellationToken).ConfigureAwait(false) is { } changed)
                return changed;
        }

        List<SourceTable> tables = await TableCatalog.ListAsync(Connection, isStandby, cancellationToken).ConfigureAwait(false);
        if (tables.Find(t => t.IsRewritten) is { } rewritten)
            return Text.Decode(rewritten.Qualified);
        Tables = await TableCatalog.WithColumnsAsync(Connection, tables, cancellationToken).ConfigureAwait(false);
        SkippedUnloggedTables = isStandby
            ? [.. (await TableCatalog.ListUnloggedAsync(Connection, cancellationToken).ConfigureAwait(false)).Select(Text.Decode)]
            : [];
        return await ReadSequencesAsync(isStandby, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ExportAsync(CancellationToken cancellationToken)
    {
        // A standby may have been promoted since the session began.
        const string Export = """
            SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_is_in_recovery(),
                   CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                        ELSE pg_catalog.pg_current_wal_lsn() END::pg_catalog.text
            """;
        (Snapshot, bool isStandby, SnapshotLsn) = (await SourceFacts.ReadAsync(
            Connection, Export, row => (row.GetString(0), row.GetBoolean(1), row[2] as string), cancellationToken).ConfigureAwait(false))[0];
        return isStandby;
    }

    // Locked after the snapshot: its name may by then have meant another table, and before its lock anybody could alter it.
    private async Task<string?> FindChangedAsync(List<TableLocks.Target> appeared, CancellationToken cancellationToken)
    {
        List<TableLocks.Target> unlocked = await TableLocks.ListUnlockedAsync(Connection, cancellationToken).ConfigureAwait(false);
        return unlocked.Count > 0
            ? Text.Decode(unlocked[0].Qualified)
            : await SourceChanges.FindColumnAsync(Connection, Text, appeared.Select(t => t.Oid), cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> ReadSequencesAsync(bool isStandby, CancellationToken cancellationToken)
    {
        Sequences = await SequenceValues.ReadUnlockedAsync(Connection, isStandby, cancellationToken).ConfigureAwait(false);
        return await SourceChanges.FindSequenceAsync(Connection, Text, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> LockAsync(List<TableLocks.Target> targets, CancellationToken cancellationToken)
    {
        await TableLocks.TakeAsync(Connection, targets, cancellationToken).ConfigureAwait(false);
        return targets.Count;
    }

    private void Report(string status) => _progress.Report(new OperationProgress(status, 0, 0));

    private static async Task<string?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
