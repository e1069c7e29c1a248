using System.Text;

namespace InMidst.Backup.Core.Processes;

/// <summary>Reads a stream to its end and keeps the last bytes of it, so that a chatty child costs no memory.</summary>
internal sealed class OutputTail
{
    /// <summary>How much is kept, in bytes.</summary>
    public const int Capacity = 16 * 1024;

    private readonly byte[] _ring = new byte[Capacity];
    private readonly Lock _gate = new();
    private long _written;

    /// <summary>Reads until the end. A pipe that breaks because the child was killed is an end like any other.</summary>
    public async Task PumpAsync(Stream source)
    {
        byte[] buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
                Append(buffer.AsSpan(0, read));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // What was read so far is all there will be.
        }
    }

    /// <summary>What is kept, decoded as UTF-8; the character that the cut went through is dropped.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            int length = (int)Math.Min(_written, Capacity);
            byte[] tail = new byte[length];
            long start = _written - length;
            for (int i = 0; i < length; i++)
                tail[i] = _ring[(start + i) % Capacity];
            int skip = 0;
            while (start > 0 && skip < length && (tail[skip] & 0xC0) == 0x80)
                skip++;
            return Encoding.UTF8.GetString(tail, skip, length - skip).TrimEnd();
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (byte b in bytes)
                _ring[_written++ % Capacity] = b;
        }
    }
}
