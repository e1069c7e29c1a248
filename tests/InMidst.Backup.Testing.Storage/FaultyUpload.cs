using InMidst.Backup.Core.Storage;

namespace InMidst.Backup.Testing.Storage;

internal sealed class FaultyUpload(FaultyStorage storage, StorageUpload inner) : StorageUpload
{
    public override string Name => inner.Name;

    public override long Length => inner.Length;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await storage.RunAsync(StorageOperation.Write, Name, () => inner.WriteAsync(data, cancellationToken).AsTask());

    public override Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken) =>
        storage.RunAsync(StorageOperation.Complete, Name, () => inner.CompleteAsync(cancellationToken));

    public override ValueTask<long> SuspendAsync() => storage.Killed ? ValueTask.FromResult(0L) : inner.SuspendAsync();

    public override ValueTask DisposeAsync() => storage.Killed ? ValueTask.CompletedTask : inner.DisposeAsync();
}
