using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Dump;

/// <summary>
/// One of several connections that see the exported snapshot. It never waits for a table: a waiting ALTER queues behind the exporter's
/// lock, and who queued behind the ALTER would wait for ever. It begins a new transaction with the same snapshot now and then, since
/// all locks of all sessions have to fit into one table of the server.
/// </summary>
internal sealed class WorkerConnection : DataConnection, IAsyncDisposable
{
    // By default a server has room for 64 locks for each of its 100 connections, and the exporter needs one for every table.
    private const int TablesPerTransaction = 100;

    private readonly WireConnection _connection;
    private readonly string _database;
    private readonly SourceSession _session;
    private readonly string _snapshot; // a statement
    private int _tables;
    private bool _isBegun;

    private WorkerConnection(WireConnection connection, string database, SourceSession session, bool now)
        : base(connection) =>
        (_connection, _database, _session, _snapshot) =
            (connection, database, session, now ? "" : $"; SET TRANSACTION SNAPSHOT {Sql.Literal(session.Snapshot)}");

    /// <summary>Connects to the exporter's server and begins a transaction with its snapshot.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="session">The exporter.</param>
    /// <param name="now">Whether the exporter is lost: then the database is seen as it is now.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="BackupException"><see cref="ErrorIds.TooManyConnections"/> when the server has no room;
    /// <see cref="ErrorIds.ServersDiffer"/> when it is not the exporter's server or does not know the snapshot.</exception>
    public static async Task<WorkerConnection> OpenAsync(
        DumpOptions options, SourceSession session, bool now, CancellationToken cancellationToken)
    {
        WireConnection connection = await WireConnection.OpenAsync(
            options.Address, options.Database, new WireOptions { HasOwnThread = true }, cancellationToken).ConfigureAwait(false);
        var worker = new WorkerConnection(connection, options.Database, session, now);
        try
        {
            ServerIdentity identity = await ServerIdentity.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            // A standby that was promoted meanwhile still knows the snapshot, and is asked for it below.
            if (!identity.IsSameServerAs(session.Identity with { IsInRecovery = identity.IsInRecovery }))
                throw worker.Differs("Two connections reached different servers, or the server was restarted meanwhile", null);
            await PinnedSession.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
            // Tables are never waited for; this is for an index that somebody rebuilds.
            await connection.ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
                $"SET lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}"), cancellationToken).ConfigureAwait(false);
            await worker.BeginAsync(cancellationToken).ConfigureAwait(false);
            return worker;
        }
        catch
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override async Task<bool> TryEnterAsync(DataSlice slice, CancellationToken cancellationToken)
    {
        if (_tables == TablesPerTransaction)
            await BeginAsync(cancellationToken).ConfigureAwait(false);
        _tables++;
        try
        {
            await _connection.ExecuteAsync($"LOCK TABLE ONLY {slice.Table.Qualified} IN ACCESS SHARE MODE NOWAIT", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>The indexes, which the query of a slice locks, nobody else holds: a REINDEX must not wait for the end of the backup.</summary>
    public override Task LeaveAsync(DataSlice slice, CancellationToken cancellationToken) =>
        slice.IsQuery ? BeginAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>The single text a query gives, or null.</summary>
    public async Task<string?> ScalarAsync(string sql, CancellationToken cancellationToken) =>
        (await _connection.QueryAsync(sql, cancellationToken).ConfigureAwait(false)).FirstOrDefault()?[0];

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _tables = 0;
        try
        {
            string end = _isBegun ? "ROLLBACK; " : "";
            _isBegun = true;
            await _connection.ExecuteAsync($"{end}BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{_snapshot}", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject)
        {
            throw Differs($"A second connection does not know the snapshot of the first ({_session.Text.Decode(e.MessageText)})", e);
        }
    }

    private BackupException Differs(string what, Exception? cause) => new(
        ErrorIds.ServersDiffer, $"{what}: '{_database}' cannot be read by several connections at once.", cause,
        target: _database);
}
