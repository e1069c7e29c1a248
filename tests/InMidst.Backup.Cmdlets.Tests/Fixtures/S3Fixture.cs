using InMidst.Backup.Cmdlets.Tests.Fixtures;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(S3Fixture))]

namespace InMidst.Backup.Cmdlets.Tests.Fixtures;

/// <summary>The one S3 server of this assembly, in memory, started when a test asks for it first. It stays up and whole.</summary>
public sealed class S3Fixture : IAsyncDisposable
{
    private readonly Lazy<Task<S3Server>> _server = new(() => S3Server.StartAsync());

    /// <summary>The running server.</summary>
    public Task<S3Server> ServerAsync() => _server.Value;

    public async ValueTask DisposeAsync()
    {
        // A server that did not start has cleaned up after itself, and failed the tests that asked for it.
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
            await (await _server.Value).DisposeAsync();
    }
}
