using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

[assembly: AssemblyFixture(typeof(S3Fixture))]

namespace InMidst.Backup.Integration.Tests.Fixtures;

/// <summary>
/// The one S3 server of this assembly, in memory and started when it is asked for first: ask for it in a test class's constructor
/// and make buckets of your own in it. It stays up and whole; a test that kills it needs one of its own.
/// </summary>
public sealed class S3Fixture : IAsyncDisposable
{
    private readonly Lazy<Task<S3Server>> _server = new(() => S3Server.StartAsync(new S3ServerSettings { Tls = true }));

    /// <summary>The running server.</summary>
    public Task<S3Server> ServerAsync() => _server.Value;

    /// <summary>Makes a new bucket.</summary>
    /// <param name="objectLock">Whether objects can be locked in it, which makes it versioned too.</param>
    /// <returns>Its name.</returns>
    public async Task<string> NewBucketAsync(bool objectLock = false) => await (await ServerAsync()).CreateBucketAsync(objectLock: objectLock);

    public async ValueTask DisposeAsync()
    {
        // A server that did not start has cleaned up after itself, and failed the tests that asked for it.
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
            await (await _server.Value).DisposeAsync();
    }
}
