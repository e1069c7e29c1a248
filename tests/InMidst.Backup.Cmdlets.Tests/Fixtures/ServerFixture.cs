using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(ServerFixture))]

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>
/// The one server of this assembly, with three small databases that no test changes: midst_one, midst_two and crm. Variables of the
/// person who runs the tests must not lead the cmdlets to a server, a bucket or a cache of theirs: all PG* and AWS_* are removed.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    /// <summary>Rows of the table <c>people</c> in each of the databases.</summary>
    public const int Rows = 100;

    private readonly Help.TemporaryDirectory _cache = new();
    private PostgresServer? _server;

    /// <summary>The databases every test may read.</summary>
    public static IReadOnlyList<string> Databases { get; } = ["crm", "midst_one", "midst_two"];

    /// <summary>The running server.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    /// <summary>Makes a table with data in a database.</summary>
    public Task FillAsync(string database, string table = "people", int rows = Rows) => Server.PsqlAsync(database,
        $"CREATE TABLE {table} (id int PRIMARY KEY, name text); INSERT INTO {table} SELECT i, 'name ' || i FROM generate_series(1, {rows}) i");

    public async ValueTask InitializeAsync()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsOfTheUser))
            Environment.SetEnvironmentVariable(name, null);

        // Neither the configuration files nor the role of the machine, if it has any.
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", _cache.File("config"));
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", _cache.File("credentials"));
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cache.Path);
        _server = await PostgresServer.StartAsync();
        foreach (string database in Databases)
        {
            await Server.CreateDatabaseAsync(database);
            await FillAsync(database);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _cache.Dispose();
    }

    private static bool IsOfTheUser(string variable) =>
        variable is "S3_BUCKET" || variable.StartsWith("PG", StringComparison.Ordinal) || variable.StartsWith("AWS_", StringComparison.Ordinal);
}
