using System.Collections.Concurrent;
using System.Security.Cryptography;
using InMidst.Backup.Core;
using InMidst.Backup.Core.Errors;
using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3.BadDays;

/// <summary>A bucket behind a proxy that can do harm, storages that reach it through the proxy, and questions that go past it.</summary>
internal sealed class BadDayScene : IAsyncDisposable
{
    private const string Prefix = "backups";

    private readonly List<IDisposable> _opened = [];

    private BadDayScene(S3Server server, string bucket)
    {
        Server = server;
        Bucket = bucket;
        Proxy = HttpFaultProxy.Start(server.Endpoint);
        Settings = new S3Settings
        {
            Endpoint = Proxy.Endpoint.ToString(),
            AccessKey = server.AccessKey,
            SecretKey = server.SecretKey,
            PartLength = S3Settings.SmallestPartLength,
        };
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public S3Server Server { get; }

    public HttpFaultProxy Proxy { get; }

    public string Bucket { get; }

    /// <summary>How the proxy is reached.</summary>
    public S3Settings Settings { get; }

    /// <summary>The memory of all uploads.</summary>
    public ByteBudget Memory { get; } = new(64 << 20);

    public ConcurrentQueue<string> Warnings { get; } = [];

    public S3Location Location => new(Bucket, Prefix);

    public static async Task<BadDayScene> CreateAsync(S3Server server) => new(server, await server.CreateBucketAsync());

    public static byte[] RandomBytes(int count) => RandomNumberGenerator.GetBytes(count);

    /// <summary>Opens a storage behind the proxy, on whose clock waiting passes fast.</summary>
    public async Task<S3Storage> OpenAsync(S3Settings? settings = null, TimeProvider? clock = null, S3Location? location = null)
    {
        S3Storage storage = await S3Storage.OpenAsync(
            location ?? Location, settings ?? Settings, Memory, clock ?? new HurriedClock(), Warnings.Enqueue, Token);
        _opened.Add(storage);
        return storage;
    }

    /// <summary>Opens a storage that goes past the proxy, as a later or another process does.</summary>
    public Task<S3Storage> OpenDirectlyAsync() => OpenAsync(Settings with { Endpoint = Server.Endpoint.ToString() }, TimeProvider.System);

    /// <summary>Does something that must fail for good, with this id and no secret in any text.</summary>
    public async Task<StorageException> FailsAsync(ErrorId id, Func<Task> work, bool permanent = true)
    {
        StorageException failure = await Assert.ThrowsAsync<StorageException>(work);
        Assert.True(id == failure.Id, failure.ToString());
        Assert.Equal(permanent, failure.IsPermanent);
        Assert.DoesNotContain(Settings.SecretKey!, failure.ToString());
        return failure;
    }

    /// <summary>Asserts that the bucket has these objects below the prefix, and no unfinished uploads.</summary>
    public async Task HoldsExactlyAsync(params string[] names)
    {
        Assert.Equal(
            names.Select(name => $"{Prefix}/{name}").Order(StringComparer.Ordinal), (await Server.ListAsync(Bucket)).Select(entry => entry.Key));
        Assert.Empty(await Server.ListUploadsAsync(Bucket));
    }

    /// <summary>The object as the server has it.</summary>
    public Task<byte[]> StoredAsync(string name) => Server.GetObjectAsync(Bucket, $"{Prefix}/{name}");

    /// <summary>Puts bytes in an object's place, past the proxy.</summary>
    public Task OverwriteAsync(string name, byte[] content) => Server.PutObjectAsync(Bucket, $"{Prefix}/{name}", content);

    /// <summary>Removes an object, past the proxy.</summary>
    public Task RemoveAsync(string name) => Server.DeleteObjectAsync(Bucket, $"{Prefix}/{name}");

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable storage in _opened)
            storage.Dispose();
        await Proxy.DisposeAsync();
    }
}
