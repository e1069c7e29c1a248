namespace InMidst.Backup.Core.Storage.S3;

/// <summary>A dump in an object of any key.</summary>
public sealed class S3ObjectStorage : SingleDumpStorage, IDisposable
{
    private readonly S3Storage _owned;
    private readonly S3Bucket _bucket;
    private readonly string _directory;

    /// <summary>Makes the storage.</summary>
    /// <param name="owned">Is disposed with it.</param>
    /// <param name="bucket">The whole bucket.</param>
    /// <param name="key">The object's key.</param>
    internal S3ObjectStorage(S3Storage owned, S3Bucket bucket, string key)
        : base(
            key[DirectoryOf(key).Length..],
            new StorageProperties(
                new S3Location(bucket.Location.Bucket, DirectoryOf(key).TrimEnd('/')).ToString(), GroupsByDatabase: false, SupportsPointers: false)
            {
                IsRemote = true,
            })
    {
        _owned = owned;
        _bucket = bucket;
        _directory = DirectoryOf(key);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    private protected override Task<Stream> OpenPartAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        S3ReadStream.OpenAsync(_bucket, _directory + name, offset, length, cancellationToken);

    private protected override async Task<StorageEntry?> FindPartAsync(string name, CancellationToken cancellationToken) =>
        (await _bucket.HeadAsync(_directory + name, cancellationToken).ConfigureAwait(false))?.ToEntry(name);

    private static string DirectoryOf(string key) => key[..(key.LastIndexOf('/') + 1)];
}
