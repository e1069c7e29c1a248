using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage.Disk;

/// <summary>
/// One file of any name, read-only, as a storage with one object: a dump that lies outside a repository. Where it continues in files
/// beside it (.001 …) they are found, but not listed.
/// </summary>
public sealed class SingleFileStorage : IStorage
{
    private readonly FileInfo _file;

    /// <summary>Makes the storage.</summary>
    /// <param name="absolutePath">The file.</param>
    public SingleFileStorage(string absolutePath)
    {
        _file = new FileInfo(absolutePath);
        Properties = new StorageProperties(_file.DirectoryName!, GroupsByDatabase: false, SupportsPointers: false);
    }

    /// <summary>The object's name: the file's, which need not follow the rules for names in a repository.</summary>
    public string Name => _file.Name;

    /// <inheritdoc/>
    public StorageProperties Properties { get; }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => Task.FromResult(_file.Exists);

    /// <inheritdoc/>
    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        Task.FromException<StorageUpload>(ReadOnly());

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsPart(name))
            throw new StorageException(ErrorIds.ObjectNotFound, $"There is no {name} beside {_file.FullName}.", isPermanent: true, target: name);
        try
        {
            return Task.FromResult<Stream>(DiskReadStream.Open(_file.DirectoryName!, name, PathOf(name), offset, length));
        }
        catch (Exception exception) when (DiskErrors.IsFailure(exception))
        {
            throw DiskErrors.Translate(_file.DirectoryName!, name, exception);
        }
    }

    /// <inheritdoc/>
    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(name));
        return Task.FromResult(IsPart(name) && file.Exists
            ? new StorageEntry(name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero))
            : null);
    }

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

    // Names of parts end in three digits or more.
    private bool IsPart(string name) =>
        name == Name || (name.StartsWith(Name + ".", StringComparison.Ordinal) && name.Length >= Name.Length + 4 && name.AsSpan(Name.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0);

    private string PathOf(string name) => Path.Combine(_file.DirectoryName!, name);

    private StorageException ReadOnly() =>
        new(ErrorIds.RepositoryAccessDenied, $"{_file.FullName} is a single file, not a repository.", isPermanent: true, target: _file.FullName);
}
