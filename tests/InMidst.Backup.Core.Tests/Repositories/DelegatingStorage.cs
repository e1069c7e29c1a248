using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>Another storage, of which a test changes one thing.</summary>
internal class DelegatingStorage(IStorage inner) : IStorage
{
    public virtual StorageProperties Properties => inner.Properties;

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public virtual Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        inner.BeginPutAsync(name, mode, cancellationToken);

    public virtual Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(name, offset, length, cancellationToken);

    public virtual Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) => inner.FindAsync(name, cancellationToken);

    public virtual IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public virtual Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) => inner.SetPointerAsync(name, target, cancellationToken);

    public Task DeletePointerAsync(string name, CancellationToken cancellationToken) => inner.DeletePointerAsync(name, cancellationToken);

    public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListUnfinishedUploadsAsync(prefix, cancellationToken);

    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        inner.RemoveUnfinishedUploadAsync(upload, cancellationToken);
}
