using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace InMidst.Backup.Integration.Tests.Fixtures;

/// <summary>The one server of this assembly: ask for it in a test class's constructor and make databases of your own in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    /// <summary>The running server.</summary>
    public PostgresServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
