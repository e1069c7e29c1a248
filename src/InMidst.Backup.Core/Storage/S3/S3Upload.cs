namespace InMidst.Backup.Core.Storage.S3;

/// <summary>
/// An object being written: in one request if it fits into one part, else in parts of one length, some of which are sent while the
/// next one fills. Parts wait for memory of the shared budget, and are guaranteed enough to get on.
/// </summary>
internal sealed class S3Upload : StorageUpload
{
    // One part that is sent while the next one fills, at the usual length.
    private const long GuaranteedMemory = 32L << 20;

    private static readonly TimeSpan LongestEnding = TimeSpan.FromSeconds(30);

    private readonly S3Bucket _bucket;
    private readonly PutMode _mode;
    private readonly ByteReserve _memory;
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _life = new();
    private readonly CancellationTokenSource _beginning = new();
    private readonly List<Task> _sending = [];
    private S3Part _part;
    private Task<S3Multipart>? _multipart;
    private StorageException? _failure;
    private long _length;
    private State _state;

    internal S3Upload(S3Bucket bucket, string name, PutMode mode)
    {
        _bucket = bucket;
        Name = name;
        _mode = mode;
        _memory = bucket.Memory.Reserve(Math.Max(GuaranteedMemory, bucket.Settings.PartLength));
        _slots = new SemaphoreSlim(bucket.Settings.Concurrency);
        _part = NewPart();
    }

    private enum State
    {
        Writing,
        Broken,
        Completed,
        Disposed,
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        RequireWriting();
        cancellationToken.ThrowIfCancellationRequested();
        _state = State.Broken; // what was written only in part must never be completed
        RequireRoom(data.Length);
        for (ReadOnlyMemory<byte> rest = data; !rest.IsEmpty;)
        {
            // A full part waits for the next byte: perhaps there is none, and one request is enough.
            if (_part.IsFull)
                await SendPartAsync(cancellationToken).ConfigureAwait(false);
            rest = rest[await _part.AppendAsync(rest, cancellationToken).ConfigureAwait(false)..];
        }

        _length += data.Length;
        _state = State.Writing;
    }

    /// <inheritdoc/>
    public override async Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken)
    {
        RequireWriting();
        cancellationToken.ThrowIfCancellationRequested();
        _state = State.Broken;
        S3Head head;
        if (_multipart is null)
        {
            head = await new S3SinglePut(_bucket, Name, _mode).RunAsync(_part, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await SendPartAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_sending).WaitAsync(cancellationToken).ConfigureAwait(false);
            ThrowIfFailed();
            S3Multipart multipart = await _multipart.ConfigureAwait(false);
            head = await multipart.CompleteAsync(_length, cancellationToken).ConfigureAwait(false);
        }

        _state = State.Completed;
        return (await _bucket.ProtectAsync(Name, head, cancellationToken).ConfigureAwait(false)).ToEntry(Name);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_state == State.Disposed)
            return;
        bool abandoned = _state != State.Completed;
        _state = State.Disposed;
        await _life.CancelAsync().ConfigureAwait(false);
        bool wereSending = _sending.Any(task => !task.IsCompleted);
        await Task.WhenAll(_sending).ConfigureAwait(false);
        _part.Dispose();
        if (abandoned && _multipart is { } multipart)
            await AbortAsync(multipart, wereSending).ConfigureAwait(false);
        _slots.Dispose();
        _life.Dispose();
        _beginning.Dispose();
    }

    private S3Part NewPart() => new(_memory, _bucket.Settings.PartLength);

    private void RequireWriting()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Writing)
            throw new InvalidOperationException($"The upload of '{Name}' is completed or has failed.");
    }

    private void RequireRoom(int count)
    {
        long limit = _bucket.Settings.MaximumObjectLength;
        if (count > limit - _length)
        {
            throw new StorageException(
                Errors.ErrorIds.InvalidArgument,
                $"'{Name}' in {_bucket.Location} would have more than the {limit} bytes that {_bucket.Settings.MaximumParts} parts can hold.",
                isPermanent: true, target: Name, guidance: "Choose longer parts.");
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw failure;
    }

    private async Task SendPartAsync(CancellationToken cancellationToken)
    {
        // The upload is begun for itself: if the caller stopped waiting in the middle, nobody would know what to abort.
        _multipart ??= S3Multipart.BeginAsync(_bucket, Name, _mode, _beginning.Token);
        S3Multipart multipart = await _multipart.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfFailed();
        S3Part part = _part;
        _part = NewPart();
        int number = _sending.Count + 1;
        // Not on this thread: signing reads the whole part.
        _sending.Add(Task.Run(() => SendAsync(multipart, number, part), CancellationToken.None));
    }

    private async Task SendAsync(S3Multipart multipart, int number, S3Part part)
    {
        try
        {
            using (part)
                await multipart.SendAsync(number, part, _life.Token).ConfigureAwait(false);
        }
        catch (StorageException exception)
        {
            // One part missing makes all others useless.
            Interlocked.CompareExchange(ref _failure, exception, null);
            await _life.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Disposed, or another part failed.
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task AbortAsync(Task<S3Multipart> multipart, bool wereSending)
    {
        using var limit = new CancellationTokenSource(LongestEnding, _bucket.Connection.Clock);
        _beginning.CancelAfter(LongestEnding);
        try
        {
            S3Multipart begun = await multipart.ConfigureAwait(false);
            await begun.AbortAsync(wereSending, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StorageException or OperationCanceledException)
        {
            // The contract: abandoning never throws. ListUnfinishedUploadsAsync finds it later.
        }
    }
}
