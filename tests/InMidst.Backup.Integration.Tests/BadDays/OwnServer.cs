using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A second server, for tests that crash it or need another cluster. They run one after another.</summary>
[CollectionDefinition(nameof(OwnServer))]
public sealed class OwnServer : IAsyncLifetime, ICollectionFixture<OwnServer>
{
    private PostgresServer? _server;

    public PostgresServer Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
