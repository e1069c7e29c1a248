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
    private readonly S3Resumption? _resumption;
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
        _resumption = mode == PutMode.Resume ? new S3Resumption(bucket, name) : null;
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
            if (_resumption is not null)
                await _resumption.RemoveAllAsync(cancellationToken).ConfigureAwait(false);
            head = await new S3SinglePut(_bucket, Name, _mode).RunAsync(_part, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await SendPartAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_sending).WaitAsync(cancellationToken).ConfigureAwait(false);
            ThrowIfFailed();
            S3Multipart multipart = await _multipart.ConfigureAwait(false);
            try
            {
                head = await multipart.CompleteAsync(_length, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException exception)
            {
                _failure = exception;
                throw;
            }
        }

        _state = State.Completed;
        head = await _bucket.ProtectAsync(Name, head, cancellationToken).ConfigureAwait(false);
        if (_multipart is not null && _resumption is not null)
            await _resumption.EndAsync(cancellationToken).ConfigureAwait(false);
        return head.ToEntry(Name);
    }

    /// <inheritdoc/>
    public override async ValueTask<long> SuspendAsync()
    {
        // Without a part that can be recognised there is nothing to go on with, nor when somebody else wrote to the upload or removed it.
        bool stays = _resumption is not null && _state is State.Writing or State.Broken && _multipart is { IsCompletedSuccessfully: true }
            && (_failure is null || S3Errors.CodeOf(_failure) is not (S3Errors.NoSuchUpload or S3Errors.InvalidPart));
        if (stays)
            await StopAsync().ConfigureAwait(false);
        long left = stays ? (await _multipart!.ConfigureAwait(false)).StoredLength : 0;
        await EndAsync(abandon: left == 0).ConfigureAwait(false);
        return left;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => EndAsync(abandon: _state != State.Completed);

    private async ValueTask EndAsync(bool abandon)
    {
        if (_state == State.Disposed)
            return;
        _state = State.Disposed;
        bool wereSending = await StopAsync().ConfigureAwait(false);
        if (abandon && _multipart is { } multipart)
            await AbortAsync(multipart, wereSending).ConfigureAwait(false);
        _slots.Dispose();
        _life.Dispose();
        _beginning.Dispose();
    }

    /// <summary>Ends what is being sent.</summary>
    /// <returns>Whether anything was.</returns>
    private async Task<bool> StopAsync()
    {
        await _life.CancelAsync().ConfigureAwait(false);
        bool wereSending = _sending.Any(task => !task.IsCompleted);
        await Task.WhenAll(_sending).ConfigureAwait(false);
        _part.Dispose();
        return wereSending;
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
        _multipart ??= BeginAsync(_resumption is null ? null : S3StoredPart.Of(_part, _part.ComputeMd5()));
        S3Multipart multipart = await _multipart.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_resumption is not null && _sending.Count == 0)
            await _resumption.NoteAsync(multipart, cancellationToken).ConfigureAwait(false);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfFailed();
        S3Part part = _part;
        _part = NewPart();
        int number = _sending.Count + 1;
        // Not on this thread: signing reads the whole part.
        _sending.Add(Task.Run(() => SendAsync(multipart, number, part), CancellationToken.None));
    }

    private async Task<S3Multipart> BeginAsync(S3StoredPart? first)
    {
        // Better now than when all is sent.
        await _bucket.RequireFreeAsync(Name, _mode, _beginning.Token).ConfigureAwait(false);
        return _resumption is null
            ? await S3Multipart.BeginAsync(_bucket, Name, _mode, _beginning.Token).ConfigureAwait(false)
            : await _resumption.BeginAsync(first, _beginning.Token).ConfigureAwait(false);
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
            await (_resumption?.AbortAsync(begun, wereSending, limit.Token) ?? begun.AbortAsync(wereSending, limit.Token)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StorageException or OperationCanceledException)
        {
            // The contract: abandoning never throws. ListUnfinishedUploadsAsync finds it later.
        }
    }
}
