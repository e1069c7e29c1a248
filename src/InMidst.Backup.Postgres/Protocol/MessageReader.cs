using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>
/// Finds messages in the bytes that the server sends. Rows of a COPY are many small messages: their headers are walked over where they
/// were received, with nothing allocated or awaited for each.
/// </summary>
internal sealed class MessageReader(WireLink link)
{
    /// <summary>Type and length.</summary>
    public const int HeaderSize = 5;

    /// <summary>What a message may hold before the server has let us in; libpq takes 30,000 for an error and 2,000 for the rest.</summary>
    public const int LargestAtLogin = 64 * 1024;

    /// <summary>What a message that is read whole may hold.</summary>
    public const int Largest = 64 * 1024 * 1024;

    private const int BufferSize = 128 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _at;
    private int _end;
    private int _copyLeft;

    /// <summary>Whether the next message is known and is no CopyData.</summary>
    public bool IsAtOtherMessage => _copyLeft == 0 && _end - _at >= HeaderSize && _buffer[_at] != MessageType.CopyData;

    /// <summary>Reads the header of the next message; its body must be read or skipped next.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The length is none.</exception>
    public async ValueTask<MessageHeader> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        while (_end - _at < HeaderSize)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        byte type = _buffer[_at];
        int length = BodyLength();
        _at += HeaderSize;
        return new MessageHeader(type, length);
    }

    /// <summary>Reads a body whole.</summary>
    /// <returns>Bytes that stay until the next read.</returns>
    /// <exception cref="Npgsql.NpgsqlException">It is longer than <paramref name="limit"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(MessageHeader header, int limit, CancellationToken cancellationToken)
    {
        int length = header.BodyLength;
        if (length > limit)
            throw Violated($"The server announces a message of type 0x{header.Type:x2} with {length} bytes.");
        if (length > _buffer.Length)
            return await ReadLargeAsync(length, cancellationToken).ConfigureAwait(false);
        while (_end - _at < length)
            await FillAsync(cancellationToken).ConfigureAwait(false);
        _at += length;
        return _buffer.AsMemory(_at - length, length);
    }

    /// <summary>Passes over a body of any length.</summary>
    public async ValueTask SkipBodyAsync(MessageHeader header, CancellationToken cancellationToken)
    {
        int left = header.BodyLength;
        while (true)
        {
            int part = Math.Min(left, _end - _at);
            _at += part;
            left -= part;
            if (left == 0)
                return;
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Copies the payloads of the CopyData messages that have been received, one behind the other.</summary>
    /// <returns>Bytes copied; 0 when none are there, or another message comes first.</returns>
    public int TakeCopyData(Span<byte> destination)
    {
        int copied = 0;
        while (copied < destination.Length)
        {
            if (_copyLeft == 0)
            {
                if (_end - _at < HeaderSize || _buffer[_at] != MessageType.CopyData)
                    break;
                _copyLeft = BodyLength();
                _at += HeaderSize;
                continue;
            }

            int part = Math.Min(Math.Min(_copyLeft, _end - _at), destination.Length - copied);
            if (part == 0)
                break;
            _buffer.AsSpan(_at, part).CopyTo(destination[copied..]);
            copied += part;
            _at += part;
            _copyLeft -= part;
        }

        return copied;
    }

    /// <summary>Reads the rest of a CopyData message without a detour through the buffer, which must be empty.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadCopyDataAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = await link.ReadAsync(destination[..Math.Min(destination.Length, _copyLeft)], cancellationToken).ConfigureAwait(false);
        _copyLeft -= read;
        return read;
    }

    /// <summary>Goes on with a CopyData message whose header was read.</summary>
    public void EnterCopyData(MessageHeader header) => _copyLeft = header.BodyLength;

    /// <summary>Whether so much of a row is still to come that the detour through the buffer is not worth it.</summary>
    public bool IsWorthReadingDirectly(int wanted) => _at == _end && Math.Min(_copyLeft, wanted) >= BufferSize / 4;

    /// <summary>Passes over what is left of a CopyData message.</summary>
    public ValueTask SkipCopyDataAsync(CancellationToken cancellationToken)
    {
        int left = _copyLeft;
        _copyLeft = 0;
        return SkipBodyAsync(new MessageHeader(MessageType.CopyData, left), cancellationToken);
    }

    /// <summary>Waits for more bytes.</summary>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_at == _end)
        {
            _at = _end = 0;
        }
        else if (_at > 0)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
        }

        _end += await link.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadLargeAsync(int length, CancellationToken cancellationToken)
    {
        byte[] body = GC.AllocateUninitializedArray<byte>(length);
        int have = _end - _at;
        _buffer.AsSpan(_at, have).CopyTo(body);
        _at = _end;
        while (have < length)
            have += await link.ReadAsync(body.AsMemory(have), cancellationToken).ConfigureAwait(false);
        return body;
    }

    private int BodyLength()
    {
        // The length counts itself, but not the type.
        int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_at + 1));
        return length >= sizeof(int) ? length - sizeof(int) : throw Violated($"The server announces a message of {length} bytes.");
    }

    private Exception Violated(FormattableString what)
    {
        Exception violation = WireFailure.Violation(FormattableString.Invariant(what));
        link.Break(violation);
        return violation;
    }
}
