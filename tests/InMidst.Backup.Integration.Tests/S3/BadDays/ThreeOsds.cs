using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>One cluster of three storage daemons on disk, for the tests that kill some; each of them leaves it whole.</summary>
public sealed class ThreeOsds : IAsyncLifetime
{
    private S3Server? _server;

    public S3Server Server => _server ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public async ValueTask InitializeAsync() => _server = await S3Server.StartAsync(new S3ServerSettings { Osds = 3 });

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
