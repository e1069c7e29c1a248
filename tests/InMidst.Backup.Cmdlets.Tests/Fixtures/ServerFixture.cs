using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(ServerFixture))]

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>
/// The one server of this assembly, with three small databases that no test changes: midst_one, midst_two and crm. Variables of the
/// person who runs the tests must not lead the cmdlets to a server of theirs: all PG* are removed.
/// </summary>
public sealed class ServerFixture : IAsyncLifetime
{
    /// <summary>Rows of the table <c>people</c> in each of the databases.</summary>
    public const int Rows = 100;

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
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("PG", StringComparison.Ordinal)))
            Environment.SetEnvironmentVariable(name, null);
        _server = await PostgresServer.StartAsync();
        foreach (string database in Databases)
        {
            await Server.CreateDatabaseAsync(database);
            await FillAsync(database);
        }
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
