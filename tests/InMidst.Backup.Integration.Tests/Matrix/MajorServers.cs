using InMidst.Backup.Integration.Tests.RoundTrip;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Sandbox.SampleData;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.Matrix;

/// <summary>A server of each major version with the sample database in it, made when it is asked for first.</summary>
[CollectionDefinition(nameof(MajorServers))]
public sealed class MajorServers : IAsyncDisposable, ICollectionFixture<MajorServers>
{
    private const double SampleScale = 0.01;

    private readonly Dictionary<int, PostgresServer> _servers = [];

    /// <summary>The server, ready.</summary>
    /// <exception cref="PostgresServerException">This major is not on the machine; the message says how to get it.</exception>
    public async Task<PostgresServer> GetAsync(int major)
    {
        if (_servers.TryGetValue(major, out PostgresServer? server))
            return server;

        server = await PostgresServer.StartAsync(PostgresMajors.Get(major));
        _servers.Add(major, server);
        await SampleDatabaseLoader.LoadAsync(AddressOf(server), major, SampleScale, (_, _) => { }, TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Backups, tests and restores on a server.</summary>
    /// <param name="major">Its major version.</param>
    /// <param name="client">Where pg_dump is taken from; null for the one that fits the server best.</param>
    internal async Task<RoundTripScene> SceneAsync(int major, string? client = null)
    {
        PostgresServer server = await GetAsync(major);
        return new RoundTripScene(server, AddressOf(server), [client ?? server.ClientDirectory]);
    }

    /// <summary>
    /// The sample of one major on the server of another, as pg_dump and psql bring it there: the same schema is written in other words by
    /// another major, and some of it is something else there.
    /// </summary>
    /// <returns>The database on the newer server; the sample itself if it is the same one.</returns>
    public async Task<string> ReferenceAsync(int from, int to)
    {
        if (from == to)
            return SampleDatabase.DatabaseName;

        string database = $"reference_from_{from}";
        PostgresServer target = await GetAsync(to);
        if (await target.PsqlAsync("postgres", $"SELECT count(*) FROM pg_database WHERE datname = '{database}'") == "1")
            return database;

        using var directory = new TemporaryDirectory();
        string script = Path.Combine(directory.Path, "sample.sql");
        await File.WriteAllBytesAsync(script, await (await GetAsync(from)).PgDumpBytesAsync(SampleDatabase.DatabaseName));
        await target.CreateDatabaseAsync(database, "TEMPLATE template0");
        await target.PsqlFileAsync(database, script);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PostgresServer server in _servers.Values)
            await server.DisposeAsync();
    }

    private static ServerAddress AddressOf(PostgresServer server) => new()
    {
        Host = server.Host,
        Port = server.Port,
        UserName = server.UserName,
        Password = server.Password,
        Database = "postgres",
        SslMode = PostgresSslMode.Disable,
    };
}
