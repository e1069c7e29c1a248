using InMidst.Backup.Core.Storage;
using InMidst.Backup.Core.Storage.S3;

namespace InMidst.Backup.Core.Tests.Storage.S3;

/// <summary>A storage on <see cref="FakeS3Server"/> that tries again at once.</summary>
internal sealed class FakeScene : IDisposable
{
    private static readonly RetryPolicy Quick = new() { FirstDelay = TimeSpan.FromTicks(1), LongestDelay = TimeSpan.FromTicks(1) };

    private readonly List<S3Storage> _opened = [];

    public FakeScene(FakeS3Server? server = null, TimeProvider? clock = null)
    {
        Clock = clock ?? TimeProvider.System;
        Server = server ?? new FakeS3Server(Clock);
    }

    public static S3Settings Settings { get; } = new()
    {
        Endpoint = "http://fake.test",
        AccessKey = "key",
        SecretKey = "very-secret",
        PartLength = S3Settings.SmallestPartLength,
    };

    public TimeProvider Clock { get; }

    public FakeS3Server Server { get; }

    public ByteBudget Memory { get; } = new(64 << 20);

    public List<string> Warnings { get; } = [];

    public async Task<S3Storage> OpenAsync(S3Settings? settings = null, RetryPolicy? policy = null)
    {
        S3Storage storage = await S3Storage.OpenAsync(
            new S3Location("bucket", "p"), settings ?? Settings, Memory, Clock, Warnings.Add, Server, policy ?? Quick, CancellationToken.None);
        _opened.Add(storage);
        return storage;
    }

    /// <summary>Lets the first request of a kind fail.</summary>
    public void FailFirst(string kind, FakeFault fault)
    {
        int left = 1;
        Server.Fault = call => call.Kind == kind && Interlocked.Decrement(ref left) >= 0 ? fault : null;
    }

    public void Dispose() => _opened.ForEach(storage => storage.Dispose());
}
