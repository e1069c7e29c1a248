using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace InMidst.Backup.Postgres.Protocol;

/// <summary>Composes messages for the server.</summary>
internal sealed class MessageWriter(WireLink link)
{
    private const int UsualSize = 16 * 1024;

    private byte[] _buffer = new byte[UsualSize];
    private int _length;
    private int _start;

    /// <summary>Bytes of messages that have not been sent.</summary>
    public int Length => _length;

    /// <summary>Refuses what cannot be a statement on the wire.</summary>
    /// <exception cref="ArgumentException">It is no byte string, or holds a zero byte, where the server would take it to end.</exception>
    public static void EnsureByteText(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00ff'))
            throw new ArgumentException("A text for the server is no byte string, or holds a zero byte.", nameof(text));
    }

    /// <summary>Adds a whole Query message.</summary>
    /// <param name="sql">The statements, as a byte string.</param>
    /// <exception cref="ArgumentException">It is none. Nothing was added.</exception>
    public MessageWriter Query(string sql)
    {
        EnsureByteText(sql);
        return Begin(MessageType.Query).ByteText(sql).End();
    }

    /// <summary>Begins a message.</summary>
    public MessageWriter Begin(byte type)
    {
        Room(1)[0] = type;
        return BeginUntyped();
    }

    /// <summary>Begins one of the messages that have no type: the first of a connection.</summary>
    public MessageWriter BeginUntyped()
    {
        _start = _length;
        Room(sizeof(int));
        return this;
    }

    /// <summary>Adds a number.</summary>
    public MessageWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), value);
        return this;
    }

    /// <summary>Adds bytes.</summary>
    public MessageWriter Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        return this;
    }

    /// <summary>Adds a byte string and the zero byte behind it.</summary>
    public MessageWriter ByteText(string text)
    {
        // A char that is no byte must be an error, never a question mark.
        EnsureByteText(text);
        return Text(text, Encoding.Latin1);
    }

    /// <summary>Adds a text in UTF-8 and the zero byte behind it.</summary>
    public MessageWriter Utf8Text(string text) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("A text for the server holds a zero byte.", nameof(text))
            : Text(text, Encoding.UTF8);

    /// <summary>Ends the message.</summary>
    public MessageWriter End()
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_start), _length - _start);
        return this;
    }

    /// <summary>Sends all messages.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        int length = _length;
        _length = 0;
        await link.WriteAsync(_buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        if (_buffer.Length > UsualSize * 16)
            _buffer = new byte[UsualSize];
    }

    /// <summary>Sends all messages and forgets what they held.</summary>
    public async ValueTask FlushSecretAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(_buffer);
        }
    }

    private MessageWriter Text(string text, Encoding encoding)
    {
        encoding.GetBytes(text, Room(encoding.GetByteCount(text)));
        Room(1)[0] = 0;
        return this;
    }

    private Span<byte> Room(int count)
    {
        int needed = checked(_length + count);
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Max(needed, Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        Span<byte> room = _buffer.AsSpan(_length, count);
        _length = needed;
        return room;
    }
}
