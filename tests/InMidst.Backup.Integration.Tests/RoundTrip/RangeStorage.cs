using System.Collections.Concurrent;
using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Integration.Tests.RoundTrip;

/// <summary>A storage that writes down which ranges are read, and may do something to them.</summary>
internal sealed class RangeStorage(IStorage inner, Func<long, Stream, Stream>? wrap = null) : IStorage
{
    public ConcurrentQueue<(long Offset, long? Length)> Ranges { get; } = [];

    public StorageProperties Properties => inner.Properties;

    public async Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        Ranges.Enqueue((offset, length));
        Stream stream = await inner.OpenReadAsync(name, offset, length, cancellationToken);
        return wrap is null ? stream : wrap(offset, stream);
    }

    public Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) => inner.FindAsync(name, cancellationToken);

    public Task InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) => inner.BeginPutAsync(name, mode, cancellationToken);

    public IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) => inner.SetPointerAsync(name, target, cancellationToken);

    public Task DeletePointerAsync(string name, CancellationToken cancellationToken) => inner.DeletePointerAsync(name, cancellationToken);

    public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListUnfinishedUploadsAsync(prefix, cancellationToken);

    public Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        inner.RemoveUnfinishedUploadAsync(upload, cancellationToken);
}
