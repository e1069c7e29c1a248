using InMidst.Backup.Core;
using InMidst.Backup.Core.Storage.S3;
using InMidst.Backup.Integration.Tests.Fixtures;
using InMidst.Backup.Testing;

namespace InMidst.Backup.Integration.Tests.S3;

/// <summary>Storages on the real server, with the warnings they gave; disposed at the end.</summary>
internal sealed class S3Scene(S3Fixture fixture) : IDisposable
{
    private readonly List<IDisposable> _opened = [];
    private readonly List<string> _warnings = [];

    /// <summary>The memory all uploads share.</summary>
    public ByteBudget Memory { get; } = new(64 << 20);

    /// <summary>What was warned of.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
                return [.. _warnings];
        }
    }

    /// <summary>How the server is reached, with small parts.</summary>
    public async Task<S3Settings> SettingsAsync()
    {
        S3Server server = await fixture.ServerAsync();
        return new S3Settings
        {
            Endpoint = server.Endpoint.ToString(),
            AccessKey = server.AccessKey,
            SecretKey = server.SecretKey,
            PartLength = S3Settings.SmallestPartLength,
        };
    }

    /// <summary>Opens a storage.</summary>
    /// <param name="location">Null for a new bucket with a prefix.</param>
    /// <param name="settings">Null for the usual.</param>
    public async Task<S3Storage> OpenAsync(S3Location? location = null, S3Settings? settings = null)
    {
        var storage = await S3Storage.OpenAsync(
            location ?? new S3Location(await fixture.NewBucketAsync(), "a/prefix"), settings ?? await SettingsAsync(), Memory, TimeProvider.System,
            Warn, CancellationToken.None);
        _opened.Add(storage);
        return storage;
    }

    /// <summary>Opens one object.</summary>
    public async Task<S3ObjectStorage> OpenObjectAsync(S3Location location)
    {
        var storage = await S3Storage.OpenObjectAsync(location, await SettingsAsync(), TimeProvider.System, Warn, CancellationToken.None);
        _opened.Add(storage);
        return storage;
    }

    public void Dispose()
    {
        foreach (IDisposable storage in _opened)
            storage.Dispose();
    }

    private void Warn(string text)
    {
        lock (_warnings)
            _warnings.Add(text);
    }
}
