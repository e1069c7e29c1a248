using System.Runtime.CompilerServices;
using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage;

/// <summary>
/// One object of any name, read-only, as a storage: a dump that lies outside a repository. The further parts of it that lie beside it
/// (.001 …) are found, but not listed.
/// </summary>
public abstract class SingleDumpStorage : IStorage
{
    private protected SingleDumpStorage(string name, StorageProperties properties)
    {
        Name = name;
        Properties = properties;
    }

    /// <summary>The object's name, which need not follow the rules for names in a repository.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public StorageProperties Properties { get; }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        return IsPart(name)
            ? OpenPartAsync(name, offset, length, cancellationToken)
            : Task.FromException<Stream>(new StorageException(
                ErrorIds.ObjectNotFound, $"There is no {name} beside {Properties.PathOf(Name)}.", isPermanent: true, target: name));
    }

    /// <inheritdoc/>
    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
        IsPart(name) ? FindPartAsync(name, cancellationToken) : Task.FromResult<StorageEntry?>(null);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorageEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Name.StartsWith(prefix, StringComparison.Ordinal) && await FindAsync(Name, cancellationToken).ConfigureAwait(false) is { } entry)
            yield return entry;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<UnfinishedUpload>();

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        Task.FromException<StorageUpload>(ReadOnly());

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task DeletePointerAsync(string name, CancellationToken cancellationToken) => Task.FromException(ReadOnly());

    /// <inheritdoc/>
    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        Task.FromException<bool>(ReadOnly());

    private protected abstract Task<Stream> OpenPartAsync(string name, long offset, long? length, CancellationToken cancellationToken);

    private protected abstract Task<StorageEntry?> FindPartAsync(string name, CancellationToken cancellationToken);

    // Names of parts end in three digits or more.
    private bool IsPart(string name) =>
        name == Name
        || (name.StartsWith(Name + ".", StringComparison.Ordinal) && name.Length >= Name.Length + 4
            && name.AsSpan(Name.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0);

    private StorageException ReadOnly() => new(
        ErrorIds.RepositoryAccessDenied, $"{Properties.PathOf(Name)} is a single dump, not a repository.", isPermanent: true, target: Name);
}
