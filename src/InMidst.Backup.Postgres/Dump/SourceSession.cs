using System.Globalization;
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
    private const int LocksPerStatement = 500;

    private readonly long _lockTimeout; // milliseconds

    private SourceSession(NpgsqlConnection connection, ServerIdentity identity, DatabaseText text, TimeSpan lockTimeout)
    {
        Connection = connection;
        Identity = identity;
        Text = text;
        _lockTimeout = (long)lockTimeout.TotalMilliseconds;
    }

    /// <summary>The connection, with byte text and the pinned settings.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>COPY on that connection.</summary>
    public IBulkCopy Copy => new NpgsqlBulkCopy(Connection);

    /// <summary>The server.</summary>
    public ServerIdentity Identity { get; }

    /// <summary>Converts names of this database.</summary>
    public DatabaseText Text { get; }

    /// <summary>The exported snapshot's name, for pg_dump.</summary>
    public string Snapshot { get; private set; } = "";

    /// <summary>WAL position at the snapshot.</summary>
    public string? SnapshotLsn { get; private set; }

    /// <summary>The tables to dump, locked.</summary>
    public IReadOnlyList<SourceTable> Tables { get; private set; } = [];

    /// <summary>Unlogged tables that a standby cannot read.</summary>
    public int SkippedUnloggedTables { get; private set; }

    /// <summary>Connects and pins the session; no lock is held before <see cref="TakeSnapshotAsync"/>.</summary>
    public static async Task<SourceSession> OpenAsync(DumpOptions options, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            options.Address, options.Database, new ConnectorOptions { ByteText = true }, cancellationToken).ConfigureAwait(false);
        try
        {
            ServerIdentity identity = await ServerIdentity.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            await PinnedSession.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
            string encoding = await ScalarAsync(connection, "SELECT pg_catalog.getdatabaseencoding()::text", cancellationToken).ConfigureAwait(false) ?? "";
            return new SourceSession(connection, identity, new DatabaseText(encoding), options.LockTimeout);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the transaction and with it locks and snapshot.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>Takes the locks, then the snapshot. <see cref="ErrorIds.TableLocked"/> when a lock is not had in time.</summary>
    public async Task TakeSnapshotAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryTakeSnapshotAsync(cancellationToken).ConfigureAwait(false))
                    return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable && attempt < MaximumAttempts)
            {
                // A table was dropped between the listing and its lock: list again.
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                await ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
                throw await TableLockedAsync(e, cancellationToken).ConfigureAwait(false);
            }

            if (attempt == MaximumAttempts)
            {
                throw new BackupException(ErrorIds.TableLocked,
                    $"Tables of '{Connection.Database}' were rewritten each of the {MaximumAttempts} times a snapshot was taken.", target: Connection.Database);
            }

            await ExecuteAsync("ROLLBACK", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Throws the client's own exception when the session is gone.</summary>
    public Task EnsureAliveAsync(CancellationToken cancellationToken) => ExecuteAsync("SELECT 1", cancellationToken);

    /// <summary>Says which table could not be locked in time, and who is in the way.</summary>
    /// <param name="cause">What the waiting side got.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<BackupException> TableLockedAsync(Exception cause, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> blockers = await TableBlockers.DescribeAsync(Connection, Text, cancellationToken).ConfigureAwait(false);
        string who = blockers.Count == 0 ? "Who held it is gone already." : string.Join("; ", blockers) + ".";
        return new BackupException(ErrorIds.TableLocked, string.Create(CultureInfo.InvariantCulture,
            $"A table of '{Text.Decode(Connection.Database)}' could not be locked for reading within {_lockTimeout / 1000.0:0.###} seconds. {who}"),
            cause, target: Text.Decode(Connection.Database));
    }

    private async Task<bool> TryTakeSnapshotAsync(CancellationToken cancellationToken)
    {
        bool standby = Identity.IsInRecovery;
        List<SourceTable> before = await TableCatalog.ListAsync(Connection, standby, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", cancellationToken).ConfigureAwait(false);
        await LockAsync(before, cancellationToken).ConfigureAwait(false);
        Snapshot = await ScalarAsync(Connection, "SELECT pg_catalog.pg_export_snapshot()", cancellationToken).ConfigureAwait(false) ?? "";
        SnapshotLsn = await ScalarAsync(Connection, standby
            ? "SELECT pg_catalog.pg_last_wal_replay_lsn()::text"
            : "SELECT pg_catalog.pg_current_wal_lsn()::text", cancellationToken).ConfigureAwait(false);

        // What appeared after the first listing is in the snapshot but was not locked before it.
        List<SourceTable> tables = await TableCatalog.ListAsync(Connection, standby, cancellationToken).ConfigureAwait(false);
        HashSet<uint> locked = [.. before.Select(t => t.Oid)];
        List<SourceTable> appeared = [.. tables.Where(t => !locked.Contains(t.Oid))];
        if (appeared.Count > 0)
        {
            await LockAsync(appeared, cancellationToken).ConfigureAwait(false);
            tables = await TableCatalog.ListAsync(Connection, standby, cancellationToken).ConfigureAwait(false);
        }

        if (tables.Exists(t => t.IsRewritten))
            return false;
        Tables = await TableCatalog.WithColumnsAsync(Connection, tables, cancellationToken).ConfigureAwait(false);
        if (standby)
            SkippedUnloggedTables = await TableCatalog.CountUnloggedAsync(Connection, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task LockAsync(IReadOnlyList<SourceTable> tables, CancellationToken cancellationToken)
    {
        await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {_lockTimeout}"), cancellationToken).ConfigureAwait(false);
        foreach (SourceTable[] chunk in tables.Chunk(LocksPerStatement))
        {
            string names = string.Join(", ", chunk.Select(t => "ONLY " + t.Qualified));
            await ExecuteAsync($"LOCK TABLE {names} IN ACCESS SHARE MODE", cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync("SET LOCAL lock_timeout = 0", cancellationToken).ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, Connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
