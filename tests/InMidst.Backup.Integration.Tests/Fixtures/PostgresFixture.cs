using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Postgres.Connections;
using InMidst.Backup.Postgres.Sandbox.SampleData;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace InMidst.Backup.Integration.Tests.Fixtures;

/// <summary>The one server of this assembly: ask for it in a test class's constructor and make databases of your own in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const double SampleScale = 0.01;

    private readonly Lazy<Task<string>> _sample;
    private PostgresServer? _server;

    public PostgresFixture() => _sample = new Lazy<Task<string>>(LoadSampleAsync);

    /// <summary>The running server.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    /// <summary>The superuser's address.</summary>
    public ServerAddress Address => new()
    {
        Host = Server.Host,
        Port = Server.Port,
        UserName = Server.UserName,
        Password = Server.Password,
        Database = "postgres",
        SslMode = PostgresSslMode.Disable,
    };

    /// <summary>Makes the sample database when it is asked for first. Read it only: it is everyone's.</summary>
    /// <returns>Its name.</returns>
    public Task<string> SampleAsync() => _sample.Value;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<string> LoadSampleAsync()
    {
        await SampleDatabaseLoader.LoadAsync(Address, Server.Major, SampleScale, (_, _) => { }, CancellationToken.None);
        return SampleDatabase.DatabaseName;
    }
}
