using System.Globalization;
using System.Text;

namespace InMidst.Backup.Testing;

/// <summary>Reads messages of HTTP/1.1 from a connection as they are on the wire: the head, and the body that it announces.</summary>
internal sealed class HttpWire(Stream stream)
{
    private const int LongestHead = 1 << 16;

    private readonly byte[] _buffer = new byte[1 << 17];
    private int _start, _end;

    /// <summary>Reads the first line and the headers.</summary>
    /// <returns>The lines, without the empty one; null where the other side is done.</returns>
    public async Task<string[]?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (true)
        {
            string? line = await ReadLineAsync(cancellationToken);
            if (line is null)
                return lines.Count == 0 ? null : throw new IOException("The connection ended within a head.");
            if (line.Length == 0)
                return [.. lines];
            lines.Add(line);
        }
    }

    /// <summary>Passes the body of a message on.</summary>
    /// <param name="headers">The message's headers.</param>
    /// <param name="untilEnd">Whether a body without a length ends with the connection, as in an answer.</param>
    /// <param name="sink">Takes the bytes, framing of chunks included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReadBodyAsync(
        IReadOnlyDictionary<string, string> headers, bool untilEnd, Func<Memory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        if (headers.TryGetValue("Transfer-Encoding", out string? encoding) && encoding.Contains("chunked", StringComparison.OrdinalIgnoreCase))
            await ReadChunksAsync(sink, cancellationToken);
        else if (headers.TryGetValue("Content-Length", out string? length))
            await ReadBytesAsync(long.Parse(length, CultureInfo.InvariantCulture), sink, cancellationToken);
        else if (untilEnd)
            await ReadToEndAsync(sink, cancellationToken);
    }

    /// <summary>The headers among the lines of a head.</summary>
    public static Dictionary<string, string> HeadersOf(IEnumerable<string> head) => head.Skip(1).Select(line => line.Split(':', 2))
        .ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);

    /// <summary>A head as it is sent.</summary>
    public static byte[] Bytes(IEnumerable<string> head) => Encoding.Latin1.GetBytes(string.Join("\r\n", head) + "\r\n\r\n");

    private async Task ReadChunksAsync(Func<Memory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        while (true)
        {
            string line = await NeededLineAsync(cancellationToken);
            await sink(Encoding.Latin1.GetBytes(line + "\r\n"));
            long length = long.Parse(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (length == 0)
                break;
            await ReadBytesAsync(length + 2, sink, cancellationToken);
        }

        string trailer;
        do
        {
            trailer = await NeededLineAsync(cancellationToken);
            await sink(Encoding.Latin1.GetBytes(trailer + "\r\n"));
        }
        while (trailer.Length > 0);
    }

    private async Task ReadBytesAsync(long count, Func<Memory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                throw new IOException("The connection ended within a body.");
            int length = (int)Math.Min(count, _end - _start);
            await sink(_buffer.AsMemory(_start, length));
            _start += length;
            count -= length;
        }
    }

    private async Task ReadToEndAsync(Func<Memory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        while (_start < _end || await FillAsync(cancellationToken))
        {
            await sink(_buffer.AsMemory(_start, _end - _start));
            _start = _end;
        }
    }

    private async Task<string> NeededLineAsync(CancellationToken cancellationToken) =>
        await ReadLineAsync(cancellationToken) ?? throw new IOException("The connection ended within a body.");

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (line.Count < LongestHead)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
                return line.Count == 0 ? null : throw new IOException("The connection ended within a line.");
            byte next = _buffer[_start++];
            if (next == '\n')
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }

        throw new IOException("A line of HTTP is too long.");
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }
}
