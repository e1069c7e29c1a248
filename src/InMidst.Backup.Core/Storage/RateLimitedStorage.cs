namespace InMidst.Backup.Core.Storage;

/// <summary>
/// Lets so many bytes a second pass, of all uploads and downloads of a storage together. Who comes waits in line; what is unused for a
/// moment may be made up for within the following one.
/// </summary>
public sealed class RateLimitedStorage : StorageDecorator
{
    // So that streams take turns: a piece is an eighth of a second's worth.
    private const int PiecesPerSecond = 8;
    private const int SmallestPiece = 4 * 1024;
    private const int LargestPiece = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly double _bytesPerSecond;
    private readonly int _piece;
    private readonly long _start;
    private double _paidUntil = double.NegativeInfinity; // seconds since the start

    /// <summary>Makes the storage.</summary>
    /// <param name="inner">The other.</param>
    /// <param name="bytesPerSecond">Bytes a second, at least 1.</param>
    /// <param name="clock">Measures and waits.</param>
    public RateLimitedStorage(IStorage inner, long bytesPerSecond, TimeProvider clock)
        : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        _clock = clock;
        _bytesPerSecond = bytesPerSecond;
        _piece = (int)Math.Clamp(bytesPerSecond / PiecesPerSecond, SmallestPiece, LargestPiece);
        _start = clock.GetTimestamp();
    }

    /// <inheritdoc/>
    public override async Task<StorageUpload> BeginPutAsync(string name, PutMode mode, CancellationToken cancellationToken) =>
        new Upload(this, await Inner.BeginPutAsync(name, mode, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override async Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) =>
        new ReadStream(this, await Inner.OpenReadAsync(name, offset, length, cancellationToken).ConfigureAwait(false));

    /// <summary>Waits until so many bytes may pass.</summary>
    private Task PassAsync(int count, CancellationToken cancellationToken)
    {
        TimeSpan wait = Take(count);
        return wait > TimeSpan.Zero ? Task.Delay(wait, _clock, cancellationToken) : Task.CompletedTask;
    }

    private TimeSpan Take(int count)
    {
        lock (_gate)
        {
            double now = _clock.GetElapsedTime(_start).TotalSeconds;
            double burst = _piece / _bytesPerSecond;
            double turn = Math.Max(_paidUntil, now - burst);
            _paidUntil = turn + (count / _bytesPerSecond);
            return TimeSpan.FromSeconds(_paidUntil - now);
        }
    }

    private sealed class Upload(RateLimitedStorage storage, StorageUpload inner) : StorageUpload
    {
        private bool _broken; // what was passed on only in part must never be completed

        public override string Name => inner.Name;

        public override long Length => inner.Length;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            RequireWhole();
            _broken = true;
            do
            {
                ReadOnlyMemory<byte> piece = data[..Math.Min(data.Length, storage._piece)];
                data = data[piece.Length..];
                await storage.PassAsync(piece.Length, cancellationToken).ConfigureAwait(false);
                await inner.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }
            while (!data.IsEmpty);
            _broken = false;
        }

        public override Task<StorageEntry> CompleteAsync(CancellationToken cancellationToken)
        {
            RequireWhole();
            return inner.CompleteAsync(cancellationToken);
        }

        public override ValueTask<long> SuspendAsync() => inner.SuspendAsync();

        public override ValueTask DisposeAsync() => inner.DisposeAsync();

        private void RequireWhole()
        {
            if (_broken)
                throw new InvalidOperationException($"The upload of '{Name}' has failed.");
        }
    }

    private sealed class ReadStream(RateLimitedStorage storage, Stream inner) : SequentialReadStream
    {
        public override int Read(Span<byte> buffer)
        {
            int count = inner.Read(buffer[..Math.Min(buffer.Length, storage._piece)]);
            storage.PassAsync(count, CancellationToken.None).GetAwaiter().GetResult();
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, storage._piece)], cancellationToken).ConfigureAwait(false);
            await storage.PassAsync(count, cancellationToken).ConfigureAwait(false);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
