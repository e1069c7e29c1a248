using System.Globalization;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Copy;
using InMidst.Backup.Postgres.Protocol;
using InMidst.Backup.Postgres.Text;
using Npgsql;

namespace InMidst.Backup.Postgres.Verify;

/// <summary>The sessions of a comparison, all in the settings under which the rows were backed up.</summary>
internal sealed class ComparisonSessions : IAsyncDisposable
{
    private readonly ComparisonOptions _options;
    private readonly bool _isQuiet;
    private readonly List<WireConnection> _readers = [];

    private ComparisonSessions(ComparisonOptions options, bool isQuiet, NpgsqlConnection catalog, DatabaseText text) =>
        (_options, _isQuiet, Catalog, Text) = (options, isQuiet, catalog, text);

    /// <summary>The one that reads the catalogue, and everything but rows.</summary>
    public NpgsqlConnection Catalog { get; }

    /// <summary>Converts the names of the database.</summary>
    public DatabaseText Text { get; }

    /// <summary>COPY on each of those that read rows.</summary>
    public IReadOnlyList<IBulkCopy> Readers => _readers;

    /// <summary>COPY on the session of the catalogue, where the server has room for no other.</summary>
    public IBulkCopy CatalogAsReader => new NpgsqlBulkCopy(Catalog);

    /// <summary>Opens the session of the catalogue.</summary>
    /// <exception cref="BackupException">As <see cref="PostgresConnector.OpenAsync"/> says.</exception>
    public static async Task<ComparisonSessions> OpenAsync(ComparisonOptions options, CancellationToken cancellationToken)
    {
        bool isQuiet = await CanSilenceTriggersAsync(options.Address, cancellationToken).ConfigureAwait(false);
        NpgsqlConnection catalog = await ConnectAsync(options, isQuiet, cancellationToken).ConfigureAwait(false);
        try
        {
            using var command = new NpgsqlCommand("SELECT pg_catalog.getdatabaseencoding()::text", catalog);
            string encoding = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            return new ComparisonSessions(options, isQuiet, catalog, new DatabaseText(encoding));
        }
        catch
        {
            await catalog.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens readers. Where the server has no room for all there are fewer, or none, and a warning.</summary>
    /// <param name="count">How many are of use.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task OpenReadersAsync(int count, CancellationToken cancellationToken)
    {
        try
        {
            while (_readers.Count < count)
                _readers.Add(await ConnectReaderAsync(_options, _isQuiet, cancellationToken).ConfigureAwait(false));
        }
        catch (BackupException e) when (e.Id == ErrorIds.TooManyConnections)
        {
            string had = _readers.Count == 0 ? "None" : string.Create(CultureInfo.InvariantCulture, $"Only {_readers.Count}");
            _options.Warn(string.Create(CultureInfo.InvariantCulture,
                $"{had} of {count} more connections could be had to compare rows; it takes longer. {e.Message}"));
        }
    }

    /// <summary>
    /// Interrupts on the server what the session of the catalogue does. Npgsql, when it is stopped while a COPY begins, only goes away:
    /// who waits for a lock would wait on. The readers have it stopped by themselves.
    /// </summary>
    public async Task InterruptAsync()
    {
        try
        {
            NpgsqlConnection connection = await PostgresConnector.OpenAsync(
                _options.Address, _options.Address.Database, new ConnectorOptions(), CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var command = new NpgsqlCommand("SELECT pg_catalog.pg_cancel_backend($1)", connection);
                command.Parameters.Add(new NpgsqlParameter { Value = Catalog.ProcessID });
                await command.ExecuteScalarAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BackupException || PostgresErrors.IsServerFailure(e, CancellationToken.None))
        {
            // What made us stop is what is told; where the server is lost, so are the sessions.
        }
    }

    /// <summary>Ends the sessions.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (WireConnection reader in _readers)
            await reader.DisposeAsync().ConfigureAwait(false);
        await Catalog.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<NpgsqlConnection> ConnectAsync(ComparisonOptions options, bool isQuiet, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await PostgresConnector.OpenAsync(
            options.Address, options.Database, new ConnectorOptions { ByteText = true, WithoutEventTriggers = isQuiet }, cancellationToken).ConfigureAwait(false);
        return await PinnedAsync(connection, PinnedSession.ApplyAsync(connection, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task<WireConnection> ConnectReaderAsync(ComparisonOptions options, bool isQuiet, CancellationToken cancellationToken)
    {
        WireConnection connection = await WireConnection.OpenAsync(
            options.Address, options.Database, new WireOptions { WithoutEventTriggers = isQuiet, HasOwnThread = true }, cancellationToken).ConfigureAwait(false);
        return await PinnedAsync(connection, PinnedSession.ApplyAsync(connection, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The connection when its settings are made; without them it is nobody's.</summary>
    private static async Task<T> PinnedAsync<T>(T connection, Task pinning)
        where T : IAsyncDisposable
    {
        try
        {
            await pinning.ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
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
}
