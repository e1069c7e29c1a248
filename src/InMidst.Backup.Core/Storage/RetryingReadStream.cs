using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage;

/// <summary>A stream that is opened again where it failed.</summary>
/// <param name="storage">Where it is opened.</param>
/// <param name="name">The object's name.</param>
/// <param name="entry">The object before it was opened; null when it was not there yet, and then a failure is final.</param>
/// <param name="opened">The first stream.</param>
/// <param name="offset">Where that one began.</param>
/// <param name="length">Bytes that are wanted, or null for all.</param>
internal sealed class RetryingReadStream(
    RetryingStorage storage, string name, StorageEntry? entry, Stream opened, long offset, long? length) : SequentialReadStream
{
    private readonly Retries _retries = storage.StartRetries();
    private Stream? _inner = opened;
    private long _read;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            if (_inner is { } inner)
            {
                int moved = inner.Read(buffer);
                _read += moved;
                _retries.Progressed();
                return moved;
            }
        }
        catch (StorageException failure) when (!failure.IsPermanent && entry is not null)
        {
            if (!RecoverAsync(failure, CancellationToken.None).GetAwaiter().GetResult())
                throw;
        }

        byte[] bytes = new byte[buffer.Length];
        int count = ReadAsync(bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                _inner ??= await ReopenAsync(cancellationToken).ConfigureAwait(false);
                int count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                _read += count;
                _retries.Progressed();
                return count;
            }
            catch (StorageException failure) when (!failure.IsPermanent && entry is not null)
            {
                if (!await RecoverAsync(failure, cancellationToken).ConfigureAwait(false))
                    throw;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Waits, so that it can be opened again.</summary>
    /// <returns>False when the failure is final.</returns>
    private async Task<bool> RecoverAsync(StorageException failure, CancellationToken cancellationToken)
    {
        if (!await storage.WaitAsync(_retries, failure, cancellationToken).ConfigureAwait(false))
            return false;
        if (_inner is { } failed)
            await failed.DisposeAsync().ConfigureAwait(false);
        _inner = null;
        return true;
    }

    private async Task<Stream> ReopenAsync(CancellationToken cancellationToken)
    {
        Stream stream = await storage.OpenInnerAsync(name, offset + _read, length - _read, cancellationToken).ConfigureAwait(false);
        StorageEntry? now = await storage.FindAsync(name, cancellationToken).ConfigureAwait(false);
        if (now == entry)
            return stream;
        await stream.DisposeAsync().ConfigureAwait(false);
        throw new StorageException(
            ErrorIds.ObjectChanged, $"'{name}' in {storage.Properties.Location} was replaced or removed while it was being read.",
            isPermanent: true, target: name);
    }
}
