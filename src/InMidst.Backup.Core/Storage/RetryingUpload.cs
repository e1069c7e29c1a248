using InMidst.Backup.Core.Errors;

namespace InMidst.Backup.Core.Storage;

/// <summary>
/// An upload that begins anew when it fails, as long as all that was written is kept. Whether one whose completion failed is there all
/// the same is told by its content: of two that write the same bytes under one new name in the same moment, both may think they won.
/// </summary>
internal sealed class RetryingUpload(RetryingStorage storage, StorageUpload begun, PutMode mode) : StorageUpload
{
    // Manifests, locks and small dumps.
    private const int KeptAtMost = 4 << 20;

    private StorageUpload _inner = begun;
    private MemoryStream? _kept = new();
    private long _length;
    private bool _broken;

    /// <inheritdoc/>
    public override string Name { get; } = begun.Name;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        RequireWhole();
        cancellationToken.ThrowIfCancellationRequested();
        _broken = true;
        try
        {
            await _inner.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            Keep(data);
        }
        catch (StorageException failure) when (!failure.IsPermanent && MayKeep(data))
        {
            Keep(data);
            await RepeatAsync(failure, () => Task.FromResult(true), cancellationToken).ConfigureAwait(false);
        }

        _length += data.Length;
        _broken = false;
    }

    /// <inheritdoc/>
    public override async Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken)
    {
        RequireWhole();
        cancellationToken.ThrowIfCancellationRequested();
        _broken = true;
        try
        {
            return await _inner.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException failure) when (!failure.IsPermanent && _kept is not null)
        {
            return await RepeatAsync(failure, () => _inner.CompleteAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<long> SuspendAsync()
    {
        _broken = true;
        return _inner.SuspendAsync();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _broken = true;
        return _inner.DisposeAsync();
    }

    private void RequireWhole()
    {
        if (_broken)
            throw new InvalidOperationException($"The upload of '{Name}' is completed or has failed.");
    }

    private bool MayKeep(ReadOnlyMemory<byte> data) => _kept is not null && _kept.Length + data.Length <= KeptAtMost;

    private void Keep(ReadOnlyMemory<byte> data)
    {
        if (MayKeep(data))
            _kept!.Write(data.Span);
        else
            _kept = null;
    }

    /// <summary>Writes all that is kept to a new upload, and goes on with it.</summary>
    private async Task<T> RepeatAsync<T>(StorageException failure, Func<Task<T>> goOn, CancellationToken cancellationToken)
    {
        Retries retries = storage.StartRetries();
        bool completing = typeof(T) == typeof(StorageEntry);
        while (true)
        {
            if (!await storage.WaitAsync(retries, failure, cancellationToken).ConfigureAwait(false))
                throw failure;
            await _inner.DisposeAsync().ConfigureAwait(false);
            try
            {
                if (completing && mode != PutMode.Replace && await FindOursAsync(cancellationToken).ConfigureAwait(false) is T ours)
                    return ours;
                _inner = await storage.Inner.BeginPutAsync(Name, mode, cancellationToken).ConfigureAwait(false);
                await _inner.WriteAsync(_kept!.ToArray(), cancellationToken).ConfigureAwait(false);
                return await goOn().ConfigureAwait(false);
            }
            catch (StorageException again) when (!again.IsPermanent)
            {
                failure = again;
            }
        }
    }

    /// <summary>The object if it has what was written.</summary>
    private async Task<StorageEntry?> FindOursAsync(CancellationToken cancellationToken)
    {
        StorageEntry? entry = await storage.Inner.FindAsync(Name, cancellationToken).ConfigureAwait(false);
        if (entry is null || entry.Length != _length)
            return null;
        try
        {
            byte[] content = await storage.Inner.ReadAllBytesAsync(Name, KeptAtMost, cancellationToken).ConfigureAwait(false);
            return content.AsSpan().SequenceEqual(_kept!.ToArray()) ? entry : null;
        }
        catch (StorageException exception) when (exception.Id == ErrorIds.ObjectNotFound)
        {
            return null;
        }
    }
}
