using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Core.Tests.Repositories;

/// <summary>A storage from which somebody removes an object just after it was listed.</summary>
internal sealed class VanishingStorage(IStorage inner, string name) : IStorage
{
    public StorageProperties Properties => inner.Properties;

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public Task<StorageUpload> BeginPutAsync(string objectName, PutMode mode, CancellationToken cancellationToken) =>
        inner.BeginPutAsync(objectName, mode, cancellationToken);

    public Task<Stream> OpenReadAsync(string objectName, long offset, long? length, CancellationToken cancellationToken) =>
        inner.OpenReadAsync(objectName, offset, length, cancellationToken);

    public async Task<StorageEntry?> FindAsync(string objectName, CancellationToken cancellationToken)
    {
        if (objectName == name)
            await inner.DeleteAsync(name, cancellationToken);
        return await inner.FindAsync(objectName, cancellationToken);
    }

    public IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string objectName, CancellationToken cancellationToken) => inner.DeleteAsync(objectName, cancellationToken);

    public Task SetPointerAsync(string pointer, string target, CancellationToken cancellationToken) =>
        inner.SetPointerAsync(pointer, target, cancellationToken);

    public Task DeletePointerAsync(string pointer, CancellationToken cancellationToken) => inner.DeletePointerAsync(pointer, cancellationToken);

    public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListUnfinishedUploadsAsync(prefix, cancellationToken);

    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        inner.RemoveUnfinishedUploadAsync(upload, cancellationToken);
}
