using System.Data;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Restore;

/// <summary>
/// The session from which databases are made, renamed and dropped. While it lives it holds the lock on one restore target, and it waits
/// for hours: no timeout of the server's ends it.
/// </summary>
internal sealed class MaintenanceSession : IAsyncDisposable
{
    // A session of ours that was lost ends when its last statement does; CREATE DATABASE may take that long.
    private const string WaitForLock = "30s";

    /// <summary>Applies to any session of a restore what keeps the server from ending it.</summary>
    public const string NoTimeouts = """
        SELECT pg_catalog.set_config(w.name, w.value, false)
        FROM (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_session_timeout', '0'), ('transaction_timeout', '0'),
                     ('idle_in_transaction_session_timeout', '0'), ('default_transaction_read_only', 'off')) w(name, value)
        WHERE EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE s.name = w.name)
        """;

    // Sessions of ours end when they are told to, unless their server process is stuck.
    private const string EndSessions = """
        SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid, 10000)) FROM pg_catalog.pg_stat_activity a
        WHERE a.datname = $1 AND a.usename = session_user AND a.pid <> pg_catalog.pg_backend_pid()
        """;

    private readonly ServerAddress _address;
    private NpgsqlConnection _connection;
    private string? _role;

    private MaintenanceSession(NpgsqlConnection connection, ServerAddress address)
    {
        _connection = connection;
        _address = address;
        Database = connection.Database;
    }

    /// <summary>The connection, for questions about the server.</summary>
    public NpgsqlConnection Connection => _connection;

    /// <summary>The database it is connected to.</summary>
    public string Database { get; }

    /// <summary>Opens the session.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">The database to connect to.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<MaintenanceSession> OpenAsync(ServerAddress address, string database, CancellationToken cancellationToken)
    {
        var session = new MaintenanceSession(await ConnectAsync(address, database, cancellationToken).ConfigureAwait(false), address);
        try
        {
            await PoolerProbe.EnsureOwnSessionAsync(session._connection, address, database, cancellationToken).ConfigureAwait(false);
            await session.ExecuteAsync(NoTimeouts, cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the lock on a name, held until the session ends. False when another session of this server holds it.</summary>
    public async Task<bool> TryLockAsync(string name, CancellationToken cancellationToken)
    {
        // Advisory locks belong to a database; a restore with another maintenance database is seen in the list of all locks.
        const string Query = """
            SELECT pg_catalog.pg_try_advisory_lock(k.key) AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_locks l
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_catalog.pg_backend_pid()
                  AND l.classid::pg_catalog.int8 = (k.key >> 32) & 4294967295 AND l.objid::pg_catalog.int8 = k.key & 4294967295)
            FROM (SELECT pg_catalog.hashtextextended($1, 5432) AS key) k
            """;
        return await ScalarAsync<bool>(Query, name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs one statement.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(_connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a role.</summary>
    /// <exception cref="BackupException">RequirementMissing: there is none of that name.</exception>
    public async Task BecomeAsync(string role, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync($"SET ROLE {Sql.Identifier(role)}", cancellationToken).ConfigureAwait(false);
            _role = role;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            throw new BackupException(ErrorIds.RequirementMissing, $"The server has no role '{role}'.", e, target: role);
        }
    }

    /// <summary>Interrupts what sessions of the same log-in are doing; a role that was taken may not be allowed to.</summary>
    /// <param name="processes">The server's processes of the sessions.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task InterruptAsync(int[] processes, CancellationToken cancellationToken) => AsLoginAsync(
        () => ScalarAsync<long>("SELECT pg_catalog.count(pg_catalog.pg_cancel_backend(p)) FROM pg_catalog.unnest($1) p", processes, cancellationToken), cancellationToken);

    /// <summary>Asks for one value.</summary>
    public async Task<T> ScalarAsync<T>(string sql, object parameter, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Bytes that a name may have; the server cuts longer ones.</summary>
    public async Task<int> LongestNameAsync(CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT pg_catalog.current_setting('max_identifier_length')::pg_catalog.int4", _connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Whether a database of that name exists.</summary>
    public Task<bool> ExistsAsync(string database, CancellationToken cancellationToken) =>
        ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)", database, cancellationToken);

    /// <summary>Drops a database that a restore made, whoever is connected to it.</summary>
    public async Task DropCopyAsync(string database, CancellationToken cancellationToken)
    {
        // WITH (FORCE) ends sessions as the role that owns the database, who may not end those of the one that logged in.
        if (_role is not null)
            await AsLoginAsync(() => ScalarAsync<long>(EndSessions, database, cancellationToken), cancellationToken).ConfigureAwait(false);
        await DatabaseRemoval.DropCopyAsync(_connection, _address, database, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Drops what a failed restore made, also when the failure took this session with it: then in a new session, once the lock is
    /// free again, so that neither a statement still running nor another restore is overtaken.
    /// </summary>
    /// <param name="database">The database; its name is that of the lock.</param>
    public async Task DropAfterFailureAsync(string database)
    {
        if (_connection.State == ConnectionState.Open)
        {
            try
            {
                await DropCopyAsync(database, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (NpgsqlException) when (_connection.State != ConnectionState.Open)
            {
                // The session was lost, which only shows now.
            }
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = await ConnectAsync(_address, Database, CancellationToken.None).ConfigureAwait(false);
        if (_role is not null)
            await BecomeAsync(_role, CancellationToken.None).ConfigureAwait(false);
        await ExecuteAsync($"SET lock_timeout = '{WaitForLock}'", CancellationToken.None).ConfigureAwait(false);
        await ScalarAsync<object>("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 5432))::text", database, CancellationToken.None).ConfigureAwait(false);
        await DropCopyAsync(database, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back and ends the session.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // The server notices a closed connection a little later; who tries again at once must not meet our own lock.
            if (_connection.FullState == ConnectionState.Open)
                await ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock_all()", CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The session is gone already, and its lock with it.
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AsLoginAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        if (_role is not null)
            await ExecuteAsync("SET ROLE NONE", cancellationToken).ConfigureAwait(false);
        try
        {
            await action().ConfigureAwait(false);
        }
        finally
        {
            if (_role is not null && _connection.FullState == ConnectionState.Open)
                await BecomeAsync(_role, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<NpgsqlConnection> ConnectAsync(ServerAddress address, string database, CancellationToken cancellationToken) =>
        PostgresConnector.OpenAsync(address, database, new ConnectorOptions(), cancellationToken);
}
