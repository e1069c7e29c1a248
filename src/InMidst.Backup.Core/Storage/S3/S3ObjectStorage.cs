using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// One object of any key, and the further parts of it where a dump has such, read-only, as a storage: a dump that lies outside a
/// repository.
/// </summary>
public sealed class S3ObjectStorage : IStorage, IDisposable
{
    private readonly S3Storage _owned;
    private readonly S3Bucket _bucket;
    private readonly string _directory;

    /// <summary>Makes the storage.</summary>
    /// <param name="owned">Is disposed with it.</param>
    /// <param name="bucket">The whole bucket.</param>
    /// <param name="key">The object's key.</param>
    internal S3ObjectStorage(S3Storage owned, S3Bucket bucket, string key)
    {
        _owned = owned;
        _bucket = bucket;
        _directory = key[..(key.LastIndexOf('/') + 1)];
        Name = key[_directory.Length..];
        Properties = new StorageProperties(
            new S3Location(bucket.Location.Bucket, _directory.TrimEnd('/')).ToString(), GroupsByDatabase: false, SupportsPointers: false)
        {
            IsRemote = true,
        };
    }

    /// <summary>The object's name: the end of its key, which need not follow the rules for names in a repository.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public StorageProperties Properties { get; }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public async Task<bool> ExistsAsync(CancellationToken cancellationToken) =>
        await FindAsync(Name, cancellationToken).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        Task.FromException<StorageUpload>(ReadOnly());

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0);
        return IsOurs(name)
            ? S3ReadStream.OpenAsync(_bucket, _directory + name, offset, length, cancellationToken)
            : Task.FromException<Stream>(_bucket.Connection.Errors.NoObject(_directory + name));
    }

    /// <inheritdoc/>
    public async Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) => IsOurs(name)
        ? (await _bucket.HeadAsync(_directory + name, cancellationToken).ConfigureAwait(false))?.ToEntry(name)
        : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorageEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Name.StartsWith(prefix, StringComparison.Ordinal) && await FindAsync(Name, cancellationToken).ConfigureAwait(false) is { } entry)
            yield return entry;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task DeletePointerAsync(string name, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<UnfinishedUpload>();

    /// <inheritdoc/>
    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        Task.FromException<bool>(ReadOnly());

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    // "name", or "name.001" and so on.
    private bool IsOurs(string name) =>
        name == Name
        || (name.StartsWith(Name + ".", StringComparison.Ordinal) && name.Length >= Name.Length + 4 && name[(Name.Length + 1)..].All(char.IsAsciiDigit));

    private StorageException ReadOnly() => new(
        ErrorIds.RepositoryAccessDenied, $"{Properties.PathOf(Name)} is a single object, not a repository.", isPermanent: true, target: Name);
}
