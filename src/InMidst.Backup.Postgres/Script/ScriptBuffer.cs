using System.Buffers;

namespace InMidst.Backup.Postgres.Script;

/// <summary>
/// A window on the script's bytes that keeps what is not consumed contiguous, growing only when that does not fit, and counts lines.
/// </summary>
internal sealed class ScriptBuffer : IDisposable
{
    private readonly Stream _stream;
    private readonly int _size;
    private byte[] _bytes;
    private int _start;
    private int _end;

    public ScriptBuffer(Stream stream, int size)
    {
        _stream = stream;
        _size = size;
        _bytes = ArrayPool<byte>.Shared.Rent(size);
    }

    /// <summary>1-based line of the first unread byte.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Whether <see cref="Unread"/> holds all that is left.</summary>
    public bool StreamEnded { get; private set; }

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Consumes bytes and returns them; they stay as they are until more are read.</summary>
    public ReadOnlyMemory<byte> Take(int count)
    {
        ReadOnlyMemory<byte> taken = _bytes.AsMemory(_start, count);
        Consume(count);
        return taken;
    }

    public void Consume(int count)
    {
        Line += Unread[..count].Count((byte)'\n');
        _start += count;
    }

    /// <summary>Appends what one read of the stream gives, or notes its end.</summary>
    public async ValueTask FillAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        MakeRoom();
        int read = await _stream.ReadAsync(_bytes.AsMemory(_end), ct).ConfigureAwait(false);
        if (read == 0)
            StreamEnded = true;
        _end += read;
    }

    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void MakeRoom()
    {
        ObjectDisposedException.ThrowIf(_bytes.Length == 0, this);
        int kept = _end - _start;
        if (kept == 0)
            _start = _end = 0;

        // A long statement is over: give its memory back.
        if (_bytes.Length > 2 * (long)_size && kept <= _size / 2)
            MoveTo(ArrayPool<byte>.Shared.Rent(_size));
        else if (_bytes.Length - _end >= _bytes.Length / 4)
            return;
        else if (kept <= _bytes.Length / 2)
            MoveTo(_bytes);
        else
            MoveTo(ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
    }

    private void MoveTo(byte[] target)
    {
        byte[] source = _bytes;
        int kept = _end - _start;
        source.AsSpan(_start, kept).CopyTo(target);
        _bytes = target;
        _start = 0;
        _end = kept;
        if (!ReferenceEquals(source, target))
            ArrayPool<byte>.Shared.Return(source);
    }
}
