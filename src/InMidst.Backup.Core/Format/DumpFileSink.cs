namespace InMidst.Backup.Core.Format;

/// <summary>
/// The file that is being written: collects bytes into large writes. One frame at a time has it; what is
/// complete is listed in the order it has in the file.
/// </summary>
internal sealed class DumpFileSink(Stream destination) : WriteOnlyStream
{
    private const int BufferSize = 1024 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _buffered;
    private bool _closed;
    private long _position;

    /// <summary>The frames that are complete.</summary>
    public List<FrameEntry> Frames { get; } = [];

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Takes the file if nobody has it.</summary>
    public bool TryEnter() => _turn.Wait(0);

    /// <summary>Takes the file when nobody has it any more.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _turn.WaitAsync(cancellationToken);

    /// <summary>Lets the next have the file. Not called after half a frame: nothing may follow it.</summary>
    public void Leave() => _turn.Release();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A compressor that is given up still flushes; those bytes belong to nothing.
        if (_closed)
            return;
        _position += buffer.Length;
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, BufferSize - _buffered);
            buffer[..count].CopyTo(_buffer.AsMemory(_buffered));
            _buffered += count;
            buffer = buffer[count..];
            if (_buffered == BufferSize)
                await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends what is left.</summary>
    public Task CompleteAsync(CancellationToken cancellationToken) => SendAsync(cancellationToken);

    public override void Close()
    {
        _closed = true;
        base.Close();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _turn.Dispose();

        base.Dispose(disposing);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        if (_buffered == 0)
            return;
        await destination.WriteAsync(_buffer.AsMemory(0, _buffered), cancellationToken).ConfigureAwait(false);
        _buffered = 0;
    }
}
