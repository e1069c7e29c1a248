using InMidst.Backup.Core;

namespace InMidst.Backup.Integration.Tests.BadDays;

/// <summary>A stream with one wrong byte that stops before its last bytes until it may go on.</summary>
internal sealed class HeldStream(Stream inner, long stopsAt, long damagedAt, TaskCompletionSource stopped, Task goOn) : SequentialReadStream
{
    private long _position;

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == stopsAt)
        {
            stopped.TrySetResult();
            await goOn.WaitAsync(cancellationToken);
        }

        int wanted = _position < stopsAt ? (int)Math.Min(buffer.Length, stopsAt - _position) : buffer.Length;
        int read = await inner.ReadAsync(buffer[..wanted], cancellationToken);
        long wrong = damagedAt - _position;
        if (wrong >= 0 && wrong < read)
            buffer.Span[(int)wrong] ^= 1; // a digit becomes another one
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
