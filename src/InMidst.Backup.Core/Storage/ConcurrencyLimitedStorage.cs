using System.Runtime.CompilerServices;

namespace InMidst.Backup.Core.Storage;

/// <summary>
/// Lets so many calls at once pass to a storage; further ones wait. An upload or a stream that is open counts only while something of
/// it is written or read, so that whoever holds one never keeps others from theirs.
/// </summary>
/// <param name="inner">The storage.</param>
/// <param name="limit">Calls at once.</param>
public sealed class ConcurrencyLimitedStorage(IStorage inner, int limit) : StorageDecorator(inner), IDisposable
{
    private readonly SemaphoreSlim _slots = new(limit);

    /// <inheritdoc/>
    public override Task InitializeAsync(CancellationToken cancellationToken) =>
        RunAsync(() => Inner.InitializeAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        RunAsync<StorageUpload>(
            async () => new Upload(this, await Inner.BeginPutAsync(name, mode, cancellationToken).ConfigureAwait(false)), cancellationToken);

    /// <inheritdoc/>
    public override Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        RunAsync<Stream>(
            async () => new ReadStream(this, await Inner.OpenReadAsync(name, offset, length, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    /// <inheritdoc/>
    public override Task<StorageEntry?> FindAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.FindAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<StorageEntry> ListAsync(string prefix, CancellationToken cancellationToken) =>
        EachAsync(Inner.ListAsync(prefix, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.DeleteAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task SetPointerAsync(string name, string target, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.SetPointerAsync(name, target, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task DeletePointerAsync(string name, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.DeletePointerAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<UnfinishedUpload> ListUnfinishedUploadsAsync(string prefix, CancellationToken cancellationToken) =>
        EachAsync(Inner.ListUnfinishedUploadsAsync(prefix, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override Task<bool> RemoveUnfinishedUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken) =>
        RunAsync(() => Inner.RemoveUnfinishedUploadAsync(upload, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    private Task RunAsync(Func<Task> work, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    // The slot is free while the caller looks at what was found, for it may well call again.
    private async IAsyncEnumerable<T> EachAsync<T>(IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<T> enumerator = source.GetAsyncEnumerator(cancellationToken);
        await using (enumerator.ConfigureAwait(false))
        {
            while (await RunAsync(() => enumerator.MoveNextAsync().AsTask(), cancellationToken).ConfigureAwait(false))
                yield return enumerator.Current;
        }
    }

    private sealed class Upload(ConcurrencyLimitedStorage storage, StorageUpload inner) : StorageUpload
    {
        public override string Name => inner.Name;

        public override long Length => inner.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
            new(storage.RunAsync(() => inner.WriteAsync(data, cancellationToken).AsTask(), cancellationToken));

        public override Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken) =>
            storage.RunAsync(() => inner.CompleteAsync(cancellationToken), cancellationToken);

        public override ValueTask<long> SuspendAsync() => inner.SuspendAsync();

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class ReadStream(ConcurrencyLimitedStorage storage, Stream inner) : SequentialReadStream
    {
        public override int Read(Span<byte> buffer)
        {
            storage._slots.Wait();
            try
            {
                return inner.Read(buffer);
            }
            finally
            {
                storage._slots.Release();
            }
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(storage.RunAsync(() => inner.ReadAsync(buffer, cancellationToken).AsTask(), cancellationToken));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
