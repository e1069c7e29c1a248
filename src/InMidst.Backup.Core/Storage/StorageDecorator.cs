namespace InMidst.Backup.Core.Storage;

/// <summary>Passes every call on to another storage; what derives from it changes some.</summary>
/// <param name="inner">The other storage, which stays its maker's.</param>
public abstract class StorageDecorator(IStorage inner) : IStorage
{
    /// <inheritdoc/>
    public StorageProperties Properties => inner.Properties;

    /// <summary>Where calls go.</summary>
    protected internal IStorage Inner => inner;

    /// <inheritdoc/>
    public virtual Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        inner.BeginPutAsync(name, mode, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(name, offset, length, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) => inner.FindAsync(name, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public virtual Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    /// <inheritdoc/>
    public virtual Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) =>
        inner.SetPointerAsync(name, target, cancellationToken);

    /// <inheritdoc/>
    public virtual Task DeletePointerAsync(string name, CancellationToken cancellationToken) =>
        inner.DeletePointerAsync(name, cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListUnfinishedUploadsAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        inner.RemoveUnfinishedUploadAsync(upload, cancellationToken);
}
