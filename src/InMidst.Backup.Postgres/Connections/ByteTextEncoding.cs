using System.Collections.Concurrent;
using System.Text;

namespace InMidst.Backup.Postgres.Connections;

/// <summary>
/// The text encoding of one byte-text connection: UTF-8 while it is being opened, one char per byte afterwards. The names in the
/// start-up message must be UTF-8, and Npgsql counts their length as such whatever encoding it then writes them in; with Latin-1 from
/// the beginning a database named ö would leave the server waiting for the missing byte.
/// </summary>
internal sealed class ByteTextEncoding : Encoding
{
    // A char that is no byte must be an error, never a question mark.
    private static readonly Encoding Bytes = GetEncoding("iso-8859-1", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    // Npgsql finds encodings by name only, and does so again for each request to cancel a statement: the name must last as long as the
    // connection, which alone holds the encoding.
    private static readonly ConcurrentDictionary<string, WeakReference<ByteTextEncoding>> Known = new(StringComparer.Ordinal);

    private readonly string _name = "midst-" + Guid.NewGuid().ToString("N");
    private volatile Encoding _inner = UTF8;

    static ByteTextEncoding() => RegisterProvider(new Provider());

    /// <summary>Makes an encoding that Npgsql can find as long as somebody holds it.</summary>
    public ByteTextEncoding() => Known[_name] = new WeakReference<ByteTextEncoding>(this);

    /// <summary>The connection is gone: nobody looks for the name any more.</summary>
    ~ByteTextEncoding() => Known.TryRemove(_name, out _);

    /// <summary>What to call it in a connection string.</summary>
    public override string WebName => _name;

    /// <summary>From now on a char is a byte.</summary>
    public void UseBytes() => _inner = Bytes;

    /// <inheritdoc/>
    public override int GetByteCount(char[] chars, int index, int count) => _inner.GetByteCount(chars, index, count);

    /// <inheritdoc/>
    public override int GetByteCount(ReadOnlySpan<char> chars) => _inner.GetByteCount(chars);

    /// <inheritdoc/>
    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        _inner.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    /// <inheritdoc/>
    public override int GetBytes(ReadOnlySpan<char> chars, Span<byte> bytes) => _inner.GetBytes(chars, bytes);

    /// <inheritdoc/>
    public override int GetCharCount(byte[] bytes, int index, int count) => _inner.GetCharCount(bytes, index, count);

    /// <inheritdoc/>
    public override int GetCharCount(ReadOnlySpan<byte> bytes) => _inner.GetCharCount(bytes);

    /// <inheritdoc/>
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        _inner.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    /// <inheritdoc/>
    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars) => _inner.GetChars(bytes, chars);

    /// <inheritdoc/>
    public override int GetMaxByteCount(int charCount) => UTF8.GetMaxByteCount(charCount);

    /// <inheritdoc/>
    public override int GetMaxCharCount(int byteCount) => UTF8.GetMaxCharCount(byteCount);

    private sealed class Provider : EncodingProvider
    {
        public override Encoding? GetEncoding(int codepage) => null;

        public override Encoding? GetEncoding(string name) =>
            Known.TryGetValue(name, out WeakReference<ByteTextEncoding>? known) && known.TryGetTarget(out ByteTextEncoding? encoding) ? encoding : null;

        // The base class would clone it, and the clone would never be told to use bytes.
        public override Encoding? GetEncoding(string name, EncoderFallback encoderFallback, DecoderFallback decoderFallback) => GetEncoding(name);
    }
}
